"""Closed forms: every waveform's rms and crest are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.analysis.meters.dynamics import Dynamics, DynamicsMeter, album_dr

RATE_HZ = 48_000
SECONDS = np.arange(RATE_HZ) / RATE_HZ

WAVES = {
    # rms and crest of amplitude 1
    "square": (np.where(SECONDS * 500 % 1 < 0.5, 1.0, -1.0), 0.0, 0.0),
    "sine": (np.sin(2 * np.pi * 480 * SECONDS + np.pi / 2), -3.0103, 3.0103),
    "triangle": (4 * np.abs(SECONDS * 10 % 1 - 0.5) - 1, -4.7712, 4.7712),
}


def measured(signal: NDArray[np.float64], block: int = 4096, rate_hz: int = RATE_HZ) -> Dynamics:
    meter = DynamicsMeter(rate_hz)
    for start in range(0, len(signal), block):
        meter.add(signal[start : start + block])
    return meter.result()


@pytest.mark.parametrize("wave", WAVES)
@pytest.mark.parametrize("gain", [1.0, 0.1])
def test_rms_peak_and_crest(wave: str, gain: float) -> None:
    samples, rms_dbfs, crest_db = WAVES[wave]
    dynamics = measured(gain * np.stack([samples, -samples], axis=1))
    gain_db = 20 * np.log10(gain)
    assert dynamics.rms_dbfs == pytest.approx(rms_dbfs + gain_db, abs=0.001)
    assert dynamics.sample_peak_dbfs == pytest.approx(gain_db, abs=1e-9)
    assert dynamics.crest_db == pytest.approx(crest_db, abs=0.001)


def test_channels_are_pooled() -> None:
    square = WAVES["square"][0]
    dynamics = measured(np.stack([square, 0 * square], axis=1))
    assert dynamics.rms_dbfs == pytest.approx(-3.0103, abs=1e-4)


def test_silence_has_no_level() -> None:
    assert measured(np.zeros((100, 2))) == Dynamics(None, None, None)
    assert measured(np.empty((0, 2))) == Dynamics(None, None, None)


def stretched(wave: str, levels: list[float], rest_s: float = 0.0) -> NDArray[np.float64]:
    """Both channels alike: 3 s of the wave at each level, and a rest at the last."""
    second = WAVES[wave][0]
    seconds = np.concatenate([np.tile(level * second, 3) for level in levels])
    rest = levels[-1] * second[: round(rest_s * RATE_HZ)]
    return np.tile(np.concatenate([seconds, rest])[:, np.newaxis], 2)


@pytest.mark.parametrize("rest_s", [0.0, 0.5])
@pytest.mark.parametrize("wave", WAVES)
def test_the_dr_of_a_steady_wave_is_its_crest_less_that_of_a_sine(wave: str, rest_s: float) -> None:
    dynamics = measured(stretched(wave, [0.5] * 5, rest_s))
    assert dynamics.dr_db == pytest.approx(WAVES[wave][2] - 3.0103, abs=0.001)
    assert dynamics.loudest_crest_db == pytest.approx(WAVES[wave][2], abs=0.001)


def test_dr_is_the_second_highest_peak_over_the_loudest_fifth() -> None:
    """Ten blocks: the two loudest are at 0.5 and 0.4; of the peaks put on top, the second highest is 0.9."""
    signal = stretched("sine", [0.1, 0.5, 0.05, 0.4, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1])
    signal[100] = 1.0
    signal[13 * RATE_HZ + 100] = 0.9
    loud = (0.5**2 + 0.4**2) / 2
    assert measured(signal).dr_db == pytest.approx(20 * np.log10(0.9) - 10 * np.log10(loud), abs=0.001)


def test_what_is_left_over_is_a_block_of_its_own_length() -> None:
    """Four whole blocks and half a second, the loudest of the five: it alone is their fifth, at its own mean square."""
    dynamics = measured(stretched("sine", [0.1, 0.1, 0.1, 0.1, 0.8], 0.0)[: -5 * RATE_HZ // 2])
    assert dynamics.dr_db == pytest.approx(20 * np.log10(0.1 / 0.8), abs=0.001)
    assert dynamics.dr == -18
    assert dynamics.loudest_crest_db == pytest.approx(3.0103, abs=0.001)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_blocks_last_three_seconds_at_every_rate(rate_hz: int) -> None:
    """Two peaks 3 s and a frame apart are in two blocks, two that lie closer in one."""
    sine = 0.1 * np.sin(2 * np.pi * 997 / rate_hz * np.arange(12 * rate_hz))
    signal = np.stack([sine, sine], axis=1)
    signal[[3 * rate_hz, 6 * rate_hz]] = 1.0
    assert measured(signal, rate_hz=rate_hz).dr_db == pytest.approx(20.0, abs=0.1)
    signal[6 * rate_hz] = 0.1
    signal[6 * rate_hz - 1] = 1.0
    assert measured(signal, rate_hz=rate_hz).dr_db == pytest.approx(0.0, abs=0.1)


def test_dr_is_the_mean_of_the_channels_that_sound() -> None:
    signal = stretched("sine", [0.5] * 5)
    signal[:, 1] = stretched("square", [0.5] * 5)[:, 0]
    assert measured(signal).dr_db == pytest.approx(-1.505, abs=0.001)
    signal[:, 0] = 0.0
    assert measured(signal).dr_db == pytest.approx(-3.0103, abs=0.001)


def test_noise_with_bursts_has_the_dr_of_its_making() -> None:
    rng = np.random.default_rng(3)
    signal = 0.01 * rng.uniform(-1.0, 1.0, (30 * RATE_HZ, 2))
    for second in range(1, 30, 3):
        signal[second * RATE_HZ : second * RATE_HZ + RATE_HZ // 10] *= 50.0
    # A burst of 0.1 s in 3 s: mean square 0.5 squared / 3, a thirtieth of the time; the noise under it hardly counts.
    expected_db = 20 * np.log10(0.5) - 10 * np.log10(2 * (0.25 / 3 / 30 + 1e-4 / 3 * 29 / 30))
    assert measured(signal).dr_db == pytest.approx(expected_db, abs=0.1)
    assert measured(signal).dr == round(expected_db)


def test_less_than_two_blocks_have_no_dr() -> None:
    assert measured(stretched("sine", [0.5, 0.5])[:-1]).dr_db is None
    assert measured(stretched("sine", [0.5, 0.5])).dr_db == pytest.approx(0.0, abs=0.001)
    assert measured(stretched("sine", [0.5])[:-1]).loudest_crest_db is None


def test_sound_in_one_block_alone_has_no_second_peak() -> None:
    assert measured(stretched("sine", [0.5, 0.0, 0.0])).dr_db is None


def test_silence_of_any_length_has_no_dr() -> None:
    assert measured(np.zeros((10 * RATE_HZ, 2))) == Dynamics(None, None, None)


@pytest.mark.parametrize(
    ("drs", "expected"), [([8, 9], 9), ([8, 8, 9], 8), ([10, None, 13], 12), ([7], 7), ([None], None), ([], None)]
)
def test_the_dr_of_an_album_is_the_mean_of_its_tracks_halves_up(drs: list[int | None], expected: int | None) -> None:
    assert album_dr(drs) == expected


@given(st.lists(st.integers(0, 1500), min_size=1, max_size=30))
@settings(deadline=None, max_examples=30)
def test_any_block_size_gives_the_same_figures_to_the_last_bit(sizes: list[int]) -> None:
    signal, rate_hz = np.random.default_rng(2).standard_normal((10_000, 2)), 1000
    meter, start = DynamicsMeter(rate_hz), 0
    for size in [*sizes, len(signal)]:
        meter.add(signal[start : start + size])
        start += size
    assert meter.result() == measured(signal, len(signal), rate_hz) == measured(signal, 1, rate_hz)
    assert meter.result().dr is not None
