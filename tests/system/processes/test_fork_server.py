"""Processes that are forked from a warm one: their streams, how they end, and what becomes of them without it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from pipeline.system.processes.fork_server import ForkServer, forks_here
from tests.support.processes import children_of

pytestmark = pytest.mark.skipif(not forks_here(), reason="nothing is forked on this system")

ROOT = Path(__file__).parents[3]
READY_S = 60.0
SERVED = f"""
import os, sys, threading
sys.path.insert(0, {str(ROOT)!r})
from pipeline.system.processes.fork_server import serve_forks
warm_since = os.getpid()

def work():
    print(os.getpid(), warm_since, os.environ["ALBUM"], threading.active_count(), flush=True)
    print("a crash", file=sys.stderr, flush=True)
    said = sys.stdin.read()
    print("heard", said, flush=True)
    sys.exit(7)

serve_forks(work)
"""
BROKEN = "raise SystemExit(1)"


@pytest.fixture
def server():
    server = ForkServer(SERVED, os.environ | {"ALBUM": "north"})
    assert server.answered(READY_S)
    yield server
    server.close()


@pytest.fixture
def log():
    with tempfile.TemporaryFile() as file:
        yield file


@pytest.fixture
def begun(server, log):
    """Begins a process, whose streams are closed in the end."""
    all_begun = []

    def begin():
        all_begun.append(server.begin(log.fileno()))
        return all_begun[-1]

    yield begin
    for each in all_begun:
        each.stdin.close()
        each.wait(READY_S)
        each.stdout.close()


def gone(pid: int) -> bool:
    """Whether a process has ended, waited for."""
    for _ in range(600):
        try:
            if Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_it_has_what_was_made_before_and_streams_of_its_own(begun, log):
    forked = begun()
    pid, warm, album, threads = forked.stdout.readline().split()
    assert int(pid) == forked.pid != int(warm)
    assert (album, threads) == (b"north", b"1")
    assert forked.returncode is None
    with pytest.raises(TimeoutError):
        forked.wait(0.05)
    with forked.stdin as stdin:
        stdin.write(b"go")
    assert forked.stdout.read() == b"heard go\n"
    assert forked.wait(READY_S) == forked.returncode == 7
    log.seek(0)
    assert log.read() == b"a crash\n"
    assert not children_of(int(warm))


def test_each_ends_with_its_own_input_whatever_else_is_at_work(begun):
    many = [begun() for _ in range(5)]
    for forked in many:
        forked.stdin.close()
        assert forked.wait(READY_S) == 7
    assert len({forked.pid for forked in many}) == 5


def test_one_that_is_killed_says_so_and_the_others_go_on(begun):
    killed, other = begun(), begun()
    killed.kill()
    assert killed.wait(READY_S) == -signal.SIGKILL
    killed.kill()
    other.stdin.close()
    assert other.wait(READY_S) == 7


def test_no_file_of_the_server_is_open_in_what_it_forks(begun):
    first = begun()
    second = begun()
    second.stdout.readline()
    assert {each.name for each in Path("/proc", str(second.pid), "fd").iterdir()} == {"0", "1", "2"}
    assert first.pid != second.pid


def test_without_its_server_a_process_goes_on_and_no_other_begins(server, begun, log):
    forked = begun()
    warm = int(forked.stdout.readline().split()[1])
    os.kill(warm, signal.SIGKILL)
    assert gone(warm)
    with pytest.raises(OSError, match=r"."):
        server.begin(log.fileno())
    forked.stdin.close()
    assert forked.stdout.read() == b"heard \n"
    assert forked.wait(READY_S) == -signal.SIGKILL  # nobody can tell


def test_a_server_that_never_gets_ready_is_not_waited_for(log):
    server = ForkServer(BROKEN, os.environ)
    assert server.answered(READY_S)
    with pytest.raises(OSError, match=r"."):
        server.begin(log.fileno())
    server.close()


def test_it_ends_with_whoever_asks():
    program = (
        f"import os, sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pipeline.system.processes.fork_server import ForkServer\n"
        f"server = ForkServer({SERVED!r}, os.environ | {{'ALBUM': ''}})\n"
        f"server.answered({READY_S})\n"
        "print(server.begin(2).stdout.readline().split()[1].decode(), flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False).stdout
    assert gone(int(said))


def test_descriptors_do_not_pile_up(server, log):
    before = len([*Path("/proc/self/fd").iterdir()])
    for _ in range(3):
        forked = server.begin(log.fileno())
        forked.stdin.close()
        assert forked.wait(READY_S) == 7
        forked.stdout.close()
    assert len([*Path("/proc/self/fd").iterdir()]) == before
