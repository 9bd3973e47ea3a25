"""`glassmaster cache`: what is remembered, shown and cleared; what others keep there is left."""

import json
import os

import pytest
from prefect.settings import PREFECT_LOCAL_STORAGE_PATH, temporary_settings

from pipeline.cli.app import run
from pipeline.cli.options import BAD_INPUT, PASSED
from pipeline.cli.shown.tables.cache import size
from pipeline.flows.cache_keys import program
from pipeline.system.result_cache import entry_name

THEIRS = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def cache(tmp_path):
    """Two entries of ours, one of another version's, and something of another program's."""
    sizes = {
        entry_name(program(), "measure", "a" * 64): 1000,
        entry_name(program(), "deliver", "b" * 64): 200,
        entry_name("ffffffff", "measure", "c" * 64): 30,
        THEIRS: 4,
    }
    for name, count in sizes.items():
        (tmp_path / name).write_bytes(bytes(count))
        os.utime(tmp_path / name, (1e9, 1e9))
    with temporary_settings({PREFECT_LOCAL_STORAGE_PATH: tmp_path}):
        yield tmp_path


def test_it_is_shown_as_json(cache, capsys):
    assert run(["cache", "show", "--json"]) == PASSED
    assert json.loads(capsys.readouterr().out) == {
        "folder": str(cache),
        "entries": 3,
        "bytes": 1230,
        "kinds": {"deliver": {"entries": 1, "bytes": 200}, "measure": {"entries": 2, "bytes": 1030}},
        "other_versions": {"entries": 1, "bytes": 30},
        "oldest_used": "2001-09-09T01:46:40+00:00",
        "bounds": {"bytes": 10**10, "days": 90.0},
    }


def test_it_is_shown_to_people(cache, capsys):
    assert run(["cache", "show"]) == PASSED
    told = " ".join(capsys.readouterr().out.split())
    assert str(cache) in told.replace(" ", "")
    assert "mixes measured 2 1.03 kB" in told
    assert "together 3 1.23 kB" in told
    assert "by other versions 1 30 bytes" in told
    assert "kept within 10 GB; what has not been used for 90 days is forgotten" in told


@pytest.mark.parametrize(
    ("words", "left", "freed"),
    [((), 0, 1230), (("--all",), 0, 1230), (("--other-versions",), 2, 30)],
    ids=["usually", "all", "other versions"],
)
def test_ours_alone_is_cleared(cache, capsys, words, left, freed):
    assert run(["cache", "clear", "--json", *words]) == PASSED
    assert json.loads(capsys.readouterr().out) == {"folder": str(cache), "removed": 3 - left, "bytes": freed}
    names = {path.name for path in cache.iterdir()}
    assert THEIRS in names
    assert len(names) == left + 1


def test_what_was_cleared_is_told(cache, capsys):
    assert run(["cache", "clear"]) == PASSED
    assert capsys.readouterr().out.startswith("3 entries forgotten, 1.23 kB freed in ")
    assert {path.name for path in cache.iterdir()} == {THEIRS}


def test_bounds_that_make_no_sense_are_refused(cache, capsys, monkeypatch):  # noqa: ARG001
    monkeypatch.setenv("GLASSMASTER_CACHE_GB", "much")
    assert run(["cache", "show"]) == BAD_INPUT
    assert "GLASSMASTER_CACHE_GB: found 'much'; wanted a number" in capsys.readouterr().err


def test_sizes_are_told_to_three_digits():
    counts = [0, 999, 1000, 12345, 999_499, 999_500, 10**9, 10**15]
    told = ["0 bytes", "999 bytes", "1 kB", "12.3 kB", "999 kB", "1 MB", "1 GB", "1 PB"]
    assert [size(count) for count in counts] == told
