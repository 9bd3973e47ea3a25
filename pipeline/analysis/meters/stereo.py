"""How a programme sits between the loudspeakers: correlation, balance and width, exact, in one pass.

Correlation is the phase meter's: the sum of left times right over the geometric mean of their energies, +1 for mono,
0 for unrelated channels, -1 for one channel the other's negative.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.decibels import amplitude, power_decibels

WINDOW_TENTHS = 4  # tenths of a second: the momentary window of EBU Tech 3341
QUIET_DBFS = -60.0  # taste: the correlation of what is hardly heard does not matter


@dataclass(frozen=True, eq=False)
class Stereo:
    """The stereo image of a programme in figures; None is undefined: a quotient with silence, or no audible window.

    Windows are 400 ms long, side by side from the start; an incomplete one at the end is no window. Arrays cannot be
    written to.
    """

    correlation: float | None
    """Over the whole programme."""
    minimum_correlation: float | None
    """Lowest of any window whose rms is above -60 dBFS."""
    minimum_correlation_at_s: float | None
    """Where that window starts."""
    balance_db: float | None
    """Left over right, rms."""
    side_to_mid_db: float | None
    """Side over mid, rms: the width; None for mono too."""
    correlations: NDArray[np.float64]
    """The correlation of each window; NaN where its rms is not above -60 dBFS, or a channel is silent."""
    energies: NDArray[np.float64]
    """Mean square of left and right in each window, of shape (windows, 2)."""


class StereoMeter:
    """Takes blocks of a stereo programme and keeps three sums for every 400 ms."""

    def __init__(self, rate_hz: int) -> None:
        """Start at zero."""
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
        starts = np.array([_window_end(self._rate_hz, window) for window in range(-1, len(windows))])
        windows /= np.diff(starts)[:, np.newaxis]
        correlations = _correlations(windows)
        lowest = int(np.nanargmin(correlations)) if np.isfinite(correlations).any() else None
        # The energies of mid = (L + R) / 2 and side = (L - R) / 2.
        mid, side = (left + right) / 4 + product / 2, (left + right) / 4 - product / 2
        return Stereo(
            correlation=_correlation(left, right, product),
            minimum_correlation=None if lowest is None else float(correlations[lowest]),
            minimum_correlation_at_s=None if lowest is None else float(starts[lowest]) / self._rate_hz,
            balance_db=_ratio_db(left, right),
            side_to_mid_db=_ratio_db(side, mid),
            correlations=_frozen(correlations),
            energies=_frozen(windows[:, :2].copy()),
        )


def _correlation(left: float, right: float, product: float) -> float | None:
    scale = math.sqrt(left) * math.sqrt(right)
    return max(-1.0, min(1.0, product / scale)) if scale else None


def _ratio_db(one: float, other: float) -> float | None:
    return power_decibels(one / other) if one > 0 and other > 0 else None


def _correlations(windows: NDArray[np.float64]) -> NDArray[np.float64]:
    """The correlation of each window, from the mean squares of left and right and their mean product."""
    left, right, product = windows.T
    scale = np.sqrt(left) * np.sqrt(right)
    audible = (left + right > 2 * amplitude(QUIET_DBFS) ** 2) & (scale > 0)
    return np.where(audible, np.clip(product / np.where(audible, scale, 1.0), -1.0, 1.0), np.nan)


def _frozen(series: NDArray[np.float64]) -> NDArray[np.float64]:
    series.setflags(write=False)
    return series


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
