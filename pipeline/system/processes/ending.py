"""The end of a process whose work is done: whatever still waits or works in it, it ends soon, and with its own code."""

import atexit
import os
import sys
from threading import Timer

GRACE_S = 5.0  # for what a library does at the end; Prefect would wait minutes for a server that is gone


class Ending:
    """How a process ends once its exit handlers have run: at once, and not taken apart.

    Python would stop background threads where they stand, and one that stands in a library's C++ aborts the process
    by that, whatever its exit code was to be.
    """

    def __init__(self) -> None:
        """To be made before anything registers an exit handler: what is registered first runs last."""
        self._code: int | None = None
        atexit.register(self._end)

    def soon(self, code: int) -> None:
        """Have the process end with `code`: after its exit handlers, and within GRACE_S."""
        self._code = code
        end_soon(code)

    def _end(self) -> None:
        if self._code is not None:
            _leave(self._code)


def end_soon(code: int, grace_s: float = GRACE_S) -> None:
    """Have this process end with `code` within `grace_s`, although threads or exit handlers may still wait by then."""
    timer = Timer(grace_s, _leave, (code,))
    timer.daemon = True
    timer.start()


def _leave(code: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # closed, or nobody reads it any more
            continue
    os._exit(code)
