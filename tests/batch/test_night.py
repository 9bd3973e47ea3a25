"""Albums in processes of their own: whatever becomes of one, becomes of it alone, and is said."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from albums import Intent, SheetTexts
from pipeline.batch import child_process
from pipeline.batch import night as night_module
from pipeline.batch.admission import Admission
from pipeline.batch.inbox import InboxAlbum
from pipeline.batch.night import Night, Shift
from pipeline.batch.outcome import Outcome
from pipeline.settings.schema import Settings
from pipeline.system.processes.fork_server import forks_here

SPEAK = """
import json, os, signal, sys, time
order = json.loads(sys.stdin.readline())
def say(kind, **more):
    sys.stdout.write(json.dumps({"kind": kind, **more}) + "\\n")
    sys.stdout.flush()
name = os.path.basename(order["album"])
"""
WARM = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pipeline.system.processes.fork_server import serve_forks
serve_forks(lambda: exec({{text!r}}, {{{{}}}}))
"""
FORKED = pytest.mark.skipif(not forks_here(), reason="nothing is forked on this system")


class Watcher:
    """What a batch tells."""

    def __init__(self) -> None:
        self.begun, self.ended, self.words = list[str](), list[Outcome](), list[str]()
        self.at_work = Event()

    def expect(self, albums: list[InboxAlbum]) -> None: ...

    def begin(self, album: InboxAlbum) -> None:
        self.begun.append(album.name)

    def advance(self, album: InboxAlbum, words: str, fraction: float) -> None:  # noqa: ARG002
        self.words.append(words)
        self.at_work.set()

    def end(self, outcome: Outcome) -> None:
        self.ended.append(outcome)


class Speak:
    """Has the process of an album do something else than mastering it, whichever way it begins."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, forks: bool) -> None:
        self._monkeypatch, self.forks, self._shifts = monkeypatch, forks, list[Shift]()

    def __call__(self, text: str) -> None:
        self._monkeypatch.setattr(child_process, "PROGRAM", SPEAK + text)
        self._monkeypatch.setattr(night_module, "WARM_PROGRAM", WARM.format(text=SPEAK + text))

    def shift(self, at: Night, environment: Mapping[str, str] = os.environ) -> Shift:
        self._shifts.append(Shift(at, environment, forks=self.forks))
        return self._shifts[-1]

    def close(self) -> None:
        for shift in self._shifts:
            shift.end()
            shift.close()


@pytest.fixture(params=[False, pytest.param(True, marks=FORKED)], ids=["begun", "forked"])
def speak(request, monkeypatch):
    with closing(Speak(monkeypatch, forks=request.param)) as found:
        yield found


def night(folder: Path, budget_bytes: int = 100) -> tuple[Night, Watcher]:
    watcher = Watcher()
    return Night(lambda album: folder / album.name / "out", Admission(budget_bytes), watcher, Event()), watcher


def album(folder: Path, name: str = "one") -> InboxAlbum:
    return InboxAlbum(name, folder / name)


def ended_at_work(shift: Shift, watcher: Watcher, one: InboxAlbum) -> None:
    """The shift is ended while an album is at work, of which nothing is known then."""
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(shift.work_at, one)
        assert watcher.at_work.wait(60)
        shift.end()
        assert working.result(60) is None


def outcome_of(folder: Path, shift: Callable[[Night], Shift]) -> Outcome:
    at, _ = night(folder)
    found = shift(at).work_at(album(folder))
    assert found is at.outcomes.known["one"]
    return found


@pytest.mark.parametrize(("said", "kind"), [
    ("code=0", "delivered"), ("code=0, is_unchanged=True", "unchanged"), ("code=0, is_waiting=True", "waiting"),
    ("code=0, is_unchanged=True, is_waiting=True", "waiting"), ("code=1, reasons=['too loud']", "failed"),
])  # fmt: skip
def test_what_it_says_is_what_came_of_it(speak, tmp_path, said, kind):
    speak(f"say('Ended', {said})")
    found = outcome_of(tmp_path, speak.shift)
    assert found.kind == kind
    assert found.reasons == (("too loud",) if kind == "failed" else ())


@pytest.mark.parametrize(("text", "reason"), [
    ("print('no message'); sys.stderr.write('glibc: double free\\n\\n'); os.abort()",
     "its process ended by SIGABRT: a library gave it up; it last wrote 'glibc: double free'"),
    ("os.kill(os.getpid(), signal.SIGSEGV)", "its process ended by SIGSEGV: a library crashed in it"),
    ("sys.exit(3)", "its process ended with code 3 and said nothing"),
    ("say('Ended', code=130)", "its process was stopped by another program; run again"),
])  # fmt: skip
def test_a_process_that_dies_says_how(speak, tmp_path, text, reason):
    speak(text)
    assert outcome_of(tmp_path, speak.shift).reasons == (reason,)


def test_one_that_was_killed_is_tried_once_more_alone(speak, tmp_path):
    speak(f"""
count = {str(tmp_path)!r} + "/count"
open(count, "a").write("x")
say("Needs", title="One", memory_bytes=1)
sys.stdin.readline()
if len(open(count).read()) == 1:
    os.kill(os.getpid(), signal.SIGKILL)
say("Ended", code=0)
""")
    assert outcome_of(tmp_path, speak.shift).kind == "delivered"
    assert (tmp_path / "count").read_text() == "xx"


def test_one_that_is_killed_again_and_again_fails_with_the_reason(speak, tmp_path):
    speak("os.kill(os.getpid(), signal.SIGKILL)")
    found = outcome_of(tmp_path, speak.shift)
    assert found.kind == "failed"
    assert found.reasons == ("its process ended by SIGKILL: it was killed, as a system does that runs out of memory",)


def test_what_failed_for_want_of_a_server_is_no_failure_of_the_album(speak, tmp_path):
    speak("say('Ended', code=2, reasons=['Prefect: cannot be reached'], is_server_lost=True)")
    at, watcher = night(tmp_path)
    assert speak.shift(at).work_at(album(tmp_path)) is None
    assert at.outcomes.known == {}
    assert watcher.ended == []


def test_memory_is_not_given_out_twice(speak, tmp_path):
    """Eight albums of 40 of 100: never more than two are let go on, whatever the number of workers."""
    speak(f"""
say("Needs", title=name, memory_bytes=40)
sys.stdin.readline()
mine = {str(tmp_path)!r} + "/in-" + name
open(mine, "w").close()
time.sleep(0.2)
say("Stage", words=str(len([each for each in os.listdir({str(tmp_path)!r}) if each.startswith("in-")])), fraction=0.5)
os.unlink(mine)
say("Ended", code=0)
""")
    at, watcher = night(tmp_path)
    shift = speak.shift(at)
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(shift.work_at, [album(tmp_path, f"{number}") for number in range(8)])]
    assert {each.kind for each in found if each} == {"delivered"}
    assert max(map(int, watcher.words)) == 2
    assert shift.idle()


def test_the_end_of_a_shift_stops_what_is_at_work_and_begins_nothing(speak, tmp_path):
    speak("""
say("Needs", title=name, memory_bytes=1)
sys.stdin.readline()
say("Stage", words="at work", fraction=0.1)
assert sys.stdin.readline() == ""
say("Ended", code=130)
""")
    at, watcher = night(tmp_path)
    shift = speak.shift(at)
    ended_at_work(shift, watcher, album(tmp_path))
    assert shift.work_at(album(tmp_path, "two")) is None
    assert at.outcomes.known == {}
    assert watcher.begun == ["one"]


def test_one_that_waits_for_room_is_stopped_as_well(speak, tmp_path):
    speak("""
say("Stage", words="opened", fraction=0.0)
say("Needs", title=name, memory_bytes=100)
say("Ended", code=130 if sys.stdin.readline() == "" else 0)
""")
    at, watcher = night(tmp_path)
    taken = at.admission.enter(100, Event())
    shift = speak.shift(at)
    ended_at_work(shift, watcher, album(tmp_path))
    at.admission.leave(taken)


def test_one_that_does_not_stop_is_killed(speak, tmp_path, monkeypatch):
    monkeypatch.setattr(child_process, "STOPS_WITHIN_S", 0.2)
    speak("say('Stage', words='deaf', fraction=0.0); time.sleep(600)")
    at, watcher = night(tmp_path)
    shift = speak.shift(at)
    ended_at_work(shift, watcher, album(tmp_path))


def test_a_process_that_cannot_be_begun_is_that_album_s_failure(speak, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    assert outcome_of(tmp_path, speak.shift).reasons == ("no process could be begun for it: No such file or directory",)


def test_ctrl_c_in_a_terminal_is_not_for_it(speak, tmp_path):
    speak("say('Ended', code=int(os.getpgrp() == int(os.environ['GROUP'])))")
    at, _ = night(tmp_path)
    found = speak.shift(at, {**os.environ, "GROUP": str(os.getpgrp())}).work_at(album(tmp_path))
    assert found
    assert found.kind == "delivered"
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


@FORKED
@pytest.mark.parametrize("warm", ["raise SystemExit(1)", "import os; os.kill(os.getpid(), 9)"])
def test_where_nothing_forks_any_more_albums_begin_by_themselves(monkeypatch, tmp_path, warm):
    monkeypatch.setattr(child_process, "PROGRAM", SPEAK + "say('Ended', code=0)")
    monkeypatch.setattr(night_module, "WARM_PROGRAM", warm)
    with closing(Shift(night(tmp_path)[0], os.environ, forks=True)) as shift:
        for name in ("one", "two"):
            found = shift.work_at(album(tmp_path, name))
            assert found
            assert found.kind == "delivered"


def test_an_albums_process_is_told_the_users_settings_by_value(speak, tmp_path):
    at, _ = night(tmp_path)
    at.settings = Settings(sheets=SheetTexts(contact=("+49 30 1234",)), intent=Intent(gap_s=1.0))
    speak("say('Ended', code=1, reasons=[json.dumps(order['settings'], sort_keys=True)])")
    found = speak.shift(at).work_at(album(tmp_path))
    assert found is not None
    assert found.reasons == ('{"intent": {"gap_s": 1.0}, "sheets": {"contact": ["+49 30 1234"]}}',)
