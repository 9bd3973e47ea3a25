"""The tempo of an ending, where it has a clear one: how strokes repeat in the last 20 s before it.

The autocorrelation of how much the bands rise, weighted towards a walking tempo (as in D. P. W. Ellis, "Beat tracking
by dynamic programming", Journal of New Music Research 36(1), 2007).
"""

import numpy as np

from pipeline.analysis.edges.audibility import Music
from pipeline.analysis.edges.band_envelope import HOPS_PER_S
from pipeline.analysis.edges.ending_kind import WANDER_DB, rises_db
from pipeline.dsp.types import Floats

LAST_S, LEAST_S = 20, 6  # this much is listened to, and this much must be there
SLOWEST_BPM, FASTEST_BPM = 50.0, 200.0
WALKING_BPM, WIDTH_OCTAVES = 110.0, 0.9  # taste
LARGEST_RISE_DB = 12.0  # a louder stroke counts no more
CLEAR = 0.25  # strokes of a clear tempo correlate this well with themselves a beat later
BEATS = 4  # the beat is measured over this many


def pulse_bpm(music: Music, heard: int) -> float | None:
    """Beats per minute before the hop `heard`, to 0.1; None where no pulse is clear."""
    first = max(0, heard - LAST_S * HOPS_PER_S)
    if heard - first < LEAST_S * HOPS_PER_S:
        return None
    least = np.maximum(music.least_dbfs, music.threshold_dbfs - 10.0)
    rises = rises_db(music.powers[first : heard + 1], least)
    strokes = np.clip(np.where(rises > WANDER_DB, rises, 0.0), 0.0, LARGEST_RISE_DB).sum(axis=1)
    correlation = _correlation(strokes - strokes.mean())
    lags = np.arange(round(60 * HOPS_PER_S / FASTEST_BPM), round(60 * HOPS_PER_S / SLOWEST_BPM) + 1)
    octaves = np.log2(60.0 * HOPS_PER_S / lags / WALKING_BPM)
    weighted = (correlation[lags] + correlation[2 * lags]) * np.exp(-0.5 * (octaves / WIDTH_OCTAVES) ** 2)
    lag = int(lags[np.argmax(np.round(weighted, 3))])
    return round(60.0 * HOPS_PER_S / _exact(correlation, lag), 1) if correlation[lag] >= CLEAR else None


def _correlation(strokes: Floats) -> Floats:
    """The autocorrelation, 1 at lag 0."""
    spectrum = np.abs(np.fft.rfft(strokes, 2 * len(strokes))) ** 2
    products = np.fft.irfft(spectrum)[: len(strokes)]
    correlation: Floats = products / max(float(products[0]), 1e-12)
    return correlation


def _exact(correlation: Floats, lag: int) -> float:
    """The beat in hops, measured over four beats by a parabola through the highest and its neighbours."""
    around = lag
    for beats in range(2, BEATS + 1):
        centre = round(around * beats / max(1, beats - 1))
        reach = correlation[centre - 3 : centre + 4]
        if len(reach) < 7:
            return around / (beats - 1)
        around = centre - 3 + int(np.argmax(np.round(reach, 6)))
    left, middle, right = (float(correlation[around + k]) for k in (-1, 0, 1))
    bend = left - 2.0 * middle + right
    return (around + (0.5 * (left - right) / bend if bend else 0.0)) / BEATS
