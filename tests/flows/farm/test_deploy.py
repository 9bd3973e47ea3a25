"""What is laid out for the farm's machines fits the program, the farm's rules and the Prefect that is installed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import pipeline.flows
from pipeline.flows.farm.recovery import HEARTBEAT_S
from tests.flows.farm import LONG

DEPLOY = Path(pipeline.flows.__file__).parent / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
WORKERS = [unit for unit in UNITS if "prefect worker start" in unit.read_text("utf-8")]
COMPOSE = YAML(typ="safe").load(DEPLOY / "compose.yaml")["services"]
DEPLOYMENTS = YAML(typ="safe").load(DEPLOY / "prefect.yaml")["deployments"]
SETUP = re.findall(r"^#   prefect (.+)$", (DEPLOY / "prefect.yaml").read_text("utf-8"), flags=re.M)
FLOW = "from prefect import flow\n\n" + "".join(f"@flow\ndef {each['name']}():\n    pass\n\n" for each in DEPLOYMENTS)


def environment_of(unit):
    return dict(re.findall(r"^Environment=(\w+)=(.*)$", unit.read_text("utf-8"), flags=re.M))


def queues_of(command):
    return set(re.findall(r"--work-queue (\w+)", command))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_a_unit_starts_ends_with_it_and_starts_again(unit):
    words = unit.read_text("utf-8")
    assert "\nRestart=always\n" in words
    assert "\nKillMode=control-group\n" in words
    assert environment_of(unit)["PREFECT_SERVER_ANALYTICS_ENABLED"] == "false"


def test_units_and_containers_have_the_settings_that_the_rules_count_on():
    of_workers = [*map(environment_of, WORKERS), COMPOSE["worker"]["environment"], COMPOSE["desk"]["environment"]]
    assert len(WORKERS) == 2
    for environment in of_workers:
        assert float(environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"]) == HEARTBEAT_S
        assert environment["PREFECT_LOCAL_STORAGE_PATH"] == "/srv/masters/.prefect"
    server = environment_of(DEPLOY / "systemd" / "glassmaster-server.service")
    for name in ("CONCURRENCY_LEASE_STORAGE", "SERVICES_DB_VACUUM_ENABLED", "SERVICES_LATE_RUNS_AFTER_SECONDS"):
        assert COMPOSE["server"]["environment"][f"PREFECT_SERVER_{name}"] == server[f"PREFECT_SERVER_{name}"]


def test_every_queue_is_served_and_a_batch_is_not_in_its_albums_way():
    made = {command.split()[2] for command in SETUP if command.startswith("work-queue create")}
    for commands in ([unit.read_text("utf-8") for unit in WORKERS], [each["command"] for each in work(COMPOSE)]):
        assert set().union(*map(queues_of, commands)) == made == {"rush", "night", "desk"}
        of = {each["name"]: each["work_pool"]["work_queue_name"] for each in DEPLOYMENTS}
        assert not [command for command in commands if {of["album"], of["batch"]} <= queues_of(command)]


def work(services):
    return [service for name, service in services.items() if name in ("worker", "desk")]


@LONG
def test_prefect_takes_the_deployments_as_they_are_written(client, server, tmp_path):
    place = tmp_path / "pipeline" / "flows"
    place.mkdir(parents=True)
    (place / "deployments.py").write_text(FLOW)
    for command in SETUP:
        words = command.replace("pipeline/flows/deploy/prefect.yaml", str(DEPLOY / "prefect.yaml")).split()
        ended = subprocess.run(
            [sys.executable, "-m", "prefect", *words],
            cwd=tmp_path,
            env={**server.environment, "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    found = {each.name: each for each in client.read_deployments()}
    assert {name: each.entrypoint for name, each in found.items() if name in ("album", "batch", "sweep")} == {
        each["name"]: each["entrypoint"] for each in DEPLOYMENTS
    }
    assert found["batch"].global_concurrency_limit.limit == 1
    assert found["batch"].concurrency_options.collision_strategy == "ENQUEUE"
    assert [schedule.schedule.interval.total_seconds() for schedule in found["sweep"].schedules] == [300]
    queues = {queue.name: queue.priority for queue in client.read_work_queues(work_pool_name="masters")}
    assert queues["rush"] < queues["night"]
