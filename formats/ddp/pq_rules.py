"""What is wrong with the entries of a PQ descriptor as a whole: their order, their times, what a disc does not have.

Source: IEC 60908 (tracks and indexes follow each other without a gap, the first pause takes 2 s at least, a track 4 s);
cue2ddp for what it refuses; commercial writers for the lead-out that comes once or twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise

from albums.faults import Fault
from formats._cd.red_book import FIRST_PAUSE, FRAME, RATE_HZ, SHORTEST_TRACK
from formats._shared.marks import timecode
from formats.ddp.descriptors.pqdescr import (
    COPY_PERMITTED,
    DATA,
    FOUR_CHANNELS,
    LEAD_IN,
    LEAD_OUT,
    PLAIN,
    PRE_EMPHASIS,
    Entry,
)

FIRST_PAUSE_SECTORS = FIRST_PAUSE // FRAME
SHORTEST_TRACK_SECTORS = SHORTEST_TRACK // FRAME

PqPart = tuple[Entry, ...]  # these entries stand together under one track


def faults(found: Sequence[Entry], name: str) -> Iterator[Fault]:
    """Everything that is wrong with the descriptor called `name`, whose packets are `found`."""
    yield from _sequence([track for track, _ in parts(found)], name)
    yield from _ends(found, name)
    yield from _in_time(found, name)
    tracks = [part for track, part in parts(found) if track not in (LEAD_IN, LEAD_OUT)]
    yield from _opening(tracks, name)
    for part in tracks:
        yield from _part_faults(part, f"{name}: track {part[0].track}")
    yield from _lengths(found, name)
    upcs = sorted({entry.upc for entry in found if entry.upc})
    if len(upcs) > 1:
        yield Fault(name, f"has the UPCs {', '.join(upcs)}; a disc has one")


def parts(found: Sequence[Entry]) -> list[tuple[str, PqPart]]:
    """The entries in order, those of a track together."""
    return [(track, tuple(part)) for track, part in groupby(found, key=lambda entry: entry.track)]


def _sequence(found: list[str], name: str) -> Iterator[Fault]:
    """Refusals unless the lead-in is followed by tracks from 01 on and these by the lead-out, each in one piece."""
    body = found
    if found[:1] == [LEAD_IN]:
        body = found[1:]
    else:
        yield Fault(name, "has no lead-in, which carries the disc's UPC", "warning")
    if body[-1:] == [LEAD_OUT]:
        body = body[:-1]
    else:
        yield Fault(name, "does not end with the lead-out")
    if not body or body != [f"{number:02d}" for number in range(1, len(body) + 1)]:
        yield Fault(name, f"has tracks {', '.join(body) or 'none'}; wanted tracks from 01 on, each once, in order")


def _ends(found: Sequence[Entry], name: str) -> Iterator[Fault]:
    places = {entry.sector for entry in found if entry.track == LEAD_OUT}
    if len(places) > 1:
        yield Fault(name, f"has lead-outs at sectors {sorted(places)}; a disc has one")
    for entry in found:
        if entry.track in (LEAD_IN, LEAD_OUT):
            wanted = replace(entry, index=int(entry.track == LEAD_OUT), control=PLAIN, isrc="")
            wanted = replace(wanted, sector=0) if entry.track == LEAD_IN else wanted
            yield from _unlike(entry, wanted, f"{name}: track {entry.track}")


def _unlike(entry: Entry, wanted: Entry, where: str) -> Iterator[Fault]:
    """A warning for each field of the lead-in or lead-out that is not as an audio disc has it."""
    for thing in ("index", "sector", "control", "isrc"):
        found, due = getattr(entry, thing), getattr(wanted, thing)
        if found != due:
            yield Fault(where, f"has {thing} {found!r}; wanted {due!r}", "warning")


def _in_time(found: Sequence[Entry], name: str) -> Iterator[Fault]:
    """Refusals for an index that does not begin after the one before it; the lead-out may come twice."""
    for before, after in pairwise([entry for entry in found if entry.track != LEAD_IN]):
        if after.sector <= before.sector and not before.track == after.track == LEAD_OUT:
            times = [timecode(entry.sector * FRAME, RATE_HZ) for entry in (after, before)]
            yield Fault(f"{name}: track {after.track}", f"has index {after.index:02d} at {times[0]}, "
                        f"which is not after {times[1]}")  # fmt: skip


def _part_faults(part: PqPart, where: str) -> Iterator[Fault]:
    indexes = [entry.index for entry in part]
    if 1 not in indexes or indexes != list(range(indexes[0], indexes[0] + len(indexes))) or indexes[0] > 1:
        yield Fault(where, f"has indexes {indexes}; wanted all from 0 or 1 on, in order")
    if len({entry.control for entry in part}) > 1:
        yield Fault(where, f"has CB1 {sorted({e.control for e in part})}; it may not change within a track")
    isrcs = {entry.isrc for entry in part if entry.isrc}
    if len(isrcs) > 1:
        yield Fault(where, f"has the ISRCs {sorted(isrcs)}; a track has one")
    elif isrcs and not part[0].isrc:
        yield Fault(where, "has its ISRC, but not on its first entry, the one that counts", "warning")
    yield from _flagged(part[0], where)


def _flagged(entry: Entry, where: str) -> Iterator[Fault]:
    if entry.bits & DATA:
        yield Fault(where, f"has CB1 {entry.control!r}: data; an audio CD has none")
    if entry.bits & FOUR_CHANNELS:
        yield Fault(where, f"has CB1 {entry.control!r}: four channels, which no player plays")
    if entry.bits & PRE_EMPHASIS:
        yield Fault(where, f"has CB1 {entry.control!r}: pre-emphasis, which few masters are meant to have", "warning")
    if entry.bits & COPY_PERMITTED and entry.control[1] == "S":
        yield Fault(where, f"has CB1 {entry.control!r}: copying is permitted and SCMS forbids it")


def _opening(tracks: Sequence[PqPart], name: str) -> Iterator[Fault]:
    """Refusals unless track 1 begins with a pause of two seconds at least, from the disc's first sector."""
    sectors = {entry.index: entry.sector for entry in tracks[0]} if tracks else {0: 0}
    if sectors.get(0) != 0:
        yield Fault(name, "has no index 00 of its first track at 00:00:00")
    if sectors.get(1, FIRST_PAUSE_SECTORS) < FIRST_PAUSE_SECTORS:
        yield Fault(name, f"has index 01 of its first track at sector {sectors[1]}; wanted {FIRST_PAUSE_SECTORS} "
                    "(00:02:00) or later")  # fmt: skip


def _lengths(found: Sequence[Entry], name: str) -> Iterator[Fault]:
    starts = [entry for entry in found if entry.index == 1 or entry.track == LEAD_OUT]
    for entry, after in pairwise(starts):
        length = after.sector - entry.sector
        if entry.track not in (LEAD_IN, LEAD_OUT) and length < SHORTEST_TRACK_SECTORS:
            words = f"takes {length} sectors; wanted {SHORTEST_TRACK_SECTORS} (4 s) at least"
            yield Fault(f"{name}: track {entry.track}", words)
