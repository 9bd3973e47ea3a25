"""Masters with room for codecs: every decoded peak holds, little is lost, nothing depends on what is done when."""

import numpy as np
import pytest

from formats.codecs import decoded, encode_exact
from pipeline.dsp.decibels import decibels
from pipeline.rendering.assembly_cache import AssemblyCache
from pipeline.rendering.codecs import room, track_room
from pipeline.rendering.codecs.reading import Stretch
from pipeline.rendering.codecs.room import make_room
from pipeline.rendering.codecs.track_room import TrackRoom
from pipeline.system.progress import JobProgress, Stopped
from profiles import load
from profiles.codecs import codec_named
from profiles.parts import CodecCheck
from tests.support.music import AlbumFolder
from tests.support.sessions import rendered, session
from tests.support.true_peak_reference import true_peak_dbtp

NAMES = ("aac-128", "vorbis-q5", "opus-128", "mp3-320")
RATE_HZ = 44100


def loud_profile(names=NAMES, ceiling_dbtp=-1.0, target_lufs=-9.0):
    shipped = load("streaming")
    level = shipped.level.model_copy(update={"target_lufs": target_lufs})
    check = CodecCheck(codecs=names, ceiling_dbtp=ceiling_dbtp, source="a test")
    return shipped.model_copy(update={"level": level, "codec_check": check})


def plucked(seconds, seed):
    """Chords of plucked strings with sharp attacks, whose peaks codecs raise."""
    rng, frames = np.random.default_rng(seed), round(seconds * RATE_HZ)
    sound, time_s = np.zeros((frames, 2)), np.arange(RATE_HZ) / RATE_HZ
    for start in range(0, frames, RATE_HZ // 5):
        for _ in range(4):
            partials = np.arange(1, 12)[:, None] * 110.0 * 2.0 ** (rng.integers(0, 25) / 12.0)
            tone = (np.sin(2 * np.pi * partials * time_s + rng.random((11, 1)) * 6.3) / np.arange(1, 12)[:, None]).sum(
                0
            )
            tone *= np.exp(-time_s * 5.0)
            length = min(RATE_HZ, frames - start)
            sound[start : start + length] += np.outer(tone, rng.uniform(0.2, 1.0, 2))[:length]
    return sound * 0.9 / np.abs(sound).max()


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Two songs that run on from one into the other, and one after a gap."""
    songs = AlbumFolder(tmp_path_factory.mktemp("plucked") / "album")
    whole = plucked(9.0, 1)
    songs.add(whole[: 4 * RATE_HZ], RATE_HZ)
    songs.add(whole[4 * RATE_HZ :], RATE_HZ, gap_s=0)
    songs.add(plucked(3.0, 2) * 0.5, RATE_HZ)
    return session(songs.write())


def made(measured, profile, folder, work=None):
    plan = measured.plan(profile)
    cache = AssemblyCache(folder / "assembled", [plan])
    assembled = [cache.assembled(plan, programme, measured.mixes) for programme in plan.programmes]
    made_room = make_room(plan, assembled, folder / "room", (work or JobProgress()).at_work)
    return plan, made_room.album, made_room.solution, made_room.codecs


def finished(album):
    ((programme,),) = (album.programmes,)
    return np.concatenate(list(programme.blocks()))


@pytest.fixture(scope="module")
def shaped(measured, tmp_path_factory):
    """The plan, the album, its solution, what codecs made of it, and its samples."""
    plan, album, solution, rooms = made(measured, loud_profile(), tmp_path_factory.mktemp("shaped"))
    return plan, album, solution, rooms, finished(album)


def test_every_decoded_peak_holds_by_a_meter_of_another_kind(shaped, tmp_path):
    plan, _, _, _, samples = shaped
    worst = {}
    for mark, start, stop in plan.layouts[0].spans():
        (samples[start:stop].astype("<i4") << 8).tofile(tmp_path / "track.raw")
        codecs = [codec_named(name) for name in NAMES if name != "opus-128"]
        for codec, path in encode_exact(tmp_path / "track.raw", RATE_HZ, codecs, tmp_path).items():
            worst[mark.track, codec.name] = true_peak_dbtp(np.concatenate(list(decoded(path, codec.kind))))
    assert len(worst) == 9
    assert max(worst.values()) <= -1.0
    told = {(each.track, each.codec.name): each.after_dbtp for each in shaped[3]}
    assert {key: told[key] for key in worst} == pytest.approx(worst, abs=0.02)


def test_without_room_the_same_peaks_do_not_hold_and_what_it_costs_is_little(shaped):
    _, _, solution, rooms, _ = shaped
    assert {(each.track, each.codec.name) for each in rooms} == {(n, name) for n in (1, 2, 3) for name in NAMES}
    before = {each.track: max(r.before_dbtp or -9.0 for r in rooms if r.track == each.track) for each in rooms}
    assert all(before[number] > -0.8 for number in (1, 2))
    for each in rooms:
        assert each.after_dbtp <= -1.0
        assert each.passes >= 2
        cut_db = max(0.0, before[each.track] + 1.0)
        assert -0.001 <= each.lost_lu <= max(cut_db / 3, 0.02)
    assert solution.attempt.loudness_lufs == pytest.approx(-9.0, abs=0.03)


def test_the_masters_own_peak_holds_and_the_segue_has_no_seam(shaped, measured, tmp_path):
    plan, _, _, _, samples = shaped
    assert decibels(float(np.abs(samples).max()) / 2**23) <= -1.0
    joint = plan.layouts[0].marks[1].start
    plain = load("streaming").model_copy(update={"level": plan.profile.level, "codec_check": None})
    without = measured.plan(plain)
    cache = AssemblyCache(tmp_path, [without])
    bare = np.concatenate(
        [b for p in without.programmes for b in cache.assembled(without, p, measured.mixes).samples()]
    )
    around = slice(joint - 400, joint + 400)
    steps = np.abs(np.diff(samples[around] / 2**23, axis=0)).max()
    drive = np.abs(samples).max() / 2**23 / np.abs(bare).max()
    assert steps <= np.abs(np.diff(bare[around], axis=0)).max() * drive * 4.0


@pytest.mark.parametrize(("workers", "many"), [(1, 1), (4, 3)])
def test_no_sample_depends_on_how_many_encodes_run_at_once(workers, many, shaped, measured, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "processors", lambda: workers)
    monkeypatch.setattr(room, "MANY", many)
    _, album, _, rooms = made(measured, loud_profile(), tmp_path)
    assert np.array_equal(finished(album), shaped[4])
    assert rooms == shaped[3]


def test_codecs_are_asked_one_by_one_where_tracks_are_few(monkeypatch):
    monkeypatch.setattr(room, "processors", lambda: 2)
    aac, opus = codec_named("aac-128"), codec_named("opus-128")
    due = [(TrackRoom(number, 0, Stretch(0, 1, RATE_HZ), (aac, opus)), (aac, opus)) for number in range(6)]
    assert room._shared_out(due) == due
    assert room._shared_out(due[:2]) == [(track, (codec,)) for track, _ in due[:2] for codec in (aac, opus)]


def test_where_nothing_is_over_samples_are_those_of_a_master_without_a_check_but_for_single_precision(
    measured, tmp_path
):
    quiet = {"ceiling_dbtp": 0.0, "target_lufs": -20.0}
    _, album, _, rooms = made(measured, loud_profile(**quiet), tmp_path / "checked")
    assert {each.passes for each in rooms} == {3}  # the noisy codecs, the next, and the others, each once
    assert {each.lost_lu for each in rooms} == {0.0}
    unchecked = measured.plan(loud_profile(**quiet).model_copy(update={"codec_check": None}))
    plain = rendered(unchecked, measured.mixes, tmp_path / "plain")
    differ = finished(album) - finished(plain.album)
    assert np.abs(differ).max() <= 1
    assert np.count_nonzero(differ) < 0.01 * differ.size


def test_a_track_that_does_not_come_out_is_told_as_it_is(measured, tmp_path, monkeypatch):
    monkeypatch.setattr(track_room, "MOST_PASSES", 1)
    _, _, _, rooms = made(measured, loud_profile(("opus-128",)), tmp_path)
    assert {each.passes for each in rooms} == {2}
    assert all(each.after_dbtp > -9.0 for each in rooms)


def test_each_track_codec_and_pass_is_told_and_a_stop_is_heeded(measured, tmp_path):
    class Telling:
        def __init__(self):
            self.begun = []

        def begin(self, work, sound_s):
            self.begun.append((work, round(sound_s, 1)))

        def advance(self, work, sound_s):  # noqa: ARG002 - the protocol's
            if len(self.begun) > 2:
                raise Stopped

        def end(self, work):
            pass

    watcher = Telling()
    with pytest.raises(Stopped):
        made(measured, loud_profile(("opus-128",)), tmp_path, JobProgress(watcher))
    assert "streaming: track 2, pass 1: Opus 128 kbit/s" in [work for work, _ in watcher.begun]
