"""The image of a disc: its sectors from 00:00:00 to the lead-out, as plain 16-bit samples without a header.

Two seconds of silence stand before the programme's first sample, as on every disc.

Source: IEC 60908; ddp-reverse-eng/ddp-reverse-eng, spec/ddp2.md, section 6, for the order of bytes and channels.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable
from formats._cd.red_book import BITS, FIRST_PAUSE, FRAME
from formats._shared.pcm import frame_bytes, pack, unpack
from formats._shared.programme import BLOCK, FRAMES_PER_SECOND, Block, Programme, counted

FRAME_BYTES = frame_bytes(BITS)
SECTOR_BYTES = FRAME * FRAME_BYTES
FIRST_PAUSE_BYTES = FIRST_PAUSE * FRAME_BYTES
LARGEST_BYTES = 100 * 60 * FRAMES_PER_SECOND * SECTOR_BYTES  # an address has two digits of minutes


def encode(programme: Programme) -> Iterator[bytes | memoryview]:
    """The bytes of the image, piece by piece; raises ValueError at the end for a layout that was wrong."""
    yield bytes(FIRST_PAUSE_BYTES)
    for block in counted(programme.blocks(), programme.layout.frames):
        yield pack(block, BITS)


def decode(path: Path, frames: int, start: int = 0) -> Iterator[Block]:
    """The samples of a programme of `frames` from sample `start` on; raises Refusal for a file that lacks some."""
    try:
        with open_regular(path) as file:
            file.seek(FIRST_PAUSE_BYTES + start * FRAME_BYTES)
            for begin, end in pairwise([*range(start, frames, BLOCK), frames]):
                data = file.read((end - begin) * FRAME_BYTES)
                if len(data) < (end - begin) * FRAME_BYTES:
                    raise Refusal([Fault(path.name, "ends before the lead-out")])
                yield unpack(data, BITS)
    except OSError as error:
        raise Refusal([Fault(path.name, unreadable(error))]) from None


def begins_silent(path: Path) -> bool:
    """Whether the first pause is digital silence, as far as it is there; raises OSError when it cannot be read."""
    with open_regular(path) as file:
        return not file.read(FIRST_PAUSE_BYTES).strip(b"\0")
