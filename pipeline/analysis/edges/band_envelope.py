"""How the power of a stretch runs in nine bands, from which beginnings and endings are found.

A window of 50 ms every 10 ms, both channels pooled (mean of their powers), each window's own mean left out, so that a
DC offset does not count. Precision is single: its rounding lies 140 dB under the loudest of a window. Hops are counted
from the stretch's first frame for a head and from its last for a tail.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from pipeline.dsp.types import Block, Floats
from pipeline.intake.mixes import Stretch

Complexes = NDArray[np.complex64]

HOPS_PER_S = 100
WINDOW_HOPS = 5
# A band is about an octave wide.
BAND_EDGES_HZ = (30.0, 90.0, 180.0, 355.0, 710.0, 1400.0, 2800.0, 5600.0, 11200.0, 20000.0)
BANDS = len(BAND_EDGES_HZ) - 1
NOTHING_DB = -140.0  # this lies under the last bit of 24, and above what rounding leaves of a DC offset
WINDOWS = 64  # this many are transformed at a time


@dataclass(frozen=True)
class BandEnvelope:
    """Powers (mean squares) of shape (hops, bands); hop i lies about the frame `first + i * hop` of the stretch."""

    powers: Floats
    first: int
    hop: int

    def frame(self, index: int) -> int:
        """The frame about which the hop of this index lies: the middle of its window."""
        return self.first + index * self.hop


def hop_frames(rate_hz: int) -> int:
    """The frames of a hop of 10 ms."""
    return round(rate_hz / HOPS_PER_S)


def band_envelope(stretch: Stretch, start: int, stop: int, *, from_end: bool = False) -> BandEnvelope:
    """The envelope of `stretch` from its frame `start` up to `stop`; one hop where that is less than a window.

    Raises Refusal when the file breaks off.
    """
    hop = hop_frames(stretch.mix.rate_hz)
    window = WINDOW_HOPS * hop
    start += (stop - start - window) % hop if from_end and stop - start >= window else 0
    edges = np.searchsorted(np.arange(window // 2 + 1) * stretch.mix.rate_hz / window, BAND_EDGES_HZ)
    taper = np.hanning(window + 1)[:window].astype(np.float32)
    powers = [_powers(cells, taper, edges) for cells in _windows(_read(stretch, start, stop), window, hop)]
    return BandEnvelope(np.concatenate(powers), start + window // 2, hop)


def sound(stretch: Stretch, start: int, stop: int) -> Block:
    """The samples of `stretch` from its frame `start` up to `stop`, of shape (frames, 2)."""
    return np.concatenate([np.zeros((0, 2)), *_read(stretch, start, stop)])


def decibels_of(powers: Floats) -> Floats:
    """Powers in dBFS, none under -140."""
    levels: Floats = 10.0 * np.log10(np.maximum(powers, 10.0 ** (NOTHING_DB / 10.0)))
    return levels


def _read(stretch: Stretch, start: int, stop: int) -> Iterator[Block]:
    return stretch.mix.blocks(stretch.start + start, stretch.start + stop)


def _windows(blocks: Iterator[Block], window: int, hop: int) -> Iterator[Complexes]:
    """Overlapping windows of shape (windows, window) of left + i right, some at a time, whatever the blocks."""
    whole = window + (WINDOWS - 1) * hop
    held, ready, given = list[Complexes](), 0, False
    for block in blocks:
        held.append(block.astype(np.float32).view(np.complex64)[:, 0])
        ready += len(block)
        while ready >= whole:
            joined = np.concatenate(held)
            yield np.lib.stride_tricks.sliding_window_view(joined[:whole], window)[::hop]
            held, given = [joined[WINDOWS * hop :]], True
            ready = len(held[0])
    rest = np.concatenate(held) if held else np.zeros(0, np.complex64)
    if len(rest) >= window:
        yield np.lib.stride_tricks.sliding_window_view(rest, window)[::hop]
    elif not given:
        yield np.pad(rest, (0, window - len(rest)))[np.newaxis]


def _powers(cells: Complexes, taper: NDArray[np.float32], edges: NDArray[np.intp]) -> Floats:
    window = cells.shape[1]
    tapered = (cells - cells.mean(axis=1, keepdims=True)) * taper
    spectrum = fft.fft(tapered, axis=1, overwrite_x=True)
    power = spectrum.real**2 + spectrum.imag**2
    # Bins k and -k of left + i right hold twice the powers of left and right at k, and nothing of their product.
    sums = [
        power[:, low:high].sum(axis=1, dtype=np.float64)
        + power[:, window - high + 1 : window - low + 1].sum(axis=1, dtype=np.float64)
        for low, high in pairwise(edges.tolist())
    ]
    bands: Floats = np.stack(sums, axis=1) / (2.0 * window * np.sum(taper.astype(np.float64) ** 2))
    return bands
