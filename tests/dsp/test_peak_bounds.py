import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dsp.peak_bounds import BLOCK, block_peaks, filter_gain
from tests.support.true_peak_reference import HALF, taps

PHASES = [(taps(phase / 8), HALF) for phase in range(8)]


def filtered(samples, phase_taps):
    """One phase's output from each sample on, the way the sum is written."""
    padded = np.pad(samples.astype(np.float64), HALF)
    return np.array([padded[i + 1 : i + 2 * HALF + 1] @ phase_taps[::-1] for i in range(len(samples))])


def highest_of_blocks(samples):
    highest = np.max([np.abs(filtered(samples, phase_taps)) for phase_taps, _ in PHASES], axis=0)
    return highest.reshape(-1, BLOCK).max(axis=1)[1:-1]


@given(st.integers(0, 2**32), st.sampled_from([0.01, 0.1, 0.5, 0.9, 1.0]))
def test_no_output_exceeds_its_bound(seed, frequency):
    rng = np.random.default_rng(seed)
    samples = np.cos(np.pi * frequency * np.arange(5 * BLOCK)) * rng.uniform(-1, 1) + rng.choice(
        [0.0, 0.1, 1.0], 5 * BLOCK
    )
    samples = samples.astype(np.float32)
    bounds = block_peaks(samples[np.newaxis]).bounds(filter_gain(PHASES))[0, 1:-1]
    assert (highest_of_blocks(samples) <= bounds).all()


def test_the_sound_that_a_phase_answers_most_stays_under_the_bound():
    samples = np.zeros(5 * BLOCK, np.float32)
    samples[150 - HALF + 1 : 150 + HALF + 1] = np.sign(taps(0.5))[::-1]
    bounds = block_peaks(samples[np.newaxis]).bounds(filter_gain(PHASES))[0, 1:-1]
    highest = highest_of_blocks(samples)
    assert (highest <= bounds).all()
    assert highest.max() > 2.5
    assert bounds.max() < 1.5 * highest.max()


@pytest.mark.parametrize("shape", [np.ones(5 * BLOCK), np.arange(5.0 * BLOCK)])
def test_a_straight_line_is_bounded_by_its_samples(shape):
    bounds = block_peaks(shape[np.newaxis].astype(np.float32)).bounds(filter_gain(PHASES))[0, 1:-1]
    peaks = shape.reshape(-1, BLOCK)[:, -1] + shape[1] - shape[0]
    assert bounds == pytest.approx(peaks[1:-1], rel=1e-3)


def test_a_line_and_a_bend_are_told_apart():
    """Half-way by a cubic: the mean of the two samples, less a sixteenth of either's second difference."""
    cubic = filter_gain([(np.array([-1.0, 9.0, 9.0, -1.0]) / 16.0, 2)])
    assert (cubic.line, cubic.bend) == pytest.approx((1.0, 2.0 / 16.0))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(value):
    samples = np.zeros((2, 4 * BLOCK), np.float32)
    samples[1, 100] = value
    with pytest.raises(ValueError, match="finite"):
        block_peaks(samples)
