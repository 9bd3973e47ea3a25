"""What the C library does with memory that was given back to it. Advice: where it is not taken, nothing fails."""

import ctypes
from contextlib import suppress

ARENA_MAX = -8  # glibc's malloc.h: M_ARENA_MAX
ARENAS = 2


def share() -> None:
    """Let threads share the memory that one of them has given back: glibc would keep a store for nearly every one."""
    with suppress(OSError, AttributeError):  # another C library has no such store
        ctypes.CDLL(None).mallopt(ARENA_MAX, ARENAS)


def release() -> None:
    """Hand back to the system what was kept for the next to ask; that is worth its while where much was needed once."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
