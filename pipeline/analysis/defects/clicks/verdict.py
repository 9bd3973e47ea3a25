"""Whether a suspect is a click: sound predicted from its past fails there, so does sound predicted from its future,
and both hold again once the place is passed. A drum or a pluck fails the last: it rings on, and its past never
predicted it.

The first sample that the past does not explain begins the click, the last that the future does not explain ends it;
at a bad edit, where the waveform jumps from one sample to the next, the two meet.

Sources: clicks stand out of the error of linear prediction, S. J. Godsill and P. J. W. Rayner, "Digital Audio
Restoration" (1998); both directions of time together place them, M. Niedzwiecki and M. Ciolek, "Elimination of
Impulsive Disturbances From Archive Audio Signals Using Bidirectional Processing", IEEE Trans. ASLP 21-5 (2013).
Orders, lengths and how the directions are joined are taste.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.analysis.defects.clicks.prediction import autocorrelate, fit

ORDER = 32
TAPS = ORDER + 3  # the filter has this many, the second difference included
FITTED = 1024  # frames on either side that a filter is fitted to, at 44.1 and 48 kHz
USUAL = 512  # the nearest frames on either side, likewise: they say what error is usual
NEAR = 64  # frames either way, likewise, in which the click is looked for
REACH = 1280  # frames either way, likewise, that a verdict needs

_FLOOR = 1e-7  # -70 dB
_SILENT = 1e-7  # an error this small counts as zero
_UNEXPLAINED = 2.0  # an unexplained error is this many times the greatest usual one
BEYOND = 3  # frames beside a click in which the sound is back
_ASTRAY = 2.0  # times the height: a tone that sets in rises above it
_PREDICTED = 6  # frames: over a longer click, no extrapolation is to be trusted
_CUT = 0.3  # of what is missing may be too much: what was clipped is predicted with errors, too


@njit(cache=True, nogil=True)
def examine(
    sound: NDArray[np.float64], scale: int, taper: NDArray[np.float64], prominent: float
) -> tuple[int, int, float, float]:
    """Look for a click amid 2 * REACH * scale frames of one channel.

    Return the frame where it begins, the frame after its end, its height, and its prominence: how many times as great
    the prediction error is there as anywhere near, the lesser of both directions of time. All are 0 where there is
    none as `prominent`.
    """
    from_past, from_future = np.empty(TAPS), np.empty(TAPS)
    past = _errors(sound, scale, taper, from_past)
    usual = USUAL * scale
    if _greatest(past[usual:-usual]) < prominent * _greatest(past[:usual]):
        return 0, 0, 0.0, 0.0
    mirrored = sound[::-1].copy()
    future = _errors(mirrored, scale, taper, from_future)
    length = len(past)
    begin, mirrored_end = _first_unexplained(past, usual), _first_unexplained(future, usual)
    end = length - mirrored_end
    if begin < 0 or end > length:
        return 0, 0, 0.0, 0.0
    prominence = min(
        _prominence(past, begin, max(begin, end) + TAPS, usual),
        _prominence(future, mirrored_end, max(mirrored_end, length - begin) + TAPS, usual),
    )
    if prominence < prominent:
        return 0, 0, 0.0, 0.0
    first = len(sound) // 2 - length // 2
    height = min(abs(past[begin]), abs(future[mirrored_end]))
    if end > begin:
        ahead = _extrapolated(sound, first + begin, end - begin + BEYOND, from_past)
        back = _extrapolated(mirrored, first + mirrored_end, end - begin + BEYOND, from_future)[::-1]
        height = _height(sound[first + begin - BEYOND : first + end + BEYOND], ahead, back)
    return first + begin, first + end, height, prominence


@njit(cache=True, nogil=True)
def _errors(
    sound: NDArray[np.float64], scale: int, taper: NDArray[np.float64], taps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The prediction errors near the middle, and the filter that makes them, fitted to what comes before."""
    known = len(sound) // 2 - NEAR * scale
    before = sound[known - len(taper) - 2 : known]
    correlation, inner = np.empty(ORDER + 1), np.empty(ORDER + 1)
    autocorrelate((before[2:] - 2.0 * before[1:-1] + before[:-2]) * taper, correlation)
    fit(correlation, _FLOOR, inner)
    taps[:] = 0.0
    taps[:-2] += inner
    taps[1:-1] -= 2.0 * inner
    taps[2:] += inner
    start = known - USUAL * scale
    errors = np.zeros(2 * (NEAR + USUAL) * scale)
    for k in range(TAPS):
        delayed = sound[start - k :]
        for i in range(len(errors)):
            errors[i] += taps[k] * delayed[i]
    return errors


@njit(cache=True, nogil=True)
def _greatest(errors: NDArray[np.float64]) -> float:
    greatest = _SILENT
    for error in errors:
        greatest = max(greatest, abs(error))
    return greatest


@njit(cache=True, nogil=True)
def _first_unexplained(errors: NDArray[np.float64], usual: int) -> int:
    """The first error, past the usual ones and before as many at the end, that is out of all proportion; or -1."""
    limit = _UNEXPLAINED * _greatest(errors[:usual])
    for i in range(usual, len(errors) - usual):
        if abs(errors[i]) > limit:
            return i
    return -1


@njit(cache=True, nogil=True)
def _prominence(errors: NDArray[np.float64], begin: int, after: int, usual: int) -> float:
    """How many times as great the errors are from `begin` to `after` as before and after."""
    return _greatest(errors[begin:after]) / max(_greatest(errors[:usual]), _greatest(errors[after:]))


@njit(cache=True, nogil=True)
def _extrapolated(sound: NDArray[np.float64], start: int, count: int, taps: NDArray[np.float64]) -> NDArray[np.float64]:
    """`count` samples from `start` as the samples before predict them."""
    known = TAPS - 1
    samples = np.empty(known + count)
    samples[:known] = sound[start - known : start]
    for i in range(known, known + count):
        expected = 0.0
        for k in range(1, TAPS):
            expected -= taps[k] * samples[i - k]
        samples[i] = expected
    return samples[known:]


@njit(cache=True, nogil=True)
def _height(sound: NDArray[np.float64], ahead: NDArray[np.float64], back: NDArray[np.float64]) -> float:
    """How far the sound stands from both extrapolations; below zero where it was only cut down, and zero where it does
    not go back, on either side, to what they predict: something began or ended there.

    The sound is BEYOND frames longer than the click on either side, and each extrapolation on the far one. Of the two,
    the nearer counts: they agree on what a click hides, and where they do not, neither is to be trusted.
    """
    inwards = outwards = astray = 0.0
    for i in range(BEYOND, len(sound) - BEYOND):
        sample, one, other = sound[i], ahead[i - BEYOND], back[i]
        distance = min(abs(sample - one), abs(sample - other))
        if abs(sample) < min(abs(one), abs(other)):
            inwards = max(inwards, distance)
        else:
            outwards = max(outwards, distance)
    for i in range(BEYOND):
        astray = max(astray, abs(sound[i] - back[i]), abs(sound[len(sound) - 1 - i] - ahead[len(ahead) - 1 - i]))
    height = max(inwards, outwards)
    if astray > _ASTRAY * height and len(sound) - 2 * BEYOND <= _PREDICTED:
        return 0.0
    return -height if _CUT * inwards > outwards else height
