"""A table from text with separators between cells: CSV as Excel, LibreOffice, Google Sheets and Numbers export it.

Which separator it is, a line `sep=;` says, as Excel writes it; else it is the one with which most columns have a name
that is known.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from albums.faults import Fault, Refusal
from pipeline.intake.spreadsheet.files.encodings import decoded
from pipeline.intake.spreadsheet.header import find_header
from pipeline.intake.spreadsheet.table import LARGEST_BYTES, Cell, Row, Table, at, bounded, cell_of

SEPARATORS = ";,\t|"
WIDEST = 16_384  # cells in a row, blank ones too: Excel's own limit
_DECLARED = re.compile(r'"?sep=([;,\t|])"?[ \t]*(?:\r\n|\r|\n)', re.IGNORECASE)


@dataclass(frozen=True)
class _Try:
    """What a separator makes of a file: a table, as far as it can be read; how many columns have a name that is known.

    `surplus` are cells beyond those of the header, which a wrong separator makes of texts.
    """

    table: Table
    refusal: Refusal | None
    known: int
    surplus: int


def read_delimited(data: bytes, file: str) -> Table:
    """The table in the bytes of a text file, called `file` in messages; raises Refusal, with row and column."""
    if len(data) > LARGEST_BYTES:
        raise Refusal([Fault(file, f"takes {len(data):,} bytes; at most {LARGEST_BYTES:,} are taken")])
    found = decoded(data, file)
    declared = _DECLARED.match(found.text)
    text = found.text[declared.end() :] if declared else found.text
    tries = [_tried(text, each, file) for each in ([declared[1]] if declared else SEPARATORS)]
    best = max(tries, key=lambda each: (each.known, each.refusal is None, -each.surplus))
    if best.refusal:
        raise best.refusal
    return replace(best.table, notes=found.notes)


def _tried(text: str, separator: str, file: str) -> _Try:
    rows, refusal = list[Row](), None
    try:
        rows.extend(bounded(_rows(text, separator, file), file))
    except Refusal as stopped:
        refusal = stopped
    table = Table(file, tuple(rows), separator=separator)
    header = find_header(table)
    if not header:
        return _Try(table, refusal, 0, 0)
    surplus = sum(max(0, len(row.cells) - header.width) for row in header.below(table))
    return _Try(table, refusal, header.known, surplus)


def _rows(text: str, separator: str, file: str) -> Iterator[tuple[int, list[Cell]]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refusal([_broken(error, at(file, number))]) from None
        if len(cells) > WIDEST:
            raise Refusal([Fault(at(file, number), f"has {len(cells):,} cells; is it a table?")])
        yield number, [cell_of(cell) for cell in cells]


def _broken(error: csv.Error, where: str) -> Fault:
    if "unexpected end" in str(error) or "field larger" in str(error):
        return Fault(where, 'a quotation mark (") is opened here, or further down, and never closed')
    return Fault(where, 'a quotation mark (") within a text that stands in quotation marks is written twice, ""')
