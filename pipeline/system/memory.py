"""How much memory there is, and advice to the C library on what was given back to it; where that is not taken, nothing
fails.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

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


def available_bytes(root: Path = Path("/")) -> int:
    """How much memory new work may take before the system runs short of it, also within a container's limit.

    Below `root` lie the system's own files of figures. Where there are none, half of all memory.
    """
    found = [_left_in_system(root), *_left_in_groups(root)]
    return max(0, min([each for each in found if each is not None], default=_half_of_all()))


def _left_in_system(root: Path) -> int | None:
    with suppress(OSError, ValueError, IndexError, StopIteration):
        lines = (root / "proc/meminfo").read_text("ascii").splitlines()
        return int(next(line for line in lines if line.startswith("MemAvailable:")).split()[1]) * 1024
    return None


def _left_in_groups(root: Path) -> Iterator[int | None]:
    """What is left in the control groups that this process is in, version 2 or 1, a service's and a container's alike.

    Within a container their names may be those outside of it: its own group is then at the top.
    """
    lines = list[str]()
    with suppress(OSError):
        lines = (root / "proc/self/cgroup").read_text("utf-8").splitlines()
    for line in lines:
        number, controllers, name = line.split(":", 2)
        if number == "0" or "memory" in controllers.split(","):
            top = root / "sys/fs/cgroup" / ("" if number == "0" else "memory")
            group = PurePosixPath(name.lstrip("/"))
            for each in (group, *group.parents):
                yield _left_in_group(top / each)


def _left_in_group(group: Path) -> int | None:
    """What a control group leaves; None where it sets no limit. Files that are kept in memory are no use of it."""
    for limit, used, kept in (
        ("memory.max", "memory.current", "inactive_file"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        with suppress(OSError, ValueError):  # "max" is no number, and no limit
            figures = dict(line.split() for line in (group / "memory.stat").read_text("ascii").splitlines())
            taken = int((group / used).read_text("ascii")) - int(figures.get(kept, 0))
            return int((group / limit).read_text("ascii")) - taken
    return None


def _half_of_all() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):  # Windows has no such call
        return 4 * 2**30
