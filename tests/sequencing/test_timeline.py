"""Where everything is placed: gaps as they are heard, marks on the grid and out of attacks, pregaps, indexes, parts."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import Layout
from formats._cd import red_book
from formats._shared import marks
from formats.ddp import table_of_contents
from pipeline.intake.mixes import Source
from pipeline.plan.sequence import SideOrDisc
from pipeline.sequencing.spacing import PlacedMix, Spacing
from pipeline.sequencing.timeline import FARTHEST, LEAD, build_programmes, transition_faults
from pipeline.sequencing.transitions import Transition
from tests.support.sessions import RATE_HZ, album_of, programme_of, spacing_of

SECOND = RATE_HZ
UNIT = RATE_HZ // 75


def placed(spacing: Spacing, number: int, first: int | None = None, last: int | None = None) -> Spacing:
    """The order with one track heard from and to other frames."""
    tracks = list(spacing.tracks)
    old = tracks[number - 1]
    heard = PlacedMix(old.source, old.first if first is None else first, old.last if last is None else last)
    tracks[number - 1] = heard
    return replace(spacing, tracks=tuple(tracks))


def before(spacing: Spacing, number: int, frames: int) -> Spacing:
    """The order with a recording of `frames` before index 1 of a track, heard from its first frame on."""
    mix = replace(spacing.tracks[0].source.mix, frames=frames)
    pregaps = list(spacing.pregaps)
    pregaps[number - 1] = PlacedMix(Source(mix, 0, frames, "f" * 64), 0, frames)
    return replace(spacing, pregaps=tuple(pregaps))


def single(spacing: Spacing, **kind: bool):
    return build_programmes(spacing, RATE_HZ, [SideOrDisc()] * len(spacing.tracks), **kind)[0]


def test_a_gap_is_silence_from_the_end_of_one_track_to_the_start_of_the_next():
    found = programme_of(album_of({}, {"gap_s": 3.0}), [SECOND, 2 * SECOND])
    assert [clip.start for clip in found.clips] == [0, SECOND * 4]
    assert [(mark.cd_frame, mark.pause_cd_frame) for mark in found.marks] == [(0, None), (300 - LEAD, 75)]
    assert found.cd_frames == 6 * 75


def test_a_gap_is_measured_from_where_music_is_last_heard_to_where_it_is_first_heard():
    """Half a second of silence in either file is part of the gap, not added to it."""
    spacing = spacing_of(album_of({}, {"gap_s": 3.0}), [2 * SECOND, 2 * SECOND])
    spacing = placed(placed(spacing, 1, last=120 * UNIT), 2, first=SECOND // 2)
    one, other = single(spacing).clips
    heard = other.start + SECOND // 2 - (one.start + 120 * UNIT)
    assert heard == 3 * SECOND


@given(st.integers(0, 3 * SECOND), st.integers(0, 3 * SECOND), st.floats(0.02, 6.0))
def test_whatever_silence_files_have_the_gap_is_what_was_wished_and_no_sound_is_laid_on_sound(first, quiet, gap_s):
    spacing = spacing_of(album_of({}, {"gap_s": gap_s}), [4 * SECOND, 4 * SECOND])
    spacing = placed(placed(spacing, 1, last=4 * SECOND - quiet), 2, first=first)
    found = single(spacing)
    other = found.clips[1]
    heard = other.start + first - (4 * SECOND - quiet)
    wished = round(gap_s * RATE_HZ)
    assert wished <= heard or heard == first
    if first <= wished:
        assert heard < wished + UNIT
        assert (other.start + first) % UNIT == 0
    assert other.start >= 4 * SECOND - quiet
    mark = found.marks[1]
    assert mark.cd_frame * UNIT <= other.start + first
    assert mark.pause_cd_frame is None or (4 * SECOND - quiet) <= mark.pause_cd_frame * UNIT < mark.cd_frame * UNIT


def test_the_album_s_gap_stands_before_each_track_but_the_first():
    found = programme_of(album_of({}, {}, {}, gap_s=1.0), [48000, 48000, 48000])
    assert [clip.start for clip in found.clips] == [0, 96000, 192000]


def test_the_first_note_comes_after_the_head_and_the_last_is_followed_by_the_tail():
    spacing = spacing_of(album_of({}, {}, head_s=0.4, tail_s=1.5), [2 * SECOND, 2 * SECOND])
    found = single(placed(placed(spacing, 1, first=SECOND // 10), 2, last=SECOND))
    assert found.clips[0].start + SECOND // 10 == 0.4 * SECOND
    assert found.marks[0].cd_frame == 0
    end = found.clips[1].start + SECOND + 1.5 * SECOND
    assert 0 <= found.frames - end < UNIT


def test_a_crossfade_overlaps_and_has_no_pause():
    found = programme_of(album_of({}, {"crossfade_s": 0.5}), [48000, 48000])
    assert found.clips[1].start == 24000
    assert found.clips[1].overlap == 24000
    assert found.marks[1].cd_frame == 37  # 37.5, down to the frame before the music
    assert found.marks[1].pause_cd_frame is None


def test_a_gap_of_zero_joins_to_the_sample():
    spacing = placed(spacing_of(album_of({}, {"gap_s": 0.0}), [48001, 48000]), 1, last=40000)
    found = single(spacing)
    assert found.clips[1].start == 48001
    assert found.marks[1].cd_frame == 75
    assert found.marks[1].pause_cd_frame is None


def test_a_mark_keeps_out_of_an_attack():
    songs = album_of({}, {"gap_s": 0.0})
    for attacks, frame in (
        ((), 78),
        (((-0.051, -0.001),), 74),  # the joint is at 1.05 s, frame 78.75: 75 to 78 lie inside
        (((-0.05, -0.04), (-0.012, -0.004)), 77),
        (((-9.0, 9.0),), 78),  # nowhere to go
        (((0.0, 0.03),), 78),  # the entering music's own attack begins behind the mark
    ):
        transition = {2: Transition(attacks_s=attacks)}
        spacing = spacing_of(songs, [round(1.05 * SECOND), SECOND], transitions=transition)
        assert single(spacing).marks[1].cd_frame == frame, attacks


@given(st.lists(st.tuples(st.floats(-0.3, 0.2), st.floats(0.001, 0.1)), max_size=6), st.integers(SECOND, 2 * SECOND))
def test_no_mark_stands_inside_an_attack_if_there_is_room(spans, length):
    attacks = tuple((begin_s, begin_s + long_s) for begin_s, long_s in spans)
    spacing = spacing_of(album_of({}, {"gap_s": 0.0}), [length, SECOND], transitions={2: Transition(attacks_s=attacks)})
    mark = single(spacing).marks[1].cd_frame
    free = [
        frame
        for frame in range(length // UNIT, length // UNIT - FARTHEST, -1)
        if not any(begin < (frame * UNIT - length) / RATE_HZ < end for begin, end in attacks)
    ]
    assert mark == (free[0] if free else length // UNIT)


def test_an_unmeasured_auto_crossfade_is_of_equal_power_and_a_measured_one_keeps_its_correlation():
    songs = album_of({}, {"crossfade_s": 0.5}, {"crossfade_s": 0.1, "crossfade_shape": "equal-gain"})
    clips = single(spacing_of(songs, [48000] * 3, transitions={2: Transition(correlation=0.4)})).clips
    assert [(clip.shape, clip.correlation) for clip in clips[1:]] == [("correlated", 0.4), ("equal-gain", 0.0)]
    assert single(spacing_of(songs, [48000] * 3)).clips[1].shape == "equal-power"


lengths_s = st.lists(st.floats(4.0, 400.0), min_size=1, max_size=30)


@given(lengths_s, st.floats(0.0, 5.0), st.sampled_from([44100, 48000, 88200, 96000, 176400, 192000]))
def test_marks_are_the_same_places_at_every_rate(durations_s, gap_s, rate_hz):
    songs = album_of(*({} for _ in durations_s), gap_s=gap_s)
    found = programme_of(songs, [round(d * rate_hz) for d in durations_s], rate_hz)
    cd, native = found.layout(44100, 16), found.layout(rate_hz, 24)
    assert cd.frames % 588 == 0
    assert all(mark.start % 588 == 0 for mark in cd.marks)
    for one, other in zip(cd.marks, native.marks, strict=True):
        assert one.start * rate_hz == other.start * 44100
    for clip, mark in zip(found.clips, native.marks, strict=True):
        assert 0 <= clip.start - mark.start < rate_hz // 75 * (LEAD + 1)
    assert 0 <= native.frames - (found.clips[-1].start + found.clips[-1].length) < rate_hz // 75
    spans = list(native.spans())
    assert spans[0][1] == 0
    assert [stop for _, _, stop in spans][:-1] == [start for _, start, _ in spans][1:]


def test_overlaps_and_fades_longer_than_the_music_are_told_with_their_place():
    songs = album_of({"fade_out_s": 9.0}, {"crossfade_s": 6.0}, {"crossfade_s": 3.0}, {"crossfade_s": 3.0})
    spacing = spacing_of(songs, [RATE_HZ * s for s in (8, 5, 5, 5)])
    found = list(map(str, transition_faults(spacing, RATE_HZ)))
    assert found[0].startswith("album.toml: tracks[1]: fade_in_s and fade_out_s are longer than the track")
    assert found[1].startswith("album.toml: tracks[2].crossfade_s: 6.0 s is longer than a track")
    assert found[2].startswith("album.toml: tracks[3]: the crossfades into and out of it meet")


def test_a_crossfade_cut_by_a_turn_becomes_fades():
    songs = album_of({"side": "A"}, {"side": "B", "crossfade_s": 2.0})
    one, other = build_programmes(spacing_of(songs, [RATE_HZ * 60] * 2), RATE_HZ, [SideOrDisc("A"), SideOrDisc("B")])
    assert one.clips[0].fade_out == other.clips[0].fade_in == RATE_HZ * 2
    assert other.clips[0].overlap == 0


def test_a_recording_before_index_1_stands_between_gap_and_track():
    """Two seconds after track 1 the applause begins, and track 2 follows it without a missing frame."""
    songs = album_of({}, {"gap_s": 2.0, "pregap": {"mix": "applause.wav"}})
    spacing = before(spacing_of(songs, [4 * SECOND, 4 * SECOND]), 2, 3 * SECOND + 7)
    found = single(spacing)
    assert [(clip.track, clip.pregap, clip.start) for clip in found.clips] == [
        (1, False, 0),
        (2, True, 6 * SECOND),
        (2, False, 9 * SECOND + 7),
    ]
    assert (found.marks[1].pause_cd_frame, found.marks[1].cd_frame) == (4 * 75, 9 * 75)
    assert [clip.track for clip in found.tracks] == [1, 2]


def test_a_recording_butted_on_both_sides_has_index_0_where_it_begins():
    songs = album_of({}, {"gap_s": 0.0, "pregap": {"mix": "applause.wav"}})
    found = single(before(spacing_of(songs, [4 * SECOND, 4 * SECOND]), 2, 3 * SECOND))
    assert [clip.start for clip in found.clips] == [0, 4 * SECOND, 7 * SECOND]
    assert (found.marks[1].pause_cd_frame, found.marks[1].cd_frame) == (4 * 75, 7 * 75)


def test_a_hidden_track_is_on_a_disc_alone():
    songs = album_of({"pregap": {"mix": "hidden.wav"}}, {"gap_s": 2.0}, head_s=0.4)
    spacing = before(spacing_of(songs, [4 * SECOND, 4 * SECOND]), 1, 60 * SECOND)
    disc, stream = single(spacing, is_disc=True), single(spacing)
    assert (disc.marks[0].pause_cd_frame, disc.marks[0].cd_frame) == (0, 60 * 75 + 30)
    assert disc.layout(44100, 16).marks[0].start == (60 * 75 + 30) * 588
    assert (stream.marks[0].pause_cd_frame, stream.marks[0].cd_frame) == (None, 0)
    assert [clip.pregap for clip in stream.clips] == [False, False]
    assert disc.cd_frames - stream.cd_frames == 60 * 75


@pytest.mark.parametrize("gap_s", [0.0, 2.0])
def test_silence_before_index_1_is_added_to_the_gap(gap_s):
    songs = album_of({"pregap": {"silence_s": 6.0}}, {"gap_s": gap_s, "pregap": {"silence_s": 3.0}})
    found = single(spacing_of(songs, [4 * SECOND, 4 * SECOND]), is_disc=True)
    assert [clip.start for clip in found.clips] == [6 * SECOND, (6 + 4 + 3 + gap_s) * SECOND]
    assert (found.marks[0].pause_cd_frame, found.marks[0].cd_frame) == (0, 450 - LEAD)
    assert (found.marks[1].pause_cd_frame, found.marks[1].cd_frame) == (750, (13 + gap_s) * 75 - LEAD)
    assert single(spacing_of(songs, [4 * SECOND, 4 * SECOND])).clips[0].start == 0


@pytest.mark.parametrize(("gap_s", "pause"), [(0.0, 4 * 75), (1.0, 4 * 75)])
def test_a_mix_s_own_count_in_stands_before_index_1(gap_s, pause):
    songs = album_of({}, {"gap_s": gap_s, "pregap": {"of_mix_s": 2.0}})
    found = single(spacing_of(songs, [4 * SECOND, 9 * SECOND]))
    assert (found.marks[1].pause_cd_frame, found.marks[1].cd_frame) == (pause, (6 + gap_s) * 75)


def test_indexes_are_seconds_of_the_mix_wherever_it_is_laid():
    songs = album_of({}, {"gap_s": 1.0, "indexes_s": (2.0, 3.5)})
    spacing = spacing_of(songs, [4 * SECOND, 9 * SECOND])
    trimmed = replace(spacing.tracks[1].source, start=SECOND // 2)
    found = single(replace(spacing, tracks=(spacing.tracks[0], PlacedMix(trimmed, 0, 8 * SECOND))))
    assert found.marks[1].index_cd_frames == (487, 600)  # 5 s + 2 s - 0.5 s is frame 487.5
    assert found.layout(44100, 16).marks[1].indexes == (487 * 588, 600 * 588)


def test_indexes_that_are_not_in_the_music_are_told():
    songs = album_of({"indexes_s": (2.0, 9.5)}, {"pregap": {"of_mix_s": 12.0}})
    found = list(map(str, transition_faults(spacing_of(songs, [9 * SECOND] * 2), RATE_HZ)))
    assert found == [
        "album.toml: tracks[1].indexes_s: index 03 at 9.5 s; wanted after 2.00 and before 9.00 s of the mix",
        "album.toml: tracks[2].pregap.of_mix_s: found 12; wanted after 0.00 and before 9.00 s of the mix: "
        "what lies outside is trimmed, or silence that is cut",
    ]


def test_each_disc_begins_anew():
    songs = album_of({}, {}, {}, head_s=0.4, tail_s=1.0)
    parts = [SideOrDisc(disc=1), SideOrDisc(disc=2), SideOrDisc(disc=2)]
    one, other = build_programmes(spacing_of(songs, [4 * SECOND] * 3), RATE_HZ, parts, is_disc=True)
    assert [(p.disc, [mark.track for mark in p.marks]) for p in (one, other)] == [(1, [1]), (2, [2, 3])]
    assert other.clips[0].start == 0.4 * SECOND
    assert other.marks[0].cd_frame == 0
    assert other.layout(44100, 16).disc == 2


JOINTS = st.one_of(
    st.fixed_dictionaries({}, optional={"gap_s": st.floats(0.0, 6.0)}),
    st.fixed_dictionaries({"crossfade_s": st.floats(0.1, 2.0)}),
    st.fixed_dictionaries({"pregap": st.just({"mix": "applause.wav"})}, optional={"gap_s": st.floats(0.0, 3.0)}),
    st.fixed_dictionaries({"pregap": st.fixed_dictionaries({"silence_s": st.floats(0.1, 9.0)})}),
    st.fixed_dictionaries({"pregap": st.fixed_dictionaries({"of_mix_s": st.floats(0.8, 2.0)})}),
)
INDEXES = st.lists(st.floats(2.5, 6.0), max_size=3).map(lambda found: tuple(sorted(found)))


@st.composite
def orders(draw: st.DrawFn) -> Spacing:
    """Spacings of up to 30 tracks that follow each other in every way, with silence at their edges."""
    count = draw(st.integers(1, 30))
    keys = list[dict[str, Any]]()
    for number in range(count):
        key: dict[str, Any] = dict(draw(JOINTS))
        if not number:
            key.pop("crossfade_s", None)
        indexes = draw(INDEXES)
        spread = all(later - earlier > 0.1 for earlier, later in pairwise(indexes))
        keys.append({**key, "indexes_s": indexes if spread else ()})
    songs = album_of(*keys, head_s=draw(st.floats(0.0, 2.0)), tail_s=draw(st.floats(0.0, 3.0)))
    rate_hz = draw(st.sampled_from([44100, 48000, 96000]))
    lengths = [draw(st.integers(7 * rate_hz, 9 * rate_hz)) for _ in keys]
    spacing = spacing_of(songs, lengths, rate_hz)
    for number, (key, length) in enumerate(zip(keys, lengths, strict=True), start=1):
        spacing = placed(
            spacing, number, first=draw(st.integers(0, rate_hz)), last=length - draw(st.integers(0, rate_hz))
        )
        if key.get("pregap", {}).get("mix"):
            spacing = before(spacing, number, draw(st.integers(rate_hz, 9 * rate_hz)))
    return spacing


@settings(max_examples=200, deadline=None)
@given(orders(), st.booleans(), st.data())
def test_any_spacing_makes_a_disc_and_the_same_places_everywhere(spacing, is_disc, data):
    rate_hz = spacing.tracks[0].source.mix.rate_hz
    assert not list(transition_faults(spacing, rate_hz))
    turn = data.draw(st.integers(1, len(spacing.tracks)))
    parts = [SideOrDisc(disc=0 if turn == len(spacing.tracks) else 1 + (n >= turn)) for n in range(len(spacing.tracks))]
    programmes = build_programmes(spacing, rate_hz, parts, is_disc=is_disc)
    layouts = [programme.layout(44100, 16) for programme in programmes]
    assert not [*marks.discs(layouts), *marks.faults(layouts, len(spacing.tracks))]
    if is_disc:
        assert not [fault for each in layouts for fault in red_book.faults(each)]
    native = [programme.layout(rate_hz, 24) for programme in programmes]
    for one, other in zip(layouts, native, strict=True):
        assert one.frames * rate_hz == other.frames * 44100
        for mark, same in zip(one.marks, other.marks, strict=True):
            assert mark.start * rate_hz == same.start * 44100
    for programme in programmes:
        assert [clip.track for clip in programme.tracks] == [mark.track for mark in programme.marks]
        assert all(clip.start + clip.length <= programme.frames for clip in programme.clips)
        if not is_disc:
            assert programme.marks[0].cd_frame == 0
    again = _disc_again(layouts[0])
    assert again == layouts[0]


def _disc_again(layout: Layout) -> Layout:
    """A layout as it comes back from the entries of a PQ descriptor."""
    contents, faults = table_of_contents.decode(list(table_of_contents.encode(layout, "", {})), "PQDESCR")
    assert all("takes" in fault.words for fault in faults if fault.severity == "refusal"), "at most a short track"
    return table_of_contents.layout_of(contents, layout.marks[0].track, layout.disc)
