"""The log that `--log FILE` keeps: all that a run tells, a line each, with the time of day."""

import os
import stat
from datetime import datetime
from pathlib import Path
from threading import RLock

from albums.faults import Fault, Refusal

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT
# Following no link, not waiting for a reader at a FIFO's other end, not taking a terminal as this process's own.
_FLAGS |= sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC"))


class Log:
    """A file that lines are appended to."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it; raises Refusal where it is no regular file, or cannot be written."""
        try:
            number = os.open(path, _FLAGS, 0o666)
        except OSError as error:
            words = "is a link, which is not followed" if path.is_symlink() else error.strerror
            raise Refusal([Fault(str(path), f"cannot be written as the log: {words}")]) from None
        if not stat.S_ISREG(os.fstat(number).st_mode):
            os.close(number)
            raise Refusal([Fault(str(path), "cannot be written as the log: it is no regular file")])
        self._lock = RLock()  # a signal's handler may write while the same thread does
        self._file = os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace", newline="\n")
        self.failure = ""

    def write(self, line: str) -> None:
        """Append a line; what cannot be written is the log's `failure`, and ends no work."""
        now = datetime.now().astimezone().isoformat(timespec="milliseconds")
        with self._lock:
            try:
                self._file.write(f"{now} {line}\n")
                self._file.flush()
            except (OSError, ValueError, RuntimeError) as error:
                self.failure = self.failure or getattr(error, "strerror", None) or str(error)

    def close(self) -> None:
        """Write no more."""
        try:
            self._file.close()
        except OSError as error:
            self.failure = self.failure or str(error)
