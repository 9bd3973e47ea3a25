"""Programmes are assembled once for all plans that want the same one, and only for them."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline.processors.resampling import resample
from pipeline.rendering import assembly_cache as module
from pipeline.rendering.assembly import assemble
from pipeline.rendering.assembly_cache import AssemblyCache
from pipeline.rendering.render import forecasting
from pipeline.system.progress import Stopped
from tests.support.music import AlbumFolder, music
from tests.support.sessions import session


def whole(assembled):
    return np.concatenate(list(assembled.samples()))


@pytest.fixture
def counted(monkeypatch):
    """The programmes that were sequenced."""
    found = []

    def counting(plan, programme, mixes, compression):
        found.append(programme)
        return assemble(plan, programme, mixes, compression)

    monkeypatch.setattr(module, "assemble", counting)
    return found


def test_what_is_assembled_is_the_sequence_converted_as_a_whole(measured, tmp_path):
    plan = measured.plan("cd-wav")
    (programme,) = plan.programmes
    blocks = assemble(plan, programme, measured.mixes)
    wanted = np.concatenate(list(resample(blocks, programme.rate_hz, plan.rate_hz, programme.frames)))
    found = whole(AssemblyCache(tmp_path, [plan]).assembled(plan, programme, measured.mixes))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=2e-7)


def test_all_that_want_the_same_programme_share_one_mixdown(measured, tmp_path, counted):
    plans = [measured.plan(name) for name in ["cd-wav", "streaming", "cd-wav", "streaming"]]
    cache = AssemblyCache(tmp_path / "reels", plans)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda plan: cache.assembled(plan, plan.programmes[0], measured.mixes), plans))
    assert len(counted) == 1
    assert found[0] is found[2]
    assert found[1] is found[3]
    assert {path.suffix for path in (tmp_path / "reels").iterdir()} == {".float", ".sketch"}
    assert len(list((tmp_path / "reels").iterdir())) == 4


def test_another_treatment_is_another_programme(measured, tmp_path, counted):
    plan = measured.plan()
    louder = plan.treatments[0].model_copy(update={"gain_db": plan.treatments[0].gain_db + 1.0})
    other = plan.model_copy(update={"treatments": (louder, *plan.treatments[1:])})
    cache = AssemblyCache(tmp_path, [plan, other])
    one, two = (cache.assembled(each, each.programmes[0], measured.mixes) for each in (plan, other))
    assert len(counted) == 2
    assert not np.array_equal(whole(one), whole(two))


def test_progress_is_told_in_full_to_each(measured, tmp_path):
    plans = [measured.plan(name) for name in ("streaming", "streaming", "cd-wav", "vinyl-12in-33")]
    cache = AssemblyCache(tmp_path, plans)
    for plan in plans:
        told = list[float]()
        for programme in plan.programmes:
            cache.assembled(plan, programme, measured.mixes, told.append)
        assert sum(told) == pytest.approx(sum(programme.cd_frames / 75 for programme in plan.programmes))


def test_one_that_was_stopped_is_made_anew_by_the_next(measured, tmp_path, counted):
    def stop(_):
        raise Stopped

    plan = measured.plan()
    cache = AssemblyCache(tmp_path, [plan])
    with pytest.raises(Stopped):
        cache.assembled(plan, plan.programmes[0], measured.mixes, stop)
    assert len(whole(cache.assembled(plan, plan.programmes[0], measured.mixes))) == plan.programmes[0].frames
    assert len(counted) == 2


def test_nobody_else_changes_a_programme_or_its_forecast(measured, tmp_path):
    """A sequence that only one reel comes of is not kept, and a sketch may serve a louder profile too."""
    plans = [measured.plan(name) for name in ("streaming", "cd-wav")]
    soft = plans[1].model_copy(update={"expected_drive_db": plans[1].expected_drive_db - 9.0})
    loud = plans[1].model_copy(update={"expected_drive_db": plans[1].expected_drive_db + 9.0})
    found = []
    for name, company in (("alone", [soft]), ("among others", [*plans, loud, soft])):
        assembled = AssemblyCache(tmp_path / name, company).assembled(soft, soft.programmes[0], measured.mixes)
        told = forecasting(soft, [assembled])(soft.expected_drive_db + 15.0)
        found.append((whole(assembled).tobytes(), told))
    assert found[0] == found[1]
    assert found[0][1].reduction_db > 1.0
    kept = [sorted(path.suffix for path in (tmp_path / name).iterdir()) for name in ("alone", "among others")]
    assert kept == [[".float", ".sketch"], [".float", ".float", ".sketch", ".sketch"]]


def test_a_programme_goes_once_no_plan_needs_it(measured, tmp_path, counted):
    plans = [measured.plan(name) for name in ("streaming", "cd-wav", "cd-wav")]
    streaming, disc, download = plans
    cache = AssemblyCache(tmp_path, plans)

    def lying():
        return len(list(tmp_path.glob("*.float")))

    for plan in (streaming, disc):
        cache.assembled(plan, plan.programmes[0], measured.mixes)
    assert lying() == 2
    cache.done(streaming)
    assert lying() == 1, "what the disc's reel was made from was needed for the stream alone"
    cache.done(disc)
    assert lying() == 1, "the download's reel is the disc's"
    cache.assembled(download, download.programmes[0], measured.mixes)
    assert len(counted) == 1
    cache.done(download)
    assert not list(tmp_path.iterdir())
    again = cache.assembled(download, download.programmes[0], measured.mixes)
    assert len(whole(again)) == download.programmes[0].layout(download.rate_hz, 24).frames
    assert lying() == 1, "nor is anything kept that this one is made from"


def test_a_side_is_cut_from_the_album_where_somebody_wants_that(measured, tmp_path, counted):
    """Sample for sample what it is when it is sequenced for itself; and then only the album is kept."""
    streaming, record = (measured.plan(name) for name in ("streaming", "vinyl-12in-33"))
    assert len(record.programmes) == 2
    alone, among = AssemblyCache(tmp_path / "alone", [record]), AssemblyCache(tmp_path / "among", [record, streaming])
    for side in record.programmes:
        assembled = among.assembled(record, side, measured.mixes)
        assert whole(assembled).tobytes() == whole(alone.assembled(record, side, measured.mixes)).tobytes()
        assert whole(assembled).tobytes() == whole(assembled).tobytes()
    assert [len(programme.clips) for programme in counted] == [3, 1, 2]
    assert len(list((tmp_path / "among").glob("*.float"))) == 1
    among.assembled(streaming, streaming.programmes[0], measured.mixes)
    assert len(counted) == 3
    among.done(streaming)
    assert len(list((tmp_path / "among").glob("*.float"))) == 1, "the sides are read from it until the record is done"
    among.done(record)
    assert not list((tmp_path / "among").iterdir())


@pytest.mark.parametrize("joint", [{"gap_s": 0.0}, {"crossfade_s": 1.0}])
def test_a_side_is_not_cut_where_music_runs_on_over_its_end(tmp_path, counted, joint):
    songs = AlbumFolder(tmp_path / "album")
    songs.add(music(4.0, seed=1), side="A")
    songs.add(music(4.0, seed=2), side="B", **joint)
    found = session(songs.folder)
    streaming, record = (found.plan(name) for name in ("streaming", "vinyl-12in-33"))
    alone, among = AssemblyCache(tmp_path / "alone", [record]), AssemblyCache(tmp_path / "among", [streaming, record])
    among.assembled(streaming, streaming.programmes[0], found.mixes)
    for side in record.programmes:
        cache = (cache.assembled(record, side, found.mixes) for cache in (alone, among))
        assert len({whole(assembled).tobytes() for assembled in cache}) == 1
    assert [len(programme.clips) for programme in counted] == [2, 1, 1, 1, 1]
