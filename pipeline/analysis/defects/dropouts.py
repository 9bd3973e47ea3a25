"""Where sound breaks off and comes back: dropouts, in one channel or both, and digital silence inside a song.

A dropout falls to nothing at once and ends as suddenly: to digital zero, to a value that is stuck, or to noise far
below. A decay, a fade, or a gate with a ramp of a millisecond or more, only falls silent. What lies between flat
stretches is a square wave or a staircase, made so; what is flat at its crest was clipped: another search looks for it.

That a gap holds zeros or a constant, and that the power beside it tells it from a pause, is as in Essentia's
GapsDetector; the rules for edges and all thresholds are taste. Over 300 lines: a gap, its edges and the kernel that
follows them are one rule.
"""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Floats

SHORTEST_S, LONGEST_S = 0.0008, 5.0  # what is longer is a silence
FALL = amplitude(46.0)
AUDIBLE = amplitude(-50.0)
SHORT_S = 0.02  # no gap this short is played
SUDDEN = 0.03  # of the peak beside the gap: a ramp of a millisecond ends lower
STEEP = 0.075  # of the peak, in one frame: a ramp is steeper only by chance, and a cut at zero shows by its slope
ALIKE, ALIKE_SHORT = amplitude(-30.0), amplitude(-40.0)  # one side's peak is at least this share of the other's
BESIDE_S = 0.005
OFF_ZERO = 0.02  # of the peak beside the gap: no gate ends at such a value
BEND = 0.1  # of the greatest step beside the gap: what bends less where it falls silent does so by itself
STUCK = 0.25  # of the peak beside the gap: a value above may be a crest
CREST = 1.02  # a value that the sound beside it does not exceed by this much is its crest
SAME_S = 0.001
SILENT_S = 0.5
STEP = 1 / 32_768  # of 16 bits: dither leaves one of silence, on either side of zero
STILL = 0.15  # of how the sound moves where it breaks off: a pulse wave moves less between its edges
# Of the time beside a gap: a wave that is still so often was made with plateaus; and so was one that moves so little
# for most of it where what lies between sudden edges is silent, as faults are.
OFTEN, MOSTLY = 0.2, 0.6
FAINT, LOUD = amplitude(-16.0), amplitude(-9.0)  # of the peak within a second or so
SOFTER = 0.6  # of the peak after a gap: a gate shuts on sound that fades, and opens on sound that sets in
HABIT, FEWEST = 0.8, 4  # when so many of so many do, a gate is at work: faults do not choose
LONGER = 2.0  # times the longest plateau beside it: a gap that no plateau explains

_CELL = 16  # frames whose range is looked at, at 44.1 and 48 kHz; times a power of two at higher rates
_CELLS = 4096  # are followed at a time
_NEAREST, _FARTHEST = 2, 8  # cells: what one is held against; the nearest holds the edge itself
_CONTEXT = 192  # cells before and after those followed, in which edges are looked at: a period of the lowest waves

_BEGINS, _ENDS, _SILENT = 0.0, 1.0, 2.0  # kinds of event, see `_follow`
_INSIDE = 3  # where its state says how much the gap in the left channel moves; that in the right comes next


@dataclass(frozen=True)
class Dropout:
    """A gap in the sound: its first frame, the frame after its last, and its channels (0 and 1)."""

    start: int
    stop: int
    channels: tuple[int, ...]


@dataclass(frozen=True)
class Silence:
    """A stretch in which neither channel moves: its first frame, and the frame after its last."""

    start: int
    stop: int


@dataclass(frozen=True)
class Interruptions:
    """All places in order of time, and the frames before anything moves and since anything did."""

    dropouts: tuple[Dropout, ...]
    silences: tuple[Silence, ...]
    leading_silence: int
    trailing_silence: int


@dataclass(frozen=True)
class _Edge:
    """One end of a gap: its frame; the peak of the sound beside it, from the gap's level; whether that sound is cut off
    there; whether the gap's level is the crest of that sound; that sound's share of the peak within a second or so.
    """

    frame: int
    peak: float
    is_sudden: bool
    is_crest: bool
    share: float


@dataclass(frozen=True)
class _Gap:
    channels: tuple[int, ...]
    before: _Edge
    after: _Edge


class DropoutSearch:
    """Takes blocks of a stereo programme and keeps where it drops out or is silent."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing found."""
        self._rate_hz = rate_hz
        self._cell = _CELL << max(0, round(math.log2(rate_hz / 44_100)))
        self._context = _CONTEXT * self._cell
        self._beside = round(BESIDE_S * rate_hz)
        self._reach = self._context - self._beside  # of plateaus: an edge may lie this far outside of what is followed
        self._sound = np.zeros((_CELLS * self._cell + 2 * self._context, 2))
        self._filled = self._context
        self._frames = -self._context  # before the sound held
        self._state = np.array([0.0, 0.0, -math.inf, 0.0, 0.0])  # see `_follow`
        self._events = np.empty((3 * _CELLS, 5))
        self._begun: list[_Edge | None] = [None, None]
        self._before = [np.empty(0), np.empty(0)]  # the sound before the open gaps
        self._loudest = np.zeros(2)
        self._gaps: list[_Gap] = []
        self._silences: list[Silence] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        start = 0
        while start < len(block):
            taken = min(len(block) - start, len(self._sound) - self._filled)
            self._sound[self._filled : self._filled + taken] = block[start : start + taken]
            self._filled += taken
            start += taken
            if self._filled == len(self._sound):
                self._move_on()

    def result(self) -> Interruptions:
        """What was found in the blocks so far. Silence shorter than a third of a millisecond may count as none."""
        total = self._frames + self._filled
        ended = copy.deepcopy(self)
        # After the end comes more of the last frame: so a silence that lasts to the end is one, and nothing drops out.
        ended.add(np.repeat(self._sound[self._filled - 1 : self._filled], len(self._sound), axis=0))
        silences = [*ended._silences, Silence(round(max(0.0, ended._state[2])), total)]
        dropouts = tuple(_dropouts(ended._gaps, self._rate_hz))
        return Interruptions(
            dropouts,
            tuple(silence for silence in silences[:-1] if _counts(silence, dropouts)),
            silences[0].stop if silences[0].start == 0 else 0,
            total - silences[-1].start if silences[-1].start < total - 1 else 0,
        )

    def _move_on(self) -> None:
        self._loudest = np.abs(self._sound).max(axis=0)
        count = _follow(self._sound, self._frames, self._cell, self._state, self._events)
        for kind, channel, place, limit, inside in self._events[:count].tolist():
            if kind == _SILENT:
                if place <= 0 or limit - place >= SILENT_S * self._rate_hz:
                    self._silences.append(Silence(max(0, int(place)), int(limit)))
            elif kind == _BEGINS:
                self._begin(int(channel), int(place), limit)
            else:
                self._end(int(channel), int(place), limit, inside)
        self._sound[: 2 * self._context] = self._sound[-2 * self._context :]
        self._frames += len(self._sound) - 2 * self._context
        self._filled = 2 * self._context

    def _begin(self, channel: int, place: int, limit: float) -> None:
        """Keep what lies before the gap that begins somewhat before this place in the sound held."""
        edge = self._begun[channel] = self._edge(channel, place, limit, backwards=False)
        if edge:
            stop = edge.frame - self._frames
            self._before[channel] = self._sound[stop - self._reach : stop, channel].copy()

    def _end(self, channel: int, place: int, limit: float, inside: float) -> None:
        """Keep the gap that ends somewhat before this place in the sound held, if it is one and no plateau."""
        before, after = self._begun[channel], self._edge(channel, place, limit, backwards=True)
        if before is None or after is None or (before.is_crest and after.is_crest):
            return
        length = after.frame - before.frame
        if not SHORTEST_S * self._rate_hz <= length <= LONGEST_S * self._rate_hz:
            return
        stop = after.frame - self._frames
        beside = (self._before[channel], self._sound[stop : stop + self._reach, channel])
        is_silent = inside <= 2 * STEP and abs(self._sound[stop - 1, channel]) <= STEP
        is_cut = is_silent and before.is_sudden and after.is_sudden
        flat = max(inside, STILL * FALL * limit / self._cell)
        plateaus = ((inside, OFTEN), (flat, MOSTLY)) if is_cut else ((flat, OFTEN),)
        if length >= LONGER * max(_longest_plateau(beside, still, often) for still, often in plateaus):
            self._gaps.append(_Gap((channel,), before, after))

    def _edge(self, channel: int, place: int, limit: float, *, backwards: bool) -> _Edge | None:
        """The edge of the gap in which this place lies, and no cell from its edge; None if it is no edge of sound."""
        beside, sound = self._beside, self._sound[:, channel]
        near = sound[place : place + beside][::-1] if backwards else sound[place - beside + 1 : place + 1]
        level = float(near[-1])
        distance = np.abs(near - level)
        outside = np.flatnonzero(distance > limit)
        peak = float(distance.max())
        if not len(outside) or peak < AUDIBLE:
            return None
        last = int(outside[-1])
        inside = len(near) - 1 - last  # frames from the last outside to this place
        frame = self._frames + (place + inside if backwards else place - inside + 1)
        steepness = abs(float(near[last] - near[last - 1]))
        is_cut = float(distance[last]) >= SUDDEN * peak or steepness >= STEEP * peak
        highest, off_zero = float((near * np.sign(level)).max()), abs(level) / float(np.abs(near).max())
        is_crest = off_zero > STUCK and highest < CREST * abs(level)
        steps = np.diff(near)
        bends = float(np.abs(np.diff(steps[max(0, last - 1) : last + 3])).max()) >= BEND * float(np.abs(steps).max())
        is_sudden = is_cut or (off_zero > OFF_ZERO and bends)
        return _Edge(frame, peak, is_sudden, is_crest, peak / float(self._loudest[channel]))


def _longest_plateau(beside: tuple[Floats, Floats], still: float, often: float) -> int:
    """The most frames in a row, on either side of a gap, that hardly move; 0 where fewer than `often` (a share) do."""
    longest, count = 0, 0
    for sound in beside:
        holds = np.concatenate([[False], np.abs(np.diff(sound)) <= still, [False]])
        edges = np.flatnonzero(np.diff(holds))
        lengths = edges[1::2] - edges[::2]
        longest, count = max(longest, int(lengths.max(initial=0))), count + int(lengths.sum())
    return longest if count >= often * sum(map(len, beside)) else 0


def _counts(silence: Silence, dropouts: tuple[Dropout, ...]) -> bool:
    return silence.start > 0 and not any(gap.start < silence.stop and silence.start < gap.stop for gap in dropouts)


def _dropouts(gaps: list[_Gap], rate_hz: int) -> Iterator[Dropout]:
    """Those gaps that were not meant, a gap in both channels taken together."""
    whole: list[_Gap] = []
    for gap in sorted(gaps, key=lambda gap: gap.before.frame):
        if whole and _is_same(whole[-1], gap, SAME_S * rate_hz):
            whole[-1] = _together(whole[-1], gap)
        else:
            whole.append(gap)
    short = SHORT_S * rate_hz
    unmeant = [gap for gap in whole if _is_unmeant(gap, short)]
    long = [gap for gap in unmeant if gap.after.frame - gap.before.frame > short]
    soft = [gap for gap in long if gap.before.share <= FAINT or gap.before.peak <= SOFTER * gap.after.peak]
    gated = [gap for gap in long if gap.before.share < LOUD] if len(soft) >= max(FEWEST, HABIT * len(long)) else []
    yield from (Dropout(gap.before.frame, gap.after.frame, gap.channels) for gap in unmeant if gap not in gated)


def _is_same(one: _Gap, other: _Gap, tolerance: float) -> bool:
    begins = abs(one.before.frame - other.before.frame) <= tolerance
    return begins and abs(one.after.frame - other.after.frame) <= tolerance and one.channels != other.channels


def _together(one: _Gap, other: _Gap) -> _Gap:
    """The gap in both channels: sudden where it is in either."""
    return _Gap(
        tuple(sorted({*one.channels, *other.channels})),
        max(one.before, other.before, key=lambda edge: (edge.is_sudden, edge.peak)),
        max(one.after, other.after, key=lambda edge: (edge.is_sudden, edge.peak)),
    )


def _is_unmeant(gap: _Gap, short: float) -> bool:
    """A short gap, or one in one channel while the other goes on, needs one sudden edge; others need two."""
    lower, higher = sorted((gap.before.peak, gap.after.peak))
    is_short, is_single = gap.after.frame - gap.before.frame <= short, len(gap.channels) == 1
    sudden = gap.before.is_sudden + gap.after.is_sudden
    return sudden >= (1 if is_short or is_single else 2) and lower >= (ALIKE_SHORT if is_short else ALIKE) * higher


@njit(cache=True, nogil=True)
def _follow(sound: Floats, frames: int, cell: int, state: Floats, events: Floats) -> int:
    """Write what begins and ends within the sound, but for the context at both ends, and return how many events.

    `state` is the range that limits the open gap in either channel (0 where none is open), the frame since which
    nothing moves (below 0 where something does), and the greatest range within either gap so far. An event is _BEGINS
    or _ENDS, the channel, the place in the sound (the last frame of a gap's first cell, the first frame of its last),
    the limit, and the greatest range within the gap; or _SILENT, 0, and the frames from and to which nothing moved.
    """
    ranges = _ranges(sound, cell)
    quiet = (ranges[0].max() / FALL, ranges[1].max() / FALL)  # no gap is louder, and hardly a cell quieter
    count = 0
    for i in range(_CONTEXT, ranges.shape[1] - _CONTEXT):
        for channel in range(2):
            own = ranges[channel]
            if state[channel] == 0.0:
                limit = _limit(own, i) if own[i] <= quiet[channel] else 0.0
                if limit > 0.0:
                    state[channel], state[_INSIDE + channel] = limit, own[i]
                    events[count][:] = (_BEGINS, float(channel), float((i + 1) * cell - 1), limit, own[i])
                    count += 1
            elif own[i] > state[channel]:
                if _is_lively(own, i, state[channel]):
                    inside = state[_INSIDE + channel]
                    events[count][:] = (_ENDS, float(channel), float((i - 1) * cell), state[channel], inside)
                    count += 1
                state[channel] = 0.0
            else:
                state[_INSIDE + channel] = max(state[_INSIDE + channel], own[i])
        moves = ranges[0, i] > 0.0 or ranges[1, i] > 0.0
        if moves == (state[2] > -math.inf):
            count += _follow_silence(sound, (i * cell, frames), state, events[count])
    return count


@njit(cache=True, nogil=True)
def _ranges(sound: NDArray[np.float64], cell: int) -> NDArray[np.float64]:
    """The range of the samples of either channel within each cell, the last sample before it counted in."""
    cells = len(sound) // cell
    ranges = np.empty((2, cells))
    for i in range(cells):
        first = max(0, i * cell - 1)
        low_left = high_left = sound[first, 0]
        low_right = high_right = sound[first, 1]
        for j in range(i * cell, (i + 1) * cell):
            low_left, high_left = min(low_left, sound[j, 0]), max(high_left, sound[j, 0])
            low_right, high_right = min(low_right, sound[j, 1]), max(high_right, sound[j, 1])
        ranges[0, i], ranges[1, i] = high_left - low_left, high_right - low_right
    return ranges


@njit(cache=True, nogil=True)
def _limit(ranges: NDArray[np.float64], i: int) -> float:
    """The range that this cell and the gap it begins stay within; 0 if it begins none: what comes before is no sound
    far above it, or flat in places.
    """
    lowest, highest = math.inf, 0.0
    for j in range(i - _NEAREST, i - _FARTHEST - 1, -1):
        if ranges[j] <= ranges[i]:
            return 0.0
        lowest, highest = min(lowest, ranges[j]), max(highest, ranges[j])
    limit = highest / FALL
    return limit if ranges[i] <= limit < lowest else 0.0


@njit(cache=True, nogil=True)
def _is_lively(ranges: NDArray[np.float64], i: int, limit: float) -> bool:
    """Whether what comes after a gap, which ends in this cell, is nowhere flat."""
    lively = True
    for j in range(i + 1, i + _FARTHEST):
        lively = lively and ranges[j] > limit
    return lively


@njit(cache=True, nogil=True)
def _follow_silence(
    sound: NDArray[np.float64], place: tuple[int, int], state: NDArray[np.float64], event: NDArray[np.float64]
) -> int:
    """Silence begins with the cell at this place (in the sound, and the frames before the sound), or ends in it: note
    the first, write the event for the second. Return the number of events.
    """
    frame, frames = place
    if state[2] == -math.inf:
        while frame > 1 and _is_still(sound, frame - 1):
            frame -= 1
        state[2] = float(frames + frame - 1)
        return 0
    while _is_still(sound, frame):
        frame += 1
    event[:] = (_SILENT, 0.0, state[2], float(frames + frame), 0.0)
    state[2] = -math.inf
    return 1


@njit(cache=True, nogil=True)
def _is_still(sound: NDArray[np.float64], frame: int) -> bool:
    """Whether this frame is the same as the one before."""
    return bool(sound[frame, 0] == sound[frame - 1, 0] and sound[frame, 1] == sound[frame - 1, 1])
