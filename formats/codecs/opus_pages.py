"""The packets of an Opus file: those kept in which the music is, on pages that say which samples are heard.

A decoder that begins within a stream gives other sound at first. It has settled after 80 ms by RFC 7845; held against
the whole stream, 80 ms leave as much as the codec's own noise, 320 ms some 70 dB less, 640 ms nothing (14 places in
seven recordings, 2026-12-01).

Source: RFC 3533, 6 (pages and their checksum); RFC 7845, 4.2 to 4.5 and 5.1 (pre-skip, end trimming, the head).
"""

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from albums.faults import Fault, Refusal

HEAD = struct.Struct("<4sBBQIIIB")  # capture, version, flags, granule, serial, sequence, checksum, number of segments
MAGIC, PRE_SKIP = b"OpusHead", slice(10, 12)  # in the content of the first page
TEXTS = b"OpusTags"  # on the second
LAST = 0x04  # the flag of the last page
NO_PACKET = 2**64 - 1  # the granule of a page on which no packet ends
PACKET = 960  # samples: 20 ms at 48 kHz, as FFmpeg has libopus make them
SETTLED = 40  # packets kept before the music
PAGE_PACKETS = 50  # at most: a second, as FFmpeg does it
SEGMENTS = 255  # of a page, at most
FULL = 255  # a segment of so many bytes is not the last of its packet
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Page:
    """One page: its flags, the samples up to its end, its number, and its segments."""

    flags: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes
    content: bytes

    def packed(self) -> bytes:
        """The page's bytes, with a checksum made anew."""
        head = (b"OggS", 0, self.flags, self.granule, self.serial, self.sequence)
        rest = self.lacing + self.content
        checksum = crc_32(HEAD.pack(*head, 0, len(self.lacing)) + rest)
        return HEAD.pack(*head, checksum, len(self.lacing)) + rest


def limit(path: Path, lead: int, length: int, tail: int) -> None:
    """Have only `length` samples heard of the Opus file at `path`, which holds `lead` before and `tail` after them.

    Packets are left out but for those on which a decoder settles. Raises Refusal where the file is not as FFmpeg writes
    it, or holds another number, and OSError.
    """
    cut = path.with_name(f"{path.name}.cut")
    with path.open("rb") as file, cut.open("wb") as out:
        head, texts = read_page(file, path.name), read_page(file, path.name)
        if not head.content.startswith(MAGIC) or not texts.content.startswith(TEXTS):
            raise _refusal(path.name, "does not begin with the head and the texts of Opus")
        skipped = int.from_bytes(head.content[PRE_SKIP], "little")
        first = max((skipped + lead) // PACKET - SETTLED, 0)
        begin = skipped + lead - first * PACKET
        stop = begin + length
        content = bytearray(head.content)
        content[PRE_SKIP] = begin.to_bytes(2, "little")
        out.write(replace(head, content=bytes(content)).packed())
        out.write(texts.packed())
        music = _Music(file, path.name)
        for page in _paged(music.packets(), first, stop, head.serial):
            out.write(page.packed())
    if music.held - skipped != lead + length + tail:
        cut.unlink()
        raise _refusal(path.name, f"holds {music.held - skipped} samples of {lead + length + tail} that were encoded")
    cut.replace(path)


def read_page(file: BinaryIO, name: str) -> Page:
    """The page at which `file` stands; raises Refusal, naming it `name`, where there is none."""
    place = file.tell()
    head = file.read(HEAD.size)
    if len(head) < HEAD.size or head[:5] != b"OggS\0":
        raise _refusal(name, f"has no page at {place}")
    _, _, flags, granule, serial, sequence, _, segments = HEAD.unpack(head)
    lacing = file.read(segments)
    content = file.read(sum(lacing))
    if len(lacing) < segments or len(content) < sum(lacing):
        raise _refusal(name, "ends within a page")
    return Page(flags, granule, serial, sequence, lacing, content)


def crc_32(data: bytes) -> int:
    """CRC-32 as Ogg has it: its polynomial from the highest bit on, from 0.

    zlib's has the same polynomial from the lowest bit on, from all ones, and inverts what comes out.
    """
    mirrored = zlib.crc32(data.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_REVERSED), "big")


class _Music:
    """The packets of sound in a file from where it stands on; `held` is the last granule that was seen."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self.held = 0

    def packets(self) -> Iterator[bytes]:
        """One packet after the other, whole, up to the end of the file."""
        end, packet = os.fstat(self._file.fileno()).st_size, b""
        while self._file.tell() < end:
            page, place = read_page(self._file, self._name), 0
            if page.granule != NO_PACKET:
                self.held = page.granule
            for size in page.lacing:
                packet += page.content[place : place + size]
                place += size
                if size < FULL:
                    yield packet
                    packet = b""
        if packet:
            raise _refusal(self._name, "ends within a packet")


def _paged(packets: Iterator[bytes], first: int, stop: int, serial: int) -> Iterator[Page]:
    """The pages of the packets from number `first` on, as far as they hold the `stop` samples that follow.

    All `packets` are taken. No packet begins on one page and ends on another.
    """
    total, sequence, kept, held = -(-stop // PACKET), 2, 0, 0
    lacing = content = b""
    for place, packet in enumerate(packets):
        if not first <= place < first + total:
            continue
        own = bytes([FULL] * (len(packet) // FULL) + [len(packet) % FULL])
        if held == PAGE_PACKETS or len(lacing) + len(own) > SEGMENTS:
            yield Page(0, kept * PACKET, serial, sequence, lacing, content)
            sequence, held, lacing, content = sequence + 1, 0, b"", b""
        kept, held, lacing, content = kept + 1, held + 1, lacing + own, content + packet
    yield Page(LAST, stop, serial, sequence, lacing, content)


def _refusal(name: str, words: str) -> Refusal:
    return Refusal([Fault(name, f"is no Opus file as it is written here: it {words}")])
