"""What is measured before the flow is there is what would be measured in it, and is begun no more once it is."""

import pickle
from threading import Event

import pytest

import albums
from albums.faults import Refusal
from pipeline.flows.head_start import HeadStart, measured
from pipeline.intake.album_mixes import open_mixes, sources
from pipeline.system.parallel import in_background
from pipeline.system.progress import JobProgress, SilentWatcher, Stopped
from tests.support.music import three_songs


@pytest.fixture
def used(tmp_path):
    album = albums.load(three_songs(tmp_path / "album").folder)
    return sources(album, open_mixes(album))


class Bell(SilentWatcher):
    """A watcher that rings at the first block of work, and lets it go on when told."""

    def __init__(self):
        self.rung, self.on = Event(), Event()

    def advance(self, work, sound_s):  # noqa: ARG002 - a watcher's form
        self.rung.set()
        assert self.on.wait(30)


def test_all_is_measured_as_in_the_flow(used):
    beforehand = HeadStart(in_background(lambda: used), [source.stretch for source in used], JobProgress())
    beforehand.measure()
    assert beforehand.sources() == used
    for source in used:
        assert pickle.dumps(beforehand.analysis(source.stretch)) == pickle.dumps(measured(JobProgress(), source))


def test_what_is_not_begun_when_first_asked_is_left_to_who_asks(used):
    bell = Bell()
    beforehand = HeadStart(in_background(lambda: used), [source.stretch for source in used], JobProgress(bell))
    done = in_background(beforehand.measure)
    assert bell.rung.wait(30)
    assert beforehand.analysis(used[1].stretch) is None
    bell.on.set()
    first = beforehand.analysis(used[0].stretch)
    assert first
    assert first.frames == used[0].stop - used[0].start
    done.result(30)
    assert beforehand.analysis(used[2].stretch) is None


def test_a_mix_that_breaks_off_is_told_to_who_asks_for_it_and_holds_up_no_other(used):
    broken = used[0].mix.path
    broken.write_bytes(broken.read_bytes()[:5000])
    beforehand = HeadStart(in_background(lambda: used), [source.stretch for source in used], JobProgress())
    beforehand.measure()
    with pytest.raises(Refusal, match="breaks off"):
        beforehand.analysis(used[0].stretch)
    assert beforehand.analysis(used[1].stretch)


def test_a_stop_stops_it(used):
    stop = Event()
    stop.set()
    beforehand = HeadStart(
        in_background(lambda: used), [source.stretch for source in used], JobProgress(SilentWatcher(), stop)
    )
    beforehand.measure()
    with pytest.raises(Stopped):
        beforehand.analysis(used[0].stretch)
