"""A disc's table of contents: from a layout to the entries of its PQ descriptor, and from any entries back.

A programme's first sample stands at 00:02:00 of the disc: two seconds of pause come before it. Track 1 has its index 00
at 00:00:00 and keeps it, also when a hidden track makes its pause longer.

Source: IEC 60908 (tracks and indexes follow each other without a gap, the first pause takes 2 s at least, a track 4 s);
cue2ddp for the lead-out that is written twice, and for what it refuses.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from albums.faults import Fault
from formats._cd.red_book import BITS, FRAME, RATE_HZ
from formats._shared.programme import Layout, Mark
from formats.ddp import pq_rules
from formats.ddp.descriptors.pqdescr import (
    COPY_PERMITTED,
    FOUR_CHANNELS,
    LEAD_IN,
    LEAD_OUT,
    PRE_EMPHASIS,
    Entry,
)
from formats.ddp.pq_rules import FIRST_PAUSE_SECTORS, parts


@dataclass(frozen=True)
class DiscTrack:
    """A track as the disc has it, counted from 1: its index 00 if any, 01, and 02 and up, in sectors of the disc.

    Its length runs to the next track's index 01, or to the lead-out.
    """

    number: int
    pause_sector: int | None
    start_sector: int
    index_sectors: tuple[int, ...]
    length_sectors: int
    isrc: str = ""
    pre_emphasis: bool = False
    copy_permitted: bool = False
    four_channels: bool = False
    scms: bool = False


@dataclass(frozen=True)
class Contents:
    """What a PQ descriptor says: tracks in order, the lead-out, and the disc's UPC or EAN as it stands there."""

    tracks: tuple[DiscTrack, ...] = ()
    lead_out_sector: int = 0
    upc: str = ""


def encode(layout: Layout, upc: str, isrcs: Mapping[int, str]) -> Iterator[Entry]:
    """The entries of `layout`, whose tracks have the `isrcs` by their numbers on the album; `upc` has 13 digits."""
    yield Entry(LEAD_IN, 0, 0, upc=upc)
    for number, mark in enumerate(layout.marks, 1):
        isrc = isrcs.get(mark.track, "")  # on the track's first entry
        for index, sector in _indexes(mark, first=number == 1):
            yield Entry(f"{number:02d}", index, sector, isrc=isrc)
            isrc = ""
    yield from [Entry(LEAD_OUT, 1, sector_of(layout.frames))] * 2


def layout_of(contents: Contents, first: int, disc: int) -> Layout:
    """The programme on a disc whose first track is the album's track `first`; what `encode` was given."""
    marks = tuple(
        Mark(first + track.number - 1, frame_of(track.start_sector), _pause(track),
             tuple(frame_of(sector) for sector in track.index_sectors))
        for track in contents.tracks
    )  # fmt: skip
    return Layout(RATE_HZ, BITS, frame_of(contents.lead_out_sector), marks, disc=disc)


def sector_of(frame: int) -> int:
    """The sector of the disc in which sample `frame` of the programme begins."""
    return frame // FRAME + FIRST_PAUSE_SECTORS


def frame_of(sector: int) -> int:
    """The sample of the programme with which `sector` of the disc begins."""
    return (sector - FIRST_PAUSE_SECTORS) * FRAME


def _indexes(mark: Mark, *, first: bool) -> Iterator[tuple[int, int]]:
    pause = 0 if first else None if mark.pause is None else sector_of(mark.pause)
    if pause is not None:
        yield 0, pause
    yield from ((index, sector_of(frame)) for index, frame in enumerate((mark.start, *mark.indexes), 1))


def _pause(track: DiscTrack) -> int | None:
    if track.number == 1:
        return None if track.start_sector == FIRST_PAUSE_SECTORS else 0
    return None if track.pause_sector is None else frame_of(track.pause_sector)


def decode(found: Sequence[Entry], name: str) -> tuple[Contents, tuple[Fault, ...]]:
    """What the entries of the descriptor `name` say, as far as they make a disc, and what is wrong with them."""
    tracks = [part for track, part in parts(found) if track not in (LEAD_IN, LEAD_OUT)]
    lead_out = next((entry.sector for entry in found if entry.track == LEAD_OUT), 0)
    upc = next((entry.upc for entry in found if entry.upc), "")
    return Contents(_tracks(tracks, lead_out), lead_out, upc), tuple(pq_rules.faults(found, name))


def _tracks(parts: Sequence[tuple[Entry, ...]], lead_out: int) -> tuple[DiscTrack, ...]:
    """The tracks that have an index 01, numbered as they come."""
    whole = [part for part in parts if any(entry.index == 1 for entry in part)]
    starts = [next(entry.sector for entry in part if entry.index == 1) for part in whole]
    lengths = [after - start for start, after in pairwise([*starts, lead_out])]
    return tuple(
        _track(number, part, length) for number, (part, length) in enumerate(zip(whole, lengths, strict=True), 1)
    )


def _track(number: int, part: tuple[Entry, ...], length: int) -> DiscTrack:
    sectors = {entry.index: entry.sector for entry in part}
    pause, start = sectors.pop(0, None), sectors.pop(1)
    bits = part[0].bits
    return DiscTrack(
        number, pause, start, tuple(sectors.values()), length,
        isrc=next((entry.isrc for entry in part if entry.isrc), ""),
        pre_emphasis=bool(bits & PRE_EMPHASIS), copy_permitted=bool(bits & COPY_PERMITTED),
        four_channels=bool(bits & FOUR_CHANNELS), scms=part[0].control[1] == "S",
    )  # fmt: skip
