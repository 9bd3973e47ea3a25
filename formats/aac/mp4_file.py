"""One MP4 file of AAC: its atoms of metadata, and the length that its edit list states.

Source: `formats._shared.tags.mp4` for the atoms. iTunSMPB is iTunes' own: delay, padding and length in hexadecimal
digits, which its encoder writes, and players read that heed no edit list.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mutagen import MutagenError
from mutagen.mp4 import MP4, MP4FreeForm

from albums.faults import Fault, Refusal
from albums.regular_files import BoundedReads, open_regular, unreadable
from formats._lossy.lossy_file import LossyFile
from formats._shared.cover import Cover
from formats._shared.pcm import CHANNELS
from formats._shared.tags import mp4
from formats._shared.tags.table import MEAN
from formats._shared.tags.tagged import as_os_error, cover_hash
from formats.codecs.mp4_boxes import Box, Edit, boxes_in, read_edit
from formats.codecs.pieces import pieces

HEARD = MEAN + "iTunSMPB"
FRAME = 1024  # samples, the last one whole as players of iTunSMPB count
AAC_LC = "mp4a.40.2"  # as mutagen has it: ISO 14496-3, 1.5.1.1
GAPLESS = "pgap"
SOUND = b"mdat"  # ISO 14496-12, 8.1.1
PADDING_BYTES = 4096  # taste: room to change a tag without moving the sound
LARGEST_READ_BYTES = 2**25  # the largest cover, the texts and the table of frames


def tag(path: Path, pairs: Iterable[tuple[str, str]], cover: Cover | None) -> None:
    """Put `pairs` and the cover into the file at `path`, in the place of what tags it has."""
    try:
        file: Any = MP4(path)  # type: ignore[no-untyped-call]
        if file.tags is None:
            file.add_tags()
        file.tags.clear()
        file.tags.update(mp4.atoms_of(pairs, cover))
        file.tags[GAPLESS] = True
        file.tags[HEARD] = [MP4FreeForm(_heard(read_edit(path)).encode())]  # type: ignore[no-untyped-call]
        file.save(padding=lambda _: PADDING_BYTES)
    except MutagenError as error:
        raise as_os_error(error) from None


def opened(path: Path) -> LossyFile:
    """What `path` says of itself; raises Refusal when it is no stereo MP4 with an edit list and tags."""
    edit = read_edit(path)
    try:
        with open_regular(path) as raw:
            file: Any = MP4(BoundedReads(raw, LARGEST_READ_BYTES))  # type: ignore[no-untyped-call]
        pairs, channels, coding = tuple(mp4.pairs_of(file.tags)), int(file.info.channels), str(file.info.codec)
        heard = [bytes(data).decode() for data in file.tags.get(HEARD, [])]
        covers, gapless = [bytes(data) for data in file.tags.get(mp4.COVERS, [])], bool(file.tags.get(GAPLESS))
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None
    except Exception:  # mutagen raises exceptions of any kind on broken input
        raise _refusal(path, "has no tags that can be read") from None
    if (channels, coding) != (CHANNELS, AAC_LC):
        raise _refusal(path, f"has {channels} channels of {coding}; wanted 2 of {AAC_LC}, which is AAC-LC")
    if not gapless:
        raise _refusal(path, f"does not say by {GAPLESS} that it is played without a gap")
    if heard != [_heard(edit)]:
        raise _refusal(path, "says by iTunSMPB that something else is heard than by its edit list")
    return LossyFile(path, "aac", edit.rate_hz, edit.frames, pairs, cover_hash(path, covers, "covers"))


def sound(path: Path) -> Iterator[bytes]:
    """The bytes of the boxes in the file at `path` that hold encoded sound."""
    try:
        with open_regular(path) as file:
            for box in boxes_in(file, Box(b"", 0, os.fstat(file.fileno()).st_size), path.name):
                if box.kind == SOUND:
                    yield from (data for data in pieces(file, box.start, box.stop - box.start))
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None


def _heard(edit: Edit) -> str:
    """What the edit list says, as iTunes says it; the numbers after the length are not in use."""
    padding = -(-edit.decoded // FRAME) * FRAME - edit.media_time - edit.frames
    return f" 00000000 {edit.media_time:08X} {padding:08X} {edit.frames:016X}" + " 00000000" * 8


def _refusal(path: Path, words: str) -> Refusal:
    return Refusal([Fault(path.name, words)])
