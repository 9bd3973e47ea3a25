"""A table as a spreadsheet shows it: rows of cells, each with its place, whichever kind of file it came in.

Rows are numbered as spreadsheets number them, blank ones included, and columns have letters. Files are from strangers:
rows, columns, cells and their lengths are bounded, and no cell is ever more than a text to read.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from albums.faults import Fault, Refusal, short

Held = date | datetime | time | timedelta | float | int | bool | None

LARGEST_BYTES = 4 * 2**20  # of text: a thousand tracks in a hundred columns, in UTF-16, take about as much
MOST_ROWS = 5_000  # with something in them
MOST_COLUMNS = 512
MOST_CELLS = 100_000  # with something in them
MOST_PLACES = 5_000_000  # of cells, blank ones too
LAST_ROW = 1_048_576  # of a sheet in Excel
LONGEST_CELL = 32_767  # characters: Excel's own limit
LONGEST_HEADER = 30  # characters of a column's name that are told

# What spreadsheets write where a formula fails, in English, German, French and Spanish.
_ERROR = re.compile(
    r"#(N/A|NV|N/D|VALUE!|WERT!|VALEUR ?!|¡VALOR!|REF!|BEZUG!|¡REF!|NAME\?|NOM ?\?|¿NOMBRE\?"
    r"|DIV/0!|¡DIV/0!|NUM!|ZAHL!|NOMBRE ?!|¡NUM!|NULL!|NUL ?!|¡NULO!|SPILL!|CALC!|#+)#*"
)
_QUOTED = re.compile(r'="([^"]*)"')  # what programs write so that a spreadsheet keeps a code's zeros
_FORMULA = re.compile(r"=\s*[A-Za-z_.]+\s*\(")


@dataclass(frozen=True)
class Cell:
    """The text of a cell, what a workbook holds there if that is no text, and why it cannot be used, or ""."""

    text: str
    held: Held = None
    amiss: str = ""


EMPTY = Cell("")


@dataclass(frozen=True)
class Row:
    """One row and its number in the file, from 1."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """The cell in a column, from 0; an empty one beyond the last."""
        return self.cells[column] if column < len(self.cells) else EMPTY

    @property
    def texts(self) -> list[str]:
        """What is in its cells, without the empty ones."""
        return [cell.text for cell in self.cells if cell.text]


@dataclass(frozen=True)
class Table:
    """The rows that hold something, of the file (and sheet) called `file` in messages; what is to be told of it.

    `separator` is what stands between cells, "" in a workbook, which counts its days from `day_zero`.
    """

    file: str
    rows: tuple[Row, ...]
    notes: tuple[Fault, ...] = ()
    separator: str = ""
    day_zero: datetime | None = None


def cell_of(text: str, held: Held = None) -> Cell:
    """A cell of `text` as it stands in a file: outer blanks off, line ends alike, ="0012" as what it shows."""
    if not text:
        return EMPTY
    shown = re.sub(r"\r\n?|\u2028|\u2029", "\n", text).strip(" \t\n\v\f\xa0\ufeff\u200b\u3000")
    if quoted := _QUOTED.fullmatch(shown):
        shown = quoted[1].strip()
    amiss = ""
    if _ERROR.fullmatch(shown):
        amiss = f"{short(shown)} is an error of the spreadsheet; mend the formula, or write its value"
    elif _FORMULA.match(shown):
        amiss = f"{short(shown)} is a formula, which is not calculated here; write its value"
    return Cell(shown, held, amiss)


def bounded(rows: Iterable[tuple[int, Sequence[Cell]]], file: str) -> Iterator[Row]:
    """Those of the numbered rows that hold something; raises Refusal for too many, or for control characters."""
    kept = cells = places = 0
    for number, found in rows:
        places += len(found)
        if places > MOST_PLACES or number > LAST_ROW:
            raise Refusal([Fault(f"{file}: row {number}", "lies further down or is wider than any album needs")])
        filled = [index for index, cell in enumerate(found) if cell.text]
        if not filled:
            continue
        cells += len(filled)
        if kept >= MOST_ROWS or cells > MOST_CELLS or filled[-1] >= MOST_COLUMNS:
            words = f"has more than {MOST_ROWS:,} rows, {MOST_COLUMNS} columns or {MOST_CELLS:,} cells"
            raise Refusal([Fault(f"{file}: row {number}", f"{words}; no album needs as many")])
        for index in filled:
            _refuse_controls(found[index].text, at(file, number, index))
        kept += 1
        yield Row(number, tuple(found))


def _refuse_controls(text: str, where: str) -> None:
    if len(text) > LONGEST_CELL:
        raise Refusal([Fault(where, f"holds {len(text):,} characters; at most {LONGEST_CELL:,} are taken")])
    if text.isprintable():
        return
    bad = next((c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"), "")
    if bad:
        raise Refusal([Fault(where, f"holds a control character (U+{ord(bad):04X}), which no text has; delete it")])


def letters(column: int) -> str:
    """The letters of a column, from 0: A, B ... Z, AA."""
    name, left = "", column + 1
    while left:
        left, place = divmod(left - 1, 26)
        name = chr(ord("A") + place) + name
    return name


def at(file: str, row: int, column: int | None = None, header: str = "") -> str:
    """A place as it is told: `release.csv: row 7, column F (ISRC)`."""
    shown = " ".join("".join(c if c.isprintable() else " " for c in header).split())
    shown = shown if len(shown) <= LONGEST_HEADER else f"{shown[: LONGEST_HEADER - 3]}..."
    named = f" ({shown})" if shown else ""
    return f"{file}: row {row}" + (f", column {letters(column)}{named}" if column is not None else "")
