"""Which mixes of an album hold the same music, found by how their levels run, whatever their gain, format or start.

Two takes, or two songs, never keep the same distance in level for long; a mix and its copy do, at one lag and at no
other. So levels are correlated at all lags, and at the likeliest the spread of their difference over 20 s decides: it
must be small in itself, and small against that at other lags, for loops agree at many. All thresholds are taste, tried
on recordings and composed albums: on whole songs, on their halves, on encoded, equalised, limited and cut copies.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft
from scipy.ndimage import uniform_filter1d

from pipeline.analysis.meters.loudness import Loudness
from pipeline.analysis.meters.spectrum import Spectrum
from pipeline.analysis.meters.stereo import Stereo
from pipeline.dsp.types import Floats
from pipeline.system.times import clock

Kind = Literal["same", "swapped", "contained", "shared", "alike"]

TENTHS_PER_S = 10  # gating blocks come every tenth of a second: the unit of lags and places here
STEREO_WINDOW_TENTHS = 4
SMOOTHING = (0.25, 0.5, 0.25)  # smooths powers, so that a copy trimmed by less than a tenth still runs alike

QUIETEST_DB, QUIETEST_LUFS = -35.0, -70.0  # re the loud passages, and absolute: a level under either says little
LOCAL = 50  # tenths: lags are sought in the level less its mean over this long, which no fade alters
LARGEST_STEP_DB = 6.0
CANDIDATES = 3
LEAST_CORRELATION = 0.35
NEAREST_OTHER, FURTHEST_OTHER = 10, 60  # tenths: lags this far from the best must fit worse
STRETCH, SHORTEST_STRETCH = 200, 80
SAME_DB = 0.4  # the level difference of two copies of a mix spreads no more
WHOLE = 0.9  # this much of the shorter mix counts as all of it; a stretch is no longer than that either
LIMITS = {True: (1.0, 0.5), False: (0.5, 0.25)}
"""By whether it is the whole mix: the largest spread, in dB and as a share of that at the best other lag."""
ROUGH_DB, ROUGH_AGAINST_OTHERS = 2.0, 0.9  # the same limits, while the lag is known to a tenth only
LONGER = 1.25
FARTHEST_TONE_DB = 6.0
AUDIBLE_BALANCE_DB = 0.3


class MeasuredMix(Protocol):
    """The part of an analysis that is compared."""

    @property
    def loudness(self) -> Loudness:
        """The loudness of the whole mix."""

    @property
    def spectrum(self) -> Spectrum:
        """The spectrum of the whole mix."""

    @property
    def stereo(self) -> Stereo:
        """The stereo image of the whole mix."""


@dataclass(frozen=True)
class SharedMusic:
    """Two tracks, numbered from 1, that hold the same music, and for how long altogether.

    The second has it `lag_s` later and `gain_db` louder; `difference_db` is the standard deviation of that gain.
    """

    first: int
    second: int
    kind: Kind
    lag_s: float
    gain_db: float
    difference_db: float
    overlap_s: float

    @property
    def words(self) -> str:
        """A sentence for people."""
        what = {
            "same": "are the same mix",
            "swapped": "are the same mix, left and right exchanged",
            "contained": "are the same mix, one of them an excerpt",
            "shared": "have a part of the same mix in common",
            "alike": "are nearly the same mix",
        }[self.kind]
        gain_db, lag_s = round(self.gain_db, 1) + 0.0, round(self.lag_s, 1) + 0.0  # + 0.0 turns -0.0 into 0.0
        return (
            f"Tracks {self.first} and {self.second} {what}: for {clock(self.overlap_s)} their levels run alike within"
            f" {self.difference_db:.1f} dB, the second's at {gain_db:+.1f} dB and {lag_s:+.1f} s."
        )


def shared_music(analyses: Sequence[MeasuredMix]) -> tuple[SharedMusic, ...]:
    """Every pair of tracks that hold the same music, in the order of their numbers; what has no loudness holds none."""
    levels = [_Level(analysis.loudness.block_powers) for analysis in analyses]
    length = next_fast_len(2 * max((len(level.db) for level in levels), default=0) or 1, real=True)
    found = []
    sounding = [n for n, analysis in enumerate(analyses) if analysis.loudness.integrated_lufs is not None]
    for one in sounding:
        level = levels[one]
        transforms = level.transforms(length)
        for other in (n for n in sounding if n > one):
            if _tone_difference_db(analyses[one].spectrum, analyses[other].spectrum) > FARTHEST_TONE_DB:
                continue
            fit = _best_fit(level, levels[other], transforms)
            if fit:
                swapped = _swapped(analyses[one].stereo, analyses[other].stereo, fit)
                found.append(_shared_by((one + 1, other + 1), fit, swapped=swapped))
    return tuple(found)


def _shared_by(tracks: tuple[int, int], fit: "_Fit", *, swapped: bool) -> SharedMusic:
    kind: Kind = "shared"
    if fit.whole:
        spread_kinds: tuple[tuple[bool, Kind], ...] = (
            (fit.spread_db > SAME_DB, "alike"),
            (swapped, "swapped"),
            (fit.longer > LONGER, "contained"),
        )
        kind = next((kind for holds, kind in spread_kinds if holds), "same")
    gain_db, spread_db = float(np.median(fit.differences_db)), fit.spread_db
    return SharedMusic(*tracks, kind, -fit.lag / TENTHS_PER_S, gain_db, spread_db, len(fit.places) / TENTHS_PER_S)


class _Level:
    """How the level of a mix runs: in dB every tenth of a second, and where that says something."""

    def __init__(self, block_powers: Floats) -> None:
        padded = np.concatenate([block_powers[:1], block_powers, block_powers[-1:]])
        self.powers = np.maximum(np.convolve(padded, SMOOTHING, "valid") if len(block_powers) else block_powers, 1e-12)
        self.db = 10.0 * np.log10(self.powers)
        loud_db = float(np.percentile(self.db, 95)) if len(self.db) else 0.0
        self.counts = self.db > max(loud_db + QUIETEST_DB, QUIETEST_LUFS)

    def transforms(self, length: int) -> tuple[NDArray[np.complex128], ...]:
        """The transforms of where it counts, and of its steps and their squares there."""
        local = self.db - uniform_filter1d(self.db, LOCAL, mode="nearest") if len(self.db) else self.db
        steps = np.where(self.counts, np.clip(local, -LARGEST_STEP_DB, LARGEST_STEP_DB), 0.0)
        return tuple(rfft(series, length) for series in (self.counts.astype(np.float64), steps, steps**2))


@dataclass(frozen=True, eq=False)
class _Fit:
    """Where two mixes agree at one lag: the first has the music `lag` tenths of a second later."""

    lag: float
    places: NDArray[np.int64]
    """Where in the first mix each tenth that agrees starts."""
    differences_db: Floats
    """Second over first, for each place."""
    whole: bool
    """Whether that is all of the shorter mix, or nearly."""
    longer: float
    """How many times as long as the shorter mix the longer is."""

    @property
    def spread_db(self) -> float:
        return float(self.differences_db.std())


def _best_fit(one: _Level, other: _Level, transforms: tuple[NDArray[np.complex128], ...]) -> _Fit | None:
    """The fit with the most places, of those at the likeliest lags."""
    stretch = min(STRETCH, int(WHOLE * min(len(one.db), len(other.db))))
    if stretch < SHORTEST_STRETCH:
        return None
    fits = [_fit(one, other, lag, stretch) for lag in _candidates(one, other, transforms)]
    return max((fit for fit in fits if fit), key=lambda fit: len(fit.places), default=None)


def _candidates(one: _Level, other: _Level, transforms: tuple[NDArray[np.complex128], ...]) -> Iterator[int]:
    """The lags at which two levels are most significantly correlated."""
    length = next_fast_len(2 * len(transforms[0]) - 2, real=True)
    counts, steps, squares = transforms
    other_counts, other_steps, other_squares = (np.conj(series) for series in other.transforms(length))
    energy = irfft(squares * other_counts, length) * irfft(counts * other_squares, length)
    overlap = np.maximum(irfft(counts * other_counts, length), 0.0)
    correlation = irfft(steps * other_steps, length) / np.sqrt(np.maximum(energy, 1.0))
    correlation[overlap < SHORTEST_STRETCH] = 0.0
    # The significance of a correlation grows with the root of the time it was taken over.
    significance = np.where(correlation > LEAST_CORRELATION, correlation * np.sqrt(overlap), 0.0)
    for _ in range(CANDIDATES):
        peak = int(np.argmax(significance))
        if not significance[peak]:
            return
        others = np.arange(NEAREST_OTHER, FURTHEST_OTHER)
        others = np.concatenate([peak - others, peak + others]) % length
        # Loops correlate nearly as well at the next beat; but a copy falls less than half as far short of 1.
        stands_out = significance[others].max() < ROUGH_AGAINST_OTHERS * significance[peak]
        if stands_out or 1.0 - correlation[peak] < 0.5 * (1.0 - correlation[others].max()):
            yield peak if peak < len(one.db) else peak - length
        significance[np.arange(peak - NEAREST_OTHER, peak + NEAREST_OTHER + 1) % length] = 0.0


def _fit(one: _Level, other: _Level, lag: int, stretch: int) -> _Fit | None:
    """What agrees at about this lag, and better than at others; None where nothing does."""
    roughly = _lowest(one, other, lag, stretch)
    if roughly > ROUGH_DB or not _stands_out(one, other, lag, stretch, roughly / ROUGH_AGAINST_OTHERS):
        return None
    exact = float(lag)
    for step in (0.5, 0.2, 0.05):
        exact = min((exact + step * n for n in (0, -1, 1)), key=lambda near: _lowest(one, other, near, stretch))
    places, differences = _differences(one, other, exact)
    spreads = _spreads(differences, stretch)
    shorter, longer = sorted((int(one.counts.sum()), int(other.counts.sum())))
    for whole, (largest_db, against_others) in LIMITS.items():
        agreed = np.unique((np.flatnonzero(spreads <= largest_db)[:, None] + np.arange(stretch)).ravel())
        enough = len(agreed) >= (WHOLE * shorter if whole else stretch)
        if enough and _stands_out(one, other, lag, stretch, float(spreads.min()) / against_others):
            return _Fit(exact, places[agreed], differences[agreed], whole, longer / shorter)
    return None


def _stands_out(one: _Level, other: _Level, lag: int, stretch: int, limit: float) -> bool:
    """Whether every other lag near this one has a spread of `limit` or more."""
    others = (lag + sign * size for size in range(NEAREST_OTHER, FURTHEST_OTHER) for sign in (-1, 1))
    return all(_lowest(one, other, near, stretch) >= limit for near in others)


def _lowest(one: _Level, other: _Level, lag: float, stretch: int) -> float:
    return float(_spreads(_differences(one, other, lag)[1], stretch).min(initial=np.inf))


def _differences(one: _Level, other: _Level, lag: float) -> tuple[NDArray[np.int64], Floats]:
    """The places in `one` where both count, and by how many dB `other` is louder `lag` tenths before them."""
    whole = int(np.floor(lag))
    share = lag - whole
    start, stop = max(0, whole + 1), min(len(one.db), len(other.db) + whole)
    if start >= stop:
        return np.empty(0, np.int64), np.empty(0)
    at, before = slice(start - whole, stop - whole), slice(start - whole - 1, stop - whole - 1)
    count = np.flatnonzero(one.counts[start:stop] & other.counts[at] & other.counts[before])
    powers = (other.powers[at] * (1.0 - share) + other.powers[before] * share)[count]
    return count + start, 10.0 * np.log10(powers) - one.db[start:stop][count]


def _spreads(differences: Floats, stretch: int) -> Floats:
    """The standard deviation in every stretch, one for each place at which a stretch can start."""
    if len(differences) < stretch:
        return np.empty(0)
    centred = differences - differences.mean()
    sums, squares = (np.cumsum(np.concatenate([[0.0], series])) for series in (centred, centred**2))
    mean, square = ((series[stretch:] - series[:-stretch]) / stretch for series in (sums, squares))
    spreads: Floats = np.sqrt(np.maximum(square - mean**2, 0.0))
    return spreads


def _tone_difference_db(one: Spectrum, other: Spectrum) -> float:
    """How far apart two spectra are, whatever their levels: the standard deviation over the bands that both hold."""
    bands = min(len(one.mid_db), len(other.mid_db))
    sums = [np.logaddexp(s.mid_db[:bands] * 0.23, s.side_db[:bands] * 0.23) / 0.23 for s in (one, other)]
    held = np.logical_and(*(db > db.max(initial=-np.inf) - 50.0 for db in sums))
    return float(np.std((sums[0] - sums[1])[held])) if held.any() else np.inf


def _swapped(one: Stereo, other: Stereo, fit: _Fit) -> bool:
    """Whether the balance of the second mirrors that of the first, where they agree."""
    windows = np.unique(fit.places // STEREO_WINDOW_TENTHS)
    position = windows - fit.lag / STEREO_WINDOW_TENTHS
    inside = (windows < len(one.energies)) & (position >= 0.0) & (position <= len(other.energies) - 1)
    balances = []
    for energies, at in ((one.energies, windows[inside]), (other.energies, position[inside])):
        left, right = (np.interp(at, np.arange(len(energies)), channel) for channel in energies.T)
        balances.append(10.0 * np.log10(np.maximum(left, 1e-12) / np.maximum(right, 1e-12)))
    if not len(balances[0]):
        return False
    same_db, mirrored_db = (float(np.sqrt(np.mean((balances[0] - s * balances[1]) ** 2))) for s in (1.0, -1.0))
    return same_db > AUDIBLE_BALANCE_DB and mirrored_db < 0.5 * same_db
