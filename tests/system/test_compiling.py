"""A watcher is told of kernels that have to be compiled, and of those alone."""

import time

import numba
import pytest

from pipeline.system import compiling, writable_folders
from pipeline.system.compiling import COMPILING, COMPILING_EACH_TIME
from pipeline.system.progress import CallbackWatcher, JobProgress, Stopped


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr(compiling, "QUIET_S", 0.01)
    return []


def fresh():
    return numba.njit(lambda x: x + 1)


@pytest.mark.parametrize("are_kept", [True, False])
def test_compiling_is_told_once_it_happens_and_once_it_is_over(told, monkeypatch, are_kept):
    monkeypatch.setattr(writable_folders, "_lost", [] if are_kept else ["kernels"])
    kernel, compiled = fresh(), fresh()
    compiled(1)
    words = COMPILING if are_kept else COMPILING_EACH_TIME
    work = JobProgress(CallbackWatcher(lambda progress: told.append((progress.work, progress.is_done))))
    with work.at_work("measure", 1.0):
        compiled(1)
        assert told == [("measure", False)]
        kernel(1)
        assert told[:2] == [("measure", False), (words, False)]
        late_s = time.monotonic() + 60
        while len(told) < 3 and time.monotonic() < late_s:
            time.sleep(0.01)
    assert told == [("measure", False), (words, False), (words, True), ("measure", True)]
    fresh()(1)
    assert len(told) == 4


def test_it_is_over_when_the_work_is(told, monkeypatch):
    monkeypatch.setattr(compiling, "QUIET_S", 300.0)
    work = JobProgress(CallbackWatcher(lambda progress: told.append((progress.work, progress.is_done))))
    with work.at_work("one", 1.0):
        with work.at_work("other", 1.0):
            fresh()(1)
        assert (COMPILING, True) not in told
    assert told.count((COMPILING, False)) == told.count((COMPILING, True)) == 1


def test_a_watcher_may_stop_the_job_from_there(told):
    def stop(progress):
        told.append(progress.work)
        if progress.work == COMPILING:
            raise Stopped

    work = JobProgress(CallbackWatcher(stop))
    with pytest.raises(Stopped), work.at_work("measure", 1.0):
        fresh()(1)
    assert work.stop.is_set()
