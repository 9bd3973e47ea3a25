"""A plan made sound: as loud as promised by another meter, under the ceiling by another meter, the same every time."""

from functools import cache

import numpy as np
import pytest
from scipy.signal import lfilter, resample_poly

from pipeline.analysis.meters.true_peak import TruePeakMeter
from pipeline.intake import mixes
from pipeline.rendering import assembly
from pipeline.rendering.limiter_ceiling import MARGIN_DB
from pipeline.sequencing.timeline import LEAD
from pipeline.system import spool
from pipeline.system.progress import Stopped
from profiles import load
from tests.support.music import RATE_HZ, AlbumFolder, music
from tests.support.sessions import profile_of, samples, session
from tests.support.sessions import rendered as render
from tests.support.true_peak_reference import true_peak_dbtp

METER_DB = 0.01  # what two meters of true peak may differ by

# ITU-R BS.1770, Annex 1, Tables 1 and 2: for 48 kHz alone.
SHELF = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])


def integrated_lufs(sound, rate_hz):
    """The gated loudness of BS.1770, the plain way: every block of 400 ms by itself."""
    if rate_hz != RATE_HZ:
        sound = resample_poly(sound, RATE_HZ // 300, rate_hz // 300, axis=0, window=("kaiser", 12.0))
    weighted = lfilter(*HIGH_PASS, lfilter(*SHELF, sound, axis=0), axis=0)
    hop = RATE_HZ // 10
    blocks = [weighted[start : start + 4 * hop] for start in range(0, len(weighted) - 4 * hop + 1, hop)]
    powers = np.array([np.sum(np.mean(block**2, axis=0)) for block in blocks])
    audible = powers[powers > 10 ** ((-70 + 0.691) / 10)]
    gated = audible[audible > 0.1 * audible.mean()]
    return -0.691 + 10 * np.log10(gated.mean())


def tracks_lufs(programme):
    sound, layout = samples(programme), programme.layout
    return [integrated_lufs(sound[start:stop], layout.rate_hz) for _, start, stop in layout.spans()]


@pytest.fixture
def rendered(measured, tmp_path):
    """A function that renders a plan of the three songs, each time into a folder of its own."""

    def run(plan, songs=measured):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        return render(plan, songs.mixes, folder)

    return run


@cache
def hot_sound():
    """Music with hard, full-scale clicks, and a passage that was clipped."""
    sound = np.clip(music(6.0, seed=4, level_db=-6.0) * 2.0, -0.98, 0.98)
    sound[RATE_HZ :: RATE_HZ // 3] = (0.99, -0.99)
    sound[2 * RATE_HZ + 1 :: RATE_HZ // 5] = (-0.99, -0.99)
    return sound


@pytest.fixture(scope="module")
def hot(tmp_path_factory):
    """Two loud songs, the second crossfaded into at full level."""
    songs = AlbumFolder(tmp_path_factory.mktemp("hot") / "album")
    songs.add(hot_sound()).add(hot_sound()[::-1], crossfade_s=1.9, crossfade_shape="equal-power")
    return session(songs.folder)


@pytest.mark.parametrize(("name", "target_lufs"), [("streaming", -14.0), ("cd-wav", -11.0)])
def test_the_loudest_track_stands_at_the_target_by_another_meter(measured, rendered, name, target_lufs):
    album = rendered(measured.plan(name)).album
    assert max(tracks_lufs(album.programmes[0])) == pytest.approx(target_lufs, abs=0.05)


def test_an_album_anchor_is_met_by_the_whole(measured, rendered):
    profile = profile_of("streaming", anchor="album", target_lufs=-16.0)
    (programme,) = rendered(measured.plan(profile)).album.programmes
    # A track ends with the pause after it, and no block reaches over its end: hence a little apart.
    assert integrated_lufs(samples(programme), RATE_HZ) == pytest.approx(-16.0, abs=0.15)


@pytest.mark.parametrize(("name", "drive_db"), [("streaming", 3.0), ("streaming", 16.0), ("cd-wav", 6.0)])
def test_no_drive_set_by_hand_takes_a_hot_master_over_the_ceiling(hot, rendered, name, drive_db):
    album = rendered(hot.plan(name, drive_db=drive_db), hot).album
    ceiling_dbtp = load(name).level.ceiling_dbtp
    (programme,) = album.programmes
    found_dbtp = true_peak_dbtp(samples(programme))
    assert found_dbtp <= ceiling_dbtp + METER_DB
    meter = TruePeakMeter(programme.layout.rate_hz)
    meter.add(samples(programme))
    assert meter.result().true_peak_dbtp <= ceiling_dbtp
    assert found_dbtp > ceiling_dbtp - 0.2


def test_two_tracks_at_full_level_cross_under_the_ceiling(hot, rendered):
    """Where the limiter is needed most: both at full scale, their powers added."""
    plan = hot.plan(drive_db=6.0)
    (programme,) = rendered(plan, hot).album.programmes
    clip = plan.programmes[0].clips[1]
    crossing = samples(programme)[clip.start : clip.start + clip.overlap]
    assert clip.overlap == 1.9 * RATE_HZ
    assert true_peak_dbtp(crossing * np.hanning(len(crossing))[:, None] ** 0.1) <= -1.0 + METER_DB
    assert np.sqrt(np.mean(crossing**2)) > 0.1


@pytest.mark.parametrize("name", ["cd-wav", "streaming", "vinyl-12in-33"])
def test_block_sizes_and_repetition_change_no_sample(measured, rendered, monkeypatch, name):
    plan = measured.plan(name, drive_db=2.0)
    once = rendered(plan)
    assert rendered(plan).album.digests == once.album.digests
    for module, block in ((mixes, 4801), (assembly, 7919), (spool, 12345)):
        monkeypatch.setattr(module, "BLOCK", block)
    again = rendered(plan)
    assert again.album.digests == once.album.digests
    assert all(map(np.array_equal, again.block_powers, once.block_powers))


def test_only_the_dither_s_seed_tells_two_renders_apart(measured, rendered):
    plan = measured.plan(drive_db=-6.0)
    (one,), (other,) = (rendered(p).album.programmes for p in (plan, plan.model_copy(update={"dither_seed": 7})))
    difference = (samples(one) - samples(other)) * 2**23
    assert 0 < np.abs(difference).max() <= 3
    assert not np.array_equal(difference[:, 0], difference[:, 1])


def test_the_reduction_limit_holds_a_programme_back(measured, rendered):
    plan = measured.plan(profile_of("streaming", target_lufs=-6.0), reduction_limit_db=2.0)
    rendering = rendered(plan)
    promise = rendering.promise
    loudest = max(tracks_lufs(rendering.album.programmes[0]))
    assert promise.held_back
    assert loudest < -6.3
    assert promise.loudness_lufs == pytest.approx(loudest, abs=0.05)
    assert promise.reduction is not None
    assert promise.reduction.worst_second_db == pytest.approx(2.0, abs=0.15)


def test_no_moment_is_reduced_by_more_than_the_plan_allows(measured, rendered):
    wanted = measured.plan(profile_of("streaming", target_lufs=-9.0))
    rendering = rendered(wanted.model_copy(update={"moment_limit_db": 2.0, "reduction_limit_db": 2.0}))
    highest_db = max(max(each.maximum_db) for each in rendering.album.reductions)
    assert rendering.promise.held_back
    assert rendering.promise.loudness_lufs < -9.3
    assert 1.7 <= highest_db <= 2.0
    assert rendering.promise.reduction.worst_second_db <= 2.0


def test_what_meets_its_target_is_not_held_back(measured, rendered):
    plan = measured.plan()
    promise = rendered(plan).promise
    assert not promise.held_back
    assert promise.loudness_lufs == pytest.approx(-14.0, abs=0.03)


def test_a_drive_set_by_hand_leaves_loudness_unpromised(measured, rendered):
    plan = measured.plan(drive_db=1.5)
    rendering = rendered(plan)
    promise = rendering.promise
    assert (promise.loudness_lufs, promise.drive_db, promise.renders) == (None, 1.5, 1)
    louder = rendered(plan.model_copy(update={"drive_db": -1.5}))
    difference = max(tracks_lufs(rendering.album.programmes[0])) - max(tracks_lufs(louder.album.programmes[0]))
    assert difference == pytest.approx(3.0, abs=0.6)


def test_without_a_limiter_the_highest_peak_stands_just_under_the_ceiling(measured, rendered):
    plan = measured.plan("vinyl-12in-33")
    rendering = rendered(plan)
    found_dbtp = max(true_peak_dbtp(samples(programme)) for programme in rendering.album.programmes)
    assert found_dbtp == pytest.approx(-3.0 - MARGIN_DB, abs=0.01)
    assert rendering.promise.reduction is None
    assert rendering.promise.loudness_lufs is None


def test_sides_share_one_drive(measured, rendered):
    plan = measured.plan("vinyl-12in-33")
    driven, higher = (rendered(plan.model_copy(update={"drive_db": db})).album.programmes for db in (-12.0, -6.0))
    for one, other in zip(driven, higher, strict=True):
        assert np.std(samples(other)) == pytest.approx(np.std(samples(one)) * 10 ** (6 / 20), rel=1e-3)


def test_silence_between_tracks_is_dither_alone(measured, rendered):
    plan = measured.plan(drive_db=0.0)
    (programme,) = rendered(plan).album.programmes
    mark = plan.programmes[0].marks[1]
    unit = RATE_HZ // 75
    gap = samples(programme)[mark.pause_cd_frame * unit : mark.cd_frame * unit] * 2**23
    assert abs(len(gap) - (1.5 * RATE_HZ - LEAD * unit)) <= unit
    assert np.abs(gap).max() <= 1
    assert gap.any()


def test_progress_is_told_and_may_stop_the_work(measured, tmp_path):
    told = list[float]()

    def advance(sound_s):
        told.append(sound_s)
        if sum(told) > 30.0:
            raise Stopped

    plan = measured.plan()
    with pytest.raises(Stopped):
        render(plan, measured.mixes, tmp_path, advance)
    assert 30.0 < sum(told) < 32.0
