"""Where a signal was clipped: flat tops, looked for in one pass at every level, above nought and below.

Clipping leaves three or more samples in a row at one level, with a corner at either end. One such flat top may be
chance; they count where several lie at one level and nothing between them goes higher, or where one is long. So they
are found below full scale too, where a clipped mix was turned down. A limiter driven hard leaves them as well.

The rule and its thresholds are taste, chosen so that undamaged music, sines and square waves pass.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.level import amplitude

FLAT = 2 / 32_768  # two steps of 16 bits: what dither leaves of a flat line
SAME_LEVEL = 2 * FLAT
CORNER = 8 * FLAT  # a smooth crest that is flat for three samples falls by less on the next: at most 6 times
SHORTEST_TOP = 3  # samples
LOWEST_TOP = amplitude(-20.0)
FEWEST_FLAT = 9  # samples in a passage: three short tops, or one long
PASSAGE_GAP_S = 0.5  # flat tops nearer than this are one passage

# A passage as the kernels keep it: start, end, level, tops, samples in them; no tops, no passage.
_PASSAGE_SIZE = 5


@dataclass(frozen=True)
class Passage:
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
        self._frames = 0
        self._runs = np.zeros((2, 6))
        self._open = np.zeros((2, 2, _PASSAGE_SIZE))
        self._closed: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        closed = np.empty((len(block) // SHORTEST_TOP + 3, _PASSAGE_SIZE))
        for channel in (0, 1):
            place = (channel, self._frames, self._gap)
            count = _find_flat_tops(block, place, self._runs[channel], self._open[channel], closed)
            if count:
                self._closed.append(closed[:count].copy())
        self._frames += len(block)

    def passages(self) -> tuple[Passage, ...]:
        """The clipped passages of what came so far, in the order of time, more than half a second apart."""
        rows = np.concatenate([*self._closed, *self._open])
        found = [Passage(int(row[0]), int(row[1]), float(row[2]), int(row[3])) for row in rows if _counts(row)]
        return tuple(_joined(found, self._gap))


def _joined(passages: Iterable[Passage], gap: int) -> Iterator[Passage]:
    """One passage for all, of either channel and side, that lie no further apart than `gap` frames."""
    whole: Passage | None = None
    for passage in sorted(passages, key=lambda passage: passage.start):
        if whole and passage.start - whole.end <= gap:
            end, level = max(whole.end, passage.end), max(whole.level, passage.level)
            whole = Passage(whole.start, end, level, whole.tops + passage.tops)
            continue
        if whole:
            yield whole
        whole = passage
    if whole:
        yield whole


@njit(cache=True, nogil=True)
def _find_flat_tops(
    block: NDArray[np.float64],
    place: tuple[int, int, int],
    runs: NDArray[np.float64],
    passages: NDArray[np.float64],
    closed: NDArray[np.float64],
) -> int:
    """Write the passages that end in this block and return their number.

    `place` is the channel, the frames before this block and the longest gap in a passage; `runs` the levels and
    lengths of the last three stretches of samples at one level; `passages` the open ones, above nought and below.
    """
    channel, frames, gap = place
    before, before_length, top, top_length, level, length = runs
    highest, lowest = _limit(passages[0]), -_limit(passages[1])
    count = 0
    for i in range(len(block)):
        x = block[i, channel]
        if abs(x - level) <= FLAT:
            length += 1.0
            continue
        # What goes straight from one flat to another is a square wave, and made so.
        if top_length >= SHORTEST_TOP and max(before_length, length) == 1.0 and _is_crest(before, top, level):
            end = frames + i - length
            count += _join(passages[int(top < 0.0)], (end - top_length, end, abs(top)), gap, closed[count])
            highest, lowest = _limit(passages[0]), -_limit(passages[1])
        before, before_length, top, top_length, level, length = top, top_length, level, length, x, 1.0
        if x > highest or x < lowest:
            count += _close(passages[int(x < 0.0)], closed[count])
            highest, lowest = _limit(passages[0]), -_limit(passages[1])
    runs[:] = (before, before_length, top, top_length, level, length)
    return count


@njit(cache=True, nogil=True)
def _is_crest(before: float, top: float, after: float) -> bool:
    """Whether the signal turns back at the top, with a corner on either side."""
    sign = 1.0 if top > 0.0 else -1.0
    return abs(top) >= LOWEST_TOP and sign * (top - before) > CORNER and sign * (top - after) > CORNER


@njit(cache=True, nogil=True)
def _limit(passage: NDArray[np.float64]) -> float:
    """The level beyond which a sample ends the passage: above it, nothing was clipped."""
    return passage[2] + SAME_LEVEL if passage[3] else np.inf


@njit(cache=True, nogil=True)
def _join(
    passage: NDArray[np.float64], flat_top: tuple[float, float, float], gap: int, closed: NDArray[np.float64]
) -> int:
    """Count a flat top to the open passage, or to a new one; return how many passages this closed."""
    start, end, level = flat_top
    count = 0
    if passage[3] and (start - passage[1] > gap or level > _limit(passage)):
        count = _close(passage, closed)
    if not passage[3]:
        passage[:] = (start, end, level, 0.0, 0.0)
    if level >= passage[2] - SAME_LEVEL:
        passage[1] = end
        passage[3] += 1.0
        passage[4] += end - start
    return count


@njit(cache=True, nogil=True)
def _close(passage: NDArray[np.float64], closed: NDArray[np.float64]) -> int:
    """Write the passage if it counts as clipped, and forget it; return how many were written."""
    count = 0
    if _counts(passage):
        closed[:] = passage
        count = 1
    passage[:] = 0.0
    return count


@njit(cache=True, nogil=True)
def _counts(passage: NDArray[np.float64]) -> bool:
    """Whether a passage is surely clipped."""
    return bool(passage[4] >= FEWEST_FLAT)
