"""Samples that are no numbers: counted with their place, and set to zero, so that every meter gets sound."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

INFINITE = 1e100  # what cannot be squared and summed is as good as infinite


class NumberSearch:
    """Takes blocks of a stereo programme and hands them on, with zero for each sample that is no number."""

    def __init__(self) -> None:
        """Start with nothing found."""
        self.bad_frames = 0
        """Frames so far in which either channel held NaN, infinity or a magnitude beyond 1e100."""
        self.first_bad = 0
        """The first of them."""
        self._frames = 0

    def cleaned(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next block, of shape (frames, 2): itself where every sample is a number, else a mended copy."""
        found, first = _count(np.ascontiguousarray(block))
        if found and not self.bad_frames:
            self.first_bad = self._frames + first
        self.bad_frames += found
        self._frames += len(block)
        return np.where(np.abs(block) < INFINITE, block, 0.0) if found else block


@njit(cache=True, nogil=True)
def _count(block: NDArray[np.float64]) -> tuple[int, int]:
    """How many frames of the block hold no number, and the first of them."""
    found = first = 0
    for i in range(len(block)):
        if not (abs(block[i, 0]) < INFINITE and abs(block[i, 1]) < INFINITE):
            first = first if found else i
            found += 1
    return found, first
