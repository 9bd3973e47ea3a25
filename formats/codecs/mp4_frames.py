"""Frames of AAC taken off an MP4 file: those before and after the music that no decoder needs to play it.

A frame of AAC-LC is decoded with the one before it and no other. So what the encoder was given to settle on need not
stay in the file: Android's player cuts no more than four frames to the sample (MAX_GAPLESS_TRIM_SIZE_SAMPLES in
ExoPlayer's AtomParsers), and players that know of no edit list play all that is there.

Source: ISO 14496-12, 8.6.1.2 (stts), 8.7.3.2 (stsz), 8.7.4 (stsc), 8.7.5 (stco), 8.9.2 (sbgp); ISO 14496-3, 4.6.11
(the overlap with the frame before). Files are taken as FFmpeg 9.0.2 writes them, and no others.
"""

import os
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from albums.faults import Fault, Refusal
from formats.codecs.mp4_boxes import (
    MEDIA,
    MOVIE_FIELDS,
    SHORT,
    Box,
    box_at,
    boxes_in,
    content_of,
    read_edit,
    write_edit,
)
from formats.codecs.pieces import copy_piece

FRAME = 1024  # samples
CHUNK = 22  # frames, half a second, that lie together by the tables; taste, as authoring tools have it
TABLES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")  # one within the other
KNOWN = {b"stsd", b"stts", b"stsc", b"stsz", b"stco", b"sgpd", b"sbgp"}  # another table could count frames as well
ROLL = b"roll"  # the one group that FFmpeg puts all frames into


def limit(path: Path, lead: int, length: int, tail: int) -> None:
    """Have only `length` samples heard of the AAC file at `path`, which holds `lead` before and `tail` after them.

    Frames are left out but for one before the music: what is left begins and ends as any file of AAC does. Raises
    Refusal where the file is not as FFmpeg writes it, or holds another number, and OSError.
    """
    edit = read_edit(path)
    if edit.frames != lead + length + tail:
        raise _refusal(path.name, f"holds {edit.frames} samples of {lead + length + tail} that were encoded")
    start = edit.media_time + lead
    first, end = max(start // FRAME - 1, 0), start + length
    if start // FRAME == (end - 1) // FRAME:  # FFmpeg gives nothing of music within the last frame
        end = min(end + FRAME, edit.decoded)
    stop = -(-end // FRAME)
    write_edit(path, start - first * FRAME, length)  # as it will be true of what is left
    cut = path.with_name(f"{path.name}.cut")
    with path.open("rb") as file, cut.open("wb") as out:
        _keep(file, out, first, stop, end, path.name)
    cut.replace(path)


def _keep(file: BinaryIO, out: BinaryIO, first: int, stop: int, end: int, name: str) -> None:
    """Write to `out` what `file` holds, but only the frames from `first` up to `stop`, and no sample beyond `end`."""
    boxes = [*boxes_in(file, Box(b"", 0, os.fstat(file.fileno()).st_size), name)]
    if [box.kind for box in boxes] != [b"ftyp", b"free", b"mdat", b"moov"]:
        raise _refusal(name, "has other boxes, or in another order")
    _, free, sound, movie = boxes
    sizes = _sizes(file, name)
    if sum(sizes) != sound.stop - sound.start or not first < stop <= len(sizes):
        raise _refusal(name, f"has {len(sizes)} frames of {sum(sizes)} bytes, which are not those of its sound")
    kept = sizes[first:stop]
    copy_piece(file, 0, free.stop, out)
    out.write(SHORT.pack(SHORT.size + sum(kept), sound.kind))
    copy_piece(file, sound.start + sum(sizes[:first]), sum(kept), out)
    changed = _tables(kept, free.stop + SHORT.size, end - first * FRAME) | {
        b"mdhd": _media(file, end - first * FRAME, name),
        b"sbgp": _group(file, len(sizes), len(kept), name),
    }
    out.write(_rebuilt(file, movie, changed, name))


def _sizes(file: BinaryIO, name: str) -> list[int]:
    """The bytes of each frame, in the order in which they lie."""
    kinds = {box.kind for box in boxes_in(file, box_at(file, TABLES, name), name)}
    if kinds != KNOWN:
        raise _refusal(name, f"has the tables {', '.join(sorted(kind.decode('latin-1') for kind in kinds))}")
    data = _whole(file, (*TABLES, b"stsz"), name)
    same, count = struct.unpack_from(">II", data.ljust(12, b"\0"), 4)
    if same:
        return [same] * count
    if len(data) != 12 + 4 * count:
        raise _refusal(name, f"has sizes of {count} frames in {len(data)} bytes")
    return [*struct.unpack_from(f">{count}I", data, 12)]


def _tables(sizes: Sequence[int], place: int, duration: int) -> dict[bytes, bytes]:
    """The tables of frames of `sizes` that begin at `place` in the file; the last one is cut where `duration` ends."""
    count, last = len(sizes), duration - (len(sizes) - 1) * FRAME
    lengths = [(count - 1, FRAME), (1, last)] if last < FRAME and count > 1 else [(count, min(last, FRAME))]
    chunks = [(1, CHUNK, 1)] if count >= CHUNK else []
    if count % CHUNK:
        chunks.append((count // CHUNK + 1, count % CHUNK, 1))
    places = [place + sum(sizes[:begin]) for begin in range(0, count, CHUNK)]
    return {
        b"stts": _table(lengths),
        b"stsc": _table(chunks),
        b"stco": _table([(each,) for each in places]),
        b"stsz": struct.pack(f">III{count}I", 0, 0, count, *sizes),
    }


def _table(rows: Sequence[tuple[int, ...]]) -> bytes:
    return struct.pack(">II", 0, len(rows)) + b"".join(struct.pack(f">{len(row)}I", *row) for row in rows)


def _media(file: BinaryIO, duration: int, name: str) -> bytes:
    data = bytearray(_whole(file, MEDIA, name))
    where, _, packing = MOVIE_FIELDS[data[0]]
    struct.pack_into(packing, data, where, duration)
    return bytes(data)


def _group(file: BinaryIO, count: int, kept: int, name: str) -> bytes:
    data = _whole(file, (*TABLES, b"sbgp"), name)
    if data[4:16] != ROLL + struct.pack(">II", 1, count):
        raise _refusal(name, f"does not have all of its {count} frames in one group")
    return data[:12] + struct.pack(">I", kept) + data[16:]


def _rebuilt(file: BinaryIO, box: Box, changed: Mapping[bytes, bytes], name: str) -> bytes:
    """The bytes of `box` with what is `changed` in it, by the kind of the innermost boxes."""
    if box.kind in TABLES:
        content = b"".join(_rebuilt(file, each, changed, name) for each in boxes_in(file, box, name))
    elif box.kind in changed:
        content = changed[box.kind]
    else:
        content = content_of(file, box, box.stop - box.start, name)
    return SHORT.pack(SHORT.size + len(content), box.kind) + content


def _whole(file: BinaryIO, place: tuple[bytes, ...], name: str) -> bytes:
    box = box_at(file, place, name)
    return content_of(file, box, box.stop - box.start, name)


def _refusal(name: str, words: str) -> Refusal:
    return Refusal([Fault(name, f"is no MP4 as it is written here: it {words}")])
