"""How far a programme's peaks stand above its average: rms level, sample peak and crest factor, exact, in one pass.

Both channels are pooled. 0 dBFS rms is a full-scale square wave, so a full-scale sine reads -3.01 dBFS (the plain
mathematical convention; AES17 counts 3.01 dB more) and every crest factor is at least 0 dB.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.level import decibels, power_decibels


@dataclass(frozen=True)
class Dynamics:
    """None is undefined: silence has no level."""

    rms_dbfs: float | None
    """Root mean square of all samples, whole programme, ungated."""
    sample_peak_dbfs: float | None
    crest_db: float | None
    """Sample peak over rms."""


class DynamicsMeter:
    """Takes blocks of a stereo programme and keeps a sum of squares and a peak."""

    def __init__(self, rate_hz: int) -> None:  # noqa: ARG002
        """Start at nought. Every rate is measured alike; every meter is made alike."""
        self._frames = 0
        self._energy = self._peak = 0.0

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        self._energy, self._peak = _accumulate(np.ascontiguousarray(block), self._energy, self._peak)
        self._frames += len(block)

    def result(self) -> Dynamics:
        """The dynamics of what came so far."""
        if not self._energy:
            return Dynamics(None, None, None)
        rms_dbfs = power_decibels(self._energy / (2 * self._frames))
        peak_dbfs = decibels(self._peak)
        return Dynamics(rms_dbfs, peak_dbfs, peak_dbfs - rms_dbfs)


@njit(cache=True, nogil=True)
def _accumulate(block: NDArray[np.float64], energy: float, peak: float) -> tuple[float, float]:
    for i in range(len(block)):
        left, right = block[i, 0], block[i, 1]
        energy += left * left + right * right
        peak = max(peak, abs(left), abs(right))
    return energy, peak
