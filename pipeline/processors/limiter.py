"""Hold a programme's true peak under a ceiling, with no more change to it than that takes.

It looks both ways, as only an offline limiter can, so it has neither latency nor a release time. One gain serves both
channels, so that the image stays. Where nothing is over the ceiling, samples pass bit for bit.

1. The waveform's envelope (`pipeline.dsp.oversampling`) says what reduction is wanted, frame by frame.
2. A slow stage takes what is steadily over: a running maximum fills the gaps between peaks that follow each other
   closely, and three moving averages spread it so widely that an isolated peak hardly counts. They spread it to before
   an attack as well, where a listener would hear the level drop ahead of the drum. So this stage takes no more than was
   wanted lately or is due within milliseconds, which the attack itself masks; or else so little that nobody hears it.
3. A medium stage averages what is left without filling gaps: after an attack, until the slow stage has caught up.
4. A fast stage takes the rest: it holds each peak for half a millisecond, so that its averages still cover it.
5. The envelope of the result is measured again; what is still over, by the gain's own movement, is patched in the same
   manner, until nothing is.

The division of labour and its times are ours, chosen by measuring distortion, transients, pumping and the fall in level
before attacks on music at equal loudness (`tests/bench/limiter.py`).

Reductions are integers (`pipeline.dsp.reduction_smoothing`), so that no reduction stays none, and every sample depends
on the sound within the reach of these stages and on nothing else, neither block sizes nor where a window began.
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
from pipeline.dsp.reduction_smoothing import (
    MOST,
    ONE,
    Reduction,
    Smoother,
    centred,
    covering,
    gain_of,
    gain_of_all,
    wanted_after,
)
from pipeline.dsp.types import Block
from pipeline.system.parallel import parallel_map

WINDOW_HOPS = 8  # are limited together: speed only, in a window that the processor keeps at hand

SLOW_HOLD_S = 0.014  # either side: half a period of 36 Hz, so that the reduction of a bass note does not ripple with it
SLOW_AVERAGE_S = 0.063  # each of three averages is this long
DUE_BACK_S = 0.100  # what was wanted so lately still lets the slow stage act: about as far as it spreads it itself
DUE_AHEAD_S = 0.006  # taste: what will be wanted so soon lets it act too, so that the level does not fall at a step
DUE_AVERAGE_S = 0.010  # each of three averages that make this smooth: most of the fall is in the last 10 ms
UNHEARD_DB = 0.25  # taste: so little may be taken early, as nobody hears it; it saves distortion where little is over
MEDIUM_HOLD_S = 0.0005  # either side: hardly any, lest the medium stage widen an isolated peak
MEDIUM_AVERAGE_S = 0.015  # each of three averages is this long
FAST_S = 0.0005  # the fast stage holds a peak this far to either side
PATCH_S = 0.0005  # a patch holds a peak this far to either side
PATCHES = 10  # at most; music takes one to four
BLIND = MARGIN + 1  # frames at either end of a window whose peaks are not known without what lies beyond


@dataclass(frozen=True)
class _Stages:
    """What takes a reduction off before anything is measured again; `due` and `unheard` bound the slow stage."""

    slow: Smoother
    due: Smoother
    unheard: int
    medium: Smoother
    fast: Smoother

    @property
    def reach(self) -> int:
        return max(self.slow.reach, self.due.reach) + self.medium.reach + self.fast.reach

    def __call__(self, wanted: Reduction) -> NDArray[np.float64]:
        """The gain that takes off what is `wanted`; shorter by the reach at either end."""
        length = len(wanted) - 2 * max(self.slow.reach, self.due.reach)
        slow, due = (centred(smoothed(wanted), length) for smoothed in (self.slow, self.due))
        slow = np.minimum(slow, np.maximum(due, self.unheard))
        rest = wanted_after(wanted, slow)
        medium = self.medium(rest)
        fast = self.fast(wanted_after(rest, medium))
        return gain_of_all(centred(slow, len(fast)), centred(medium, len(fast)), fast)


@dataclass(frozen=True)
class _Limiter:
    """What rate and ceiling make of the times above."""

    ceiling: float
    stages: _Stages
    patch: Smoother

    @property
    def patch_reach(self) -> int:
        """How far from a frame one patch sees."""
        return 2 * (self.patch.reach + BLIND)

    @property
    def reach(self) -> int:
        """How far from a frame the sound can be that has a part in its gain."""
        return BLIND + self.stages.reach + (PATCHES + 1) * self.patch_reach


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

    The gain is that of all stages but the patches, for peaks that are known only this coarsely; it goes to
    `reduction`. Yields shape (hops,), as many as it takes.
    """
    limiter, hop = _limiter(rate_hz, ceiling), _hop(rate_hz)
    reach = limiter.stages.reach
    for window in overlapping_windows(sketch, WINDOW_HOPS * hop, reach):
        energies = window[reach : len(window) - reach, 1]
        wanted = np.ceil((1.0 - ceiling / np.maximum(window[:, 0], ceiling)) * ONE)
        excess = np.minimum(wanted, MOST).astype(np.int32)
        gain = limiter.stages(excess) if excess.any() else np.ones(len(energies))
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
    def frames(seconds: float) -> int:
        return round(seconds * rate_hz)

    def smoother(back_s: float, ahead_s: float, average_s: float) -> Smoother:
        half_width = frames(average_s / 2)
        return Smoother(frames(back_s), frames(ahead_s), (half_width, half_width, half_width))

    stages = _Stages(
        slow=smoother(SLOW_HOLD_S, SLOW_HOLD_S, SLOW_AVERAGE_S),
        due=smoother(DUE_BACK_S, DUE_AHEAD_S, DUE_AVERAGE_S),
        unheard=round((1.0 - amplitude(-UNHEARD_DB)) * ONE),
        medium=smoother(MEDIUM_HOLD_S, MEDIUM_HOLD_S, MEDIUM_AVERAGE_S),
        fast=covering(frames(FAST_S)),
    )
    return _Limiter(ceiling, stages, patch=covering(frames(PATCH_S)))


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
    gain = limiter.stages(excess)
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
            factor = gain_of(limiter.patch(excess[start - 2 * reach : stop + 2 * reach]))
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
