"""A process whose work is done ends, with its exit code and its last words, whatever still waits in it."""

import subprocess
import sys

WAITING = """
import sys, threading
from pipeline.system.processes.ending import end_soon
threading.Thread(target=threading.Event().wait).start()
end_soon(3, 0.05)
print("last words", end="")
sys.exit(3)
"""
NOT_WAITING = "import sys; from pipeline.system.processes.ending import end_soon; end_soon(3, 300.0); sys.exit(3)"


def test_threads_that_wait_for_ever_are_not_waited_for():
    ended = subprocess.run([sys.executable, "-c", WAITING], capture_output=True, text=True, timeout=240)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "last words", "")


def test_nothing_waits_for_it_either():
    assert subprocess.run([sys.executable, "-c", NOT_WAITING], timeout=240).returncode == 3


HANDLERS = """
from pipeline.system.processes.ending import Ending
ending = Ending()
import atexit, sys, threading

class Library:
    def __del__(self):
        print("taken apart")

library = Library()
atexit.register(print, "an exit handler")
threading.Thread(target=threading.Event().wait, daemon=True).start()
ending.soon(3)
sys.exit(3)
"""


def test_exit_handlers_run_and_nothing_is_taken_apart_under_threads_that_are_at_work():
    ended = subprocess.run([sys.executable, "-c", HANDLERS], capture_output=True, text=True, timeout=240)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "an exit handler\n", "")
