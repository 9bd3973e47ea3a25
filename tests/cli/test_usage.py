"""Words that are no command, and what went wrong in this program itself: a line, a code, never a traceback."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import typer

from albums.faults import Fault, Refusal
from pipeline.cli import app, internal_errors
from pipeline.cli.options import BAD_INPUT, INTERNAL, PASSED, STOPPED
from pipeline.system.progress import Stopped


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "glassmaster"


@pytest.fixture
def broken(monkeypatch):
    """`glassmaster profiles`, ending in an error."""

    def breaks(error):
        def fail(*_):
            raise error

        monkeypatch.setattr("profiles.names", fail)

    return breaks


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["masster"], "No such command 'masster'. Did you mean 'master'?"),
        (["check"], "Missing argument 'ALBUM'"),
        (["check", "a", "b"], "unexpected extra argument"),
        (["check", "a", "--jsn"], "--json"),
        (["master", "a", "--profile"], "requires an argument"),
        (["--nonsense"], "No such option"),
        (["ddp", "shw"], "Did you mean 'show'?"),
        (["ddp", "extract", "a"], "--out"),
        (["check", "a", "--json=3"], "--json"),
    ],
)
def test_a_slip_of_the_keyboard_is_told_in_a_line_and_how_it_is_meant(typed, words, told):
    code, out, err = typed(*words)
    assert code == BAD_INPUT
    assert out == ""
    assert told in err.splitlines()[0]
    assert err.startswith("glassmaster")
    assert err.count("Did you mean") <= 1


@pytest.mark.parametrize("words", [["masster", "--json"], ["check", "--json"], ["verify", "--json", "--zzz"]])
def test_asked_for_json_there_is_a_document_of_it_too(typed, words):
    code, out, err = typed(*words)
    document = json.loads(out)
    assert code == BAD_INPUT
    assert document["passed"] is False
    assert document["faults"][0]["severity"] == "refusal"
    assert document["faults"][0]["words"] in err


@pytest.mark.parametrize("words", [[], ["ddp"]])
def test_without_a_command_the_help_is_printed(typed, words):
    code, out, err = typed(*words)
    assert code == BAD_INPUT
    assert "Usage: glassmaster" in out
    assert err == ""


@pytest.mark.parametrize("words", [["-h"], ["--help"], ["master", "-h"], ["ddp", "show", "--help"], ["ddp", "-h"]])
def test_help_is_no_error(typed, words):
    code, out, err = typed(*words)
    assert (code, err) == (PASSED, "")
    assert "Usage: glassmaster" in out


def test_the_version_is_told(typed):
    code, out, _ = typed("--version")
    assert code == PASSED
    assert out.split()[0] == "glassmaster"
    assert out.split()[1][0].isdigit()


def test_the_exception_of_a_slip_is_found_through_typer():
    for name in ("BadParameter",):
        assert issubclass(getattr(typer, name), app.ClickException)
    assert app.ClickException is not Exception


@pytest.mark.parametrize(
    ("typed", "place", "wanted"), [("glassmaster ma", "1", "master"), ("glassmaster plan -p st", "3", "streaming")]
)
def test_a_shell_completes_commands_and_profiles(typed, place, wanted):
    asked = {"_GLASSMASTER_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": place}
    told = subprocess.run(
        [sys.executable, "-m", "pipeline"], env=os.environ | asked, capture_output=True, text=True, check=True
    )
    assert wanted in told.stdout.split()


def test_completion_can_be_shown(typed):
    code, out, _ = typed("--help")
    assert code == PASSED
    assert "--install-completion" in out
    assert "--show-completion" in out


def test_an_error_of_the_program_is_a_line_and_a_log(typed, broken, state):
    broken(ValueError("no \x1b[31mred\n words"))
    code, out, err = typed("profiles")
    (log,) = state.iterdir()
    assert code == INTERNAL
    assert out == ""
    assert len(err.splitlines()) == 1
    assert r"internal error: ValueError: no \x1b[31mred words" in err
    assert str(log) in err
    text = log.read_text("utf-8")
    for part in ("Traceback", "ValueError", "command: glassmaster profiles", "python: 3.", "glassmaster: ", "typer: "):
        assert part in text
    assert log.stat().st_mode & 0o077 == 0


def test_asked_for_json_an_error_of_the_program_is_a_document_too(typed, monkeypatch, state, tmp_path):
    def fail(*_):
        raise ExceptionGroup("several", [ValueError("one"), KeyError("two")])

    monkeypatch.setattr("pipeline.cli.check.open_album", fail)
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "album.toml").touch()
    code, out, _ = typed("check", tmp_path / "album", "--json")
    document = json.loads(out)
    assert code == INTERNAL
    assert document["passed"] is False
    assert "ValueError" in document["internal_error"]
    assert "KeyError" in Path(document["log"]).read_text()
    assert Path(document["log"]).parent == state


def test_the_log_is_never_written_where_the_command_is_at_work(typed, monkeypatch, tmp_path):
    def fail(*_):
        raise ValueError

    album = tmp_path / "album"
    album.mkdir()
    (album / "album.toml").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(album / "state"))
    monkeypatch.setattr("pipeline.cli.check.open_album", fail)
    _, out, _ = typed("check", album, "--json")
    assert [path.name for path in album.iterdir()] == ["album.toml"]
    Path(json.loads(out)["log"]).unlink()


def test_without_a_home_the_log_goes_where_temporary_files_go(typed, broken, monkeypatch, tmp_path):
    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    broken(ValueError())
    code, _, err = typed("profiles")
    (log,) = tmp_path.glob("glassmaster-error-*.log")
    assert code == INTERNAL
    assert str(log) in err
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    code, _, err = typed("profiles")
    assert code == INTERNAL
    assert "no log could be written: No such file" in err


def test_a_machine_without_memory_has_words_of_its_own(typed, broken):
    broken(MemoryError("Unable to allocate 6.2 GiB"))
    code, _, err = typed("profiles")
    assert code == INTERNAL
    assert "The memory did not suffice (Unable to allocate 6.2 GiB)" in err


@pytest.mark.parametrize(
    ("error", "wanted", "words"),
    [
        (
            FileNotFoundError(2, "No such file or directory", "/mixes/\x1b1.wav"),
            BAD_INPUT,
            r"/mixes/\x1b1.wav: No such",
        ),
        (PermissionError(13, "Permission denied", "a", None, "b"), BAD_INPUT, "a -> b: Permission denied"),
        (OSError(28, "No space left on device"), BAD_INPUT, "refusal No space left on device"),
        (ConnectionResetError(104, "Connection reset by peer"), INTERNAL, "ConnectionResetError"),
        (FileNotFoundError(2, "No such file", str(internal_errors.ROOMS / "report.jinja")), INTERNAL, "report.jinja"),
        (
            ExceptionGroup("", [Refusal([Fault("a", "b")]), Refusal([Fault("c", "d")])]),
            BAD_INPUT,
            "refusal a: b\nrefusal c: d",
        ),
        (ExceptionGroup("", [Refusal([Fault("a", "b")]), KeyError("k")]), INTERNAL, "KeyError"),
        (RecursionError("too deep"), INTERNAL, "RecursionError: too deep"),
    ],
    ids=str,
)
def test_what_the_person_can_mend_is_bad_input_and_the_rest_the_program_s_own(typed, broken, error, wanted, words):
    broken(error)
    code, _, err = typed("profiles")
    assert code == wanted
    assert words in err


def test_a_stop_in_a_group_is_a_stop(broken):
    broken(ExceptionGroup("", [Stopped(), ValueError()]))
    assert app.run(["profiles"]) == STOPPED


def test_a_thread_that_nobody_waits_for_is_heard(typed, monkeypatch, state):
    names = __import__("profiles").names

    def with_a_thread(*given):
        thread = threading.Thread(target=app.run, args=(None,))  # what no program should do
        thread.start()
        thread.join()
        return names(*given)

    monkeypatch.setattr("profiles.names", with_a_thread)
    code, out, err = typed("profiles")
    assert code == INTERNAL
    assert "internal error: TypeError" in err
    assert "streaming" in out, "the work is done all the same"
    assert "Traceback" in next(state.iterdir()).read_text()


def test_a_name_that_another_package_has_is_told_before_anything_is_imported(tmp_path):
    (tmp_path / "albums.py").touch()
    program = "import sys; import albums; from glassmaster.__main__ import main; main()"
    told = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert told.returncode == INTERNAL
    assert "Glassmaster needs the name 'albums'" in told.stderr
    assert "Traceback" not in told.stderr
