"""Where results are remembered: where the user says, within bounds, and told apart by program."""

import os
import subprocess
import sys

import pytest
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, temporary_settings

from albums.faults import Refusal
from pipeline.flows import cache_keys
from pipeline.flows.cache_folder import about_to_be_used, bounded_cache, cache_folder
from pipeline.system.result_cache import entries, entry_name

ASKED = """
import pipeline.flows
from pipeline.flows.cache_folder import cache_folder
print(cache_folder())
"""
OWN = ("GLASSMASTER_CACHE", "PREFECT_LOCAL_STORAGE_PATH", "PREFECT_RESULTS_LOCAL_STORAGE_PATH")


def asked(folder, **more):
    environment = {key: value for key, value in os.environ.items() if key not in OWN} | more
    return subprocess.run(
        [sys.executable, "-c", ASKED], cwd=folder, env=environment | {"PYTHONPATH": os.getcwd()},  # noqa: PTH109
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_lies_where_the_user_says(tmp_path):
    assert asked(tmp_path, GLASSMASTER_CACHE="here").stdout.strip() == str(tmp_path / "here")
    home = asked(tmp_path, GLASSMASTER_CACHE="~/cache", HOME=str(tmp_path)).stdout.strip()
    assert home == str(tmp_path / "cache")


@pytest.mark.parametrize("name", OWN[1:])
def test_what_is_said_in_prefect_s_own_terms_holds(tmp_path, name):
    told = asked(tmp_path, GLASSMASTER_CACHE=str(tmp_path / "ours"), **{name: str(tmp_path / "theirs")})
    assert told.stdout.strip() == str(tmp_path / "theirs")


def test_a_place_that_cannot_be_written_to_is_refused(tmp_path):
    (tmp_path / "file").touch()
    told = asked(tmp_path, GLASSMASTER_CACHE="file/in/it")
    assert "file/in/it: is where results would be remembered, and cannot be written to" in told.stderr


@pytest.fixture
def folder(tmp_path):
    with temporary_settings({PREFECT_LOCAL_STORAGE_PATH: tmp_path}):
        yield tmp_path


def put(folder, program):
    path = folder / entry_name(program, "measure", "a" * 64)
    path.write_bytes(b"1")
    os.utime(path, (1e9, 1e9))
    return path


def test_after_a_run_the_cache_is_within_its_bounds_and_not_before(folder):
    path = put(folder, cache_keys.program())
    with bounded_cache():
        assert path.exists()
    assert not path.exists()


def test_what_a_run_is_about_to_use_outlives_it(folder):
    path = put(folder, cache_keys.program())
    with bounded_cache():
        about_to_be_used([path.name])
    assert [entry.path for entry in entries(cache_folder())] == [path]


def test_bounds_that_make_no_sense_are_refused_before_anything_is_done(folder, monkeypatch):  # noqa: ARG001
    monkeypatch.setenv("GLASSMASTER_CACHE_DAYS", "soon")
    with pytest.raises(Refusal, match="GLASSMASTER_CACHE_DAYS"), bounded_cache():
        pytest.fail("it was begun")
