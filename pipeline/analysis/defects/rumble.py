"""Rumble: what wind, traffic, ventilation, footsteps or a turntable leave under the music all the time.

An organ's longest pipes sound at 16 Hz, and no instrument plays under 14 Hz for long; what a drum has there comes and
goes with its bass. So where the bass is at its quietest, there is rumble if there is more under 14 Hz than in the bass
itself, and as much as at other times. A deep note is known by its own octave, beside which its skirts are small. Noise
whose spectrum only goes on rising towards the bottom was made so. Rumble under a bass that never pauses is not found,
nor is any that lies between 14 and 20 Hz alone, where a fan cannot be told from a pedal note. Thresholds are taste,
tried on recordings.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RUMBLE_HZ = (3.0, 20.0)
BASS_HZ = (30.0, 80.0)
UNPLAYED_HZ = (3.0, 14.0)
DEEPEST_HZ = (14.0, 30.0)  # the lowest octave that is played
LOW_MIDS_HZ = (80.0, 200.0)
BANDS_HZ = (RUMBLE_HZ, BASS_HZ, UNPLAYED_HZ, DEEPEST_HZ, LOW_MIDS_HZ)
SHORTEST = 4  # windows are needed
QUIETEST_SHARE = 8  # one window in eight is looked at, those with the least bass
LOWEST_DBFS = -54.0  # less takes no room and moves no loudspeaker
OVER_BASS_DB = -3.0
OVER_DEEPEST_DB = -20.0  # the onset or the swell of a deep note leaves less of it under 14 Hz
OVER_SLOPE_DB = 6.0  # over what the spectrum from LOW_MIDS_HZ to BASS_HZ lets expect
STEADY_DB = 10.0  # by which it may be softer where the bass is quiet than it is at most times
SMALLEST_POWER = 1e-20


@dataclass(frozen=True)
class Rumble:
    """How loud the rumble is, in dB re a full-scale sine in both channels, and how much over the bass beside it."""

    level_dbfs: float
    over_bass_db: float


def rumble(powers: NDArray[np.float64]) -> Rumble | None:
    """The rumble in a programme of which each window has these powers, 1 for a full-scale sine in both channels.

    They are in BANDS_HZ, of shape (windows, 5); or in the first two of these, and then nothing tells deep notes and
    noise from rumble. None if there is none.
    """
    if len(powers) < SHORTEST:
        return None
    rumble_db, bass_db, *others_db = 10.0 * np.log10(np.maximum(powers, SMALLEST_POWER)).T
    quietest = np.argsort(bass_db, kind="stable")[: max(2, len(powers) // QUIETEST_SHARE)]
    level_dbfs, quiet_dbfs = float(np.median(rumble_db)), float(np.median(rumble_db[quietest]))
    over_bass_db = float(np.median(rumble_db[quietest] - bass_db[quietest]))
    if quiet_dbfs < LOWEST_DBFS or quiet_dbfs < level_dbfs - STEADY_DB or over_bass_db < OVER_BASS_DB:
        return None
    if others_db and _is_music(bass_db[quietest], *(other_db[quietest] for other_db in others_db)):
        return None
    return Rumble(quiet_dbfs, over_bass_db)


def _is_music(
    bass_db: NDArray[np.float64],
    unplayed_db: NDArray[np.float64],
    deepest_db: NDArray[np.float64],
    low_mids_db: NDArray[np.float64],
) -> bool:
    """Whether a deep note, or noise that rises towards the bottom, has what these windows have in RUMBLE_HZ."""
    unplayed_dbfs, over_bass_db = float(np.median(unplayed_db)), float(np.median(unplayed_db - bass_db))
    if unplayed_dbfs < LOWEST_DBFS or np.median(unplayed_db - deepest_db) < OVER_DEEPEST_DB:
        return True
    return over_bass_db < max(OVER_BASS_DB, _expected_db(float(np.median(bass_db - low_mids_db))) + OVER_SLOPE_DB)


def _expected_db(over_low_mids_db: float) -> float:
    """How far noise is over its bass, if it rises from there to UNPLAYED_HZ by as much an octave as from the low mids.

    `over_low_mids_db` is what its bass has over its low mids.
    """
    (low, low_width_db), (bass, bass_width_db), (mids, mids_width_db) = (
        (np.log2(lowest * highest) / 2.0, 10.0 * np.log10(highest - lowest))
        for lowest, highest in (UNPLAYED_HZ, BASS_HZ, LOW_MIDS_HZ)
    )
    rise_db = max(0.0, (over_low_mids_db - bass_width_db + mids_width_db) / (mids - bass))
    return float(low_width_db - bass_width_db + rise_db * (bass - low))
