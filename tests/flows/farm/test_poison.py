"""A run that was begun too often fails with its reason, on a real server."""

import pytest
from prefect import flow
from prefect.flow_engine import run_flow
from prefect.states import Scheduled

from pipeline.flows.farm.poison import MOST_STARTS, refuse_poison


@flow(name="album")
def album():
    refuse_poison()
    return "mastered"


@pytest.mark.parametrize("crashes", [0, MOST_STARTS - 1, MOST_STARTS])
def test_it_is_begun_as_often_as_is_allowed_and_then_fails(client, crashed, crashes):
    run = crashed(run=client.create_flow_run(album), times=crashes)
    client.set_flow_run_state(run.id, Scheduled(), force=True)
    run_flow(album, flow_run=client.read_flow_run(run.id), return_type="state")
    ended = client.read_flow_run(run.id)
    assert ended.run_count == crashes + 1
    if crashes < MOST_STARTS:
        assert ended.state.is_completed()
    else:
        assert ended.state.is_failed()
        assert f"{run.name}: was begun {MOST_STARTS} times and never came to its end" in ended.state.message


def test_outside_of_a_run_nothing_is_refused():
    refuse_poison(0)
