"""What is delivered: blocks, marks, layouts and programmes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from formats._shared.tags.loudness import StatedLoudness

FRAMES_PER_SECOND = 75  # IEC 60908: a CD frame is 1/75 s; every mark of every deliverable stands on that grid
BLOCK = 65536  # readers and writers handle this many frames at a time
Block = NDArray[np.int32]  # shape (frames, 2), right-aligned: 16 bit is -32768..32767, 24 bit -8388608..8388607


class Blocks(Protocol):
    """A stream of samples that can be opened again and again, from any sample on: `blocks()`, `blocks(588)`."""

    def __call__(self, start: int = 0) -> Iterator[Block]:
        """The blocks from sample `start` to the end."""


@dataclass(frozen=True)
class Mark:
    """Where a track starts, in samples from the programme's start, and where the pause before it starts, if any.

    `track` counts from 1 and is the album's number, also on a second side or disc. `start` is index 01 of a CD,
    `pause` index 00, `indexes` 02 and up. `pause` is None when the track before runs up to `start`.
    """

    track: int
    start: int
    pause: int | None = None
    indexes: tuple[int, ...] = ()
    joined: bool = field(default=False, compare=False)
    """Whether music runs on over this mark from the track before it. No file says so, so none is read."""


@dataclass(frozen=True)
class Layout:
    """A programme without its samples: rate in Hz, bits, length in samples, marks in order.

    `side` is the letter of a record's side, `disc` the number of one disc of several; else "" and 0. `codec` is the
    name of the codec that its files are encoded by, as profiles have it, or "" where they hold the samples as they are;
    `id3` is the version of ID3v2 tags, where its files have such, and `names` how the files of tracks are named.
    """

    rate_hz: int
    bits: int
    frames: int
    marks: tuple[Mark, ...]
    side: str = ""
    disc: int = 0
    codec: str = ""
    id3: Literal["2.3", "2.4"] = "2.4"
    names: str = ""

    @property
    def part(self) -> str:
        """What it is called as a side or as one of several discs: "side A", "disc 2"; otherwise ""."""
        return f"side {self.side}" if self.side else f"disc {self.disc}" if self.disc else ""

    @property
    def apart(self) -> "Layout":
        """The same, with what stands before track 1, if anything, as a track of its own, number 0: a hidden track."""
        hides = bool(self.marks) and self.marks[0].start > 0
        return replace(self, marks=(Mark(0, 0), *self.marks)) if hides else self

    def spans(self) -> Iterator[tuple[Mark, int, int]]:
        """Each track as (mark, first sample, one past the last), from its mark to the next.

        Laid end to end they are the programme: a pause belongs to the track before it, and what stands before the first
        mark belongs to the first track.
        """
        starts = [0, *(mark.start for mark in self.marks[1:]), self.frames]
        yield from zip(self.marks, starts[:-1], starts[1:], strict=True)

    def tracks(self) -> Iterator[tuple[int, "Layout"]]:
        """Each track's number, and the layout of a file of it alone."""
        for mark, start, stop in self.spans():
            yield mark.track, replace(self, frames=stop - start, marks=())


def split(blocks: Iterable[Block], layout: Layout) -> Iterator[tuple[int, Block]]:
    """The samples of a programme by track: (index into the marks from 0, block), no block across a track's end."""
    stops = [stop for _, _, stop in layout.spans()]
    track, position = 0, 0
    for block in blocks:
        while len(block) and track < len(stops):
            taken = block[: stops[track] - position]
            if len(taken):
                yield track, taken
            position, block = position + len(taken), block[len(taken) :]
            track += position == stops[track]


def counted(blocks: Iterable[Block], frames: int) -> Iterator[Block]:
    """`blocks` as they are; raises ValueError at their end unless they held exactly `frames`."""
    found = 0
    for block in blocks:
        found += len(block)
        yield block
    if found != frames:
        raise ValueError(f"the programme gave {found} frames where its layout has {frames}")


def canonical_bytes(block: Block) -> memoryview:
    """Samples as they are hashed: interleaved little-endian 32-bit integers, whatever the file's own packing.

    A view of the block itself where its memory already lies like that: hash it at once, do not keep it.
    """
    return np.ascontiguousarray(block, dtype="<i4").reshape(-1).view(np.uint8).data


@dataclass(frozen=True)
class Programme:
    """What is heard from start to end without a break: a layout and its samples, which can be read again and again."""

    layout: Layout
    blocks: Blocks = field(repr=False)

    def telling(self, advance: Callable[[float], None]) -> "Programme":
        """The same, telling `advance` the seconds of every block that is taken from it."""

        def blocks(start: int = 0) -> Iterator[Block]:
            for block in self.blocks(start):
                advance(len(block) / self.layout.rate_hz)
                yield block

        return Programme(self.layout, blocks)

    def tracks(self) -> Iterator[tuple[int, Layout, Iterator[Block]]]:
        """Each track's number, the layout of a file of it and its blocks, all in one pass: take them before the next.

        Raises ValueError at the end when the programme is not as long as its layout says.
        """
        tracks = [*self.layout.tracks()]
        blocks = counted(self.blocks(), self.layout.frames)
        for index, pieces in groupby(split(blocks, self.layout), key=itemgetter(0)):
            yield *tracks[index], (block for _, block in pieces)

    def cut(self, start: int, stop: int) -> Iterator[Block]:
        """The samples from `start` up to `stop`."""
        position = start
        if stop <= start:
            return
        for block in self.blocks(start):
            yield block[: stop - position]
            position += len(block)
            if position >= stop:
                return


def end_to_end(tracks: Sequence[Programme]) -> Programme:
    """What `split` parted: one programme of `tracks`, a mark where each begins; rate and bits are the first one's."""
    frames = [track.layout.frames for track in tracks]
    marks = tuple(Mark(number, sum(frames[: number - 1])) for number in range(1, len(tracks) + 1))
    return Programme(replace(tracks[0].layout, frames=sum(frames), marks=marks), partial(_one_after_another, tracks))


def _one_after_another(tracks: Sequence[Programme], start: int = 0) -> Iterator[Block]:
    for track in tracks:
        if start < track.layout.frames:
            yield from track.blocks(start)
        start = max(start - track.layout.frames, 0)


@dataclass(frozen=True)
class Reading:
    """What a deliverable says when it is opened again: its programmes, and its texts by the places `texts` gives.

    `stated` is how loud each track says it is, where its kind of file can say so.
    """

    programmes: tuple[Programme, ...]
    texts: Mapping[str, str]
    stated: tuple[StatedLoudness, ...] = ()
