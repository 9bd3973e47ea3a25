"""The word length really used: the fewest bits in which every sample of a programme is a whole number of steps.

A file of 24 bits may hold 16 and eight zeros; one of floats may hold 24. What was scaled after it was cut to fewer
bits uses them all again, and cannot be told from sound that is really finer.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

LONGEST_BITS = 24  # of a whole number; beyond, only floating point tells samples apart
ROUND = 1.5 * 2.0**52  # the last place of a double this large is 1: adding it rounds (IEEE 754)
STRIDE = 1024  # samples lie between two looks at the outcome


@dataclass(frozen=True)
class WordLength:
    """The bits of a sample, sign included; None where 24 do not hold it: floating point."""

    bits: int | None


class WordLengthSearch:
    """Takes blocks of a stereo programme and keeps the shortest word that held every sample so far, exactly."""

    def __init__(self) -> None:
        """Start with one bit, and silence."""
        self._bits = 1
        self._is_silent = True

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2) and in ±1."""
        samples = np.ascontiguousarray(block).reshape(-1)
        self._is_silent = self._is_silent and not samples.any()
        start = 0
        while self._bits <= LONGEST_BITS and start < len(samples):
            start = _fitting(samples, start, 2.0 ** (1 - self._bits))
            self._bits += start < len(samples)

    def word_length(self) -> WordLength | None:
        """The word length of what came so far; None if that was nothing, or silence."""
        if self._is_silent:
            return None
        return WordLength(self._bits if self._bits <= LONGEST_BITS else None)


@njit(cache=True, nogil=True)
def _fitting(samples: NDArray[np.float64], start: int, step: float) -> int:
    """Up to where, from `start`, strides of samples are whole numbers of steps."""
    whole = ROUND * step
    while start < len(samples):
        misfits = 0
        for x in samples[start : start + STRIDE]:
            misfits += x != (x + whole) - whole
        if misfits:
            return start
        start += STRIDE
    return len(samples)
