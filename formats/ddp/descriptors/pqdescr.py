"""The PQ descriptor: what a disc's Q channel says, one packet for each index, between the lead-in and the lead-out.

Times count from the disc's first sector, in 75ths of a second. A track's ISRC stands on its first packet and the UPC on
the lead-in, where a plant takes them from; other writers repeat them, and both are read.

Source: `formats.ddp.descriptors.records`; suntriprecords/ddpLib for where the codes are valid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from albums.faults import Fault
from formats._shared.programme import FRAMES_PER_SECOND
from formats.ddp.descriptors import records
from formats.ddp.descriptors.records import PQ, Record, Rule, broken, damage

MAGIC = "VVVS"
LEAD_IN, LEAD_OUT = "00", "AA"
PLAIN = "01"  # control 0, ADR 1: two channels, no pre-emphasis, copying not permitted, no SCMS
PRE_EMPHASIS, COPY_PERMITTED, DATA, FOUR_CHANNELS = 1, 2, 4, 8  # IEC 60908, the control bits of Q

_PLACE = (  # without these it is not known what a packet is about
    Rule("SPV", MAGIC, "refusal", f"{MAGIC!r}"),
    Rule("TRK", "[0-9]{2}|AA", "refusal", "'00' to '99' or 'AA'"),
    Rule("IDX", "[0-9]{2}", "refusal", "'00' to '99'"),
    Rule("MIN", "[0-9]{2}", "refusal", "'00' to '99'"),
    Rule("SEC", "[0-5][0-9]", "refusal", "'00' to '59'"),
    Rule("FRM", "[0-6][0-9]|7[0-4]", "refusal", "'00' to '74'"),
    Rule("CB1", "[0-9A-F][1S]", "refusal", "a hexadecimal digit and '1' or 'S'"),
)
_REST = (
    Rule("ISRC", "([A-Z]{2}[A-Z0-9]{3}[0-9]{7})?", "refusal", "an ISRC, as in GBXXX2600001"),
    Rule("UPC", "([0-9]{12,13})?", "refusal", "12 or 13 digits"),
    Rule("HRS", "(00)?", "warning", "a blank or '00'"),
    Rule("CB2", "", "note", "a blank"),
    Rule("TXT", "", "note", "a blank"),
)


@dataclass(frozen=True)
class Entry:
    """One packet: from `sector` on, track `track` ("00", "01" to "99", "AA") is in index `index`."""

    track: str
    index: int
    sector: int
    control: str = PLAIN
    isrc: str = ""
    upc: str = ""

    @property
    def bits(self) -> int:
        """The four control bits of the Q channel."""
        return int(self.control[0], 16)


def encode(entries: Iterable[Entry]) -> bytes:
    """The packets of `entries`; raises ValueError for what they cannot hold."""
    return b"".join(_packet(entry) for entry in entries)


def decode(data: bytes, name: str) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """The packets of a descriptor called `name` that can be read, and what is wrong with it."""
    faults = [*damage(PQ, data, name)]
    entries = []
    for number, record in enumerate(records.decode(PQ, data), 1):
        lost = [*broken(record, _PLACE, f"{name}: packet {number}")]
        faults += [*lost, *broken(record, _REST, f"{name}: packet {number}")]
        if not lost:
            entries.append(_entry(record))
    return tuple(entries), tuple(faults)


def _packet(entry: Entry) -> bytes:
    seconds, frame = divmod(entry.sector, FRAMES_PER_SECOND)
    values = dict(_numbers(entry.index, *divmod(seconds, 60), frame))
    return records.encode(PQ, {"SPV": MAGIC, "TRK": entry.track, **values, "CB1": entry.control,
                                    "ISRC": entry.isrc, "UPC": entry.upc})  # fmt: skip


def _numbers(*numbers: int) -> Iterator[tuple[str, int]]:
    yield from zip(("IDX", "MIN", "SEC", "FRM"), numbers, strict=True)


def _entry(record: Record) -> Entry:
    sector = (int(record["MIN"]) * 60 + int(record["SEC"])) * FRAMES_PER_SECOND + int(record["FRM"])
    codes = record["ISRC"].strip(" "), record["UPC"].strip(" ")
    return Entry(record["TRK"], int(record["IDX"]), sector, record["CB1"], *codes)
