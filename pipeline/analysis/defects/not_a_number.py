"""Samples that are no sound, no numbers or far over full scale: found with their place, and set to zero.

So every meter gets what can be squared and summed in single precision.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.decibels import amplitude

HIGHEST_DBFS = 40.0  # floats above it are integers in disguise or damage, not headroom
HIGHEST = amplitude(HIGHEST_DBFS)


class NumberSearch:
    """Takes blocks of a stereo programme and hands them on, with zero for each sample that is no sound."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self.bad_frames = 0
        """Frames so far in which either channel held NaN or infinity."""
        self.first_bad = 0
        """The first of them."""
        self.highest = 0.0
        """The highest magnitude so far beyond 40 dBFS, 1.0 being full scale; zero where there is none."""
        self.first_high = 0
        """The first frame that held one."""
        self._frames = 0

    def cleaned(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next block, of shape (frames, 2): itself where every sample is sound, else a mended copy."""
        found, first_bad, highest, first_high = _count(np.ascontiguousarray(block), HIGHEST)
        if found and not self.bad_frames:
            self.first_bad = self._frames + first_bad
        if highest and not self.highest:
            self.first_high = self._frames + first_high
        self.bad_frames += found
        self.highest = max(self.highest, highest)
        self._frames += len(block)
        return np.where(np.abs(block) <= HIGHEST, block, 0.0) if found or highest else block


@njit(cache=True, nogil=True)
def _count(block: NDArray[np.float64], limit: float) -> tuple[int, int, float, int]:
    """How many frames hold no number, and the first; the highest magnitude beyond `limit`, and where the first is."""
    found = first_bad = first_high = 0
    highest = 0.0
    for i in range(len(block)):
        left, right = abs(block[i, 0]), abs(block[i, 1])
        if left <= limit and right <= limit:
            continue
        if not (left < np.inf and right < np.inf):
            first_bad = first_bad if found else i
            found += 1
        else:
            first_high = first_high if highest else i
            highest = max(highest, left, right)
    return found, first_bad, highest, first_high
