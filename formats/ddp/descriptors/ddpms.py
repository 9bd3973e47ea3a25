"""DDPMS: the map of a fileset, one packet for each stream, which says what it is, how long it is and in which file.

Readers tell streams apart by what they are, not by their order. Leading zeros, DSS 0 and SCR 0 are how Sonoris and
HOFA write; cue2ddp has spaces, a blank and 1, and all are read.

Source: `formats.ddp.descriptors.records`; XLD's reader takes a file name up to its first space.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from albums.faults import Fault
from formats.ddp.descriptors import records
from formats.ddp.descriptors.records import MAP, Record, Rule, broken, damage

FILE = "DDPMS"
MAGIC = "VVVM"
LONGEST_NAME = MAP["DSI"].width

Kind = Literal["text", "pq", "audio", "other"]
_KINDS: dict[Kind, dict[str, str | int]] = {
    "text": {"DST": "S0", "SUB": "CDTEXT", "TRK": "00"},
    "pq": {"DST": "S0", "SUB": "PQ DESCR"},
    "audio": {"DST": "D0", "DSS": 0, "CDM": "DA", "SSM": "7", "SCR": "0"},
}
_COUNTED: dict[Kind, tuple[int, str]] = {
    "audio": (1, "streams of audio"),
    "pq": (1, "PQ descriptors"),
    "text": (0, "streams of CD-Text"),
}  # how many there must be at least, and of what; there is at most one
_TITLES = ("T0", "T1", "T2", "T3")  # these are texts for people, which reach no disc
_EVERY = (
    Rule("MPV", MAGIC, "refusal", f"{MAGIC!r}"),
    Rule("DSL", "[0-9]+", "refusal", "a number"),
    Rule("SIZ", "0*17", "note", "'017', the width of the file name"),
    *(Rule(name, "", "note", "a blank") for name in ("DSP", "MED", "IDX", "ISRC", "PAD")),
)
_AUDIO = (
    Rule("CDM", "DA", "refusal", "'DA': audio"),
    Rule("SSM", "[07]", "refusal", "'7': sectors of 2352 bytes"),
    Rule("SSM", "7", "note", "'7', as most writers have it for sectors of 2352 bytes"),
    Rule("SCR", "[01]?", "warning", "'0' or '1'"),
    Rule("DSS", "0*", "refusal", "a blank or 0: the image begins where the disc does"),
    Rule("OFS", "0*", "refusal", "a blank or 0: the image begins where its file does"),
    Rule("NEW", "", "refusal", "a blank: one session"),
    Rule("PRE2", "[0-9]*", "refusal", "a number"),
    *(Rule(name, "0*", "warning", "a blank or 0") for name in ("PRE1", "PST", "PRE1NXT", "PAUSEADD")),
    Rule("TRK", "", "note", "a blank"),
)
_SUBCODE = (
    Rule("TRK", "(00)?", "note", "'00' or a blank"),
    *(
        Rule(name, "", "note", "a blank")
        for name in ("DSS", "CDM", "SSM", "SCR", "PRE1", "PRE2", "PST", "NEW", "PRE1NXT", "PAUSEADD", "OFS")
    ),
)


@dataclass(frozen=True)
class Stream:
    """One stream: what it is, its file, its length (bytes; of audio sectors), track 1's pause, its packet as found."""

    kind: Kind
    file: str
    length: int
    pause_sectors: int | None = None
    record: Record = field(default_factory=dict, compare=False, repr=False)


def encode(streams: Iterable[Stream]) -> bytes:
    """The packets of `streams`; raises ValueError for what they cannot hold."""
    return b"".join(records.encode(MAP, dict(_values(stream))) for stream in streams)


def decode(data: bytes) -> tuple[tuple[Stream, ...], tuple[Fault, ...]]:
    """The streams that `data` names, as far as they can be read, and what is wrong with them."""
    faults = [*damage(MAP, data, FILE)]
    streams = []
    for number, record in enumerate(records.decode(MAP, data), 1):
        where = f"{FILE}: packet {number}"
        stream = _stream(record)
        faults += _judged(record, stream, where)
        streams.append(stream)
    return tuple(streams), (*faults, *_counted(streams))


def kind_of(record: Record) -> Kind:
    """What a stream is, by the type and the subcode that its packet has."""
    found = record["DST"].strip(" "), record["SUB"].strip(" ")
    kinds = {(fixed["DST"], fixed.get("SUB", "")): name for name, fixed in _KINDS.items()}
    return kinds.get(found, "other")


def _values(stream: Stream) -> Iterator[tuple[str, str | int]]:
    yield from _KINDS[stream.kind].items()
    yield from zip(("MPV", "DSL", "SIZ", "DSI"), (MAGIC, stream.length, LONGEST_NAME, stream.file), strict=True)
    if stream.pause_sectors is not None:
        yield "PRE2", stream.pause_sectors


def _stream(record: Record) -> Stream:
    length, pause_sectors = _number(record["DSL"]), _number(record["PRE2"])
    return Stream(kind_of(record), record["DSI"].strip(" "), length or 0, pause_sectors, record)


def _number(text: str) -> int | None:
    text = text.strip(" ")
    return int(text) if text.isascii() and text.isdecimal() else None


def _judged(record: Record, stream: Stream, where: str) -> Iterator[Fault]:
    yield from _named(stream.file, where)
    if stream.kind == "other":
        yield from _foreign(record, where)
    else:
        yield from broken(record, _EVERY, where)
        yield from broken(record, _AUDIO if stream.kind == "audio" else _SUBCODE, where)


def _foreign(record: Record, where: str) -> Iterator[Fault]:
    if record["MPV"] != MAGIC:
        yield Fault(where, f"has MPV {record['MPV']!r}; wanted {MAGIC!r}")
    stream, subcode = record["DST"].strip(" "), record["SUB"].strip(" ")
    if stream == "S0" and subcode.startswith(("RW", "WR")):
        yield Fault(where, f"is a stream of subcode {subcode!r}, which is not read", "warning")
    elif stream in _TITLES:
        yield Fault(where, f"is a stream of titling text, {stream!r}, which is not read", "note")
    else:
        yield Fault(where, f"is a stream {stream!r} {subcode!r}, which an audio CD has none of")


def _named(name: str, where: str) -> Iterator[Fault]:
    if not plain(name):
        yield Fault(where, f"names {name!r}, which is no plain file name")
    elif " " in name:
        yield Fault(where, f"names {name!r}; some readers take a name up to its first space", "warning")


def plain(name: str) -> bool:
    """Whether `name` can only be a file beside the one that names it."""
    return name not in ("", ".", "..") and name.isprintable() and not any(c in name for c in "/\\:")


def _counted(streams: list[Stream]) -> Iterator[Fault]:
    """Refusals for kinds of stream of which there are too many or too few, and for streams that share a file."""
    kinds = Counter(stream.kind for stream in streams)
    for kind, (fewest, words) in _COUNTED.items():
        if not fewest <= kinds[kind] <= 1:
            yield Fault(FILE, f"has {kinds[kind]} {words}; wanted 1")
    for name, count in Counter(stream.file for stream in streams if stream.file).items():
        if count > 1:
            yield Fault(FILE, f"names {name!r} for {count} streams; each has a file of its own")
