"""The boxes of an MP4 file with one track, as far as they say which of its samples are heard: an edit list of one edit.

An encoder of AAC gives more samples than it was given: the edit says how many stand before the first that is heard, and
how many are heard.

Source: ISO 14496-12, 4.2 (boxes), 8.2.2 (mvhd), 8.3.2 (tkhd), 8.4.2 (mdhd), 8.6.6 (elst).
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable

Fields = dict[int, tuple[int, int | None, str]]

MOST_BOXES = 1000  # in one box; a file that is written here has six
MOVIE, TRACK, MEDIA = (b"moov", b"mvhd"), (b"moov", b"trak", b"tkhd"), (b"moov", b"trak", b"mdia", b"mdhd")
EDITS = (b"moov", b"trak", b"edts", b"elst")
SHORT, LONG = struct.Struct(">I4s"), struct.Struct(">Q")
# By the version of the box: where a duration stands in it, a time scale before that, and what packs the duration.
MOVIE_FIELDS: Fields = {0: (16, 12, ">I"), 1: (24, 20, ">Q")}
TRACK_FIELDS: Fields = {0: (20, None, ">I"), 1: (28, None, ">Q")}
EDIT_FIELDS = {0: ">Ii", 1: ">Qq"}  # duration and media time of the one edit
EDIT_PLACE = 8  # after version, flags and the number of edits
NORMAL_RATE = 0x00010000


@dataclass(frozen=True)
class Box:
    """One box: its four letters, where its content begins in the file, and where it ends."""

    kind: bytes
    start: int
    stop: int


@dataclass(frozen=True)
class Edit:
    """What is heard of a track: `frames` from `media_time` on, of the `decoded` ones that all of it decodes to."""

    rate_hz: int
    media_time: int
    frames: int
    decoded: int


def read_edit(path: Path) -> Edit:
    """What the file at `path` says is heard; raises Refusal where it says it in another way than is written here."""
    try:
        with open_regular(path) as file:
            return _read(file, path.name)
    except OSError as error:
        raise Refusal([Fault(path.name, unreadable(error))]) from None


def write_edit(path: Path, media_time: int, frames: int) -> None:
    """Have only `frames` heard, from `media_time` on, of what the file at `path` decodes to.

    Raises Refusal as `read_edit` does, OSError, and ValueError for more than the file holds.
    """
    edit = read_edit(path)
    if not 0 <= media_time <= media_time + frames <= edit.decoded:
        raise ValueError(f"{frames} frames from {media_time} on do not lie in {edit.decoded}")
    with path.open("r+b") as file:
        for place, fields in ((MOVIE, MOVIE_FIELDS), (TRACK, TRACK_FIELDS)):
            box = box_at(file, place, path.name)
            where, _, packing = fields[content_of(file, box, 1, path.name)[0]]
            file.seek(box.start + where)
            file.write(struct.pack(packing, frames))
        box = box_at(file, EDITS, path.name)
        packing = EDIT_FIELDS[content_of(file, box, 1, path.name)[0]]
        file.seek(box.start + EDIT_PLACE)
        file.write(struct.pack(packing, frames, media_time))


def _read(file: BinaryIO, name: str) -> Edit:
    scale, length = _scale_and_duration(file, MOVIE, MOVIE_FIELDS, name)
    rate_hz, decoded = _scale_and_duration(file, MEDIA, MOVIE_FIELDS, name)
    _, track_length = _scale_and_duration(file, TRACK, TRACK_FIELDS, name)
    box = box_at(file, EDITS, name)
    head = content_of(file, box, EDIT_PLACE, name)
    packing = EDIT_FIELDS.get(head[0])
    if packing is None or int.from_bytes(head[4:8], "big") != 1:
        raise _refusal(name, "has an edit list that is not of one edit")
    size = struct.calcsize(packing) + 4
    *edit, rate = struct.unpack(packing + "I", content_of(file, box, EDIT_PLACE + size, name)[EDIT_PLACE:])
    frames, media_time = edit
    if rate != NORMAL_RATE:
        raise _refusal(name, "has an edit that is not played at its own speed")
    if scale != rate_hz or not rate_hz:
        raise _refusal(name, f"counts in {scale} and {rate_hz} parts of a second; wanted the sample rate for both")
    if not frames == length == track_length:
        raise _refusal(name, f"says that it lasts {frames}, {length} and {track_length} samples; wanted one length")
    if not 0 <= media_time < media_time + frames <= decoded:
        raise _refusal(name, f"has an edit of {frames} samples from {media_time} on, but only {decoded} samples")
    return Edit(rate_hz, media_time, frames, decoded)


def _scale_and_duration(file: BinaryIO, place: tuple[bytes, ...], fields: Fields, name: str) -> tuple[int, int]:
    box = box_at(file, place, name)
    known = fields.get(content_of(file, box, 1, name)[0])
    if known is None:
        raise _refusal(name, f"has a box {_words(place)} of an unknown version")
    where, scale, packing = known
    data = content_of(file, box, where + struct.calcsize(packing), name)
    return int.from_bytes(data[scale : scale + 4], "big") if scale else 0, int.from_bytes(data[where:], "big")


def box_at(file: BinaryIO, place: tuple[bytes, ...], name: str) -> Box:
    """The one box at `place`, a box within a box; the file itself is the outermost.

    Raises Refusal, naming the file `name`, where there is none or more than one.
    """
    box = Box(b"", 0, os.fstat(file.fileno()).st_size)
    for depth, kind in enumerate(place, 1):
        inner = [each for each in boxes_in(file, box, name) if each.kind == kind]
        if len(inner) != 1:
            raise _refusal(name, f"has {len(inner) or 'no'} box {_words(place[:depth])}; wanted one")
        box = inner[0]
    return box


def boxes_in(file: BinaryIO, within: Box, name: str) -> Iterator[Box]:
    """The boxes that fill `within`, one after another; raises Refusal where they do not fit."""
    place = within.start
    for _ in range(MOST_BOXES):
        if place == within.stop:
            return
        file.seek(place)
        head = file.read(min(SHORT.size + LONG.size, within.stop - place))
        if len(head) < SHORT.size:
            raise _refusal(name, "ends within the head of a box")
        size, kind = SHORT.unpack_from(head)
        start = place + SHORT.size
        if size == 1 and len(head) == SHORT.size + LONG.size:
            (size,), start = LONG.unpack_from(head, SHORT.size), start + LONG.size
        elif size == 0:  # up to the end of what it stands in
            size = within.stop - place
        if not start <= place + size <= within.stop:
            raise _refusal(name, f"has a box of {size} bytes at {place}, which does not fit in what holds it")
        yield Box(kind, start, place + size)
        place += size
    raise _refusal(name, f"has more than {MOST_BOXES} boxes in one")


def content_of(file: BinaryIO, box: Box, size: int, name: str) -> bytes:
    """The first `size` bytes in `box`; raises Refusal where it holds fewer."""
    file.seek(box.start)
    data = file.read(min(size, box.stop - box.start))
    if len(data) < size:
        raise _refusal(name, f"has a box of {box.stop - box.start} bytes where {size} or more are wanted")
    return data


def _words(place: tuple[bytes, ...]) -> str:
    return "/".join(kind.decode("ascii") for kind in place)


def _refusal(name: str, words: str) -> Refusal:
    return Refusal([Fault(name, f"is no MP4 as it is written here: it {words}")])
