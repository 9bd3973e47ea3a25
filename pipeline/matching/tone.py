"""One voice for an album: how each track differs from the album's centre, and the few broad bands that bring it nearer.

The centre is the trimmed mean, weighted by duration, of the tracks' own third-octave spectra: an eighth is left out at
either end, so that one odd track moves it little, and it is steadier than a median of few tracks. No outside taste
comes in, unless the artist names a reference. What is fitted is a projection on fixed, broad bells and shelves, so that
an error of such a shape is corrected whatever the music. The method follows Ma, Reiss, Black (AES 134, 2013) in
measuring and bounding, Pestana et al. (AES 135, 2013) in comparing long-term spectra; the numbers below are taste
unless they name a source.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from albums import Intent
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ, Spectrum
from pipeline.plan.treatment import WHERE, hertz
from pipeline.processors.equaliser import Band, response_db

Levels = NDArray[np.float64]

# They are broad enough to be heard as tone and not as filters: a shelf at either end, a bell for each octave between.
SHAPES: tuple[tuple[Literal["low-shelf", "bell", "high-shelf"], float, float], ...] = (
    ("low-shelf", 40.0, 0.7),
    *(("bell", frequency_hz, 1.0) for frequency_hz in (80.0, 160.0, 315.0, 630.0, 1250.0, 2500.0, 5000.0, 10000.0)),
    ("high-shelf", 14000.0, 0.7),
)
LOWEST_HZ, HIGHEST_HZ = 31.5, 12500.0  # outside them a mix differs by what is missing, not by tone
COMPARED_HZ = (60.0, HIGHEST_HZ)  # tracks are compared over this range
NORMAL_HZ = (200.0, 2000.0)  # spectra are aligned in level over this range
SIDE_ABOVE_HZ = 150.0  # below it a record or a club loses the side anyway
FAR_OFF_DB = 6.0  # a band this far off differs by what is played
DEAD_ZONE_DB = (0.6, 1.2)  # a difference up to the first does not count, from the second on all of it does
END_LIMIT_SHARE = 0.5  # this share of eq_limit_db is allowed below 60 Hz and above 10 kHz
ENDS_HZ = (60.0, 10000.0)
NOTHING_THERE_DB = (50.0, 60.0)  # this far under a spectrum's highest band, music gives way to its noise
UNPLAYED_DB = 15.0  # a band this far under the centre was not played
GIVES_WAY = 0.4  # dB that a boost loses for each dB beyond one of the two above: a cliff would magnify a small error
FIRMLY = 4.0  # bands that must not be boosted count this many times as much as others
LEAST_CHANGE_DB = 0.7  # less than this everywhere is not worth an equaliser, and what was matched once stays as it is
LEAST_GAIN_DB = 0.4  # a band under it is left out
STEP_DB = 0.1  # gains are cut to it, so that equal albums get equal bands on any machine and limits hold
CENTRE_DIGITS = 2  # the centre is rounded, so that it is equal on any machine too
NUDGE = 1e-5  # steps of tolerance: a gain that is at a limit but for its last bits is cut to the limit
HALF_OCTAVE = math.sqrt(2.0)
CLOSED_DB = 1e-9  # a bound this small is as good as zero
ROUNDS = 6  # the bands' responses are linearised and held to the limit this often; they settle in three or four
MIDDLE = (0.125, 0.875)  # what lies between these shares of the weight counts
FINE_HZ = np.geomspace(20.0, 20000.0, 61)  # an equaliser is held to its limit at these


@dataclass(frozen=True, eq=False)
class Tone:
    """How a stretch of music is coloured, in dB at each band up to `len(level_db)`, its middle range at zero.

    `is_carried` is false from where a codec or an old sample rate cut it off.
    """

    level_db: Levels
    is_carried: NDArray[np.bool_]

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
        return np.where(self.is_carried, 1.0 - _ramp(self.depth_db, NOTHING_THERE_DB), 0.0)

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
    return Tone(levelled_db(level_db), centres_hz < highest_hz)


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
    presence = np.where(_between(COMPARED_HZ, bands), tone.presence[:bands], 0.0)
    if not presence.any():
        return np.asarray(over)
    over = over - np.median(over[presence > 0.0])
    return np.asarray(over - np.average(np.clip(over, -FAR_OFF_DB, FAR_OFF_DB), weights=presence))


def distance_db(tone: Tone, centre: Levels) -> float:
    """How far apart the two are as a whole, in dB: root mean square from 60 Hz to 12.5 kHz, where it carries sound."""
    over = over_db(tone, centre)
    compared = _between(COMPARED_HZ, len(over)) & tone.is_carried[: len(over)]
    return float(np.sqrt(np.mean(np.square(over[compared])))) if compared.any() else 0.0


def match(
    tone: Tone, centre: Levels, intent: Intent, rate_hz: int, towards: str = "the album's centre"
) -> tuple[tuple[Band, ...], tuple[str, ...]]:
    """The bands that bring a track `tone_match` of the way to the centre within `eq_limit_db`, and why, one by one.

    `towards` is what the reasons call the centre.
    """
    over = over_db(tone, centre)
    wanted, weights = _wanted_db(over, tone, intent)
    gains = _fitted_gains_db(wanted, weights, over, intent.eq_limit_db, rate_hz)
    chosen = [(index, gain_db) for index, gain_db in enumerate(gains) if gain_db]
    bands = tuple(_band(index, gain_db) for index, gain_db in chosen)
    reasons = tuple(_reason(index, gain_db, over, intent, towards) for index, gain_db in chosen)
    return bands, reasons or (f"Tone left alone: nowhere far enough from {towards}.",)


def levelled_db(levels: Levels) -> Levels:
    """Levels with the mean of their middle range, 200 Hz to 2 kHz, at zero."""
    normal: Levels = levels - levels[_between(NORMAL_HZ, len(levels))].mean()
    return normal


def _between(span_hz: tuple[float, float], bands: int) -> NDArray[np.bool_]:
    """Which bands have their centres in a span."""
    centres_hz = np.array(NOMINAL_CENTRES_HZ[:bands])
    return (centres_hz >= span_hz[0]) & (centres_hz <= span_hz[1])


def _trimmed_mean(values: Levels, weights: Levels) -> float:
    """The mean of what lies in MIDDLE of the weight; equal values, or one across a border, count by their share."""
    order = np.lexsort((weights, values))
    values, reached = values[order], np.concatenate([[0.0], np.cumsum(weights[order])]) / weights.sum()
    inside = np.diff(np.clip(reached, *MIDDLE))
    return float(inside @ values / inside.sum())


def _ramp(values: Levels, span: tuple[float, float]) -> Levels:
    """From zero at the beginning of a span to one at its end."""
    return np.asarray(np.clip((values - span[0]) / (span[1] - span[0]), 0.0, 1.0))


def _wanted_db(over: Levels, tone: Tone, intent: Intent) -> tuple[Levels, Levels]:
    """The correction wanted at each band, within its bounds, and its weight; a band without music is not boosted."""
    centres_hz = tone.centres_hz[: len(over)]
    wanted = -intent.tone_match * over * _ramp(np.abs(over), DEAD_ZONE_DB)
    ends = (centres_hz < ENDS_HZ[0]) | (centres_hz > ENDS_HZ[1])
    limit = intent.eq_limit_db * np.where(ends, END_LIMIT_SHARE, 1.0)
    wanted = np.clip(wanted, -limit, limit)
    beyond = np.maximum(-over - UNPLAYED_DB, tone.depth_db[: len(over)] - NOTHING_THERE_DB[0])
    given_way = np.where(tone.is_carried[: len(over)], np.clip(GIVES_WAY * beyond, 0.0, limit), limit)
    firmly = 1.0 + (FIRMLY - 1.0) * np.where(wanted > 0.0, given_way / max(intent.eq_limit_db, CLOSED_DB), 0.0)
    wanted = np.minimum(wanted, limit - given_way)
    return wanted, np.where(_between((LOWEST_HZ, HIGHEST_HZ), len(over)), firmly, 0.0)


def _fitted_gains_db(wanted: Levels, weights: Levels, over: Levels, limit_db: float, rate_hz: int) -> list[float]:
    """Gains of SHAPES whose joint response is nearest to `wanted` by least squares, each and all within the limit.

    None moves its range away from the centre: a band that only makes up for its neighbour would have no reason.
    """
    gains = np.zeros(len(SHAPES))
    if limit_db <= 0.0 or np.abs(wanted).max() < LEAST_CHANGE_DB:
        return gains.tolist()
    used = weights > 0.0
    centres_hz, firmly = np.array(NOMINAL_CENTRES_HZ[: len(wanted)])[used], weights[used]
    at_ends = np.array([not ENDS_HZ[0] <= frequency_hz <= ENDS_HZ[1] for _, frequency_hz, _ in SHAPES])
    most = limit_db * np.where(at_ends, END_LIMIT_SHARE, 1.0)
    is_over = np.array([over[_reach(index, len(over))].mean() > 0.0 for index in range(len(SHAPES))])
    bounds = np.where(is_over, -most, -CLOSED_DB), np.where(is_over, CLOSED_DB, most)
    fine_hz = FINE_HZ[0.49 * rate_hz > FINE_HZ]
    held = np.zeros(len(fine_hz))  # where the equaliser went over its limit: what it is held to there
    for _ in range(ROUNDS):
        probe = np.where(np.abs(gains) < 1.0, 1.0, gains)
        columns, fine = (
            np.array([_shape_db(i, g, at_hz, rate_hz) / g for i, g in enumerate(probe)]).T
            for at_hz in (centres_hz, fine_hz)
        )
        within = held != 0.0
        matrix = np.concatenate([columns * firmly[:, None], fine[within] * FIRMLY])
        gains = lsq_linear(matrix, np.concatenate([wanted[used] * firmly, held[within] * FIRMLY]), bounds).x
        response = fine @ gains
        held = np.where(np.abs(response) > limit_db, np.sign(response) * limit_db, held)
    while True:
        cut = [_cut(float(gain_db)) for gain_db in gains]
        highest = np.abs(sum(_shape_db(i, g, fine_hz, rate_hz) for i, g in enumerate(cut))).max()
        if highest <= limit_db:
            return cut
        gains = gains * (limit_db / highest)


def _cut(gain_db: float) -> float:
    """A gain cut to whole steps; zero where it is too small for a band."""
    cut = round(math.trunc(gain_db / STEP_DB + math.copysign(NUDGE, gain_db)) * STEP_DB, 1)
    return cut if abs(cut) >= LEAST_GAIN_DB else 0.0


def _reach(index: int, bands: int) -> NDArray[np.bool_]:
    """The bands that say what a shape is to do: within half an octave of a bell, from there to the end for a shelf."""
    kind, frequency_hz, _ = SHAPES[index]
    lowest_hz = LOWEST_HZ if kind == "low-shelf" else frequency_hz / HALF_OCTAVE
    return _between((lowest_hz, HIGHEST_HZ if kind == "high-shelf" else frequency_hz * HALF_OCTAVE), bands)


def _band(index: int, gain_db: float) -> Band:
    kind, frequency_hz, q = SHAPES[index]
    return Band(kind, frequency_hz, gain_db, q)


def _shape_db(index: int, gain_db: float, frequencies_hz: Levels, rate_hz: int) -> Levels:
    return response_db((_band(index, float(gain_db)),), rate_hz, frequencies_hz)


def _reason(index: int, gain_db: float, over: Levels, intent: Intent, towards: str) -> str:
    kind, frequency_hz, _ = SHAPES[index]
    distance = float(over[_reach(index, len(over))].mean())
    more = "more" if gain_db > 0 else "less"
    side = "over" if distance > 0 else "under"
    bounded = abs(intent.tone_match * distance) > intent.eq_limit_db
    limit = f" within eq_limit_db = {intent.eq_limit_db:g}" if bounded else ""
    return (
        f"{abs(gain_db):.1f} dB {more} {WHERE[kind]} {hertz(frequency_hz)}: the mix is there "
        f"{abs(distance):.1f} dB {side} {towards}, matched {intent.tone_match:.0%} of the way{limit}."
    )
