"""What a limiter will make of a programme at any drive, told from a sketch of it: no render is needed to find a drive.

The sketch holds three figures for every half millisecond: the highest sample, the waveform's highest peak and the
K-weighted energy. The limiter's own smoothing, run over those peaks as if they were samples, gives its gain nearly, and
the energies through that gain give the loudness nearly: on music within some hundredths of a decibel. What is delivered
is measured all the same; this only says where to begin.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.analysis.meters.loudness import MOMENTARY_TENTHS, EnergyMeter
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.overlap import overlapping_windows
from pipeline.dsp.oversampling import MARGIN, stretch_peaks
from pipeline.dsp.types import Block, Powers
from pipeline.processors.limiter import gain_from_sketch

HOPS_PER_S = 2000
HOPS_PER_TENTH = HOPS_PER_S // 10
CHUNK_S = 2  # sketched together: speed only
FIGURES = 3  # of each hop


@dataclass(frozen=True)
class Forecast:
    """A programme at some drive: the power of each track's gating blocks, and the gain reduction."""

    block_powers: tuple[Powers, ...]
    reduction: GainReduction


def sketch(blocks: Iterable[Block], rate_hz: int, floor: float) -> Iterator[Block]:
    """The sketch of `blocks`, of shape (frames, 2): highest sample, peak and energy, HOPS_PER_S of them a second.

    Peaks are right where they exceed `floor`, else perhaps lower. What is left of a hop at the end counts as one.
    """
    meter = EnergyMeter(rate_hz, HOPS_PER_S)
    peaks, energies = np.empty((0, 2)), np.empty(0)
    nothing = np.zeros((rate_hz // HOPS_PER_S + 8, 2))  # a hop of silence lets the meter tell the last one
    for window in chain(overlapping_windows(blocks, CHUNK_S * rate_hz, MARGIN + 1), [None]):
        if window is None:
            energies = np.concatenate([energies, meter.add(nothing)])
        else:
            core = window[MARGIN + 1 : len(window) - MARGIN - 1]
            energies = np.concatenate([energies, meter.add(core)])
            peaks = np.concatenate([peaks, _peaks(window, rate_hz, floor)])
        known = min(len(peaks), len(energies))
        yield np.column_stack([peaks[:known], energies[:known]])
        peaks, energies = peaks[known:], energies[known:]


def _peaks(window: Block, rate_hz: int, floor: float) -> NDArray[np.float64]:
    """The highest sample and the highest peak of either channel in each hop of the core, which begins with a hop."""
    frames = len(window) - 2 * (MARGIN + 1)
    hops = -(-frames * HOPS_PER_S // rate_hz)
    starts = (2 * rate_hz * np.arange(hops) + HOPS_PER_S) // (2 * HOPS_PER_S)
    edges = np.append(starts[starts < frames], frames) + MARGIN + 1
    return np.column_stack(stretch_peaks(window, edges, floor)).astype(np.float64)


def forecast(
    sketch: Iterable[NDArray[np.floating[Any]]],
    rate_hz: int,
    spans: Sequence[tuple[int, int]],
    drive: float,
    ceiling: float,
    floor: float = 0.0,
) -> Forecast:
    """What comes of a programme that is driven by the factor `drive` and limited to the amplitude `ceiling`.

    `spans` are the tracks' first frames and ends at `rate_hz`, end to end. Peaks up to `floor`, before the drive, are
    taken to be at samples: so the same is told from sketches whose own floors are as high or lower.
    """
    reduction, position = GainReduction(), 0
    hops = [[round(frame * HOPS_PER_S / rate_hz) for frame in span] for span in spans]
    tenths = [np.arange(start, stop, HOPS_PER_TENTH) for start, stop in hops]
    starts = np.concatenate(tenths)
    energies = np.zeros(len(starts))
    for heard in gain_from_sketch(
        (_driven(figures, drive, floor) for figures in sketch), HOPS_PER_S, ceiling, reduction
    ):
        belongs = np.searchsorted(starts, np.arange(position, position + len(heard)), "right") - 1
        energies += np.bincount(belongs, heard, len(starts))
        position += len(heard)
    firsts = np.cumsum([0, *map(len, tenths)])
    wholes = [(stop - start) // HOPS_PER_TENTH for start, stop in hops]
    per_track = [energies[first : first + whole] for first, whole in zip(firsts, wholes, strict=False)]
    return Forecast(tuple(_block_powers(each, rate_hz) for each in per_track), reduction)


def _driven(figures: NDArray[np.floating[Any]], drive: float, floor: float) -> Block:
    """Pairs of peak and energy after a drive."""
    sample, peak, energy = figures.T.astype(np.float64)
    return np.column_stack([np.where(peak > floor, peak, sample) * drive, energy * (drive * drive)])


def _block_powers(tenths: Powers, rate_hz: int) -> Powers:
    """The mean square of each gating block from the energies of a track's tenths of a second."""
    if len(tenths) < MOMENTARY_TENTHS:
        return np.empty(0)
    blocks: Powers = sliding_window_view(tenths, MOMENTARY_TENTHS).sum(axis=1)
    return blocks / (MOMENTARY_TENTHS * rate_hz / 10)
