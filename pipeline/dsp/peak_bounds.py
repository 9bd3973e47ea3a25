"""What an interpolating filter cannot exceed, block by block, found from the samples: most music needs no filtering.

Each phase of such a filter is a line between the two samples around its point, and for the rest a weighted sum of
second differences, x[i-1] - 2 x[i] + x[i+1]: h(z) = a + b z + (1 - z)^2 q(z), by division with a remainder. So its
output stays within (|a| + |b|) times the larger of the two samples, plus the sum of |q| times the largest second
difference that the filter hears. Music bends so little from one sample to the next that this is barely more than the
samples' own peak. The division is exact, whatever the filter and the sound; the arrangement is ours.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Phase = tuple[NDArray[np.float64], int]

# Frames bounded together, and no fewer than a filter may see to either side: speed only. Compiled into the kernels of
# every module that imports it; their caches notice only changes to their own file.
BLOCK = 64
ROUNDING = 1e-4  # of the samples' peak: far above what single precision can add to a point, or take off a bound


@dataclass(frozen=True)
class FilterGain:
    """How far a filter's output can rise: over each unit of the samples around, and of the second differences near."""

    line: float
    bend: float


@dataclass(frozen=True, eq=False)
class BlockPeaks:
    """Channels, block by block: shape (channels, blocks). The first and last only serve the others, and are 0."""

    peaks: Samples
    """The largest magnitude of the block's samples and the one after them."""
    bends: Samples
    """The largest second difference that a filter may see, in magnitude: in the block and its neighbours."""
    near: Samples
    """The largest magnitude of what a filter may see."""

    def bounds(self, rise: FilterGain) -> Samples:
        """What the output from each block's first sample up to the next block cannot exceed."""
        with np.errstate(over="ignore"):
            bounds = np.float32(rise.line) * self.peaks
            bounds += np.float32(rise.bend) * self.bends
            bounds += np.float32(ROUNDING) * self.near
        return bounds


def block_peaks(samples: Samples) -> BlockPeaks:
    """The outline of `samples`, shape (channels, frames), in whole blocks.

    Raises ValueError for samples that are not finite numbers in single precision.
    """
    sketch = np.zeros((3, len(samples), samples.shape[1] // BLOCK), np.float32)
    _outline(samples, *sketch)
    if not np.isfinite(sketch).all():
        raise ValueError("samples: found NaN or infinity, expected finite numbers")
    return BlockPeaks(*sketch)


def filter_gain(phases: Iterable[Phase]) -> FilterGain:
    """The most that any of `phases` can add: each its taps, and which of them meets the sample at or before the point.

    The sample after that one meets the tap before.
    """
    lines, bends = zip(*(_divided(taps, place) for taps, place in phases), strict=True)
    return FilterGain(max(lines), max(bends))


def _divided(taps: NDArray[np.float64], place: int) -> tuple[float, float]:
    """|a| + |b| and the sum of |q| of one phase."""
    after = float(np.sum(taps * (place - np.arange(len(taps)))))
    here = float(np.sum(taps)) - after
    rest = taps.copy()
    rest[place - 1] -= after
    rest[place] -= here
    return abs(here) + abs(after), float(np.abs(np.cumsum(np.cumsum(rest))).sum())


@njit(nogil=True)
def _largest(magnitudes: Samples) -> np.int32:
    """The largest, as an integer of the same bits: these order magnitudes alike, NaN above all, many at a time."""
    codes = magnitudes.view(np.int32)
    largest: np.int32 = codes[0]
    for i in range(codes.shape[0]):
        if codes[i] > largest:
            largest = codes[i]
    return largest


@njit(nogil=True)
def _measure(samples: Samples, peaks: NDArray[np.int32], bends: NDArray[np.int32]) -> None:
    """Block by block, the peaks and the largest second differences that begin there, as integers of the same bits."""
    work = np.empty(BLOCK + 1, np.float32)
    for block in range(peaks.shape[0]):
        seen = samples[block * BLOCK : block * BLOCK + BLOCK + 2]
        count = min(seen.shape[0], BLOCK + 1)
        for i in range(count):
            work[i] = abs(seen[i])
        peaks[block] = _largest(work[:count])
        count = seen.shape[0] - 2
        for i in range(count):
            work[i] = abs((seen[i] - seen[i + 1]) + (seen[i + 2] - seen[i + 1]))
        bends[block] = _largest(work[:count])


@njit(cache=True, nogil=True)
def _outline(samples: Samples, peaks: Samples, bends: Samples, near: Samples) -> None:
    own = np.empty((2, peaks.shape[1]), np.float32)
    for channel in range(samples.shape[0]):
        _measure(samples[channel], own[0].view(np.int32), own[1].view(np.int32))
        for block in range(1, own.shape[1] - 1):
            peaks[channel, block] = own[0, block]
            near[channel, block] = max(own[0, block - 1], own[0, block], own[0, block + 1])
            bends[channel, block] = max(own[1, block - 1], own[1, block], own[1, block + 1])
