"""The noise under the music, where it lies open: what is steady at the very edge of a mix, far below the music."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter, uniform_filter1d

from pipeline.analysis.edges.band_envelope import BANDS, NOTHING_DB, decibels_of
from pipeline.dsp.types import Floats

HIGHEST_FLOOR_DBFS = -40.0  # what is louder is no noise floor: a drone, a synthesiser's wind
EDGE, SEED = 100, 8  # hops: the floor is looked for in the first second, and is steady this long
SMOOTH = 15  # hops of a running median, which no click shorter than 70 ms moves
SPREAD_DB = np.array([6.0, 5.0, 4.0, 3.5, 3.0, 3.0, 3.0, 3.0, 3.0])  # how far a band of steady noise wanders in 50 ms
NARROW = 3  # this many of the lowest bands are narrow
DRIFT_DB = 0.8  # the halves of what is steady differ by no more; a decay changes by half of the spread
LEAST_RISE_DB = 8.0  # the music rises at least this far over the floor


@dataclass(frozen=True)
class Floor:
    """Steady noise in each band: powers, factors over them that the noise itself does not reach, and how many hops
    from the edge it lies open.
    """

    powers: Floats
    margins: Floats
    hops: int

    @property
    def dbfs(self) -> float:
        """Its level, to 0.1 dB; -200 for digital silence."""
        total = float(decibels_of(self.powers.sum()))
        return round(total, 1) if total > NOTHING_DB else -200.0


SILENT = Floor(np.zeros(BANDS), np.ones(BANDS), 0)


def smoothed(powers: Floats) -> Floats:
    """`powers` over 30 ms, and in the narrow low bands, where noise wanders, over 70 ms."""
    smooth: Floats = uniform_filter1d(powers, 3, axis=0, mode="nearest")
    smooth[:, :NARROW] = uniform_filter1d(powers[:, :NARROW], 7, axis=0, mode="nearest")
    return smooth


def floor_at_edge(powers: Floats) -> Floor | None:
    """The floor that lies open at the first hops of `powers` (shape (hops, bands), the edge first); None if none does.

    A fade or a decay is never one: its level moves as far in its second half as in its first.
    """
    levels = decibels_of(powers)
    if len(levels) < SEED:
        return None
    smooth = median_filter(levels, (min(SMOOTH, len(levels)), 1), mode="nearest")
    total = decibels_of(uniform_filter1d(powers.sum(axis=1), SEED, mode="nearest"))[: max(1, EDGE)]
    seed = int(np.argmin(np.round(total[SEED // 2 : max(SEED // 2 + 1, len(total) - SEED // 2)], 1))) + SEED // 2
    centre = np.median(levels[max(0, seed - SEED // 2) : seed + SEED // 2], axis=0)
    for _ in range(2):
        begin, end = _steady(smooth, centre, seed)
        if end - begin < SEED:
            return None
        centre = np.median(levels[begin:end], axis=0)
    if not _is_floor(levels, begin, end, seed):
        return None
    above = np.percentile(decibels_of(smoothed(powers))[begin:end] - centre, 90, axis=0)
    margins = 10.0 ** (np.clip(np.round(2.0 * above, 1), 3.0, 9.0) / 10.0)
    return Floor(np.mean(np.minimum(powers[begin:end], 10.0 ** ((centre + 6.0) / 10.0)), axis=0), margins, end)


def _steady(smooth: Floats, centre: Floats, seed: int) -> tuple[int, int]:
    """From which hop up to which, about the seed, every band stays near the centre."""
    near = np.all(np.abs(smooth - centre) <= np.where(centre > NOTHING_DB, SPREAD_DB, 0.5), axis=1)
    outside = np.flatnonzero(~near)
    begin = int(outside[outside < seed][-1]) + 1 if np.any(outside < seed) else 0
    end = int(outside[outside >= seed][0]) if np.any(outside >= seed) else len(smooth)
    return begin, end


def _is_floor(levels: Floats, begin: int, end: int, seed: int) -> bool:
    total = decibels_of((10.0 ** (levels / 10.0)).sum(axis=1))
    half = (begin + end) // 2
    drifts = np.median(levels[begin:half], axis=0) - np.median(levels[half:end], axis=0)
    drift = abs(float(np.median(drifts)))
    beyond = total[end:]
    rises = len(beyond) == 0 or float(beyond.max()) >= float(np.median(total[begin:end])) + LEAST_RISE_DB
    return drift <= DRIFT_DB and float(np.median(total[begin:end])) <= HIGHEST_FLOOR_DBFS and rises and begin <= seed
