"""Where a click may be: stretches of a millisecond where prediction fails far worse than for 12 ms on either side.

This first pass looks at everything, so it is cheap: one blend of both channels, a filter of 16 taps fitted anew
every 46 ms to what came just before (never to the click itself, which would spoil it). It is meant to miss nothing;
`verdict` decides.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.analysis.defects.clicks.prediction import autocorrelate, fit

HOP = 2048  # frames that share one filter, at 44.1 and 48 kHz; times the power of two by which other rates are higher
STRETCH = 64  # frames that share one level, likewise
ORDER = 16
FITTED = 512  # frames before a hop that its filter is fitted to, likewise
HISTORY = FITTED + ORDER + 2  # frames before a hop that are needed, likewise
RIGHT_SHARE = 0.75  # of the right channel in the blend: not 1, or clicks of opposite polarity would cancel

NEAREST, FARTHEST = 2, 9  # stretches: what a click is held against, before it and after it
FAR_OVER = 2.5  # taste: a filter fitted to other music than the click's leaves more
LEAST = 1e-4  # below, nothing is heard

_FLOOR = 3e-6  # -55 dB: single precision carries no more


@njit(cache=True, nogil=True)
def measure(sound: NDArray[np.float64], scale: int, taper: NDArray[np.float32], levels: NDArray[np.float32]) -> None:
    """Write the greatest prediction error of each stretch of `sound`, of shape (frames, 2), into `levels`.

    The first HISTORY times `scale` frames are what came before; then come whole hops.
    """
    hop, stretch, history = HOP * scale, STRETCH * scale, HISTORY * scale
    changes = _second_difference(sound)
    correlation, taps = np.empty(ORDER + 1), np.empty(ORDER + 1)
    errors = np.empty(hop, np.float32)
    for number in range((len(sound) - history) // hop):
        start = history - 2 + number * hop  # in the changes, which begin two frames late
        autocorrelate(changes[start - len(taper) : start] * taper, correlation)
        fit(correlation, _FLOOR, taps)
        _filter(changes[start - ORDER : start + hop], taps.astype(np.float32), errors)
        _peaks(errors, stretch, levels[number * hop // stretch : (number + 1) * hop // stretch])


@njit(cache=True, nogil=True)
def _second_difference(sound: NDArray[np.float64]) -> NDArray[np.float32]:
    """Of the blend of both channels: two frames shorter."""
    blend = np.empty(len(sound), np.float32)
    for i in range(len(sound)):
        blend[i] = sound[i, 0] + RIGHT_SHARE * sound[i, 1]
    changes = np.empty(len(sound) - 2, np.float32)
    middle, last = blend[1:], blend[2:]
    for i in range(len(changes)):
        changes[i] = (last[i] - middle[i]) - (middle[i] - blend[i])
    return changes


@njit(cache=True, nogil=True)
def _filter(signal: NDArray[np.float32], taps: NDArray[np.float32], errors: NDArray[np.float32]) -> None:
    """Write the prediction errors of the signal but for its first ORDER samples."""
    now = signal[ORDER:]
    for i in range(len(errors)):
        errors[i] = now[i]
    for k in range(1, ORDER, 4):  # four taps at a time, so that the errors are written but four times
        a, b, c, d = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
        one, two = signal[ORDER - k :], signal[ORDER - k - 1 :]
        three, four = signal[ORDER - k - 2 :], signal[ORDER - k - 3 :]
        for i in range(len(errors)):
            errors[i] += (a * one[i] + b * two[i]) + (c * three[i] + d * four[i])


@njit(cache=True, nogil=True)
def _peaks(errors: NDArray[np.float32], stretch: int, peaks: NDArray[np.float32]) -> None:
    """Write the greatest magnitude in each stretch: magnitudes compare like their bits, and those many at once."""
    bits, peak_bits = errors.view(np.int32), peaks.view(np.int32)
    for number in range(len(peaks)):
        greatest = np.int32(0)
        within = bits[number * stretch : (number + 1) * stretch]
        for i in range(stretch):
            greatest = max(greatest, within[i] & np.int32(0x7FFFFFFF))
        peak_bits[number] = greatest


@njit(cache=True, nogil=True)
def isolated(levels: NDArray[np.float32], found: NDArray[np.int64]) -> int:
    """Write which stretches stand out from both sides, so not those at the ends, into `found`; return how many."""
    count = 0
    for i in range(FARTHEST, len(levels) - FARTHEST):
        limit = levels[i] / np.float32(FAR_OVER)
        stands_out = levels[i] > LEAST
        distance = NEAREST
        while stands_out and distance <= FARTHEST:
            stands_out = levels[i - distance] < limit and levels[i + distance] < limit
            distance += 1
        if stands_out:
            found[count] = i
            count += 1
    return count
