"""Linear prediction: how far each sample lies from what its neighbours predict, which takes the music out.

Source: J. Makhoul, "Linear Prediction: A Tutorial Review", Proc. IEEE 63 (1975), the autocorrelation method. What is
filtered is the second difference of the signal, so that strong bass costs no precision.

Sums are taken in rows of a fixed order: quickly, and with the same bits on every machine.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[np.float32] | NDArray[np.float64]

_ROWS = 4
_LANES = 8


@njit(cache=True, nogil=True)
def autocorrelate(signal: Array, correlation: NDArray[np.float64]) -> None:
    """Write the autocorrelation of the signal at lags 0, 1, ... into `correlation`.

    The signal is as long as a power of two, and at least four times as long as the greatest lag.
    """
    length = len(signal) // _ROWS
    sums = np.empty(length, signal.dtype)
    for lag in range(len(correlation)):
        sums[:] = 0
        for row in range(_ROWS - 1):
            early, late = signal[row * length : (row + 1) * length], signal[row * length + lag :]
            for i in range(length):
                sums[i] += early[i] * late[i]
        early = signal[(_ROWS - 1) * length :]
        late = early[lag:]
        for i in range(length - lag):
            sums[i] += early[i] * late[i]
        correlation[lag] = _total(sums)


@njit(cache=True, nogil=True)
def _total(terms: Array) -> float:
    """The sum of as many terms as a power of two, at least 16; they are used up."""
    half = len(terms) // 2
    while half >= _LANES:
        upper = terms[half:]
        for i in range(half):
            terms[i] += upper[i]
        half //= 2
    total = 0.0
    for i in range(_LANES):
        total += terms[i]
    return total


@njit(cache=True, nogil=True)
def fit(correlation: NDArray[np.float64], floor: float, taps: NDArray[np.float64]) -> None:
    """Write the prediction-error filter (first tap 1) for that autocorrelation: the Levinson-Durbin recursion.

    `floor` is the power of white noise, relative to the signal's, that is assumed added: it bounds what is predicted.
    """
    taps[:] = 0.0
    taps[0] = 1.0
    error = correlation[0] * (1.0 + floor) + 1e-12
    for order in range(1, len(taps)):
        reflected = correlation[order]
        for i in range(1, order):
            reflected += taps[i] * correlation[order - i]
        reflection = -reflected / error
        for i in range(1, order // 2 + 1):
            low, high = taps[i], taps[order - i]
            taps[i] = low + reflection * high
            taps[order - i] = high + reflection * low
        taps[order] = reflection
        error *= 1.0 - reflection * reflection
