"""A gain reduction made smooth by a running maximum and moving averages, in integers.

Known from Signalsmith's limiter (Luff, "Designing a straightforward limiter", signalsmith-audio.co.uk, 2022). Moving
averages of integers never drift, so that no reduction stays none, and what comes out depends on nothing beyond reach.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Reduction = NDArray[np.int32]  # what is taken off the gain, in 2^-30: 0 is a gain of 1, 2^30 a gain of 0

ONE = 2.0**30
MOST = ONE - 2.0**10  # one pass reduces by no more: 120 dB


@dataclass(frozen=True)
class Smoother:
    """A running maximum, over the frames `back` and `ahead`, and three moving averages of a half width each."""

    back: int
    ahead: int
    averages: tuple[int, int, int]

    @property
    def reach(self) -> int:
        """How far it sees on the side where it sees farther."""
        return max(self.back, self.ahead) + sum(self.averages)

    def __call__(self, reduction: Reduction) -> Reduction:
        """Smooth `reduction`; the result is shorter by the reach at either end."""
        farther = max(self.back, self.ahead)
        reduction = reduction[farther - self.back : len(reduction) - (farther - self.ahead)]
        reduction = _running_maximum(reduction, self.back + 1 + self.ahead)
        for half_width in self.averages:
            reduction = _moving_average(reduction, 2 * half_width + 1)
        return reduction


def covering(hold: int) -> Smoother:
    """Averages that see no farther than the maximum holds: their result is nowhere below the reduction smoothed."""
    third = hold // 3
    return Smoother(hold, hold, (third, third, hold - 2 * third))


def wanted_after(wanted: Reduction, taken: Reduction) -> Reduction:
    """The reduction that is still wanted once some is taken; the two are centred on each other."""
    return _rest(centred(wanted, len(taken)), taken)


def gain_of(reduction: Reduction) -> NDArray[np.float64]:
    """The gain that a reduction is."""
    return 1.0 - reduction / ONE


@njit(cache=True, nogil=True)
def gain_of_all(one: Reduction, second: Reduction, third: Reduction) -> NDArray[np.float64]:
    """The gain that three reductions are, one after the other."""
    out = np.empty(one.shape[0], np.float64)
    for i in range(out.shape[0]):
        out[i] = (1.0 - one[i] / ONE) * (1.0 - second[i] / ONE) * (1.0 - third[i] / ONE)
    return out


def centred(values: Reduction, length: int) -> Reduction:
    """The middle of `values`, as long as asked."""
    edge = (len(values) - length) // 2
    return values[edge : edge + length]


@njit(cache=True, nogil=True)
def _rest(wanted: Reduction, taken: Reduction) -> Reduction:
    out = np.empty(wanted.shape[0], np.int32)
    for i in range(out.shape[0]):
        left = 1.0 - (1.0 - wanted[i] / ONE) / (1.0 - taken[i] / ONE)
        out[i] = np.int32(np.ceil(max(left, 0.0) * ONE))
    return out


def _running_maximum(values: Reduction, width: int) -> Reduction:
    """The largest of each `width` successive values, by doubling: spans of 2, 4, 8, ..., at last two that overlap."""
    span = 1
    while 2 * span <= width:
        values = np.maximum(values[:-span], values[span:])
        span *= 2
    rest = width - span
    return np.maximum(values[:-rest], values[rest:]) if rest else values


@njit(cache=True, nogil=True)
def _moving_average(values: Reduction, width: int) -> Reduction:
    """The mean of each `width` successive values, rounded up."""
    out = np.empty(values.shape[0] - width + 1, np.int32)
    share = 1.0 / width
    total = np.int64(0)
    for i in range(width):
        total += values[i]
    out[0] = np.int32(np.ceil(total * share))
    for i in range(1, out.shape[0]):
        total += values[i + width - 1] - values[i - 1]
        out[i] = np.int32(np.ceil(total * share))
    return out
