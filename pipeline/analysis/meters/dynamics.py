"""How far a programme's peaks stand above its average: rms, sample peak, crest factor and TT-DR, exact, in one pass.

Both channels are pooled, except in TT-DR. 0 dBFS rms is a full-scale square wave, so a full-scale sine reads -3.01 dBFS
(the plain mathematical convention; AES17 counts 3.01 dB more) and every crest factor is at least 0 dB.

TT-DR ("DR14") is the Pleasurize Music Foundation's ("Measuring DR ENv3"), as published: blocks of 3 s. Its offline
tool takes 3 x 44160 frames for 3 s at 44.1 kHz, a slip of 4 ms; the rule is kept here and not the slip, so that a
programme reads the same at every sample rate. The difference is some hundredths of a decibel.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.decibels import decibels, power_decibels

BLOCK_S = 3  # TT-DR
LOUD_ONE_IN = 5  # TT-DR: the loudest 20 % of the blocks count, at least one
FEWEST_BLOCKS = 2  # whole ones: a second-highest peak needs them


@dataclass(frozen=True)
class Dynamics:
    """The dynamics of a programme in figures; None is undefined: silence has no level."""

    rms_dbfs: float | None
    """Root mean square of all samples, whole programme, ungated."""
    sample_peak_dbfs: float | None
    crest_db: float | None
    """Sample peak over rms."""
    loudest_crest_db: float | None = None
    """The crest factor in the loudest of the 3 s blocks, side by side from the start; None for less than one."""
    dr_db: float | None = None
    """TT-DR, not rounded, mean of the channels that sound; None for less than 6 s."""
    dr: int | None = None
    """TT-DR as it is printed: rounded, halves up."""


class DynamicsMeter:
    """Takes blocks of a stereo programme and keeps each channel's energy and peak of every 3 s."""

    def __init__(self, rate_hz: int) -> None:
        """Start at zero."""
        self._length = BLOCK_S * rate_hz
        self._frames = 0
        self._partial = np.zeros(4)  # energy of left and right, peak of left and right
        self._blocks: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        block = np.ascontiguousarray(block)
        start = 0
        while start < len(block):
            stop = min(len(block), start + self._length - self._frames % self._length)
            _accumulate(block[start:stop], self._partial)
            self._frames += stop - start
            start = stop
            if self._frames % self._length == 0:
                self._blocks.append(self._partial.copy())
                self._partial[:] = 0.0

    def result(self) -> Dynamics:
        """The dynamics of what came so far."""
        blocks = np.stack([*self._blocks, self._partial])
        energy, peak = float(blocks[:, :2].sum()), float(blocks[:, 2:].max())
        if not energy:
            return Dynamics(None, None, None)
        rms_dbfs, peak_dbfs = power_decibels(energy / (2 * self._frames)), decibels(peak)
        dr_db = self._dr_db(blocks)
        return Dynamics(
            rms_dbfs,
            peak_dbfs,
            peak_dbfs - rms_dbfs,
            self._loudest_crest_db(blocks[:-1]),
            dr_db,
            None if dr_db is None else _rounded(dr_db),
        )

    def _loudest_crest_db(self, blocks: NDArray[np.float64]) -> float | None:
        if not blocks[:, :2].any():
            return None
        loudest = blocks[np.argmax(blocks[:, :2].sum(axis=1))]
        return decibels(float(loudest[2:].max())) - power_decibels(float(loudest[:2].sum()) / (2 * self._length))

    def _dr_db(self, blocks: NDArray[np.float64]) -> float | None:
        """TT-DR of the blocks, of which the last is what is left over, and may be nothing."""
        if len(blocks) <= FEWEST_BLOCKS:
            return None
        left_over = self._frames % self._length
        blocks = blocks if left_over else blocks[:-1]
        lengths = np.full(len(blocks), float(self._length))
        lengths[-1] = left_over or self._length
        loud = max(1, len(blocks) // LOUD_ONE_IN)
        # A full-scale sine is 0 dB: its mean square counts twice.
        powers = np.sort(2.0 * blocks[:, :2] / lengths[:, np.newaxis], axis=0)[-loud:].mean(axis=0)
        peaks = np.sort(blocks[:, 2:], axis=0)[-2]
        heard = [(float(peak), float(power)) for peak, power in zip(peaks, powers, strict=True) if peak]
        return sum(decibels(peak) - power_decibels(power) for peak, power in heard) / len(heard) if heard else None


def album_dr(track_drs: Iterable[int | None]) -> int | None:
    """TT-DR of an album: the rounded mean of its tracks' rounded figures, undefined ones left out."""
    known = [dr for dr in track_drs if dr is not None]
    return _rounded(sum(known) / len(known)) if known else None


def _rounded(dr_db: float) -> int:
    return math.floor(dr_db + 0.5)


@njit(cache=True, nogil=True)
def _accumulate(block: NDArray[np.float64], partial: NDArray[np.float64]) -> None:
    left_energy, right_energy, left_peak, right_peak = partial
    for i in range(len(block)):
        left, right = block[i, 0], block[i, 1]
        left_energy += left * left
        right_energy += right * right
        left_peak = max(left_peak, abs(left))
        right_peak = max(right_peak, abs(right))
    partial[:] = (left_energy, right_energy, left_peak, right_peak)
