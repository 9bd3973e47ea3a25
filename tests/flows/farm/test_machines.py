"""Albums on a farm against PostgreSQL: machines, processes, server and database die, and each album is delivered once.

A few albums and one power cut in the suite; all of it under `GLASSMASTER_FARM=all`, as `make farm-test` has it.
"""

import json
import os
import random
import signal
import sys
import time

import pytest
from prefect.client.schemas.filters import TaskRunFilter, TaskRunFilterName
from prefect.client.schemas.objects import FlowRun

from pipeline.flows.farm.sweep import sweep_runs
from tests.support.farm import Farm, farm
from tests.support.inbox import an_inbox, delivered, journal_lines
from tests.support.prefect_server import wait_until
from tests.support.processes import children_of

IS_WHOLE = os.environ.get("GLASSMASTER_FARM") == "all"
COUNT = 12 if IS_WHOLE else 3
CUTS = 6 if IS_WHOLE else 1
ENDS_WITHIN_S = 2400.0
ENDED = ("Completed", "Failed", "Cancelled", "Skipped")  # for good: what crashed is taken up again
PAGE = 200

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what was started is found again by Linux's /proc")
whole = pytest.mark.skipif(not IS_WHOLE, reason="takes long; `make farm-test` runs it")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A label with albums, and their masters by a batch that nobody disturbed."""
    label = an_inbox(tmp_path_factory.mktemp("label"), COUNT)
    code, _, said = label.run(label.folder / "out", "--workers", "2")
    assert code == 0, said
    return label, delivered(label.folder / "out")


@pytest.fixture
def there(undisturbed, tmp_path):
    """A farm with that inbox, two workers for albums and one for batches."""
    with farm(tmp_path) as found:
        found.inbox.rmdir()
        found.inbox.symlink_to(undisturbed[0].inbox)
        found.hire("desk", "desk", limit=2)
        for name in ("one", "two"):
            found.hire(name, "rush", "night")
        yield found


def outcome(there: Farm, run: FlowRun) -> dict[str, list[object]]:
    """What came of a batch, once it has ended."""
    wait_until(lambda: there.state(run) in ENDED, ENDS_WITHIN_S, 1.0)
    assert there.state(run) == "Completed", there.client.read_flow_run(run.id).state
    found: dict[str, list[object]] = json.loads((there.out / "batch.json").read_text())
    return found


def once_each(there: Farm, wanted: dict[str, dict[str, bytes]]) -> None:
    """Every album lies there whole, was entered once, and nothing of it was finished twice."""
    assert delivered(there.out) == wanted
    assert journal_lines(there.out) == dict.fromkeys(wanted, 1)
    assert not [*there.out.glob("*/.*")]
    for task, most in (("deliver", 1), ("measure", 2)):
        for album, count in completed(there, task).items():
            assert count <= most, (album, task, count)


def completed(there: Farm, task: str) -> dict[str, int]:
    """How often a task of each album was done to its end, and not remembered."""
    found, offset, page = dict[str, int](), 0, PAGE
    names = ["streaming"] if task == "deliver" else ["01 Song 1", "02 Song 2"]
    while page == PAGE:
        wanted = TaskRunFilter(name=TaskRunFilterName(any_=names))
        runs = there.client.read_task_runs(task_run_filter=wanted, limit=PAGE, offset=offset)
        for run in runs:
            if run.state_name == "Completed" and run.flow_run_id:
                album = there.client.read_flow_run(run.flow_run_id).name
                found[album] = found.get(album, 0) + 1
        page, offset = len(runs), offset + len(runs)
    return found


def at_work(there: Farm) -> bool:
    return bool([*there.out.glob("*/.streaming.*.part")])


def test_machines_that_lose_their_power_lose_no_album(there, undisturbed):
    chance = random.Random(7)  # noqa: S311 - no secret
    run = there.ask("batch/batch")
    for number in range(CUTS):
        wait_until(lambda: at_work(there) or there.state(run) in ENDED, ENDS_WITHIN_S)
        time.sleep(chance.uniform(0.0, 3.0))
        name = chance.choice(("one", "two"))
        there.power_cut(name)
        if number % 2:
            there.power_cut({"one": "two", "two": "one"}[name])
        for each in ("one", "two"):
            if each not in there.workers:
                there.hire(each, "rush", "night")
    found = outcome(there, run)
    assert sorted(map(str, (*found["delivered"], *found["unchanged"]))) == sorted(undisturbed[1])
    assert not found["failed"]
    once_each(there, undisturbed[1])


@whole
def test_a_run_that_is_killed_leaves_its_worker_and_the_other_album_alone(there, undisturbed):
    there.power_cut("two")
    there.power_cut("one")
    there.hire("both", "rush", "night", limit=2)
    run = there.ask("batch/batch")
    worker = there.workers["both"]
    wait_until(lambda: len(children_of(worker.pid)) == 2 and at_work(there), ENDS_WITHIN_S)
    os.kill(children_of(worker.pid)[0], signal.SIGKILL)
    assert not outcome(there, run)["failed"]
    assert worker.poll() is None
    once_each(there, undisturbed[1])


@whole
def test_a_server_and_a_database_that_go_away_for_a_while_lose_no_album(there, undisturbed):
    run = there.ask("batch/batch")
    wait_until(lambda: at_work(there), ENDS_WITHIN_S)
    there.server.kill()
    there.server.start()
    wait_until(lambda: at_work(there) or there.state(run) in ENDED, ENDS_WITHIN_S)
    there.database.stop()
    time.sleep(30.0)
    there.database.start()
    wait_until(lambda: at_work(there) or there.state(run) in ENDED, ENDS_WITHIN_S)
    for worker in ("one", "two"):
        for pid in children_of(there.workers[worker].pid)[:1]:
            os.kill(pid, signal.SIGKILL)
    until_s = time.monotonic() + ENDS_WITHIN_S
    # Automations see nothing of what began before: the sweep takes it up. A batch that is healthy may count as crashed,
    # since no heartbeat of it was heard: it goes on, and the one that is begun in its place leaves it to that.
    while there.state(run) not in ENDED or not (there.out / "batch.json").exists():
        assert time.monotonic() < until_s
        sweep_runs(there.client, ("album", "batch"), settled_s=5.0)
        time.sleep(5.0)
    found = json.loads((there.out / "batch.json").read_text())
    assert sorted(map(str, (*found["delivered"], *found["unchanged"]))) == sorted(undisturbed[1])
    once_each(there, undisturbed[1])


@whole
def test_a_batch_that_is_killed_finds_the_runs_that_it_has_made(there, undisturbed):
    run = there.ask("batch/batch")
    wait_until(lambda: at_work(there), ENDS_WITHIN_S)
    there.power_cut("desk")
    there.hire("desk", "desk", limit=2)
    assert not outcome(there, run)["failed"]
    assert len({album.name for album in there.client.read_flow_runs() if album.name in undisturbed[1]}) == COUNT
    once_each(there, undisturbed[1])
