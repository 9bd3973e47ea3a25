"""What a cell says for a key of the manifest, by what its column means; and a remark where more was read than it says.

Several names stand in a cell with a semicolon, a line break, or a slash between blanks between them. A slash without
blanks, a comma and "&" are part of a name: "AC/DC", "Tyler, The Creator", "Simon & Garfunkel".
"""

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from albums import Release, Track
from albums.codes import check_digit
from albums.faults import short
from pipeline.intake.manifest_values import (
    advisory,
    checked_value,
    kind_of,
    language_code,
    plain_word,
    shown_together,
    yes_or_no,
)
from pipeline.intake.spreadsheet.column_names import FILE, NUMBER, SUBGENRE
from pipeline.intake.spreadsheet.columns import SEVERAL
from pipeline.intake.spreadsheet.dates import DateOrder, read_date, read_year
from pipeline.intake.spreadsheet.table import Cell, Table

_DATES = ("release_date", "original_date")
_IN_A_LIST = re.compile(r"\s*[;\n]\s*|\s+/\s+")
_SEVERAL_ARTISTS = re.compile(r"\s*[;\n]\s*")
_NOTHING = frozenset({"-", "–", "—", "--", "---", "./.", "n/a", "N/A", "n.a.", "/"})
_TO_COME = frozenset({"tbc", "tba", "tbd", "tobeconfirmed", "tobeannounced", "folgt", "wirdnachgereicht"})
_ANY_TEXT = frozenset({"title", "artist", "album.title", "album.artist", "version", FILE})
_NO_TEXT = "is {}, no text; give the column the format of text and write it anew"
_ROUNDED = re.compile(r"[0-9]{6}0{5,7}")


@dataclass(frozen=True)
class Said:
    """What a cell says: the values of keys, and a remark on how they were read, or ""."""

    values: dict[str, Any]
    remark: str = ""


@dataclass(frozen=True)
class DateRules:
    """What is needed to read the dates of a file."""

    order: DateOrder
    table: Table


def read_cell(meaning: str, cell: Cell, header: str, rules: DateRules) -> Said:
    """What a cell says in a column of `meaning` that is called `header`; raises ValueError in words."""
    if cell.amiss:
        raise ValueError(cell.amiss)
    if meaning not in _ANY_TEXT:
        if cell.text in _NOTHING:
            return Said({})
        if plain_word(cell.text) in _TO_COME:
            raise ValueError(
                f"found {short(cell.text)}; write it when it is known, and leave the cell empty until then"
            )
    key = meaning.removeprefix("album.")
    if key in _DATES:
        return _date(key, cell, header, rules)
    if meaning in (NUMBER, "disc"):
        return _number(meaning, cell)
    text = _text(cell, key)
    if meaning == FILE:
        return Said({FILE: text})
    said = _of_text(key, text)
    model = Release if meaning.startswith("album.") else Track
    return Said({each: _checked(model, each, value) for each, value in said.values.items()}, said.remark)


def _checked(model: type[Release | Track], key: str, value: Any) -> Any:
    """The value as the manifest takes it; what is wrong is told as of a cell."""
    try:
        return checked_value(model, "genre" if key == SUBGENRE else key, value)
    except ValueError as error:
        words = str(error).partition("; a backslash")[0]
        raise ValueError(words.replace("leave the key out", "leave the cell empty")) from None


def _of_text(key: str, text: str) -> Said:
    if key in SEVERAL or key == SUBGENRE:
        names = _names(text, _IN_A_LIST)
        in_doubt = len(names) == 1 and key not in ("genre", SUBGENRE) and re.search(r"[^\s],\s|\S/\S", text)
        return Said(
            {key: names}, f"{short(text)} is taken as one name; several have ; between them" if in_doubt else ""
        )
    if key == "artist":
        return _artist(text)
    if key == "upc":
        return _upc(text)
    if key == "compilation":
        return Said({key: yes_or_no(text)})
    if key == "explicit":
        return Said({key: advisory(text)})
    if key == "kind":
        kind = kind_of(text)
        return Said({"compilation": True} if kind == "compilation" else {key: kind})
    return Said({key: language_code(text) if key == "language" else text})


def _artist(text: str) -> Said:
    names = _names(text, _SEVERAL_ARTISTS)
    if len(names) == 1:
        return Said({"artist": text})
    shown = shown_together(names)
    return Said({"artist": shown, "artists": names}, f"{len(names)} artists, which a sleeve has as {short(shown)}")


def _names(text: str, between: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in between.split(text) if name.strip()))


def _upc(text: str) -> Said:
    """A code with the zeros that a spreadsheet took from its beginning, where the check digit proves it."""
    digits = re.sub(r"[.,]0+$|[\s'-]", "", text)
    if _ROUNDED.fullmatch(digits):
        raise ValueError(f"{short(text)} ends in zeros, as a code that a spreadsheet has rounded; write it as text")
    if digits.isascii() and digits.isdigit() and 9 <= len(digits) < 12 and int(digits[-1]) == check_digit(digits[:-1]):
        lost = "a leading zero" if len(digits) == 11 else "leading zeros"
        whole = digits.zfill(12)
        return Said({"upc": whole}, f"{short(text)} has lost {lost}; the check digit proves that it is {short(whole)}")
    return Said({"upc": text})


def _date(key: str, cell: Cell, header: str, rules: DateRules) -> Said:
    year = read_year(cell) if key == "original_date" else None
    found, remark = (year, "") if year else read_date(cell, rules.order, header, rules.table)
    return Said({key: _checked(Release, key, found)}, remark)


def _number(meaning: str, cell: Cell) -> Said:
    """A whole number, also "03", "3/12" and "3 of 12"; "1-03" is track 3 of disc 1."""
    if isinstance(cell.held, date | time | timedelta | bool):
        raise ValueError(_NO_TEXT.format(f"a date or time ({cell.text})").replace("no text", "no number"))
    match = re.fullmatch(r"(?:([0-9]{1,2})-)?([0-9]{1,3})(?:[.,]0+|\.|\s*(?:/|of|von|de|sur)\s*[0-9]{1,3})?", cell.text)
    if not match or not int(match[2]) or (match[1] and meaning == "disc"):
        raise ValueError(f"found {short(cell.text)}; wanted a number, from 1")
    found = {meaning: int(match[2])} | ({"disc": int(match[1])} if match[1] else {})
    return Said({key: _checked(Track, key, value) if key == "disc" else value for key, value in found.items()})


def _text(cell: Cell, key: str) -> str:
    """The text; raises ValueError for what a spreadsheet made of one: "7/11" a date, "True" a truth value."""
    if isinstance(cell.held, date | time | timedelta):
        raise ValueError(_NO_TEXT.format(f"a date or time ({cell.text})"))
    if isinstance(cell.held, bool) and key not in ("explicit", "compilation"):
        raise ValueError(_NO_TEXT.format(f"a truth value ({cell.text})"))
    return cell.text
