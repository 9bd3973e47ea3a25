"""Quantisation leaves noise of a known power and colour, unrelated to the music, and nothing else."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import welch

from pipeline.dsp.types import Block
from pipeline.processors.dither import SHAPERS, quantise, seed_from

SHAPED = [name for name, shaper in SHAPERS.items() if shaper.coefficients]
DITHERED = [name for name, shaper in SHAPERS.items() if shaper.dither_lsb]

# Power of the shaped noise over that of plain TPDF: 10 lg (1 + sum c^2), the published "unweighted" loss.
NOISE_GAIN_DB = {"lipshitz-5": 12.19, "f-weighted-9": 18.4, "modified-e-9": 7.6, "improved-e-9": 23.10}
AT_3500_HZ_DB = {"lipshitz-5": -21.5, "f-weighted-9": -24.5, "modified-e-9": -21.4, "improved-e-9": -28.6}


def blocks_of(signal: Block, size: int) -> Iterator[Block]:
    return (signal[start : start + size] for start in range(0, len(signal), size))


def integers(signal: Block, shape: str, bits: int = 16, seed: int = 1) -> NDArray[np.int32]:
    return np.concatenate(list(quantise(iter([signal]), bits, shape, seed)))


def error_lsb(signal: Block, shape: str, bits: int = 16) -> NDArray[np.float64]:
    return np.asarray(integers(signal, shape, bits) - signal * 2.0 ** (bits - 1))


def music(frames: int, amplitude: float = 0.3) -> Block:
    time = np.arange(frames) / 44100
    left = np.sin(2 * np.pi * 997 * time) * np.sin(2 * np.pi * 0.7 * time)
    return amplitude * np.stack((left, np.sin(2 * np.pi * 61 * time)), axis=1)


def transfer(shape: str, frequencies: NDArray[np.float64]) -> NDArray[np.complex128]:
    """1 - sum c_k z^-k at frequencies in cycles a sample."""
    delay = np.exp(-2j * np.pi * frequencies)
    return np.asarray(1.0 - sum(c * delay ** (k + 1) for k, c in enumerate(SHAPERS[shape].coefficients)))


def alike(signal: Block, shape: str, spans: list[tuple[int, int]], size: int = 10**9) -> NDArray[np.int32]:
    return np.concatenate(list(quantise(blocks_of(signal, size), 16, shape, 1, alike=spans)))


@pytest.mark.parametrize("shape", SHAPERS)
def test_mono_gets_one_noise_where_it_is_told_to_be_mono(shape: str) -> None:
    signal = music(30_000)
    signal[5000:20_000, 1] = signal[5000:20_000, 0]
    signal[9000, 1] += 1e-3  # what a filter leaves of stereo beside it
    spans = [(5000, 15_000), (18_000, 20_000)]
    found = alike(signal, shape, spans)
    same = found[:, 0] == found[:, 1]
    for first, last in spans:
        assert np.count_nonzero(~same[first:last]) == (first == 5000)
    assert np.count_nonzero(same[15_000:18_000]) < 3000 or shape == "none"
    np.testing.assert_array_equal(found[:, 0], integers(signal, shape)[:, 0])
    np.testing.assert_array_equal(found[:5000], integers(signal, shape)[:5000])
    for size in (1, 997, 5000):
        np.testing.assert_array_equal(alike(signal[:7000], shape, spans, size), found[:7000])


@pytest.mark.parametrize("shape", ["tpdf", "f-weighted-9"])
def test_stereo_and_its_silence_are_as_they_were_where_nothing_is_mono(shape: str) -> None:
    signal = music(20_000)
    signal[5000:10_000] = 0.0
    found = integers(signal, shape)
    assert (found[5000:10_000, 0] != found[5000:10_000, 1]).any()
    after = alike(signal, shape, [(0, 5000)])
    if shape == "tpdf":  # without a memory, what comes before changes nothing after it
        np.testing.assert_array_equal(after[5000:], found[5000:])


@pytest.mark.parametrize("amplitude", [0.3, 1.2 / 32768])
@pytest.mark.parametrize("shape", DITHERED)
def test_the_error_has_no_mean_and_no_kinship_with_the_signal(shape: str, amplitude: float) -> None:
    signal = music(400_000, amplitude)
    error = error_lsb(signal, shape)
    deviation = error.std(axis=0) / np.sqrt(len(error))
    assert np.all(np.abs(error.mean(axis=0)) < 4 * deviation)
    for channel in (0, 1):
        assert abs(np.corrcoef(signal[:, channel], error[:, channel])[0, 1]) < 0.01
        assert abs(np.corrcoef(signal[:, channel] ** 2, error[:, channel] ** 2)[0, 1]) < 0.01


@pytest.mark.parametrize("level_lsb", [0.0, 0.25, 0.5])
def test_tpdf_noise_is_a_quarter_of_a_squared_step_wherever_the_signal_rests(level_lsb: float) -> None:
    error = error_lsb(np.full((400_000, 2), level_lsb / 32768), "tpdf")
    assert np.mean(error**2, axis=0) == pytest.approx(0.25, rel=0.01)


def test_undithered_rounding_is_the_nearest_integer() -> None:
    signal = music(10_000)
    assert np.abs(error_lsb(signal, "none")).max() <= 0.5
    assert integers(np.array([[0.4, -0.6]]) / 32768, "none").tolist() == [[0, -1]]


@pytest.mark.parametrize("shape", SHAPED)
def test_the_noise_has_the_published_spectrum(shape: str) -> None:
    error = error_lsb(music(1_000_000), shape)[:, 0]
    frequencies, density = welch(error, nperseg=512)
    expected = 2 * 0.25 * np.abs(transfer(shape, frequencies)) ** 2
    inside = slice(3, -3)  # the window smears over the edges
    difference_db = 10 * np.log10(density[inside] / expected[inside])
    assert np.abs(difference_db)[expected[inside] > 1e-3].max() < 1.0
    assert abs(difference_db.mean()) < 0.1


@pytest.mark.parametrize("shape", SHAPED)
def test_the_noise_gains_the_published_power(shape: str) -> None:
    error = error_lsb(music(400_000), shape)
    assert 10 * np.log10(np.mean(error**2) / 0.25) == pytest.approx(NOISE_GAIN_DB[shape], abs=0.15)


@pytest.mark.parametrize("shape", SHAPED)
def test_what_shaping_takes_it_gives_elsewhere(shape: str) -> None:
    """Gerzon and Craven: the mean of the logarithm over frequency is zero when no zero is outside the circle."""
    frequencies = (np.arange(1 << 14) + 0.5) / (1 << 15)
    assert 20 * np.log10(np.abs(transfer(shape, frequencies))).mean() == pytest.approx(0.0, abs=1e-3)
    zeros = np.roots([1.0, *(-c for c in SHAPERS[shape].coefficients)])
    assert np.abs(zeros).max() < 1.0


@pytest.mark.parametrize("shape", SHAPED)
def test_shaping_quietens_where_the_ear_is_keenest(shape: str) -> None:
    at_3500_hz = np.abs(transfer(shape, np.array([3500 / 44100])))[0]
    assert 20 * np.log10(at_3500_hz) == pytest.approx(AT_3500_HZ_DB[shape], abs=0.1)


@pytest.mark.parametrize("shape", DITHERED)
def test_channels_and_seeds_have_noise_of_their_own(shape: str) -> None:
    silence = np.zeros((300_000, 2))
    one, other = integers(silence, shape, seed=1), integers(silence, shape, seed=2)
    assert abs(np.corrcoef(one[:, 0], one[:, 1])[0, 1]) < 0.01
    assert abs(np.corrcoef(one[:, 0], other[:, 0])[0, 1]) < 0.01


@pytest.mark.parametrize("shape", DITHERED)
@pytest.mark.parametrize("bits", [16, 24])
def test_silence_stays_within_its_noise(shape: str, bits: int) -> None:
    coefficients = SHAPERS[shape].coefficients
    bound = 1.5 * (1.0 + sum(map(abs, coefficients)))
    noise = integers(np.zeros((200_000, 2)), shape, bits)
    assert 0 < np.abs(noise).max() <= bound


@pytest.mark.parametrize("shape", ["tpdf", "f-weighted-9"])
@pytest.mark.parametrize("size", [1, 977, 65536])
def test_blank_spans_are_zero_where_nothing_sounds_and_all_else_is_as_without_them(shape: str, size: int) -> None:
    signal = music(9000)
    signal[3000:6000] = 0.0
    signal[4500] = 0.25
    signal[4600] = 2.0**-25
    plain = integers(signal, shape)
    blank = np.concatenate(list(quantise(blocks_of(signal, size), 16, shape, 1, blank=((3500, 5000), (5200, 5300)))))
    changed = np.flatnonzero((blank != plain).any(axis=1))
    assert not blank[3500:4500].any()
    assert not blank[4501:5000].any()
    assert not blank[5200:5300].any()
    assert blank[4500].tolist() == plain[4500].tolist()
    assert set(changed) <= {*range(3500, 5000), *range(5200, 5300)}
    assert np.count_nonzero(plain[3500:4500]) > 300


def test_white_dither_stays_white() -> None:
    error = error_lsb(np.zeros((400_000, 2)), "tpdf")[:, 0]
    lags = [float(np.mean(error[lag:] * error[:-lag])) for lag in range(1, 20)]
    assert np.abs(lags).max() < 0.25 * 0.01


@pytest.mark.parametrize("shape", SHAPERS)
@pytest.mark.parametrize("bits", [16, 24])
def test_full_scale_is_clipped_and_forgotten(shape: str, bits: int) -> None:
    """Beyond full scale for a while, both ways: no wrap, no runaway, and the noise afterwards is as ever."""
    loud = np.repeat([1.5, -1.5, 1.0, -1.0], 5000)[:, None] * np.ones((1, 2))
    calm = music(50_000)
    heard = integers(np.concatenate((loud, calm)), shape, bits)
    top = 2 ** (bits - 1)
    assert heard.max() == top - 1
    assert heard.min() == -top
    assert np.all(heard[10:5000] == top - 1)
    assert np.all(heard[5010:10000] == -top)
    bound = 1.5 * (1.0 + sum(map(abs, SHAPERS[shape].coefficients)))
    assert np.abs(heard[20010:] - calm[10:] * top).max() <= bound


@given(sizes=st.lists(st.integers(0, 60), min_size=1, max_size=20), shape=st.sampled_from(sorted(SHAPERS)))
def test_any_block_size_gives_the_same_samples(sizes: list[int], shape: str) -> None:
    signal = music(sum(sizes))
    edges = np.cumsum([0, *sizes])
    blocks = (signal[start:end] for start, end in pairwise(edges))
    assert np.array_equal(np.concatenate(list(quantise(blocks, 16, shape, 9))), integers(signal, shape, seed=9))


def splitmix64(seed: int) -> Iterator[int]:
    """The generator as published, in Python's unbounded integers."""
    mask = (1 << 64) - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        word = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & mask
        yield word ^ (word >> 31)


def test_the_reference_generator_gives_its_published_numbers() -> None:
    """The first outputs of Vigna's splitmix64.c for the seed 1234567."""
    words = splitmix64(1234567)
    assert [next(words) for _ in range(3)] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_dither_is_the_difference_of_the_generators_halves() -> None:
    """Dithered silence is the dither itself, rounded."""
    words = splitmix64(seed_from("42", "1"))
    dither = [((word >> 32) - (word & 0xFFFFFFFF)) / 2**32 for word, _ in zip(words, range(200), strict=False)]
    expected = np.rint(np.array(dither))
    assert integers(np.zeros((200, 2)), "tpdf", seed=42)[:, 1].tolist() == expected.tolist()


# Both channels' first eight samples, confirmed by a reckoning in Python's own integers and floats.
GOLDEN_TPDF = [[100, 100, 100, 101, 100, 100, 100, 101], [100, 100, 100, 101, 101, 101, 100, 100]]
GOLDEN_SHAPED = [[100, 101, 99, 103, 96, 105, 95, 107], [100, 101, 99, 103, 96, 106, 93, 108]]


def test_the_same_seed_gives_these_samples_on_every_machine() -> None:
    signal = np.full((8, 2), 100.3 / 32768)
    assert integers(signal, "tpdf", seed=2026).T.tolist() == GOLDEN_TPDF
    assert integers(signal, "improved-e-9", seed=2026).T.tolist() == GOLDEN_SHAPED


def test_seeds_depend_on_every_part_and_where_it_ends() -> None:
    assert seed_from("album", b"\x01") == seed_from("album", b"\x01")
    assert len({seed_from("ab", "c"), seed_from("a", "bc"), seed_from("abc"), seed_from("abc", "")}) == 4
    assert 0 <= seed_from() < 1 << 64


def test_what_cannot_be_quantised_is_refused() -> None:
    with pytest.raises(ValueError, match="bits is 32"):
        quantise(iter([]), 32, "tpdf", 1)
    with pytest.raises(ValueError, match="expected one of none, tpdf"):
        quantise(iter([]), 16, "pow-r", 1)


@given(st.integers(0, 5000), st.integers(1, 5000), st.sampled_from([16, 24]), st.sampled_from(["none", "tpdf"]))
def test_a_stretch_is_quantised_as_in_the_whole(start, length, bits, shape):
    signal = music(10_000)
    signal[3000:4000] = 0.0
    signal[6000:7000, 1] = signal[6000:7000, 0]
    blank, alike = ((2500, 3500),), ((6200, 6900),)
    whole = np.concatenate(list(quantise(iter([signal]), bits, shape, 7, blank=blank, alike=alike)))
    stretch = blocks_of(signal[start : start + length], 999)
    alone = quantise(stretch, bits, shape, 7, blank=blank, alike=alike, start=start)
    assert np.array_equal(np.concatenate(list(alone)), whole[start : start + length])


@pytest.mark.parametrize("shape", SHAPED)
def test_a_shaper_begins_where_the_programme_does(shape):
    with pytest.raises(ValueError, match="feeds its errors back: it begins at frame 0, found 5"):
        quantise(iter([music(100)]), 16, shape, 7, start=5)
