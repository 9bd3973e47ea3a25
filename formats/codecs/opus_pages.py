"""The pages of an Opus file, as far as they say which of its samples are heard: the pre-skip, and the last granule.

Source: RFC 3533, 6 (pages and their checksum); RFC 7845, 4.2 to 4.5 and 5.1 (pre-skip, end trimming, the head).
"""

import os
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from albums.faults import Fault, Refusal

HEAD = struct.Struct("<4sBBQIIIB")  # capture, version, flags, granule, serial, sequence, checksum, number of segments
MAGIC, PRE_SKIP = b"OpusHead", slice(10, 12)  # in the content of the first page
LAST = 0x04  # the flag of the last page
NO_PACKET = 2**64 - 1  # the granule of a page on which no packet ends
PACKET = 960  # samples: 20 ms at 48 kHz, as FFmpeg has libopus make them
FULL = 255  # a segment of so many bytes is not the last of its packet
POLYNOMIAL = 0x04C11DB7


@dataclass(frozen=True)
class Page:
    """One page: where it begins in the file, its flags, the samples up to its end, and its segments."""

    place: int
    flags: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes
    content: bytes

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return HEAD.size + len(self.lacing) + len(self.content)

    def packed(self) -> bytes:
        """The page's bytes, with a checksum made anew."""
        head = (b"OggS", 0, self.flags, self.granule, self.serial, self.sequence)
        rest = self.lacing + self.content
        checksum = crc_32(HEAD.pack(*head, 0, len(self.lacing)) + rest)
        return HEAD.pack(*head, checksum, len(self.lacing)) + rest


def limit(path: Path, lead: int, length: int, tail: int) -> None:
    """Have only `length` samples heard of the Opus file at `path`, which holds `lead` before and `tail` after them.

    Packets that hold nothing but the tail are taken off, as decoders cut one at most. Raises Refusal where the file is
    not as FFmpeg writes it, or holds another number, and OSError.
    """
    with path.open("r+b") as file:
        first = _page(file, 0, path.name)
        if not first.content.startswith(MAGIC):
            raise _refusal(path.name, "does not begin with the head of Opus")
        skipped = int.from_bytes(first.content[PRE_SKIP], "little")
        stop, last, before, held = skipped + lead + length, first, 0, 0
        place, end = first.place, os.fstat(file.fileno()).st_size
        while place < end:
            page = _page(file, place, path.name)
            place += page.size
            if page.granule != NO_PACKET:
                if held < stop:
                    last, before = page, held
                held = page.granule
        if held - skipped != lead + length + tail:
            raise _refusal(path.name, f"holds {held - skipped} samples of {lead + length + tail} that were encoded")
        content = bytearray(first.content)
        content[PRE_SKIP] = (skipped + lead).to_bytes(2, "little")
        file.seek(last.place)
        file.write(_ended(last, before, stop).packed())
        file.truncate()
        file.seek(0)
        file.write(replace(first, content=bytes(content)).packed())


def crc_32(data: bytes) -> int:
    """CRC-32 as Ogg has it: its polynomial from the highest bit on, from 0."""
    crc = 0
    for byte in data:
        crc = (crc << 8) & 0xFFFFFFFF ^ _TABLE[crc >> 24 ^ byte]
    return crc


def _ended(page: Page, before: int, stop: int) -> Page:
    """`page`, which begins after `before` samples, as the last one: without packets beyond `stop`."""
    packets, segments = -(-(stop - before) // PACKET), 0
    while packets and segments < len(page.lacing):
        packets -= page.lacing[segments] < FULL
        segments += 1
    lacing = page.lacing[:segments]
    return replace(page, flags=page.flags | LAST, granule=stop, lacing=lacing, content=page.content[: sum(lacing)])


def _page(file: BinaryIO, place: int, name: str) -> Page:
    file.seek(place)
    head = file.read(HEAD.size)
    if len(head) < HEAD.size or head[:5] != b"OggS\0":
        raise _refusal(name, f"has no page at {place}")
    _, _, flags, granule, serial, sequence, _, segments = HEAD.unpack(head)
    lacing = file.read(segments)
    content = file.read(sum(lacing))
    if len(lacing) < segments or len(content) < sum(lacing):
        raise _refusal(name, "ends within a page")
    return Page(place, flags, granule, serial, sequence, lacing, content)


def _table_entry(byte: int) -> int:
    crc = byte << 24
    for _ in range(8):
        crc = (crc << 1) & 0xFFFFFFFF ^ (POLYNOMIAL if crc & 0x80000000 else 0)
    return crc


_TABLE = tuple(map(_table_entry, range(256)))


def _refusal(name: str, words: str) -> Refusal:
    return Refusal([Fault(name, f"is no Opus file as it is written here: it {words}")])
