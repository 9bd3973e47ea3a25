"""Which tracks of an album are left alone: interludes, spoken word, a solo piece among bands.

A track that has nothing in common with the others does not count for their centre, and is not brought towards it. The
reason is told, and the artist can overrule it. The spectrum tells most: a track's distance from the centre of the
others is compared with their distances. A voice alone is recognised by what else it lacks: bass, width, and sound
between its words. All thresholds are taste.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from pipeline.analysis.analysis import Analysis
from pipeline.dsp.decibels import amplitude
from pipeline.matching.tone import Levels, Tone, centre_db, distance_db

FEWEST = 3  # of two tracks, neither is the odd one
NEAR_DB, FAR_DB = 10.0, 19.0  # nearer no track is an outlier, however alike the others are; farther every track is
USUAL = 3.0  # in between, an outlier lies beyond this many times the median distance
BASS_HZ, NO_BASS_DB = 63.0, -25.0  # in speech, bands up to 63 Hz are no higher than this re the highest band
ONE_PLACE_DB = -12.0  # a voice in one place has no more side re mid than this
# A pause is this far under the loud tenths of a second; speech has at least this share of such tenths.
PAUSE, PAUSES = amplitude(-26.0), 0.05
LOUD_PERCENTILE = 90.0
SOUNDING = 0.05  # a tenth sounds above this share of the loud ones; before the first and after the last is no pause
LONGEST_INTERLUDE_S, INTERLUDE_SHARE = 90.0, 0.5  # an interlude lasts less than this, and than this share of the median


@dataclass(frozen=True, eq=False)
class Centre:
    """The centre of the tracks that share one voice, and how far from it at most such a track lies."""

    centre_db: Levels
    farthest_db: float
    odd: tuple[bool, ...]
    """For each tone, whether it was left out."""


def find_centre(tones: Sequence[Tone], weights: Sequence[float], told: Sequence[bool | None]) -> Centre:
    """The centre of the tones, and which stand apart; `told` says of each: left out, kept in, or None, to be found.

    The order of the tones does not matter. Where all are told to stay out, all count for the centre.
    """
    odd = [each is True for each in told]
    if all(odd):
        odd = [False] * len(odd)
    while True:
        kept = [n for n, out in enumerate(odd) if not out]
        centre = centre_db([tones[n] for n in kept], [weights[n] for n in kept])
        distances = {n: distance_db(tones[n], _without(n, kept, tones, weights)) for n in kept}
        farthest = _farthest_db(list(distances.values()))
        found = [n for n in kept if distances[n] > farthest and told[n] is None]
        if not found:
            return Centre(centre, farthest, tuple(odd))
        odd[max(found, key=distances.__getitem__)] = True  # one at a time: the others are seen better without it


def _without(track: int, kept: Sequence[int], tones: Sequence[Tone], weights: Sequence[float]) -> Levels:
    """The centre of all that are kept but one: what that one is compared with."""
    others = [n for n in kept if n != track] or [track]
    return centre_db([tones[n] for n in others], [weights[n] for n in others])


def _farthest_db(distances: Sequence[float]) -> float:
    """How far a track may lie from the centre, from the distances of all."""
    if len(distances) < FEWEST:
        return float("inf")
    return round(min(max(NEAR_DB, USUAL * median(distances)), FAR_DB), 1)


def is_far(distance_db: float, farthest_db: float | None) -> bool:
    """Whether a track stands apart; none does where there are too few to tell."""
    return farthest_db is not None and distance_db > farthest_db


def interlude_s(durations_s: Sequence[float]) -> float:
    """What is shorter than this is an interlude or a sketch, in an album of pieces that last `durations_s`."""
    return round(min(LONGEST_INTERLUDE_S, INTERLUDE_SHARE * median(durations_s)), 1)


def is_spoken(analyses: Iterable[Analysis]) -> bool:
    """Whether this sounds like a voice that speaks and nothing else."""
    return all(_is_spoken(analysis) for analysis in analyses)


def _is_spoken(analysis: Analysis) -> bool:
    levels, width_db = analysis.spectrum.mid_db, analysis.stereo.side_to_mid_db
    bass = np.array(analysis.spectrum.centres_hz) <= BASS_HZ
    if levels[bass].max() > levels.max() + NO_BASS_DB or (width_db is not None and width_db > ONE_PLACE_DB):
        return False
    peaks = analysis.true_peak.tenth_peaks
    loud = float(np.percentile(peaks, LOUD_PERCENTILE)) if len(peaks) else 0.0
    sounding = np.flatnonzero(peaks > SOUNDING * loud)
    if not len(sounding):
        return False
    between = peaks[sounding[0] : sounding[-1] + 1]
    return bool(np.mean(between < PAUSE * loud) >= PAUSES)
