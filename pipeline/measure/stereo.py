"""How a programme sits between the loudspeakers: correlation, balance and width, exact, in one pass.

Correlation is the phase meter's: the sum of left times right over the geometric mean of their energies, +1 for mono,
0 for unrelated channels, -1 for one channel the other's negative.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.level import amplitude, power_decibels

WINDOW_TENTHS = 4  # tenths of a second: the momentary window of EBU Tech 3341
QUIET_DBFS = -60.0  # taste: the correlation of what is hardly heard alarms nobody


@dataclass(frozen=True)
class Stereo:
    """None is undefined: a quotient with silence in it, or a programme without an audible window."""

    correlation: float | None
    """Over the whole programme."""
    minimum_correlation: float | None
    """Lowest over any 400 ms window, side by side from the start, whose rms is above -60 dBFS."""
    minimum_correlation_at_s: float | None
    """Where that window starts."""
    balance_db: float | None
    """Left over right, rms."""
    side_to_mid_db: float | None
    """Side over mid, rms; None for mono too."""


class StereoMeter:
    """Takes blocks of a stereo programme and keeps three sums for every 400 ms."""

    def __init__(self, rate_hz: int) -> None:
        """Start at nought."""
        self._rate_hz = rate_hz
        self._frames = self._windows = 0
        self._partial = np.zeros(3)
        self._sums: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        block = np.ascontiguousarray(block)
        sums = np.empty((len(block) * 10 // (WINDOW_TENTHS * self._rate_hz) + 1, 3))
        place = (self._rate_hz, self._frames, self._windows)
        ended = _measure(block, place, self._partial, sums)
        self._frames += len(block)
        self._windows += ended
        if ended:
            self._sums.append(sums[:ended].copy())

    def result(self) -> Stereo:
        """The stereo image of what came so far; the last, incomplete window counts for the whole only."""
        windows = np.concatenate([np.empty((0, 3)), *self._sums])
        left, right, product = (float(total) for total in windows.sum(axis=0) + self._partial)
        lowest, lowest_at_s = _lowest_correlation(windows, self._rate_hz)
        # Of mid = (L + R) / 2 and side = (L - R) / 2.
        mid, side = (left + right) / 4 + product / 2, (left + right) / 4 - product / 2
        return Stereo(
            _correlation(left, right, product), lowest, lowest_at_s, _ratio_db(left, right), _ratio_db(side, mid)
        )


def _correlation(left: float, right: float, product: float) -> float | None:
    scale = math.sqrt(left) * math.sqrt(right)
    return max(-1.0, min(1.0, product / scale)) if scale else None


def _ratio_db(one: float, other: float) -> float | None:
    return power_decibels(one / other) if one > 0 and other > 0 else None


def _lowest_correlation(windows: NDArray[np.float64], rate_hz: int) -> tuple[float | None, float | None]:
    """The lowest correlation of an audible window and the second at which that window starts."""
    audible_energy = 2 * amplitude(QUIET_DBFS) ** 2 * WINDOW_TENTHS * rate_hz / 10
    left, right, product = windows.T
    audible = np.flatnonzero((left + right > audible_energy) & (left > 0) & (right > 0))
    if not len(audible):
        return None, None
    correlations = product[audible] / np.sqrt(left[audible] * right[audible])
    lowest = int(np.argmin(correlations))
    start = _window_end(rate_hz, int(audible[lowest]) - 1)
    return float(np.clip(correlations[lowest], -1.0, 1.0)), start / rate_hz


@njit(cache=True, nogil=True)
def _window_end(rate_hz: int, window: int) -> int:
    """The frame at which a window ends, to the nearest sample; the first window is number 0."""
    return (2 * (window + 1) * WINDOW_TENTHS * rate_hz + 10) // 20


@njit(cache=True, nogil=True)
def _measure(
    block: NDArray[np.float64],
    place: tuple[int, int, int],
    partial: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> int:
    """Write left and right energy and their product for each window that ends in this block; return their number.

    `place` is the sample rate, the frames that came before this block, and the windows that ended in them.
    """
    rate_hz, frames, windows = place
    start = ended = 0
    while start < len(block):
        window_end = _window_end(rate_hz, windows + ended) - frames
        stop = min(window_end, len(block))
        left, right, product = partial
        for i in range(start, stop):
            left += block[i, 0] * block[i, 0]
            right += block[i, 1] * block[i, 1]
            product += block[i, 0] * block[i, 1]
        partial[:] = (left, right, product)
        if stop == window_end:
            sums[ended] = partial
            ended += 1
            partial[:] = 0.0
        start = stop
    return ended
