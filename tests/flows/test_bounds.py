"""What is bounded for Prefect's sake: its own bounds have let in versions with which it failed, once silently."""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pipeline.flows.farm.recovery import HEARTBEAT_S

PROJECT = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text("utf-8"))["project"]
BOUNDS = {asked.name: asked.specifier for asked in map(Requirement, PROJECT["dependencies"])}


@pytest.mark.parametrize(
    ("package", "failed"),
    [
        ("fastapi", "0.141"),  # Prefect 3.8 failed to import
        ("sqlalchemy", "2.1"),  # with 3.8 no schedule fired: see test_schedules
        ("whenever", "0.10.5"),  # with 3.9 no cron fires
    ],
)
def test_no_version_with_which_prefect_has_failed_is_let_in(package, failed):
    assert not BOUNDS[package].contains(failed)
    assert BOUNDS[package].contains(version(package))


def test_runs_that_are_served_send_heartbeats_as_often_as_the_farm_s_rules_count_on():
    program = (
        "import pipeline.flows\n"
        "from prefect.settings import get_current_settings\n"
        "print(get_current_settings().flows.heartbeat_frequency)"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    told = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert float(told.stdout) == HEARTBEAT_S
