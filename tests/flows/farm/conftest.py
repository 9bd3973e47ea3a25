"""One server for all tests of the farm, its client, and runs that came to what state is wanted."""

import sys
from itertools import count

import pytest
from prefect import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, PREFECT_LOGGING_TO_API_ENABLED, temporary_settings
from prefect.states import Crashed, Pending, Running, Scheduled

from tests.flows.farm import ALL
from tests.support.postgresql import private_cluster
from tests.support.prefect_server import lasting_server

NUMBER = count(1)


@pytest.fixture(scope="package")
def database():
    if not ALL:
        yield ""
        return
    with private_cluster() as cluster:
        yield cluster.url


@pytest.fixture(scope="package")
def server(tmp_path_factory, database):
    if sys.platform != "linux":
        pytest.skip("what was started is found again by Linux's /proc")
    settings = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30", "PREFECT_WORKER_QUERY_SECONDS": "2"}
    with lasting_server(tmp_path_factory.mktemp("farm"), database, **settings) as server:
        yield server


@pytest.fixture
def client(server):
    settings = {PREFECT_API_URL: server.url, PREFECT_HOME: server.home, PREFECT_LOGGING_TO_API_ENABLED: False}
    with temporary_settings(settings), get_client(sync_client=True) as client:
        yield client


@pytest.fixture
def flow_name():
    """Of a flow that no other test knows."""
    return f"album-{next(NUMBER)}"


@pytest.fixture
def deployed(client):
    """A deployment of the flow of a name, for a pool of its own; its flow is to be found at `entrypoint`."""

    def deploy(flow_name, entrypoint="album.py:album", path="."):
        client.create_work_pool(WorkPoolCreate(name=flow_name, type="process"))
        return client.create_deployment(
            flow_id=client.create_flow_from_name(flow_name),
            name=flow_name,
            work_pool_name=flow_name,
            entrypoint=entrypoint,
            path=str(path),
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(path)}}],
        )

    return deploy


@pytest.fixture
def crashed(client):
    """Have a run of a deployment, or one of its own, begin and crash as often as is wanted; the run."""

    def crash(deployment_id=None, *, run=None, times=1):
        run = run or client.create_flow_run_from_deployment(deployment_id)
        for _ in range(times):
            for state in (Scheduled, Pending, Running, Crashed):
                client.set_flow_run_state(run.id, state(), force=True)
        return client.read_flow_run(run.id)

    return crash
