"""How hard the programme is driven: the level at which it is as loud as promised, found in one render or two.

Limiting takes loudness away, so the drive that meets a target is looked for: first in the forecast, which costs no
render. What was rendered at the drive found is then measured; by how much the forecast was off is added to it, and the
search goes on until the render itself holds. Reduction that the artist does not allow wins over loudness that the
profile asks for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.plan.plan import MOST_DRIVE_DB

TOLERANCE_LU = 0.03  # of a render, to its target; a profile promises more than that
FINE_LU = 0.005  # so near the search comes to the target in the forecast
SPARE_DB = 0.15  # by how much a programme that is held back may stay under its reduction limit
MOST_RENDERS = 4
DIGITS = 3  # of a drive: what is written down is what was used
MOST_TRIALS = 24  # limiting is smooth in the drive: a handful suffices
LEAST_SLOPE = 0.15  # of loudness or reduction over drive; a guard against division by noise


@dataclass(frozen=True)
class Attempt:
    """A drive, and what was forecast or measured of the programme at it."""

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


class DriveSearch:
    """Asks for drives in dB, one after another, and is told what came of each; then it has a solution.

        for drive_db in search:
            search.tell(what was measured of a render at drive_db)

    What was rendered last is the result.
    """

    def __init__(
        self,
        first_db: float,
        forecast: Probe | None = None,
        target_lufs: float = 0.0,
        reduction_limit_db: float = float("inf"),
    ) -> None:
        """Find the drive that meets `target_lufs`, or the highest whose reduction stays at or under the limit.

        `forecast` says beforehand what will nearly come of a drive; without one, `first_db` is used as it is.
        """
        self._drive_db, self._forecast = first_db, forecast
        self._target_lufs, self._reduction_limit_db = target_lufs, reduction_limit_db
        self._off_lu = self._off_db = 0.0  # by how much the last render differed from what was forecast
        self._renders = 0
        self._solution: Solution | None = None

    def __iter__(self) -> Iterator[float]:
        """The drives to render at, until one is settled on."""
        while self._solution is None:
            if self._forecast:
                wanted_lufs, allowed_db = self._target_lufs - self._off_lu, self._reduction_limit_db - self._off_db
                self._drive_db = round(
                    _forecast_drive_db(self._forecast, self._drive_db, wanted_lufs, allowed_db), DIGITS
                )
            yield self._drive_db

    def tell(self, measured: Attempt) -> None:
        """What was measured of the render at the drive that was asked for last."""
        self._renders += 1
        if self._forecast is None:
            self._solution = Solution(measured, self._renders, held_back=False)
            return
        expected = self._forecast(self._drive_db)
        self._off_lu = measured.loudness_lufs - expected.loudness_lufs
        self._off_db = measured.reduction_db - expected.reduction_db
        short_lu = self._target_lufs - measured.loudness_lufs
        spare_db = self._reduction_limit_db - measured.reduction_db
        held_back = spare_db < short_lu - TOLERANCE_LU
        settled = 0.0 <= spare_db <= SPARE_DB if held_back else abs(short_lu) <= TOLERANCE_LU
        if settled or self._renders == MOST_RENDERS:
            self._solution = Solution(measured, self._renders, held_back)

    @property
    def solution(self) -> Solution:
        """What was settled on; raises ValueError while the search goes on."""
        if self._solution is None:
            raise ValueError("the search for a drive goes on: tell it what came of the last one")
        return self._solution


def _forecast_drive_db(forecast: Probe, drive_db: float, target_lufs: float, reduction_limit_db: float) -> float:
    """The drive at which the target, or else the limit, is forecast to be met."""
    trials = list[Attempt]()
    while True:
        latest = forecast(drive_db)
        trials.append(latest)
        short_lu, spare_db = target_lufs - latest.loudness_lufs, reduction_limit_db - latest.reduction_db
        held_back = spare_db < short_lu - FINE_LU
        settled = 0.0 <= spare_db <= SPARE_DB / 2 if held_back else abs(short_lu) <= FINE_LU
        if settled or len(trials) == MOST_TRIALS:
            return drive_db
        drive_db += _step(trials, short_lu, spare_db - SPARE_DB / 4, held_back=held_back)
        drive_db = min(max(drive_db, -MOST_DRIVE_DB), MOST_DRIVE_DB)


def _step(attempts: list[Attempt], short_lu: float, spare_db: float, *, held_back: bool) -> float:
    """How far to move the drive, by the slope of the last two attempts (by one dB per dB after the first)."""
    slope = 1.0
    if len(attempts) > 1:
        before, latest = attempts[-2:]
        moved = latest.drive_db - before.drive_db
        rise = latest.reduction_db - before.reduction_db if held_back else latest.loudness_lufs - before.loudness_lufs
        slope = min(max(rise / moved, LEAST_SLOPE), 1.0) if moved else 1.0
    return (spare_db if held_back else short_lu) / slope
