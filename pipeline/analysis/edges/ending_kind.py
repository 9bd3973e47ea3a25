"""In what manner music comes to its end: faded out by a hand, left to ring, stopped, or not at all.

Under a fade the music goes on: notes are struck at ever lower levels, or enter softly, or, where nothing is new, the
level stays for a while after the last stroke and then sinks, in all bands alike. What rings out is struck once more and
then falls in a straight line of decibels or one that flattens, or it is held and let go, and each band falls at its own
pace. All thresholds are taste, tried on synthesised and real endings.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy.ndimage import uniform_filter1d

from pipeline.analysis.edges.audibility import GONE_DBFS, Music
from pipeline.analysis.edges.band_envelope import HOPS_PER_S, decibels_of
from pipeline.analysis.edges.new_notes import entering
from pipeline.dsp.types import Block, Floats

FULL_S, STROKES_S = 20, 15  # how far before the end the full level and the last strokes are looked for
FULL_PERCENTILE = 90.0  # full sound lies at this percentile of the levels over 0.2 s
FALLEN_DB = 6.0  # this far under full sound, the decline has begun
COLD_S = 0.55  # a stop takes no longer from then until nothing is heard, the room included
NEARLY_FULL_DB, STOP_S = 12.0, 0.4  # a stop may also begin this far under full sound, and then takes no longer
STOPPED_DB, PLUNGE_S = 30.0, 0.25  # a stop may also fall this far in this time, however long the room rings
SHORTEST_FADE_S = 1.0
SUNK_DB, DEEP_DB = 20.0, 40.0  # what has sunk this far under full sound at the last sample was not cut off in it
WANDER_DB = np.array([6.0, 4.0, 3.0, 2.2, 1.6, 1.2, 1.0, 1.0, 1.0])  # noise in a band wanders this far from hop to hop
STROKE = 3.0  # a stroke rises this many times as far as noise wanders
RISE_DB, CLEAR_RISE_DB = 4.0, 8.0  # a stroke rises by the first in two bands, or by the second in one
CALM = 20  # hops: a stroke under the decline comes later than this after its start
APART = 10  # hops: strokes that are nearer to each other count as one
FREE = (0.0, 0.55, 0.65, 0.75)
"""The least share of the whole fall that comes after the last stroke of what rings out, with none, one, two or more
strokes under the decline. With less, that stroke is one of a series in a fade."""
ENTERING = 0.03  # the music goes on if notes that enter under the decline hold this share of the power
# Music goes on if its level, over SWELL_HOPS, climbs by SWELL_DB at SWELL_FROM or later in the decline.
SWELL_DB, SWELL_FROM, SWELL_HOPS = 3.0, 20, 25
OVER_PEAK_DB = 3.0  # what rises this far over the last stroke has swelled without one, and declines from later on
BULGE, BULGE_PER_DB = 0.03, 0.06
"""Shares of the way down: in a fade the level stays farther above a straight line in decibels, in the mean, than the
first, and than the second for every decibel by which the bands fall unlike. A hand draws all bands down alike, a room
the highest first."""
UNLIKE_DB, UNLIKE_PART = 18.0, 0.8  # the bands' falls are compared this far down, in dB and as a share of it all
# Bands count that are within FAINT_DB of the loudest and CLEAR_DB over the noise; falls count up to MOST_DB.
FAINT_DB, CLEAR_DB, MOST_DB = 30.0, 20.0, 40.0


@dataclass(frozen=True)
class Decline:
    """How the music declines to the last hop at which it is heard, and for how long."""

    kind: Literal["fade", "ring-out", "cold"]
    at_last_sample: Literal["fade", "ring-out", "cold", "sound"]
    """What it is if nothing follows: music that has not sunk far is in full sound still."""
    decay_s: float
    pace_db_per_s: float
    """How fast it falls."""


def decline_of(music: Music, heard: int, since: Callable[[int], Block], rate_hz: int) -> Decline:
    """How `music` declines to the hop `heard`, the last that is heard.

    `since` reads the sound itself from a hop up to that, at `rate_hz`; only where the levels alone do not decide.
    """
    levels = decibels_of(uniform_filter1d(10.0 ** (music.levels_dbfs[: heard + 1] / 10.0), 10, mode="nearest"))
    full = full_dbfs(music.levels_dbfs[: heard + 1])
    begins = _last_over(levels, full - FALLEN_DB)
    fallen_db, fall_s = max(0.0, full - float(levels[-1])), (heard - begins) / HOPS_PER_S
    if fall_s <= COLD_S or _is_stop(levels, full):
        kind: Literal["fade", "ring-out", "cold"] = "cold"
    else:
        is_fade = fall_s >= SHORTEST_FADE_S and _is_fade(
            music, levels, begins, fallen_db, lambda hop: entering(since(hop), rate_hz)
        )
        kind = "fade" if is_fade else "ring-out"
    pace = max(1.0, (fallen_db - FALLEN_DB) / max(fall_s, 1.0 / HOPS_PER_S))
    sunk = fallen_db >= (SUNK_DB if kind == "cold" or fall_s >= SHORTEST_FADE_S else DEEP_DB)
    return Decline(kind, kind if sunk else "sound", round(fall_s, 2), pace)


def _last_over(levels: Floats, least_dbfs: float) -> int:
    over = np.flatnonzero(levels >= least_dbfs)
    return int(over[-1]) if len(over) else 0


def _is_stop(levels: Floats, full: float) -> bool:
    """Whether nearly full sound plunges in a moment, or the last second holds some, and all of it ends soon after."""
    plunge_s = (_last_over(levels, full - STOPPED_DB) - _last_over(levels, full - NEARLY_FULL_DB)) / HOPS_PER_S
    if plunge_s <= PLUNGE_S and float(levels[-1]) < full - STOPPED_DB:
        return True
    loudest = float(levels[-HOPS_PER_S:].max())
    begins = _last_over(levels, loudest - FALLEN_DB)
    return loudest >= full - NEARLY_FULL_DB and len(levels) - 1 - begins <= STOP_S * HOPS_PER_S


def full_dbfs(levels_dbfs: Floats) -> float:
    """The level of full sound in the last 20 s."""
    recent = 10.0 ** (levels_dbfs[-FULL_S * HOPS_PER_S :] / 10.0)
    return float(np.percentile(decibels_of(uniform_filter1d(recent, 20, mode="nearest")), FULL_PERCENTILE))


def rises_db(powers: Floats, least_dbfs: Floats) -> Floats:
    """How far each band rises at each hop: the next 30 ms against the loudest of 30 ms to 60 ms before."""
    levels = np.maximum(decibels_of(powers), least_dbfs)
    padded = np.pad(levels, ((6, 2), (0, 0)), mode="edge")
    count = len(levels)
    after = np.mean([padded[6 + k : 6 + k + count] for k in range(3)], axis=0)
    before = np.max([padded[6 - k : 6 - k + count] for k in (3, 4, 5, 6)], axis=0)
    rises: Floats = after - before
    return rises


def _strokes(music: Music, heard: int) -> list[int]:
    """The hops, of the last 15 s, at which something is struck."""
    first = max(0, heard - STROKES_S * HOPS_PER_S)
    rises = rises_db(music.powers[first : heard + 1], np.maximum(music.least_dbfs, music.threshold_dbfs - 10.0))
    above_noise = rises > STROKE * WANDER_DB
    two = (above_noise & (rises > RISE_DB)).sum(axis=1) >= 2
    one = (above_noise & (rises > CLEAR_RISE_DB)).any(axis=1)
    return [first + hop for hop in np.flatnonzero(two | one).tolist()]


def _is_fade(
    music: Music, levels: Floats, begins: int, fallen_db: float, entering_since: Callable[[int], float]
) -> bool:
    strokes = _strokes(music, len(levels) - 1)
    last = strokes[-1] if strokes else max(0, len(levels) - STROKES_S * HOPS_PER_S)
    peak = last + int(np.argmax(np.round(levels[last : last + 25], 1)))
    free_db = float(levels[peak] - levels[-1])
    under = [hop for hop in strokes if hop > begins + CALM]
    count = 1 + sum(later - hop >= APART for hop, later in pairwise(under)) if under else 0
    if free_db < FREE[min(count, len(FREE) - 1)] * fallen_db:
        return True
    declines = max(begins, peak)
    if _swells(music, declines, len(levels)) or entering_since(declines) > ENTERING:
        return True
    start = peak if float(levels[peak:].max()) < levels[peak] + OVER_PEAK_DB else declines
    free_db = float(levels[start] - levels[-1])
    straight = np.linspace(levels[start], levels[-1], len(levels) - start)
    bulge = float(np.mean(levels[start:] - straight)) / max(free_db, 1.0)
    return bulge > max(BULGE, BULGE_PER_DB * _unlike_db(music, levels, declines, min(UNLIKE_DB, UNLIKE_PART * free_db)))


def _swells(music: Music, declines: int, stop: int) -> bool:
    """Whether the level climbs once more after the decline begins, stroke or no stroke."""
    levels = decibels_of(uniform_filter1d(music.powers.sum(axis=1), SWELL_HOPS, mode="nearest"))
    under = levels[declines + SWELL_FROM : stop]
    return bool(np.round(under - np.minimum.accumulate(under), 1).max(initial=0.0) >= SWELL_DB)


def _unlike_db(music: Music, levels: Floats, begins: int, fall_db: float) -> float:
    """How unlike the bands fall while the whole falls so far: the standard deviation of their falls."""
    fallen = np.flatnonzero(levels[begins:] < levels[begins] - fall_db)
    bands = decibels_of(uniform_filter1d(music.powers, 25, axis=0, mode="nearest"))
    before, after = bands[begins], bands[begins + int(fallen[0]) if len(fallen) else len(levels) - 1]
    told = before > max(float(before.max()) - FAINT_DB, GONE_DBFS)
    told &= before > music.least_dbfs + CLEAR_DB
    falls = np.minimum(before - after, MOST_DB)[told]
    return float(np.std(falls)) if len(falls) else 0.0
