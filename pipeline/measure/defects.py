"""What is wrong with a mix and where, in one pass. False alarms cost trust: what is not surely wrong is not reported.

Thresholds are taste. A sample that is no number makes the other meters' figures meaningless, so look at
`Defects.refused` before asking them for a result.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.damage.flattops import FlatTopSearch, Passage
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
ALIKE = 2 / 32_768  # two steps of 16 bits: what dither leaves of the difference between two channels alike


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
        self._flat_tops = FlatTopSearch(rate_hz)

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
        self._flat_tops.add(block)
        self._frames += len(block)

    def result(self) -> Defects:
        """The defects of what came so far. A refused programme's other faults are not looked for."""
        offset = self._sums[:2] / max(1, self._frames)
        faults = tuple(self._refusals()) or (
            *(_clipping(passage, self._rate_hz) for passage in self._flat_tops.passages()),
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
        if difference <= ALIKE:
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


def _clipping(passage: Passage, rate_hz: int) -> Defect:
    start_s, end_s = passage.start / rate_hz, passage.end / rate_hz
    level_dbfs = round(decibels(passage.level), 1) + 0.0  # and no -0.0
    words = f"Clipped: {passage.tops} flat tops at {level_dbfs} dBFS from {start_s:.2f} s to {end_s:.2f} s."
    return Defect("clipped", "warning", start_s, end_s, float(passage.tops), "flat tops", words)


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
