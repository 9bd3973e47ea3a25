"""The chunks of a WAV, and of an RF64 where it is larger than 4 GiB: walked and packed strictly.

Source: Microsoft/IBM Multimedia Programming Interface, 1991, "RIFF" (chunks are word-aligned, and a pad byte is not
counted); ITU-R BS.2088-1, 3 (RF64: sizes of 32 bits are -1, the ds64 chunk comes first and has them).
"""

import os
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable

HEAD, FORM = struct.Struct("<4sI"), b"WAVE"
DS64 = struct.Struct("<QQQI")  # size of the RIFF, of the data, number of frames, further sizes in a table
UNSAID = 2**32 - 1  # a size that stands in ds64
MOST_CHUNKS = 64  # a guard: a file that is written here has eight


@dataclass(frozen=True)
class Chunk:
    """One chunk: its four letters, where its content begins in the file, and how many bytes it has."""

    kind: bytes
    start: int
    size: int


def packed(kind: bytes, content: bytes) -> bytes:
    """A chunk, with a pad byte where its content has an odd number of bytes."""
    return HEAD.pack(kind, len(content)) + content + b"\0" * (len(content) % 2)


def head(chunks: Iterable[tuple[bytes, bytes]], data_bytes: int, frames: int) -> bytes:
    """All of a file before its samples: `chunks`, each its letters and its content, and the heads around them.

    `data_bytes` is even. A file that is larger than 4 GiB is an RF64.
    """
    middle = b"".join(packed(*chunk) for chunk in chunks)
    size = len(FORM) + len(middle) + HEAD.size + data_bytes
    if size < UNSAID:
        return HEAD.pack(b"RIFF", size) + FORM + middle + HEAD.pack(b"data", data_bytes)
    size += HEAD.size + DS64.size
    sizes = packed(b"ds64", DS64.pack(size, data_bytes, frames, 0))
    return HEAD.pack(b"RF64", UNSAID) + FORM + sizes + middle + HEAD.pack(b"data", UNSAID)


def chunks_of(path: Path) -> tuple[Chunk, ...]:
    """The chunks of the file at `path`, the samples last; raises Refusal where they do not fill it to the byte."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            form, stated = HEAD.unpack(_read(file.read(HEAD.size), HEAD.size, path))
            if form not in (b"RIFF", b"RF64") or file.read(len(FORM)) != FORM:
                raise _refusal(path, "is no WAV")
            found: list[Chunk] = []
            sizes = None
            place = HEAD.size + len(FORM)
            while place < size and len(found) < MOST_CHUNKS:
                file.seek(place)
                kind, length = HEAD.unpack(_read(file.read(HEAD.size), HEAD.size, path))
                if kind == b"ds64" and form == b"RF64" and not found:
                    sizes = DS64.unpack(_read(file.read(DS64.size), DS64.size, path))
                elif kind == b"data" and sizes:
                    length = sizes[1] if length == UNSAID else length
                found.append(Chunk(kind, place + HEAD.size, length))
                place += HEAD.size + length + length % 2
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None
    stated = sizes[0] if sizes else stated
    if place != size or stated != size - HEAD.size:
        raise _refusal(path, f"is {size} bytes long; its chunks end at {place}, and it says {stated + HEAD.size}")
    if [chunk.kind for chunk in found].count(b"data") != 1 or found[-1].kind != b"data":
        raise _refusal(path, "does not end with one chunk of samples")
    return tuple(found)


def _read(data: bytes, size: int, path: Path) -> bytes:
    if len(data) < size:
        raise _refusal(path, "ends within the head of a chunk")
    return data


def _refusal(path: Path, words: str) -> Refusal:
    return Refusal([Fault(path.name, words)])
