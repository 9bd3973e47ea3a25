"""The waveform between samples, the plain way: every phase of a windowed sinc by a convolution of its own."""

import numpy as np
from scipy.signal import fftconvolve

HALF = 48
BETA = 8.6
FINE = 128  # points per sample, around what is highest on the coarser grid
HIGHEST = 4000  # frames that are looked at so finely


def true_peak(sound, oversampling=16):
    """The highest magnitude of `sound`, (frames,) or (frames, channels), preceded and followed by silence."""
    columns = sound[:, None] if sound.ndim == 1 else sound
    heard = np.pad(columns, ((2 * HALF, 2 * HALF), (0, 0)))
    coarse = np.abs(heard)
    for phase in range(1, oversampling):
        points = fftconvolve(heard, taps(phase / oversampling)[:, None], axes=0)[HALF : HALF + len(heard)]
        coarse = np.maximum(coarse, np.abs(points))
    return max(_finely(heard[:, channel], coarse[:, channel]) for channel in range(columns.shape[1]))


def _finely(heard, coarse):
    highest = np.argsort(coarse[HALF:-HALF])[-HIGHEST:] + HALF
    around = heard[highest[:, None] + np.arange(-HALF + 1, HALF + 1)]
    return max(float(np.abs(around @ taps(phase / FINE)[::-1]).max()) for phase in range(FINE))


def taps(distance):
    """The windowed sinc that gives the waveform after each sample, at this share of the distance to the next."""
    place = np.arange(-HALF, HALF) + distance
    window = np.i0(BETA * np.sqrt(np.clip(1 - (place / HALF) ** 2, 0, 1))) / np.i0(BETA)
    return np.sinc(place) * window


def true_peak_dbtp(sound, oversampling=16):
    """The same in decibels."""
    return float(20 * np.log10(true_peak(sound, oversampling)))
