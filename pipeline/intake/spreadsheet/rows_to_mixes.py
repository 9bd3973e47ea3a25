"""Which mix each row of a sheet speaks of: by file name, ISRC, number with title, or title; never by a guess.

What a row and a mix have in common is sought in steps, from the surest on; in each a row takes the mix that fits it
alone and no other row. A row that fits no mix is refused with the nearest one's name, and so is a mix that no row
speaks of, unless it is said what becomes of it.
"""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Literal

from albums.codes import bare_isrc
from albums.faults import MOST_TOLD, Fault, short
from pipeline.intake.left_out import SOUNDS
from pipeline.intake.mix_folder import Found
from pipeline.intake.spreadsheet.column_names import FILE, NUMBER
from pipeline.intake.spreadsheet.release import ReleaseSheet, SheetRow
from pipeline.intake.spreadsheet.titles import forms_of_mix, forms_of_row

Unlisted = Literal["refuse", "keep", "leave-out"]
"""What becomes of a mix that no row speaks of."""

MOST_NAMED = 5


@dataclass(frozen=True)
class Matched:
    """Mixes in the order to be played, each with its row, if it has one; and what is to be told."""

    pairs: tuple[tuple[Found, SheetRow | None], ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class _Step:
    """One way to tell which mix is meant: what a row and its mix have in common, one thing at least."""

    of_row: Callable[[SheetRow], Iterable[Hashable]]
    of_mix: Callable[[Found], Iterable[Hashable]]


def match(sheet: ReleaseSheet, mixes: Sequence[Found], unlisted: Unlisted = "refuse") -> Matched:
    """The mix of each row of `sheet`; `faults` are refusals where a row has none or several, or a mix has no row.

    Tracks are in the order of their numbers if every row has one, else in that of the rows.
    """
    taken, doubts = dict[int, int](), dict[int, str]()
    for step in _steps(sheet):
        _take(step, sheet.rows, mixes, taken, doubts)
    free = [mix for index, mix in enumerate(mixes) if index not in set(taken.values())]
    left = [(row, doubts.get(index, "")) for index, row in enumerate(sheet.rows) if index not in taken]
    pairs = [(mixes[taken[index]], sheet.rows[index]) for index in sorted(taken)]
    rows = [row for _, row in pairs]
    faults = [*_rows_without(left, free or mixes), *_mixes_without(sheet, free, [row for row, _ in left], unlisted)]
    faults += [*_numbers_amiss([row for row in sheet.rows if not row.may_be_total]), *_discs_amiss(rows)]
    if all(row.track for row in rows):
        pairs.sort(key=lambda pair: (pair[1].disc or 1, pair[1].track))
    kept: list[tuple[Found, SheetRow | None]] = [(mix, None) for mix in free] if unlisted == "keep" else []
    return Matched((*pairs, *kept), tuple(faults))


def _steps(sheet: ReleaseSheet) -> Iterator[_Step]:
    """The steps, from the surest on; a row that names a file is sought by that alone."""
    artist = str(sheet.album.get("artist", ""))

    def titles(row: SheetRow, *, loosely: bool = True) -> set[str]:
        return set() if row.file else forms_of_row(row, artist, loosely=loosely)

    for spelt in (_path, _name, _stem):
        yield _by_file(spelt)
    yield _Step(lambda row: set() if row.file else {row.values.get("isrc", "")} - {""}, _isrcs)
    yield _Step(
        lambda row: {(_number(row), title) for title in titles(row) if row.track},
        lambda mix: {(number, title) for number in _numbers(mix) for title in forms_of_mix(mix)},
    )
    yield _Step(partial(titles, loosely=False), partial(forms_of_mix, loosely=False))
    yield _Step(titles, forms_of_mix)
    yield _Step(
        lambda row: {_number(row)} if row.track and not row.file else set(),
        lambda mix: set() if forms_of_mix(mix) else _numbers(mix),
    )


def _by_file(spelt: Callable[[str], str]) -> _Step:
    return _Step(lambda row: {spelt(row.file)} - {""}, lambda mix: {spelt(mix.mix)})


def _take(
    step: _Step, rows: Sequence[SheetRow], mixes: Sequence[Found], taken: dict[int, int], doubts: dict[int, str]
) -> None:
    """Give each row that is left the one mix that is left and fits; where several do, or several rows, note it."""
    free = set(range(len(mixes))) - set(taken.values())
    holders = defaultdict[Hashable, set[int]](set)
    for index in free:
        for thing in step.of_mix(mixes[index]):
            holders[thing].add(index)
    wanted = {
        index: {mix for thing in step.of_row(row) for mix in holders.get(thing, ())}
        for index, row in enumerate(rows)
        if index not in taken
    }
    claims = defaultdict[int, list[int]](list)
    for index, found in wanted.items():
        for mix in found:
            claims[mix].append(index)
    for index, found in wanted.items():
        rivals = [other for mix in found for other in claims[mix] if other != index]
        if len(found) == 1 and not rivals:
            taken[index] = next(iter(found))
        elif len(found) > 1:
            names = ", ".join(short(mixes[mix].mix) for mix in sorted(found)[:MOST_NAMED])
            doubts[index] = f"fits {len(found)} mixes: {names}; a column with file names tells which is meant"
        elif found:
            doubts[index] = f"fits {short(mixes[next(iter(found))].mix)}, and so does row {rows[rivals[0]].number}"


def _path(name: str) -> str:
    parts = unicodedata.normalize("NFC", name).casefold().replace("\\", "/").split("/")
    return "/".join(part.strip() for part in parts if part.strip() not in ("", "."))


def _name(name: str) -> str:
    return _path(name).rpartition("/")[2]


def _stem(name: str) -> str:
    """The name without a suffix, where that is one of sound: in "01. Rain" it is none."""
    whole = PurePosixPath(_name(name))
    return whole.stem if whole.suffix in {*SOUNDS, ".mp3", ".m4a", ".aac"} else whole.name


def _isrcs(mix: Found) -> set[str]:
    return {bare_isrc(text) for text in (*mix.tags.get("isrc", ()), mix.name.isrc)} - {""}


def _number(row: SheetRow) -> tuple[int, int]:
    return row.disc or 1, row.track


def _numbers(mix: Found) -> set[tuple[int, int]]:
    """The disc and number of a mix by its tags, and by its name."""
    found = [re.match(r"[0-9]{1,4}(?![0-9])", next(iter(mix.tags.get(key, ())), "")) for key in ("disc", "number")]
    numbers = {(int(found[0][0]) if found[0] else 1, int(found[1][0]))} if found[1] else set[tuple[int, int]]()
    if mix.name.number:
        numbers.add((mix.name.number[-2] if len(mix.name.number) > 1 else 1, mix.name.number[-1]))
    return numbers


def _rows_without(left: Sequence[tuple[SheetRow, str]], mixes: Sequence[Found]) -> Iterator[Fault]:
    names = {mix.name.title.casefold() or _stem(mix.mix): mix.mix for mix in mixes}
    for told, (row, doubt) in enumerate(left):
        where = row.place(*([FILE] if row.file else ["title", "isrc", NUMBER]))
        if row.may_be_total and not doubt:
            yield Fault(where, f"{row.shown} fits no mix, is taken for a sum, and left out", "note")
            continue
        sought = _stem(row.file) if row.file else row.title.casefold()
        near = difflib.get_close_matches(sought, names, 1, 0.0) if told < MOST_TOLD else []
        nearest = f"; the nearest is {short(names[near[0]])}" if near else ""
        why = f"no mix is called {short(row.file)}" if row.file else f"{row.shown} fits no mix"
        yield Fault(where, f"{row.shown} {doubt}" if doubt else why + nearest)


def _mixes_without(
    sheet: ReleaseSheet, free: Sequence[Found], left: Sequence[SheetRow], unlisted: Unlisted
) -> Iterator[Fault]:
    rows = {(_stem(row.file) or row.title.casefold() or row.shown): row for row in left or sheet.rows}
    for told, mix in enumerate(free):
        where = short(mix.mix)
        if unlisted == "keep":
            yield Fault(where, f"has no row in {sheet.file}; it stands after the others", "note")
        elif unlisted == "leave-out":
            yield Fault(where, f"has no row in {sheet.file}, and is left out", "note")
        else:
            sought = mix.name.title.casefold() or _stem(mix.mix)
            near = difflib.get_close_matches(sought, rows, 1, 0.0) if told < MOST_TOLD else []
            nearest = f"; the nearest is row {rows[near[0]].number}, {rows[near[0]].shown}" if near else ""
            yield Fault(where, f"fits no row of {sheet.file}{nearest} (--unlisted keep, or leave-out, takes it so)")


def _numbers_amiss(rows: Sequence[SheetRow]) -> Iterator[Fault]:
    """Two tracks of one number are refused; numbers that are left out, and rows without, are told."""
    first: dict[tuple[int, int], SheetRow] = {}
    for row in rows:
        if row.track and (earlier := first.setdefault(_number(row), row)) is not row:
            words = f"row {earlier.number} is track {row.track} as well"
            meant = "" if row.disc else "; where there are several discs, a column Disc says which"
            yield Fault(row.place(NUMBER), words + meant)
    without = [row for row in rows if not row.track]
    if first and without:
        words = "has no track number, and others do; tracks stand in the order of the rows"
        yield Fault(without[0].where, words, "note")
    if first and not without:
        for disc in sorted({disc for disc, _ in first}):
            numbers = {number for each, number in first if each == disc}
            missing = sorted(set(range(1, max(numbers) + 1)) - numbers)
            if missing:
                said = ", ".join(map(str, missing[:MOST_NAMED]))
                which = f"of disc {disc} " if disc > 1 else ""
                yield Fault(rows[0].place(NUMBER), f"no row {which}has track number {said}", "warning")


def _discs_amiss(rows: Sequence[SheetRow]) -> Iterator[Fault]:
    """Discs count from 1 without a hole, in every row or in none, and go forwards where rows give the order."""
    discs = [row.disc for row in rows]
    if not any(discs):
        return
    for row in rows:
        if not row.disc:
            yield Fault(row.where, "has no disc, and others do; say it in every row, or in none")
    if missing := set(range(1, max(discs) + 1)) - set(discs):
        yield Fault(rows[0].place("disc"), f"no row is of disc {min(missing)}; discs are counted from 1 without a hole")
    if not all(row.track for row in rows):
        for before, row in pairwise(rows):
            if row.disc < before.disc:
                yield Fault(row.place("disc"), f"disc {row.disc} comes after disc {before.disc}; put its rows before")
