"""A limiter brought to a loudness, and to a ceiling that its own setting may not be enough for."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import maximum_filter1d

from pipeline.dsp.decibels import amplitude, decibels
from tests.bench.excerpts import Item, Sound, integrated_lufs
from tests.bench.limiters import Process
from tests.support.true_peak_reference import HALF, taps

CEILING_DBTP = -1.0
TOLERANCE_LU = 0.05
OVER_DB, UNDER_DB = 0.02, 0.05  # how far from the ceiling the highest true peak may end
MOST_RENDERS = 16  # for either part of the search
MOST_DRIVE_DB = 40.0  # over what would be loud enough without a limiter; what needs more never gets there
LEAST_SLOPE = 0.1  # of loudness over drive: a guard against division by noise

PHASES = 16
FILTERS = np.column_stack([taps(phase / PHASES)[::-1] for phase in range(PHASES)])
PIECE = 2**14  # frames interpolated together: memory only


@dataclass(frozen=True, eq=False)
class Attempt:
    """What a limiter made of an item at a drive, with its ceiling set at `setting_dbtp`."""

    drive_db: float
    setting_dbtp: float
    driven: Sound
    limited: Sound
    loudness_lufs: float
    true_peak_dbtp: float

    def complies(self) -> bool:
        """Not over the ceiling, and not farther under it than the limiter as shipped would go."""
        lowest_dbtp = CEILING_DBTP - UNDER_DB if self.setting_dbtp < CEILING_DBTP else -np.inf
        return bool(lowest_dbtp <= self.true_peak_dbtp <= CEILING_DBTP + OVER_DB)


@dataclass(frozen=True, eq=False)
class Outcome:
    """The attempt as loud as asked, as the limiter is shipped and with its setting lowered until it complies."""

    shipped: Attempt
    lowered: Attempt


def bring(process: Process, item: Item, target_lufs: float) -> Outcome | None:
    """Find the drives that meet `target_lufs`, and the highest setting that keeps true peaks under the ceiling.

    None for a limiter that never makes the item so loud, or not under the ceiling.
    """
    needed_db = target_lufs - integrated_lufs(item.sound, item.rate_hz)
    first = _attempt(process, item, needed_db, CEILING_DBTP)
    shipped = _search(process, item, first, target_lufs, lowering=False)
    lowered = shipped and _search(process, item, shipped, target_lufs, lowering=True)
    return Outcome(shipped, lowered) if shipped and lowered else None


def _search(process: Process, item: Item, latest: Attempt, target_lufs: float, *, lowering: bool) -> Attempt | None:
    """Move drive and setting until both fit.

    Moved by the same, they move loudness and peak as much; the drive beyond that moves the loudness by a slope that the
    last two attempts show.
    """
    slope, most_db = 1.0, latest.drive_db + MOST_DRIVE_DB
    for _ in range(MOST_RENDERS):
        step_db = CEILING_DBTP - max(latest.true_peak_dbtp, latest.setting_dbtp) if lowering else 0.0
        short_lu = target_lufs - latest.loudness_lufs
        if abs(short_lu) <= TOLERANCE_LU and (latest.complies() or not lowering):
            return latest
        more_db = (short_lu - step_db) / slope
        if latest.drive_db + more_db > most_db:
            return None
        before_lufs = latest.loudness_lufs
        latest = _attempt(process, item, latest.drive_db + step_db + more_db, latest.setting_dbtp + step_db)
        if abs(more_db) > TOLERANCE_LU:
            slope = min(max((latest.loudness_lufs - before_lufs - step_db) / more_db, LEAST_SLOPE), 1.0)
    return None


def _attempt(process: Process, item: Item, drive_db: float, setting_dbtp: float) -> Attempt:
    driven = item.sound * amplitude(drive_db)
    limited = process(driven, item.rate_hz, setting_dbtp)
    loudness_lufs = integrated_lufs(limited, item.rate_hz)
    return Attempt(drive_db, setting_dbtp, driven, limited, loudness_lufs, true_peak_dbtp(limited))


def true_peak_dbtp(sound: Sound) -> float:
    """The 16x meter of 96 taps per phase, the sound preceded and followed by silence.

    What no filter can bring over the highest sample is left out: the answer is the same, and sooner there.
    """
    highest, reach = float(np.abs(sound).max()), float(np.abs(FILTERS).sum(axis=0).max())
    for channel in sound.T:
        heard = np.pad(channel, 2 * HALF)
        around = sliding_window_view(heard, 2 * HALF)
        bound = reach * maximum_filter1d(np.abs(heard), 2 * HALF + 1)[HALF : HALF + len(around)]
        for start in range(0, len(around), PIECE):
            piece = around[start : start + PIECE][bound[start : start + PIECE] > highest]
            highest = max(highest, float(np.abs(piece @ FILTERS).max(initial=0.0)))
    return decibels(highest)
