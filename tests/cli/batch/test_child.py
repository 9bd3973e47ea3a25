"""What the process of an album says of an error."""

from albums.faults import Fault, Refusal
from pipeline.cli.batch.child import _ended_by
from pipeline.cli.options import BAD_INPUT, INTERNAL, STOPPED
from pipeline.system.progress import ServerLostError, Stopped

FAULT = Fault("track 2", "is missing")
WORDS = ["master", "album"]


def test_a_server_that_is_lost_is_told_from_what_is_wrong_with_an_album():
    lost = _ended_by(ServerLostError([Fault("Prefect", "cannot be reached")]), WORDS)
    assert (lost.code, lost.is_server_lost) == (BAD_INPUT, True)
    bad = _ended_by(Refusal([FAULT]), WORDS)
    assert (bad.code, bad.reasons, bad.is_server_lost) == (BAD_INPUT, ("track 2: is missing",), False)


def test_an_error_of_the_program_is_one_whatever_else_was_lost(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    both = ExceptionGroup("two", [ServerLostError([FAULT]), ValueError("own")])
    found = _ended_by(both, WORDS)
    assert (found.code, found.is_server_lost) == (INTERNAL, False)
    assert "ValueError: own" in "".join(found.reasons)


def test_a_stop_is_no_failure():
    assert _ended_by(Stopped(), WORDS).code == STOPPED
