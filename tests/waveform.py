"""The waveform between samples, the plain way: every phase of a windowed sinc by a convolution of its own."""

import numpy as np
from scipy.signal import fftconvolve

HALF = 48


def true_peak(sound, oversampling=16, beta=8.6):
    """The highest magnitude of `sound`, (frames,) or (frames, channels), preceded and followed by silence."""
    columns = sound[:, None] if sound.ndim == 1 else sound
    taps = np.arange(-HALF + 1, HALF + 1)
    peak = np.abs(sound).max(initial=0.0)
    for phase in range(1, oversampling):
        distance = taps - phase / oversampling
        window = np.i0(beta * np.sqrt(np.clip(1 - (distance / HALF) ** 2, 0, 1))) / np.i0(beta)
        peak = max(peak, np.abs(fftconvolve(columns, (np.sinc(distance) * window)[:, None], axes=0)).max())
    return float(peak)


def true_peak_dbtp(sound, oversampling=16):
    """The same in decibels."""
    return float(20 * np.log10(true_peak(sound, oversampling)))
