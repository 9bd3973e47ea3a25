"""One voice for an album: how each mix stands to the album's centre, and the few broad bands that bring it nearer.

The centre is the median of the tracks' own third-octave spectra, so no outside taste comes in, and one odd track does
not move it. Method after Ma, Reiss, Black (AES 134, 2013) in measuring and bounding, Pestana et al. (AES 135, 2013) in
comparing long-term spectra; the numbers below are taste unless they name a source.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from albums import Intent
from pipeline.measure.spectrum import Spectrum
from pipeline.process.equaliser import Band, response_db

# Broad enough to be heard as tone and not as filters; a shelf at either end, four bells between.
SHAPES = (
    ("low-shelf", 90.0, 0.7),
    ("bell", 200.0, 0.8),
    ("bell", 500.0, 0.8),
    ("bell", 1250.0, 0.8),
    ("bell", 3150.0, 0.8),
    ("high-shelf", 7000.0, 0.7),
)
WHERE = {"low-shelf": "below", "bell": "at", "high-shelf": "above"}
LOWEST_HZ, HIGHEST_HZ = 40.0, 12500.0  # outside them a mix differs by what is missing, not by tone
NORMAL_HZ = (200.0, 2000.0)  # where spectra are laid over each other
DEAD_ZONE_DB = 0.5  # differences that nobody minds
END_LIMIT_SHARE = 0.5  # of eq_limit_db, below 60 Hz and above 10 kHz
ENDS_HZ = (60.0, 10000.0)
NOTHING_THERE_DB = -50.0  # under a spectrum's highest band: no music to boost
LEAST_GAIN_DB = 0.3  # a band under it is left out
STEP_DB = 0.1  # gains are cut to it, so that equal albums get equal bands on any machine and limits hold
ROUNDS = 4  # of linearising the bands' responses; they settle in two or three


def centre_db(spectra: Sequence[Spectrum], weights: Sequence[float]) -> NDArray[np.float64]:
    """The album's centre: at each band the weighted median of the tracks' normalised mid spectra, in dB.

    `weights` are the tracks' durations. Bands that not every track has are left out: the shortest list counts.
    """
    bands = min(len(spectrum.centres_hz) for spectrum in spectra)
    levels = np.array([_normal_db(spectrum)[:bands] for spectrum in spectra])
    return np.array([_weighted_median(levels[:, band], np.asarray(weights, float)) for band in range(bands)])


def distance_db(spectrum: Spectrum, centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far `spectrum` lies over the centre at each band, smoothed to an octave, in dB."""
    over = _normal_db(spectrum)[: len(centre)] - centre
    padded = np.pad(over, 1, mode="edge")
    smooth: NDArray[np.float64] = (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0
    return smooth


def joined(spectra: Sequence[Spectrum], weights: Sequence[float]) -> Spectrum:
    """Several stretches as one: the mean of their powers at each band, by weight (their durations)."""
    if len(spectra) == 1:
        return spectra[0]
    bands = min(len(spectrum.centres_hz) for spectrum in spectra)
    return Spectrum(
        spectra[0].centres_hz[:bands],
        _mean_db([spectrum.mid_db[:bands] for spectrum in spectra], weights),
        _mean_db([spectrum.side_db[:bands] for spectrum in spectra], weights),
    )


def match(
    spectrum: Spectrum, centre: NDArray[np.float64], intent: Intent, rate_hz: int
) -> tuple[tuple[Band, ...], tuple[str, ...]]:
    """The bands that bring a track `tone_match` of the way to the centre within `eq_limit_db`, and why, one by one."""
    centres_hz = np.array(spectrum.centres_hz[: len(centre)])
    over = distance_db(spectrum, centre)
    inside = (centres_hz >= LOWEST_HZ) & (centres_hz <= HIGHEST_HZ)
    wanted = _wanted_db(over, spectrum, centres_hz, intent)
    gains = _fitted_gains_db(wanted[inside], centres_hz[inside], intent.eq_limit_db, rate_hz)
    bands = tuple(
        Band(kind, frequency_hz, gain_db, q)  # type: ignore[arg-type]
        for (kind, frequency_hz, q), gain_db in zip(SHAPES, gains, strict=True)
        if abs(gain_db) >= LEAST_GAIN_DB
    )
    reasons = tuple(_reason(band, over, centres_hz, intent) for band in bands)
    return bands, reasons or ("Tone left alone: nowhere far enough from the album's centre.",)


def _mean_db(levels: Sequence[NDArray[np.float64]], weights: Sequence[float]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = 10.0 * np.log10(np.average(10.0 ** (np.array(levels) / 10.0), axis=0, weights=weights))
    return mean


def in_words(bands: Sequence[Band]) -> str:
    """Bands in a few words: `-1.2 dB below 90 Hz, +0.8 dB at 3.15 kHz`; `as mixed` where there are none."""
    return ", ".join(f"{b.gain_db:+.1f} dB {WHERE[b.kind]} {_hertz(b.frequency_hz)}" for b in bands) or "as mixed"


def _normal_db(spectrum: Spectrum) -> NDArray[np.float64]:
    levels, centres_hz = np.asarray(spectrum.mid_db), np.array(spectrum.centres_hz)
    middle = (centres_hz >= NORMAL_HZ[0]) & (centres_hz <= NORMAL_HZ[1])
    normal: NDArray[np.float64] = levels - levels[middle].mean()
    return normal


def _weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The value at half the weight; between two values that share it, their mean, so that order never matters."""
    order = np.argsort(values, kind="stable")
    values, reached = values[order], np.cumsum(weights[order])
    half = reached[-1] / 2.0
    lower = values[np.searchsorted(reached, half * (1 - 1e-12))]
    upper = values[min(np.searchsorted(reached, half * (1 + 1e-12)), len(values) - 1)]
    return float(lower + upper) / 2.0


def _wanted_db(
    over: NDArray[np.float64], spectrum: Spectrum, centres_hz: NDArray[np.float64], intent: Intent
) -> NDArray[np.float64]:
    """The correction wished for at each band: matched, a dead zone taken off, bounded, nothing boosted from nothing."""
    beyond = np.sign(over) * np.maximum(np.abs(over) - DEAD_ZONE_DB, 0.0)
    ends = (centres_hz < ENDS_HZ[0]) | (centres_hz > ENDS_HZ[1])
    limit = intent.eq_limit_db * np.where(ends, END_LIMIT_SHARE, 1.0)
    wanted = np.clip(-intent.tone_match * beyond, -limit, limit)
    levels = np.asarray(spectrum.mid_db)[: len(centres_hz)]
    empty = levels < levels.max() + NOTHING_THERE_DB
    bounded: NDArray[np.float64] = np.where(empty, np.minimum(wanted, 0.0), wanted)
    return bounded


def _fitted_gains_db(
    wanted: NDArray[np.float64], centres_hz: NDArray[np.float64], limit_db: float, rate_hz: int
) -> list[float]:
    """Gains of SHAPES whose joint response is nearest to `wanted` by least squares, each and all within the limit."""
    gains = np.zeros(len(SHAPES))
    if limit_db <= 0.0:
        return gains.tolist()
    for _ in range(ROUNDS):
        probe = np.where(np.abs(gains) < 1.0, 1.0, gains)
        columns = np.array([_shape_db(i, g, centres_hz, rate_hz) / g for i, g in enumerate(probe)]).T
        gains = lsq_linear(columns, wanted, (-limit_db, limit_db)).x
    highest = np.abs(sum(_shape_db(i, g, centres_hz, rate_hz) for i, g in enumerate(gains))).max()
    gains = gains * min(1.0, limit_db / highest) if highest > 0.0 else gains
    return [round(math.trunc(float(g) / STEP_DB) * STEP_DB, 1) for g in gains]


def _shape_db(index: int, gain_db: float, centres_hz: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    kind, frequency_hz, q = SHAPES[index]
    return response_db((Band(kind, frequency_hz, float(gain_db), q),), rate_hz, centres_hz)  # type: ignore[arg-type]


def _reason(band: Band, over: NDArray[np.float64], centres_hz: NDArray[np.float64], intent: Intent) -> str:
    reach = {"low-shelf": centres_hz <= band.frequency_hz, "high-shelf": centres_hz >= band.frequency_hz}
    near = np.abs(np.log2(centres_hz / band.frequency_hz)) <= 0.5
    region = reach.get(band.kind, near) & (centres_hz >= LOWEST_HZ) & (centres_hz <= HIGHEST_HZ)
    distance = float(over[region].mean())
    more = "more" if band.gain_db > 0 else "less"
    side = "over" if distance > 0 else "under"
    bounded = abs(intent.tone_match * distance) > intent.eq_limit_db
    limit = f" within eq_limit_db = {intent.eq_limit_db:g}" if bounded else ""
    return (
        f"{abs(band.gain_db):.1f} dB {more} {WHERE[band.kind]} {_hertz(band.frequency_hz)}: the mix is there "
        f"{abs(distance):.1f} dB {side} the album's centre, matched {intent.tone_match:.0%} of the way{limit}."
    )


def _hertz(frequency_hz: float) -> str:
    return f"{frequency_hz / 1000:g} kHz" if frequency_hz >= 1000 else f"{frequency_hz:g} Hz"
