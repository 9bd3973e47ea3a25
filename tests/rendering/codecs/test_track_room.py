"""Which codecs are asked next about a track, and how deep it is dipped: decided from readings alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dsp.decibels import amplitude, decibels
from pipeline.dsp.reduction_smoothing import ONE
from pipeline.rendering.codecs.reading import CodecReading, Stretch
from pipeline.rendering.codecs.track_room import (
    FIRMLY,
    HIGHEST_TIMES,
    MOST_NOISE_TIMES,
    MOST_PASSES,
    SPARE_DB,
    TrackRoom,
    noisy,
    nominal_kbps,
    patch_of,
)
from profiles.codecs import codec_named

AAC, MP3, VORBIS, OPUS = map(codec_named, ("aac-256", "mp3-320", "vorbis-q5", "opus-128"))
ALL = (AAC, MP3, VORBIS, OPUS)
HIGHEST_DBTP = -1.06
HIGHEST = amplitude(HIGHEST_DBTP)


def reading(true_peak_dbtp, over=(), noise=(0.0,)):
    frames = np.array([frame for frame, _ in over], np.int64)
    peaks = np.array([amplitude(peak_dbtp) for _, peak_dbtp in over])
    return CodecReading(true_peak_dbtp, -14.0, frames, peaks, 0, np.array(noise))


def track():
    return TrackRoom(1, 0, Stretch(0, 44100, 44100), ALL)


def test_the_noisy_codecs_are_those_of_the_lowest_bit_rates():
    assert [nominal_kbps(codec_named(name)) for name in ("mp3-v0", "mp3-v9", "vorbis-q0", "vorbis-q10", "aac-96")] == [
        245, 65, 64, 500, 96]  # fmt: skip
    assert noisy(ALL) == (OPUS,)
    assert noisy((codec_named("aac-128"), *ALL)) == (codec_named("aac-128"), OPUS)
    assert noisy((AAC, MP3)) == (AAC,)
    assert noisy((MP3,)) == (MP3,)


def test_noisy_codecs_come_first_then_the_others_then_nothing():
    room = track()
    assert room.due() == (VORBIS, OPUS)
    room.told({VORBIS: reading(-1.5), OPUS: reading(-1.5)})
    assert room.due() == (AAC, MP3)
    room.told({AAC: reading(-1.5), MP3: reading(-1.5)})
    assert (room.due(), room.passes) == ((), 2)


def test_after_a_change_codecs_that_were_over_are_asked_before_all_others():
    room = track()
    room.told({VORBIS: reading(-1.0, [(5, -1.0)]), OPUS: reading(HIGHEST_DBTP)})
    room.changed()
    assert room.due() == (VORBIS,)
    room.told({VORBIS: reading(-1.3)})
    assert room.due() == (OPUS,)


def test_a_track_that_never_comes_out_is_given_up_and_what_is_unknown_of_it_stays_so():
    room = track()
    for _ in range(MOST_PASSES):
        room.changed()
        room.told({VORBIS: reading(-0.9)})
    assert room.due() == ()
    assert room.unknown == (AAC, MP3, OPUS)


@given(st.lists(st.tuples(st.integers(0, 50), st.floats(HIGHEST_DBTP + 0.001, 3.0)), min_size=1, max_size=20))
def test_a_patch_takes_more_than_what_is_over_at_each_place_once(over):
    patch = patch_of([reading(0.0, over), reading(-1.5), reading(0.0, over[::-1])], HIGHEST)
    assert patch is not None
    highest = {frame: max(peak for at, peak in over if at == frame) for frame, _ in over}
    assert patch.frames.tolist() == sorted(highest)
    for frame, wanted in zip(patch.frames.tolist(), patch.wanted.tolist(), strict=True):
        taken_db, over_db = -decibels(1.0 - wanted / ONE), highest[frame] - HIGHEST_DBTP
        assert over_db < FIRMLY * over_db < taken_db < FIRMLY * over_db + 0.1


def test_where_nothing_is_over_there_is_no_patch():
    assert patch_of([reading(-1.1), reading(-2.0)], HIGHEST) is None


def test_the_ceiling_follows_the_worst_noise_and_is_no_lower_than_twice_what_is_over():
    room, over = track(), [(200, -0.5)]  # in the second hop
    room.told(
        {
            VORBIS: reading(-0.5, over, noise=(0.0, 0.01, 0.02, 0.9)),
            OPUS: reading(-0.9, noise=(0.0, 0.02, 0.01, 0.0)),
        }
    )
    ceilings = room.foreseen(HIGHEST)
    times = min(MOST_NOISE_TIMES, HIGHEST_TIMES * (amplitude(-0.5) - HIGHEST) / 0.02)
    assert ceilings[0] == ceilings.max() == HIGHEST * amplitude(-SPARE_DB)
    assert ceilings[0] - ceilings[1] == pytest.approx(times * 0.02)
    assert ceilings[1] == ceilings[2]
    assert decibels(float(ceilings[3])) == pytest.approx(HIGHEST_DBTP - FIRMLY * 0.56, abs=0.11)


def test_peaks_that_rise_by_little_of_the_noise_foresee_little():
    rises = {}
    for over_dbtp in (-1.0, -0.9, -0.3):
        room = track()
        room.told({OPUS: reading(over_dbtp, [(0, over_dbtp)], noise=(0.02,))})
        rises[over_dbtp] = (HIGHEST * amplitude(-SPARE_DB) - room.foreseen(HIGHEST)[0]) / 0.02
    assert rises[-1.0] < rises[-0.9] < rises[-0.3]
    assert rises[-1.0] == pytest.approx(HIGHEST_TIMES * (amplitude(-1.0) - HIGHEST) / 0.02)
    assert rises[-0.3] == pytest.approx(MOST_NOISE_TIMES)
