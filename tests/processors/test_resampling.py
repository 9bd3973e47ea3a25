"""The resampler is transparent, exact in length, on time, and independent of block sizes."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal.windows import kaiser

from pipeline.dsp.types import Block
from pipeline.processors.resampling import CHUNK, resample, resampled_length


def blocks_of(signal: Block, size: int) -> Iterator[Block]:
    return (signal[start : start + size] for start in range(0, len(signal), size))


def converted(signal: Block, rate_in_hz: int, rate_out_hz: int, size: int = 50_000) -> Block:
    blocks = list(resample(blocks_of(signal, size), rate_in_hz, rate_out_hz, len(signal)))
    assert all(block.flags.c_contiguous and block.dtype == np.float64 for block in blocks)
    return np.concatenate(blocks)


def sine(frequency_hz: float, rate_hz: int, frames: int) -> Block:
    wave = 0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(frames) / rate_hz)
    return np.stack((wave, -wave), axis=1)


def middle(signal: Block, frames: int = 32768) -> Block:
    start = (len(signal) - frames) // 2
    return signal[start : start + frames]


def spectrum(signal: Block) -> NDArray[np.float64]:
    """Amplitudes of the left channel's tones; the window's side lobes lie below -200 dB."""
    window = kaiser(len(signal), 30.0)
    return np.asarray(np.abs(np.fft.rfft(signal[:, 0] * window)) / np.sum(window) * 2.0)


@pytest.mark.parametrize("frequency_hz", [20.0, 1000.0, 10000.0, 19000.0, 20000.0])
@pytest.mark.parametrize(("rate_in_hz", "rate_out_hz"), [(96000, 44100), (48000, 44100), (44100, 48000)])
def test_the_passband_is_flat_and_on_time(frequency_hz: float, rate_in_hz: int, rate_out_hz: int) -> None:
    heard = middle(converted(sine(frequency_hz, rate_in_hz, 2 * rate_in_hz), rate_in_hz, rate_out_hz))
    start = (2 * rate_out_hz - len(heard)) // 2
    angle = 2 * np.pi * frequency_hz * np.arange(start, start + len(heard)) / rate_out_hz
    basis = np.stack((np.sin(angle), np.cos(angle)), axis=1)
    in_phase, quadrature = np.linalg.lstsq(basis, heard[:, 0], rcond=None)[0]
    assert abs(20 * np.log10(np.hypot(in_phase, quadrature) / 0.5)) < 0.01
    assert abs(np.arctan2(quadrature, in_phase)) < 1e-6
    assert np.array_equal(heard[:, 0], -heard[:, 1])


@pytest.mark.parametrize("frequency_hz", [22500.0, 24100.0, 30000.0, 44000.0, 47000.0])
def test_what_does_not_fit_the_lower_rate_leaves_no_alias(frequency_hz: float) -> None:
    heard = middle(converted(sine(frequency_hz, 96000, 192000), 96000, 44100))
    assert 20 * np.log10(spectrum(heard).max() / 0.5) < -150.0


@pytest.mark.parametrize(("rate_in_hz", "rate_out_hz"), [(96000, 44100), (44100, 96000)])
def test_a_tone_gets_no_company(rate_in_hz: int, rate_out_hz: int) -> None:
    levels = spectrum(middle(converted(sine(9000.0, rate_in_hz, 2 * rate_in_hz), rate_in_hz, rate_out_hz)))
    tone = int(np.argmax(levels))
    levels[max(tone - 40, 0) : tone + 41] = 0.0
    assert 20 * np.log10(levels.max() / 0.5) < -150.0


def test_an_impulse_stays_where_it_was() -> None:
    signal = np.zeros((96000, 2))
    signal[48000] = 1.0
    heard = converted(signal, 96000, 48000)
    assert int(np.argmax(np.abs(heard[:, 0]))) == 24000
    assert np.abs(heard[23000:24000] - heard[24001:25001][::-1]).max() < 1e-7


@pytest.mark.parametrize(
    ("frames", "rate_in_hz", "rate_out_hz", "expected"),
    [
        (96000, 96000, 44100, 44100),
        (1, 96000, 44100, 0),  # 0.459
        (2, 96000, 44100, 1),  # 0.919
        (1, 96000, 48000, 1),  # 0.5: a half goes up
        (3, 96000, 48000, 2),
        (0, 44100, 48000, 0),
        (96000 * 86400 * 365, 96000, 44100, 44100 * 86400 * 365),
    ],
)
def test_lengths_are_rounded_in_whole_numbers(frames: int, rate_in_hz: int, rate_out_hz: int, expected: int) -> None:
    assert resampled_length(frames, rate_in_hz, rate_out_hz) == expected


@settings(max_examples=40)
@given(
    frames=st.one_of(st.integers(0, 40), st.integers(CHUNK - 3, CHUNK + 3), st.integers(2 * CHUNK - 2, 2 * CHUNK + 2)),
    rates_hz=st.permutations([44100, 48000, 88200, 96000]),
)
def test_the_length_is_exact(frames: int, rates_hz: list[int]) -> None:
    signal = np.full((frames, 2), 0.1)
    blocks = list(resample(blocks_of(signal, 1000), rates_hz[0], rates_hz[1], frames))
    assert sum(map(len, blocks)) == resampled_length(frames, rates_hz[0], rates_hz[1])


@settings(max_examples=25)
@given(size=st.integers(7, 40_000))
def test_any_block_size_gives_the_same_samples(size: int) -> None:
    signal = np.random.default_rng(7).uniform(-0.5, 0.5, (36_000, 2))
    blocks = (part for block in blocks_of(signal, size) for part in (block, signal[:0]))
    again = np.concatenate(list(resample(blocks, 96000, 44100, len(signal))))
    assert again.tobytes() == converted(signal, 96000, 44100).tobytes()


def test_equal_rates_pass_bit_for_bit() -> None:
    signal = np.random.default_rng(8).uniform(-1, 1, (5000, 2))
    assert converted(signal, 48000, 48000, 999).tobytes() == signal.tobytes()


@pytest.mark.parametrize("rate_out_hz", [44100, 48000])
@pytest.mark.parametrize("promised", [90, 110])
def test_a_programme_of_another_length_than_promised_is_refused(promised: int, rate_out_hz: int) -> None:
    with pytest.raises(ValueError, match=f"expected {promised}"):
        list(resample(iter([np.zeros((100, 2))]), 48000, rate_out_hz, promised))
