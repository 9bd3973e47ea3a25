"""WAV in its plainest form: format tag 1, a `fmt ` chunk of 16 bytes, a `data` chunk, and nothing else.

What every plant, store and cutting room takes: some refuse tag 0xFFFE and anything that follows the samples, and common
tools write both. The reader is as strict as the writer: a header that does not fit the file's size is refused.

Source: Microsoft/IBM Multimedia Programming Interface, 1991, "WAVE"; Spotify's audio delivery specification for the
tag and for nothing after the samples.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from albums.faults import Fault, Refusal, refuse
from albums.regular_files import open_regular, unreadable
from formats._shared.pcm import CHANNELS, frame_bytes, pack, unpack
from formats._shared.programme import BLOCK, Block, Layout, Programme, counted

HEADER = struct.Struct("<4s I 4s 4s I H H I I H H 4s I")
FIELDS = ("chunk", "RIFF size", "form", "first chunk", "fmt size", "format tag", "channels", "rate",
          "bytes per second", "bytes per frame", "bits", "second chunk", "data size")  # fmt: skip
PCM = 1
FMT_BYTES = 16
RIFF_BYTES = HEADER.size - 8  # what the RIFF size counts besides the samples
LARGEST_DATA_BYTES = 2**32 - 1 - RIFF_BYTES  # both sizes are 32-bit


def faults(layout: Layout) -> Iterator[Fault]:
    """A refusal when `layout` has more samples than a WAV header can count."""
    size = layout.frames * frame_bytes(layout.bits)
    if size > LARGEST_DATA_BYTES:
        where = f"side {layout.side}" if layout.side else ""
        yield Fault(where, f"takes {size} bytes as WAV, which holds {LARGEST_DATA_BYTES}; make it shorter")


def write(path: Path, programme: Programme) -> None:
    """Write `programme` to `path`; raises Refusal when it does not fit, ValueError when its layout is wrong."""
    refuse(faults(programme.layout))
    write_samples(path, programme.blocks(), programme.layout)


def write_samples(path: Path, blocks: Iterable[Block], layout: Layout) -> None:
    """Write `blocks`, which are those of `layout`, to `path`; raises ValueError when they are not as it says.

    Two channels of 16 or 24 bits fill an even number of bytes, so that the `data` chunk never needs a pad byte.
    """
    with path.open("wb") as file:
        file.write(HEADER.pack(*_fields(layout)))
        for block in counted(blocks, layout.frames):
            file.write(pack(block, layout.bits))


def layout_of(path: Path) -> Layout:
    """What `path` holds, without marks; raises Refusal with every field that is not as `write` writes it."""
    try:
        with open_regular(path) as file:
            head = file.read(HEADER.size)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise Refusal([Fault(path.name, unreadable(error))]) from None
    if len(head) < HEADER.size:
        raise Refusal([Fault(path.name, f"is {len(head)} bytes long; a WAV header takes {HEADER.size}")])
    found = HEADER.unpack(head)
    rate_hz, bits = found[FIELDS.index("rate")], found[FIELDS.index("bits")]
    if bits not in (16, 24):
        raise Refusal([Fault(path.name, f"has {bits} bits; wanted 16 or 24")])
    layout = Layout(rate_hz, bits, (size - HEADER.size) // frame_bytes(bits), ())
    wanted = _fields(layout)
    refuse(
        Fault(path.name, f"has {field} {is_!r}, expected {should_be!r}")
        for field, is_, should_be in zip(FIELDS, found, wanted, strict=True)
        if is_ != should_be
    )
    return layout


def blocks(path: Path, start: int = 0) -> Iterator[Block]:
    """The samples of `path` from `start` on; raises Refusal for a file that is not as `write` writes it."""
    yield from blocks_at(path, layout_of(path), HEADER.size, start)


def blocks_at(path: Path, layout: Layout, place: int, start: int = 0) -> Iterator[Block]:
    """The samples of `layout` that begin at byte `place` of the file at `path`, from `start` on; raises Refusal."""
    per_frame = frame_bytes(layout.bits)
    try:
        with open_regular(path) as file:
            file.seek(place + start * per_frame)
            for begin, end in pairwise([*range(start, layout.frames, BLOCK), layout.frames]):
                size = (end - begin) * per_frame
                data = file.read(size)
                if len(data) < size:
                    raise Refusal([Fault(path.name, "grew shorter while it was read")])
                yield unpack(data, layout.bits)
    except OSError as error:
        raise Refusal([Fault(path.name, unreadable(error))]) from None


def _fields(layout: Layout) -> tuple[bytes | int, ...]:
    per_frame = frame_bytes(layout.bits)
    size = layout.frames * per_frame
    return (b"RIFF", RIFF_BYTES + size, b"WAVE", b"fmt ", FMT_BYTES, PCM, CHANNELS, layout.rate_hz,
            layout.rate_hz * per_frame, per_frame, layout.bits, b"data", size)  # fmt: skip
