"""Whether a sound file holds as much sound as its header says; libsndfile only reads what is there.

Sources: RIFF/WAVE (Microsoft 1994), RF64 (EBU Tech 3306), AIFF (Apple 1989), CAF (Apple Core Audio Format 1.0),
Wave64 (Sonic Foundry/Sony): all are chunks of identifier, size, content.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

UNKNOWN_RIFF_BYTES = 0xFFFFFFFF  # RF64: the size is in ds64; RIFF: a stream, whose writer never knew it
UNKNOWN_CAF_BYTES = -1  # CAF: the data chunk runs to the end of the file
BEYOND_BYTES = 2**62  # W64: ffmpeg promises this much when it writes to a pipe; no file is as long
MOST_CHUNKS = 10_000  # a guard: no sound file has more before its data


@dataclass(frozen=True)
class Family:
    """How one family of containers lays out its chunks; `inclusive` sizes count the chunk's own header."""

    first_chunk: int
    identifier_bytes: int
    size: str
    alignment: int
    data: bytes
    inclusive: bool = False


FAMILIES = {
    b"RIFF": Family(12, 4, "<I", 2, b"data"),
    b"RF64": Family(12, 4, "<I", 2, b"data"),
    b"FORM": Family(12, 4, ">I", 2, b"SSND"),
    b"caff": Family(8, 4, ">q", 1, b"data"),
    b"riff": Family(40, 16, "<Q", 8, b"data", inclusive=True),
}


@dataclass(frozen=True)
class SoundChunk:
    """The bytes of sound that the header promises, and how many of them the file does not have."""

    promised_bytes: int
    missing_bytes: int


def sound_chunk_in(file: BinaryIO) -> SoundChunk | None:
    """What the header of the open `file` promises and the file holds; None when the header does not say.

    FLAC has no such header; its decoder counts the samples.
    """
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    family = FAMILIES.get(file.read(4))
    if family is None:
        return None
    wide = 0
    for identifier, begin, size in _chunks(file, family, length):
        if identifier == b"ds64" and size >= 16:
            file.seek(begin)
            wide = struct.unpack("<8xQ", file.read(16))[0]
        if identifier.startswith(family.data):
            promised = wide if size == UNKNOWN_RIFF_BYTES and wide else size
            if promised in (UNKNOWN_RIFF_BYTES, UNKNOWN_CAF_BYTES) or promised >= BEYOND_BYTES:
                return None
            return SoundChunk(max(0, promised), max(0, begin + promised - length))
    return None


def _chunks(file: BinaryIO, family: Family, length: int) -> Iterator[tuple[bytes, int, int]]:
    """Each chunk's identifier, where its content begins, and the size its header gives."""
    position, header = family.first_chunk, family.identifier_bytes + struct.calcsize(family.size)
    for _ in range(MOST_CHUNKS):
        file.seek(position)
        raw = file.read(header)
        if len(raw) < header:
            return
        (size,) = struct.unpack(family.size, raw[family.identifier_bytes :])
        size -= header if family.inclusive else 0
        yield raw[: family.identifier_bytes], position + header, size
        if size < 0:
            return
        position += header + size + -size % family.alignment
        if position > length:
            return
