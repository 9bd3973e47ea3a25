"""The Info tag of an MP3 file: its first frame, silent, which says how many samples stand before and after the music.

FFmpeg's own is wrong for some lengths: of 1103646 samples at 44100 Hz every decoder then gives 17 more. So the tag is
made anew from the number of frames that are counted in the file.

Source: ISO 11172-3, 2.4.2.3 (the header of a frame); the LAME project's "Mp3 Info Tag revision 1" (delay and padding of
12 bits each, and the CRC-16 over the first 190 bytes of the frame); id3.org, ID3v2.4.0, 3.1 (the tag before the first
frame). Tried with LAME 3.100 as FFmpeg 9.0.2 has it.
"""

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable

SAMPLES = 1152  # of one frame
RATES_HZ = (44100, 48000, 32000)
KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # MPEG-1 layer III; 0 is left to the encoder
MONO = 3
SYNC = b"\xff\xfb"  # MPEG-1 layer III without a checksum of its own
TAG = 36  # the place of the tag in its frame: a header of 4 bytes and 32 of side information, for two channels
NAMES = (b"Info", b"Xing")  # constant and variable bit rate
ALL_FIELDS = 0x0F
FRAMES = TAG + 8
LIMITS = 177  # the place of delay and padding
CRC = 190  # which is also the number of bytes that it is taken over
MOST = 2**12 - 1  # samples of delay or padding
ID3_BYTES = 10  # of its head


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
    tag, counted = _read(path)
    if tag.frames != counted:
        raise _refusal(path.name, f"says that it has {tag.frames} frames and has {counted}")
    if tag.length < 1:
        raise _refusal(path.name, f"says that {tag.delay} + {tag.padding} samples of {counted} frames are not heard")
    return tag


def write_info(path: Path, lead: int, length: int) -> None:
    """Have only `length` samples heard of the file at `path`, from `lead` samples after its own beginning on.

    Raises Refusal as `read_info` does, OSError, and ValueError for what the tag cannot say.
    """
    tag, counted = _read(path)
    delay = tag.delay + lead
    padding = counted * SAMPLES - delay - length
    if not (0 <= delay <= MOST and 0 <= padding <= MOST):
        raise ValueError(f"no Info tag says that of {counted} frames {length} samples are heard from {delay} on")
    with path.open("r+b") as file:
        file.seek(tag.place)
        head = bytearray(file.read(CRC + 2))
        head[FRAMES : FRAMES + 4] = struct.pack(">I", counted)
        head[LIMITS : LIMITS + 3] = (delay << 12 | padding).to_bytes(3, "big")
        head[CRC:] = struct.pack(">H", crc_16(head[:CRC]))
        file.seek(tag.place)
        file.write(head)


def crc_16(data: bytes | bytearray) -> int:
    """CRC-16 with the polynomial 0x8005, bits reversed, from 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc


def _read(path: Path) -> tuple[InfoTag, int]:
    """The tag, and how many frames follow it."""
    try:
        with open_regular(path) as file:
            place = _after_id3(file, path.name)
            file.seek(place)
            head = file.read(CRC + 2)
            size, rate_hz = _frame(head, path.name)
            if len(head) < CRC + 2 or size < len(head) or head[TAG : TAG + 4] not in NAMES:
                raise _refusal(path.name, "has no Info tag in its first frame")
            if int.from_bytes(head[TAG + 4 : TAG + 8], "big") != ALL_FIELDS:
                raise _refusal(path.name, "has an Info tag without all of its fields")
            if int.from_bytes(head[CRC:], "big") != crc_16(head[:CRC]):
                raise _refusal(path.name, "has an Info tag whose checksum is wrong")
            limits = int.from_bytes(head[LIMITS : LIMITS + 3], "big")
            frames = int.from_bytes(head[FRAMES : FRAMES + 4], "big")
            return InfoTag(place, rate_hz, frames, limits >> 12, limits & MOST), _counted(file, place + size, path.name)
    except OSError as error:
        raise Refusal([Fault(path.name, unreadable(error))]) from None


def _after_id3(file: BinaryIO, name: str) -> int:
    """Where the first frame stands: after an ID3v2 tag, if there is one."""
    head = file.read(ID3_BYTES)
    if head[:3] != b"ID3":
        return 0
    if len(head) < ID3_BYTES or any(byte > 127 for byte in head[6:]):
        raise _refusal(name, "has an ID3v2 tag without a size")
    size = 0
    for byte in head[6:]:
        size = size << 7 | byte
    footer = ID3_BYTES if head[5] & 0x10 else 0
    return ID3_BYTES + size + footer


def _counted(file: BinaryIO, place: int, name: str) -> int:
    """How many whole frames, and nothing else, stand from `place` to the end."""
    stop, frames = os.fstat(file.fileno()).st_size, 0
    file.seek(place)
    while place < stop:
        head = file.read(4)
        size, _ = _frame(head, name)
        place, frames = place + size, frames + 1
        file.seek(size - len(head), os.SEEK_CUR)
    if place != stop:
        raise _refusal(name, "ends within a frame")
    return frames


def _frame(head: bytes, name: str) -> tuple[int, int]:
    """The size in bytes and the rate of the stereo frame that `head` begins."""
    if len(head) < 4 or head[:2] != SYNC or head[3] >> 6 == MONO:
        raise _refusal(name, "has something else where a stereo frame of MPEG-1 layer III is expected")
    kbps, rate, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if not 0 < kbps < len(KBPS) or rate == len(RATES_HZ):
        raise _refusal(name, "has a frame of no known bit rate or sample rate")
    return SAMPLES // 8 * 1000 * KBPS[kbps] // RATES_HZ[rate] + padding, RATES_HZ[rate]


def _refusal(name: str, words: str) -> Refusal:
    return Refusal([Fault(name, f"is no MP3 as it is written here: it {words}")])
