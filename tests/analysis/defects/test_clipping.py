"""Music clipped at a known place must be found there; what only looks flat must not."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.analysis.defects.clipping import ClippedPassage, FlatTopSearch
from tests.support.clean_music import RATE_HZ, Signal, in_16_bits, music

PLACE = round(0.05 * RATE_HZ)


def clipped(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> tuple[ClippedPassage, ...]:
    search = FlatTopSearch(rate_hz)
    for start in range(0, len(signal), block):
        search.add(signal[start : start + block])
    return search.passages()


@pytest.mark.parametrize("tone_hz", [1.0, 10.0, 20.0, 25.0, 50.0, 100.0, 997.0, 7350.0, 5512.5, 11_025.0, 15_000.0])
@pytest.mark.parametrize("rate_hz", [44_100, 192_000])
def test_a_full_scale_sine_is_not_clipped(tone_hz: float, rate_hz: int) -> None:
    sine = np.sin(2 * np.pi * tone_hz / rate_hz * np.arange(rate_hz) + math.pi / 4)
    signal = np.stack([sine, sine], axis=1)
    for wave in (signal, in_16_bits(signal), np.round(signal * 32_767) / 32_768):
        assert not clipped(wave, rate_hz)


@pytest.mark.parametrize("tone_hz", [75.9, 145.1, 494.2, 997.0, 7350.1])
@pytest.mark.parametrize("noise", [1e-3, 1e-2])
def test_a_tone_in_noise_is_not_clipped(tone_hz: float, noise: float) -> None:
    rng = np.random.default_rng(4)
    sine = 0.9 * np.sin(2 * np.pi * tone_hz / RATE_HZ * np.arange(8 * RATE_HZ))
    mono = sine + noise * rng.standard_normal(len(sine))
    assert not clipped(np.stack([mono, mono], axis=1))
    assert not clipped(sine[:, None] + noise * rng.uniform(-2, 2, (len(sine), 2)))


@pytest.mark.parametrize("tone_hz", [60.0, 441.01, 997.0, 5512.5])
def test_a_triangle_is_not_clipped(tone_hz: float) -> None:
    triangle = np.arcsin(np.sin(2 * np.pi * tone_hz / RATE_HZ * np.arange(RATE_HZ) + 0.3)) / (np.pi / 2)
    signal = np.stack([triangle, -triangle], axis=1)
    assert not clipped(signal)
    assert not clipped(in_16_bits(0.9 * signal))


@pytest.mark.parametrize("period", [6, 10, 44, 441])
def test_a_square_wave_is_made_so_and_not_clipped(period: int) -> None:
    square = np.where(np.arange(RATE_HZ) % period < period // 2, 1.0, -1.0)
    assert not clipped(np.stack([square, square], axis=1))


CLIPPERS: dict[str, tuple[float, list[float], list[float]]] = {  # gain, floor and ceiling per channel
    "both channels": (3.0, [-0.9, -0.9], [0.9, 0.9]),
    "at full scale": (4.0, [-1.0, -1.0], [1.0, 1.0]),
    "well below full scale": (0.5, [-0.15, -0.15], [0.15, 0.15]),
    "above zero only": (1.3, [-9.0, -9.0], [0.4, 0.4]),
    "left channel only": (1.3, [-0.4, -9.0], [0.4, 9.0]),
}


@pytest.mark.parametrize("clipper", CLIPPERS)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("bits", ["float", "16 bits"])
def test_a_clipped_passage_is_found_in_its_place(clipper: str, seed: int, bits: str) -> None:
    gain, floor, ceiling = CLIPPERS[clipper]
    signal = 0.5 * music(seed)
    passage = slice(round(3.1 * RATE_HZ), round(6.7 * RATE_HZ))
    signal[passage] = np.clip(2.0 * gain * signal[passage], floor, ceiling)
    at_limit: NDArray[np.bool_] = np.logical_or(*np.isin(signal, [*floor, *ceiling]).T)
    flat = np.flatnonzero(at_limit[1:-1] & at_limit[:-2] & at_limit[2:]) + 1
    (one,) = clipped(signal if bits == "float" else in_16_bits(signal))
    assert one.start == pytest.approx(flat[0], abs=PLACE)
    assert one.end == pytest.approx(flat[-1], abs=PLACE)
    assert one.tops >= 3
    assert one.level == pytest.approx(ceiling[0], abs=2 / 32_768)


DELIVERIES: dict[str, Callable[[Signal], Signal]] = {
    "float": lambda signal: signal,
    "16 bits": lambda signal: np.round(signal * 32_768) / 32_768,
    "16 bits, dithered": in_16_bits,
    "24 bits": lambda signal: np.round(signal * 2.0**23) / 2.0**23,
    "turned down, in 24 bits": lambda signal: np.round(0.7 * signal * 2.0**23) / 2.0**23,
    "turned down, dithered to 16 bits": lambda signal: in_16_bits(0.7 * signal),
}


@pytest.mark.parametrize("delivery", DELIVERIES)
@pytest.mark.parametrize("seed", range(3))
def test_music_clipped_in_a_few_samples_is_found(delivery: str, seed: int) -> None:
    signal = music(seed)
    ceiling = 0.9 * np.abs(signal).max()
    found = clipped(DELIVERIES[delivery](np.clip(signal, -ceiling, ceiling)))
    assert 0 < np.sum(np.abs(signal) > ceiling) < 200
    # What was cut off by less leaves a crest that is almost smooth: its corners may be too small to tell.
    for frame in np.flatnonzero((np.abs(signal) > 1.02 * ceiling).any(axis=1)):
        assert any(passage.start - PLACE <= frame <= passage.end + PLACE for passage in found)


@pytest.mark.parametrize("level", [32_767 / 32_768, -1.0, 1.0])
def test_three_samples_at_full_scale_are_enough(level: float) -> None:
    signal = in_16_bits(music(4))
    crest = int(np.argmax(math.copysign(1.0, level) * signal[:-RATE_HZ, 1]))
    assert not clipped(signal)
    signal[crest : crest + 3, 1] = level
    assert clipped(signal) == (ClippedPassage(crest, crest + 3, abs(level), 1),)


def test_clipped_passages_apart_are_told_apart() -> None:
    signal = music(2, 12.0)
    for start_s in (2.0, 7.0):
        passage = slice(round(start_s * RATE_HZ), round((start_s + 1.5) * RATE_HZ))
        signal[passage] = np.clip(4.0 * signal[passage], -1.0, 1.0)
    first, second = clipped(signal)
    assert first.end < 4 * RATE_HZ < second.start


def test_one_long_flat_top_is_enough() -> None:
    signal = music(4)
    crest = int(np.argmax(signal[:, 0]))
    signal[crest : crest + 12, 0] = 1.05 * signal[crest, 0]
    (one,) = clipped(signal)
    assert one.tops == 1
    assert one.start == pytest.approx(crest, abs=PLACE)


@pytest.mark.parametrize("seed", range(4))
def test_undamaged_music_is_not_clipped(seed: int) -> None:
    signal = music(seed)
    assert not clipped(signal)
    assert not clipped(in_16_bits(signal))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_undamaged_music_of_few_bits_is_not_clipped(seed: int, bits: int) -> None:
    signal = music(seed)
    signal /= np.abs(signal).max()
    coarse = np.round(signal * 2.0 ** (bits - 1)) / 2.0 ** (bits - 1)
    for wave in (coarse, 0.83 * coarse, in_16_bits(0.83 * coarse)):
        assert not clipped(wave)


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=30))
@settings(deadline=None, max_examples=30)
def test_any_block_size_finds_the_same(sizes: list[int]) -> None:
    signal = np.clip(3.0 * music(6, 2.0), -1.0, 0.7)
    search, start = FlatTopSearch(RATE_HZ), 0
    for size in [*sizes, len(signal)]:
        search.add(signal[start : start + size])
        start += size
    assert search.passages() == clipped(signal, block=len(signal))


def test_blocks_of_one_frame_find_the_same() -> None:
    signal = np.clip(6.0 * music(6, 1.0), -0.9, 0.7)
    assert clipped(signal, block=1) == clipped(signal, block=len(signal))
    assert clipped(signal)
