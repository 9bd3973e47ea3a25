"""A table from an XLSX workbook, read by openpyxl: values as they were stored, formulas by what they last came to.

Nothing is calculated, no link is followed, no macro is run. Of several sheets the one that has a header is taken.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import openpyxl
from lxml import etree

from albums.faults import Fault, Refusal, short
from pipeline.intake.spreadsheet.files.workbook_parts import LARGEST_WORKBOOK_BYTES, safe_parts
from pipeline.intake.spreadsheet.header import find_header
from pipeline.intake.spreadsheet.table import EMPTY, Cell, Held, Row, Table, bounded, cell_of

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")
_UNCALCULATED = "#UNCALCULATED!"  # stands where a formula has no value, until it is told
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # ECMA-376 part 1, 22.9.2.19: characters that XML does not take
MOST_NAMED = 8  # sheets
_WHOLE = 2**53  # beyond it, whole numbers are not told apart in a cell


@dataclass(frozen=True)
class _Sheet:
    """A sheet's table, as far as it can be read, and why it ends there."""

    name: str
    is_shown: bool
    table: Table
    refusal: Refusal | None

    @property
    def has_header(self) -> bool:
        return find_header(self.table) is not None


def read_workbook(data: bytes, file: str, wanted: str = "") -> Table:
    """The table in the bytes of a workbook, called `file` in messages: in the sheet `wanted`, or the one with a header.

    Raises Refusal where there is none, or several.
    """
    if len(data) > LARGEST_WORKBOOK_BYTES:
        raise Refusal([Fault(file, f"takes {len(data):,} bytes; at most {LARGEST_WORKBOOK_BYTES:,} are taken")])
    parts = safe_parts(data, file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on formats and validations, which are left out
            sheets = _sheets(parts, file)
    except Exception as error:  # a workbook may come from any program: on a broken one, openpyxl raises anything
        words = "cannot be read as a workbook; open it in a spreadsheet program and save it as .xlsx once more"
        raise Refusal([Fault(file, f"{words} ({type(error).__name__})")]) from None
    chosen = _chosen(sheets, file, wanted)
    if chosen.refusal:
        raise chosen.refusal
    return replace(chosen.table, notes=tuple(_left_out(sheets, chosen, file)))


def _sheets(parts: dict[str, bytes], file: str) -> list[_Sheet]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as copy:
        for name, part in parts.items():
            copy.writestr(name, _with_formulas_told(part) if _FORMULA.search(part) else part)
    book: Any = openpyxl.load_workbook(archive, read_only=True, data_only=True, keep_links=False)
    alone = len(book.worksheets) == 1
    return [_read(sheet, file if alone else f"{file}, sheet {short(sheet.title)}", book.epoch)
            for sheet in book.worksheets]  # fmt: skip


def _with_formulas_told(part: bytes) -> bytes:
    """The XML of a sheet in which a formula that was never calculated is an error; any other XML as it is."""
    root = etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))
    if root.tag != f"{_MAIN}worksheet":
        return part
    for cell in root.iter(f"{_MAIN}c"):
        if cell.find(f"{_MAIN}f") is not None and not cell.findtext(f"{_MAIN}v") and cell.get("t") != "str":
            cell.set("t", "e")
            value = cell.find(f"{_MAIN}v")
            (etree.SubElement(cell, f"{_MAIN}v") if value is None else value).text = _UNCALCULATED
    return bytes(etree.tostring(root))


def _read(sheet: Any, file: str, day_zero: datetime) -> _Sheet:
    sheet.reset_dimensions()  # which a file may say wrongly
    rows, refusal = list[Row](), None
    numbered = ((number, [_cell(cell) for cell in cells]) for number, cells in enumerate(sheet.iter_rows(), 1))
    try:
        rows.extend(bounded(numbered, file))
    except Refusal as stopped:
        refusal = stopped
    table = Table(file, tuple(rows), day_zero=day_zero)
    return _Sheet(sheet.title, sheet.sheet_state == "visible", table, refusal)


def _cell(cell: Any) -> Cell:
    value: Held | str = cell.value
    if value is None or value == "":
        return EMPTY
    if isinstance(value, str):
        if cell.data_type == "e" and value == _UNCALCULATED:
            words = "is a formula that was never calculated; open the file in a spreadsheet program and save it"
            return Cell(value, amiss=words)
        return cell_of(_ESCAPED.sub(lambda escaped: chr(int(escaped[1], 16)), value))
    return cell_of(_shown(value), value.date() if isinstance(value, datetime) and _is_midnight(value) else value)


def _is_midnight(found: datetime) -> bool:
    return found.time() == time()


def _shown(value: Held) -> str:
    """A value that is no text as a text: whole numbers without a point, dates as 2026-11-27."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if _is_midnight(value) else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _chosen(sheets: Sequence[_Sheet], file: str, wanted: str) -> _Sheet:
    """The sheet that is `wanted`, or else the one to be seen that has a header."""
    names = ", ".join(short(sheet.name) for sheet in sheets[:MOST_NAMED]) or "none"
    if wanted:
        named = [sheet for sheet in sheets if sheet.name.strip().casefold() == wanted.strip().casefold()]
        if not named:
            raise Refusal([Fault(file, f"has no sheet {short(wanted)}; it has {names}")])
        return named[0]
    shown = [sheet for sheet in sheets if sheet.is_shown]
    headed = [sheet for sheet in shown if sheet.has_header]
    if len(headed) == 1:
        return headed[0]
    if headed:
        found = " and ".join(short(sheet.name) for sheet in headed[:MOST_NAMED])
        raise Refusal([Fault(file, f"has a header in {len(headed)} sheets, {found}; say which by --sheet NAME")])
    if len(filled := [sheet for sheet in shown if sheet.table.rows]) == 1:
        return filled[0]  # why it has no header is told with its place
    if stopped := [sheet for sheet in shown if sheet.refusal]:
        return stopped[0]
    hidden = [short(sheet.name) for sheet in sheets if not sheet.is_shown and sheet.has_header]
    meant = f"; the hidden sheet {hidden[0]} does: take it by --sheet" if hidden else ""
    raise Refusal([Fault(file, f"has no sheet with a header that is known, among {names}{meant}")])


def _left_out(sheets: Sequence[_Sheet], chosen: _Sheet, file: str) -> Iterator[Fault]:
    others = [sheet for sheet in sheets if sheet is not chosen and sheet.table.rows]
    if others:
        named = ", ".join(short(sheet.name) + ("" if sheet.is_shown else " (hidden)") for sheet in others[:MOST_NAMED])
        yield Fault(file, f"sheet {short(chosen.name)} is read; left out: {named}", "note")
