"""How far a long job is, told to a watcher, and a request to stop, passed back to the work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, Lock
from typing import Protocol

from albums.faults import Refusal
from pipeline.system.compiling import CompilingTold

Advance = Callable[[float], None]
"""Called with the seconds of sound that have passed; may raise `Stopped`."""


class Stopped(Exception):  # noqa: N818 - nothing is wrong: it was asked for
    """The job was asked to stop and has stopped; nothing unfinished was put in place."""


class ServerLostError(Refusal):
    """The job's server cannot be reached, or no longer: no fault of an album's, which can be tried again as it is."""


class Watcher(Protocol):
    """A watcher of a job: told of each piece of work, its seconds of sound as they pass, and its end."""

    def begin(self, work: str, sound_s: float) -> None:
        """A piece of work starts; `sound_s` is about how many seconds of sound will pass through it, 0 if unknown."""

    def advance(self, work: str, sound_s: float) -> None:
        """So many seconds of sound have passed."""

    def end(self, work: str) -> None:
        """The piece of work is done, or was already."""


class SilentWatcher:
    """A watcher that ignores what it is told."""

    def begin(self, work: str, sound_s: float) -> None:
        """Do nothing."""

    def advance(self, work: str, sound_s: float) -> None:
        """Do nothing."""

    def end(self, work: str) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Progress:
    """How far a piece of work is, in seconds of sound of about `sound_s`, which is 0 where that is unknown."""

    work: str
    done_s: float
    sound_s: float
    is_done: bool = False


class CallbackWatcher:
    """A watcher that calls a function with the progress of each piece of work, one call at a time."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        """What `tell` raises ends the work that it was told of."""
        self._tell, self._lock, self._known = tell, Lock(), dict[str, Progress]()

    def begin(self, work: str, sound_s: float) -> None:
        """A piece of work starts."""
        with self._lock:
            self._note(Progress(work, 0.0, sound_s))

    def advance(self, work: str, sound_s: float) -> None:
        """It has come on."""
        with self._lock:
            known = self._known[work]
            self._note(replace(known, done_s=known.done_s + sound_s, is_done=False))

    def end(self, work: str) -> None:
        """It is done."""
        with self._lock:
            self._note(replace(self._known[work], is_done=True))

    def _note(self, progress: Progress) -> None:
        self._known[progress.work] = progress
        self._tell(progress)


def progress_callback(watcher: Watcher, work: str, stop: Event) -> Advance:
    """A function that tells `watcher` of seconds of sound done in `work`, and raises Stopped once `stop` is set."""

    def advance(sound_s: float) -> None:
        if stop.is_set():
            raise Stopped
        watcher.advance(work, sound_s)

    return advance


class JobProgress:
    """One run of a job: its watcher, what stops it, whether it has begun, and what is at work in it."""

    def __init__(self, watcher: Watcher | None = None, stop: Event | None = None) -> None:
        """Nothing has begun; nothing watches or stops it unless given."""
        self.watcher: Watcher = watcher or SilentWatcher()
        self.stop = stop or Event()
        self.begun = False
        self._working = list[str]()
        self._compiling = CompilingTold(self.watcher)

    @contextmanager
    def at_work(self, work: str, sound_s: float) -> Iterator[Advance]:
        """A piece of work from begin to end; what it yields is told of progress and raises Stopped once asked to.

        A watcher that raises Stopped in one piece stops them all.
        """
        self._working.append(work)
        try:
            self.watcher.begin(work, sound_s)
            with self._compiling:
                yield progress_callback(self.watcher, work, self.stop)
            self.watcher.end(work)
        except Stopped:
            self.stop.set()
            raise
        finally:
            self._working.remove(work)

    def idle(self) -> bool:
        """Whether nothing is at work."""
        return not self._working
