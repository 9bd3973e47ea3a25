"""Closed forms: two channels made of known shares of two unrelated noises."""

import math
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.analysis.meters.stereo import Stereo, StereoMeter

Signal = NDArray[np.float64]
RATE_HZ = 44_100


def noises(frames: int, seed: int = 1) -> Signal:
    """Two noises of equal energy and no correlation at all, rms 0.1 each."""
    signal = np.random.default_rng(seed).standard_normal((frames, 2))
    orthogonal, _ = np.linalg.qr(signal)
    return np.ascontiguousarray(orthogonal * 0.1 * math.sqrt(frames))


def measured(signal: Signal, rate_hz: int = RATE_HZ, block: int = 4096) -> Stereo:
    meter = StereoMeter(rate_hz)
    for start in range(0, len(signal), block):
        meter.add(signal[start : start + block])
    return meter.result()


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 4, 1.3, 2.0, math.pi])
def test_correlation_is_the_cosine_of_the_angle_between_the_channels(angle: float) -> None:
    one, other = noises(2 * RATE_HZ).T
    stereo = measured(np.stack([one, math.cos(angle) * one + math.sin(angle) * other], axis=1))
    assert stereo.correlation == pytest.approx(math.cos(angle), abs=1e-9)
    assert stereo.balance_db == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("balance_db", [-20.0, -1.0, 0.0, 6.0])
def test_balance_is_left_over_right(balance_db: float) -> None:
    signal = noises(RATE_HZ)
    signal[:, 0] *= 10 ** (balance_db / 20)
    assert measured(signal).balance_db == pytest.approx(balance_db, abs=1e-9)


@pytest.mark.parametrize("width_db", [-40.0, -6.0, 0.0, 3.0])
def test_width_is_side_over_mid(width_db: float) -> None:
    mid, side = noises(RATE_HZ).T
    side = side * 10 ** (width_db / 20)
    assert measured(np.stack([mid + side, mid - side], axis=1)).side_to_mid_db == pytest.approx(width_db, abs=1e-6)


def test_mono_is_correlated_to_the_last_bit_and_has_no_side() -> None:
    signal = noises(RATE_HZ)
    stereo = measured(signal[:, [0, 0]])
    assert (stereo.correlation, stereo.minimum_correlation, stereo.side_to_mid_db) == (1.0, 1.0, None)


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 96_000])
def test_the_least_correlated_window_is_found_and_dated(rate_hz: int) -> None:
    mono = noises(8 * rate_hz)[:, [0, 0]]
    inverted = slice(round(4.8 * rate_hz), round(5.2 * rate_hz))
    mono[inverted, 1] *= -1.0
    stereo = measured(np.ascontiguousarray(mono), rate_hz)
    assert stereo.minimum_correlation == pytest.approx(-1.0)
    assert stereo.minimum_correlation_at_s == pytest.approx(4.8, abs=1 / rate_hz)
    assert stereo.correlation == pytest.approx(0.9, abs=0.01)


def test_what_is_hardly_heard_is_not_looked_at() -> None:
    mono = np.ascontiguousarray(noises(4 * RATE_HZ)[:, [0, 0]])
    faint = slice(2 * RATE_HZ, None)
    mono[faint] *= np.array([0.005, -0.005])  # -66 dBFS, inverted
    assert measured(mono).minimum_correlation == pytest.approx(1.0)
    mono[faint] *= 3.0  # -56 dBFS
    assert measured(mono).minimum_correlation == pytest.approx(-1.0)


def test_silence_in_either_channel_is_undefined() -> None:
    signal = noises(RATE_HZ)
    signal[:, 1] = 0.0
    stereo = measured(signal)
    assert (stereo.correlation, stereo.minimum_correlation, stereo.balance_db) == (None, None, None)
    assert stereo.side_to_mid_db == pytest.approx(0.0, abs=1e-9)
    for silence in (np.zeros((RATE_HZ, 2)), np.empty((0, 2))):
        assert figures(measured(silence))[:5] == [None] * 5


def test_shorter_than_a_window_has_no_minimum() -> None:
    stereo = measured(noises(RATE_HZ // 5))
    assert stereo.correlation == pytest.approx(0.0, abs=1e-9)
    assert stereo.minimum_correlation is None
    assert stereo.minimum_correlation_at_s is None
    assert stereo.correlations.shape == (0,)
    assert stereo.energies.shape == (0, 2)


@pytest.mark.parametrize("rate_hz", [22_051, 44_100])
def test_correlation_and_energy_over_time(rate_hz: int) -> None:
    """Mono, opposite, one channel only, hardly heard, silent; then a rest too short for a window."""
    signal = 0.2 * noises(2 * rate_hz + rate_hz // 10)[:, [0, 0]] / 0.1
    edges = [round(0.4 * rate_hz * window) for window in range(6)]
    for window, gains in enumerate([(1.0, 1.0), (1.0, -0.5), (0.0, 1.0), (0.001, 0.001), (0.0, 0.0)]):
        signal[edges[window] : edges[window + 1]] *= gains
    stereo = measured(signal, rate_hz)
    np.testing.assert_allclose(stereo.correlations, [1.0, -1.0, np.nan, np.nan, np.nan], atol=1e-9)
    expected = [np.square(part).mean(axis=0) for part in np.split(signal, edges[1:])[:5]]
    np.testing.assert_allclose(stereo.energies, expected, rtol=1e-9, atol=1e-30)
    assert stereo.minimum_correlation_at_s == pytest.approx(0.4, abs=1 / rate_hz)


def test_no_array_can_be_written_to() -> None:
    stereo = measured(noises(RATE_HZ))
    for values in (stereo.correlations, stereo.energies):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 0.0


@given(st.lists(st.integers(0, 9000), min_size=1, max_size=20), st.sampled_from([22_051, 44_100]))
@settings(deadline=None, max_examples=30)
def test_any_block_size_gives_the_same_figures_to_the_last_bit(sizes: list[int], rate_hz: int) -> None:
    signal = noises(50_000, seed=4)
    meter, start = StereoMeter(rate_hz), 0
    for size in [*sizes, len(signal)]:
        meter.add(signal[start : start + size])
        start += size
    same_figures(meter.result(), measured(signal, rate_hz, len(signal)))


def test_blocks_of_one_frame_give_the_same_figures_to_the_last_bit() -> None:
    signal = noises(20_000, seed=5)
    same_figures(measured(signal, block=1), measured(signal, block=len(signal)))


def figures(stereo: Stereo) -> list[object]:
    return [getattr(stereo, field.name) for field in fields(stereo)]


def same_figures(one: Stereo, other: Stereo) -> None:
    for value, expected in zip(figures(one), figures(other), strict=True):
        np.testing.assert_array_equal(value, expected)
