"""What is remembered, counted: by kind, and by which version of the program made it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.system.result_cache import Entry


@dataclass(frozen=True)
class Sum:
    """How many entries there are, and how many bytes they have together."""

    entries: int
    bytes: int


@dataclass(frozen=True)
class Account:
    """Entries of the cache, and the beginning of the hash of the `program` that counts them."""

    entries: tuple[Entry, ...]
    program: str

    @property
    def whole(self) -> Sum:
        """All of them."""
        return _sum(self.entries)

    @property
    def kinds(self) -> dict[str, Sum]:
        """By the kind of work, in alphabetical order."""
        kinds = sorted({entry.kind for entry in self.entries})
        return {kind: _sum(entry for entry in self.entries if entry.kind == kind) for kind in kinds}

    @property
    def of_others(self) -> tuple[Entry, ...]:
        """Those that other versions of the program made, which this one never uses."""
        return tuple(entry for entry in self.entries if entry.program != self.program)

    @property
    def others(self) -> Sum:
        """The sum of those."""
        return _sum(self.of_others)

    @property
    def oldest_used(self) -> str | None:
        """When the one that was unused for longest was last used, in UTC as ISO 8601; None where there are none."""
        oldest_s = min((entry.used_s for entry in self.entries), default=None)
        return None if oldest_s is None else datetime.fromtimestamp(oldest_s, UTC).isoformat(timespec="seconds")


def _sum(found: Iterable[Entry]) -> Sum:
    sizes = [entry.bytes for entry in found]
    return Sum(len(sizes), sum(sizes))
