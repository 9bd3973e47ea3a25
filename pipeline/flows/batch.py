"""Many albums as one Prefect flow: a task for each, which gives the album to a process of its own.

What came of each album is known in this process, whatever becomes of Prefect's account of it. Where the batch's own
server is lost, another takes its place.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any, cast

from httpx import HTTPError
from prefect import flow, tags, task
from prefect.cache_policies import NO_CACHE
from prefect.settings import (
    PREFECT_API_URL,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    get_current_settings,
    temporary_settings,
)
from prefect.task_runners import ThreadPoolTaskRunner

from albums.faults import Fault, Refusal, refuse
from pipeline.batch.inbox import InboxAlbum, inbox_album
from pipeline.batch.night import LOOK_S, BatchWatcher, Night, Shift, SilentBatchWatcher
from pipeline.batch.outcome import Outcome, Outcomes
from pipeline.batch.request import Request, batch_at_work, known_before
from pipeline.flows.notices import night_table
from pipeline.flows.pieces import cancelled_if_stopped, named, untagged
from pipeline.flows.server import PrefectServer
from pipeline.flows.server.named_server import NamedServer
from pipeline.flows.server.prefect_database import home_faults
from pipeline.flows.server.prefect_server import Server
from pipeline.system.progress import SilentWatcher, Stopped

GRACE_S = 5.0  # for Prefect to take note of the end of a batch; its work is over by then
# A run that was taken for dead while its server was away may be at work: the one that was begun in its place waits for
# it, and finds the album unchanged. Longer than any album takes (taste).
HEALTHY_S = 3600.0
STALLED_S = 240.0  # with albums left and none at work, until a server counts as lost; a busy machine is slow (taste)
MOST_SERVERS = 5  # that are begun one after another in one batch: losing so many is no accident
LOST_AGAIN = Fault("Prefect", f"its server was lost {MOST_SERVERS} times while the album was at work; run again")


@dataclass(frozen=True)
class _Here:
    """What a batch has in this process alone."""

    shift: Shift
    albums: Mapping[str, InboxAlbum]
    night: Night

    def all_known(self) -> bool:
        """Whether it is known of all albums what came of them."""
        return all(name in self.night.outcomes.known for name in self.albums)


_here: ContextVar[_Here] = ContextVar("here")


def run_batch(request: Request, budget_bytes: int, watcher: BatchWatcher, stop: Event) -> Outcomes:
    """Master every album of an inbox and write batch.json; what came of each.

    `budget_bytes` is the memory that all may take together. Raises Refusal where nothing can be begun, Stopped where
    `stop` was set: what was not finished waits for the next batch, and batch.json says so.
    """
    refuse(home_faults())
    with batch_at_work(request, budget_bytes, watcher, stop) as (night, left):
        watcher.expect(left)
        _work_off(night, left, request.workers)
    if stop.is_set():
        raise Stopped
    return night.outcomes


def run_album(request: Request, name: str, budget_bytes: int, stop: Event) -> Outcome:
    """Master one album of an inbox by a process of its own, with the server that the settings name; what came of it.

    Raises Stopped where `stop` was set.
    """
    refuse(home_faults())
    night = request.night(budget_bytes, SilentBatchWatcher(), stop)
    night.patience_s = HEALTHY_S
    album = inbox_album(request.inbox, request.folder_named(name))
    if known_before(night, request, [album]):
        shift = Shift(night, _environment())
        with _ended_by(stop, shift):
            shift.work_at(album)
    if album.name not in night.outcomes.known:
        raise Stopped
    return night.outcomes.known[album.name]


@contextmanager
def _ended_by(stop: Event, shift: Shift) -> Iterator[None]:
    """The shift is ended as soon as `stop` is set, or whoever works in it is interrupted."""
    over = Event()

    def heed() -> None:
        while not stop.wait(LOOK_S) and not over.is_set():
            continue
        shift.end()

    Thread(target=heed, daemon=True).start()
    try:
        yield
    finally:
        over.set()
        shift.end()


def _work_off(night: Night, albums: Sequence[InboxAlbum], workers: int) -> None:
    """Every album given to a process, one shift after another."""
    lost: Refusal | None = None
    for _ in range(MOST_SERVERS):
        left = _left(night, albums)
        if not left:
            return
        if get_current_settings().api.url:
            with closing(NamedServer(SilentWatcher())) as named_server:
                lost = _shift(night, left, workers, named_server, _environment())
            if lost:  # it is others' to begin it again
                break
            continue
        server = Server()
        try:
            with temporary_settings({PREFECT_API_URL: server.url}):
                lost = _shift(night, left, workers, server, _environment())
        finally:
            server.end()
    refusal = lost or Refusal([LOST_AGAIN])
    for album in _left(night, albums):
        night.know(Outcome(album.name, "failed", tuple(map(str, refusal.faults))))


def _left(night: Night, albums: Sequence[InboxAlbum]) -> list[InboxAlbum]:
    """The albums of which it is not known yet what came of them; none once the batch is stopped."""
    return [] if night.stop.is_set() else [album for album in albums if album.name not in night.outcomes.known]


def _environment() -> dict[str, str]:
    """What an album's process finds: this one's environment, and Prefect's settings as they are now."""
    return os.environ | get_current_settings().to_environment_variables(exclude_unset=True)


def _shift(
    night: Night, albums: Sequence[InboxAlbum], workers: int, server: PrefectServer, environment: Mapping[str, str]
) -> Refusal | None:
    """As many of `albums` as are done before the server is lost, if it is: then that is returned as a refusal.

    Prefect runs in a thread of its own: in the main thread it would take SIGTERM for itself, and it would wait for
    minutes for a server that is lost.
    """
    shift = Shift(night, environment, forks=len(albums) > 1)  # one alone is begun sooner by itself
    done = Future[None]()
    here = _Here(shift, {album.name: album for album in albums}, night)

    def run() -> None:
        _here.set(here)
        try:
            runner = cast(Any, ThreadPoolTaskRunner(max_workers=workers))
            with tags("glassmaster"), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
                batch_albums.with_options(task_runner=runner)([album.name for album in albums])
            done.set_result(None)
        except BaseException as error:
            done.set_exception(error)

    lost = ""
    try:
        server.answer()  # what albums are forked from gets ready meanwhile
        Thread(target=copy_context().run, args=(run,), daemon=True).start()
        lost = _lost(done, here, server)
    finally:  # also where the host of this is interrupted: nothing is at work any more when this returns
        shift.end()
        while not shift.idle():
            time.sleep(LOOK_S)
        shift.close()
    if lost:
        return server.refusal(lost)
    wait([done], timeout=GRACE_S)
    is_over = night.stop.is_set() or here.all_known() or not done.done()
    return None if is_over else _why(done.exception(), server)


def _lost(done: "Future[None]", here: _Here, server: PrefectServer) -> str:
    """Wait until a shift is done, or stopped; why its server counts as lost, if it does.

    So does one for which no album is at work for long, though some are left: Prefect has been seen to wait for ever.
    """
    idle_s = 0.0
    while not (done.done() or here.night.stop.is_set() or here.all_known()):
        wait([done], timeout=LOOK_S)
        if why := server.lost():
            return why
        idle_s = idle_s + LOOK_S if here.shift.idle() else 0.0
        if idle_s > STALLED_S:
            return f"for {STALLED_S:g} s it let no album begin"
    return ""


def _why(error: BaseException | None, server: PrefectServer) -> Refusal | None:
    """Why albums are left though the server answers, if that is Prefect's fault; what is this program's is raised."""
    if error is None:
        return None
    if server.lost() or isinstance(error, HTTPError | Refusal):
        return server.refusal(error)
    raise error


@flow(name="batch", validate_parameters=False)
@cancelled_if_stopped
def batch_albums(albums: list[str]) -> None:
    """Every one of `albums` mastered, and a table of what came of them."""
    here = _here.get()
    with untagged():
        futures = [named(album, here.albums[name].title).submit(name) for name in albums]
        for future in futures:
            future.wait()
    if here.night.stop.is_set():
        raise Stopped
    night_table(here.night.outcomes)


@task(name="album", cache_policy=NO_CACHE)
@cancelled_if_stopped
def album(name: str) -> str:
    """One album mastered by a process of its own; raises Refusal where it needs a person."""
    here = _here.get()
    outcome = here.shift.work_at(here.albums[name])
    if outcome is None:
        raise Stopped
    if outcome.kind == "failed":
        raise Refusal([Fault(name, reason) for reason in outcome.reasons])
    return outcome.kind
