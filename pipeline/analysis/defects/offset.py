"""DC offset: whether the mean of a programme is more than its own wandering.

The mean of sound that came through a capacitor is zero in the long run, but that of any stretch is not: the more of a
noise lies at the bottom of the spectrum, the further it strays. The scatter of the means of windows says how far. They
are as long as leaves enough of them, so that what is periodic comes out even; and where the scatter still falls too
slowly from shorter windows to longer ones, it is taken to go on so. Where noise is so loud at the bottom that an offset
drowns in it, nothing can be told of it. Thresholds are taste.
"""

import numpy as np
from numba import njit

from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Floats

WINDOWS_PER_S = 10
SMALLEST = 1e-12
LONGEST_WINDOWS = 32  # what wanders more slowly is an offset to all that comes after
FEWEST = 5  # means say how far they scatter
LOWEST = amplitude(-60.0)
SURE = 6.0  # standard errors
WANDER_HZ = (1.0, 8.0)  # as much there, and the mean is that of beats: a drum, or a bass that is plucked


class OffsetSearch:
    """Takes blocks of a stereo programme and keeps the sum of every 0.1 s."""

    def __init__(self, rate_hz: int) -> None:
        """Start at zero."""
        self._length = max(1, round(rate_hz / WINDOWS_PER_S))
        self._totals, self._partial = np.zeros(2), np.zeros(2)
        self._frames = 0
        self._sums: list[Floats] = []

    def add(self, block: Floats) -> None:
        """Take the next block, of shape (frames, 2)."""
        held = self._frames % self._length
        sums = np.empty(((held + len(block)) // self._length, 2))
        _add_up(block, self._length - held, self._length, self._totals, self._partial, sums)
        self._frames += len(block)
        if len(sums):
            self._sums.append(sums)

    def means(self) -> tuple[float, float]:
        """The mean of the left and of the right samples."""
        left, right = (self._totals / max(1, self._frames)).tolist()
        return left, right

    def sure(self, wander_powers: Floats) -> tuple[bool, bool]:
        """Whether the left and the right mean are an offset, given the power of each window of sound in WANDER_HZ.

        A power is 1 for a full-scale sine in both channels. Where there is none, nothing is known to wander.
        """
        wander = np.sqrt(np.median(wander_powers) / 2.0) if len(wander_powers) else 0.0
        least = np.maximum(max(LOWEST, float(wander)), SURE * self._errors())
        left, right = (np.abs(self.means()) > least).tolist()
        return left, right

    def _errors(self) -> Floats:
        """The standard error of either mean; 0 where there are too few windows."""
        means = np.concatenate([np.empty((0, 2)), *self._sums]) / self._length
        if len(means) < FEWEST:
            return np.zeros(2)
        errors = shorter = _standard_errors(means)
        windows = 1
        while len(means) >= 2 * FEWEST and windows < LONGEST_WINDOWS:
            means = means[: len(means) // 2 * 2].reshape(-1, 2, 2).mean(axis=1)
            windows *= 2
            errors, shorter = _standard_errors(means), errors
        # Of windows of twice the length, noise that falls by 6 dB an octave has an error higher by 3 dB.
        growth = np.clip(errors / np.maximum(shorter, SMALLEST), 1.0, np.sqrt(2.0))
        return np.asarray(errors * growth ** np.log2(len(means)))


def _standard_errors(means: Floats) -> Floats:
    return np.asarray(means.std(axis=0, ddof=1) / np.sqrt(len(means)))


@njit(cache=True, nogil=True)
def _add_up(block: Floats, rest: int, length: int, totals: Floats, partial: Floats, sums: Floats) -> None:
    """Add up both channels, and write the sums of each window that ends in this block; the first in `rest` frames."""
    left_total, right_total = totals
    start, stop = 0, min(rest, len(block))
    ended = 0
    while start < len(block):
        left, right = partial
        for i in range(start, stop):
            left_total += block[i, 0]
            right_total += block[i, 1]
            left += block[i, 0]
            right += block[i, 1]
        partial[:] = (left, right)
        if ended < len(sums) and stop == rest + ended * length:
            sums[ended] = partial
            partial[:] = 0.0
            ended += 1
        start, stop = stop, min(stop + length, len(block))
    totals[:] = (left_total, right_total)
