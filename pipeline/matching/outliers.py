"""Which tracks of an album are left alone: interludes, spoken word, a solo piece among bands. Said, and overruled.

A track that has nothing in common with the others has no place in their centre, and their centre has none for it. Its
spectrum tells most: how far it lies from the centre of the others, held against how far these lie. A voice alone is
told by what it lacks besides: bass, width, and sound between its words. All thresholds are taste.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from pipeline.analysis.analysis import Analysis
from pipeline.dsp.decibels import amplitude
from pipeline.matching.tone import Levels, Tone, centre_db, distance_db

FEWEST = 3  # tracks: of two, neither is the odd one
NEAR_DB, FAR_DB = 10.0, 19.0  # nearer nobody is an outlier, however alike the others are; farther everybody is
USUAL = 3.0  # times the median distance, in between
BASS_HZ, NO_BASS_DB = 63.0, -25.0  # re the highest band
ONE_PLACE_DB = -12.0  # side over mid
PAUSE, PAUSES = amplitude(-26.0), 0.05  # under the loud tenths of a second, and the least share of such tenths
LOUD_PERCENTILE = 90.0
SOUNDING = 0.05  # of the loud tenths: before the first and after the last of them is no pause


@dataclass(frozen=True, eq=False)
class Centre:
    """The centre of those tracks that have one voice, and how far from it at most a track lies that is of them."""

    centre_db: Levels
    farthest_db: float
    odd: tuple[bool, ...]
    """Of each tone, whether it was left out."""


def find_centre(tones: Sequence[Tone], weights: Sequence[float], told: Sequence[bool | None]) -> Centre:
    """The centre of the tones and who stands apart; `told` says of each: left out, kept in, or None, to be found.

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
    """The centre of all that are kept but one: what that one is held against."""
    others = [n for n in kept if n != track] or [track]
    return centre_db([tones[n] for n in others], [weights[n] for n in others])


def _farthest_db(distances: Sequence[float]) -> float:
    """How far a track may lie from the centre, by how far all do."""
    if len(distances) < FEWEST:
        return float("inf")
    return round(min(max(NEAR_DB, USUAL * median(distances)), FAR_DB), 1)


def is_far(distance_db: float, farthest_db: float | None) -> bool:
    """Whether a track stands apart; nobody does where there are too few to tell."""
    return farthest_db is not None and distance_db > farthest_db


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
