"""Hold a programme's true peak under a ceiling, with no more change to it than that takes.

It looks both ways, as only an offline limiter can, so it has neither latency nor a release time. One gain serves both
channels, so that the image stays. Where nothing is over the ceiling, samples pass bit for bit.

1. The waveform's envelope (`pipeline.dsp.oversampling`) says what reduction is wanted, frame by frame.
2. A slow stage takes what is steadily over: a running maximum fills the gaps between peaks that follow each other
   closely, and three moving averages spread it so widely that an isolated peak hardly counts.
3. A fast stage takes the rest: the same in about a millisecond, so that the smoothed reduction still covers each peak.
4. The envelope of the result is measured again; what is still over, by the gain's own movement, is patched in the same
   manner, until nothing is.

Smoothing a gain by a running minimum and moving averages is known from Signalsmith's limiter (Luff, "Designing a
straightforward limiter", signalsmith-audio.co.uk, 2022); the division of labour and its times are ours, chosen by
measuring distortion, transients and pumping on music at equal loudness.

Reductions are integers: moving averages of integers never drift, so that no reduction stays none, and every sample
depends on the sound within the reach of these stages and on nothing else, neither block sizes nor where a window began.
So windows are limited side by side, on as many processors as there are, and no sample depends on that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.decibels import amplitude, decibels
from pipeline.dsp.gain_reduction import HOP_S, GainReduction
from pipeline.dsp.overlap import overlapping_windows
from pipeline.dsp.oversampling import MARGIN, Points, envelope
from pipeline.dsp.types import Block
from pipeline.system.parallel import parallel_map

Reduction = NDArray[np.int32]  # what is taken off the gain, in 2^-30: 0 is a gain of 1, 2^30 a gain of 0

ONE = 2.0**30
MOST = ONE - 2.0**10  # one pass reduces by no more: 120 dB
WINDOW_HOPS = 8  # are limited together: speed only, in a window that the processor keeps at hand

SLOW_HOLD_S = 0.014  # either side: half a period of 36 Hz, so that the reduction of a bass note does not ripple with it
SLOW_AVERAGE_S = 0.060  # each of three averages is this long
FAST_S = 0.0006  # the fast stage holds a peak this far to either side
PATCH_S = 0.0005  # a patch holds a peak this far to either side
PATCHES = 10  # at most; music takes one to four
BLIND = MARGIN + 1  # frames at either end of a window whose peaks are not known without what lies beyond


@dataclass(frozen=True)
class _Smoother:
    """A running maximum and three moving averages: how far each sees to either side."""

    hold: int
    averages: tuple[int, int, int]

    @property
    def reach(self) -> int:
        return self.hold + sum(self.averages)

    def __call__(self, reduction: Reduction) -> Reduction:
        """Smooth `reduction`; the result is shorter by the reach at either end."""
        reduction = _running_maximum(reduction, 2 * self.hold + 1)
        for half_width in self.averages:
            reduction = _moving_average(reduction, 2 * half_width + 1)
        return reduction


@dataclass(frozen=True)
class _Limiter:
    """What rate and ceiling make of the times above."""

    ceiling: float
    slow: _Smoother
    fast: _Smoother
    patch: _Smoother

    @property
    def patch_reach(self) -> int:
        """How far from a frame one patch sees."""
        return 2 * (self.patch.reach + BLIND)

    @property
    def reach(self) -> int:
        """How far from a frame the sound can be that has a part in its gain."""
        return BLIND + self.slow.reach + self.fast.reach + (PATCHES + 1) * self.patch_reach


def limit(
    blocks: Iterable[Block],
    rate_hz: int,
    ceiling_dbtp: float,
    *,
    reduction: GainReduction | None = None,
    workers: int = 1,
) -> Iterator[Block]:
    """Bring the true peak of `blocks`, of shape (frames, 2), down to `ceiling_dbtp` and leave alone what is below it.

    Yields as many frames as it takes, aligned with them, in blocks of its own size; the programme is taken to be
    preceded and followed by silence. What is taken off goes to `reduction`. True peaks end under the ceiling by
    `pipeline.analysis.meters.true_peak`; by a 16x meter of 96 taps at most 0.01 dB over it on music, and 0.03 dB on
    noise and clicks up to half the sample rate.

    Raises ValueError for samples that are not finite numbers in single precision.
    """
    limiter, hop = _limiter(rate_hz, amplitude(ceiling_dbtp)), _hop(rate_hz)
    cut = overlapping_windows(blocks, WINDOW_HOPS * hop, limiter.reach)
    for limited, maximum_db in parallel_map(partial(_limited, limiter=limiter, hop=hop), cut, workers):
        if reduction is not None:
            reduction.maximum_db += maximum_db
        yield limited


def gain_from_sketch(
    sketch: Iterable[Block], rate_hz: int, ceiling: float, reduction: GainReduction
) -> Iterator[Block]:
    """A sketch's pairs of (peak, energy), `rate_hz` of them a second, as energies after the gain `limit` will apply.

    The gain is that of the slow and of the fast stage, for peaks that are known only this coarsely; it goes to
    `reduction`. Yields shape (hops,), as many as it takes.
    """
    limiter, hop = _limiter(rate_hz, ceiling), _hop(rate_hz)
    reach = limiter.slow.reach + limiter.fast.reach
    for window in overlapping_windows(sketch, WINDOW_HOPS * hop, reach):
        energies = window[reach : len(window) - reach, 1]
        wanted = np.ceil((1.0 - ceiling / np.maximum(window[:, 0], ceiling)) * ONE)
        excess = np.minimum(wanted, MOST).astype(np.int32)
        gain = _slow_and_fast(excess, limiter) if excess.any() else np.ones(len(energies))
        least = np.minimum.reduceat(gain, np.arange(0, len(gain), hop)).tolist()
        reduction.maximum_db += [0.0 - decibels(each) for each in least]
        yield energies * gain * gain


def _limited(window: Block, limiter: _Limiter, hop: int) -> tuple[Block, list[float]]:
    """The core of a window, limited, and the largest reduction in each of its hops in dB."""
    core, gain = window[limiter.reach : len(window) - limiter.reach], _gain(window, limiter)
    if gain is None:
        return core, [0.0] * -(-len(core) // hop)
    least = np.minimum.reduceat(gain, np.arange(0, len(gain), hop)).tolist()
    return core * gain[:, np.newaxis], [0.0 - decibels(each) for each in least]


def _hop(rate_hz: int) -> int:
    return round(HOP_S * rate_hz)


def _limiter(rate_hz: int, ceiling: float) -> _Limiter:
    average = round(SLOW_AVERAGE_S * rate_hz / 2)
    return _Limiter(
        ceiling,
        slow=_Smoother(round(SLOW_HOLD_S * rate_hz), (average, average, average)),
        fast=_covering(round(FAST_S * rate_hz)),
        patch=_covering(round(PATCH_S * rate_hz)),
    )


def _covering(hold: int) -> _Smoother:
    """Averages that see no farther than the maximum holds: their result is nowhere below the reduction smoothed."""
    third = hold // 3
    return _Smoother(hold, (third, third, hold - 2 * third))


def _within(values: NDArray[np.float64], edge: int) -> NDArray[np.float64]:
    """`values` without the first and the last `edge` of them."""
    return values[edge : len(values) - edge]


def _gain(window: Block, limiter: _Limiter) -> NDArray[np.float64] | None:
    """The gain for each frame of the window's core; None where nothing is over the ceiling."""
    core = len(window) - 2 * limiter.reach
    with np.errstate(over="ignore"):
        heard = np.ascontiguousarray(window.T, dtype=np.float32)
    excess = _excess(heard, limiter)
    if not excess.any():
        return None
    gain = _slow_and_fast(excess, limiter)
    edge = (len(window) - len(gain)) // 2
    _patch(gain, heard[:, edge : edge + len(gain)] * gain.astype(np.float32), limiter)
    return _within(gain, (len(gain) - core) // 2)


def _patch(gain: NDArray[np.float64], heard: NDArray[np.float32], limiter: _Limiter) -> None:
    """Lower `gain` in place, and what is `heard` through it, wherever that is still over."""
    reach = limiter.patch.reach
    excess = np.zeros(len(gain), np.int32)
    excess[BLIND:-BLIND] = _excess(heard, limiter, gain < 1.0)
    for _ in range(PATCHES):
        stretches = _stretches(excess, limiter.patch_reach)
        if not stretches:
            break
        for start, stop in stretches:
            factor = _factor(limiter.patch(excess[start - 2 * reach : stop + 2 * reach]))
            first, last = start - reach, stop + reach
            gain[first:last] *= factor
            heard[:, first:last] *= factor.astype(np.float32)
            around = heard[:, first - 2 * BLIND : last + 2 * BLIND]
            excess[first - BLIND : last + BLIND] = _excess(around, limiter)


def _stretches(excess: Reduction, edge: int) -> list[tuple[int, int]]:
    """Where there is excess, but for the edges: first frame and end of stretches too far apart to meet."""
    places = edge + np.flatnonzero(excess[edge : len(excess) - edge])
    if not len(places):
        return []
    gaps = np.flatnonzero(np.diff(places) > 8 * edge)  # 2 would do: fewer and longer ones are quicker
    return [(int(stretch[0]), int(stretch[-1]) + 1) for stretch in np.split(places, gaps + 1)]


def _excess(heard: NDArray[np.float32], limiter: _Limiter, among: NDArray[np.bool_] | None = None) -> Reduction:
    """The reduction wanted of each frame `heard`, or of those near `among`; BLIND frames shorter at either end."""
    left, right = (envelope(samples, limiter.ceiling, among) for samples in heard)
    return _wanted(left, right, limiter.ceiling)


@njit(cache=True, nogil=True)
def _wanted(left: Points, right: Points, ceiling: float) -> Reduction:
    out = np.zeros(left.shape[0] - 2 * BLIND, np.int32)
    for i in range(out.shape[0]):
        frame = i + BLIND  # the peak between two samples is both of theirs, and the louder channel counts
        peak = max(max(left[frame - 1], left[frame]), max(right[frame - 1], right[frame]))
        if peak > ceiling:
            out[i] = np.int32(min(np.ceil((1.0 - ceiling / peak) * ONE), MOST))
    return out


def _slow_and_fast(excess: Reduction, limiter: _Limiter) -> NDArray[np.float64]:
    """The factor that takes off `excess`: slowly what is steady, quickly what then remains."""
    slow, reach = limiter.slow(excess), limiter.slow.reach
    fast = limiter.fast(_rest(excess[reach : len(excess) - reach], slow))
    edge = limiter.fast.reach
    return _product(slow[edge : len(slow) - edge], fast)


@njit(cache=True, nogil=True)
def _rest(wanted: Reduction, taken: Reduction) -> Reduction:
    """The reduction that is still wanted once some is taken."""
    out = np.empty(wanted.shape[0], np.int32)
    for i in range(out.shape[0]):
        left = 1.0 - (1.0 - wanted[i] / ONE) / (1.0 - taken[i] / ONE)
        out[i] = np.int32(np.ceil(max(left, 0.0) * ONE))
    return out


@njit(cache=True, nogil=True)
def _product(one: Reduction, other: Reduction) -> NDArray[np.float64]:
    """The factor that is two reductions, one after the other."""
    out = np.empty(one.shape[0], np.float64)
    for i in range(out.shape[0]):
        out[i] = (1.0 - one[i] / ONE) * (1.0 - other[i] / ONE)
    return out


def _factor(reduction: Reduction) -> NDArray[np.float64]:
    return 1.0 - reduction / ONE


def _running_maximum(values: Reduction, width: int) -> Reduction:
    """The largest of each `width` successive values, by doubling: spans of 2, 4, 8, ..., at last two that overlap."""
    span = 1
    while 2 * span <= width:
        values = np.maximum(values[:-span], values[span:])
        span *= 2
    rest = width - span
    return np.maximum(values[:-rest], values[rest:]) if rest else values


@njit(cache=True, nogil=True)
def _moving_average(values: Reduction, width: int) -> Reduction:
    """The mean of each `width` successive values, rounded up."""
    out = np.empty(values.shape[0] - width + 1, np.int32)
    share = 1.0 / width
    total = np.int64(0)
    for i in range(width):
        total += values[i]
    out[0] = np.int32(np.ceil(total * share))
    for i in range(1, out.shape[0]):
        total += values[i + width - 1] - values[i - 1]
        out[i] = np.int32(np.ceil(total * share))
    return out
