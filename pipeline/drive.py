"""How hard the programme is driven: the level at which it is as loud as promised, found in few renders.

Limiting takes loudness away, so the drive that meets a target is found by trying: each attempt is a whole render, the
next drive follows from what was measured, and the search is bounded. Reduction that the artist does not allow wins over
loudness that the profile asks for.
"""

from collections.abc import Callable
from dataclasses import dataclass

TOLERANCE_LU = 0.02
MOST_ATTEMPTS = 6  # limiting is smooth in the drive: two or three suffice
LEAST_SLOPE = 0.15  # of loudness or reduction over drive; a guard against division by noise


@dataclass(frozen=True)
class Attempt:
    """One render: the drive it had, and what was measured of it."""

    drive_db: float
    loudness_lufs: float
    reduction_db: float


@dataclass(frozen=True)
class Solution:
    """The drive that was settled on, how many renders it took, and whether the reduction limit held the level back."""

    attempt: Attempt
    renders: int
    held_back: bool


def solve(
    render: Callable[[float], Attempt], first_db: float, target_lufs: float, reduction_limit_db: float
) -> Solution:
    """Find the drive that meets `target_lufs`, or the highest whose reduction stays at or under the limit.

    `render` is called with a drive in dB, last of all with the one returned: what it left behind is the result.
    """
    drive_db, attempts = first_db, list[Attempt]()
    while True:
        latest = render(drive_db)
        attempts.append(latest)
        short_lu = target_lufs - latest.loudness_lufs
        spare_db = reduction_limit_db - latest.reduction_db
        held_back = spare_db < short_lu - TOLERANCE_LU
        settled = -TOLERANCE_LU <= spare_db <= 5 * TOLERANCE_LU if held_back else abs(short_lu) <= TOLERANCE_LU
        if settled or len(attempts) == MOST_ATTEMPTS:
            return Solution(latest, len(attempts), held_back)
        drive_db += _step(attempts, short_lu, spare_db - 2 * TOLERANCE_LU, held_back=held_back)


def _step(attempts: list[Attempt], short_lu: float, spare_db: float, *, held_back: bool) -> float:
    """How far to move the drive, by the slope of the last two attempts (by one dB per dB after the first)."""
    slope = 1.0
    if len(attempts) > 1:
        before, latest = attempts[-2:]
        moved = latest.drive_db - before.drive_db
        rise = latest.reduction_db - before.reduction_db if held_back else latest.loudness_lufs - before.loudness_lufs
        slope = min(max(rise / moved, LEAST_SLOPE), 1.0) if moved else 1.0
    return (spare_db if held_back else short_lu) / slope
