"""Where a sound ends whose size was never written: its writer streamed, or was killed before it could go back.

A placeholder is zero, a negative number, or so large a number that only a writer who does not know would promise it.
"""

import string
import struct
from collections.abc import Iterator
from typing import BinaryIO, Protocol

BEYOND_BYTES = 2**60  # ffmpeg promises 2^62 and more of a W64; no file is as long
# 2 GiB, from 16 MiB below (sox) to a header's length above (arecord); 4 GiB less up to 64 KiB (ffmpeg).
PROMISED_BLINDLY = (range(0x7F000000, 0x80010000), range(0xFFFF0000, 2**32))
WRAPPED_BYTES, NARROW_BYTES = 2**32, 4
TAIL_BYTES = 2**20  # chunks behind the sound are looked for in so much of the file's end
PIECE_BYTES = 2**20
SIGNATURE_BYTES = 16  # by which another header is found
MOST_CHUNKS = 1000
HEADERS = (b"RIFF", b"RF64", b"BW64", b"FORM", b"riff", b"caff")  # what looks like a chunk and begins another file
LETTERS = frozenset((string.ascii_letters + string.digits + " ()_-.").encode())


class Layout(Protocol):
    """How a family of containers lays out its chunks; see `container_header.Family`."""

    @property
    def identifier_bytes(self) -> int:
        """How long an identifier is."""

    @property
    def size(self) -> str:
        """The size's format, for `struct`."""

    @property
    def header_bytes(self) -> int:
        """How long identifier and size are."""

    @property
    def alignment(self) -> int:
        """Chunks begin at multiples of it."""

    @property
    def behind(self) -> tuple[bytes, ...]:
        """Identifiers of chunks that are found after the sound."""

    @property
    def inclusive(self) -> bool:
        """Whether sizes count the chunk's own header."""


def is_placeholder(file: BinaryIO, layout: Layout, begin: int, size: int, length: int) -> bool:
    """Whether `size`, promised of the sound at `begin`, was never written back; `length` is the file's.

    A number is true where the sound and then nothing but chunks follow, zero for one. Of more than 4 GiB behind it, a
    size of 32 bits has lost its upper ones.
    """
    left = length - begin
    if layout.header_bytes - layout.identifier_bytes == NARROW_BYTES and left - size >= WRAPPED_BYTES:
        return True
    if not is_blind(size) or (size <= 0 and left <= 0):
        return False
    after = begin + max(0, size) + -max(0, size) % layout.alignment
    return size > left or behind_chunks(file, layout, after, length) < length


def is_blind(size: int) -> bool:
    """Whether `size` is a number that writers put down who do not know."""
    return size <= 0 or size >= BEYOND_BYTES or any(size in numbers for numbers in PROMISED_BLINDLY)


def sound_end(file: BinaryIO, layout: Layout, start: int, begin: int, length: int) -> tuple[int, bool]:
    """Where the sound from `begin` on ends, in a file that begins at `start`, and whether a second was put behind it.

    Writers that cannot go back may write their header again at the end: that is no second file.
    """
    if begin >= length:
        return length, False
    again = _header_again(file, start, begin, length)
    if again:
        return again, length - again > 2 * (begin - start)
    return next(_chunks_behind(file, layout, begin, length), length), False


def _header_again(file: BinaryIO, start: int, begin: int, length: int) -> int:
    """Where behind `begin` the header at `start` is found once more; 0 for nowhere."""
    file.seek(start)
    head = file.read(SIGNATURE_BYTES)
    parts = (head[:4], head[8:]) if head[:4] in HEADERS[:4] else (head[:12], b"")  # what is between is a size
    overlap, position, before = SIGNATURE_BYTES - 1, begin, b""
    file.seek(begin)
    while piece := file.read(PIECE_BYTES):
        window = before + piece
        first = position - len(before)
        for found in _places(window, parts[0]):
            if window[found + 8 :].startswith(parts[1]) and len(window) - found >= SIGNATURE_BYTES:
                return first + found
        position, before = position + len(piece), window[-overlap:]
        if position >= length:
            break
    return 0


def _places(window: bytes, part: bytes) -> Iterator[int]:
    found = window.find(part)
    while found >= 0:
        yield found
        found = window.find(part, found + 1)


def _chunks_behind(file: BinaryIO, layout: Layout, begin: int, length: int) -> Iterator[int]:
    """Where, near the end of the file, chunks begin that reach exactly to it; the earliest first."""
    first = max(begin, length - TAIL_BYTES)
    file.seek(first)
    tail = file.read(length - first)
    found = sorted(first + place for identifier in layout.behind for place in _places(tail, identifier))
    yield from (place for place in found if behind_chunks(file, layout, place, length) == length)


def behind_chunks(file: BinaryIO, layout: Layout, position: int, length: int) -> int:
    """Where what lies from `position` on is no longer a chunk with a name in letters: `length` where all of it is."""
    for _ in range(MOST_CHUNKS):
        if position >= length:
            return length
        file.seek(position)
        raw = file.read(layout.header_bytes)
        if len(raw) < layout.header_bytes or raw[:4] in HEADERS or not LETTERS.issuperset(raw[:4]):
            break
        (size,) = struct.unpack(layout.size, raw[layout.identifier_bytes :])
        size -= layout.header_bytes if layout.inclusive else 0
        if size < 0 or position + layout.header_bytes + size > length:
            break
        position += layout.header_bytes + size + -size % layout.alignment
    return position
