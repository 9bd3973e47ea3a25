"""The likeliest path of a polarity through a programme, by what its channels have in common and where they turn."""

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Floats

Kept = NDArray[np.float32]
WindowRange = tuple[int, int, int]  # from and up to which window, and which signal turns over

QUIET = amplitude(-65.0)
ABSENT = 1e-3  # of a band's mean energy: a window with less says nothing
SETTLED_WINDOWS = 15  # music stays as it is for about this long: what is heard in them is one piece of evidence
STRETCH_WINDOWS = 50
LEAST_SPREAD = 0.15  # a correlation is taken to spread at least this much
RELATED = 0.15  # correlation; a band whose own is less says nothing
RELATED_THROUGHOUT = 0.25  # correlation; the polarity of a whole programme is judged only by more
TURN_COST = 16.0  # nats: a turn costs this where the signal runs on smoothly
OPENING_COST = 4.0  # nats: a programme that opens turned over costs this
USUAL_PERCENTILE, LEAST_USUAL_TURN = 99.5, 4.0
CLEAR_TURN = 3.0  # a clear turn is this many times the usual
# Its correlation is at most this share of the typical one, with no, one or both ends lacking a clear turn.
MIRRORED = (-0.25, -0.4, -0.6)
# It is at least so negative there, and so positive elsewhere, with clear turns at all ends, at one of two, at none.
OPPOSED = (0.05, 0.15, 0.3)
SUSTAINED = 0.85  # of the seconds agree with the sign by which a whole programme is judged
NEAR_WINDOWS, MISPLACED = 3, 5  # windows beside an end, and by which it may be off
# Of the fall of the correlation where a stretch begins, so much is within NEAR_WINDOWS, with and without a clear turn;
# where a phase turns slowly, it is less.
ABRUPT_CLEAR, ABRUPT = 0.25, 0.4
LEAST_FALL = 1.0  # of two, from the typical correlation to its negative
USUAL_FALL = 95.0  # percentile of those within STRETCH_WINDOWS, which beats bring, too
FEWEST_STRETCHES = 4
DRIFT, SMOOTH = 0.2, 0.15  # spread of the correlation, and of its changes in power: those of a phase that drifts
SMALLEST = 1e-12
ROUNDS = 3  # the path and what is typical are found in turn; two rounds would nearly always do


class Correlations:
    """Correlation per window and band, of shape (windows, bands); zero where hardly anything is heard.

    Of a programme of hours there is one copy, which is changed in place.
    """

    def __init__(self, product: Floats, one: Kept, other: Kept, length: int) -> None:
        """Take the product of two signals, which is overwritten, and their energies; `length` frames to a window."""
        scale = np.multiply(one, other, dtype=np.float64)
        np.sqrt(scale, out=scale)
        self.heard = (scale > length * QUIET**2) & (scale > ABSENT * scale.mean(axis=0))
        self.values = np.divide(product, scale, out=product, where=self.heard)
        self.values[~self.heard] = 0.0

    def turn_over(self, windows: NDArray[np.bool_]) -> None:
        """Give these windows the other sign."""
        np.negative(self.values, out=self.values, where=windows[:, None])

    def mean(self, first: int = 0, last: int | None = None) -> Floats:
        """Per band, over the windows from `first` up to `last` in which something is heard."""
        heard = np.count_nonzero(self.heard[first:last], axis=0)
        means: Floats = np.sum(self.values[first:last], axis=0) / np.maximum(1, heard)
        return means

    def mean_of(self, windows: NDArray[np.bool_]) -> Floats:
        """Per band, over those of these windows in which something is heard."""
        heard = np.count_nonzero(self.heard & windows[:, None], axis=0)
        means: Floats = np.sum(self.values, axis=0, where=windows[:, None]) / np.maximum(1, heard)
        return means


class LikeliestPath:
    """Which windows are turned over against the most, and what correlation is typical of each band in the others.

    `turns` says for each signal that may turn how much each window looks as if it did.
    """

    def __init__(self, correlations: Correlations, turns: Kept) -> None:
        """Find the path; `turns` of shape (windows, signals). The correlations belong to the path from now on."""
        self.sign, self._drifts, self._correlations = 1.0, False, correlations
        if np.sum(correlations.values) < 0.0:
            self.sign = -1.0
            correlations.turn_over(np.ones(len(turns), np.bool_))
        self._turns = np.maximum(turns, 0.0)
        self._usual = max(LEAST_USUAL_TURN, float(np.percentile(self._turns, USUAL_PERCENTILE)))
        said = correlations.values
        settled, stretches = _means(said, SETTLED_WINDOWS), _means(said, STRETCH_WINDOWS)
        # To begin with, as if every stretch were of one sign.
        self._typical: Floats = np.mean(stretches * np.sign(stretches.sum(axis=1, keepdims=True)), axis=0)
        for _ in range(ROUNDS):
            spread = np.maximum(np.mean((np.abs(settled) - np.abs(self._typical)) ** 2, axis=0), LEAST_SPREAD**2)
            # Of a normal distribution about the typical, against one about its negative.
            evidence = said @ (2.0 * self._typical / spread / (said.shape[1] * SETTLED_WINDOWS))
            self._states = _likeliest(evidence, TURN_COST / (1.0 + self._turns / self._usual))
            correlations.turn_over(self._states > 0)
            self._typical = correlations.mean()
            correlations.turn_over(self._states > 0)

    def turned(self, mirrored: Sequence[float]) -> Iterator[WindowRange]:
        """From and up to which window it surely is turned over, and which signal; in the order of time.

        The more of its ends show no clear turn, the better it must be mirrored; `mirrored` has a limit for each number.
        """
        stretches = [(*run, s) for s in range(self._turns.shape[1]) for run in runs(self._states == s + 1)]
        found = []
        for first, last, signal in sorted(stretches):
            missing, ends = self.ends_without_turn(first, last, signal), len(self._ends(first, last))
            if not ends or missing >= len(mirrored):
                continue  # against what would all of it be turned over?
            if self._mirrored(first, last, in_all=missing == ends) < mirrored[missing]:
                if self._sets_in_at_once(first, last, signal):
                    found.append((first, last, signal, missing))
                else:
                    self._drifts = True
        # Where a phase drifts, one of its turns may by chance be as abrupt as a fault's.
        yield from ((first, last, signal) for first, last, signal, missing in found if not (missing and self._drifts))

    def correlation(self, first: int, last: int) -> float:
        """Mean over the windows from `first` up to `last` and over the bands that say something."""
        means = self._correlations.mean(first, last)[np.abs(self._typical) > RELATED]
        return self.sign * float(means.mean()) if len(means) else 0.0

    def _mirrored(self, first: int, last: int, *, in_all: bool) -> float:
        """What the correlation there over the typical one is at most, in most or in all bands that are related.

        Infinite where no band is, or one keeps its sign: an inversion leaves none out.
        """
        related = np.abs(self._typical) > RELATED
        ratios = self._correlations.mean(first, last)[related] / self._typical[related]
        highest = ratios.max(initial=-np.inf)
        if not len(ratios) or highest >= 0.0:
            return np.inf
        return float(highest) if in_all else -_reached_by_most(-ratios)

    def is_opposed(self, stretch: WindowRange, there: Floats) -> bool:
        """Whether in most bands that sound the correlation is surely negative there, and surely positive elsewhere.

        `there` is that of all the stretch, per band, to which a loud note adds more than a soft one. Channels merely
        unlike have by chance a little of either; the fewer clear turns there are, the more is asked for.
        """
        first, last, signal = stretch
        sounds = self._correlations.heard[first:last].any(axis=0)
        missing = self.ends_without_turn(first, last, signal)
        clear = len(self._ends(first, last)) - missing
        least = OPPOSED[0 if not missing else 1 if clear else 2]
        return _reached_by_most(np.minimum(-self.sign * there, self._upright)[sounds]) > least

    @cached_property
    def _upright(self) -> Floats:
        """The correlation per band where nothing is turned over."""
        return self._correlations.mean_of(self._states == 0)

    def ends_without_turn(self, first: int, last: int, signal: int) -> int:
        """How many of the two ends show no clear turn; the ends of the programme need none."""
        return sum(1 for end in self._ends(first, last) if not self._is_clear(end, signal))

    def _ends(self, first: int, last: int) -> list[int]:
        return [end for end in (first, last) if 0 < end < len(self._turns)]

    def _is_clear(self, end: int, signal: int) -> bool:
        return bool(self._turns[end, signal] >= CLEAR_TURN * self._usual)

    def _sets_in_at_once(self, first: int, last: int, signal: int) -> bool:
        """Whether the correlation falls at once where the stretch begins, and rises so where it ends."""
        heard, agreement = self._agreement
        for end in self._ends(first, last):
            place, sign = int(np.searchsorted(heard, end)), 1.0 if end == first else -1.0
            around = sign * agreement[max(0, place - STRETCH_WINDOWS) : place + STRETCH_WINDOWS]
            place = min(place, STRETCH_WINDOWS)
            falls = np.array([_fall(around, near, NEAR_WINDOWS) for near in range(len(around))])
            highest = falls[max(0, place - MISPLACED) : place + MISPLACED + 1].max(initial=0.0)
            whole = max(_fall(around, place, min(STRETCH_WINDOWS, last - first)), LEAST_FALL)
            if self._is_clear(end, signal):
                least = ABRUPT_CLEAR * whole
            else:
                least = max(ABRUPT * whole, np.percentile(falls, USUAL_FALL))
            if highest < least:
                return False
        return True

    def related_throughout(self, turned: Sequence[WindowRange]) -> bool:
        """Whether the bands agree well enough to judge the sign of all but what is turned by, and do not drift."""
        said = self._typical[self._correlations.heard.any(axis=0)]
        is_related = min(said[0], said.mean()) > RELATED_THROUGHOUT and said.min() > RELATED / 2
        return bool(is_related) and self._sustained(turned) and not self._drifts and not self._wanders()

    def _sustained(self, turned: Sequence[WindowRange]) -> bool:
        """Whether in nearly every second, but for what is turned, most bands that sound have the same sign."""
        others = np.ones(len(self._turns), np.bool_)
        for first, last, _ in turned:
            others[first:last] = False
        if not others.any():
            return False
        seconds = _means(self._correlations.values[others], STRETCH_WINDOWS)
        votes = np.sign(seconds).sum(axis=1)[seconds.any(axis=1)]
        return bool(len(votes)) and float(np.mean(votes > 0.0)) >= SUSTAINED

    def _wanders(self) -> bool:
        """Whether the correlation changes much over the programme, and hardly from one second to the next."""
        _, agreement = self._agreement
        means = _means(agreement[:, None], STRETCH_WINDOWS)[:, 0]
        if len(means) < FEWEST_STRETCHES or np.std(means) < DRIFT:
            return False
        return bool(np.mean(np.square(np.diff(means))) < SMOOTH * np.var(means))

    @cached_property
    def _agreement(self) -> tuple[NDArray[np.intp], Floats]:
        """The windows in which anything is heard, and their correlations: 1 where as is typical, -1 where mirrored."""
        heard = np.flatnonzero(self._correlations.heard.any(axis=1))
        typical = np.where(np.abs(self._typical) > RELATED, self._typical, 0.0)
        agreement: Floats = self._correlations.values[heard] @ (typical / max(SMALLEST, float(typical @ typical)))
        return heard, agreement


def _reached_by_most(values: Floats) -> float:
    """What more than half of these values, all if there are two, reach; minus infinity if there are none."""
    return float(np.sort(values)[(len(values) - 1) // 2]) if len(values) else -np.inf


def _fall(values: Floats, place: int, length: int) -> float:
    """By how much the mean of so many values before a place is above that of as many from there on."""
    before, after = values[max(0, place - length) : place], values[place : place + length]
    return float(before.mean() - after.mean()) if len(before) and len(after) else 0.0


def _means(values: Floats, windows: int) -> Floats:
    """Means over so many windows side by side, the last incomplete ones left out; over all if there are fewer."""
    length = min(windows, len(values))
    count = len(values) // length
    means: Floats = values[: count * length].reshape(count, length, -1).mean(axis=1)
    return means


def runs(holds: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """From and up to which index each unbroken run of True reaches."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


@njit(cache=True, nogil=True)
def _likeliest(evidence: Floats, costs: Floats) -> NDArray[np.int8]:
    """The likeliest state of each window: 0, or 1 + the signal that is turned over.

    `evidence` is for 0 and against all others, in nats; `costs` are those of each signal's turning in each window.
    """
    windows, states = len(evidence), costs.shape[1] + 1
    came_from = np.zeros((windows, states), dtype=np.int8)
    total = np.full(states, OPENING_COST)
    total[0] = 0.0
    for window in range(windows):
        before = total.copy()
        for state in range(1, states):
            cost = costs[window, state - 1]
            if before[0] + cost < total[state]:
                total[state], came_from[window, state] = before[0] + cost, 0
            else:
                came_from[window, state] = state
            if before[state] + cost < total[0]:
                total[0], came_from[window, 0] = before[state] + cost, state
        total[1:] += evidence[window]
    path = np.zeros(windows, dtype=np.int8)
    state = int(np.argmin(total))
    for window in range(windows - 1, -1, -1):
        path[window] = state
        state = came_from[window, state]
    return path
