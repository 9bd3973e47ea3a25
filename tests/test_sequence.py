from hypothesis import given
from hypothesis import strategies as st

from pipeline.sequence import arrange, delivery_rate_hz, joint_faults, working_rate_hz
from tests.sessions import RATE_HZ, album_of, programme_of


def test_a_gap_is_silence_from_the_end_of_one_track_to_the_start_of_the_next():
    found = programme_of(album_of({}, {"gap_s": 3.0}), [48000, 96000])
    assert [clip.start for clip in found.clips] == [0, 48000 * 4]
    assert [(mark.cd_frame, mark.pause_cd_frame) for mark in found.marks] == [(0, None), (300, 75)]
    assert found.cd_frames == 6 * 75


def test_the_album_s_gap_stands_before_each_track_but_the_first():
    found = programme_of(album_of({}, {}, {}, gap_s=1.0), [48000, 48000, 48000])
    assert [clip.start for clip in found.clips] == [0, 96000, 192000]


def test_a_crossfade_overlaps_and_has_no_pause():
    found = programme_of(album_of({}, {"crossfade_s": 0.5}), [48000, 48000])
    assert found.clips[1].start == 24000
    assert found.clips[1].overlap == 24000
    assert found.marks[1].cd_frame == 37  # 37.5, down to the frame before the music
    assert found.marks[1].pause_cd_frame is None


def test_a_gap_of_nought_joins_to_the_sample():
    found = programme_of(album_of({}, {"gap_s": 0.0}), [48001, 48000])
    assert found.clips[1].start == 48001
    assert found.marks[1].cd_frame == 75
    assert found.marks[1].pause_cd_frame is None


def test_an_unmeasured_auto_crossfade_is_of_equal_power_and_a_measured_one_keeps_its_correlation():
    songs = album_of({}, {"crossfade_s": 0.5}, {"crossfade_s": 0.1, "crossfade_shape": "equal-gain"})
    clips = arrange(songs, [48000] * 3, RATE_HZ, [None, 0.4, None], [""] * 3)[0].clips
    assert [(clip.shape, clip.correlation) for clip in clips[1:]] == [("correlated", 0.4), ("equal-gain", 0.0)]


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
        assert 0 <= clip.start - mark.start < rate_hz // 75
    assert 0 <= native.frames - (found.clips[-1].start + found.clips[-1].length) < rate_hz // 75
    spans = list(native.spans())
    assert spans[0][1] == 0
    assert [stop for _, _, stop in spans][:-1] == [start for _, start, _ in spans][1:]


def test_the_working_rate_is_the_one_that_carries_most_of_the_album():
    assert working_rate_hz([(44100, 100.0), (96000, 150.0), (44100, 60.0)]) == 44100
    assert working_rate_hz([(32000, 100.0)]) == 44100
    assert working_rate_hz([(384000, 100.0)]) == 192000


def test_a_delivery_rate_loses_nothing_where_it_can():
    assert delivery_rate_hz(48000, (44100, 48000, 96000)) == 48000
    assert delivery_rate_hz(176400, (44100, 96000)) == 96000


def test_overlaps_and_fades_longer_than_the_music_are_told_with_their_place():
    songs = album_of({"fade_out_s": 9.0}, {"crossfade_s": 6.0}, {"crossfade_s": 3.0}, {"crossfade_s": 3.0})
    found = list(map(str, joint_faults(songs, [RATE_HZ * s for s in (8, 5, 5, 5)], RATE_HZ)))
    assert found[0].startswith("album.toml: tracks[1]: fade_in_s and fade_out_s are longer than the track")
    assert found[1].startswith("album.toml: tracks[2].crossfade_s: 6.0 s is longer than a track")
    assert found[2].startswith("album.toml: tracks[3]: the crossfades into and out of it meet")


def test_a_crossfade_cut_by_a_turn_becomes_fades():
    songs = album_of({"side": "A"}, {"side": "B", "crossfade_s": 2.0})
    one, other = arrange(songs, [RATE_HZ * 60] * 2, RATE_HZ, [None] * 2, ["A", "B"])
    assert one.clips[0].fade_out == other.clips[0].fade_in == RATE_HZ * 2
    assert other.clips[0].overlap == 0
