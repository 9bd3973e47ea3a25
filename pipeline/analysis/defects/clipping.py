"""Where a signal was clipped: flat tops, looked for in one pass at every level, above zero and below.

Clipping leaves samples in a row at one level, with a corner at either end, and comes back to that level again and
again. Each such coincidence is evidence, counted in bits: a neighbour that might as well lie a corner's drop away, but
lies within a step of 16 bits, is worth the logarithm of drop over step. Evidence adds up for as long as nothing goes
higher, even for minutes, so that a mix is found of which only a few samples were clipped, or one turned down later.
A limiter driven hard leaves flat tops as well. Resampling or filtering rounds them off: what was clipped before that
is not found. Nor are the last hundredths of a second looked at, where no crest can be recognised.

The measure and its thresholds are taste, chosen so that undamaged music, sines, triangles and square waves pass.
Over 300 lines: the evidence, its thresholds and the kernels that count it are only understood together.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.decibels import amplitude

FLAT = 2.5 / 32_768  # two steps of 16 bits, which dither leaves of a flat line, and half a step for rounding
SAME_LEVEL = 2 * FLAT
OFF_FLAT = 3 * FLAT  # the first sample off a flat lies lower than dither on a slow drift
CORNER = 8.0  # steps: a smooth crest that is flat for three samples falls by less on the next, at most by 6
LOWEST_TOP = amplitude(-20.0)
FULL_SCALE = 1.0 - 1.5 / 32_768  # lies just under the highest step of 16 bits
FINE_STEP = 1.25 * FLAT
COARSEST_STEP = 8 * FLAT  # sound of 11 bits or less has flat tops wherever it turns
SURE_BITS = 26.0  # undamaged music stays under 18
LEVEL_BITS = 5.0  # what it is worth, at most, that one more top lies at the level of those before
TOUCH_BITS = 0.7  # what it is worth, to the contrary, that a peak at that level is not flat
WINDOW_S = 0.01  # a flat top counts if its side goes no higher in this
PASSAGE_GAP_S = 0.5  # flat tops nearer than this are one passage

CELL = 64  # frames whose peak is taken at once
LEAD = 2  # frames that must be known on either side of a flat top

# Four sides are looked at: left and right, above zero and below; a fifth track holds all of them together.
_SIDES = 4
_TRACKS = 5
_LINES = 16  # plateaus that may be open at once on a track

_TOP = np.dtype(
    [
        *((name, np.int64) for name in ("window", "side", "start", "end")),
        *((name, np.float64) for name in ("level", "bits", "low_drop", "high_drop")),
    ]
)
# A stretch of the plateau whose first top began at `first`, with the evidence so far; a line without bits is free.
_STRETCH = np.dtype(
    [
        *((name, np.int64) for name in ("track", "first", "start", "end", "tops")),
        *((name, np.float64) for name in ("level", "bits", "low_drop", "high_drop")),
    ]
)


@dataclass(frozen=True)
class ClippedPassage:
    """A clipped stretch: from and to which frame, its highest level (1.0 = full scale), and how many flat tops."""

    start: int
    end: int
    level: float
    tops: int


class FlatTopSearch:
    """Takes blocks of a stereo programme and keeps where either channel was clipped."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing found."""
        self._gap = round(PASSAGE_GAP_S * rate_hz)
        self._window = CELL * max(1, round(WINDOW_S * rate_hz / CELL))
        self._rest = np.zeros((LEAD, 2))  # the next window, so far, and what leads to it
        self._frames = -LEAD  # before the rest
        self._finest = np.full(2, np.inf)
        self._open = np.zeros((_TRACKS, _LINES), _STRETCH)
        # Stretches that have ended: of plateaus that may still gain evidence, and of others, as far as they have it.
        self._closed, self._sure = np.empty(0, _STRETCH), np.empty(0, _STRETCH)

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        seam = 2 * (LEAD + self._window)
        frames = np.concatenate([self._rest, block[:seam]])
        done = self._search(frames)
        if len(block) > seam:
            frames = block[done - len(self._rest) :]
            done = self._search(frames)
        self._rest = frames[done:].copy()

    def _search(self, frames: NDArray[np.float64]) -> int:
        """Look through every window that lies in these frames with its surroundings; return the length of all."""
        windows = max(0, (len(frames) - 2 * LEAD) // self._window - 1)
        length = windows * self._window
        tops = np.empty(_SIDES * length // 2, _TOP)
        highest = np.empty((windows, _TRACKS))
        found = tops[: _find_tops(frames, (self._frames, self._window), self._finest, highest, tops)]
        found = found[np.argsort(found["start"], kind="stable")]  # a repeat in the other channel is next to the first
        closed = np.empty(self._open.size + 2 * len(found), _STRETCH)
        count = _follow_plateaus(found, highest, self._gap, self._open, closed)
        if count:
            ended = np.concatenate([self._closed, closed[:count]])
            lasts = np.isin(_plateaus(ended), _plateaus(self._open.ravel()))
            self._closed = ended[lasts]
            self._sure = np.concatenate([self._sure, _sure(ended[~lasts])])
        self._frames += length
        return length

    def passages(self) -> tuple[ClippedPassage, ...]:
        """The clipped passages of what came so far, in the order of time, more than half a second apart."""
        stretches = np.concatenate([self._sure, _sure(np.concatenate([self._closed, self._open.ravel()]))])
        of_all = stretches["track"] == _SIDES
        one_side, all_sides = (_joined(_passages(stretches[of]), self._gap, sum) for of in (~of_all, of_all))
        return tuple(_joined([*one_side, *all_sides], self._gap, max))  # a top found twice counts once


def _sure(stretches: NDArray[np.void]) -> NDArray[np.void]:
    """The stretches of those plateaus that were surely clipped."""
    stretches = stretches[stretches["bits"] > 0.0]
    _, plateau = np.unique(_plateaus(stretches), return_inverse=True)
    bits = np.zeros(len(stretches))
    np.maximum.at(bits, plateau, stretches["bits"])
    return stretches[bits[plateau] >= SURE_BITS]


def _plateaus(stretches: NDArray[np.void]) -> NDArray[np.int64]:
    """A number for the plateau of each stretch, its own on every track."""
    return np.asarray(_TRACKS * stretches["first"] + stretches["track"])


def _passages(stretches: NDArray[np.void]) -> list[ClippedPassage]:
    return [ClippedPassage(*stretch) for stretch in stretches[["start", "end", "level", "tops"]].tolist()]


def _joined(
    passages: Iterable[ClippedPassage], gap: int, tops: Callable[[tuple[int, int]], int]
) -> Iterator[ClippedPassage]:
    """One passage for all that lie no further apart than `gap` frames; `tops` makes one count of two."""
    whole: ClippedPassage | None = None
    for passage in sorted(passages, key=lambda passage: passage.start):
        if whole and passage.start - whole.end <= gap:
            end, level = max(whole.end, passage.end), max(whole.level, passage.level)
            whole = ClippedPassage(whole.start, end, level, tops((whole.tops, passage.tops)))
            continue
        if whole:
            yield whole
        whole = passage
    if whole:
        yield whole


@njit(cache=True, nogil=True)
def _find_tops(
    frames: NDArray[np.float64],
    place: tuple[int, int],
    finest: NDArray[np.float64],
    highest: NDArray[np.float64],
    tops: NDArray[np.void],
) -> int:
    """Write how high every window goes on every track, and the flat tops at that height; return their number.

    `place` is the frames before these and the length of a window; `finest` the smallest step seen in either channel.
    """
    before, length = place
    peaks = np.empty((length // CELL, _SIDES))
    count = 0
    for window in range(len(highest)):
        first = LEAD + window * length
        _measure(frames[first : first + length], peaks, highest[window])
        for side in range(_SIDES):
            level = highest[window, side]
            if level < LOWEST_TOP:
                continue
            wave = frames[first - LEAD : first + 2 * length + LEAD, side // 2]
            step = _step(wave, finest[side // 2 : side // 2 + 1])
            if step > COARSEST_STEP:
                continue
            for cell in range(len(peaks)):
                if peaks[cell, side] >= level - FLAT:
                    spot = (window, side, before + first - LEAD, LEAD + cell * CELL)
                    count += _find_tops_in_cell(wave, spot, level, step, tops[count:])
    return count


@njit(cache=True, nogil=True)
def _measure(frames: NDArray[np.float64], peaks: NDArray[np.float64], highest: NDArray[np.float64]) -> None:
    """How far every side goes in every cell, and every track in all."""
    highest[:] = -np.inf
    for cell in range(len(peaks)):
        left = right = -np.inf
        left_low = right_low = np.inf
        for i in range(cell * CELL, (cell + 1) * CELL):
            x, y = frames[i, 0], frames[i, 1]
            left = x if x > left else left
            left_low = x if x < left_low else left_low
            right = y if y > right else right
            right_low = y if y < right_low else right_low
        peaks[cell] = (left, -left_low, right, -right_low)
        for side in range(_SIDES):
            highest[side] = max(highest[side], peaks[cell, side])
    highest[_SIDES] = highest[:_SIDES].max()


@njit(cache=True, nogil=True)
def _step(wave: NDArray[np.float64], finest: NDArray[np.float64]) -> float:
    """In what steps this channel moves, as far as is known: the smallest seen that is more than dither."""
    if finest[0] > FINE_STEP:
        for i in range(1, len(wave)):
            step = abs(wave[i] - wave[i - 1])
            if FLAT < step < finest[0]:
                finest[0] = step
    return float(finest[0])


@njit(cache=True, nogil=True)
def _find_tops_in_cell(
    wave: NDArray[np.float64], spot: tuple[int, int, int, int], level: float, step: float, tops: NDArray[np.void]
) -> int:
    """Write the flat tops that begin in a cell and return their number; `spot` ends in where wave and cell begin."""
    window, side, lead, cell = spot
    sign = 1.0 - 2.0 * (side % 2)
    count = 0
    for start in range(cell, cell + CELL):
        if sign * wave[start] < level - FLAT or abs(sign * wave[start + 1] - level) > FLAT:
            continue
        end = _end(wave, start, sign * level)
        before_drop = _drop(level, sign * wave[start - 1], sign * wave[start - 2])
        after_drop = _drop(level, sign * wave[end], sign * wave[end + 1])
        drops = min(before_drop, after_drop), max(before_drop, after_drop)
        bits = _bits(end - start, level, drops[0] / step)
        if bits and not _is_between_flats(wave, start, end):
            top = tops[count]
            top.window, top.side, top.start, top.end = window, side, lead + start, lead + end
            top.level, top.bits, top.low_drop, top.high_drop = level, bits, drops[0], drops[1]
            count += 1
    return count


@njit(cache=True, nogil=True)
def _end(wave: NDArray[np.float64], start: int, level: float) -> int:
    """Where the flat that starts here ends; at the latest where no more is known."""
    end = start + 2
    while end < len(wave) - LEAD and abs(wave[end] - level) <= FLAT:
        end += 1
    return end


@njit(cache=True, nogil=True)
def _drop(level: float, near: float, far: float) -> float:
    """How steeply the signal falls off at an end of the flat; 0 if this is not one.

    The next sample may lie anywhere on the way down; to the one after, a smooth crest falls about three times as far.
    """
    return max(level - near, (level - far) / 3.0) if level - near > OFF_FLAT else 0.0


@njit(cache=True, nogil=True)
def _bits(length: int, level: float, corner: float) -> float:
    """The evidence in a flat top of so many samples; none if it has no corner on either side."""
    if corner <= CORNER:
        return 0.0
    if length > 2 and level >= FULL_SCALE:
        return SURE_BITS
    return (length - 1) * math.log2(corner)


@njit(cache=True, nogil=True)
def _is_between_flats(wave: NDArray[np.float64], start: int, end: int) -> bool:
    """Whether a flat goes straight to another flat: a square wave's does, and was made so."""
    return bool(abs(wave[start - 1] - wave[start - 2]) <= FLAT or abs(wave[end] - wave[end + 1]) <= FLAT)


@njit(cache=True, nogil=True)
def _follow_plateaus(
    tops: NDArray[np.void], highest: NDArray[np.float64], gap: int, plateaus: NDArray[np.void], closed: NDArray[np.void]
) -> int:
    """Write the stretches of plateaus that end in these windows and return their number; `plateaus` are those open."""
    count = top = 0
    for window in range(len(highest)):
        for track in range(_TRACKS):
            count += _touch(plateaus[track], highest[window, track], closed[count:])
        while top < len(tops) and tops[top].window == window:
            for track in (tops[top].side, _SIDES):
                if tops[top].level >= highest[window, track] - SAME_LEVEL:
                    count += _join(plateaus[track], track, tops[top], gap, closed[count:])
            top += 1
    return count


@njit(cache=True, nogil=True)
def _touch(plateaus: NDArray[np.void], peak: float, closed: NDArray[np.void]) -> int:
    """Write and forget the plateaus over which this peak goes, for there nothing was clipped; return their number.

    A peak that only touches a plateau is evidence against clipping, until a flat top is found there.
    """
    count = 0
    for plateau in plateaus:
        if plateau.bits and plateau.level + SAME_LEVEL < peak:
            closed[count] = plateau
            plateau.bits = 0.0
            count += 1
        elif 0.0 < plateau.bits < SURE_BITS and plateau.level - SAME_LEVEL <= peak:
            plateau.bits = max(0.0, plateau.bits - TOUCH_BITS)
    return count


@njit(cache=True, nogil=True)
def _join(plateaus: NDArray[np.void], track: int, top: Any, gap: int, closed: NDArray[np.void]) -> int:
    """Count a flat top to the plateau at its level, or to a new one; return how many stretches this closed."""
    line, is_new = _line(plateaus, top.level)
    plateau = plateaus[line]
    is_over = bool(plateau.bits) and (is_new or top.start - plateau.end > gap)
    if is_over:
        closed[0] = plateau
    if is_new:
        plateau.track, plateau.first, plateau.level, plateau.bits = track, top.start, top.level, top.bits
    elif max(abs(top.low_drop - plateau.low_drop), abs(top.high_drop - plateau.high_drop)) > CORNER * FLAT:
        corner_bits = top.bits / (top.end - top.start - 1)  # less two, as four steps are still the same level
        plateau.bits += top.bits + min(corner_bits - 2.0, LEVEL_BITS)  # another wave: a repeat says nothing new
    if is_new or is_over:
        plateau.start, plateau.tops = top.start, 0
    plateau.end = top.end
    plateau.tops += 1
    plateau.low_drop, plateau.high_drop = top.low_drop, top.high_drop
    return int(is_over)


@njit(cache=True, nogil=True)
def _line(plateaus: NDArray[np.void], level: float) -> tuple[int, bool]:
    """The line of the plateau at this level, or else, and True, where to begin one: free, or of the least evidence."""
    weakest = 0
    for line in range(len(plateaus)):
        if plateaus[line].bits and abs(plateaus[line].level - level) <= SAME_LEVEL:
            return line, False
        if plateaus[line].bits < plateaus[weakest].bits:
            weakest = line
    return weakest, True
