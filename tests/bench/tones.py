"""What a limiter makes of steady tones: all that comes out and did not go in, as THD+N."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.dsp.decibels import amplitude, decibels
from tests.bench.driving import CEILING_DBTP
from tests.bench.limiters import Process

RATE_HZ = 44_100
OVER_DB = 6.0
LENGTH_S, SETTLING_S = 4.0, 1.0  # so long at either end is not judged
PAIR_HZ, BASS_HZ = (60.0, 1000.0), (50.0,)


def limited_thd_n_db(process: Process, frequencies_hz: Sequence[float]) -> float:
    """THD+N of what `process` makes of equally strong tones that together peak 6 dB over its ceiling."""
    time_s = np.arange(round(LENGTH_S * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2.0 * np.pi * frequency_hz * time_s) for frequency_hz in frequencies_hz)
    wave *= amplitude(CEILING_DBTP + OVER_DB) / np.abs(wave).max()
    limited = process(np.column_stack([wave, wave]), RATE_HZ, CEILING_DBTP)
    edge = round(SETTLING_S * RATE_HZ)
    return thd_n_db(limited[edge:-edge, 0], frequencies_hz, RATE_HZ)


def thd_n_db(wave: NDArray[np.float64], frequencies_hz: Sequence[float], rate_hz: int) -> float:
    """What is left of `wave` without the tones that it should be, relative to all of it; a constant is no part of it.

    The tones are taken out by least squares, so that no window smears them.
    """
    phase = 2.0 * np.pi / rate_hz * np.arange(len(wave))[:, None] * np.asarray(frequencies_hz)
    expected = np.hstack([np.sin(phase), np.cos(phase)])
    heard = wave - wave.mean()
    rest = heard - expected @ np.linalg.lstsq(expected, heard)[0]
    return decibels(float(np.linalg.norm(rest) / np.linalg.norm(heard)))
