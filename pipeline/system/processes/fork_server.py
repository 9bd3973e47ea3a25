"""A process that has done once what all of its kind begin with, and forks for each that is asked for.

What it has imported and compiled is there in each at once, and takes memory but once. It has no threads of its own
while it forks. The two sides speak over its standard input, a socket: a packet asks for a process and carries the
standard streams of that and a pipe on which is told which process it is and, later, how it ended. When the asking side
ends, so does this one; what was forked goes on, and sees to its own end.
"""

import gc
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from pipeline.system.parallel import in_background
from pipeline.system.processes.children import begin_python

READY, ASKED = b"ready", b"fork"
STREAMS = 3


def forks_here(platform: str = sys.platform) -> bool:
    """Whether this system forks well: elsewhere than on Linux there is no fork, or system libraries do not bear it."""
    return platform == "linux"


class Forked:
    """A forked process, as `subprocess.Popen` would have it."""

    def __init__(self, stdin: BinaryIO, stdout: BinaryIO, told: int) -> None:
        """Streams of it, and the pipe on which its server tells of it; raises OSError where it was not forked."""
        self.stdin, self.stdout = stdin, stdout
        self._told = os.fdopen(told, "rb")
        first = self._told.readline()
        if not first:
            self._told.close()
            raise ChildProcessError("its fork server has ended")
        self.pid = int(first)
        self._ended = in_background(self._read_code)

    @property
    def returncode(self) -> int | None:
        """How it ended; None before."""
        return self._ended.result() if self._ended.done() else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, and return how: a negative number is a signal. Raises TimeoutError.

        Where nobody can tell since its server has ended as well, that counts as killed.
        """
        return self._ended.result(timeout)

    def kill(self) -> None:
        """End it at once."""
        if not self._ended.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def _read_code(self) -> int:
        with self._told:
            code = self._told.readline()
        return int(code) if code else -signal.SIGKILL


class ForkServer:
    """The asking side: begins a server, and has it fork."""

    def __init__(self, program: str, environment: Mapping[str, str]) -> None:
        """Begin it: `program`, in Python, gets ready and calls `serve_forks`. Raises OSError where that cannot be."""
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lock = Lock()
        try:
            nowhere = subprocess.DEVNULL
            self._process = begin_python(program, environment, stdin=other.fileno(), stdout=nowhere, stderr=nowhere)
        except OSError:
            self._socket.close()
            raise
        finally:
            other.close()
        self._answered = in_background(self._hear)

    def answered(self, timeout_s: float) -> bool:
        """Wait as long until it is ready, or has ended before it was; whether it is so by then."""
        with suppress(TimeoutError):
            self._answered.result(timeout_s)
        return self._answered.done()

    def begin(self, stderr: int) -> Forked:
        """A new process that writes its standard error to `stderr`; raises OSError where there is no server any more.

        To be called once it has answered.
        """
        reads, its_stdout = os.pipe()
        its_stdin, writes = os.pipe()
        told, tells = os.pipe()
        theirs = [its_stdin, its_stdout, stderr, tells]
        streams = os.fdopen(writes, "wb"), os.fdopen(reads, "rb")
        try:
            with self._lock:
                socket.send_fds(self._socket, [ASKED], theirs)
        except OSError:
            os.close(told)
            _close(streams)
            raise
        finally:
            for each in (its_stdin, its_stdout, tells):
                os.close(each)
        try:
            return Forked(*streams, told)
        except OSError:
            _close(streams)
            raise

    def close(self) -> None:
        """End it; nothing that it forked is at work any more."""
        self._process.kill()
        self._process.wait()
        self._answered.exception()
        self._socket.close()

    def _hear(self) -> None:
        with suppress(OSError):
            self._socket.recv(len(READY))


def _close(streams: tuple[BinaryIO, BinaryIO]) -> None:
    for stream in streams:
        stream.close()


def serve_forks(work: Callable[[], None]) -> None:
    """Fork for each process that standard input asks for, and call `work` in it; return when standard input ends.

    In a forked process as well this returns, once `work` does.
    """
    served = _Served()
    served.door.send(READY)
    while True:
        ready, _, _ = select.select([served.door.fileno(), served.woken], [], [])
        if served.woken in ready:
            served.tell_of_the_ended()
        if served.door.fileno() in ready:
            packet, descriptors, _, _ = socket.recv_fds(served.door, len(ASKED), STREAMS + 1)
            if not packet:
                return
            if served.is_forked(descriptors):
                work()
                return


class _Served:
    """The forking side: its door, what wakes it when a process ends, and the pipes on which it tells of each."""

    def __init__(self) -> None:
        self.door = socket.socket(fileno=os.dup(sys.stdin.fileno()))
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), sys.stdin.fileno())
        self.woken, self._wakes = os.pipe()
        for each in (self.woken, self._wakes):
            os.set_blocking(each, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)
        self._pipes = dict[int, int]()
        gc.collect()
        gc.freeze()  # collecting would write to what is shared, and so double it

    def tell_of_the_ended(self) -> None:
        """How each process ended that has."""
        with suppress(BlockingIOError):
            while os.read(self.woken, 64):
                continue
        with suppress(ChildProcessError):  # there is none
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                pipe = self._pipes.pop(found[0])
                _say(pipe, os.waitstatus_to_exitcode(found[1]))
                os.close(pipe)

    def is_forked(self, descriptors: list[int]) -> bool:
        """Fork; whether this is the new process, which then has the streams that it was given, and nothing else."""
        *streams, tells = descriptors
        pid = os.fork()
        if pid:
            for each in streams:
                os.close(each)
            self._pipes[pid] = tells
            _say(tells, pid)
            return False
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        self.door.close()
        for number, each in enumerate(streams):
            os.dup2(each, number)
        for each in (*descriptors, *self._pipes.values(), self.woken, self._wakes):
            os.close(each)
        return True


def _say(pipe: int, number: int) -> None:
    with suppress(BrokenPipeError):  # nobody asks any more
        os.write(pipe, b"%d\n" % number)
