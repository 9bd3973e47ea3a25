"""Dates and lengths of time in the notations in which they are sent.

Of 03/04/2026 nobody knows which is the month. What the header says of its order decides, else other dates of the file
that can be read in one way only; where nothing does, it is refused with both readings.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from albums.faults import short
from pipeline.intake.manifest_values import plain_word
from pipeline.intake.spreadsheet.table import Cell, Table

Order = Literal["day", "month"]
"""Which of the two comes first."""

_ISO = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?")
_COMPACT = re.compile(r"((?:19|20)[0-9]{2})([01][0-9])([0-3][0-9])")
_NUMBERS = re.compile(r"([0-9]{1,2})([-/.])\s?([0-9]{1,2})\2\s?([0-9]{4})(?: 00:00(?::00)?)?")
_SHORT_YEAR = re.compile(r"[0-9]{1,2}([-/.])\s?[0-9]{1,2}\1\s?[0-9]{2}")
_WORDS = re.compile(r"(?:([0-9]{1,2})(?:st|nd|rd|th|er|\.)?[\s-]+(?:de\s+)?)?([^\W\d]{3,12})\.?[\s-]+(?:de[l]?\s+)?"
                    r"(?:([0-9]{1,2})(?:st|nd|rd|th)?,?[\s-]+)?([0-9]{4})")  # fmt: skip
_IN_HEADER = re.compile(
    r"\b(?:(DD?|TT?|JJ?)[-/.](MM?)|(MM?)[-/.](DD?|TT?|JJ?))[-/.](?:YYYY|JJJJ|AAAA|YY|JJ|AA)\b", re.IGNORECASE
)
_IN_UNITS = re.compile(r"(?:([0-9]{1,3}) ?(?:'|m|min|mn)\.?)? ?"
                       r"(?:([0-9]{1,4}(?:[.,][0-9]+)?) ?(?:\"|''|s|sec|sek)?\.?)?")  # fmt: skip
_MONTHS = (
    ("january", "januar", "janner", "janvier", "enero", "jan", "janv", "ene"),
    ("february", "februar", "fevrier", "febrero", "feb", "fev", "fevr"),
    ("march", "marz", "mars", "marzo", "mar", "mrz"),
    ("april", "avril", "abril", "apr", "avr", "abr"),
    ("may", "mai", "mayo"),
    ("june", "juni", "juin", "junio", "jun"),
    ("july", "juli", "juillet", "julio", "jul", "juil"),
    ("august", "aout", "agosto", "aug", "ago"),
    ("september", "septembre", "septiembre", "sep", "sept"),
    ("october", "oktober", "octobre", "octubre", "oct", "okt"),
    ("november", "novembre", "noviembre", "nov"),
    ("december", "dezember", "decembre", "diciembre", "dec", "dez", "dic"),
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_SERIAL = range(10_000, 80_000)  # days: years 1927 to 2119
DAY_ZERO, DAY_ZERO_ON_A_MAC = datetime(1899, 12, 30), datetime(1904, 1, 1)  # ECMA-376 part 1, 18.17.4.1
WANTED = "wanted a date, as in 2026-11-27"


@dataclass(frozen=True)
class DateOrder:
    """The order of day and month in a file's dates, and a date of it that proves that; or two that prove both."""

    first: Order | None = None
    proof: str = ""
    counter_proof: str = ""


def order_in(table: Table) -> DateOrder:
    """Which comes first in dates with slashes or dashes, by all cells of `table` that can be read in one way only."""
    proofs: dict[Order, str] = {}
    for row in table.rows:
        for cell in row.cells:
            match = _NUMBERS.fullmatch(cell.text) if cell.held is None else None
            if match and match[2] != ".":
                first, second = int(match[1]), int(match[3])
                if 12 < max(first, second) <= 31 and 0 < min(first, second) <= 12:
                    proofs.setdefault("day" if first > 12 else "month", cell.text)
    if len(proofs) == 1:
        ((order, proof),) = proofs.items()
        return DateOrder(order, proof)
    return DateOrder(None, proofs.get("day", ""), proofs.get("month", ""))


def order_in_header(name: str) -> Order | None:
    """Which comes first by a column's name, "Release date (MM/DD/YYYY)"."""
    match = _IN_HEADER.search(name)
    return None if not match else "day" if match[1] else "month"


def read_date(cell: Cell, order: DateOrder, header: str, table: Table) -> tuple[date, str]:
    """The date in a cell, and a remark on how it was read, or ""; raises ValueError in words."""
    if isinstance(cell.held, date) and not isinstance(cell.held, datetime):
        return cell.held, ""
    if isinstance(cell.held, datetime):
        raise ValueError(f"{cell.text} has a time of day; {WANTED}")
    text = " ".join(cell.text.split())
    if re.fullmatch("[0-9]{5}", text) and int(text) in _SERIAL:
        return _serial(int(text), table)
    if match := _ISO.fullmatch(text):
        return _day(int(match[1]), int(match[3]), int(match[4]), text), ""
    if match := _COMPACT.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]), text), ""
    if match := _NUMBERS.fullmatch(text):
        return _by_order(int(match[1]), match[2], int(match[3]), int(match[4]), text, order, header)
    if match := _WORDS.fullmatch(text):
        month, day = _MONTH.get(plain_word(match[2])), match[1] or match[3]
        if month and day and not (match[1] and match[3]):
            return _day(int(match[4]), month, int(day), text), ""
    if _SHORT_YEAR.fullmatch(text):
        raise ValueError(f"found {short(text)}, whose year has two digits; {WANTED}")
    raise ValueError(f"found {short(text)}; {WANTED}")


def read_year(cell: Cell) -> int | None:
    """The year in a cell that holds nothing else."""
    return int(cell.text) if re.fullmatch(r"[12][0-9]{3}", cell.text) else None


def lengths_s(cell: Cell) -> tuple[float, ...]:
    """What a cell may say of a track's length, in seconds; of hours and minutes it may mean minutes and seconds.

    Spreadsheets take 3:45 for a time of day. Raises ValueError in words.
    """
    held = cell.held
    if isinstance(held, time):
        held = timedelta(hours=held.hour, minutes=held.minute, seconds=held.second)
    if isinstance(held, timedelta):
        return _either(held.total_seconds())
    if isinstance(held, float) and 0 < held < 1:  # a part of a day
        return _either(round(held * 86400, 3))
    text = cell.text.strip().lower().replace("’", "'").replace("″", '"').replace("′", "'")
    if match := re.fullmatch(r"(?:([0-9]{1,2})[:.])?([0-9]{1,3})[:.]([0-5]?[0-9])(?:[.,][0-9]+)?", text):
        whole = int(match[1] or 0) * 3600 + int(match[2]) * 60 + int(match[3])
        return _either(whole) if match[1] else (float(whole),)
    match = _IN_UNITS.fullmatch(text)
    if match and (match[1] or match[2]):
        return (int(match[1] or 0) * 60 + float((match[2] or "0").replace(",", ".")),)
    raise ValueError(f"found {short(cell.text)}; wanted a length, as in 3:45")


def _either(seconds: float) -> tuple[float, ...]:
    return (seconds, seconds / 60) if seconds % 60 == 0 else (seconds,)


def _serial(days: int, table: Table) -> tuple[date, str]:
    if table.day_zero:
        found = (table.day_zero + timedelta(days=days)).date()
        return found, f"{days}, which the sheet does not show as a date, is read as {found}"
    windows, mac = ((zero + timedelta(days=days)).date() for zero in (DAY_ZERO, DAY_ZERO_ON_A_MAC))
    words = f"{days} is a spreadsheet's number of a day, {windows} or on an old Mac {mac}"
    raise ValueError(f"{words}; give the column the format of a date, or write it as {windows}")


def _by_order(
    first: int, sign: str, second: int, year: int, text: str, order: DateOrder, header: str
) -> tuple[date, str]:
    by_day, by_month = _possible(year, second, first), _possible(year, first, second)
    if sign == "." and by_day:  # with dots the day comes first, wherever they are written
        return by_day, ""
    if not by_day or not by_month or by_day == by_month:
        return by_day or by_month or _day(year, second, first, text), ""
    if said := order_in_header(header):
        return (by_day if said == "day" else by_month), ""
    if order.first:
        found = by_day if order.first == "day" else by_month
        return found, f"{short(text)} is read as {found}, the {order.first} first as in {short(order.proof)}"
    both = f"{by_day} or {by_month}"
    if order.proof:
        why = f"{short(order.proof)} and {short(order.counter_proof)} in this file prove one each"
    else:
        why = "no other date of this file proves which"
    raise ValueError(f"{short(text)} is {both}, and {why}; write it as {by_day} or as {by_month}")


def _possible(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _day(year: int, month: int, day: int, text: str) -> date:
    if found := _possible(year, month, day):
        return found
    raise ValueError(f"found {short(text)}, which is no day of any calendar; {WANTED}")
