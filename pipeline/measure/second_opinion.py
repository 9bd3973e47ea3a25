"""How loud a programme is by somebody else's meter, so that no promise rests on one reading of the standard alone.

The weighting is pyloudnorm's (Christian J. Steinmetz, 0.2.0), by its exact filter (class "DeMan"), which is that of
ITU-R BS.1770-5 at any rate; so are the bounds of its blocks. The filtering is scipy's, for a stream: pyloudnorm itself
wants the whole sound in memory and takes each channel and each overlapping block by itself, at four times the cost.
Of a whole sound both read the same within 1e-6 LU. Nothing is shared with `pipeline.measure.loudness`, not even the
gates: what both did wrong, neither would find.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

STRETCH_S = 1  # filtered at once, small enough for a processor's cache; a whole second is whole hops at every rate
HOPS_PER_S = 10  # BS.1770-5 Annex 1: a block of 400 ms overlaps the next by 75 %
BLOCK_HOPS = 4
FORGOTTEN = 1e-100  # of a filter's memory: from here it would creep into numbers that are slow to calculate with

OFFSET_LU = -0.691  # BS.1770-5 Annex 1, equation 2
ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5 Annex 1
RELATIVE_GATE_LU = -10.0  # BS.1770-5 Annex 1


class SecondOpinion:
    """Takes blocks of a stereo programme; holds at most a second of it."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing heard, for samples at `rate_hz`."""
        # Half a second and more, that only an audit should pay.
        from pyloudnorm import Meter
        from scipy.signal import sosfilt

        stages = Meter(rate_hz, filter_class="DeMan")._filters.values()
        self._sections = np.array([[*(stage.passband_gain * stage.b), *stage.a] for stage in stages])
        self._filter = sosfilt
        self._state = np.zeros((len(self._sections), 2), dtype=np.complex128)
        self._rate_hz = rate_hz
        self._heard = np.empty((STRETCH_S * rate_hz, 2))
        self._filled = 0
        self._energies: list[NDArray[np.float64]] = []  # of the hops of each stretch

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2), full scale at 1.0."""
        while len(block):
            part = block[: len(self._heard) - self._filled]
            self._heard[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            block = block[len(part) :]
            if self._filled == len(self._heard):
                energies, state = self._weighted_energies()
                state[np.abs(state) < FORGOTTEN] = 0.0
                self._energies.append(energies)
                self._state, self._filled = state, 0

    def block_powers(self) -> NDArray[np.float64]:
        """Power of each gating block (400 ms every 100 ms) of what came so far: a channel-summed, weighted mean square.

        An incomplete block at the end counts for nothing, as the standard wants; pyloudnorm alone would count one that
        is nearly complete.
        """
        begun = [self._weighted_energies()[0]] if self._filled else [np.empty(0)]
        energies = np.concatenate(self._energies + begun)
        if len(energies) < BLOCK_HOPS:
            return np.empty(0)
        blocks = sliding_window_view(energies, BLOCK_HOPS).sum(axis=1)
        return np.asarray(blocks * (HOPS_PER_S / (BLOCK_HOPS * self._rate_hz)))

    def _weighted_energies(self) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
        """The energy of each hop complete in what is held, both channels together, and the filter's state behind it.

        The filter takes a frame for one complex number, left + i right: its coefficients are real, so that neither
        channel hears the other, and both cost little more than one.
        """
        frames = self._heard[: self._filled].view(np.complex128)[:, 0]
        weighted, state = self._filter(self._sections, frames, zi=self._state)
        channels = weighted.view(np.float64)  # left, right, left, ...
        hops = self._filled * HOPS_PER_S // self._rate_hz
        bounds = [2 * (hop * self._rate_hz // HOPS_PER_S) for hop in range(hops + 1)]
        # Not `dot`, which would call threads in for this.
        energies = [np.einsum("i,i->", channels[a:b], channels[a:b]) for a, b in pairwise(bounds)]
        return np.array(energies, dtype=np.float64), state


def integrated_lufs(block_powers: NDArray[np.float64]) -> float | None:
    """The gated loudness of gating blocks (BS.1770-5 Annex 1); None where no block passes the absolute gate.

    An album's is that of its tracks' blocks, concatenated.
    """
    audible = block_powers[block_powers > 10.0 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10.0)]
    if not len(audible):
        return None
    gated = audible[audible > audible.mean() * 10.0 ** (RELATIVE_GATE_LU / 10.0)]
    return OFFSET_LU + 10.0 * math.log10(gated.mean())
