"""A farm on one machine: PostgreSQL, Prefect's server with a password, a pool and its queues, workers, an inbox."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, PREFECT_HOME, temporary_settings

from pipeline.flows.deployments import NAMES, album, batch, sweep
from pipeline.flows.farm.recovery import ensure_rules, recovery_rules
from tests.support.postgresql import Cluster, private_cluster
from tests.support.prefect_server import LastingServer, lasting_server
from tests.support.processes import descendants_of

POOL, QUEUES = "masters", {"rush": 1, "night": 2, "desk": 3}
AUTH = "glassmaster:a-password-of-tests"
ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "PREFECT_SERVER_API_AUTH_STRING": AUTH,
    "PREFECT_API_AUTH_STRING": AUTH,
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_WORKER_QUERY_SECONDS": "2",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}


class Farm:
    """What is there: the server, its client, the database, the workers by name, an inbox, and where masters go."""

    def __init__(self, folder: Path, server: LastingServer, database: Cluster, client: SyncPrefectClient) -> None:
        """No worker is there yet."""
        self.inbox, self.out = folder / "inbox", folder / "out"
        self.inbox.mkdir(exist_ok=True)
        self.server, self.database, self.client = server, database, client
        self.workers = dict[str, subprocess.Popen[bytes]]()

    def set_up(self, start_s: float = 120.0) -> None:
        """The pool, its queues, the deployments and the automations."""
        self.client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
        for name, priority in QUEUES.items():
            self.client.create_work_queue(name, work_pool_name=POOL, priority=priority)
        where = {"inbox": str(self.inbox), "out": str(self.out)}
        desk = {"work_pool_name": POOL, "work_queue_name": "desk", "build": False, "push": False}
        source = str(ROOT)
        for flow, queue, parameters in (
            (album, "night", where),
            (batch, "desk", {**where, "as_runs": True}),
            (sweep, "desk", {}),
        ):
            entrypoint = f"pipeline/flows/deployments.py:{flow.name}"
            found: Any = flow.from_source(source=source, entrypoint=entrypoint)
            found.deploy(flow.name, **{**desk, "work_queue_name": queue}, parameters=parameters, print_next_steps=False)
        for name in NAMES:
            ensure_rules(self.client, name, recovery_rules(start_s=start_s))

    def hire(self, name: str, *queues: str, limit: int = 1) -> None:
        """A worker for these queues."""
        words = [word for queue in queues for word in ("--work-queue", queue)]
        self.workers[name] = self.server.worker(POOL, *words, "--limit", str(limit), "--name", name)

    def power_cut(self, name: str) -> None:
        """The worker is gone with all that it had begun, as when its machine loses its power."""
        worker = self.workers.pop(name)
        below = descendants_of(worker.pid)
        for pid in (worker.pid, *below):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        worker.wait()

    def ask(self, deployment: str, **parameters: Any) -> FlowRun:
        """A run of a deployment, as `batch/batch`."""
        found = self.client.read_deployment_by_name(deployment)
        return self.client.create_flow_run_from_deployment(found.id, parameters={**found.parameters, **parameters})

    def state(self, run: FlowRun) -> str:
        """How far a run is; nothing while the server does not answer."""
        try:
            state = self.client.read_flow_run(run.id).state
        except httpx.HTTPError:
            return ""
        return str(state.name) if state else ""


@contextmanager
def farm(folder: Path) -> Iterator[Farm]:
    """A farm that is set up, without workers; all of it is ended with the block."""
    with ExitStack() as stack:
        database = stack.enter_context(private_cluster())
        storage = {"PREFECT_LOCAL_STORAGE_PATH": str(folder / "results"), **SETTINGS}
        server = stack.enter_context(lasting_server(folder / "home", database.url, **storage))
        client_settings = {PREFECT_API_URL: server.url, PREFECT_HOME: server.home, PREFECT_API_AUTH_STRING: AUTH}
        stack.enter_context(temporary_settings(client_settings))
        client = stack.enter_context(get_client(sync_client=True))
        made = Farm(folder, server, database, client)
        made.set_up()
        yield made
