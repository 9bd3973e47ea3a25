"""What the main job tells, its work done by threads or remembered; with Prefect it is in flows/test_master.py."""

import json
import sys
import types

import pytest

from pipeline.cli import app
from pipeline.cli.options import FAILED, PASSED
from pipeline.deliverables.certificate import read_certificate
from pipeline.mastering import steps
from pipeline.mastering.workers import ThreadWorkers
from tests.support.music import three_songs


@pytest.fixture
def flows(monkeypatch):
    """The rooms of Prefect, replaced; what takes the flow's part is set by the test."""

    def replaced(master):
        server, flow = (types.ModuleType(f"pipeline.flows.{name}") for name in ("server.prefect_server", "master"))
        vars(server)["own_server"] = lambda: None
        vars(flow)["master"] = master
        for module in (server, flow):
            monkeypatch.setitem(sys.modules, module.__name__, module)

    return replaced


def by_threads(job, work, *_):
    return steps.master(job, ThreadWorkers(work))


@pytest.fixture
def remembered(finished):
    """As a flow whose every result is remembered: nothing is worked at."""
    return lambda *_: read_certificate(finished)


def run(capsys, *words):
    code = app.run([*map(str, words)])
    said = capsys.readouterr()
    return code, said.out.splitlines(), said.err.splitlines()


def test_an_unchanged_album_says_so_in_a_line(flows, remembered, capsys, tmp_path):
    songs = three_songs(tmp_path / "album")
    flows(remembered)
    code, out, _ = run(capsys, "master", songs.folder)
    assert code == PASSED
    assert out.count("Nothing had changed: the deliverable was there already, and still as certified.") == 1
    code, out, _ = run(capsys, "master", songs.folder, "-p", "cd-wav", "-p", "streaming", "--quiet")
    assert out[-1].startswith("Nothing had changed: all 2 deliverables were there already")
    assert [line.split()[:2] for line in out[:-1]] == [["passed", n] for n in ("cd-wav", "streaming", "vinyl-12in-33")]


def test_an_album_whose_remembered_audit_failed_is_not_said_to_hold(flows, remembered, capsys, tmp_path):
    songs = three_songs(tmp_path / "album")
    flows(lambda *_: remembered().model_copy(update={"passed": False}))
    code, out, _ = run(capsys, "master", songs.folder)
    assert code == FAILED
    assert not [line for line in out if "Nothing had changed" in line]


def test_stages_are_told_in_their_order_and_nothing_else(flows, capsys, tmp_path):
    songs = three_songs(tmp_path / "album")
    flows(by_threads)
    code, out, err = run(capsys, "master", songs.folder)
    assert code == PASSED
    told = [line.split()[0] for line in err if not line.startswith(("note", "warning"))]
    assert told == ["hashing", "measuring", "deciding", "rendering", "certifying"]
    assert not [line for line in out if "Nothing had changed" in line]
    code, out, _ = run(capsys, "master", songs.folder, "--json")
    assert json.loads("\n".join(out))["passed"] is True
