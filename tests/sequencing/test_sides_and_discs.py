"""Sides of a record: the artist's letters stand, the rest balances, and a segue is split last of all."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sequencing.sides_and_discs import SEGUE_PENALTY_S2, assign_discs, assign_sides
from tests.support.sessions import album_of

MAXIMUM_S = 1440.0
durations = st.lists(st.floats(30.0, 700.0), min_size=2, max_size=7)


def lengths_s(sides, durations_s):
    return [sum(d for d, s in zip(durations_s, sides, strict=True) if s == letter) for letter in sorted(set(sides))]


def cost(sides, durations_s, segues):
    turned = sum(runs_on and a != b for a, b, runs_on in zip(sides, sides[1:], segues[1:], strict=False))
    return sum(length**2 for length in lengths_s(sides, durations_s)) + SEGUE_PENALTY_S2 * turned


def every_split(tracks, count):
    """All ways to put tracks, in order, on the first sides of `count`, none of them left empty."""
    for turns in product((0, 1), repeat=tracks - 1):
        if sum(turns) < count:
            yield tuple("ABCDEFGH"[sum(turns[:n])] for n in range(tracks))


def test_sides_balance_and_turn_at_a_gap_rather_than_in_a_segue():
    songs = album_of({}, {}, {"crossfade_s": 2.0}, {})
    assert assign_sides(album_of({}, {}, {}, {}), [300.0] * 4, MAXIMUM_S) == ("A", "A", "B", "B")
    assert assign_sides(songs, [300.0] * 4, MAXIMUM_S) == ("A", "B", "B", "B")


def test_a_segue_is_turned_over_where_nothing_else_fits():
    songs = album_of({}, {}, {"gap_s": 0.0}, {"gap_s": 0.0})
    assert assign_sides(songs, [700.0] * 4, MAXIMUM_S) == ("A", "A", "B", "B")


def test_the_artist_s_sides_stand_and_the_rest_follows():
    assert assign_sides(album_of({}, {"side": "B"}, {}, {}), [300.0] * 4, MAXIMUM_S) == ("A", "B", "B", "B")


@pytest.mark.parametrize(
    ("given_sides", "sides"), [("AB", "AB"), ("BB", "BB"), ("B ", "BB"), ("  D", "AAD"), ("AC", "AC")]
)
def test_letters_that_leave_a_side_empty_stand_too(given_sides, sides):
    songs = album_of(*({} if letter == " " else {"side": letter} for letter in given_sides))
    assert "".join(assign_sides(songs, [300.0] * len(sides), MAXIMUM_S)) == sides


def test_an_album_too_long_for_two_sides_gets_four():
    assert assign_sides(album_of(*({} for _ in range(8))), [600.0] * 8, MAXIMUM_S) == tuple("AABBCCDD")


def test_a_single_has_one_side():
    assert assign_sides(album_of({}), [200.0], MAXIMUM_S) == ("A",)


@given(durations, st.data())
def test_no_other_split_is_better(durations_s, data):
    segues = [data.draw(st.booleans()) for _ in durations_s]
    songs = album_of(*({"gap_s": 0.0} if runs_on else {} for runs_on in segues))
    found = assign_sides(songs, durations_s, MAXIMUM_S)
    assert max(lengths_s(found, durations_s)) <= MAXIMUM_S
    for count in (2, 4, 6):
        fitting = [s for s in every_split(len(durations_s), count) if max(lengths_s(s, durations_s)) <= MAXIMUM_S]
        if fitting:
            break
    assert len(set(found)) <= count
    best = min(cost(sides, durations_s, segues) for sides in fitting)
    assert cost(found, durations_s, segues) == pytest.approx(best)


@given(durations, st.data())
def test_sides_only_go_forwards_and_every_letter_given_stands(durations_s, data):
    latest, tracks = "A", []
    for _ in durations_s:
        letter = data.draw(st.none() | st.sampled_from([letter for letter in "ABCD" if letter >= latest]))
        latest = letter or latest
        tracks.append({"side": letter} if letter else {})
    found = assign_sides(album_of(*tracks), durations_s, MAXIMUM_S)
    assert list(found) == sorted(found)
    assert all(track.get("side", side) == side for track, side in zip(tracks, found, strict=True))


def test_an_album_that_fits_is_on_one_disc():
    assert assign_discs(album_of(*({} for _ in range(10))), [240.0] * 10, 4797.0) == (1,) * 10


def test_an_album_too_long_for_one_disc_is_on_the_fewest_and_as_even_as_they_come():
    assert assign_discs(album_of(*({} for _ in range(8))), [900.0] * 8, 4797.0) == (1, 1, 1, 1, 2, 2, 2, 2)
    assert assign_discs(album_of(*({} for _ in range(9))), [1500.0] * 9, 4797.0) == (1, 1, 1, 2, 2, 2, 3, 3, 3)


def test_a_disc_is_changed_at_a_gap_rather_than_in_a_segue():
    songs = album_of({}, {}, {"gap_s": 0.0}, {})
    assert assign_discs(songs, [1300.0] * 4, 4797.0) in {(1, 2, 2, 2), (1, 1, 1, 2)}


def test_a_disc_begins_where_the_artist_says_and_nowhere_else():
    assert assign_discs(album_of({}, {}, {}, {"disc": 2}, {}), [60.0] * 5, 4797.0) == (1, 1, 1, 2, 2)
    assert assign_discs(album_of({}, {}, {"disc": 2}), [3000.0] * 3, 4797.0) == (1, 1, 2)
    assert assign_discs(album_of({"disc": 1}, {"disc": 1}, {"disc": 2}), [60.0] * 3, 4797.0) == (1, 1, 2)


def test_a_track_longer_than_a_disc_stays_whole_and_is_refused_later():
    assert assign_discs(album_of({}, {}), [5000.0, 60.0], 4797.0) == (1, 1)
