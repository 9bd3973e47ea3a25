"""The process of one album in a batch: `glassmaster master`, which speaks with its batch and not with a person.

It is told what to do on standard input and says how far it is on standard output, in lines of JSON as
`pipeline.batch.messages` has them. It begins when there is room for it, and ends when its standard input does.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, BinaryIO

from pipeline.batch.child_process import Order
from pipeline.batch.messages import GO, Ended, Message, Needs, Stage, line_of
from pipeline.cli.internal_errors import faults_of, leaves, reported
from pipeline.cli.options import BAD_INPUT, FAILED, INTERNAL, PASSED, STOPPED
from pipeline.cli.shown.progress import Lines
from pipeline.cli.shown.run_stages import RENDERING, stages_of
from pipeline.cli.shown.stages import Stages
from pipeline.deliverables.approval import Approved, approval_state
from pipeline.mastering.job import job_for, profiles_of
from pipeline.mastering.opening import open_album
from pipeline.settings.schema import settings_in
from pipeline.system import memory
from pipeline.system.parallel import processors
from pipeline.system.processes.ending import Ending, end_soon
from pipeline.system.progress import JobProgress, ServerLostError, Stopped

if TYPE_CHECKING:
    from pipeline.deliverables.certificate import Certificate

TELL_S = 0.5  # between two lines on how far it is
STOPS_WITHIN_S = 45.0  # of being asked to, or it is ended: hashing and deciding do not look
MOST_REASONS = 12  # findings that are told of one deliverable that failed
KILLED_FIRST = b"500"  # of -1000 to 1000: a system that runs out of memory shall take this process, not its batch


class Parent:
    """The batch, as its album's process sees it."""

    def __init__(self, listening: BinaryIO, speaking: BinaryIO) -> None:
        """Nothing is heard or said yet."""
        self._listening, self._speaking, self._lock = listening, speaking, Lock()
        self.stop, self._go = Event(), Event()

    def order(self) -> Order:
        """What is to be done; from now on what the batch says is heeded."""
        order = Order(**json.loads(self._listening.readline()))
        Thread(target=self._listen, daemon=True).start()
        return order

    def tell(self, message: Message) -> None:
        """Say something; where nobody hears it, the end of standard input says so as well."""
        with self._lock, suppress(OSError):
            self._speaking.write(line_of(message))
            self._speaking.flush()

    def wait_for_room(self) -> None:
        """Wait until there is; raises Stopped where the batch has ended or been stopped."""
        self._go.wait()
        if self.stop.is_set():
            raise Stopped

    def _listen(self) -> None:
        while (line := self._listening.readline()) == GO:
            self._go.set()
        if not line:
            self.stop.set()
            self._go.set()
            end_soon(STOPPED, STOPS_WITHIN_S)


class Telling(Lines):
    """A watcher that tells the batch how far the album is, now and then."""

    def __init__(self, stages: Stages, parent: Parent) -> None:
        """Tell of `stages`."""
        self._parent, self._next_s = parent, 0.0
        super().__init__(stages)

    def _tell(self, words: str, *, said: bool) -> None:
        """Nothing is printed."""

    def _changed(self) -> None:
        if monotonic() >= self._next_s:
            self._next_s = monotonic() + TELL_S
            self._parent.tell(Stage(self.stages.words, self.stages.fraction or 0.0))


def main() -> None:
    """As `work`, in a process that began by itself."""
    work(Ending())


def work(ending: Ending) -> None:
    """Do what standard input says; raises SystemExit with an exit code as of `glassmaster master`."""
    speaking = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no message
    memory.share()
    with suppress(OSError):  # another system than Linux
        Path("/proc/self/oom_score_adj").write_bytes(KILLED_FIRST)
    parent = Parent(sys.stdin.buffer, speaking)
    order = parent.order()
    ended = _done(order, parent)
    parent.tell(ended)
    ending.soon(ended.code)
    sys.exit(ended.code)


def _done(order: Order, parent: Parent) -> Ended:
    try:
        return _mastered(order, parent)
    except Exception as error:
        return _ended_by(error, ["master", order.album])


def _mastered(order: Order, parent: Parent) -> Ended:
    from pipeline.batch.admission import memory_needed_bytes
    from pipeline.cli.master import mastered

    settings = settings_in(order.settings, "config")
    opened = open_album(Path(order.album), settings)
    if order.looks:
        return Ended(PASSED)
    job = job_for(opened.album, out=Path(order.out), approval=order.approval, settings=settings)
    needed_bytes = memory_needed_bytes(opened, profiles_of(job), processors())
    parent.tell(Needs(opened.album.release.title, needed_bytes))
    parent.wait_for_room()
    stages = Stages(stages_of(opened, profiles_of(job)))
    certificate = mastered(opened, job, JobProgress(Telling(stages, parent), parent.stop), order.patience_s)
    if not certificate.passed:
        return Ended(FAILED, tuple(_failed_findings(certificate)))
    is_waiting = job.final is not None and not isinstance(approval_state(job.final), Approved)
    return Ended(PASSED, is_unchanged=not stages.begun(RENDERING), is_waiting=is_waiting)


def _failed_findings(certificate: "Certificate") -> Iterator[str]:
    """What was measured and did not hold, in words."""
    for name, deliverable in certificate.deliverables.items():
        for finding in [each for each in deliverable.findings if not each.passed][:MOST_REASONS]:
            found, wanted = f"{finding.measured} {finding.unit}".strip(), f"{finding.required} {finding.unit}".strip()
            yield f"{name}: {finding.where}: {finding.quantity} is {found}; wanted {wanted}"


def _ended_by(error: Exception, words: list[str]) -> Ended:
    """What is to be said of an album whose mastering raised `error`."""
    found = [*leaves(error)]
    if any(isinstance(each, Stopped) for each in found):
        return Ended(STOPPED)
    reasons = [*map(str, chain(*map(faults_of, found)))]
    own = [each for each in found if not faults_of(each)]
    if own:
        said, log = reported(error, words, own[0])
        reasons.append(f"{said}; the log is {log}" if log else said)
    is_server_lost = not own and any(isinstance(each, ServerLostError) for each in found)
    return Ended(INTERNAL if own else BAD_INPUT, tuple(reasons), is_server_lost=is_server_lost)
