"""Automations on a real server: each there once however often they are asked for, and runs taken up again by them."""

import os
import signal
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID

import httpx
import pytest
from prefect.blocks.webhook import Webhook
from prefect.events.actions import SendNotification
from prefect.events.schemas.events import Event
from prefect.states import Crashed, Pending, Running, Scheduled
from pydantic import SecretStr

from pipeline.flows.farm.recovery import (
    MISSED,
    NIGHT_H,
    RETAKEN,
    dead_mans_switch,
    ensure_rules,
    notice,
    recovery_rules,
    webhook,
)
from tests.flows.farm import LONG
from tests.support.prefect_server import processes_of, wait_until

SOON_S = 10.0  # Prefect allows no shorter wait for what does not come
ALBUM = """
import time
from prefect import flow

@flow(name="{name}")
def album():
    time.sleep(10)
"""


@pytest.fixture
def rules():
    return recovery_rules(start_s=SOON_S, retake_s=SOON_S)


def there(client, flow_name):
    return [each for each in client.read_automations() if each.name.startswith(f"{flow_name}: ")]


def test_the_three_are_made_once_and_brought_up_to_date_by_name(client, flow_name):
    other = f"{flow_name}0"
    ensure_rules(client, other, recovery_rules())
    names = [f"{flow_name}: {name}" for name in ("zombie", "lost", "retake")]
    assert ensure_rules(client, flow_name, recovery_rules()) == dict.fromkeys(names, "created")
    ids = {each.id for each in there(client, flow_name)}
    assert ensure_rules(client, flow_name, recovery_rules()) == dict.fromkeys(names, "unchanged")
    done = ensure_rules(client, flow_name, recovery_rules(retake_s=40))
    assert done == {names[0]: "unchanged", names[1]: "unchanged", names[2]: "updated"}
    after = {each.name: each for each in there(client, flow_name)}
    assert {each.id for each in after.values()} == ids
    assert [after[name].trigger.within.total_seconds() for name in names] == [90, 180, 40]
    assert [each.trigger.within.total_seconds() for each in there(client, other) if "retake" in each.name] == [60]


def test_one_that_was_paused_stays_so_and_one_made_twice_becomes_one(client, flow_name, rules):
    ensure_rules(client, flow_name, rules)
    paused = next(each for each in there(client, flow_name) if each.name.endswith("retake"))
    client.pause_automation(paused.id)
    client.create_automation(rules[0].automation(flow_name))
    assert list(ensure_rules(client, flow_name, rules).values()) == ["updated", "unchanged", "unchanged"]
    assert len(there(client, flow_name)) == 3
    assert [each.name for each in there(client, flow_name) if not each.enabled] == [paused.name]
    changed = [replace(rule, within_s=rule.within_s + 1) for rule in rules]
    assert set(ensure_rules(client, flow_name, changed).values()) == {"updated"}
    assert [each.name for each in there(client, flow_name) if not each.enabled] == [paused.name]


def test_a_dead_mans_switch_is_kept_by_the_server_as_it_was_given(client, flow_name):
    block_id = UUID(int=7)
    ensure_rules(client, flow_name, [dead_mans_switch(notice(block_id))])
    (found,) = there(client, flow_name)
    assert found.trigger.within.total_seconds() == NIGHT_H * 3600
    (action,) = found.actions
    assert isinstance(action, SendNotification)
    assert action.block_document_id == block_id


@LONG
@pytest.mark.parametrize("times", [0, 1, 2], ids=["never began", "crashed", "crashed again at once"])
def test_a_run_that_died_is_retaken(client, flow_name, rules, deployed, crashed, times):
    ensure_rules(client, flow_name, rules)
    run = crashed(deployed(flow_name), times=times)
    if not times:
        client.set_flow_run_state(run.id, Pending())

    def names():
        return [state.name for state in sorted(client.read_flow_run_states(run.id), key=lambda each: each.timestamp)]

    wait_until(lambda: RETAKEN in names())
    assert names().index("Crashed") < names().index(RETAKEN)


@LONG
def test_a_run_killed_before_its_first_heartbeat_crashes(client, flow_name, deployed):
    ensure_rules(client, flow_name, recovery_rules(heartbeat_s=SOON_S / MISSED)[:1])
    run = client.create_flow_run_from_deployment(deployed(flow_name))
    client.set_flow_run_state(run.id, Running(), force=True)
    wait_until(lambda: client.read_flow_run(run.id).state.is_crashed())


@LONG
def test_a_late_heartbeat_of_a_first_start_does_not_count_against_the_second(
    client, flow_name, deployed, crashed, server
):
    ensure_rules(client, flow_name, recovery_rules(heartbeat_s=SOON_S / MISSED)[:1])
    run = crashed(deployed(flow_name))

    def beat():
        related = [{"prefect.resource.id": "flow", "prefect.resource.role": "flow", "prefect.resource.name": flow_name}]
        resource = {"prefect.resource.id": f"prefect.flow-run.{run.id}"}
        event = Event(event="prefect.flow-run.heartbeat", resource=resource, related=related)
        httpx.post(f"{server.url}/events", json=[event.model_dump(mode="json")], trust_env=False).raise_for_status()

    beat()
    time.sleep(0.8 * SOON_S)
    client.set_flow_run_state(run.id, Scheduled(name=RETAKEN))
    for begin in (Pending, Running):
        client.set_flow_run_state(run.id, begin())
    time.sleep(0.6 * SOON_S)
    for _ in range(4):
        beat()
        time.sleep(0.5 * SOON_S)
    assert client.read_flow_run(run.id).state.is_running()
    wait_until(lambda: client.read_flow_run(run.id).state.is_crashed())


@LONG
def test_after_a_power_cut_another_worker_ends_the_same_run(client, flow_name, deployed, server, tmp_path):
    (tmp_path / "album.py").write_text(ALBUM.format(name=flow_name))
    ensure_rules(client, flow_name, recovery_rules(retake_s=SOON_S))
    run = client.create_flow_run_from_deployment(deployed(flow_name, path=tmp_path))
    server.worker(flow_name, "--limit", "1")
    wait_until(lambda: client.read_flow_run(run.id).state.name == "Running")
    for process in of(server, flow_name, run.id):
        os.kill(process, signal.SIGKILL)
    server.worker(flow_name, "--limit", "1")
    wait_until(lambda: client.read_flow_run(run.id).state.name == "Completed", 400)
    assert client.read_flow_run(run.id).run_count == 2


@LONG
def test_that_a_run_has_not_ended_is_told_by_the_server_itself(client, flow_name, deployed):
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as door:
        Thread(target=door.serve_forever, daemon=True).start()
        Webhook(url=SecretStr(f"http://127.0.0.1:{door.server_address[1]}")).save(flow_name)
        block = client.read_block_document_by_name(flow_name, "webhook")
        ensure_rules(client, flow_name, [dead_mans_switch(webhook(block.id), within_h=SOON_S / 3600)])
        run = client.create_flow_run_from_deployment(deployed(flow_name))
        for begin_or_end in (Running, Crashed, Running):
            client.set_flow_run_state(run.id, begin_or_end(), force=True)
        wait_until(lambda: told)
        door.shutdown()
    assert str(run.id) in told[0]


def of(server, pool, run_id):
    """The worker of that pool and the process of that run."""
    words = (f"\0{pool}\0".encode(), str(run_id).encode())
    for process in processes_of(server.home):
        place = Path(f"/proc/{process}")
        said = (place / "cmdline").read_bytes() + b"\0" + (place / "environ").read_bytes()
        if any(word in said for word in words):
            yield process
