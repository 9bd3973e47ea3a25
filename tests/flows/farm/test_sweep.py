"""A sweep on a real server: what crashed is taken up again, a few times; what is not its own is left alone."""

from prefect import flow
from prefect.states import Scheduled

from pipeline.flows.farm import sweep as sweeping
from pipeline.flows.farm.poison import MOST_STARTS
from pipeline.flows.farm.recovery import RETAKEN
from pipeline.flows.farm.sweep import Swept, sweep_runs
from tests.flows.farm import LONG
from tests.support.prefect_server import wait_until

KILLED_AT_FIRST = """
import os, signal
from prefect import flow
from prefect.runtime import flow_run

@flow(name="{name}")
def album():
    if flow_run.run_count == 1:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def state_of(client, run):
    return client.read_flow_run(run.id).state


def test_crashed_runs_are_retaken_page_by_page(client, flow_name, deployed, crashed, monkeypatch):
    monkeypatch.setattr(sweeping, "PAGE", 2)
    deployment = deployed(flow_name)
    runs = [crashed(deployment) for _ in range(5)]
    done = sweep_runs(client, [flow_name], settled_s=0)
    assert sorted(done.retaken) == sorted(run.name for run in runs)
    assert {state_of(client, run).name for run in runs} == {RETAKEN}
    assert sweep_runs(client, [flow_name], settled_s=0) == Swept()


def test_one_that_crashed_just_now_is_left_to_the_automation(client, flow_name, deployed, crashed):
    run = crashed(deployed(flow_name))
    assert sweep_runs(client, [flow_name], settled_s=3600) == Swept()
    assert state_of(client, run).is_crashed()


def test_one_begun_too_often_fails_with_the_reason(client, flow_name, deployed, crashed):
    run = crashed(deployed(flow_name), times=MOST_STARTS)
    assert sweep_runs(client, [flow_name], settled_s=0) == Swept(given_up=(run.name,))
    assert state_of(client, run).is_failed()
    assert f"was begun {MOST_STARTS} times" in state_of(client, run).message


def test_runs_of_others_and_those_no_worker_could_take_are_left_alone(client, flow_name, deployed, crashed):
    others = crashed(deployed(flow_name))
    alone = crashed(run=client.create_flow_run(flow(name=f"{flow_name}-alone")(lambda: None)))
    assert sweep_runs(client, [f"{flow_name}-alone"], settled_s=0) == Swept()
    assert state_of(client, others).is_crashed()
    assert state_of(client, alone).is_crashed()


def test_one_that_is_taken_while_it_is_looked_at_is_not_taken_twice(client, flow_name, deployed, crashed, monkeypatch):
    run, read = crashed(deployed(flow_name)), client.read_flow_run

    def taken_first(run_id):
        client.set_flow_run_state(run_id, Scheduled(name="taken by the automation"))
        return read(run_id)

    monkeypatch.setattr(client, "read_flow_run", taken_first)
    assert sweep_runs(client, [flow_name], settled_s=0) == Swept()
    assert read(run.id).state.name == "taken by the automation"


def test_runs_are_made_for_albums_that_have_none(client, flow_name):
    assert sweep_runs(client, [flow_name], lambda: ["quiet-rooms"]) == Swept(made=("quiet-rooms",))


@LONG
def test_a_run_whose_process_was_killed_is_ended_by_the_same_worker(client, flow_name, deployed, server, tmp_path):
    (tmp_path / "album.py").write_text(KILLED_AT_FIRST.format(name=flow_name))
    run = client.create_flow_run_from_deployment(deployed(flow_name, path=tmp_path))
    worker = server.worker(flow_name, "--limit", "1")
    wait_until(lambda: state_of(client, run).is_crashed())
    wait_until(lambda: sweep_runs(client, [flow_name]).retaken == (run.name,))
    wait_until(lambda: state_of(client, run).is_completed())
    assert client.read_flow_run(run.id).run_count == 2
    assert worker.poll() is None
