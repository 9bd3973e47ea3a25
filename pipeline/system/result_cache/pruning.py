"""The cache kept within its bounds, now and then, whatever other runs do with it at the same time."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipeline.system.result_cache import Entry, entries, remove
from pipeline.system.result_cache.bounds import Bounds

MARKER = ".glassmaster-pruned"  # bears the time at which the cache was last looked through
BETWEEN_S = 3600.0  # from one look to the next: it costs a walk over all entries
FRESH_S = 3600.0  # what was used since may be at work, or just being written: it stays


def prune_hourly(folder: Path, bounds: Bounds, program: str) -> None:
    """Keep our entries in `folder` within `bounds`, unless that was looked after within the last hour.

    `program` is the beginning of this program's hash. Does what it can: no run fails because something is left.
    """
    marker, now_s = folder / MARKER, time.time()
    with suppress(OSError):
        if 0.0 <= now_s - marker.lstat().st_mtime < BETWEEN_S:
            return
    with suppress(OSError):
        marker.touch()  # first, so that runs that end together do not all look
        remove(surplus([*entries(folder)], bounds, program, now_s))


def surplus(found: list[Entry], bounds: Bounds, program: str, now_s: float) -> Iterator[Entry]:
    """What is to go: what has not been used for too long; then, while all are too large, by how long it was unused.

    What other versions of the program made goes before that, as none will use it.
    """
    size = sum(entry.bytes for entry in found)
    for entry in sorted(found, key=lambda each: (each.program == program, each.used_s)):
        unused_s = now_s - entry.used_s
        if unused_s >= FRESH_S and (unused_s > bounds.longest_s or size > bounds.most_bytes):
            size -= entry.bytes
            yield entry
