"""`glassmaster approve`: a decision names what was listened to, or is asked for where a terminal can."""

import io
import json
import shlex
import sys
import types

import pytest

from pipeline.cli.options import BAD_INPUT, PASSED, STOPPED
from pipeline.deliverables.approval import Approved, Rejected, Waiting, approval_state, certificate_sha256
from pipeline.deliverables.certificate import APPROVAL
from pipeline.mastering import steps
from pipeline.mastering.workers import ThreadWorkers
from tests.support.music import AlbumFolder, music
from tests.support.sessions import contents


class Terminal(io.StringIO):
    """Standard input at which a person sits."""

    def isatty(self):
        return True


@pytest.fixture
def run(glassmaster, monkeypatch):
    """Exit code, standard output and standard error of `glassmaster WORDS`, Prefect's part done by threads."""
    for name, parts in (
        ("server.prefect_server", {"own_server": lambda: None}),
        ("master", {"master": lambda job, work, *_: steps.master(job, ThreadWorkers(work))}),
    ):
        module = types.ModuleType(f"pipeline.flows.{name}")
        vars(module).update(parts)
        monkeypatch.setitem(sys.modules, module.__name__, module)

    def words(*given, answer=None):
        monkeypatch.setattr("sys.stdin", io.StringIO() if answer is None else Terminal(answer))
        return glassmaster(*given)

    return words


@pytest.fixture
def album(tmp_path):
    folder = AlbumFolder(tmp_path / "my album")
    folder.manifest |= {"approval": "required"}
    return folder.add(music(4.0, seed=1)).folder


@pytest.fixture
def waits(run, album):
    """What the main job says where masters wait."""
    code, out, _ = run("master", album)
    assert code == PASSED
    return out


def state(album):
    return approval_state(album / "masters")


def test_the_main_job_says_where_masters_wait_and_what_to_type(run, album, waits):
    assert f"for approval, in {album / 'masters' / 'review'}" in waits
    assert str(album / "masters" / "review" / "streaming") in waits
    line = next(line for line in waits.splitlines() if "glassmaster approve" in line)
    typed = shlex.split(line[line.index("`") + 1 : line.rindex("`")])
    assert typed[0] == "glassmaster"
    code, out, _ = run(*typed[1:])
    assert code == PASSED
    assert "by NAME" in out
    assert isinstance(state(album), Approved)

    code, out, _ = run("master", album)
    assert code == PASSED
    assert "Nothing had changed" in out
    assert "approved  by NAME" in out
    assert f"{album / 'masters' / 'streaming'}\n" in out
    assert run("verify", album / "masters")[0] == PASSED


def test_the_line_to_type_names_another_folder_for_masters(run, album, tmp_path):
    _, out, _ = run("master", album, "--out", tmp_path / "out", "--json")
    said = json.loads(out)["approval"]
    assert (said["state"], said["folder"]) == ("waiting", str(tmp_path / "out" / "review"))
    assert said["certificate_sha256"] == certificate_sha256(tmp_path / "out" / "review")
    assert run(*shlex.split(said["approve"].strip("`"))[1:])[0] == PASSED
    assert isinstance(approval_state(tmp_path / "out"), Approved)


def test_the_operator_may_require_it_of_any_album(run, album):
    (album / "album.toml").write_text((album / "album.toml").read_text().replace('"required"', '"none"'))
    assert run("master", album, "--approval", "required")[0] == PASSED
    assert isinstance(state(album), Waiting)
    assert run("master", album)[0] == PASSED
    assert (album / "masters" / "certificate.json").exists()


@pytest.mark.usefixtures("waits")
def test_without_a_terminal_a_decision_names_a_certificate(run, album):
    before = contents(album)
    for more in ([], ["--reject", "dull"]):
        code, _, err = run("approve", album, "--by", "Ann", *more)
        assert code == BAD_INPUT
        assert "--certificate" in err
        assert "names no certificate" in err
    assert contents(album) == before


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize("named", ["", "abc", "x" * 64, "0" * 64])
def test_a_wrong_hash_is_refused(run, album, named):
    before = contents(album)
    code, _, err = run("approve", album, "--by", "Ann", "--certificate", named)
    assert code == BAD_INPUT
    assert "SHA-256" in err
    assert contents(album) == before


@pytest.mark.usefixtures("waits")
def test_at_a_terminal_it_is_shown_and_asked_for(run, album):
    sha256 = state(album).certificate_sha256
    code, _, err = run("approve", album, "--by", "Ann", answer="no\n")
    assert code == STOPPED
    assert isinstance(state(album), Waiting)
    assert "The Meters: Test Pressing" in err
    assert "LUFS" in err
    assert sha256[:12] in err
    code, out, _ = run("approve", album, "--by", "Ann", answer="yes\n")
    assert code == PASSED
    assert isinstance(state(album), Approved)
    before = (album / "masters" / APPROVAL).read_bytes()
    code, out, _ = run("approve", album, "--by", "Bob", answer="")
    assert code == PASSED
    assert "approved already  by Ann" in out
    assert (album / "masters" / APPROVAL).read_bytes() == before


@pytest.mark.usefixtures("waits")
def test_a_rejection_is_told_by_the_next_run(run, album):
    sha256 = state(album).certificate_sha256
    code, out, _ = run("approve", album, "--by", "Ann", "--certificate", sha256, "--reject", "too bright", "--json")
    assert code == PASSED
    assert json.loads(out)["why"] == "too bright"
    assert isinstance(state(album), Rejected)
    code, out, _ = run("master", album)
    assert code == PASSED
    assert "too bright" in out
    assert "glassmaster approve" in out


def test_where_nothing_waits_it_says_so(run, album):
    before = contents(album)
    for more in ([], ["--certificate", "0" * 64]):
        code, _, err = run("approve", album, "--by", "Ann", *more)
        assert code == BAD_INPUT
        assert "holds no masters that wait for approval" in err
    assert contents(album) == before
