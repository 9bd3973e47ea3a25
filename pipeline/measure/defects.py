"""What is wrong with a mix and where, in one pass. False alarms cost trust: what is not surely wrong is not reported.

Thresholds are taste. A sample that is no number makes the other meters' figures meaningless, so look at
`Defects.refused` before asking them for a result.

Clipping leaves flat tops: three or more samples in a row at one level, with a corner at either end. One may be
chance; they are reported where several lie at one level and nothing between them goes higher, or where one is long.
So they are found below full scale too, where a clipped mix was turned down. A limiter driven hard leaves them as well.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.level import amplitude, decibels

Severity = Literal["note", "warning", "refusal"]
Kind = Literal[
    "not-a-number",
    "silence",
    "clipped",
    "dc-offset",
    "identical-channels",
    "one-channel-silent",
    "polarity",
    "starts-abruptly",
    "ends-abruptly",
]

INFINITE = 1e100  # what cannot be squared and summed is as good as infinite
SILENT = amplitude(-90.0)
ABRUPT = amplitude(-40.0)
DC_OFFSET = amplitude(-60.0)
OUT_OF_PHASE_CORRELATION = -0.5

FLAT = 2 / 32_768  # two steps of 16 bits: what dither leaves of a flat line
SAME_LEVEL = 2 * FLAT
CORNER = 8 * FLAT  # a smooth crest that is flat for three samples falls by less on the next: at most 6 times
SHORTEST_TOP = 3  # samples
LOWEST_TOP = amplitude(-20.0)
FEWEST_FLAT = 9  # samples in a passage: three short tops, or one long
PASSAGE_GAP_S = 0.5  # flat tops nearer than this are one passage


@dataclass(frozen=True)
class Defect:
    """One fault: what, how bad, from and to which second, how much of it, and a sentence for people."""

    kind: Kind
    severity: Severity
    start_s: float
    end_s: float
    figure: float
    unit: str
    words: str


@dataclass(frozen=True)
class Defects:
    """All faults of a programme, the gravest first."""

    faults: tuple[Defect, ...]
    dc_offset: tuple[float, float]
    """Mean of the left and of the right samples, 1.0 being full scale."""

    @property
    def refused(self) -> bool:
        """Whether nothing can be made of this programme."""
        return any(fault.severity == "refusal" for fault in self.faults)


class DefectMeter:
    """Takes blocks of a stereo programme and keeps sums, extremes and the flat tops found."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing found."""
        self._rate_hz = rate_hz
        self._frames = 0
        self._edges = np.zeros((2, 2))  # the first and the last frame
        self._sums = np.zeros(5)  # left, right, left squared, right squared, left times right
        self._extremes = np.zeros(3)  # peak left, peak right, greatest difference between them
        self._bad_frames, self._first_bad = 0, 0
        self._crests = [_Crests(channel, round(PASSAGE_GAP_S * rate_hz)) for channel in (0, 1)]

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        if not len(block):
            return
        block = np.ascontiguousarray(block)
        if not self._frames:
            self._edges[0] = block[0]
        self._edges[1] = block[-1]
        bad_frames, first_bad = _tally(block, self._sums, self._extremes)
        if bad_frames and not self._bad_frames:
            self._first_bad = self._frames + first_bad
        self._bad_frames += bad_frames
        for crests in self._crests:
            crests.add(block, self._frames)
        self._frames += len(block)

    def result(self) -> Defects:
        """The defects of what came so far. A refused programme's other faults are not looked for."""
        offset = self._sums[:2] / max(1, self._frames)
        faults = tuple(self._refusals()) or (
            *_clipped([passage for crests in self._crests for passage in crests.passages()], self._rate_hz),
            *self._offsets(offset),
            *self._channels(),
            *self._abrupt(),
        )
        return Defects(faults, (float(offset[0]), float(offset[1])))

    def _whole(self, kind: Kind, severity: Severity, figure: float, unit: str, words: str) -> Defect:
        return Defect(kind, severity, 0.0, self._frames / self._rate_hz, figure, unit, words)

    def _refusals(self) -> Iterator[Defect]:
        peak = float(self._extremes[:2].max())
        if self._bad_frames:
            at_s = self._first_bad / self._rate_hz
            words = f"{self._bad_frames} frames hold no number (NaN or infinity), the first at {at_s:.3f} s."
            yield Defect("not-a-number", "refusal", at_s, at_s, float(self._bad_frames), "frames", words)
        elif not peak:
            yield self._whole("silence", "refusal", 0.0, "of full scale", "Nothing but digital silence.")
        elif peak < SILENT:
            words = f"Silence: the peak is {decibels(peak):.1f} dBFS."
            yield self._whole("silence", "refusal", decibels(peak), "dBFS", words)

    def _offsets(self, offset: NDArray[np.float64]) -> Iterator[Defect]:
        for name, mean in zip(("left", "right"), offset.tolist(), strict=True):
            if abs(mean) > DC_OFFSET:
                words = f"DC offset of {100 * mean:+.2f} % of full scale in the {name} channel."
                yield self._whole("dc-offset", "warning", mean, "of full scale", words)

    def _channels(self) -> Iterator[Defect]:
        left_peak, right_peak, difference = self._extremes.tolist()
        if min(left_peak, right_peak) < SILENT:
            name, peak = ("left", left_peak) if left_peak < right_peak else ("right", right_peak)
            yield self._whole("one-channel-silent", "warning", peak, "of full scale", f"The {name} channel is silent.")
            return
        correlation = self._sums[4] / math.sqrt(self._sums[2] * self._sums[3])
        if difference <= FLAT:
            words = "Both channels are the same: mono in a stereo file."
            yield self._whole("identical-channels", "note", difference, "of full scale", words)
        if correlation < OUT_OF_PHASE_CORRELATION:
            words = f"The channels are out of phase (correlation {correlation:.2f}): one polarity may be inverted."
            yield self._whole("polarity", "warning", float(correlation), "correlation", words)

    def _abrupt(self) -> Iterator[Defect]:
        first, last = np.abs(self._edges).max(axis=1).tolist()
        end_s = self._frames / self._rate_hz
        if first > ABRUPT:
            words = f"The first sample is at {decibels(first):.1f} dBFS: the start may be cut off."
            yield Defect("starts-abruptly", "note", 0.0, 0.0, decibels(first), "dBFS", words)
        if last > ABRUPT:
            words = f"The last sample is at {decibels(last):.1f} dBFS: the end may be cut off."
            yield Defect("ends-abruptly", "note", end_s, end_s, decibels(last), "dBFS", words)


@dataclass(frozen=True)
class _Passage:
    """Flat tops at one level with nothing higher between them."""

    start: int
    end: int
    level: float
    tops: int


# The kernels' form of it: start, end, level, tops, samples in them; no tops, no passage.
_PASSAGE_SIZE = 5


class _Crests:
    """Looks for flat tops in one channel, above nought and below."""

    def __init__(self, channel: int, gap: int) -> None:
        self._channel, self._gap = channel, gap
        self._runs = np.zeros(6)
        self._open = np.zeros((2, _PASSAGE_SIZE))
        self._closed: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float64], frames: int) -> None:
        closed = np.empty((len(block) // SHORTEST_TOP + 3, _PASSAGE_SIZE))
        count = _find_flat_tops(block, (self._channel, frames, self._gap), self._runs, self._open, closed)
        if count:
            self._closed.append(closed[:count].copy())

    def passages(self) -> list[_Passage]:
        rows = np.concatenate([*self._closed, self._open])
        return [_Passage(int(row[0]), int(row[1]), float(row[2]), int(row[3])) for row in rows if _counts(row)]


def _clipped(passages: list[_Passage], rate_hz: int) -> Iterator[Defect]:
    """One warning for all flat tops, of either channel and side, that lie nearer together than half a second."""
    together: list[_Passage] = []
    end = 0
    for passage in sorted(passages, key=lambda passage: passage.start):
        if together and passage.start - end > PASSAGE_GAP_S * rate_hz:
            yield _clipping(together, rate_hz)
            together = []
        together.append(passage)
        end = max(end, passage.end)
    if together:
        yield _clipping(together, rate_hz)


def _clipping(together: list[_Passage], rate_hz: int) -> Defect:
    tops = sum(passage.tops for passage in together)
    start_s, end_s = together[0].start / rate_hz, max(passage.end for passage in together) / rate_hz
    level_dbfs = round(decibels(max(passage.level for passage in together)), 1) + 0.0  # and no -0.0
    words = f"Clipped: {tops} flat tops at {level_dbfs} dBFS from {start_s:.2f} s to {end_s:.2f} s."
    return Defect("clipped", "warning", start_s, end_s, float(tops), "flat tops", words)


@njit(cache=True, nogil=True)
def _tally(block: NDArray[np.float64], sums: NDArray[np.float64], extremes: NDArray[np.float64]) -> tuple[int, int]:
    """Add up the block; return how many of its frames hold no number and which is the first."""
    left_sum, right_sum, left_energy, right_energy, product = sums
    left_peak, right_peak, difference = extremes
    bad_frames = first_bad = 0
    for i in range(len(block)):
        left, right = block[i, 0], block[i, 1]
        if not (abs(left) < INFINITE and abs(right) < INFINITE):
            first_bad = first_bad if bad_frames else i
            bad_frames += 1
            continue
        left_sum += left
        right_sum += right
        left_energy += left * left
        right_energy += right * right
        product += left * right
        left_peak, right_peak = max(left_peak, abs(left)), max(right_peak, abs(right))
        difference = max(difference, abs(left - right))
    sums[:] = (left_sum, right_sum, left_energy, right_energy, product)
    extremes[:] = (left_peak, right_peak, difference)
    return bad_frames, first_bad


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
