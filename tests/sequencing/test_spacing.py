"""Where mixes are cut and how long the silence between two is: decided from what was heard, and told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.analysis.edges import Beginning, Ending
from pipeline.intake.mixes import Mix, Source
from pipeline.sequencing.spacing import Edges, Spacing, gap_before_s, spacing_of
from pipeline.sequencing.transitions import Transition
from tests.support.sessions import RATE_HZ, album_of

SECOND = RATE_HZ
FRAMES = 20 * SECOND
ATTACK = Beginning("attack", SECOND, SECOND - 480, -200.0)
COLD = Ending("cold", 18 * SECOND, 18 * SECOND + 4800, -200.0, 0.1, None)
SOUND = Beginning("sound", 0, 0, -200.0), Ending("sound", FRAMES, FRAMES, -200.0, 0.0, None)


def source(number: int) -> Source:
    return Source(
        Mix(f"tracks[{number}].mix", Path(f"{number}.wav"), RATE_HZ, FRAMES, "PCM_24"), 0, FRAMES, f"{number:064x}"
    )


def spacing(
    *keys: dict[str, Any],
    endings: tuple[Ending, ...] = (),
    beginnings: tuple[Beginning, ...] = (),
    runs_on: tuple[int, ...] = (),
    louds_lufs: tuple[float, ...] = (),
    **intent: Any,
) -> Spacing:
    count = len(keys)
    ends, starts = (*endings, *[COLD] * count)[:count], (*beginnings, *[ATTACK] * count)[:count]
    edges = [Edges(beginning, ending) for beginning, ending in zip(starts, ends, strict=True)]
    transitions = [Transition(runs_on=n in runs_on) if n > 1 else None for n in range(1, count + 1)]
    used, nothing = [source(n) for n in range(1, count + 1)], [None] * count
    return spacing_of(
        album_of(*keys, **intent), used, nothing, edges, nothing, transitions, louds_lufs or [-20.0] * count
    )


def cuts(found: Spacing, number: int) -> tuple[int, int]:
    """How much is cut off a track's head and off its tail."""
    kept = found.tracks[number - 1].source
    return kept.start, FRAMES - kept.stop


def test_silence_at_the_edges_is_cut_and_the_places_are_counted_from_there():
    found = spacing({}, {})
    placed = found.tracks[0]
    fade = round(0.05 * SECOND)
    assert cuts(found, 1) == (SECOND - 480, FRAMES - COLD.cut - fade)
    assert (placed.first, placed.last) == (480, 17 * SECOND + 480)
    assert (placed.fade_in, placed.fade_out) == (0, fade)


def test_a_floor_of_noise_is_faded_and_not_cut_off():
    noisy = replace(ATTACK, floor_dbfs=-66.0), replace(COLD, floor_dbfs=-66.0)
    placed = spacing({}, beginnings=(noisy[0],), endings=(noisy[1],)).tracks[0]
    assert placed.fade_out == 0.3 * SECOND
    assert placed.source.stop == COLD.cut + placed.fade_out
    assert placed.fade_in == 0.15 * SECOND
    assert placed.source.start + placed.fade_in == ATTACK.cut
    assert placed.first == ATTACK.audible - placed.source.start


def test_noise_that_is_shorter_than_its_fade_is_faded_as_far_as_it_goes():
    ending = replace(COLD, cut=FRAMES - 1000, floor_dbfs=-66.0)
    beginning = replace(ATTACK, audible=900, cut=600, floor_dbfs=-66.0)
    placed = spacing({}, beginnings=(beginning,), endings=(ending,)).tracks[0]
    assert (placed.source.stop, placed.fade_out) == (FRAMES, 1000)
    assert (placed.source.start, placed.fade_in) == (0, 600)


def test_less_than_a_hundredth_of_silence_is_not_worth_a_cut():
    found = spacing({}, beginnings=(replace(ATTACK, cut=480),), endings=(replace(COLD, cut=FRAMES - 480),))
    assert cuts(found, 1) == (0, 0)
    assert (found.tracks[0].fade_in, found.tracks[0].fade_out) == (0, 0)


@pytest.mark.parametrize(
    ("keys", "head", "tail"),
    [
        ({"trim_start_s": 0.5}, False, True),
        ({"fade_in_s": 0.5}, False, True),
        ({"trim_end_s": 0.5}, True, False),
        ({"fade_out_s": 0.5}, True, False),
    ],
)
def test_an_edge_that_the_artist_set_is_left_alone(keys, head, tail):
    found = spacing({}, keys, {})
    assert [bool(cut) for cut in cuts(found, 2)] == [head, tail]


def test_nothing_is_cut_where_tracks_are_butted():
    found = spacing({}, {"gap_s": 0.0})
    assert cuts(found, 1)[1] == cuts(found, 2)[0] == 0
    assert cuts(found, 1)[0] > 0
    assert cuts(found, 2)[1] > 0


@pytest.mark.parametrize("keys", [{}, {"gap_s": "auto"}])
def test_music_that_runs_on_is_joined_whatever_the_album_s_gap_is(keys):
    found = spacing({}, keys, runs_on=(2,), gap_s=3.0)
    assert found.album.tracks[1].gap_s == 0.0
    assert cuts(found, 1)[1] == cuts(found, 2)[0] == 0
    assert found.reasons == (
        "Track 2 runs on from track 1 as one performance: joined to it, nothing is cut or faded there.",
    )
    assert found.warnings == ((), ())


def test_a_gap_that_parts_what_runs_on_is_kept_and_warned_of():
    found = spacing({}, {"gap_s": 2.0}, runs_on=(2,))
    assert found.album.tracks[1].gap_s == 2.0
    assert cuts(found, 1)[1] == cuts(found, 2)[0] == 0
    assert [str(fault) for fault in found.warnings[1]] == [
        "album.toml: tracks[2]: the music runs on from track 1, and gap_s = 2 parts it: "
        "nothing is cut or faded there; gap_s = 0 would join them"
    ]


def test_a_fade_where_music_runs_on_is_warned_of():
    found = spacing({"fade_out_s": 2.0}, {"gap_s": 0.0}, runs_on=(2,))
    assert "and fade_out_s = 2 would fade it: leave it out to keep it whole" in str(found.warnings[1][0])


def test_a_mix_that_breaks_off_is_let_go_within_milliseconds():
    found = spacing({}, {}, endings=(SOUND[1], COLD), beginnings=(ATTACK, SOUND[0]))
    assert found.tracks[0].fade_out == 0.005 * SECOND
    assert found.tracks[1].fade_in == 0
    assert cuts(found, 1)[1] == 0
    assert spacing({}, {"crossfade_s": 2.0}, endings=(SOUND[1], COLD)).tracks[0].fade_out == 0


def test_a_crossfade_ends_where_the_leaving_music_is_last_heard():
    found = spacing({}, {"crossfade_s": 2.0})
    assert found.tracks[0].source.stop == COLD.audible
    assert found.tracks[0].last == COLD.audible - found.tracks[0].source.start
    assert spacing({"trim_end_s": 0.5}, {"crossfade_s": 2.0}).tracks[0].source.stop == FRAMES


@pytest.mark.parametrize(("kind", "gap_s"), [("fade", 1.2), ("ring-out", 1.8), ("cold", 2.0), ("sound", 2.0)])
def test_a_gap_by_ear_goes_by_how_the_song_ends(kind, gap_s):
    found = spacing({}, {"gap_s": "auto"}, endings=(replace(COLD, kind=kind), COLD))
    assert found.album.tracks[1].gap_s == gap_s
    assert f"Track 2 follows after {gap_s:.2f} s: track 1" in found.reasons[0]


def test_a_gap_by_ear_is_shorter_before_a_fade_in_and_longer_where_levels_lie_apart():
    soft = spacing({}, {"gap_s": "auto"}, beginnings=(ATTACK, replace(ATTACK, kind="fade-in")))
    apart = spacing({}, {"gap_s": "auto"}, louds_lufs=(-14.0, -24.0))
    assert soft.album.tracks[1].gap_s == 1.5
    assert apart.album.tracks[1].gap_s == 2.5
    assert "is 5 LU quieter" in apart.reasons[0]


@pytest.mark.parametrize("bpm", [60.0, 84.0, 120.0, 173.0])
def test_after_a_clear_beat_the_next_downbeat_comes_on_the_beat(bpm):
    ending = replace(COLD, pulse_bpm=bpm, decay_s=0.2)
    found = spacing({}, {"gap_s": "auto"}, endings=(ending, COLD))
    gap_s = gap_before_s(found, 2)
    beats = (gap_s + 0.2) * bpm / 60.0
    assert beats == pytest.approx(round(beats), abs=0.03)
    assert 1.2 <= gap_s <= 3.2
    assert f"beats of {bpm:.0f} a minute" in found.reasons[0]


def test_a_gap_in_seconds_is_kept_as_it_is_and_needs_no_reason():
    found = spacing({}, {"gap_s": 4.25}, {}, gap_s=1.0)
    assert [track.gap_s for track in found.album.tracks[1:]] == [4.25, 1.0]
    assert found.reasons == ()


def test_what_leads_into_a_track_is_not_parted_from_it():
    found = spacing({}, {"pregap": {"mix": "count.wav"}, "gap_s": 1.0})
    assert cuts(found, 2)[0] == 0
