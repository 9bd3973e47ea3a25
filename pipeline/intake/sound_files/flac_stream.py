"""What a FLAC file says of itself, and whether it is so: its length, and the MD5 of its sound.

Source: RFC 9639. The MD5 is over all samples, interleaved, little-endian, each in whole bytes; zero means that the
encoder did not set it, as total samples of zero mean that it did not know.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO

import numpy as np

from pipeline.dsp.types import Block
from pipeline.intake.sound_files.container_header import Correction, id3_bytes

MAGIC = b"fLaC"
STREAMINFO_BYTES = 34
TOTAL_AT = 18  # after the magic and the block's header: 20 + 3 + 5 bits of rate, channels and bits, 36 of total samples
TOTAL_BITS = 36
UNSET_MD5 = bytes(16)
ANOTHER = MAGIC + b"\0\0\0" + bytes([STREAMINFO_BYTES])  # how a second stream behind the first begins
PIECE_BYTES = 2**22
LONGEST_HEADER = 16  # of a frame
MOST_BLOCKS = 10_000  # of metadata: a guard


@dataclass(frozen=True)
class FlacStream:
    """STREAMINFO: `frames` is the promised length, 0 where the encoder did not know it; `md5` may be UNSET_MD5.

    `begin` is where the magic stands, `audio` where the first frame should.
    """

    begin: int
    audio: int
    frames: int
    bits: int
    md5: bytes
    fields: int
    """The eight bytes from TOTAL_AT on as a number."""

    def with_length(self, frames: int) -> Correction:
        """What STREAMINFO would hold if it promised `frames`; raises ValueError for more than it can."""
        kept = self.fields >> TOTAL_BITS << TOTAL_BITS
        if frames >> TOTAL_BITS:
            raise ValueError(f"{frames} samples; a FLAC holds fewer than 2^{TOTAL_BITS}")
        return self.begin + TOTAL_AT, (kept | frames).to_bytes(8, "big")


@dataclass(frozen=True)
class FramesFound:
    """The samples in the frames that follow each other without a break, and whether a second stream lies behind."""

    frames: int
    followed: bool


class SoundDigest:
    """The MD5 of samples as they pass: `add` blocks of shape (frames, channels), 1.0 being full scale."""

    def __init__(self, bits: int) -> None:
        """Nothing has passed; a sample has `bits` bits."""
        self._scale, self._width, self._md5 = 2.0 ** (bits - 1), (bits + 7) // 8, hashlib.md5(usedforsecurity=False)

    def add(self, block: Block) -> None:
        """Let `block` pass."""
        whole = np.rint(block * self._scale).astype("<i4")
        self._md5.update(whole.reshape(-1, 1).view(np.uint8)[:, : self._width].tobytes())

    def digest(self) -> bytes:
        """The MD5 of all so far."""
        return self._md5.digest()


def flac_stream_in(file: BinaryIO) -> FlacStream | None:
    """What STREAMINFO says in the open `file`; None where that is no FLAC."""
    begin = id3_bytes(file)
    file.seek(begin)
    head = file.read(8 + STREAMINFO_BYTES)
    if len(head) < 8 + STREAMINFO_BYTES or not head.startswith(MAGIC) or head[4] & 0x7F:
        return None
    fields = int.from_bytes(head[TOTAL_AT : TOTAL_AT + 8], "big")
    bits = (fields >> TOTAL_BITS & 0x1F) + 1
    return FlacStream(
        begin, _behind_metadata(file, begin + 4), fields & (1 << TOTAL_BITS) - 1, bits, head[26:42], fields
    )


def _behind_metadata(file: BinaryIO, position: int) -> int:
    for _ in range(MOST_BLOCKS):
        file.seek(position)
        head = file.read(4)
        if len(head) < 4:
            break
        position += 4 + int.from_bytes(head[1:], "big")
        if head[0] & 0x80:
            break
    return position


def frames_found(file: BinaryIO, stream: FlacStream) -> FramesFound:
    """The frames of `stream`, counted by their headers: each must be numbered as it follows from the one before.

    Numbers count frames or samples; which of the two, old encoders do not say.
    """
    total, count, begun, followed = 0, 0, -1, False
    for place, window in _candidates(file, stream.audio):
        if window.startswith(ANOTHER):
            followed = True
            break
        header = _frame_header(window)
        if header is None:
            continue
        number, size = header
        if begun < 0 and place == stream.audio:
            begun = number
        if begun >= 0 and number - begun in (count, total):
            total, count = total + size, count + 1
    return FramesFound(total, followed)


def _candidates(file: BinaryIO, position: int) -> Iterator[tuple[int, bytes]]:
    """Where a frame or another stream may begin, and the bytes there."""
    file.seek(position)
    before = b""
    while True:
        piece = file.read(PIECE_BYTES)
        window = before + piece
        start, last = position - len(before), len(window) - (LONGEST_HEADER if piece else 0)
        seen = np.frombuffer(window, np.uint8)
        first, second = seen[:-1], seen[1:]
        is_near = ((first == 0xFF) & (second & 0xFE == 0xF8)) | ((first == MAGIC[0]) & (second == MAGIC[1]))
        for place in np.flatnonzero(is_near[: max(last, 0)]).tolist():
            yield start + place, window[place : place + LONGEST_HEADER]
        if not piece:
            return
        position, before = position + len(piece), window[max(last, 0) :]


def _frame_header(raw: bytes) -> tuple[int, int] | None:
    """The number and the samples of the frame that begins with `raw`; None where none does."""
    if len(raw) < 6 or raw[0] != 0xFF or raw[1] & 0xFE != 0xF8 or raw[3] & 1:
        return None
    ones = 8 - (raw[4] ^ 0xFF).bit_length()  # of the number, coded as UTF-8 is
    if ones in (1, 8):
        return None
    width = max(1, ones)
    number = raw[4] & 0xFF >> (ones + 1 if ones else 1)
    for byte in raw[5 : 4 + width]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    code, at = raw[2] >> 4, 4 + width
    extra = {6: 1, 7: 2}.get(code, 0)
    if code == 0 or len(raw) < at + extra:
        return None
    size = int.from_bytes(raw[at : at + extra], "big") + 1 if extra else _BLOCK_SIZES[code]
    end = at + extra + {12: 1, 13: 2, 14: 2}.get(raw[2] & 0x0F, 0)
    if len(raw) <= end or _crc_8(raw[:end]) != raw[end]:
        return None
    return number, size


_BLOCK_SIZES = {1: 192, **{n: 576 << n - 2 for n in range(2, 6)}, **{n: 256 << n - 8 for n in range(8, 16)}}


def _crc_8(data: bytes) -> int:
    value = 0
    for byte in data:
        value = _crc_8_table()[value ^ byte]
    return value


@cache
def _crc_8_table() -> tuple[int, ...]:
    """CRC-8 of RFC 9639: x^8 + x^2 + x + 1."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value << 1 ^ (0x107 if value & 0x80 else 0)
        table.append(value)
    return tuple(table)
