"""Levels: small differences go, an album's arc stays, wishes come on top, locks hold, what is held back is told."""

import math
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums import Intent, Track
from pipeline.matching.level import ASIDE_LU, LIMIT_DB, centre_lufs, gain_db, held_back, level_of
from pipeline.plan.level_law import MOST_DB, correction_db

INTENT = Intent(level_match=0.7)
FAR = st.floats(-40.0, 40.0)
MATCH = st.floats(0.0, 1.0)


def track(**keys):
    return Track(mix="1.wav", title="One", **keys)


def gained(loud_lufs, centre=-15.0, intent=INTENT, treated_lu=0.0, aside="", **keys):
    found = level_of(loud_lufs, centre, intent, is_aside=bool(aside))
    return gain_db(found, track(**keys), intent, treated_lu, aside)


def test_a_small_distance_shrinks_by_the_match():
    gain, reason = gained(-15.5)
    assert gain == pytest.approx(0.35, abs=0.006)
    assert reason == "Loud passages 0.5 LU under the album's: +0.3 dB leaves them 0.2 LU under it, level_match = 0.7."


@given(FAR, MATCH)
def test_what_is_done_is_no_more_than_is_asked_for_and_goes_towards_the_album(away_lu, level_match):
    done = correction_db(away_lu, level_match)
    assert abs(done) <= level_match * abs(away_lu) + 1e-9
    assert done * away_lu <= 0.0


@given(FAR, st.floats(0.0, 0.7))
def test_no_level_is_moved_by_more_than_six_decibels_unasked(away_lu, level_match):
    assert abs(correction_db(away_lu, level_match)) <= MOST_DB


@pytest.mark.parametrize("away_lu", [-11.0, -15.0, -21.0, -30.0])
def test_the_farther_a_quiet_piece_is_the_more_of_its_distance_is_left(away_lu):
    left = away_lu + correction_db(away_lu, 0.7)
    assert left <= away_lu + MOST_DB
    assert left < 0.5 * away_lu


@given(st.floats(0.0, 20.0), st.floats(-40.0, 0.0), st.floats(0.0, 0.7))
def test_nothing_comes_nearer_to_the_loudest_than_by_six_decibels_unasked(loudest_lu, away_lu, level_match):
    intent = Intent(level_match=level_match)
    loudest, other = (level_of(lufs, 0.0, intent, loudest_lu=loudest_lu) for lufs in (loudest_lu, away_lu))
    assert other.gain_db - loudest.gain_db <= MOST_DB + 1e-9


@given(FAR, FAR, MATCH)
def test_who_was_louder_stays_louder(one, other, level_match):
    low, high = sorted((one, other))
    assert low + correction_db(low, level_match) <= high + correction_db(high, level_match) + 1e-9


def test_a_match_of_zero_keeps_the_mixes_levels_and_one_makes_them_alike():
    assert correction_db(-7.3, 0.0) == 0.0
    assert gained(-22.3, intent=Intent(level_match=1.0))[0] == pytest.approx(7.3)


def test_over_the_usual_match_the_bound_gives_way_without_a_step():
    done = [correction_db(-20.0, match / 1000.0) for match in range(1001)]
    assert all(0.0 <= after - before < 0.2 for before, after in pairwise(done))
    assert done[-1] == 20.0


def test_a_wish_and_what_the_treatment_adds_come_on_top():
    gain, reason = gained(-15.0, treated_lu=0.3, level_wish_lu=-2.0)
    assert gain == pytest.approx(-2.3)
    assert "The artist wishes -2.0 LU." in reason
    assert "-0.3 dB makes up for what the treatment does to loudness." in reason


def test_the_gain_is_bounded_even_where_one_level_is_asked_for():
    assert gained(-60.0, intent=Intent(level_match=1.0))[0] == LIMIT_DB


def test_a_gain_that_the_artist_set_is_the_gain():
    assert gained(-40.0, treated_lu=3.0, gain_db=1.5) == (1.5, "The artist set +1.5 dB.")


SENTENCE = re.compile(
    r"Loud passages ([\d.]+) LU (over|under) the album's: ([+-][\d.]+) dB "
    r"(?:leaves them ([\d.]+) LU (over|under) it|brings them to it), level_match = ([\d.e-]+)"
    r"(?: softened from ([+-][\d.]+) dB: a large difference is the music's)?\."
)


@given(FAR, MATCH)
def test_every_figure_of_the_reason_can_be_computed(away_lu, level_match):
    found = level_of(-15.0 + away_lu, -15.0, Intent(level_match=level_match))
    _, reason = gain_db(found, track(), Intent(level_match=level_match), 0.0)
    if abs(away_lu) < 0.04:
        assert reason.startswith("Loud passages lie at the album's level")
    elif told := SENTENCE.fullmatch(reason):
        away, side, done, left, left_side, _, asked = told.groups()
        assert (1.0 if side == "over" else -1.0) * float(away) == pytest.approx(away_lu, abs=0.051)
        assert float(done) == pytest.approx(found.gain_db, abs=0.051)
        assert (1.0 if left_side == "over" else -1.0) * float(left or 0.0) == pytest.approx(
            away_lu + found.gain_db, abs=0.101
        )
        assert asked is None or float(asked) == pytest.approx(-level_match * away_lu, abs=0.051)
    else:
        assert abs(away_lu) < 0.06, reason


@given(FAR, MATCH)
def test_what_is_no_song_is_raised_to_six_under_the_songs_at_most_or_stays_where_it_was(away_lu, level_match):
    done = level_of(-15.0 + away_lu, -15.0, Intent(level_match=level_match), is_aside=True).gain_db
    assert away_lu + done <= max(-ASIDE_LU, away_lu) + 1e-9
    assert done <= level_of(-15.0 + away_lu, -15.0, Intent(level_match=level_match), is_aside=False).gain_db


def test_an_interlude_says_that_it_is_one():
    gain, reason = gained(-25.0, aside="It is an interlude of 0:41")
    assert gain == 4.0
    assert reason == (
        "Loud passages 10.0 LU under the album's: +4.0 dB leaves them 6.0 LU under it, level_match = 0.7. "
        "It is an interlude of 0:41, and is not raised nearer than 6 LU under the songs."
    )


def warned(loud_lufs, intent=INTENT, **keys):
    found = level_of(loud_lufs, -15.0, intent, is_aside=False)
    return held_back(found, 3, track(**keys), intent)


def test_what_is_left_far_from_the_others_is_told_with_the_line_that_mends_it():
    (fault,) = warned(-29.0)
    assert fault.severity == "warning"
    assert fault.where == "album.toml: tracks[3]"
    wish = float(re.findall(r"level_wish_lu = (-?[\d.]+) under tracks\[3\]", fault.words)[0])
    assert gained(-29.0, level_wish_lu=wish)[0] == pytest.approx(0.7 * 14.0, abs=0.06)
    assert "lie 14.0 LU under the album's and are raised by 5.6 dB, not by the 9.8" in fault.words
    assert "lowered by 5.6 dB" in warned(-1.0)[0].words


@pytest.mark.parametrize(
    ("loud_lufs", "keys"),
    [(-22.0, {}), (-29.0, {"level_wish_lu": 1.0}), (-29.0, {"gain_db": 3.0}), (-15.0, {})],
)
def test_nothing_is_told_where_little_is_held_back_or_the_artist_has_spoken(loud_lufs, keys):
    assert warned(loud_lufs, **keys) == ()


def test_the_centre_does_not_move_for_one_odd_track():
    assert centre_lufs([-15.0, -16.0, -14.0, -40.0, -15.5]) == -15.5
    assert math.isclose(centre_lufs([-15.0, -16.0]), -15.5)
