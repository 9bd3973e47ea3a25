"""Where people look: faults and a progress bar on standard error, one JSON document on standard output.

It imports nothing of weight: a command that works for minutes shall begin at once.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from albums.faults import Fault
from profiles import Profile

COLOURS = {"refusal": "red", "warning": "yellow", "note": "cyan"}
NEARLY = 0.99  # a bar waits here while its work takes longer than was thought
errors = Console(stderr=True, highlight=False)
output = Console(highlight=False)


class Bars:
    """A watcher that draws a bar for each piece of work."""

    def __init__(self, progress: Progress) -> None:
        """Draw on `progress`."""
        self._progress, self._bars = progress, dict[str, TaskID]()

    def begin(self, work: str, sound_s: float) -> None:
        """A new bar; one that pulses where it is not known how much there is to do."""
        self._bars[work] = self._progress.add_task(escape(work), total=sound_s or None)

    def advance(self, work: str, sound_s: float) -> None:
        """Move its bar on; one that nears its end before the work is done waits there."""
        bar, total = self._bars[work], self._total(work)
        done = self._progress.tasks[self._progress.task_ids.index(bar)].completed
        self._progress.advance(bar, sound_s if total is None else max(0.0, min(sound_s, NEARLY * total - done)))

    def end(self, work: str) -> None:
        """Fill its bar."""
        total = self._total(work) or 1.0
        self._progress.update(self._bars[work], total=total, completed=total)

    def _total(self, work: str) -> float | None:
        return self._progress.tasks[self._progress.task_ids.index(self._bars[work])].total


@contextmanager
def bars() -> Any:
    """A progress display on standard error for as long as the block lasts; silent where that is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        yield Bars(progress)


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document, on standard output."""
    output.file.write(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def fault_document(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Faults as they stand in JSON."""
    return [{"where": fault.where, "words": fault.words, "severity": fault.severity} for fault in faults]


def print_faults(faults: Iterable[Fault]) -> None:
    """Each fault on a line of its own, on standard error."""
    for fault in faults:
        colour = COLOURS[fault.severity]
        errors.print(f"[{colour}]{fault.severity}[/] {escape(str(fault))}", soft_wrap=True)


def print_profiles(known: Sequence[Profile]) -> None:
    """The profiles, a line each."""
    table = Table("profile", "what it is", "loudness", "ceiling")
    for profile in known:
        level = profile.level
        target = "none" if level.target_lufs is None else f"{level.anchor} at {level.target_lufs:g} LUFS"
        table.add_row(escape(profile.name), escape(profile.title), target, f"{level.ceiling_dbtp:g} dBTP")
    output.print(table)
