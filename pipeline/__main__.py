"""The command line's door: `glassmaster`, or `python -m pipeline`.

It imports nothing of weight before it can be stopped, so that Ctrl-C in the first second ends as quietly as later.
"""

import ctypes
import os
import sys
from contextlib import suppress

STOPPED = 130  # as pipeline.commands has it, which is too heavy to import first
ARENA_MAX = -8  # glibc's malloc.h: M_ARENA_MAX
ARENAS = 2


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        _share_memory()
        from pipeline.commands import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = STOPPED
    if code == STOPPED:
        sys.stderr.write("Stopped. Nothing unfinished was put in place; the next run takes up what is finished.\n")
        sys.stderr.flush()
        os._exit(code)  # at once: threads that still wait for somebody have nothing left to do
    sys.exit(code)


def _share_memory() -> None:
    """Let threads share the memory that one of them has given back: glibc would keep a store for nearly every one."""
    with suppress(OSError, AttributeError):  # another C library has no such store
        ctypes.CDLL(None).mallopt(ARENA_MAX, ARENAS)


if __name__ == "__main__":
    main()
