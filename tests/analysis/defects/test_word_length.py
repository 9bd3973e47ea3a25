"""The word length found is the one the sound was cut to; nothing else about it matters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.defects.word_length import LONGEST_BITS, WordLength, WordLengthSearch
from tests.support.clean_music import Signal, in_16_bits, music


def found(signal: Signal, block: int = 65_536) -> WordLength | None:
    search = WordLengthSearch()
    for start in range(0, len(signal), block):
        search.add(signal[start : start + block])
    return search.word_length()


def cut(signal: Signal, bits: int) -> Signal:
    return np.asarray(np.round(signal * 2.0 ** (bits - 1)) / 2.0 ** (bits - 1))


@pytest.mark.parametrize("bits", range(3, 25))
def test_music_cut_to_so_many_bits_uses_them(bits: int) -> None:
    assert found(cut(music(0, 2.0), bits)) == WordLength(bits)


def test_sixteen_bits_are_found_in_a_file_of_more() -> None:
    assert found(in_16_bits(music(1, 2.0))) == WordLength(16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floating_point_has_no_word_length(dtype: type) -> None:
    assert found(music(2, 1.0).astype(dtype).astype(np.float64)) == WordLength(None)


@pytest.mark.parametrize("bits", range(1, 25))
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_one_sample_in_an_odd_number_of_steps_is_enough(bits: int, sign: float) -> None:
    signal = np.zeros((5000, 2))
    signal[2345, 1] = sign * 2.0 ** -(bits - 1)
    assert found(signal) == WordLength(bits)
    signal[4567, 0] = sign * 3 * 2.0**-LONGEST_BITS
    assert found(signal) == WordLength(None)


def test_silence_has_no_word_length() -> None:
    assert found(np.zeros((44_100, 2))) is None
    assert found(np.empty((0, 2))) is None


@pytest.mark.parametrize("bits", [1, 8, 16, 24])
def test_full_scale_either_way_fits_every_word(bits: int) -> None:
    assert found(np.array([[1.0, -1.0], [0.0, 2.0 ** -(bits - 1)]])) == WordLength(bits)


@given(st.lists(st.integers(0, 900), max_size=30), st.integers(1, 25))
@settings(deadline=None, max_examples=50)
def test_any_block_size_finds_the_same(sizes: list[int], bits: int) -> None:
    signal = np.concatenate([np.zeros((700, 2)), cut(music(3, 0.2), 12), cut(music(3, 0.2), bits)])
    search, start = WordLengthSearch(), 0
    for size in [*sizes, len(signal)]:
        search.add(signal[start : start + size])
        start += size
    assert search.word_length() == found(signal, len(signal))


def test_blocks_of_one_frame_find_the_same() -> None:
    signal = cut(music(4, 0.1), 20)
    assert found(signal, 1) == found(signal) == WordLength(20)
