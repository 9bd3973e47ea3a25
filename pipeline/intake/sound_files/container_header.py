"""How much sound a container's header promises and how much the file holds; libsndfile only reads what is there.

A writer that could not go back, to a pipe or because it was killed, leaves zero or a large number in place of a size.
Then the sound runs to the end of the file, less chunks behind it that can be recognised (`unwritten_size`).

Sources: RIFF/WAVE (Microsoft 1994), RF64 (EBU Tech 3306), BW64 (ITU-R BS.2088), AIFF and AIFF-C (Apple 1989, 1991), CAF
(Apple Core Audio Format 1.0), Wave64 (Sonic Foundry/Sony): all are chunks of identifier, size, content.
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from pipeline.intake.sound_files.unwritten_size import HEADERS, behind_chunks, is_blind, is_placeholder, sound_end

Correction = tuple[int, bytes]
"""Where in a file, and what should stand there."""

NARROW = 2**32 - 1  # the largest size of 32 bits; in RF64: the size is in ds64
MOST_CHUNKS = 10_000  # a guard: no sound file has more before its data
W64_GUID = bytes.fromhex("f3acd3118cd100c04f8edb8a")  # what identifiers of a W64 end in, after four letters
EXTENSIBLE = 0xFFFE  # the format tag of WAVE that has a mask of channels
MASK_AT = 20  # where in the fmt chunk
PADDING_BYTES = 2**16  # looked at behind the sound: zeros in them are padding
DS64_BYTES, FMT_BYTES, COMM_BYTES, SSND_BYTES, ID3_BYTES = 24, 16, 8, 8, 10  # what is read of each


@dataclass(frozen=True)
class Family:
    """How one family of containers lays out its chunks; `inclusive` sizes count the chunk's own header.

    `ahead` is what the sound chunk has before the sound, `behind` are identifiers of chunks found after it.
    """

    first_chunk: int
    identifier_bytes: int
    size: str
    alignment: int
    data: bytes
    behind: tuple[bytes, ...]
    ahead: int = 0
    inclusive: bool = False

    @property
    def size_bytes(self) -> int:
        """How wide a size is."""
        return struct.calcsize(self.size)

    @property
    def header_bytes(self) -> int:
        """How long identifier and size are."""
        return self.identifier_bytes + self.size_bytes


_WAVE = (b"LIST", b"id3 ", b"ID3 ", b"bext", b"iXML", b"axml", b"_PMX", b"cue ", b"smpl", b"inst", b"plst", b"fact",
         b"PEAK", b"junk", b"JUNK", b"FLLR", b"PAD ", b"acid", b"afsp", b"DISP", b"umid", b"chna", b"cart")  # fmt: skip
_AIFF = (b"NAME", b"AUTH", b"(c) ", b"ANNO", b"COMT", b"MARK", b"INST", b"APPL", b"ID3 ", b"CHAN", b"PEAK", b"MIDI",
         b"AESD", b"COMM")  # fmt: skip
_CAF = (b"info", b"pakt", b"kuki", b"mark", b"strg", b"uuid", b"free", b"peak", b"umid", b"chan", b"regn", b"edct",
        b"inst", b"midi", b"ovvw")  # fmt: skip
_W64 = tuple(name + W64_GUID for name in (b"fact", b"levl", b"junk", b"bext", b"mark", b"summ"))
_RIFF = Family(12, 4, "<I", 2, b"data", _WAVE)
FAMILIES = {
    b"RIFF": _RIFF,
    b"RF64": _RIFF,
    b"BW64": _RIFF,
    b"FORM": Family(12, 4, ">I", 2, b"SSND", _AIFF, ahead=SSND_BYTES),
    b"caff": Family(8, 4, ">q", 1, b"data", _CAF, ahead=4),
    b"riff": Family(40, 16, "<Q", 8, b"data", _W64, inclusive=True),
}


@dataclass(frozen=True)
class SoundChunk:
    """The bytes of sound from `begin` on: those that the header promises, and those that the file holds.

    `promised_bytes` is None where the writer never wrote the size back and left `stated`; whether another file was put
    behind that sound, `followed` says. `promised_frames` are AIFF's, which has them beside the bytes; `frame_bytes` is
    what a WAVE header gives a frame, `channel_mask` says where its channels belong: 0 where it does not say.
    """

    begin: int
    held_bytes: int
    promised_bytes: int | None
    stated: int
    promised_frames: int | None = None
    frame_bytes: int = 0
    channel_mask: int = 0
    followed: bool = False
    foreign_bytes: int = 0
    """What lies behind the sound and its chunks and is neither, but for padding and tags."""
    corrections: tuple[Correction, ...] = ()
    """What a reader that believes headers must find instead of what stands there."""

    @property
    def missing_bytes(self) -> int:
        """How many of the promised bytes the file does not have."""
        return max(0, (self.promised_bytes or 0) - self.held_bytes)


@dataclass(frozen=True)
class Chunk:
    """A chunk: its identifier, where its content begins, and the size its header gives."""

    identifier: bytes
    begin: int
    size: int


@dataclass
class _Told:
    """What other chunks tell of the sound, and where the file begins behind its tags."""

    start: int
    wide: int | None = None
    ds64_at: int = 0
    frames: int | None = None
    frame_bytes: int = 0
    channel_mask: int = 0


def id3_bytes(file: BinaryIO) -> int:
    """The length of the ID3v2 tags in front of a sound file."""
    begin = 0
    for _ in range(MOST_CHUNKS):
        file.seek(begin)
        head = file.read(ID3_BYTES)
        if len(head) < ID3_BYTES or not head.startswith(b"ID3"):
            break
        begin += ID3_BYTES + sum((byte & 0x7F) << 7 * (3 - place) for place, byte in enumerate(head[6:]))
    return begin


def sound_chunk_in(file: BinaryIO) -> SoundChunk | None:
    """What the header of the open `file` promises and the file holds; None where that is no container of FAMILIES.

    FLAC has no such header: see `flac_stream`.
    """
    start, length = id3_bytes(file), file.seek(0, os.SEEK_END)
    file.seek(start)
    magic = file.read(4)
    family = FAMILIES.get(magic)
    if family is None:
        return None
    told, data = _Told(start), None
    for chunk in chunks_in(file, family, start + family.first_chunk, length):
        if not chunk.identifier.startswith(family.data):
            _read(file, chunk, told)
        elif data is None:
            data = chunk
        if data and magic != b"FORM":  # where COMM may come after the sound
            break
    # BW64 is RF64 by another name, which libsndfile does not know.
    renamed = ((start, b"RF64"),) if magic == b"BW64" else ()
    return _sound_chunk(file, family, told, data, length, renamed) if data else None


def chunks_in(file: BinaryIO, family: Family, position: int, length: int) -> Iterator[Chunk]:
    """The chunks from `position` on."""
    for _ in range(MOST_CHUNKS):
        file.seek(position)
        raw = file.read(family.header_bytes)
        if len(raw) < family.header_bytes:
            return
        (size,) = struct.unpack(family.size, raw[family.identifier_bytes :])
        content = size - (family.header_bytes if family.inclusive else 0)
        yield Chunk(raw[: family.identifier_bytes], position + family.header_bytes, content)
        if content < 0:
            return
        position += family.header_bytes + content + -content % family.alignment
        if position > length:
            return


def _read(file: BinaryIO, chunk: Chunk, told: _Told) -> None:
    file.seek(chunk.begin)
    raw = file.read(min(max(chunk.size, 0), 64))
    if chunk.identifier == b"ds64" and len(raw) >= DS64_BYTES:
        told.wide, told.ds64_at = int.from_bytes(raw[8:16], "little"), chunk.begin
    elif chunk.identifier.startswith(b"fmt ") and len(raw) >= FMT_BYTES:
        tag, _, _, _, told.frame_bytes = struct.unpack("<HHIIH", raw[:14])
        if tag == EXTENSIBLE and len(raw) >= MASK_AT + 4:
            told.channel_mask = int.from_bytes(raw[MASK_AT : MASK_AT + 4], "little")
    elif chunk.identifier == b"COMM" and len(raw) >= COMM_BYTES:
        told.frames = int.from_bytes(raw[2:6], "big")


def _sound_chunk(
    file: BinaryIO, family: Family, told: _Told, data: Chunk, length: int, corrections: tuple[Correction, ...]
) -> SoundChunk:
    ahead = family.ahead
    if family.data == b"SSND":
        file.seek(data.begin)
        ahead += int.from_bytes(file.read(4), "big")
    is_wide = data.size == NARROW and told.wide is not None
    stated = told.wide if is_wide and told.wide is not None else data.size
    begin = data.begin + ahead
    left = max(0, length - begin)
    found = SoundChunk(
        begin=begin,
        held_bytes=min(left, max(0, stated - ahead)),
        promised_bytes=max(0, stated - ahead),
        stated=stated + (family.header_bytes if family.inclusive else 0),
        promised_frames=told.frames if told.frames and not is_blind(told.frames) else None,
        frame_bytes=told.frame_bytes,
        channel_mask=told.channel_mask,
        corrections=corrections,
    )
    if not is_placeholder(file, family, begin, stated - ahead, length):
        foreign, followed = _foreign(file, family, data.begin + max(0, stated) + -stated % family.alignment, length)
        return replace(found, foreign_bytes=foreign, followed=followed)
    end, followed = sound_end(file, family, told.start, begin, length)
    held = max(0, end - begin)
    corrections += tuple(_written_back(family, told, data, ahead + held, is_wide=is_wide))
    return replace(
        found, held_bytes=held, promised_bytes=None, promised_frames=None, followed=followed, corrections=corrections
    )


def _foreign(file: BinaryIO, family: Family, position: int, length: int) -> tuple[int, bool]:
    """How many bytes from `position` on are no chunks, padding or tags, and whether they are another sound file."""
    position = behind_chunks(file, family, position, length)
    left = max(0, length - position)
    file.seek(position)
    head = file.read(min(left, PADDING_BYTES)) if left else b""
    is_tag = head.startswith((b"TAG", b"APETAGEX")) or not head.strip(b"\0")
    return 0 if is_tag else left, head.startswith((*HEADERS, b"fLaC"))


def _written_back(family: Family, told: _Told, data: Chunk, size: int, *, is_wide: bool) -> Iterator[Correction]:
    """What the writer would have written, had it gone back to its header."""
    if is_wide:
        yield told.ds64_at, struct.pack("<QQQ", size + data.begin, size, 0)
        return
    whole = size + (family.header_bytes if family.inclusive else 0)
    if family.size_bytes == 4 and whole > NARROW:  # libsndfile then takes all of the file
        whole = 0
        if family.data == b"data":
            yield told.start + 4, struct.pack("<I", 8)
    yield data.begin - family.size_bytes, struct.pack(family.size, whole)
