"""A run of its own for each album, for whatever machine takes it: made once for each state of an album, and waited for.

What came of an album is read from the last state of its run, as `deployments.album` leaves it there.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from threading import Event
from typing import Any
from uuid import UUID

from httpx import HTTPError
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.states import Scheduled

from pipeline.batch.inbox import InboxAlbum
from pipeline.batch.night import SilentBatchWatcher
from pipeline.batch.outcome import Kind, Outcome, Outcomes
from pipeline.batch.request import Request, batch_at_work, remembered_outcome
from pipeline.batch.stillness import fingerprint, is_ready, is_settled
from pipeline.system.progress import Stopped

DEPLOYMENT = "album/album"  # flow and deployment, as Prefect names both
RUSH, NIGHT = "rush", "night"  # queues of a work pool
LOOK_S = 3.0  # between looks at runs that are waited for
AWAY_S = 3600.0  # without an answer of the server, until a batch gives up: albums' runs need it as well (taste)
PAGE = 200  # runs in an answer; Prefect gives no more
KINDS: Mapping[str, Kind] = {"Delivered": "delivered", "Unchanged": "unchanged", "Waiting": "waiting"}


def work_off(request: Request, parameters: Mapping[str, Any], key: str, stop: Event) -> Outcomes:
    """A run for every album that is not known to be unchanged, and what came of all; batch.json is written.

    `key` is that of the batch: killed and begun again, it finds the runs that it has made. A server that does not
    answer is asked again; raises httpx.HTTPError where it has not for long. Raises Stopped where `stop` was set; the
    albums' runs go on, and the next batch finds what they delivered.
    """
    with (
        batch_at_work(request, 0, SilentBatchWatcher(), stop) as (night, albums),
        get_client(sync_client=True) as client,
    ):
        album_runs = AlbumRuns(client, parameters)
        runs = {album_runs.made(album, key).id: album for album in albums}
        heard_s = time.monotonic()
        while runs and not stop.is_set():
            try:
                for run in _ended(client, list(runs)):
                    night.know(_outcome(runs.pop(run.id), run))
                heard_s = time.monotonic()
            except HTTPError:
                if time.monotonic() > heard_s + AWAY_S:
                    raise
            if runs:
                stop.wait(LOOK_S)
    if stop.is_set():
        raise Stopped
    return night.outcomes


class AlbumRuns:
    """Runs of albums, made once for each state that an album's folder comes to, with `parameters`."""

    def __init__(self, client: SyncPrefectClient, parameters: Mapping[str, Any]) -> None:
        """None is made; raises ObjectNotFound where nobody has deployed what makes them."""
        self._client, self._parameters = client, parameters
        self._deployment = client.read_deployment_by_name(DEPLOYMENT)

    def made(self, album: InboxAlbum, key: str = "") -> FlowRun:
        """The run of an album as it now lies in the inbox, made if there is none yet for this `key`."""
        queue = (RUSH if album.is_rush else NIGHT) if self._deployment.work_pool_name else None
        return self._client.create_flow_run_from_deployment(
            self._deployment.id,
            parameters={**self._parameters, "name": album.name},
            idempotency_key=f"{key} {album.name} {fingerprint(album.folder)}",
            tags=["glassmaster", album.name],
            state=Scheduled(),
            work_queue_name=queue,
        )


def runs_for_settled(
    client: SyncPrefectClient, request: Request, still_s: float, parameters: Mapping[str, Any]
) -> Sequence[str]:
    """A run for each album that is whole, undelivered and has been still for so long; those that had none before."""
    runs, made, now_s = AlbumRuns(client, parameters), list[str](), time.time()
    for album in request.albums():
        if album.is_held or not (album.album or is_ready(album.folder)) or remembered_outcome(request, album):
            continue
        if not is_settled(album.folder, still_s, now_s):
            continue
        run = runs.made(album)
        if run.run_count == 0 and run.created and run.created.timestamp() >= now_s:
            made.append(album.name)
    return made


def _ended(client: SyncPrefectClient, ids: Sequence[UUID]) -> Iterable[FlowRun]:
    """Those of the runs that have come to their end for good; a crashed one is taken up again."""
    for begin in range(0, len(ids), PAGE):
        wanted = FlowRunFilter(id=FlowRunFilterId(any_=list(ids[begin : begin + PAGE])))
        for run in client.read_flow_runs(flow_run_filter=wanted, limit=PAGE):
            if run.state and run.state.is_final() and not run.state.is_crashed():
                yield run


def _outcome(album: InboxAlbum, run: FlowRun) -> Outcome:
    state = run.state
    took_s = run.total_run_time.total_seconds() if run.total_run_time else 0.0
    found = Outcome(album.name, "failed", took_s=took_s)
    if state and state.is_completed():
        return replace(found, kind=KINDS.get(str(state.name), "delivered"))
    reasons = tuple(line for line in (state.message or "").split("\n") if line) if state else ()
    if state and state.is_cancelled():
        reasons = (*reasons, "its run was cancelled by a person")
    return replace(found, reasons=reasons or ("its run failed, and does not say why",))
