"""Closed forms: every waveform's rms and crest are known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.measure.dynamics import Dynamics, DynamicsMeter

RATE_HZ = 48_000
SECONDS = np.arange(RATE_HZ) / RATE_HZ

WAVES = {
    # rms and crest of amplitude 1
    "square": (np.where(SECONDS * 500 % 1 < 0.5, 1.0, -1.0), 0.0, 0.0),
    "sine": (np.sin(2 * np.pi * 480 * SECONDS + np.pi / 2), -3.0103, 3.0103),
    "triangle": (4 * np.abs(SECONDS * 10 % 1 - 0.5) - 1, -4.7712, 4.7712),
}


def measured(signal: NDArray[np.float64], block: int = 4096) -> Dynamics:
    meter = DynamicsMeter(RATE_HZ)
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


@given(st.lists(st.integers(0, 700), min_size=1, max_size=30))
@settings(deadline=None, max_examples=30)
def test_any_block_size_gives_the_same_figures_to_the_last_bit(sizes: list[int]) -> None:
    signal = np.random.default_rng(2).standard_normal((10_000, 2))
    meter, start = DynamicsMeter(RATE_HZ), 0
    for size in [*sizes, len(signal)]:
        meter.add(signal[start : start + size])
        start += size
    assert meter.result() == measured(signal, len(signal)) == measured(signal, 1)
