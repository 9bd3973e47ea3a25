"""What a compact disc holds.

Source: IEC 60908 (Red Book): 44.1 kHz, 16 bit, 588 samples to a frame, 99 tracks, absolute time to 99:59:74.
"""

from collections.abc import Iterator

from albums.faults import Fault
from formats import FRAMES_PER_SECOND, Layout
from formats._marks import off_grid

RATE_HZ = 44100
BITS = 16
FRAME = RATE_HZ // FRAMES_PER_SECOND  # 588 samples
TRACKS = 99
FIRST_PAUSE = 2 * FRAMES_PER_SECOND * FRAME  # stands on every disc before what a sheet calls 00:00:00
LONGEST = 100 * 60 * FRAMES_PER_SECOND * FRAME - FRAME - FIRST_PAUSE  # the lead-out starts at 99:59:74 at the latest


def faults(layout: Layout) -> Iterator[Fault]:
    """Refusals for a layout that no disc can hold; what a plant takes beyond that is the profile's business."""
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
        yield Fault("tracks[1]", f"starts at {first.start} with its pause from {first.pause}; "
                    "what stands before the first track is its pause, from 0")  # fmt: skip
    yield from off_grid(layout)
