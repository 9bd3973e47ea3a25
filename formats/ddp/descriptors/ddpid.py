"""DDPID: the one record that says what a fileset is, which UPC the disc carries and what the master is called.

Source: `formats.ddp.descriptors.records`. Sonoris and HOFA fill some of what others leave blank; none of it reaches
the disc.
"""

import re
from dataclasses import dataclass, field

from albums.faults import Fault
from formats.ddp.descriptors import records
from formats.ddp.descriptors.records import IDENTIFIER, Record, Rule, broken, damage

FILE = "DDPID"
LEVEL = "DDP 2.00"
LONGEST_MASTER_ID = IDENTIFIER["MID"].width

_USED = ("level", "UPC", "MID", "TYPE")
_RULES = (
    Rule("level", re.escape(LEVEL), "refusal", f"{LEVEL!r}"),
    Rule("UPC", "([0-9]{12,13})?", "refusal", "12 or 13 digits"),
    Rule("TYPE", "CD", "refusal", "'CD'"),
    *(Rule(name, "", "note", "a blank, which an audio CD has there") for name in IDENTIFIER if name not in _USED),
)


@dataclass(frozen=True)
class Identifier:
    """The UPC or EAN as it stands there, the name of the master, and the record as it was found."""

    upc: str = ""
    master_id: str = ""
    record: Record = field(default_factory=dict, compare=False, repr=False)


def encode(identifier: Identifier) -> bytes:
    """The record; raises ValueError for what it cannot hold."""
    values = {"level": LEVEL, "UPC": identifier.upc, "MID": identifier.master_id, "TYPE": "CD"}
    return records.encode(IDENTIFIER, values)


def decode(data: bytes) -> tuple[Identifier, tuple[Fault, ...]]:
    """What `data` says, as far as it can be read, and what is wrong with it."""
    wanted = records.size(IDENTIFIER)
    if len(data) != wanted:
        return Identifier(), (Fault(FILE, f"is {len(data)} bytes long; wanted {wanted}"),)
    (record,) = records.decode(IDENTIFIER, data)
    identifier = Identifier(record["UPC"].strip(" "), record["MID"].strip(" "), record)
    return identifier, (*damage(IDENTIFIER, data, FILE), *broken(record, _RULES, FILE))
