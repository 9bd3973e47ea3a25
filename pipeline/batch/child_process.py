"""The process of one album, as its batch sees it: begun, listened to, let go on, asked to stop, ended.

Whatever becomes of it, a crash or a lack of memory, becomes of that album alone. It ends when the batch does, however
that ends: its standard input ends with it.
"""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from albums import Approval
from pipeline.batch.messages import GO, Ended, Message, message_in
from pipeline.system.processes.children import begin_python, program_of
from pipeline.system.processes.fork_server import Forked, ForkServer

PROGRAM, WARM_PROGRAM = program_of("pipeline.cli.batch.child"), program_of("pipeline.cli.batch.warm")
LAST_WORDS_BYTES = 4000  # of what it wrote to standard error that are looked at after a crash
STOPS_WITHIN_S = 60.0  # once asked to; it looks between two blocks of sound
SIGNALLED = {
    signal.SIGKILL: "it was killed, as a system does that runs out of memory",
    signal.SIGSEGV: "a library crashed in it",
    signal.SIGABRT: "a library gave it up",
}


@dataclass(frozen=True)
class Order:
    """What the process is to do: master the album in a folder, or, where `looks` is set, only see that it is whole.

    `out` is where its masters go, `approval` what the operator requires, and `patience_s` how long another run that
    writes there is waited for. `settings` are what the user has set, by value: the process reads no config of its own.
    """

    album: str
    out: str
    approval: Approval | None = None
    patience_s: float = 0.0
    looks: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        """As its standard input begins with it."""
        return json.dumps(self.__dict__).encode() + b"\n"


class ChildProcess:
    """One album's process."""

    def __init__(self, order: Order, environment: Mapping[str, str], forks: ForkServer | None = None) -> None:
        """Begin it, forked where `forks` does that; raises OSError where no process can be begun."""
        self._log = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - closed with the process
        try:
            self._process = _forked(forks, self._log.fileno()) or begin_python(PROGRAM, environment, stderr=self._log)
        except OSError:
            self._log.close()
            raise
        self._say(order.line())

    def listen(self, heard: Callable[[Message], None]) -> Ended:
        """Call `heard` with all that it tells, until it ends; returns what it said at last, or why it said nothing."""
        ended: Ended | None = None
        for line in self._process.stdout or ():
            message = message_in(line)
            if isinstance(message, Ended):
                ended = message
            elif message:
                heard(message)
        code = self._process.wait()
        return ended or Ended(code, (self._why(code),))

    def let_go_on(self) -> None:
        """There is room for it."""
        self._say(GO)

    def stop(self) -> None:
        """Ask it to stop; one that does not is killed after a while."""
        self._close()

        def kill() -> None:
            with suppress(subprocess.TimeoutExpired, TimeoutError):
                self._process.wait(STOPS_WITHIN_S)
                return
            self._process.kill()

        Thread(target=kill, daemon=True).start()

    def close(self) -> None:
        """Let go of it, once it has ended."""
        self._close()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()
        self._log.close()

    def was_killed(self) -> bool:
        """Whether it was killed as a system does it that runs out of memory."""
        return self._process.returncode == -signal.SIGKILL

    def _say(self, line: bytes) -> None:
        with suppress(OSError, ValueError):  # it has ended, or was asked to stop: that shows at its end
            if self._process.stdin:
                self._process.stdin.write(line)
                self._process.stdin.flush()

    def _close(self) -> None:
        with suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()

    def _why(self, code: int) -> str:
        """Why it ended without a word."""
        last = self._last_words()
        if code < 0:
            by = next((each for each in signal.Signals if each == -code), None)
            why = SIGNALLED.get(by, "another program asked for that") if by else "which this system does not name"
            return f"its process ended by {by.name if by else f'signal {-code}'}: {why}{last}"
        return f"its process ended with code {code} and said nothing{last}"

    def _last_words(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - LAST_WORDS_BYTES))
        lines = self._log.read().decode(errors="replace").split("\n")
        said = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"; it last wrote {said!r}" if said else ""


def _forked(forks: ForkServer | None, log: int) -> Forked | None:
    """A process that is forked; None where nothing forks it, or no longer does."""
    with suppress(OSError):
        return forks.begin(log) if forks else None
    return None
