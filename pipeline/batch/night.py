"""A batch at work: one album after another given to a process of its own, and what came of each.

A night is the whole batch. A shift is as much of it as is done with one server: where that is lost, the albums that
were at work are stopped, and the next shift takes them up.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Protocol

from albums import Approval
from pipeline.batch.admission import Admission
from pipeline.batch.afterwards import NOTHING, Afterwards
from pipeline.batch.child_process import WARM_PROGRAM, ChildProcess, Order
from pipeline.batch.inbox import InboxAlbum
from pipeline.batch.messages import Ended, Message, Needs, Stage
from pipeline.batch.outcome import Kind, Outcome, Outcomes
from pipeline.deliverables.certificate import REPORT
from pipeline.settings.schema import NO_SETTINGS, Settings
from pipeline.system.processes.fork_server import ForkServer, forks_here
from profiles import REVIEW

LOOK_S = 0.1  # between looks at whether a shift has ended
PASSED, STOPPED = 0, 130  # exit codes, as pipeline.cli.options has them


class BatchWatcher(Protocol):
    """A watcher of a batch: told of each album that is begun, how far it is, and what came of it."""

    def expect(self, albums: list[InboxAlbum]) -> None:
        """These are to be worked at; of others it is known already what came of them."""

    def begin(self, album: InboxAlbum) -> None:
        """An album's process begins."""

    def advance(self, album: InboxAlbum, words: str, fraction: float) -> None:
        """It has come on: a few words, and how much of it is done."""

    def end(self, outcome: Outcome) -> None:
        """It is known what came of an album."""


class SilentBatchWatcher:
    """A watcher that ignores what it is told."""

    def expect(self, albums: list[InboxAlbum]) -> None:
        """Do nothing."""

    def begin(self, album: InboxAlbum) -> None:
        """Do nothing."""

    def advance(self, album: InboxAlbum, words: str, fraction: float) -> None:
        """Do nothing."""

    def end(self, outcome: Outcome) -> None:
        """Do nothing."""


@dataclass
class Night:
    """A batch: where masters of an album go, the memory that albums share, its watcher, what stops it, and outcomes.

    `approval` is what the operator requires of all albums, `afterwards` what follows after each, `settings` the user's,
    and `patience_s` how long another run is waited for that writes to an album's folder.
    """

    out: Callable[[InboxAlbum], Path]
    admission: Admission
    watcher: BatchWatcher
    stop: Event
    approval: Approval | None = None
    afterwards: Afterwards = NOTHING
    settings: Settings = NO_SETTINGS
    patience_s: float = 60.0
    outcomes: Outcomes = field(default_factory=Outcomes)
    _lock: Lock = field(default_factory=Lock)

    def know(self, outcome: Outcome) -> None:
        """It is known what came of an album, in whatever way."""
        with self._lock:
            self.outcomes.add(outcome)
        self.watcher.end(outcome)

    def know_finally(self, album: InboxAlbum, outcome: Outcome) -> Outcome:
        """As `know`, once what follows after an album is done; what came of it with that."""
        outcome = self.afterwards.follow(album, outcome, self.out(album))
        self.know(outcome)
        return outcome


class Shift:
    """The albums that are at work with one server, which their processes find in `environment`."""

    def __init__(self, night: Night, environment: Mapping[str, str], *, forks: bool = False) -> None:
        """None is at work. Their processes are forked from one that is warm, if `forks` and where a system does."""
        self._night, self._environment = night, environment
        self._forks: ForkServer | None = None
        with suppress(OSError):  # each begins by itself then, or tells why it cannot
            self._forks = ForkServer(WARM_PROGRAM, environment) if forks and forks_here() else None
        self._over, self._lock = Event(), Lock()
        self._at_work, self._count = set[ChildProcess](), 0

    def end(self) -> None:
        """Begin no more albums, and stop those at work."""
        with self._lock:
            self._over.set()
            for child in self._at_work:
                child.stop()

    def idle(self) -> bool:
        """Whether no album is at work."""
        return not self._count

    def close(self) -> None:
        """Let go of what albums were forked from, once none is at work."""
        if self._forks:
            self._forks.close()

    def work_at(self, album: InboxAlbum) -> Outcome | None:
        """Master one album; what came of it, which is known then. None where the shift was over, or its server lost.

        One that was killed as a system does it that runs out of memory is tried once more, while no other is at work.
        """
        with self._lock:
            if self._over.is_set():
                return None
            self._count += 1
        try:
            return self._mastered(album)
        finally:
            with self._lock:
                self._count -= 1

    def _mastered(self, album: InboxAlbum) -> Outcome | None:
        began_s = time.monotonic()
        self._night.watcher.begin(album)
        ended, was_killed = self._tried(album, alone=False)
        if was_killed and not self._over.is_set():
            ended, _ = self._tried(album, alone=True)
        if ended.is_server_lost or (ended.code != PASSED and self._over.is_set()):
            return None
        return self._night.know_finally(album, self._outcome(album, ended, time.monotonic() - began_s))

    def _tried(self, album: InboxAlbum, *, alone: bool) -> tuple[Ended, bool]:
        """How its process ended, and whether it was killed."""
        night = self._night
        places = str(album.folder), str(night.out(album))
        order = Order(*places, night.approval, night.patience_s, settings=night.settings.document())
        while self._forks and not self._over.is_set() and not self._forks.answered(LOOK_S):
            continue
        with self._lock:
            if self._over.is_set():
                return Ended(STOPPED), False
            try:
                child = ChildProcess(order, self._environment, self._forks)
            except OSError as error:
                return Ended(1, (f"no process could be begun for it: {error.strerror}",)), False
            self._at_work.add(child)
        try:
            return self._listened_to(album, child, alone=alone), child.was_killed()
        finally:
            with self._lock:
                self._at_work.discard(child)
            child.close()

    def _listened_to(self, album: InboxAlbum, child: ChildProcess, *, alone: bool) -> Ended:
        """All that the process tells, heard; it is let go on when there is room for it, and has that until its end."""
        admission, taken_bytes = self._night.admission, list[int]()

        def heard(message: Message) -> None:
            if isinstance(message, Stage):
                self._night.watcher.advance(album, message.words, message.fraction)
            elif isinstance(message, Needs):
                taken_bytes.extend(admission.enter(message.memory_bytes, self._over, alone=alone))
                if taken_bytes:
                    child.let_go_on()

        try:
            return child.listen(heard)
        finally:
            admission.leave(taken_bytes)

    def _outcome(self, album: InboxAlbum, ended: Ended, took_s: float) -> Outcome:
        kind: Kind = "failed"
        if ended.code == PASSED:
            kind = "waiting" if ended.is_waiting else "unchanged" if ended.is_unchanged else "delivered"
        reasons = ended.reasons
        if kind == "failed" and not reasons:
            reasons = ("its process was stopped by another program; run again",)
        out = self._night.out(album)
        reports = [each / REPORT for each in (out / REVIEW, out) if (each / REPORT).is_file()]
        return Outcome(album.name, kind, reasons, took_s, reports[0] if reports else None)
