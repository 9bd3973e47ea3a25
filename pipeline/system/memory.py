"""Advice to the C library on memory that was given back to it; where it is not taken, nothing fails."""

import ctypes
from contextlib import suppress

ARENA_MAX = -8  # glibc's malloc.h: M_ARENA_MAX
ARENAS = 2
ELSEWHERE = (
    OSError,
    AttributeError,
    TypeError,
)  # where there is another C library, or, on Windows, no such name for it


def share() -> None:
    """Let threads share the memory that one of them has given back: glibc would keep an arena for nearly every one."""
    with suppress(*ELSEWHERE):  # another C library has no arenas
        ctypes.CDLL(None).mallopt(ARENA_MAX, ARENAS)


def release() -> None:
    """Hand back to the system what is kept for later requests; that is worthwhile where much was needed once."""
    with suppress(*ELSEWHERE):
        ctypes.CDLL(None).malloc_trim(0)
