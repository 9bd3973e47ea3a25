"""Two albums at once, in threads of one process and in a process of their own: each comes out as if it were alone."""

import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from threading import Event

import pytest

from pipeline.mastering.steps import master
from pipeline.mastering.workers import ThreadWorkers
from pipeline.system.progress import JobProgress, SilentWatcher, Stopped
from tests.support.music import AlbumFolder, music, three_songs
from tests.support.sessions import contents, job_of

NAMES = ("cd-wav", "streaming")


class Notebook(SilentWatcher):
    """A watcher that notes which work it was told of."""

    def __init__(self):
        self.told = set()

    def begin(self, work, sound_s):  # noqa: ARG002 - a watcher's form
        self.told.add(work)


def alone(job):
    """`job` done with nobody looking: also in a process of its own, which is given the job and nothing else."""
    return master(job, ThreadWorkers()).passed


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """Two albums unlike each other, and what each comes to by itself."""
    three = three_songs(tmp_path_factory.mktemp("three") / "album")
    two = AlbumFolder(tmp_path_factory.mktemp("two") / "album")
    two.add(music(6.0, seed=7, level_db=-20.0), mix="mixes/first.wav")
    two.add(music(5.0, seed=8, level_db=-16.0, tilt=0.8), mix="mixes/second.wav", gap_s=1.0)
    wanted = [job_of(songs.folder, NAMES, songs.folder / "alone") for songs in (three, two)]
    assert all(map(alone, wanted))
    return wanted


def elsewhere(jobs, tmp_path):
    return [job_of(job.folder, job.names, tmp_path / str(n)) for n, job in enumerate(jobs)]


def test_two_albums_in_one_process_each_with_its_own_progress(jobs, tmp_path):
    books = [Notebook(), Notebook()]
    together = elsewhere(jobs, tmp_path)
    with ThreadPoolExecutor(2) as pool:
        workers = [ThreadWorkers(JobProgress(book)) for book in books]
        certificates = list(pool.map(master, together, workers))
    assert all(certificate.passed for certificate in certificates)
    for job, apart in zip(together, jobs, strict=True):
        assert contents(job.out) == contents(apart.out)
    for book, files in zip(books, (("01.wav", "02.wav", "03.wav"), ("first.wav", "second.wav")), strict=True):
        assert book.told == {*(f"{file} (tracks[{n}].mix)" for n, file in enumerate(files, start=1)), *NAMES}


def test_one_that_is_stopped_stops_no_other(jobs, tmp_path):
    stop, (one, other) = Event(), elsewhere(jobs, tmp_path)
    stop.set()
    with ThreadPoolExecutor(2) as pool:
        stopped = pool.submit(master, one, ThreadWorkers(JobProgress(SilentWatcher(), stop)))
        finished = pool.submit(master, other, ThreadWorkers())
        with pytest.raises(Stopped):
            stopped.result()
        assert finished.result().passed
    assert list(one.out.iterdir()) == []
    assert contents(other.out) == contents(jobs[1].out)


def test_an_album_in_a_spawned_process_from_pickled_arguments(jobs, tmp_path):
    (job, _) = elsewhere(jobs, tmp_path)
    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301 - our own
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(alone, job).result()
    assert contents(job.out) == contents(jobs[0].out)
