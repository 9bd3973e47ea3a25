import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dsp.decibels import amplitude, decibels, power_decibels


def test_the_usual_landmarks():
    assert amplitude(0.0) == 1.0
    assert amplitude(20.0) == pytest.approx(10.0)
    assert decibels(0.5) == pytest.approx(-6.0206, abs=1e-4)
    assert power_decibels(0.5) == pytest.approx(-3.0103, abs=1e-4)


def test_nothing_is_minus_infinity():
    assert decibels(0.0) == -math.inf
    assert power_decibels(0.0) == -math.inf


def test_a_negative_factor_has_no_level():
    with pytest.raises(ValueError):
        decibels(-1.0)


@given(st.floats(-200, 200))
def test_there_and_back(gain_db):
    assert decibels(amplitude(gain_db)) == pytest.approx(gain_db, abs=1e-9)
