"""The long-term third-octave spectrum of a programme's gated passages, mid and side, in one pass.

Hann windows of about 0.37 s, half overlapped, from the start of the stream; the passages are gated as BS.1770-5
gates its blocks, each window's loudness being read off its own bands. Bands: IEC 61260-1, base ten, third octaves.

Levels are in dB re a full-scale sine: one of amplitude 1 in both channels reads 0 dB in mid, -150 dB or less reads
-150 dB. Under 50 Hz a band is only two or three bins wide: a steady tone there also shows in the bands beside it,
and reads up to 1 dB low in its own.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray
from scipy.fft import rfft

WINDOW_S = 0.37  # taste: fine enough for the 25 Hz band, short enough to gate; the nearest power of two is taken
FLOOR_DB = -150.0  # under what 24 bits hold; keeps logarithms finite

ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5 Annex 1
RELATIVE_GATE_LU = -10.0  # BS.1770-5 Annex 1
OFFSET_LU = -0.691  # BS.1770-5 Annex 1, equation 2

NOMINAL_CENTRES_HZ = (
    *(25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0),
    *(250.0, 315.0, 400.0, 500.0, 630.0, 800.0, 1000.0, 1250.0, 1600.0, 2000.0),
    *(2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0, 16000.0, 20000.0),
)
"""IEC 61260-1 Annex E, the nominal names of 1000 Hz times 10 to the n/10, n from -16 to 13."""
_LOWEST_BAND = -16

WEIGHTING_RATE_HZ = 48_000
WEIGHTING = (  # BS.1770-5 Annex 1, Tables 1 and 2: b0, b1, b2 and a0, a1, a2
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Mean power per band over the gated windows, in dB re a full-scale sine."""

    centres_hz: tuple[float, ...]
    """Nominal; bands whose centre the sample rate cannot carry are absent."""
    mid_db: NDArray[np.float64]
    """Of (L + R) / 2, one value per band."""
    side_db: NDArray[np.float64]
    """Of (L - R) / 2, one value per band."""


class SpectrumMeter:
    """Takes blocks of a stereo programme and keeps each window's powers per band."""

    def __init__(self, rate_hz: int) -> None:
        """Size the windows and place the bands."""
        length = 2 ** round(np.log2(WINDOW_S * rate_hz))
        self._shape = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
        # The power of a bin counts for both signs of frequency; the window's own power is taken out.
        self._scale = 2.0 / (length * float(np.sum(np.square(self._shape))))
        edges_hz = _band_edges_hz(rate_hz)
        self._edges = edges_hz * length / rate_hz + 0.5  # in bins; bin k reaches from k to k + 1
        self._centres_hz = NOMINAL_CENTRES_HZ[: len(edges_hz) - 1]
        self._held, self._windowed = np.empty((length, 2)), np.empty((2, length))
        self._filled = 0
        self._powers: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        start, length = 0, len(self._held)
        while start < len(block):
            stop = min(len(block), start + length - self._filled)
            self._held[self._filled : self._filled + stop - start] = block[start:stop]
            self._filled += stop - start
            start = stop
            if self._filled == length:
                self._powers.append(self._window_powers())
                self._held[: length // 2] = self._held[length // 2 :]
                self._filled = length // 2

    def _window_powers(self) -> NDArray[np.float64]:
        """Mean square per band of the frames held, of shape (2, bands): mid, side."""
        _window(self._held, self._shape, self._windowed)
        powers = np.empty((2, len(self._centres_hz)))
        _sum_bands(rfft(self._windowed), self._edges, self._scale, powers)
        return powers

    def result(self) -> Spectrum:
        """The spectrum of what came so far; shorter than a window, or under the gate, it is all floor."""
        bands = len(self._centres_hz)
        powers = np.stack([np.zeros((2, bands)), *self._powers])
        gated = powers[_gate(powers, k_weighting_db(self._centres_hz))]
        mean = gated.mean(axis=0) if len(gated) else np.zeros((2, bands))
        levels_db = 10.0 * np.log10(np.maximum(2.0 * mean, 10.0 ** (FLOOR_DB / 10.0)))
        levels_db.setflags(write=False)
        return Spectrum(self._centres_hz, *levels_db)


def k_weighting_db(frequencies_hz: ArrayLike) -> NDArray[np.float64]:
    """The response of the loudness weighting of BS.1770-5 at frequencies above 0 and below 24 kHz, in dB."""
    z = np.exp(-2j * np.pi * np.asarray(frequencies_hz, dtype=np.float64) / WEIGHTING_RATE_HZ)
    response_db = np.zeros(z.shape)
    for feed_forward, feedback in WEIGHTING:
        response_db += 20.0 * np.log10(np.abs(np.polyval(feed_forward[::-1], z) / np.polyval(feedback[::-1], z)))
    return response_db


def loudness_change_lu(spectrum: Spectrum, response_db: ArrayLike) -> float:
    """By how much an equaliser would change the loudness of the gated passages, in LU.

    `response_db` is its response at the spectrum's centres. Within 0.1 LU of filtering for the broad, gentle curves
    of mastering; a band narrower than a third of an octave is beyond it.
    """
    weighting_db = k_weighting_db(spectrum.centres_hz)
    powers = (10.0 ** (spectrum.mid_db / 10.0) + 10.0 ** (spectrum.side_db / 10.0)) * 10.0 ** (weighting_db / 10.0)
    after = powers * 10.0 ** (np.asarray(response_db, dtype=np.float64) / 10.0)
    return float(10.0 * np.log10(after.sum() / powers.sum()))


def _band_edges_hz(rate_hz: int) -> NDArray[np.float64]:
    """The edges of all bands whose exact centre lies below half the sample rate, in ascending order."""
    bands = np.arange(len(NOMINAL_CENTRES_HZ) + 1, dtype=np.float64) + _LOWEST_BAND
    lower_hz = 1000.0 * np.power(10.0, (bands - 0.5) / 10.0)
    return lower_hz[: np.count_nonzero(lower_hz[:-1] * 10.0**0.05 < rate_hz / 2) + 1]


def _gate(powers: NDArray[np.float64], weighting_db: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of the windows, of shape (windows, 2, bands), pass both gates."""
    # Left and right squared add up to twice mid and side squared.
    weighted: NDArray[np.float64] = 2.0 * (powers.sum(axis=1) * 10.0 ** (weighting_db / 10.0)).sum(axis=1)
    audible: NDArray[np.bool_] = weighted > 10.0 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10.0)
    if audible.any():
        audible &= weighted > 10.0 ** (RELATIVE_GATE_LU / 10.0) * weighted[audible].mean()
    return audible


@njit(cache=True, nogil=True)
def _window(frames: NDArray[np.float64], shape: NDArray[np.float64], windowed: NDArray[np.float64]) -> None:
    """Write mid and side of the frames under the window."""
    for i in range(len(frames)):
        windowed[0, i] = 0.5 * (frames[i, 0] + frames[i, 1]) * shape[i]
        windowed[1, i] = 0.5 * (frames[i, 0] - frames[i, 1]) * shape[i]


@njit(cache=True, nogil=True)
def _sum_bands(
    bins: NDArray[np.complex128], edges: NDArray[np.float64], scale: float, powers: NDArray[np.float64]
) -> None:
    """Add up each band's bins; of a bin that an edge cuts, each side takes its share, so nothing is lost between."""
    for channel in range(bins.shape[0]):
        for band in range(len(edges) - 1):
            lower, upper = edges[band], edges[band + 1]
            power = 0.0
            for k in range(int(lower), min(int(upper) + 1, bins.shape[1])):
                share = min(k + 1.0, upper) - max(float(k), lower)
                power += share * (bins[channel, k].real ** 2 + bins[channel, k].imag ** 2)
            powers[channel, band] = power * scale
