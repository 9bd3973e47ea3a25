"""The end of a process whose work is done: whatever still waits in it, it ends soon."""

import os
import sys
from threading import Timer

GRACE_S = 5.0  # for what a library does at the end; Prefect would wait minutes for a server that is gone


def end_soon(code: int, grace_s: float = GRACE_S) -> None:
    """Have this process end with `code` within `grace_s`, although threads or exit handlers may still wait by then."""

    def end() -> None:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):  # closed, or nobody reads it any more
                continue
        os._exit(code)

    timer = Timer(grace_s, end)
    timer.daemon = True
    timer.start()
