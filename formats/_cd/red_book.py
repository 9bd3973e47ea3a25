"""What a compact disc holds.

Source: IEC 60908 (Red Book): 44.1 kHz, 16 bit, 588 samples to a frame, 99 tracks of 4 s at least, 99 indexes, absolute
time to 99:59:74.
"""

from collections.abc import Iterator

from albums.faults import Fault
from formats._shared.marks import off_grid
from formats._shared.programme import FRAMES_PER_SECOND, Layout

RATE_HZ = 44100
BITS = 16
FRAME = RATE_HZ // FRAMES_PER_SECOND  # one holds 588 samples
TRACKS = 99
SHORTEST_TRACK = 4 * FRAMES_PER_SECOND * FRAME  # counts from index 01 to the next track's, or to the lead-out
INDEXES = 99  # a track counts them from 01 to 99
FIRST_PAUSE = 2 * FRAMES_PER_SECOND * FRAME  # stands on every disc before what a sheet calls 00:00:00
LONGEST = 100 * 60 * FRAMES_PER_SECOND * FRAME - FRAME - FIRST_PAUSE  # the lead-out starts at 99:59:74 at the latest


def faults(layout: Layout) -> Iterator[Fault]:
    """Refusals for a layout that no disc can hold; what plants refuse besides is in the profile."""
    if (layout.rate_hz, layout.bits) != (RATE_HZ, BITS):
        yield Fault("", f"{layout.rate_hz} Hz and {layout.bits} bit; a CD is {RATE_HZ} Hz and {BITS} bit")
        return
    if layout.frames % FRAME:
        yield Fault("", f"{layout.frames} samples are no whole number of CD frames of {FRAME}")
    if layout.frames > LONGEST:
        yield Fault("", f"{layout.frames} samples run past 99:59:74, the last time a disc can tell")
    if len(layout.marks) > TRACKS:
        yield Fault("tracks", f"{len(layout.marks)} tracks; a CD has at most {TRACKS}")
    first = layout.marks[0] if layout.marks else None
    if first and first.pause != (0 if first.start else None):
        yield Fault(f"tracks[{first.track}]", f"starts at {first.start} with its pause from {first.pause}; "
                    "what stands before the first track is its pause, from 0")  # fmt: skip
    yield from off_grid(layout)


def short_tracks(layout: Layout) -> Iterator[Fault]:
    """Refusals for tracks that take less than four seconds, which cue2ddp and plants refuse and burners do not."""
    stops = [*(mark.start for mark in layout.marks[1:]), layout.frames]
    for mark, stop in zip(layout.marks, stops, strict=False):
        if stop - mark.start < SHORTEST_TRACK:
            yield Fault(f"tracks[{mark.track}]", f"takes {stop - mark.start} samples; a CD's tracks take "
                        f"{SHORTEST_TRACK} (4 s) at least")  # fmt: skip


def many_indexes(layout: Layout) -> Iterator[Fault]:
    """Refusals for tracks with more indexes than two digits can count."""
    for mark in layout.marks:
        if 1 + len(mark.indexes) > INDEXES:
            words = f"has {1 + len(mark.indexes)} indexes; a CD's tracks have at most {INDEXES}"
            yield Fault(f"tracks[{mark.track}]", words)
