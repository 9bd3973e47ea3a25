"""One voice for an album: its centre of tone, and how far each track lies from it.

The centre is the trimmed mean, weighted by duration, of the tracks' own third-octave spectra: an eighth is left out at
either end, so that one odd track moves it little, and it is steadier than a median of few tracks. No outside taste
comes in, unless the artist names a reference. Long-term spectra are compared as by Pestana et al. (AES 135, 2013); the
numbers below are taste.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ, Spectrum
from pipeline.processors.equaliser import Band, response_db

Levels = NDArray[np.float64]

COMPARED_HZ = (60.0, 12500.0)  # tracks are compared over this range
NORMAL_HZ = (200.0, 2000.0)  # spectra are aligned in level over this range
SIDE_ABOVE_HZ = 150.0  # below it a record or a club loses the side anyway
FAR_OFF_DB = 6.0  # a band this far off differs by what is played
NOTHING_THERE_DB = (50.0, 60.0)  # this far under a spectrum's highest band, music gives way to its noise
CENTRE_DIGITS = 2  # the centre is rounded, so that it is equal on any machine too
MIDDLE = (0.125, 0.875)  # what lies between these shares of the weight counts


@dataclass(frozen=True, eq=False)
class Tone:
    """How a stretch of music is coloured, in dB at each band up to `len(level_db)`, its middle range at zero.

    `is_carried` is false from where a codec or an old sample rate cut it off. `wander_db` is by how much each band
    changes from part to part, its standard deviation; none where it is not known.
    """

    level_db: Levels
    is_carried: NDArray[np.bool_]
    wander_db: Levels | None = None

    @property
    def centres_hz(self) -> Levels:
        """The nominal centre frequencies of the bands."""
        return np.array(NOMINAL_CENTRES_HZ[: len(self.level_db)])

    @property
    def depth_db(self) -> Levels:
        """How far each band lies under the highest."""
        return np.asarray(self.level_db.max() - self.level_db)

    @property
    def presence(self) -> Levels:
        """1 for a band that holds music, 0 for one that holds only its noise."""
        return np.where(self.is_carried, 1.0 - ramp(self.depth_db, NOTHING_THERE_DB), 0.0)

    def through(self, bands: Sequence[Band], rate_hz: int) -> "Tone":
        """The same tone after an equaliser."""
        change_db = response_db(bands, rate_hz, self.centres_hz)
        return replace(self, level_db=levelled_db(self.level_db + change_db)) if bands else self


def tone_of(spectrum: Spectrum, highest_hz: float = math.inf) -> Tone:
    """The tone of a spectrum: mid and side together, but under 150 Hz the mid alone.

    From `highest_hz` on, where a codec or an old sample rate cut it off, nothing is carried.
    """
    mid, side = (10.0 ** (levels / 10.0) for levels in (spectrum.mid_db, spectrum.side_db))
    centres_hz = np.array(spectrum.centres_hz)
    level_db: Levels = 10.0 * np.log10(mid + np.where(centres_hz > SIDE_ABOVE_HZ, side, 0.0))
    return Tone(levelled_db(level_db), centres_hz < highest_hz, spectrum.wander_db)


def centre_db(tones: Sequence[Tone], weights: Sequence[float]) -> Levels:
    """The centre of several tones: at each band the trimmed mean, by weight, of those that hold music there, in dB.

    Bands that not every tone has are left out: the shortest counts. Where none holds music, all count.
    """
    bands = min(len(tone.level_db) for tone in tones)
    levels = np.array([tone.level_db[:bands] for tone in tones])
    presence = np.array([tone.presence[:bands] for tone in tones])
    counting = np.where(presence.any(axis=0), presence, 1.0) * np.asarray(weights, float)[:, None]
    centre = np.array([_trimmed_mean(levels[:, band], counting[:, band]) for band in range(bands)])
    return np.round(centre, CENTRE_DIGITS)


def over_db(tone: Tone, centre: Levels) -> Levels:
    """How far `tone` lies over the centre at each band that both have, in dB.

    Level does not count: the two are aligned so that, from 60 Hz to 12.5 kHz, the tone lies as much over the centre as
    under it, where a band far off counts for no more than 6 dB.
    """
    bands = min(len(tone.level_db), len(centre))
    over = tone.level_db[:bands] - centre[:bands]
    presence = np.where(between(COMPARED_HZ, bands), tone.presence[:bands], 0.0)
    if not presence.any():
        return np.asarray(over)
    over = over - np.median(over[presence > 0.0])
    return np.asarray(over - np.average(np.clip(over, -FAR_OFF_DB, FAR_OFF_DB), weights=presence))


def distance_db(tone: Tone, centre: Levels) -> float:
    """How far apart the two are as a whole, in dB: root mean square from 60 Hz to 12.5 kHz, where it carries sound."""
    over = over_db(tone, centre)
    compared = between(COMPARED_HZ, len(over)) & tone.is_carried[: len(over)]
    return float(np.sqrt(np.mean(np.square(over[compared])))) if compared.any() else 0.0


def levelled_db(levels: Levels) -> Levels:
    """Levels with the mean of their middle range, 200 Hz to 2 kHz, at zero."""
    normal: Levels = levels - levels[between(NORMAL_HZ, len(levels))].mean()
    return normal


def between(span_hz: tuple[float, float], bands: int) -> NDArray[np.bool_]:
    """Which bands have their centres in a span."""
    centres_hz = np.array(NOMINAL_CENTRES_HZ[:bands])
    return (centres_hz >= span_hz[0]) & (centres_hz <= span_hz[1])


def _trimmed_mean(values: Levels, weights: Levels) -> float:
    """The mean of what lies in MIDDLE of the weight; equal values, or one across a border, count by their share."""
    order = np.lexsort((weights, values))
    values, reached = values[order], np.concatenate([[0.0], np.cumsum(weights[order])]) / weights.sum()
    inside = np.diff(np.clip(reached, *MIDDLE))
    return float(inside @ values / inside.sum())


def ramp(values: Levels, span: tuple[float, float]) -> Levels:
    """From zero at the beginning of a span to one at its end."""
    return np.asarray(np.clip((values - span[0]) / (span[1] - span[0]), 0.0, 1.0))
