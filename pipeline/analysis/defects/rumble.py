"""Rumble: what wind, traffic, ventilation, footsteps or a turntable leave under the music all the time.

No instrument but an organ's longest pipes plays under 20 Hz for long, and what a drum has there comes and goes with its
bass. So where the bass is at its quietest, there is rumble if there is more under 20 Hz than in the bass itself, and as
much as at other times. Rumble under a bass that never pauses is not found. Thresholds are taste, tried on recordings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RUMBLE_HZ = (3.0, 20.0)
BASS_HZ = (30.0, 80.0)
SHORTEST = 4  # windows are needed
QUIETEST_SHARE = 8  # one window in eight is looked at, those with the least bass
LOWEST_DBFS = -54.0  # less takes no room and moves no loudspeaker
OVER_BASS_DB = -3.0
STEADY_DB = 10.0  # by which it may be softer where the bass is quiet than it is at most times
SMALLEST_POWER = 1e-20


@dataclass(frozen=True)
class Rumble:
    """How loud the rumble is, in dB re a full-scale sine in both channels, and how much over the bass beside it."""

    level_dbfs: float
    over_bass_db: float


def rumble(powers: NDArray[np.float64]) -> Rumble | None:
    """The rumble in a programme of which each window has these powers, in RUMBLE_HZ and in BASS_HZ, shape (windows, 2).

    Powers are 1 for a full-scale sine in both channels. None if there is none.
    """
    if len(powers) < SHORTEST:
        return None
    low_db, bass_db = 10.0 * np.log10(np.maximum(powers, SMALLEST_POWER)).T
    quietest = np.argsort(bass_db, kind="stable")[: max(2, len(powers) // QUIETEST_SHARE)]
    level_dbfs, quiet_dbfs = float(np.median(low_db)), float(np.median(low_db[quietest]))
    over_bass_db = float(np.median(low_db[quietest] - bass_db[quietest]))
    if quiet_dbfs < LOWEST_DBFS or quiet_dbfs < level_dbfs - STEADY_DB or over_bass_db < OVER_BASS_DB:
        return None
    return Rumble(quiet_dbfs, over_bass_db)
