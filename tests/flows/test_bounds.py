"""What is bounded for Prefect's sake: its own bounds let in versions with which it fails, one of them silently."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = tomllib.loads(Path(__file__).parents[2].joinpath("pyproject.toml").read_text("utf-8"))["project"]
BOUNDS = {asked.name: asked.specifier for asked in map(Requirement, PROJECT["dependencies"])}


@pytest.mark.parametrize(
    ("package", "fails_from"),
    [
        ("fastapi", "0.141"),  # Prefect fails to import
        ("sqlalchemy", "2.1"),  # no schedule fires: see test_schedules
    ],
)
def test_no_version_with_which_prefect_fails_is_let_in(package, fails_from):
    assert not BOUNDS[package].contains(fails_from)
    assert BOUNDS[package].contains(version(package))
