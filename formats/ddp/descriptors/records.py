"""The records of a DDP 2.00 fileset as tables: what a disc of audio writes into them, and any record read back.

A record is printable ASCII of fixed width, without line ends; a field that is not set is blank. Text stands on the
left, numbers on the right, after zeros as commercial writers have them or after spaces as cue2ddp has them.

Source: ddp-reverse-eng/ddp-reverse-eng, spec/ddp2.md (a study of cue2ddp, Sonoris and HOFA filesets), for offsets,
widths and names; nothing here comes from DCA's own text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from albums.faults import Fault, Severity

TEXT, ZEROS, SPACES = "<", "0>", ">"  # how a value stands in its field, as Python's format has it


class Field(NamedTuple):
    """Where a field lies in its record, in bytes, and how its value stands there."""

    offset: int
    width: int
    form: str = TEXT


class Rule(NamedTuple):
    """What a field holds, as a pattern of its stripped text; how bad anything else is, and what is wanted in words."""

    field: str
    pattern: str
    severity: Severity
    wanted: str


Table = Mapping[str, Field]
Record = dict[str, str]  # each field of a record by name, with its padding

IDENTIFIER: Table = {
    "level": Field(0, 8),
    "UPC": Field(8, 13),
    "MSS": Field(21, 8),  # map stream start
    "MSL": Field(29, 8, ZEROS),  # reserved, or the length of DDPMS
    "MED": Field(37, 1),
    "MID": Field(38, 48),  # master id
    "BK": Field(86, 1),
    "TYPE": Field(87, 2),
    "NSIDE": Field(89, 1),  # this and the next three are a DVD's
    "SIDE": Field(90, 1),
    "NLAYER": Field(91, 1),
    "LAYER": Field(92, 1),
    "SIZ": Field(93, 2),  # Sonoris and HOFA have the user text's length at 94 and the text at 96
    "TXT": Field(95, 33),
}
MAP: Table = {
    "MPV": Field(0, 4),
    "DST": Field(4, 2),  # data stream type
    "DSP": Field(6, 8, ZEROS),
    "DSL": Field(14, 8, ZEROS),  # sectors of D0, bytes of S0
    "DSS": Field(22, 8, ZEROS),  # first sector on the disc
    "SUB": Field(30, 8),
    "CDM": Field(38, 2),
    "SSM": Field(40, 1),
    "SCR": Field(41, 1),
    "PRE1": Field(42, 4, SPACES),
    "PRE2": Field(46, 4, SPACES),  # sectors of track 1's pause at the head of the image
    "PST": Field(50, 4, SPACES),
    "MED": Field(54, 1),
    "TRK": Field(55, 2),
    "IDX": Field(57, 2),
    "ISRC": Field(59, 12),
    "SIZ": Field(71, 3, ZEROS),
    "DSI": Field(74, 17),  # file name
    "NEW": Field(91, 1),
    "PRE1NXT": Field(92, 4, SPACES),
    "PAUSEADD": Field(96, 8, ZEROS),
    "OFS": Field(104, 9, ZEROS),
    "PAD": Field(113, 15),
}
PQ: Table = {
    "SPV": Field(0, 4),
    "TRK": Field(4, 2),
    "IDX": Field(6, 2, ZEROS),
    "HRS": Field(8, 2),
    "MIN": Field(10, 2, ZEROS),
    "SEC": Field(12, 2, ZEROS),
    "FRM": Field(14, 2, ZEROS),
    "CB1": Field(16, 2),
    "CB2": Field(18, 2),
    "ISRC": Field(20, 12),
    "UPC": Field(32, 13),
    "TXT": Field(45, 19),
}
_UNPRINTABLE = re.compile("[^ -~]")


def size(table: Table) -> int:
    """How many bytes a record of `table` takes."""
    return max(field.offset + field.width for field in table.values())


def encode(table: Table, values: Mapping[str, str | int]) -> bytes:
    """The record that holds `values`, blank elsewhere; raises ValueError for a value that its field cannot hold."""
    record = bytearray(b" " * size(table))
    for name, value in values.items():
        offset, width, form = table[name]
        text = f"{value:{form}{width}}"
        if len(text) > width or _UNPRINTABLE.search(text):
            raise ValueError(f"{name} cannot hold {value!r}; it takes {width} printable ASCII characters")
        record[offset : offset + width] = text.encode("ascii")
    return bytes(record)


def decode(table: Table, data: bytes) -> list[Record]:
    """The whole records in `data`, one character for each byte whatever it is."""
    text, length = data.decode("latin-1"), size(table)
    starts = range(0, len(text) - length + 1, length)
    return [
        {name: text[start + offset : start + offset + width] for name, (offset, width, _) in table.items()}
        for start in starts
    ]


def damage(table: Table, data: bytes, name: str) -> Iterator[Fault]:
    """Refusals for a descriptor called `name` that is not whole records of printable ASCII."""
    length = size(table)
    if not data or len(data) % length:
        yield Fault(name, f"is {len(data)} bytes long; wanted whole records of {length}")
    text = data.decode("latin-1")
    found = _UNPRINTABLE.search(text)
    if found:
        yield Fault(name, f"has {found[0]!r} at byte {found.start()}; wanted printable ASCII")


def broken(record: Record, rules: tuple[Rule, ...], where: str) -> Iterator[Fault]:
    """What breaks `rules`: only the first broken rule of each field, so that the worst must stand first."""
    judged: set[str] = set()
    for field, pattern, severity, wanted in rules:
        found = record[field].strip(" ")
        if field not in judged and not re.fullmatch(pattern, found):
            judged.add(field)
            yield Fault(where, f"has {field} {found!r}; wanted {wanted}", severity)
