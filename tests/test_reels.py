"""Reels are made once, for whoever wants the same programme, and only for them."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline import reels as module
from pipeline.mixdown import sequenced
from pipeline.process.resample import resample
from pipeline.progress import Stopped
from pipeline.reels import Reels


def whole(reel):
    return np.concatenate(list(reel()))


@pytest.fixture
def counted(monkeypatch):
    """The programmes that were sequenced."""
    found = []

    def counting(plan, programme, mixes):
        found.append(programme)
        return sequenced(plan, programme, mixes)

    monkeypatch.setattr(module, "sequenced", counting)
    return found


def test_a_reel_is_the_sequence_converted_as_a_whole(measured, tmp_path):
    plan = measured.plan("cd-wav")
    (programme,) = plan.programmes
    blocks = sequenced(plan, programme, measured.mixes)
    wanted = np.concatenate(list(resample(blocks, programme.rate_hz, plan.rate_hz, programme.frames)))
    found = whole(Reels(tmp_path).reel(plan, programme, measured.mixes))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=2e-7)


def test_all_that_want_the_same_programme_share_one_mixdown(measured, tmp_path, counted):
    reels, names = Reels(tmp_path / "reels"), ["cd-wav", "streaming", "cd-wav", "streaming"]
    plans = [measured.plan(name) for name in names]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda plan: reels.reel(plan, plan.programmes[0], measured.mixes), plans))
    assert len(counted) == 1
    assert found[0] is found[2]
    assert found[1] is found[3]
    assert len(list((tmp_path / "reels").iterdir())) == 2


def test_another_treatment_is_another_reel(measured, tmp_path, counted):
    reels, plan = Reels(tmp_path), measured.plan()
    louder = plan.treatments[0].model_copy(update={"gain_db": plan.treatments[0].gain_db + 1.0})
    other = plan.model_copy(update={"treatments": (louder, *plan.treatments[1:])})
    one, two = (reels.reel(each, each.programmes[0], measured.mixes) for each in (plan, other))
    assert len(counted) == 2
    assert not np.array_equal(whole(one), whole(two))


def test_progress_is_told_in_full_to_each(measured, tmp_path):
    reels = Reels(tmp_path)
    for name in ("streaming", "streaming", "cd-wav", "vinyl-12in-33"):
        plan, told = measured.plan(name), list[float]()
        for programme in plan.programmes:
            reels.reel(plan, programme, measured.mixes, told.append)
        assert sum(told) == pytest.approx(sum(programme.cd_frames / 75 for programme in plan.programmes))


def test_one_that_was_stopped_is_made_anew_by_the_next(measured, tmp_path, counted):
    def stop(_):
        raise Stopped

    reels, plan = Reels(tmp_path), measured.plan()
    with pytest.raises(Stopped):
        reels.reel(plan, plan.programmes[0], measured.mixes, stop)
    assert reels.reel(plan, plan.programmes[0], measured.mixes).frames == plan.programmes[0].frames
    assert len(counted) == 2
