"""Marks: whether they are consistent, and the times that sheets write for them, in 75ths of a second.

Source: IEC 60908 for the 75 frames of a second.
"""

import re
from collections.abc import Iterator, Sequence

from albums.faults import Fault
from formats._shared.programme import FRAMES_PER_SECOND, Layout


def faults(layouts: Sequence[Layout], tracks: int) -> Iterator[Fault]:
    """Refusals for layouts that are no sequence of `tracks` tracks, each with some samples, in order."""
    numbers = [mark.track for layout in layouts for mark in layout.marks]
    if numbers != list(range(1, tracks + 1)):
        yield Fault("", f"the marks are of tracks {numbers}; wanted each of the album's {tracks}, in order")
    for layout in layouts:
        if not layout.marks:
            yield Fault("", "a programme without a track")
        if layout.bits not in (16, 24):
            yield Fault("", f"{layout.bits} bits; wanted 16 or 24")
        yield from _in_order(layout)


def _in_order(layout: Layout) -> Iterator[Fault]:
    latest = -1
    for mark in layout.marks:
        where = f"tracks[{mark.track}]"
        pause = mark.start if mark.pause is None else mark.pause
        if not latest < mark.start < layout.frames:
            yield Fault(where, f"starts at {mark.start}, which is not after {latest} and before {layout.frames}")
        if not latest < pause <= mark.start or pause == mark.pause == mark.start:
            yield Fault(where, f"has its pause from {pause}, which is not between {latest} and {mark.start}")
        latest = mark.start
        for number, index in enumerate(mark.indexes, 2):
            if not latest < index < layout.frames:
                words = f"has index {number:02d} at {index}, which is not after {latest} and before {layout.frames}"
                yield Fault(where, words)
            latest = index


def off_grid(layout: Layout) -> Iterator[Fault]:
    """Refusals for marks of `layout` that stand between two 75ths of a second."""
    if layout.rate_hz < FRAMES_PER_SECOND or layout.rate_hz % FRAMES_PER_SECOND:
        yield Fault("", f"{layout.rate_hz} Hz has no whole number of samples in 1/{FRAMES_PER_SECOND} s")
        return
    step = layout.rate_hz // FRAMES_PER_SECOND
    for mark in layout.marks:
        places = {"starts": mark.start, "has its pause": mark.pause or 0}
        places |= {f"has index {number:02d}": index for number, index in enumerate(mark.indexes, 2)}
        yield from (
            Fault(f"tracks[{mark.track}]", f"{what} at {place}, which is no multiple of {step}")
            for what, place in places.items()
            if place % step
        )


def one_programme(layouts: Sequence[Layout]) -> Iterator[Fault]:
    """A refusal unless there is one programme, and it is neither a side nor one of several discs."""
    if len(layouts) != 1 or layouts[0].side or layouts[0].disc:
        yield Fault("", f"{len(layouts)} programmes, sides or discs; this deliverable is one programme")


def discs(layouts: Sequence[Layout]) -> Iterator[Fault]:
    """A refusal unless the programmes are one disc without a number, or several numbered from 1, and none a side."""
    numbers = [layout.disc for layout in layouts]
    if numbers not in ([0], list(range(1, len(layouts) + 1))) or any(layout.side for layout in layouts):
        yield Fault("", f"{len(layouts)} programmes or sides, of discs {numbers}; wanted one disc, or discs from 1 on")


def timecode(position: int, rate_hz: int, before_frame: str = ":") -> str:
    """`position` in samples as mm:ss:ff, rounded down to the 75th of a second; minutes may run past 99."""
    seconds, frame = divmod(position * FRAMES_PER_SECOND // rate_hz, FRAMES_PER_SECOND)
    return f"{seconds // 60:02d}:{seconds % 60:02d}{before_frame}{frame:02d}"


def position(time: str, rate_hz: int) -> int:
    """The samples that `timecode` wrote as `time`; exact when they lay on the grid of 75ths."""
    minutes, seconds, frame = map(int, re.split("[:.]", time))
    return ((minutes * 60 + seconds) * FRAMES_PER_SECOND + frame) * rate_hz // FRAMES_PER_SECOND
