"""Which files the system keeps in memory, and which are on the disk itself."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def drop_from_page_cache(path: Path) -> None:
    """Have the system not keep in memory what `path` holds, as it is not read again soon; the file is unchanged.

    That memory serves what is written next; on a virtual machine, memory that was never used costs much more.
    """
    with suppress(OSError, AttributeError), path.open("rb") as file:  # it is only advice, and not known everywhere
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def flush_to_disk(paths: Iterable[Path]) -> None:
    """Have all of `paths` on the disk itself, so that they are whole even if the power fails now; then drop them."""
    for path in paths:
        with path.open("r+b") as file:  # Windows syncs only what is open for writing
            os.fsync(file.fileno())
        drop_from_page_cache(path)
