"""Standard output and standard error that outlive their readers: a pipe closed early, a full disk, nothing there.

What a run does is done before it is told, so a reader who goes away early is no fault of it. Where standard output
cannot be written for another reason, the run says so at its end.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import TextIO


class GuardedStream(io.TextIOBase):
    """A text stream that takes everything: what cannot be written is dropped, `failure` says why.

    Characters that its encoding lacks are written as escapes.
    """

    def __init__(self, stream: TextIO | None) -> None:
        """Write to `stream`, which is None where the process was given none."""
        self._stream = stream
        self.failure = "" if stream else "it is closed"
        self._is_lost = stream is None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """That of the stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]
        """What is done with characters that the encoding lacks."""
        return "backslashreplace"

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        try:
            return not self._is_lost and self._stream is not None and self._stream.isatty()
        except ValueError:  # closed by now: libraries that keep the stream ask at the process's end
            return False

    def fileno(self) -> int:
        """That of the stream."""
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    def write(self, text: str) -> int:
        """Write what can be written."""
        if self._stream is None or self._is_lost:
            return len(text)
        try:
            self._stream.write(text.encode(self.encoding, self.errors).decode(self.encoding))
        except (OSError, ValueError) as error:
            self._lose(error)
        except RuntimeError:
            pass  # a signal's handler that writes while the same thread does: of the two, the first is kept
        return len(text)

    def flush(self) -> None:
        """Write what is still held."""
        if self._stream is None or self._is_lost:
            return
        try:
            self._stream.flush()
        except (OSError, ValueError) as error:
            self._lose(error)
        except RuntimeError:
            pass  # as in `write`

    def _lose(self, error: Exception) -> None:
        """Write no more, and let what is held go nowhere: at the process's end Python would try once more."""
        self._is_lost = True
        if not isinstance(error, BrokenPipeError):
            self.failure = getattr(error, "strerror", None) or str(error)
        with suppress(OSError, ValueError):
            number = self.fileno()
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, number)
            os.close(nowhere)


@contextmanager
def guarded() -> Iterator[tuple[GuardedStream, GuardedStream]]:
    """Standard output and standard error, guarded for as long as the block lasts."""
    output, errors = GuardedStream(sys.stdout), GuardedStream(sys.stderr)
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            yield output, errors
        finally:
            output.flush()
            errors.flush()
