"""Dips: a programme lowered for a millisecond to either side of single places, and left alone everywhere else.

They make room for what a lossy codec adds: where its noise is foreseen, by a ceiling that changes over time; where a
decoded peak was found over, by a patch. Both are smoothed as the limiter smooths its last stage, but held twice as
long: with half a millisecond encoders take more passes until nothing is over (found by trial).

Every sample depends on the sound within the reach of this and on nothing else, so any stretch can be made by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.overlap import overlapping_windows
from pipeline.dsp.oversampling import MARGIN, Points, envelope
from pipeline.dsp.reduction_smoothing import MOST, ONE, Reduction, Smoother, covering, gain_of
from pipeline.dsp.types import Block
from pipeline.system.parallel import parallel_map

HOPS_PER_S = 250  # of a ceiling that changes over time: one figure for 4 ms
DIP_S = 0.001  # a dip holds its place this far to either side
WINDOW = 32768  # frames that are dipped together: speed only
BLIND = MARGIN + 1  # frames at either end of a window whose peaks are not known without what lies beyond


@dataclass(frozen=True, eq=False)
class Patch:
    """Single places: `frames`, in order, and the reduction wanted at each, both of shape (places,)."""

    frames: NDArray[np.int64]
    wanted: Reduction


@dataclass(frozen=True, eq=False)
class Dips:
    """Where a programme is lowered.

    `ceilings` of shape (hops,): the amplitude that is not exceeded in each 1/250 s, infinity where none is asked for;
    nothing is beyond the last. Patches come after it, one after the other.
    """

    ceilings: NDArray[np.float32]
    patches: tuple[Patch, ...] = ()


def reach(rate_hz: int) -> int:
    """How far from a frame the sound can be that has a part in its dip."""
    return _smoother(rate_hz).reach + BLIND


def dip(blocks: Iterable[Block], rate_hz: int, dips: Dips, start: int = 0, *, workers: int = 1) -> Iterator[Block]:
    """`blocks`, of shape (frames, 2), lowered where `dips` asks for it; as many frames, in blocks of its own size.

    The first frame is frame `start` of the programme that `dips` is of. Before and after it is taken to be silent:
    what is within `reach` of either end comes out as in the whole programme only where that is so.
    """
    smoother, position = _smoother(rate_hz), start

    def placed() -> Iterator[tuple[int, Block]]:
        nonlocal position
        for window in overlapping_windows(blocks, WINDOW, smoother.reach + BLIND):
            yield position - smoother.reach - BLIND, window
            position += len(window) - 2 * (smoother.reach + BLIND)

    yield from parallel_map(partial(_dipped, rate_hz=rate_hz, dips=dips, smoother=smoother), placed(), workers)


def _smoother(rate_hz: int) -> Smoother:
    return covering(round(DIP_S * rate_hz))


def _dipped(placed: tuple[int, Block], rate_hz: int, dips: Dips, smoother: Smoother) -> Block:
    """The core of a window that begins at a frame of the programme, lowered."""
    first, window = placed
    edge = smoother.reach + BLIND
    core = window[edge : len(window) - edge]
    gain = np.ones(len(core))
    for wanted in _wanted(first, window, rate_hz, dips):
        if wanted.any():
            gain *= gain_of(smoother(wanted))
    return core * gain[:, np.newaxis] if (gain < 1.0).any() else core


def _wanted(first: int, window: Block, rate_hz: int, dips: Dips) -> Iterator[Reduction]:
    """The reductions wanted of a window's frames, one after the other, BLIND frames shorter at either end."""
    begin, length = first + BLIND, len(window) - 2 * BLIND
    ceilings = _ceilings(begin, length, rate_hz, dips.ceilings)
    if np.isfinite(ceilings).any():
        heard = np.ascontiguousarray(window.T, dtype=np.float32)
        left, right = (envelope(samples, float(ceilings.min())) for samples in heard)
        yield _over(left, right, ceilings)
    yield from _patched(dips.patches, begin, length)


def _ceilings(begin: int, length: int, rate_hz: int, ceilings: NDArray[np.float32]) -> NDArray[np.float32]:
    """The ceiling of each of `length` frames from `begin` on, which may lie before the programme or beyond it."""
    hops = (begin + np.arange(length, dtype=np.int64)) * HOPS_PER_S // rate_hz
    known = (hops >= 0) & (hops < len(ceilings))
    found = np.full(length, np.inf, np.float32)
    found[known] = ceilings[hops[known]]
    return found


def _patched(patches: Sequence[Patch], begin: int, length: int) -> Iterator[Reduction]:
    for patch in patches:
        first, last = np.searchsorted(patch.frames, (begin, begin + length))
        if last > first:
            wanted = np.zeros(length, np.int32)
            wanted[patch.frames[first:last] - begin] = patch.wanted[first:last]
            yield wanted


@njit(cache=True, nogil=True)
def _over(left: Points, right: Points, ceilings: Points) -> Reduction:
    out = np.zeros(ceilings.shape[0], np.int32)
    for i in range(out.shape[0]):
        frame = i + BLIND  # the peak between two samples is both of theirs, and the louder channel counts
        peak = max(max(left[frame - 1], left[frame]), max(right[frame - 1], right[frame]))
        if peak > ceilings[i]:
            out[i] = np.int32(min(np.ceil((1.0 - ceilings[i] / peak) * ONE), MOST))
    return out
