"""What is measured before the flow is there is what the flow would measure; once it is there, no more is begun."""

import pickle
import subprocess
import sys
from threading import Event

import pytest

from albums.faults import Refusal
from pipeline.flows.head_start import HeadStart
from pipeline.intake.album_mixes import hash_recordings
from pipeline.mastering.measuring import measure_mix
from pipeline.mastering.opening import open_album
from pipeline.system.parallel import in_background
from pipeline.system.progress import JobProgress, SilentWatcher, Stopped
from tests.support.music import three_songs


@pytest.fixture
def opened(tmp_path):
    return open_album(three_songs(tmp_path / "album").folder)


@pytest.fixture
def sources(opened):
    return hash_recordings(opened)


@pytest.fixture
def used(sources):
    return sources.mixes


@pytest.fixture
def begin(opened, sources):
    """A head start whose work is told of and stopped as is said."""
    return lambda work: HeadStart(opened, in_background(lambda: sources), work)


class Bell(SilentWatcher):
    """A watcher that rings at the first block of work, and lets it go on when told."""

    def __init__(self):
        self.rung, self.on = Event(), Event()

    def advance(self, work, sound_s):  # noqa: ARG002 - a watcher's form
        self.rung.set()
        assert self.on.wait(30)


def test_all_is_measured_as_in_the_flow(begin, sources, used):
    head_start = begin(JobProgress())
    head_start.measure()
    assert head_start.sources() == sources
    for source in used:
        assert pickle.dumps(head_start.analysis(source.stretch)) == pickle.dumps(measure_mix(source, JobProgress()))


def test_what_is_not_begun_when_first_asked_is_left_to_who_asks(begin, used):
    bell = Bell()
    head_start = begin(JobProgress(bell))
    done = in_background(head_start.measure)
    assert bell.rung.wait(30)
    assert head_start.analysis(used[1].stretch) is None
    bell.on.set()
    first = head_start.analysis(used[0].stretch)
    assert first
    assert first.frames == used[0].stop - used[0].start
    done.result(30)
    assert head_start.analysis(used[2].stretch) is None


def test_a_mix_that_breaks_off_is_told_to_who_asks_for_it_and_holds_up_no_other(begin, used):
    broken = used[0].mix.path
    broken.write_bytes(broken.read_bytes()[:5000])
    head_start = begin(JobProgress())
    head_start.measure()
    with pytest.raises(Refusal, match="was replaced or written to during the run"):
        head_start.analysis(used[0].stretch)
    assert head_start.analysis(used[1].stretch)


def test_a_stop_stops_it(begin, used):
    stop = Event()
    stop.set()
    head_start = begin(JobProgress(SilentWatcher(), stop))
    head_start.measure()
    with pytest.raises(Stopped):
        head_start.analysis(used[0].stretch)


def test_it_is_at_work_before_the_rest_of_the_program_is_imported():
    """Or Prefect's server, which takes longest to be there, would start seconds later."""
    program = (
        "import sys, pipeline.flows.head_start; print(*{m.split('.')[1] for m in sys.modules if m[:9] == 'pipeline.'})"
    )
    rooms = set(subprocess.check_output([sys.executable, "-c", program], text=True).split())
    assert rooms == {"flows", "mastering", "analysis", "intake", "dsp", "system"}
