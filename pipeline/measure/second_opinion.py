"""How loud a programme is by somebody else's meter, so that no promise rests on one reading of the standard alone.

The meter is pyloudnorm 0.2.0 (Christian J. Steinmetz) with its exact weighting filter (class "DeMan"), which is that
of ITU-R BS.1770-5 at any rate. It wants the whole sound in memory and is given stretches of it, each begun a second
early: its filters start from rest, and have forgotten that (1e-12 of it is left after 130 ms) before a block counts.
Nothing is shared with `pipeline.measure.loudness`, not even the gates: what both did wrong, neither would find.
"""

import math
from threading import Lock

import numpy as np
from numpy.typing import NDArray

STRETCH_S = 10  # measured at once: speed against memory
OVERLAP_S = 1  # whole seconds are whole frames and whole hops at every rate
HOPS_PER_S = 10  # BS.1770-5 Annex 1: a block of 400 ms overlaps the next by 75 %
BLOCK_HOPS = 4

OFFSET_LU = -0.691  # BS.1770-5 Annex 1, equation 2
ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5 Annex 1
RELATIVE_GATE_LU = -10.0  # BS.1770-5 Annex 1

# Blocks at the head of a stretch that the one before has told already.
_TOLD = OVERLAP_S * HOPS_PER_S - BLOCK_HOPS + 1

# pyloudnorm turns warnings off while it measures and on again after; until Python 3.14 threads share that switch.
_one_at_a_time = Lock()


class SecondOpinion:
    """Takes blocks of a stereo programme; holds at most ten seconds of it."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing heard, for samples at `rate_hz`."""
        from pyloudnorm import Meter  # scipy.signal with it: half a second and more, that only an audit should pay

        self._rate_hz = rate_hz
        self._meter = Meter(rate_hz, filter_class="DeMan")
        self._heard = np.empty((STRETCH_S * rate_hz, 2))
        self._filled = 0
        self._powers: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2), full scale at 1.0."""
        while len(block):
            part = block[: len(self._heard) - self._filled]
            self._heard[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            block = block[len(part) :]
            if self._filled == len(self._heard):
                self._powers.append(self._untold_powers())
                self._filled = OVERLAP_S * self._rate_hz
                self._heard[: self._filled] = self._heard[-self._filled :]

    def block_powers(self) -> NDArray[np.float64]:
        """Power of each gating block (400 ms every 100 ms) of what came so far: a channel-summed, weighted mean square.

        An incomplete block at the end counts for nothing, as the standard wants; pyloudnorm alone would count one that
        is nearly complete.
        """
        return np.concatenate([*self._powers, self._untold_powers()])

    def _untold_powers(self) -> NDArray[np.float64]:
        """The powers of the blocks complete in what is held that no earlier stretch had."""
        hops = self._filled * HOPS_PER_S // self._rate_hz
        if hops < BLOCK_HOPS:
            return np.empty(0)
        whole = -(-hops * self._rate_hz // HOPS_PER_S)
        with _one_at_a_time:
            self._meter.integrated_loudness(self._heard[:whole])
        powers = 10.0 ** ((np.array(self._meter.blockwise_loudness) - OFFSET_LU) / 10.0)
        return np.asarray(powers[_TOLD if self._powers else 0 :])


def integrated_lufs(block_powers: NDArray[np.float64]) -> float | None:
    """The gated loudness of gating blocks (BS.1770-5 Annex 1); None where no block passes the absolute gate.

    An album's is that of its tracks' blocks, concatenated.
    """
    audible = block_powers[block_powers > 10.0 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10.0)]
    if not len(audible):
        return None
    gated = audible[audible > audible.mean() * 10.0 ** (RELATIVE_GATE_LU / 10.0)]
    return OFFSET_LU + 10.0 * math.log10(gated.mean())
