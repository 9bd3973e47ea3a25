"""The main job as a Prefect flow: its steps are `mastering.steps`, their pieces are tasks.

A task is given paths, hashes and plain values, never audio, and does its work in any process. Results persist under
keys made from content, so an unchanged album measures and renders nothing the second time. What a run has in this
process alone (its watcher, what was begun before, what deliverables share) travels in a context variable.
"""

import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from contextlib import closing
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field, replace
from threading import Event, Thread
from typing import Any, cast

from httpx import HTTPError
from prefect import flow, tags, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    temporary_settings,
)
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from albums.faults import Refusal, refuse
from pipeline.analysis.analysis import Analysis
from pipeline.batch.remembered import remember
from pipeline.deliverables.certificate import Certificate
from pipeline.deliverables.make import Receipt, assembly_cache_in
from pipeline.deliverables.output_folder import held, stands
from pipeline.flows.cache_folder import about_to_be_used, bounded_cache, cache_folder
from pipeline.flows.cache_keys import measure_key, sound_key, texts_key
from pipeline.flows.head_start import HeadStart
from pipeline.flows.pieces import cancelled_if_stopped, named, stop_told_as_such, untagged, whole
from pipeline.flows.server import PrefectServer
from pipeline.flows.server.named_server import NamedServer
from pipeline.flows.server.prefect_database import home_faults
from pipeline.flows.server.prefect_server import Server, server_if_none
from pipeline.intake.album_mixes import AlbumSources, hash_recordings
from pipeline.intake.mixes import Source
from pipeline.mastering import measuring, steps
from pipeline.mastering.job import Job
from pipeline.mastering.opening import open_album
from pipeline.mastering.steps import Decided, Measured, Order
from pipeline.mastering.workers import gathered
from pipeline.rendering.assembly_cache import AssemblyCache
from pipeline.system.progress import JobProgress, Stopped

PREFECT = "Prefect starts"  # the first piece of work that a watcher is told of
LOOK_S = 0.1  # between looks at whether a run has ended or been stopped
GRACE_S = 3.0  # for Prefect to take note of a stopped run; its work is over by then

_threads = cast(TaskRunner[PrefectFuture[Any]], ThreadPoolTaskRunner(max_workers=os.cpu_count()))


@dataclass(frozen=True)
class _Here:
    """What one run has in this process; in another, a task begins with nothing of it."""

    work: JobProgress = field(default_factory=JobProgress)
    head_start: HeadStart | None = None
    cache: AssemblyCache | None = None
    certifying: Event = field(default_factory=Event)
    """Set while the last step is at work, which asks no server and is not stopped."""
    outcome: Future[Certificate] = field(default_factory=Future)
    """What the steps have come to, as soon as they have, whatever becomes of Prefect's account of it."""

    def idle(self) -> bool:
        """Whether nothing is at work that writes to the output folder."""
        return self.work.idle() and not self.certifying.is_set()


_here: ContextVar[_Here] = ContextVar("here")


@dataclass(frozen=True)
class Delivered:
    """What came of an order, and the key of the texts that it was made with."""

    texts: str
    receipt: Receipt


def master(
    job: Job,
    work: JobProgress | None = None,
    head_start: HeadStart | None = None,
    server: Server | None = None,
    patience_s: float = 0.0,
) -> Certificate:
    """Run the flow for `job` and return its certificate, as it now lies in the output folder.

    `head_start` is where the caller has already begun to hash and to measure the job's album. `server` is the caller's
    own; without one, and where the settings name none, there is one for as long as this takes. Another run that writes
    to the output folder is waited for as long as `patience_s`. Raises Refusal for input that cannot be mastered and
    where the server cannot be reached, Stopped when `work` was stopped.
    """
    refuse(home_faults())
    here = _Here(work or JobProgress(), head_start)
    with bounded_cache(), held(job.out, patience_s), server_if_none(server) as own:
        if own:
            with temporary_settings({PREFECT_API_URL: own.url}):
                return _apart(job, here, own)
        with closing(NamedServer(here.work.watcher)) as named:
            return _apart(job, here, named)


def _apart(job: Job, here: _Here, server: PrefectServer) -> Certificate:
    """Run the flow in a thread of its own and wait for it, or, once stopped, for its work alone.

    In the main thread Prefect would take SIGTERM for itself; and it would wait for minutes for a server that is lost.
    """
    done, work = Future[Certificate](), here.work

    def run() -> None:
        _here.set(here)
        try:
            server.answer()
            name = here.head_start.title if here.head_start else job.folder.name
            # Nothing heeds heartbeats of this flow, and the thread that sends them takes a second to end.
            with tags("glassmaster", name), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
                done.set_result(master_album.with_options(flow_run_name=lambda: name)(job))
        except BaseException as error:
            done.set_exception(error)

    work.watcher.begin(PREFECT, 0.0)
    Thread(target=copy_context().run, args=(run,), daemon=True).start()
    try:
        lost = _wait_for(done, here, server)
    except BaseException:  # an interrupt of the host: nothing is at work any more once it is let go of the folder
        work.stop.set()
        _wait_for(done, here, server)
        raise
    if lost:
        return _as_far_as_it_came(here, server.refusal(lost))
    if work.stop.is_set():
        raise Stopped
    try:
        return done.result()
    except Refusal:
        raise
    except Exception as error:
        if server.lost() or isinstance(error, HTTPError) or not work.begun:
            return _as_far_as_it_came(here, server.refusal(error))
        raise


def _wait_for(done: Future[Certificate], here: _Here, server: PrefectServer) -> str:
    """Until it is done, or stopped and nothing is at work any more; why the server counts as lost, if it does."""
    stop, lost = here.work.stop, ""
    while not done.done() and not (stop.is_set() and here.idle()):
        wait([done], timeout=LOOK_S)
        lost = lost or server.lost()
        if lost and here.outcome.done():
            return lost
        if lost and not here.certifying.is_set():
            stop.set()
    if not lost:
        wait([done], timeout=GRACE_S if stop.is_set() else None)
    return lost


def _as_far_as_it_came(here: _Here, refusal: Refusal) -> Certificate:
    """The certificate, where the server was lost after all was done: what was delivered stands. Else the refusal."""
    if here.outcome.done() and not here.outcome.exception():
        here.work.stop.clear()
        return here.outcome.result()
    raise refusal


@flow(name="master_album", task_runner=_threads, validate_parameters=False)
@cancelled_if_stopped
def master_album(job: Job) -> Certificate:
    """Measure every mix, decide every deliverable, make each, and certify what came of it."""
    here, began_s = _here.get(_Here()), time.time()
    here.work.begun = True
    here.work.watcher.end(PREFECT)
    try:
        head_start = here.head_start
        sources = head_start.sources() if head_start else hash_recordings(open_album(job.folder, job.settings))
        with untagged():
            certificate = steps.master_here(job, PrefectWorkers(here), sources)
    except BaseException as error:
        here.outcome.set_exception(error)
        raise
    else:
        here.outcome.set_result(certificate)
        remember(cache_folder(), job, sources.album, certificate, began_s)
        return certificate
    finally:
        here.certifying.clear()


class PrefectWorkers:
    """Pieces of work as tasks of the flow that is running; what was done before is remembered."""

    def __init__(self, here: _Here) -> None:
        """For the run that has `here` in this process."""
        self._here = here

    def measure(self, recordings: Sequence[Source]) -> list[Analysis]:
        """A task for each recording."""
        given = [(recording, measure_key(recording)) for recording in recordings]
        about_to_be_used(key for _, key in given)
        with stop_told_as_such():
            return gathered([self._measured(*each) for each in given])

    def _measured(self, recording: Source, key: str) -> PrefectFuture[Analysis]:
        piece = recording.mix.piece
        name = self._here.head_start.names.get(piece, piece) if self._here.head_start else piece
        future: PrefectFuture[Analysis] = named(measure, name).submit(whole(recording), key)
        return future

    def decide(self, job: Job, sources: AlbumSources, measured: Measured) -> Decided:
        """One task for all decisions."""
        with stop_told_as_such():
            return decide(whole(job), whole(sources), whole(measured))

    def deliver(self, orders: Sequence[Order]) -> list[Receipt]:
        """A task for each order; or, where only texts are others than what stands there, one that opens no mix."""
        with stop_told_as_such(), assembly_cache_in(orders[0].out, [order.plan for order in orders]) as cache:
            before = _here.set(replace(self._here, cache=cache))
            try:
                made = [each.receipt for each in _made(orders)]
            finally:
                _here.reset(before)
        self._here.certifying.set()  # first, so that whoever stops the run after this waits for the end
        if self._here.work.stop.is_set():
            raise Stopped
        return made


def _made(orders: Sequence[Order]) -> list[Delivered]:
    """Each order rendered. One whose sound is remembered stays as it stands, or gets its texts; else it is made again.

    What has its texts is remembered in the place of what stood there before.
    """
    given = [(whole(order), sound_key(order)) for order in orders]
    about_to_be_used(key for _, key in given)
    names = [order.plan.profile.name for order in orders]
    futures = [named(deliver, name).submit(*each) for name, each in zip(names, given, strict=True)]
    found: list[Delivered] = gathered(futures)
    for number, (order, known) in enumerate(zip(orders, found, strict=True)):
        if futures[number].state.name != "Cached":
            continue
        is_other = known.texts != texts_key(order)
        if not stands(order.out, known.receipt.deliverable.files):
            again = named(deliver.with_options(refresh_cache=True), names[number])
            futures[number] = again.submit(*given[number])
        elif is_other:
            futures[number] = named(retag, names[number]).submit(*given[number], whole(known.receipt))
    return gathered(futures)


@task(name="measure", persist_result=True, cache_key_fn=lambda _, given: given["key"])
@cancelled_if_stopped
def measure(source: Source, key: str) -> Analysis:  # noqa: ARG001 - the cache's key
    """Everything measured about one stretch of one mix."""
    here = _here.get(_Here())
    known = here.head_start.analysis(source.stretch) if here.head_start else None
    return known or measuring.measure_mix(source, here.work)


@task(name="decide", cache_policy=NO_CACHE)
@cancelled_if_stopped
def decide(job: Job, sources: AlbumSources, measured: Measured) -> Decided:
    """The plan of every deliverable, or the edited plan alone."""
    return steps.decide_job(job, sources, measured)


@task(name="deliver", persist_result=True, cache_key_fn=lambda _, given: given["key"])
@cancelled_if_stopped
def deliver(order: Order, key: str) -> Delivered:  # noqa: ARG001 - the cache's key
    """One deliverable rendered, written, audited and in its place."""
    here = _here.get(_Here())
    receipt = steps.make_deliverable(order, here.work, here.cache)
    import pipeline.reporting.report  # noqa: F401 - what the end would wait for, while others are still at work

    return Delivered(texts_key(order), receipt)


@task(name="retag", persist_result=True, cache_key_fn=lambda _, given: given["key"], refresh_cache=True)
@cancelled_if_stopped
def retag(order: Order, key: str, earlier: Receipt) -> Delivered:  # noqa: ARG001 - the cache's key
    """One deliverable whose sound stands in its place, with other texts."""
    return Delivered(texts_key(order), steps.retag_deliverable(order, earlier, _here.get(_Here()).work))
