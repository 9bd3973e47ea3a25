"""Frames of MP3 taken off a file: those before and after the music that no decoder needs to play it.

A frame is decoded with the one before it, and holds bytes of frames after it: its own may begin up to 511 bytes before
its header. So what is left begins with a silent frame that carries the bytes which the frames after it look back for.

Source: ISO 11172-3, 2.4.1.7 and 2.4.2.7 (side information, main_data_begin), 2.4.3.4 (overlap and filter bank); the
decoder's delay of 529 samples is that of the LAME project's "Mp3 Info Tag revision 1".
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from formats.codecs.info_tag import KBPS, RATES_HZ, SAMPLES, SIDE, frame_bytes, read_frames, refusal, write_info
from formats.codecs.pieces import copy_piece

DECODER = 529  # samples by which every decoder is late
LEAST_FRAMES = 2  # FFmpeg does not believe that one is an MP3
FARTHEST = 511  # bytes, as far back as 9 bits reach


def limit(path: Path, lead: int, length: int) -> None:
    """Have only `length` samples heard of the MP3 at `path`, from `lead` samples after its own beginning on.

    Frames are left out but for two before the music, the first of them silent. Raises Refusal where the file is not as
    FFmpeg writes it, OSError, and ValueError where it holds fewer samples.
    """
    tag, sizes = read_frames(path)
    begin = tag.delay + DECODER + lead
    first = max(begin // SAMPLES - 2, 0)
    stop = max(-(-(begin + length) // SAMPLES), first + LEAST_FRAMES)
    if stop >= len(sizes):
        raise ValueError(f"{path.name}: has {len(sizes) - 1} frames, wanted {stop}")
    places = [*accumulate(sizes, initial=tag.place)][1:]  # of each frame but the tag's, and the end
    cut = path.with_name(f"{path.name}.cut")
    with path.open("rb") as file, cut.open("wb") as out:
        copy_piece(file, 0, places[0], out)
        whole = places[0]  # from here on frames are as they were
        if first:
            out.write(_carrier(file, places, first, path.name))
            whole = places[first + 1]
        copy_piece(file, whole, places[stop] - whole, out)
    cut.replace(path)
    write_info(path, lead - first * SAMPLES, length)


def _carrier(file: BinaryIO, places: Sequence[int], number: int, name: str) -> bytes:
    """A silent frame for frame `number`, of as few bytes as hold what the frames after it look back for."""
    needed, between = 0, 0
    for place, end in zip(places[number + 1 :], places[number + 2 :], strict=False):
        head = _read(file, place, SIDE)
        needed = max(needed, int.from_bytes(head[4:6], "big") // 128 - between)
        between += end - place - SIDE
        if between >= FARTHEST:
            break
    header = bytearray(_read(file, places[number], 4))
    rate_hz = RATES_HZ[header[2] >> 2 & 3]
    for index in range(header[2] >> 4, len(KBPS)):
        size = frame_bytes(index, rate_hz)
        if size >= SIDE + needed:
            header[2] = index << 4 | header[2] & 0x0C
            data = _before(file, places, number, size - SIDE)
            return bytes(header) + bytes(SIDE - 4) + data.rjust(size - SIDE, b"\0")
    raise refusal(name, f"has a frame that looks {needed} bytes back")


def _before(file: BinaryIO, places: Sequence[int], number: int, most: int) -> bytes:
    """The last bytes, at most so many, that frames up to `number` hold for what comes after."""
    data = b""
    while number >= 0 and len(data) < most:
        data = _read(file, places[number] + SIDE, places[number + 1] - places[number] - SIDE) + data
        number -= 1
    return data[-most:]


def _read(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)
