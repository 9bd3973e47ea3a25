"""The Info tag of an MP3 file: its first frame, silent, which says how many samples stand before and after the music.

FFmpeg's own is wrong for some lengths: of 1103646 samples at 44100 Hz every decoder then gives 17 more. So the tag is
made anew from the frames that are counted in the file.

Source: ISO 11172-3, 2.4.2.3 (the header of a frame); the LAME project's "Mp3 Info Tag revision 1" (delay and padding of
12 bits each, the places of the music in the file, its length and CRC-16, and the CRC-16 over the first 190 bytes of the
frame); id3.org, ID3v2.4.0, 3.1 (the tag before the first frame). Tried with LAME 3.100 as FFmpeg 9.0.2 has it.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numba import njit
from numpy.typing import NDArray

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable

SAMPLES = 1152  # of one frame
RATES_HZ = (44100, 48000, 32000)
KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # MPEG-1 layer III; 0 is left to the encoder
MONO = 3
SYNC = b"\xff\xfb"  # MPEG-1 layer III without a checksum of its own
SIDE = 36  # bytes of a frame's header and of the side information after it, for two channels
TAG = SIDE  # the place of the tag in its frame
NAMES = (b"Info", b"Xing")  # constant and variable bit rate
ALL_FIELDS = 0x0F
FRAMES = TAG + 8  # the place of the number of frames; after it that of bytes, and the places of each hundredth
PLACES = 100
LIMITS = 177  # the place of delay and padding
MUSIC = 184  # the place of the number of bytes once more, and of the CRC of all frames but the tag's
CRC = 190  # which is also the number of bytes that it is taken over
MOST = 2**12 - 1  # samples of delay or padding
ID3_BYTES = 10  # of its head
READ_BYTES = 2**20  # at a time; no result depends on it


@dataclass(frozen=True)
class InfoTag:
    """What an MP3 file says of itself: `delay` samples before the music and `padding` after it, in `frames` frames.

    `place` is where the tag's frame begins in the file.
    """

    place: int
    rate_hz: int
    frames: int
    delay: int
    padding: int

    @property
    def length(self) -> int:
        """The number of samples that are heard."""
        return self.frames * SAMPLES - self.delay - self.padding


def read_info(path: Path) -> InfoTag:
    """What the file at `path` says of itself; raises Refusal where it says it in another way than is written here.

    Every frame is looked at: the tag must be right about their number, and nothing may stand after the last one.
    """
    tag, sizes = read_frames(path)
    counted = len(sizes) - 1
    if tag.frames != counted:
        raise refusal(path.name, f"says that it has {tag.frames} frames and has {counted}")
    if tag.length < 1:
        raise refusal(path.name, f"says that {tag.delay} + {tag.padding} samples of {counted} frames are not heard")
    return tag


def read_frames(path: Path) -> tuple[InfoTag, tuple[int, ...]]:
    """The tag as it stands, and the bytes of each frame, its own first; raises Refusal as `read_info` does."""
    try:
        with open_regular(path) as file:
            place = after_id3(file, path.name)
            file.seek(place)
            head = file.read(CRC + 2)
            size, rate_hz = _frame(head, path.name)
            if len(head) < CRC + 2 or size < len(head) or head[TAG : TAG + 4] not in NAMES:
                raise refusal(path.name, "has no Info tag in its first frame")
            if int.from_bytes(head[TAG + 4 : TAG + 8], "big") != ALL_FIELDS:
                raise refusal(path.name, "has an Info tag without all of its fields")
            if int.from_bytes(head[CRC:], "big") != crc_16(head[:CRC]):
                raise refusal(path.name, "has an Info tag whose checksum is wrong")
            limits = int.from_bytes(head[LIMITS : LIMITS + 3], "big")
            frames = int.from_bytes(head[FRAMES : FRAMES + 4], "big")
            tag = InfoTag(place, rate_hz, frames, limits >> 12, limits & MOST)
            return tag, (size, *_sizes(file, place + size, path.name))
    except OSError as error:
        raise Refusal([Fault(path.name, unreadable(error))]) from None


def write_info(path: Path, lead: int, length: int) -> None:
    """Have only `length` samples heard of the file at `path`, from `lead` samples after its own beginning on.

    Raises Refusal as `read_info` does, OSError, and ValueError for what the tag cannot say.
    """
    tag, sizes = read_frames(path)
    counted = len(sizes) - 1
    delay = tag.delay + lead
    padding = counted * SAMPLES - delay - length
    if not (0 <= delay <= MOST and 0 <= padding <= MOST):
        raise ValueError(f"no Info tag says that of {counted} frames {length} samples are heard from {delay} on")
    with path.open("r+b") as file:
        file.seek(tag.place)
        head = bytearray(file.read(CRC + 2))
        head[FRAMES : FRAMES + 8 + PLACES] = struct.pack(">II", counted, sum(sizes)) + _places(sizes)
        head[LIMITS : LIMITS + 3] = (delay << 12 | padding).to_bytes(3, "big")
        file.seek(tag.place + sizes[0])
        head[MUSIC:CRC] = struct.pack(">IH", sum(sizes), _crc_of(file))
        head[CRC:] = struct.pack(">H", crc_16(head[:CRC]))
        file.seek(tag.place)
        file.write(head)


def crc_16(data: bytes | bytearray, before: int = 0) -> int:
    """CRC-16 with the polynomial 0x8005, bits reversed, from 0 or from that of the bytes before."""
    return int(_crc_16(np.frombuffer(data, np.uint8), before, _TABLE))


def frame_bytes(kbps_index: int, rate_hz: int) -> int:
    """The bytes of a frame at `KBPS[kbps_index]`, without padding."""
    return SAMPLES // 8 * 1000 * KBPS[kbps_index] // rate_hz


def after_id3(file: BinaryIO, name: str) -> int:
    """Where the first frame stands: after an ID3v2 tag, if there is one; raises Refusal for one without a size."""
    head = file.read(ID3_BYTES)
    if head[:3] != b"ID3":
        return 0
    if len(head) < ID3_BYTES or any(byte > 127 for byte in head[6:]):
        raise refusal(name, "has an ID3v2 tag without a size")
    size = 0
    for byte in head[6:]:
        size = size << 7 | byte
    footer = ID3_BYTES if head[5] & 0x10 else 0
    return ID3_BYTES + size + footer


def refusal(name: str, words: str) -> Refusal:
    """That the file of this name is no MP3 as it is written here."""
    return Refusal([Fault(name, f"is no MP3 as it is written here: it {words}")])


def _crc_of(file: BinaryIO) -> int:
    """The CRC of all that is left of `file`."""
    crc = 0
    while data := file.read(READ_BYTES):
        crc = crc_16(data, crc)
    return crc


def _places(sizes: Sequence[int]) -> bytes:
    """Where each hundredth of the frames begins, in 1/256 of all bytes."""
    begins = np.concatenate([[0], np.cumsum(sizes)])
    frames = np.arange(PLACES) * (len(sizes) - 1) // PLACES + 1
    return bytes((256 * begins[frames] // begins[-1]).astype(np.uint8))


def _sizes(file: BinaryIO, place: int, name: str) -> Iterator[int]:
    """The bytes of the whole frames, and of nothing else, that stand from `place` to the end."""
    stop = os.fstat(file.fileno()).st_size
    file.seek(place)
    while place < stop:
        head = file.read(4)
        size, _ = _frame(head, name)
        place += size
        file.seek(size - len(head), os.SEEK_CUR)
        yield size
    if place != stop:
        raise refusal(name, "ends within a frame")


def _frame(head: bytes, name: str) -> tuple[int, int]:
    """The size in bytes and the rate of the stereo frame that `head` begins."""
    if len(head) < 4 or head[:2] != SYNC or head[3] >> 6 == MONO:
        raise refusal(name, "has something else where a stereo frame of MPEG-1 layer III is expected")
    kbps, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if not 0 < kbps < len(KBPS) or rate == len(RATES_HZ):
        raise refusal(name, "has a frame of no known bit rate or sample rate")
    return frame_bytes(kbps, RATES_HZ[rate]) + padding, RATES_HZ[rate]


@njit(cache=True, nogil=True)
def _crc_16(data: NDArray[np.uint8], crc: int, table: NDArray[np.uint16]) -> int:
    for byte in data:
        crc = crc >> 8 ^ int(table[(crc ^ byte) & 0xFF])
    return crc


def _table_entry(crc: int) -> int:
    for _ in range(8):
        crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


_TABLE = np.array([_table_entry(byte) for byte in range(256)], np.uint16)
