"""The processes that one has begun, as Linux tells of them."""

from pathlib import Path


def children_of(pid: int) -> list[int]:
    """The processes that the main thread of `pid` has begun; none where it has ended."""
    try:
        text = Path("/proc", str(pid), "task", str(pid), "children").read_text("ascii")
    except OSError:
        return []
    return [*map(int, text.split())]


def descendants_of(pid: int) -> list[int]:
    """Those and theirs, as far as their parents live."""
    return [each for child in children_of(pid) for each in (child, *descendants_of(child))]
