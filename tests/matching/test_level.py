"""Levels: loud passages go most of the way to the album's, wishes come on top, locks hold."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums import Intent, Track
from pipeline.matching.level import LIMIT_DB, centre_lufs, gain_db, left_lu

INTENT = Intent(level_match=0.7)


def track(**keys):
    return Track(mix="1.wav", title="One", **keys)


def test_a_small_distance_shrinks_by_the_match():
    assert left_lu(0.5, 0.7) == pytest.approx(0.15, abs=0.002)
    gain, reason = gain_db(-15.5, -15.0, track(), INTENT, 0.0)
    assert gain == pytest.approx(0.35, abs=0.006)
    assert reason == "Loud passages 0.5 LU under the album's: +0.4 dB, level_match = 0.7 leaves them 0.1 LU under it."


@given(st.floats(-40.0, 40.0), st.floats(0.0, 1.0))
def test_what_is_left_lies_between_nothing_and_all_and_on_the_same_side(away_lu, level_match):
    left = left_lu(away_lu, level_match)
    assert abs(left) <= (1.0 - level_match) * abs(away_lu) + 1e-4
    assert left * away_lu >= 0.0


def test_however_far_a_mix_is_it_ends_near_the_others():
    assert abs(left_lu(-15.0, 0.7)) <= 1.2
    assert abs(left_lu(15.0, 0.7)) <= 1.2


@given(st.floats(-40.0, 40.0), st.floats(-40.0, 40.0), st.floats(0.0, 1.0))
def test_who_was_louder_stays_louder(one, other, level_match):
    low, high = sorted((one, other))
    assert left_lu(low, level_match) <= left_lu(high, level_match)


def test_a_match_of_zero_keeps_the_mixes_levels_and_one_makes_them_alike():
    assert left_lu(-7.3, 0.0) == -7.3
    assert left_lu(-7.3, 1.0) == 0.0
    assert gain_db(-22.3, -15.0, track(), Intent(level_match=1.0), 0.0)[0] == pytest.approx(7.3)


def test_a_wish_and_what_the_treatment_adds_come_on_top():
    gain, reason = gain_db(-15.0, -15.0, track(level_wish_lu=-2.0), INTENT, 0.3)
    assert gain == pytest.approx(-2.3)
    assert "The artist wishes -2.0 LU." in reason
    assert "-0.3 dB makes up for what the treatment does to loudness." in reason


def test_the_gain_is_bounded_and_says_so():
    gain, reason = gain_db(-60.0, -15.0, track(), INTENT, 0.0)
    assert gain == LIMIT_DB
    assert "but no more than 20 dB" in reason


def test_a_gain_that_the_artist_set_is_the_gain():
    assert gain_db(-40.0, -15.0, track(gain_db=1.5), INTENT, 3.0) == (1.5, "The artist set +1.5 dB.")


def test_the_centre_does_not_move_for_one_odd_track():
    assert centre_lufs([-15.0, -16.0, -14.0, -40.0, -15.5]) == -15.5
    assert math.isclose(centre_lufs([-15.0, -16.0]), -15.5)
