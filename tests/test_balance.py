import pytest

from albums import Intent, Track
from pipeline.balance import LIMIT_DB, centre_lufs, gain_db

INTENT = Intent(level_match=0.7)


def track(**keys):
    return Track(mix="1.wav", title="One", **keys)


def test_loud_passages_go_seven_tenths_of_the_way():
    gain, reason = gain_db(-20.0, -15.0, track(), INTENT, 0.0)
    assert gain == pytest.approx(3.5)
    assert reason == "Loud passages 5.0 LU under the album's: +3.5 dB, 70% of the way."


def test_a_wish_and_what_the_equaliser_adds_come_on_top():
    gain, reason = gain_db(-15.0, -15.0, track(level_wish_lu=-2.0), INTENT, 0.3)
    assert gain == pytest.approx(-2.3)
    assert "The artist wishes -2.0 LU." in reason
    assert "-0.3 dB makes up for the equaliser." in reason


def test_the_gain_is_bounded_and_says_so():
    gain, reason = gain_db(-60.0, -15.0, track(), INTENT, 0.0)
    assert gain == LIMIT_DB
    assert "but no more than 12 dB" in reason


def test_the_centre_does_not_move_for_one_odd_track():
    assert centre_lufs([-15.0, -16.0, -14.0, -40.0, -15.5]) == -15.5
