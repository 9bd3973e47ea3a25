"""The guarantee that no run stays where it died: from time to time all are looked at, whatever automations have done.

It is told nothing by events, which a server that was started again does not join to those from before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.responses import SetStateStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.states import Failed, Scheduled

from pipeline.flows.farm.poison import MOST_STARTS, worn_out
from pipeline.flows.farm.recovery import RETAKEN

PAGE = 200  # runs in an answer; Prefect gives no more
SETTLED_S = 120.0  # a run that crashed a shorter while ago is the automation's, which is faster

Make = Callable[[], Sequence[str]]
"""Makes a run for each album that is ready, undelivered and without a live run; the names of those albums."""


@dataclass(frozen=True)
class Swept:
    """What a sweep did, by the names of the runs; `made` are albums that a run was made for."""

    retaken: tuple[str, ...] = ()
    given_up: tuple[str, ...] = ()
    made: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line, as it stands beside the sweep's own run."""
        told = [
            f"{len(names)} {what} ({', '.join(names)})"
            for what, names in (("retaken", self.retaken), ("given up", self.given_up), ("made", self.made))
            if names
        ]
        return "; ".join(told) or "nothing was left lying"


def nothing_to_make() -> Sequence[str]:
    """Where runs are made by others alone."""
    return ()


def sweep_runs(
    client: SyncPrefectClient, flow_names: Sequence[str], make: Make = nothing_to_make, settled_s: float = SETTLED_S
) -> Swept:
    """Take up again every run of the named flows that has been Crashed for `settled_s`, then `make` what is missing.

    A run that was begun MOST_STARTS times becomes Failed, with the reason. Runs without a deployment, which no worker
    could take, are left alone. Raises httpx.HTTPError.
    """
    before = datetime.now(UTC) - timedelta(seconds=settled_s)
    crashed = [run.id for run in _crashed(client, flow_names) if _is_settled(run, before)]
    retaken, given_up = list[str](), list[str]()
    for run_id in crashed:
        run = client.read_flow_run(run_id)
        if not _is_settled(run, before):
            continue  # somebody has taken it meanwhile
        is_worn_out = run.run_count >= MOST_STARTS
        state: State[object] = Failed(message=worn_out(run.run_count)) if is_worn_out else _retaken()
        if client.set_flow_run_state(run_id, state).status is SetStateStatus.ACCEPT:
            (given_up if is_worn_out else retaken).append(run.name)
    return Swept(tuple(retaken), tuple(given_up), tuple(make()))


def _retaken() -> State[object]:
    return Scheduled(name=RETAKEN, message="It was found crashed by a sweep and is taken up again.")


def _is_settled(run: FlowRun, before: datetime) -> bool:
    state = run.state
    return bool(state and state.type is StateType.CRASHED and state.timestamp < before)


def _crashed(client: SyncPrefectClient, flow_names: Sequence[str]) -> Iterator[FlowRun]:
    """All Crashed runs of those flows, to be read to the end before one is changed: pages are counted, not marked."""
    wanted = FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.CRASHED])),
        deployment_id=FlowRunFilterDeploymentId(is_null_=False),
    )
    flows = FlowFilter(name=FlowFilterName(any_=list(flow_names)))
    offset, page = 0, PAGE
    while page == PAGE:
        found = client.read_flow_runs(
            flow_filter=flows, flow_run_filter=wanted, sort=FlowRunSort.ID_DESC, limit=PAGE, offset=offset
        )
        yield from found
        page, offset = len(found), offset + len(found)
