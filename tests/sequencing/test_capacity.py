"""What a disc or a side takes: refused where it does not fit, warned of where a plant should be asked."""

import pytest

from pipeline.plan.sequence import SideOrDisc
from pipeline.sequencing.capacity import capacity_faults
from pipeline.sequencing.sides_and_discs import assign_sides
from pipeline.sequencing.timeline import build_programmes
from profiles import load
from tests.support.sessions import RATE_HZ, album_of, programme_of, spacing_of

CD, VINYL = load("cd-wav"), load("vinyl-12in-33")
SIDE_S = 1440.0


def told(songs, profile, programmes, severity="refusal"):
    return [str(fault) for fault in capacity_faults(songs, profile, programmes) if fault.severity == severity]


def on_sides(songs, durations_s):
    lengths = [round(duration * RATE_HZ) for duration in durations_s]
    sides = assign_sides(songs, durations_s, SIDE_S)
    return build_programmes(spacing_of(songs, lengths), RATE_HZ, [SideOrDisc(side) for side in sides])


def test_a_side_that_is_too_long_is_told_with_its_length():
    songs = album_of({"side": "A"}, {"side": "B"})
    assert told(songs, VINYL, on_sides(songs, [1500.0, 60.0])) == [
        "album.toml: tracks: side A lasts 25:00; a side holds 24:00: move tracks with `side`"
    ]


def test_a_track_that_fills_more_than_a_side_cannot_be_moved():
    songs = album_of({}, {})
    assert told(songs, VINYL, on_sides(songs, [60.0, 1441.0])) == [
        "album.toml: tracks: side B lasts 24:01; a side holds 24:00: "
        "shorten a track: it does not fit on a side by itself"
    ]


def test_a_long_side_is_warned_of_by_its_letter():
    songs = album_of({}, {})
    found = told(songs, VINYL, on_sides(songs, [60.0, 1200.0]), "warning")
    assert found == ["side B of vinyl-12in-33 lasts 20:00; over 19:30 ask the plant"]


@pytest.mark.parametrize(("length_s", "faults"), [(3.98, 1), (4.0, 0)])
def test_a_disc_takes_no_track_under_four_seconds(length_s, faults):
    songs = album_of({}, {"gap_s": 0.0})
    found = programme_of(songs, [round(length_s * RATE_HZ), RATE_HZ * 9])
    assert len(told(songs, CD, [found])) == faults


def test_the_pause_after_a_track_is_part_of_it():
    songs = album_of({}, {"gap_s": 2.0})
    assert told(songs, CD, [programme_of(songs, [RATE_HZ * 5 // 2, RATE_HZ * 4])]) == []
    assert told(songs, CD, [programme_of(songs, [RATE_HZ * 4, RATE_HZ * 2])]) == [
        "album.toml: tracks[2]: lasts 2.13 s; cd-wav takes no track under 4 s"
    ]


def test_a_disc_that_is_too_long_is_refused_and_a_long_one_warned_of():
    songs = album_of({})
    severities = [
        [fault.severity for fault in capacity_faults(songs, CD, [programme_of(songs, [RATE_HZ * length_s])])]
        for length_s in (4400, 4500, 4800)
    ]
    assert severities == [[], ["warning"], ["refusal", "warning"]]


def test_a_disc_takes_ninety_nine_tracks():
    for count, faults in ((99, []), (100, ["album.toml: tracks: 100 tracks; cd-wav takes 99"])):
        songs = album_of(*({} for _ in range(count)))
        assert told(songs, CD, [programme_of(songs, [RATE_HZ * 5] * count)]) == faults
