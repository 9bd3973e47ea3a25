"""Schedules fire: with some versions that Prefect allows beside itself its scheduler fails, and nobody is told."""

import sys

import httpx
import pytest

from tests.support.prefect_server import INTERRUPTIBLE, lasting_server, wait_until

TICK = f"""
{INTERRUPTIBLE}
from prefect import flow

@flow
def tick():
    pass

if __name__ == "__main__":
    tick.serve("each-minute", cron="* * * * *", pause_on_shutdown=False)
"""
FIRES_WITHIN_S = 120.0
LOOK_S = 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="what was started is found again by Linux's /proc")
def test_a_cron_fires_with_the_installed_versions(tmp_path):
    with lasting_server(tmp_path / "home", PREFECT_RUNNER_POLL_FREQUENCY="2") as server:
        (tmp_path / "tick.py").write_text(TICK)
        server.run(str(tmp_path / "tick.py"))

        def completed():
            wanted = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
            found = httpx.post(f"{server.url}/flow_runs/filter", json=wanted, timeout=30, trust_env=False).json()
            return [run for run in found if run["auto_scheduled"]]

        wait_until(completed, FIRES_WITHIN_S, LOOK_S)
