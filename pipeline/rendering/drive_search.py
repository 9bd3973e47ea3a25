"""How hard the programme is driven: the level at which it is as loud as promised, found in one render or two.

Limiting takes loudness away, so the drive that meets a target is looked for: first in what is foretold at any drive,
which costs no render. What was rendered at the drive found is then measured; by how much it is off is added to what is
foretold, and the search goes on until the render itself stands. Reduction that the artist does not allow wins over
loudness that the profile asks for.
"""

from collections.abc import Callable
from dataclasses import dataclass

TOLERANCE_LU = 0.03  # of a render, to its target; a profile promises more than that
FINE_LU = 0.005  # of the search among what is foretold
SPARE_DB = 0.15  # by how much a programme that is held back may stay under its reduction limit
MOST_RENDERS = 4
DIGITS = 3  # of a drive: what is written down is what was used
MOST_TRIALS = 24  # limiting is smooth in the drive: a handful suffices
LEAST_SLOPE = 0.15  # of loudness or reduction over drive; a guard against division by noise


@dataclass(frozen=True)
class Attempt:
    """A drive, and what was foretold or measured of the programme at it."""

    drive_db: float
    loudness_lufs: float
    reduction_db: float


@dataclass(frozen=True)
class Solution:
    """The drive that was settled on, how many renders it took, and whether the reduction limit held the level back."""

    attempt: Attempt
    renders: int
    held_back: bool


Probe = Callable[[float], Attempt]


def solve(foretell: Probe, render: Probe, first_db: float, target_lufs: float, reduction_limit_db: float) -> Solution:
    """Find the drive that meets `target_lufs`, or the highest whose reduction stays at or under the limit.

    `render` is called with a drive in dB, last of all with the one returned: what it left behind is the result.
    """
    drive_db, off_lu, off_db, renders = first_db, 0.0, 0.0, 0
    while True:
        wanted_lufs, allowed_db = target_lufs - off_lu, reduction_limit_db - off_db
        drive_db = round(_foreseen(foretell, drive_db, wanted_lufs, allowed_db), DIGITS)
        latest, expected = render(drive_db), foretell(drive_db)
        off_lu, off_db = latest.loudness_lufs - expected.loudness_lufs, latest.reduction_db - expected.reduction_db
        short_lu, spare_db = target_lufs - latest.loudness_lufs, reduction_limit_db - latest.reduction_db
        held_back = spare_db < short_lu - TOLERANCE_LU
        settled = 0.0 <= spare_db <= SPARE_DB if held_back else abs(short_lu) <= TOLERANCE_LU
        renders += 1
        if settled or renders == MOST_RENDERS:
            return Solution(latest, renders, held_back)


def _foreseen(foretell: Probe, drive_db: float, target_lufs: float, reduction_limit_db: float) -> float:
    """The drive at which the target, or else the limit, is foretold to be met."""
    trials = list[Attempt]()
    while True:
        latest = foretell(drive_db)
        trials.append(latest)
        short_lu, spare_db = target_lufs - latest.loudness_lufs, reduction_limit_db - latest.reduction_db
        held_back = spare_db < short_lu - FINE_LU
        settled = 0.0 <= spare_db <= SPARE_DB / 2 if held_back else abs(short_lu) <= FINE_LU
        if settled or len(trials) == MOST_TRIALS:
            return drive_db
        drive_db += _step(trials, short_lu, spare_db - SPARE_DB / 4, held_back=held_back)


def _step(attempts: list[Attempt], short_lu: float, spare_db: float, *, held_back: bool) -> float:
    """How far to move the drive, by the slope of the last two attempts (by one dB per dB after the first)."""
    slope = 1.0
    if len(attempts) > 1:
        before, latest = attempts[-2:]
        moved = latest.drive_db - before.drive_db
        rise = latest.reduction_db - before.reduction_db if held_back else latest.loudness_lufs - before.loudness_lufs
        slope = min(max(rise / moved, LEAST_SLOPE), 1.0) if moved else 1.0
    return (spare_db if held_back else short_lu) / slope
