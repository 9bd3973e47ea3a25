"""A reduction is smoothed as the definition says, over what the smoother reaches and no more."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dsp.reduction_smoothing import MOST, ONE, Smoother, centred, covering, gain_of, wanted_after

SMOOTHERS = [
    Smoother(0, 0, (0, 0, 0)),
    Smoother(3, 3, (0, 0, 0)),
    Smoother(9, 2, (1, 2, 3)),
    Smoother(1, 6, (4, 0, 4)),
    covering(1),
    covering(22),
]


def reductions(frames=200, seed=1):
    """Here and there any, elsewhere none."""
    rng = np.random.default_rng(seed)
    return np.where(rng.random(frames) < 0.1, rng.integers(0, int(MOST), frames), 0).astype(np.int32)


def plainly_smoothed(smoother, values):
    held = [max(values[max(0, i - smoother.back) : i + smoother.ahead + 1]) for i in range(len(values))]
    for half_width in smoother.averages:
        padded = np.pad(np.array(held, np.float64), half_width)
        held = [np.ceil(np.mean(padded[i : i + 2 * half_width + 1])) for i in range(len(held))]
    return np.array(held)[smoother.reach : len(values) - smoother.reach]


@pytest.mark.parametrize("smoother", SMOOTHERS)
def test_a_smoother_is_a_running_maximum_and_averages(smoother):
    values = reductions()
    smoothed = smoother(values)
    assert len(smoothed) == len(values) - 2 * smoother.reach
    np.testing.assert_allclose(smoothed, plainly_smoothed(smoother, values), atol=len(smoother.averages))


@pytest.mark.parametrize("smoother", SMOOTHERS)
def test_no_reduction_stays_none_whatever_was_before(smoother):
    values = np.concatenate([reductions(), np.zeros(200, np.int32)])
    assert not smoother(values)[200:].any()


@pytest.mark.parametrize("hold", [1, 2, 22, 48])
def test_what_covers_is_nowhere_below_the_reduction(hold):
    values, smoother = reductions(), covering(hold)
    assert (smoother(values) >= centred(values, len(values) - 2 * smoother.reach)).all()


@given(st.integers(0, int(MOST)), st.integers(0, int(MOST)))
def test_what_is_taken_and_what_is_still_wanted_make_at_least_what_was_wanted(wanted, taken):
    rest = wanted_after(np.array([wanted], np.int32), np.array([taken], np.int32))
    gain = gain_of(np.array([taken], np.int32)) * gain_of(rest)
    assert gain[0] <= (1.0 - wanted / ONE) * (1.0 + 1e-12)
    assert rest[0] == 0 or wanted > taken


def test_a_reduction_wanted_is_compared_with_what_is_taken_there():
    wanted = np.array([9, 9, 5, 7, 9, 9], np.int32)
    np.testing.assert_array_equal(wanted_after(wanted, np.array([5, 7], np.int32)), [0, 0])
