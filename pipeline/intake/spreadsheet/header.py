"""Where a table's header is, and what its columns mean: a row of names, or two where some stand under merged cells."""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from albums.faults import Fault, Refusal, short
from pipeline.intake.spreadsheet.column_names import FILE, NAMES, NUMBER
from pipeline.intake.spreadsheet.columns import LONGEST_NAME, SEVERAL, groups_columns, meaning_of
from pipeline.intake.spreadsheet.table import Row, Table, at, letters

MOST_ABOVE = 30  # rows that are looked through for a header: titles, addresses, remarks stand above it; taste
MOST_NAMED = 12
TELLING = frozenset({"title", "isrc", FILE})
"""Meanings by which a row can be told from others; a header has one of them at least."""


@dataclass(frozen=True)
class Header:
    """A header: the number of its last row, how many rows of the table lie above and in it, and its columns.

    `names` and `meanings` are by columns; a meaning is "" where none is known. `width` counts cells, named or not.
    """

    row: int
    above: int
    rows: int
    names: tuple[str, ...]
    meanings: tuple[str, ...]
    width: int

    @property
    def known(self) -> int:
        """How many things it has a column for."""
        return len(set(self.meanings) - {""})

    def below(self, table: Table) -> tuple[Row, ...]:
        """The rows of `table` under it, without those that say the same once more, as on each page."""
        return tuple(row for row in table.rows[self.rows :] if not self._is_said_again(row))

    def _is_said_again(self, row: Row) -> bool:
        found = [(name, row.cell(column).text) for column, name in enumerate(self.names) if name]
        return all(name.endswith(text) and text for name, text in found)


@dataclass(frozen=True)
class Columns:
    """The columns of a table by their meanings, and what is to be told of those that have none."""

    places: dict[str, tuple[int, ...]]
    names: tuple[str, ...]
    faults: tuple[Fault, ...]


def find_header(table: Table) -> Header | None:
    """The header of `table`: the row or the two rows near its top with most names that are known; None without any."""
    best: Header | None = None
    best_score = (0, 0, 0)
    for index in range(min(MOST_ABOVE, len(table.rows))):
        for header in _headers_at(table.rows, index):
            grouped = header.rows - header.above > 1 and groups_columns(_texts(table.rows[index], header.width))
            score = (header.known, int(grouped), header.above - header.rows)
            if set(header.meanings) & TELLING and score > best_score:
                best, best_score = header, score
    return best


def read_columns(table: Table, header: Header) -> Columns:
    """What the columns of `header` mean, those left out that hold nothing; two of one meaning are refused."""
    below = header.below(table)
    width = max([header.width, *(len(row.cells) for row in below)])
    filled = [column for column in range(width) if any(row.cell(column).text for row in below)]
    names = (*header.names, *[""] * (width - len(header.names)))
    meanings = [*header.meanings, *[""] * (width - len(header.meanings))]
    _settle_tracks(below, names, meanings, filled)
    places = defaultdict[str, list[int]](list)
    for column in filled:
        if meanings[column]:
            places[meanings[column]].append(column)
    where = at(table.file, header.row)
    faults = [*_twice(places, names, where), *_unknown([c for c in filled if not meanings[c]], names, where)]
    faults += _above(table, header)
    return Columns({meaning: tuple(columns) for meaning, columns in places.items()}, names, tuple(faults))


def no_header(table: Table) -> Refusal:
    """Why nothing is read from a table without a header: which names were found, and which are wanted."""
    found = [text for row in table.rows[:1] for text in row.texts][:MOST_NAMED]
    words = "has no header: a row that names the columns, with Title, ISRC or File name among them"
    first = f"; row {table.rows[0].number} has {', '.join(map(short, found))}" if found else "; it is empty"
    return Refusal([Fault(table.file, words + first)])


def _headers_at(rows: Sequence[Row], index: int) -> Iterator[Header]:
    """The header that the row at `index` is, and the one that it is with the next."""
    first = rows[index]
    texts = _texts(first, len(first.cells))
    yield _header(first.number, index, index + 1, texts, [""] * len(texts))
    if index + 1 < len(rows):
        second = rows[index + 1]
        width = max(len(first.cells), len(second.cells))
        upper, lower = _texts(first, width), _texts(second, width)
        above, over = list[str](), ""
        for top, name in zip(upper, lower, strict=True):
            over = top or (over if name else "")  # a merged cell has its text in the first of those that it covers
            above.append(over)
        names = [name or top for top, name in zip(upper, lower, strict=True)]
        yield _header(
            second.number, index, index + 2, names, [a if n else "" for a, n in zip(above, lower, strict=True)]
        )


def _header(row: int, above: int, rows: int, names: Sequence[str], over: Sequence[str]) -> Header:
    meanings = tuple(meaning_of(name, top) for name, top in zip(names, over, strict=True))
    shown = tuple(f"{top}: {name}" if top else name for name, top in zip(names, over, strict=True))
    return Header(row, above, rows, shown, meanings, len(names))


def _texts(row: Row, width: int) -> list[str]:
    return [row.cell(column).text for column in range(width)]


def _settle_tracks(rows: Sequence[Row], names: Sequence[str], meanings: list[str], filled: Sequence[int]) -> None:
    """Have a column "Track" be titles where it holds words and there is no other column of titles."""
    for column in filled:
        if (
            meanings[column] == NUMBER
            and "title" not in meanings
            and names[column].strip().lower() in ("track", "piste")
        ):
            texts = [row.cell(column).text for row in rows if row.cell(column).text]
            if sum(text[:1].isdigit() for text in texts) * 2 < len(texts):
                meanings[column] = "title"


def _twice(places: dict[str, list[int]], names: Sequence[str], where: str) -> Iterator[Fault]:
    for meaning, columns in places.items():
        alike = Counter(names[column].casefold().strip() for column in columns)
        if len(columns) > 1 and (meaning not in SEVERAL or max(alike.values()) > 1):
            both = " and ".join(f"{letters(column)} ({short(names[column])})" for column in columns)
            yield Fault(where, f"columns {both} mean the same, {_documented(meaning)!r}; keep one, or rename the other")


def _unknown(columns: Sequence[int], names: Sequence[str], where: str) -> Iterator[Fault]:
    """One note on all columns that are left out, by their names, and what each may have been meant to be."""
    if columns:
        told = ", ".join(_told(column, names[column]) for column in columns[:MOST_NAMED])
        more = f" and {len(columns) - MOST_NAMED} more" if len(columns) > MOST_NAMED else ""
        yield Fault(where, f"columns that mean nothing here are left out: {told}{more}", "note")


def _told(column: int, name: str) -> str:
    if not name:
        return f"{letters(column)}, which has no name"
    known = {each.casefold(): each for names in NAMES.values() for each in names}
    near = difflib.get_close_matches(name.casefold(), known, 1, 0.85) if len(name) <= LONGEST_NAME else []
    return f"{letters(column)} ({short(name)}{f', is it {known[near[0]]!r}?' if near else ''})"


def _above(table: Table, header: Header) -> Iterator[Fault]:
    rows = table.rows[: header.above]
    if rows:
        said = "; ".join(short(" ".join(row.texts)) for row in rows[:MOST_NAMED])
        where = at(table.file, rows[0].number)
        yield Fault(where, f"stands above the header, which is row {header.row}, and is left out: {said}", "note")


def _documented(meaning: str) -> str:
    return NAMES[meaning][0]
