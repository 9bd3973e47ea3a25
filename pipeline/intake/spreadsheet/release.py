"""A sheet of a release: what it says of the album and, row by row, of each track, every fault with its row and column.

What is said of the album stands in every row, or in one of them; where rows disagree, it is refused.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from albums.faults import Fault, short
from albums.manifest import OF_THE_RELEASE
from pipeline.intake.spreadsheet.cells import DateRules, read_cell
from pipeline.intake.spreadsheet.column_names import DURATION, FILE, NUMBER, SUBGENRE
from pipeline.intake.spreadsheet.columns import SEVERAL, bare
from pipeline.intake.spreadsheet.dates import lengths_s, order_in
from pipeline.intake.spreadsheet.files import read_table
from pipeline.intake.spreadsheet.header import Columns, find_header, no_header, read_columns
from pipeline.intake.spreadsheet.table import Row, Table, at, letters

_TELLING = (FILE, "isrc", "title", NUMBER)  # what tells a row from the others
_TOTALS = tuple(map(bare, ("total", "totals", "sum", "Summe", "gesamt", "insgesamt", "somme", "suma", "totale")))


@dataclass(frozen=True)
class SheetRow:
    """What a row says of its track: `values` by keys of the manifest, checked; which mix it speaks of; its place.

    `places` are those of its cells by what they say. `lengths_s` are readings of its duration, in seconds.
    """

    number: int
    where: str
    values: dict[str, Any]
    places: dict[str, str]
    file: str = ""
    track: int = 0
    disc: int = 0
    lengths_s: tuple[float, ...] = ()
    may_be_total: bool = False

    @property
    def title(self) -> str:
        """Its title, or nothing."""
        return str(self.values.get("title", ""))

    @property
    def shown(self) -> str:
        """What it is called in messages."""
        return short(self.title or self.file or self.values.get("isrc", "") or f"track {self.track}")

    def place(self, *meanings: str) -> str:
        """The place of the first of the `meanings` that it has a cell for, or its own."""
        return next((self.places[each] for each in meanings if each in self.places), self.where)


@dataclass(frozen=True)
class ReleaseSheet:
    """What a sheet says: of the album, by keys of the manifest, and in each row of a track; all that is to be told.

    `places` are those of the cells that speak of the album, by keys.
    """

    file: str
    album: dict[str, Any]
    places: dict[str, str]
    rows: tuple[SheetRow, ...]
    faults: tuple[Fault, ...]


@dataclass
class _Reading:
    """A table that is being read: what it needs, and what was found so far."""

    table: Table
    columns: Columns
    rules: DateRules
    faults: list[Fault]
    told: set[tuple[str, str]] = field(default_factory=set)
    """Remarks that are told once for a column, by its meaning and their kind."""
    of_album: dict[str, dict[Any, list[tuple[int, str]]]] = field(default_factory=lambda: defaultdict(dict))
    """By key, the values, each with the rows that say it and the place of the first."""


def read_release(path: Path, sheet: str = "") -> ReleaseSheet:
    """What the sheet in the file at `path` says; its `faults` may be refusals.

    Raises Refusal where no table can be read from it at all.
    """
    table = read_table(path, sheet)
    header = find_header(table)
    if header is None:
        raise no_header(table)
    columns = read_columns(table, header)
    reading = _Reading(table, columns, DateRules(order_in(table), table), [*table.notes, *columns.faults])
    read = [_row(row, reading) for row in header.below(table)]
    rows = [row for row in read if row]
    album = _album(reading) | _said_once(rows, reading)
    if not rows:
        reading.faults.append(Fault(at(table.file, header.row), "has no rows of tracks under it"))
    reading.faults += [*_isrcs_twice(rows), *_clean_in_doubt(rows, reading)]
    places = {key: next(iter(values.values()))[0][1] for key, values in reading.of_album.items()}
    return ReleaseSheet(table.file, album, places, tuple(rows), tuple(reading.faults))


def _row(row: Row, reading: _Reading) -> SheetRow | None:
    filled = {meaning: [column for column in columns if row.cell(column).text]
              for meaning, columns in reading.columns.places.items()}  # fmt: skip
    present = {meaning for meaning, columns in filled.items() if columns}
    total = bare(row.texts[0]).startswith(_TOTALS)
    if present <= {DURATION} or (total and not present & {FILE, "isrc", "title"}):
        where = at(reading.table.file, row.number)
        reading.faults.append(Fault(where, f"is taken for a sum or a remark, and left out: {_texts(row)}", "note"))
        return None
    values, places, lengths = dict[str, Any](), dict[str, str](), tuple[float, ...]()
    for meaning, columns in filled.items():
        for column in columns:
            places.setdefault(meaning, at(reading.table.file, row.number, column, reading.columns.names[column]))
            if meaning == DURATION:
                lengths = _length(row, column, places[meaning], reading)
            else:
                _cell(row, meaning, column, reading, values)
    if not present & set(_TELLING):
        _of_no_track(row, values, places, reading)
        return None
    of_track = {key: value for key, value in values.items() if key not in (FILE, NUMBER, "disc")}
    where, may_be_total = at(reading.table.file, row.number), total and not present & {FILE, "isrc", NUMBER}
    track, disc = values.get(NUMBER, 0), values.get("disc", 0)
    return SheetRow(row.number, where, of_track, places, values.get(FILE, ""), track, disc, lengths, may_be_total)


def _of_no_track(row: Row, values: dict[str, Any], places: dict[str, str], reading: _Reading) -> None:
    """A row of the album alone says what it says of that; any other that cannot be told from others is refused."""
    of_track = [key for key in places if not key.startswith("album.") and key != DURATION]
    if set(of_track) <= set(OF_THE_RELEASE):
        for key, value in values.items():
            reading.of_album[key].setdefault(value, []).append((row.number, places[key]))
    else:
        words = f"has none of title, ISRC, file name and track number, which tell a row from others: {_texts(row)}"
        reading.faults.append(Fault(at(reading.table.file, row.number), words))


def _cell(row: Row, meaning: str, column: int, reading: _Reading, values: dict[str, Any]) -> None:
    """Read one cell; what it says of a track goes into `values`, and of the album to what other rows say of it."""
    cell, name = row.cell(column), reading.columns.names[column]
    where = at(reading.table.file, row.number, column, name)
    try:
        said = read_cell(meaning, cell, name, reading.rules)
    except ValueError as error:
        reading.faults.append(Fault(where, str(error)))
        return
    if said.remark and (meaning, said.remark) not in reading.told:
        reading.told.add((meaning, said.remark))
        reading.faults.append(Fault(where, said.remark, "note"))
    if garbled := _garbled(cell.text):
        words = f"{short(cell.text)} looks like {short(garbled)} whose encoding was mistaken; mend the file if it is"
        reading.faults.append(Fault(where, words, "warning"))
    for key, value in said.values.items():
        if meaning.startswith("album."):
            reading.of_album[key].setdefault(value, []).append((row.number, where))
        elif key in SEVERAL or key == SUBGENRE:
            key = "genre" if key == SUBGENRE else key
            values[key] = tuple(dict.fromkeys((*values.get(key, ()), *value)))
        elif meaning == "disc" or key not in values:
            values[key] = value


def _length(row: Row, column: int, where: str, reading: _Reading) -> tuple[float, ...]:
    try:
        return lengths_s(row.cell(column))
    except ValueError as error:
        reading.faults.append(Fault(where, str(error)))
        return ()


def _texts(row: Row) -> str:
    return short(" ".join(row.texts))


def _album(reading: _Reading) -> dict[str, Any]:
    """What all rows that say it say alike of the album; a refusal for each key of which they say different things."""
    found = dict[str, Any]()
    for key, values in reading.of_album.items():
        if len(values) > 1:
            said = ", ".join(f"{_rows_told(rows)} {_shown(value)}" for value, rows in list(values.items())[:4])
            where = next(iter(values.values()))[0][1]
            words = f"an album has one, and rows differ: {said}; rows of another album go into a sheet of their own"
            reading.faults.append(Fault(where, words))
        else:
            found[key] = next(iter(values))
    return found


def _shown(value: Any) -> str:
    return (
        short(", ".join(value)) if isinstance(value, tuple) else short(value) if isinstance(value, str) else str(value)
    )


def _rows_told(rows: Sequence[tuple[int, str]]) -> str:
    numbers = [number for number, _ in rows]
    return f"row {numbers[0]} has" if len(numbers) == 1 else f"rows {numbers[0]} to {numbers[-1]} ({len(numbers)}) have"


def _said_once(rows: Sequence[SheetRow], reading: _Reading) -> dict[str, Any]:
    """What the first row alone says, of such that an album usually has as a whole: it is the album's."""
    found = dict[str, Any]()
    for key in OF_THE_RELEASE:
        saying = [row for row in rows if key in row.values]
        if len(rows) > 1 and len(saying) == 1 and saying[0] is rows[0]:
            found[key] = rows[0].values.pop(key)
            words = f"{key} stands in this row alone, and is taken as the album's"
            reading.faults.append(Fault(rows[0].place(key), words, "note"))
    return found


def _isrcs_twice(rows: Sequence[SheetRow]) -> Iterator[Fault]:
    first: dict[str, SheetRow] = {}
    for row in rows:
        code = row.values.get("isrc", "")
        if code and (earlier := first.setdefault(code, row)) is not row:
            yield Fault(row.place("isrc"), f"{short(code)} is also in row {earlier.number}; each recording has its own")


def _clean_in_doubt(rows: Sequence[SheetRow], reading: _Reading) -> Iterator[Fault]:
    """A note where nothing but explicit and clean is said: "clean" may have been meant as not explicit."""
    said = [row for row in rows if "explicit" in row.values]
    if any(row.values["explicit"] == "clean" for row in said) and not any(
        row.values["explicit"] is False for row in said
    ):
        (column, *_) = reading.columns.places["explicit"]
        where = f"{reading.table.file}: column {letters(column)} ({reading.columns.names[column]})"
        yield Fault(where, '"clean" is read as a cleaned version of explicit words; write no where nothing was', "note")


def _garbled(text: str) -> str:
    """What `text` was before its UTF-8 was read as Windows-1252, if it looks so: "Müller" of "MÃ¼ller"."""
    if text.isascii():
        return ""
    try:
        found = text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return ""
    return found if found != text else ""
