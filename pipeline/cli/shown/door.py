"""The one door through which texts reach a terminal: all that the commands print goes through `output` and `errors`.

Texts are made visible here, and nothing in them is markup: a style is said beside a text, never in it. What is told is
written to the run's log as well, where there is one. Only this folder may use Rich or write to a stream.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from rich.console import Console
from rich.text import Text

from albums.faults import Fault
from pipeline.cli.shown.log import Log
from pipeline.cli.shown.tables.sheet import Column, Sheet
from pipeline.cli.shown.visible_text import in_charset, json_safe, visible

COLOURS = {"refusal": "red", "warning": "yellow", "note": "cyan"}


class Styled(NamedTuple):
    """A text and how it looks, as Rich names it: `bold`, `red`, `dim`."""

    text: str
    style: str


Piece = str | Styled


@dataclass
class Telling:
    """How much this run, called by `words`, tells, and the log that is kept of it."""

    words: tuple[str, ...] = ()
    quiet: bool = False
    verbose: bool = False
    log: Log | None = None


telling = Telling()  # of the process's one run


@contextmanager
def told(words: Sequence[str]) -> Iterator[Telling]:
    """A run that tells as much as is usual, until it says otherwise; its log is closed at its end.

    What is told after it, where the process does anything more, is as usual again.
    """
    telling.words = tuple(words)
    try:
        yield telling
    finally:
        log, telling.quiet, telling.verbose, telling.log = telling.log, False, False, None
        if log:
            log.close()
            if log.failure:
                errors.say(f"the log could not be written: {log.failure}")


class Outlet:
    """Standard output or standard error, as whatever that is when something is said."""

    def __init__(self, *, is_errors: bool = False) -> None:
        """Nothing is opened."""
        self.console = Console(stderr=is_errors, markup=False, emoji=False, highlight=False)

    def say(self, *pieces: Piece) -> None:
        """A line, however long; a terminal wraps it."""
        line = Text()
        for piece in pieces:
            text, style = piece if isinstance(piece, Styled) else (piece, "")
            line.append(self.shown(text), style=style)
        if telling.log:
            telling.log.write(line.plain)
        self.console.print(line, soft_wrap=True)

    def show(self, sheet: Sheet) -> None:
        """A table, as wide as the terminal at most."""
        columns = [
            tuple(Column(self.shown(each.head), self.shown(each.second), each.texts) for each in kind)
            for kind in (sheet.lead, sheet.more)
        ]
        rows = [tuple(map(self.shown, row)) for row in sheet.rows]
        if telling.log:
            for row in ([each.head for each in columns[0] + columns[1]], *rows):
                telling.log.write("  ".join(row))
        for table in Sheet(self.shown(sheet.title), columns[0], columns[1], rows).tables(self.console.width):
            self.console.print(table)

    def write_json(self, document: Mapping[str, Any]) -> None:
        """One JSON document, nothing in it raw that a terminal would obey."""
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        self.console.file.write(json_safe(text, self.console.encoding) + "\n")

    def shown(self, text: str) -> str:
        """`text` as this outlet can show it."""
        return in_charset(visible(text), self.console.encoding)


output, errors = Outlet(), Outlet(is_errors=True)


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document, on standard output."""
    output.write_json(document)


def fault_document(faults: Iterable[Fault]) -> list[dict[str, str]]:
    """Faults as they stand in JSON."""
    return [{"where": fault.where, "words": fault.words, "severity": fault.severity} for fault in faults]


def print_faults(faults: Iterable[Fault]) -> None:
    """Each fault on a line of its own, on standard error."""
    for fault in faults:
        errors.say(Styled(fault.severity, COLOURS[fault.severity]), f" {fault}")
