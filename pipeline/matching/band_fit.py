"""A few broad bands whose joint response comes near a wished correction: by least squares, within what is allowed.

The shapes are fixed and broad, so that they are heard as tone and not as filters. Of them as few are used as matter: a
band under 0.7 dB goes, so does the weaker of two neighbours that pull against each other, and no more than five stay.
What a listener hears of an equaliser is its response once loudness is made up for: both that and the response itself
are held to the limit, for a tilt of 3 dB down here and 3 dB up there is one of 6. The numbers below are taste.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ
from pipeline.matching.tone import Levels, between
from pipeline.processors.equaliser import Band, response_db

SHAPES: tuple[tuple[Literal["low-shelf", "bell", "high-shelf"], float, float], ...] = (
    ("low-shelf", 40.0, 0.7),
    *(("bell", frequency_hz, 1.0) for frequency_hz in (80.0, 160.0, 315.0, 630.0, 1250.0, 2500.0, 5000.0, 10000.0)),
    ("high-shelf", 14000.0, 0.7),
)
LOWEST_HZ, HIGHEST_HZ = 31.5, 12500.0  # outside them a mix differs by what is missing, not by tone
ENDS_HZ = (60.0, 10000.0)
END_LIMIT_SHARE = 0.5  # this share of the limit is allowed to bands beyond these, and an octave farther out to all
MOST_BANDS = 5
LEAST_GAIN_DB = 0.7  # a band under it is left out: it would not be missed
OPPOSED_SHARE = 0.33  # of two neighbours that pull against each other by so much of the limit, the weaker goes
LIKENESS = 0.25  # how much a difference between neighbours counts, beside what is missed of the wish
STEP_DB = 0.1  # gains are cut to it, so that equal albums get equal bands on any machine and limits hold
NUDGE = 1e-5  # steps of tolerance: a gain that is at a limit but for its last bits is cut to the limit
CLOSED_DB = 1e-9  # a bound this small is as good as zero
MOST_SHARE = 1.6  # no band does more than this many times what is wanted in its range: it would answer for others
HELD = 4.0  # what is held to the limit counts this many times as much as what is wished
LEVEL_DB = (-3.0, 3.0)  # by so much the whole may be moved to come near the wish: loudness is made up for all the same
ROUNDS = 6  # the bands' responses are linearised and held to the limit this often; they settle in three or four
HALF_OCTAVE = math.sqrt(2.0)
FINE_HZ = np.geomspace(20.0, 20000.0, 61)  # an equaliser is held to its limit at these


@dataclass(frozen=True, eq=False)
class Wish:
    """What an equaliser is to do, at each third octave: `wanted_db`, how firmly, and what limits it.

    `heard_db`: how far the mix lies over what it is matched to; no band moves its range away from that. `loudness`:
    what share of the loudness each third octave has, adding up to 1. No band under `boosts_above_hz` raises anything,
    and no high shelf is used where `has_high_shelf` is false.
    """

    wanted_db: Levels
    firmness: Levels
    heard_db: Levels
    loudness: Levels
    limit_db: float
    boosts_above_hz: float = 0.0
    has_high_shelf: bool = True

    @property
    def centres_hz(self) -> Levels:
        """The nominal centres of the third octaves."""
        return np.array(NOMINAL_CENTRES_HZ[: len(self.wanted_db)])

    def loudness_change_db(self, response_db: Levels) -> float:
        """What an equaliser with this response at the centres does to loudness: it is made up for."""
        return 10.0 * math.log10(self.loudness @ 10.0 ** (response_db / 10.0))

    def bounds_db(self) -> tuple[Levels, Levels]:
        """The least and the highest gain of each shape.

        A band that only makes up for its neighbour would have no reason: none answers for more than its own range.
        """
        at = np.array([frequency_hz for _, frequency_hz, _ in SHAPES])
        ranges = [reach(index, len(self.wanted_db)) for index in range(len(SHAPES))]
        most = self.limit_db * np.where((at < ENDS_HZ[0]) | (at > ENDS_HZ[1]), END_LIMIT_SHARE, 1.0)
        most = np.minimum(most, [MOST_SHARE * abs(self.wanted_db[each].mean()) for each in ranges]) + CLOSED_DB
        is_over = np.array([self.heard_db[each].mean() > 0.0 for each in ranges])
        highest = np.where(is_over | (at < self.boosts_above_hz), CLOSED_DB, most)
        return np.where(is_over, -most, -CLOSED_DB), highest


def fitted(wish: Wish, rate_hz: int) -> list[tuple[int, Band]]:
    """The bands that come nearest to the wish, each with its number among SHAPES, in order of frequency."""
    problem = _Problem(wish, rate_hz)
    used = [index for index in range(len(SHAPES)) if wish.has_high_shelf or SHAPES[index][0] != "high-shelf"]
    while (least := problem.superfluous(used)) is not None:
        used.remove(least)
    return problem.within_limit(used, problem.solved(used, ROUNDS)) if used else []


class _Problem:
    """Least squares for some of the shapes: nearest to the wish, neighbours alike, all of it within the limit."""

    def __init__(self, wish: Wish, rate_hz: int) -> None:
        self._wish, self._rate_hz = wish, rate_hz
        self._fine_hz = FINE_HZ[0.49 * rate_hz > FINE_HZ]
        self._limits = limits_db(self._fine_hz, wish.limit_db)
        self._bounds = np.array(wish.bounds_db())
        self._unit = self._responses_db(range(len(SHAPES)), np.ones(len(SHAPES)))

    def superfluous(self, used: Sequence[int]) -> int | None:
        """The shape that is given up next; None where all of them matter, and are no more than MOST_BANDS."""
        if not used:
            return None
        gains = dict(zip(used, self.solved(used).tolist(), strict=True))
        weakest = min(used, key=lambda n: abs(gains[n]))
        if abs(gains[weakest]) < LEAST_GAIN_DB - NUDGE:
            return weakest
        opposed_db = OPPOSED_SHARE * self._wish.limit_db
        pairs = [(n, n + 1) for n in used if n + 1 in gains and gains[n] * gains[n + 1] < 0.0]
        weaker = [min(pair, key=lambda n: abs(gains[n])) for pair in pairs]
        opposed = [n for n in weaker if abs(gains[n]) >= opposed_db]
        if opposed:
            return min(opposed, key=lambda n: abs(gains[n]))
        return min(used, key=lambda n: self._missed(used, n)) if len(used) > MOST_BANDS else None

    def _missed(self, used: Sequence[int], without: int) -> float:
        """How far from the wish the shapes come `without` one of them: squares of what is left, firmly or not."""
        left = [n for n in used if n != without]
        asked = self._wish.firmness > 0.0
        firmness = np.square(self._wish.firmness[asked])
        missed = (self._wish.wanted_db - self._unit[: len(asked), left] @ self.solved(left))[asked]
        return float(firmness @ np.square(missed - np.average(missed, weights=firmness)))

    def solved(self, used: Sequence[int], rounds: int = 0) -> Levels:
        """Their gains; near enough to choose by, or in so many `rounds` that follow how responses bend with gain."""
        wish, asked = self._wish, self._wish.firmness > 0.0
        bands, firmness = len(wish.wanted_db), wish.firmness[asked]
        alike = LIKENESS * np.array([[(n == low) - (n == low + 1) for n in used] for low in used if low + 1 in used])
        columns = self._unit[:, list(used)]
        fine, targets = np.concatenate([self._limits, self._limits]), np.zeros(2 * len(self._limits))
        held = np.zeros(len(fine), bool)
        for turn in range(max(2, rounds)):
            twice = np.concatenate([columns[bands:], columns[bands:]])
            rows = [columns[:bands][asked] * firmness[:, None], twice[held] * HELD, alike.reshape(-1, len(used))]
            wanted = [wish.wanted_db[asked] * firmness, targets[held] * HELD, np.zeros(len(alike))]
            level = np.concatenate([firmness, np.zeros(np.count_nonzero(held) + len(alike))])[:, None]
            matrix = np.hstack([np.concatenate(rows), level])
            bounds = np.column_stack([self._bounds[:, list(used)], LEVEL_DB])
            gains = lsq_linear(matrix, np.concatenate(wanted), bounds, method="bvls").x[:-1]
            if rounds and turn < rounds - 1:
                probe = np.where(np.abs(gains) < 1.0, 1.0, gains)
                columns = self._responses_db(used, probe) / probe
            made_up = wish.loudness_change_db(columns[:bands] @ gains) * np.repeat([0.0, 1.0], len(self._limits))
            heard = np.tile(columns[bands:] @ gains, 2) - made_up
            held |= np.abs(heard) > fine
            targets = np.where(held, np.sign(heard) * fine + made_up, targets)
        return np.asarray(gains)

    def within_limit(self, used: Sequence[int], gains_db: Levels) -> list[tuple[int, Band]]:
        """The bands with their gains cut to whole steps, brought down until what is heard keeps to the limit."""
        bands = len(self._wish.wanted_db)
        while True:
            cut = np.array([_cut(gain_db) for gain_db in gains_db.tolist()])
            response = self._responses_db(used, cut).sum(axis=1)
            heard = response[bands:] - self._wish.loudness_change_db(response[:bands])
            highest = float((np.maximum(np.abs(response[bands:]), np.abs(heard)) / self._limits).max())
            if highest <= 1.0:
                return [(n, _band(n, gain_db)) for n, gain_db in zip(used, cut.tolist(), strict=True) if gain_db]
            gains_db = gains_db * min(1.0 / highest, 1.0 - NUDGE)

    def _responses_db(self, used: Iterable[int], gains_db: Levels) -> Levels:
        """The responses of shapes at their gains, a column each: at the third octaves, then at FINE_HZ."""
        at_hz = np.concatenate([self._wish.centres_hz, self._fine_hz])
        pairs = zip(used, gains_db.tolist(), strict=True)
        return np.array([response_db((_band(n, gain_db),), self._rate_hz, at_hz) for n, gain_db in pairs]).T


def reach(index: int, bands: int) -> NDArray[np.bool_]:
    """The third octaves that say what a shape is to do: within half an octave of a bell, for a shelf all beyond."""
    kind, frequency_hz, _ = SHAPES[index]
    lowest_hz = LOWEST_HZ if kind == "low-shelf" else frequency_hz / HALF_OCTAVE
    return between((lowest_hz, HIGHEST_HZ if kind == "high-shelf" else frequency_hz * HALF_OCTAVE), bands)


def limits_db(frequencies_hz: Levels, limit_db: float) -> Levels:
    """How far an equaliser may go at the frequencies: the limit, and half of it an octave beyond ENDS_HZ."""
    beyond = np.maximum(np.log2(ENDS_HZ[0] / frequencies_hz), np.log2(frequencies_hz / ENDS_HZ[1]))
    return np.asarray(limit_db * (1.0 - (1.0 - END_LIMIT_SHARE) * np.clip(beyond, 0.0, 1.0)))


def _cut(gain_db: float) -> float:
    """A gain cut to whole steps; zero where it is too small for a band."""
    cut = round(math.trunc(gain_db / STEP_DB + math.copysign(NUDGE, gain_db)) * STEP_DB, 1)
    return cut if abs(cut) >= LEAST_GAIN_DB else 0.0


def _band(index: int, gain_db: float) -> Band:
    kind, frequency_hz, q = SHAPES[index]
    return Band(kind, frequency_hz, float(gain_db), q)
