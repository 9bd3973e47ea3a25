"""The command as a process of its own, where things are not as at a desk: no UTF-8, no home, a pipe, a full disk."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.options import BAD_INPUT, PASSED, UNWRITTEN
from tests.support.music import music, three_songs

GLASSMASTER = [sys.executable, "-m", "pipeline"]
TITLE = "夜の歌 – ‘x’ \u202e:fire:"


def environment(**more):
    """As it is, without what says how wide or how colourful a terminal is."""
    kept = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LANG", "LC_ALL", "PYTHONUTF8")}
    return kept | {"XDG_STATE_HOME": "/dev/null/nowhere"} | more


def run(*words, **how):
    given = {"env": environment(), "capture_output": True, "timeout": 300, **how}
    return subprocess.run([*GLASSMASTER, *map(str, words)], check=False, **given)


@pytest.fixture(scope="module")
def album(tmp_path_factory):
    songs = three_songs(tmp_path_factory.mktemp("environments") / "album")
    songs.manifest["deliverables"] = ["cd-wav", "streaming", "vinyl-12in-33"]
    songs.manifest["tracks"][0]["title"] = TITLE
    return songs.write()


@pytest.mark.parametrize(
    "more",
    [
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1:strict", "PYTHONUTF8": "0"},
    ],
    ids=str,
)
def test_where_there_is_no_utf_8_characters_are_written_out(album, more):
    told = run("check", album, env=environment(**more, COLUMNS="200"))
    assert told.returncode == PASSED, told.stderr
    assert rb"\u591c\u306e\u6b4c" in told.stdout
    assert rb"\u202e:fire:" in told.stdout
    assert b"Traceback" not in told.stderr
    as_json = run("check", album, "--json", env=environment(**more))
    assert json.loads(as_json.stdout)["tracks"][0]["title"] == TITLE


def test_names_that_the_system_cannot_write_are_refused(album, tmp_path):
    bare = environment(LANG="C", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", COLUMNS="200")
    told = run("master", album, "-p", "streaming", "--out", tmp_path / "out", env=bare)
    assert told.returncode == BAD_INPUT
    assert b"streaming has files whose names ascii cannot write; set LANG or LC_ALL to C.UTF-8" in told.stderr
    assert not [*(tmp_path / "out").glob("streaming*")]


def test_without_a_home_and_with_a_user_that_nobody_knows(album, tmp_path):
    bare = {key: value for key, value in environment().items() if key not in ("HOME", "XDG_STATE_HOME", "USER")}
    assert run("profiles", env=bare).returncode == PASSED
    told = run("check", album, env=bare | {"HOME": "/dev/null/nobody", "NUMBA_CACHE_DIR": str(tmp_path)})
    assert told.returncode == PASSED, told.stderr


@pytest.mark.parametrize("words", [["profiles"], ["--help"]])
def test_a_reader_who_goes_away_is_no_error(words):
    reading, writing = os.pipe()
    os.close(reading)
    told = run(*words, capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (told.returncode, told.stderr) == (PASSED, b"")


def test_a_reader_who_goes_away_leaves_every_plan_written(album, tmp_path):
    with subprocess.Popen(
        [*GLASSMASTER, "plan", album, "--out", tmp_path],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b"planned")
        process.stdout.close()
        assert process.wait(300) == PASSED
        assert b"Traceback" not in (process.stderr.read() if process.stderr else b"")
    assert sorted(path.parent.name for path in tmp_path.glob("*/plan.json")) == ["cd-wav", "streaming", "vinyl-12in-33"]


def test_a_reader_of_the_main_job_who_goes_away_changes_nothing(album, tmp_path):
    """Threads do the work here, which Prefect would take ten seconds more for."""
    program = """
import sys, types
from pipeline.mastering import steps
from pipeline.mastering.workers import ThreadWorkers
server, flow = (types.ModuleType(f"pipeline.flows.{name}") for name in ("server.prefect_server", "master"))
server.own_server = lambda: None
flow.master = lambda job, work, *_: steps.master(job, ThreadWorkers(work))
sys.modules |= {each.__name__: each for each in (server, flow)}
from pipeline.__main__ import main
main()
"""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", program, "master", album, "--out", tmp_path / "out", "-p", "streaming"]
    told = subprocess.run(command, env=environment(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert told.returncode == PASSED, told.stderr
    assert b"Traceback" not in told.stderr
    assert json.loads((tmp_path / "out" / "certificate.json").read_text())["passed"] is True
    with Path("/dev/full").open("w") as nowhere:
        full = subprocess.run(command, env=environment(), stdout=nowhere, stderr=subprocess.PIPE, check=False)
    assert full.returncode == UNWRITTEN
    assert b"standard output could not be written: No space left on device" in full.stderr


def test_a_full_disk_behind_standard_output_is_told_with_a_code_of_its_own():
    with Path("/dev/full").open("w") as full:
        told = run("profiles", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert told.returncode == UNWRITTEN
    assert told.stderr.decode().splitlines() == [
        "standard output could not be written: No space left on device; the work itself is done"
    ]


def shell(line, **more):
    words = " ".join(GLASSMASTER)
    return subprocess.run(
        ["bash", "-c", line.format(glassmaster=words)], env=environment(**more), capture_output=True, check=False
    )


def test_what_the_caller_closed_is_told_or_done_without():
    closed = shell("{glassmaster} profiles >&-")
    assert closed.returncode == UNWRITTEN
    assert closed.stderr.startswith(b"standard output could not be written: it is closed")
    silent = shell("{glassmaster} profiles 2>&-")
    assert silent.returncode == PASSED
    assert b"streaming" in silent.stdout
    assert shell("{glassmaster} masster >&- 2>&- <&-").returncode == BAD_INPUT


def test_nothing_that_is_opened_is_taken_for_a_closed_standard_output(album, tmp_path):
    """The file that is opened next would get its number, and what is printed would stand in it."""
    closed = shell('{glassmaster} check "$ALBUM" --log "$LOG" >&- 2>&-', ALBUM=str(album), LOG=str(tmp_path / "log"))
    assert closed.returncode == UNWRITTEN
    lines = (tmp_path / "log").read_text().splitlines()
    assert all(line[:2] == "20" for line in lines), "each has its time"
    assert "ended with exit code 74" in lines[-1]


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_tables_are_no_wider_than_the_terminal(columns):
    told = run("profiles", env=environment(COLUMNS=str(columns)))
    lines = told.stdout.decode().splitlines()
    assert max(map(len, lines)) <= columns
    for name in ("cd-ddp", "cd-wav", "streaming", "vinyl-12in-33", "-14 LUFS", "-1 dBTP"):
        assert any(name in line for line in lines)


def test_a_long_album_is_told_of_in_a_few_lines(tmp_path):
    songs = three_songs(tmp_path / "album")
    for seed in range(4):
        songs.add(music(3.0, seed=seed + 10))
    told = run("check", songs.folder)
    assert told.stderr.decode().splitlines()[:2] == ["hashing 7 recordings", "measuring 7 recordings, 0:33 of sound"]
    assert sum(not line.startswith(("warning", "note")) for line in told.stderr.decode().splitlines()) == 3
