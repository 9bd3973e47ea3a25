"""How loud a programme is by an independent meter, so that no promise rests on one reading of the standard alone.

The weighting is pyloudnorm's (Christian J. Steinmetz, 0.2.0), by its exact filter (class "DeMan"), which is that of
ITU-R BS.1770-5 at any rate; so are the bounds of its blocks. Only the loop that filters is our own, for a stream:
pyloudnorm itself needs the whole sound in memory and takes each channel and each overlapping block by itself,
at ten times the cost. Of a whole sound both read the same within 1e-6 LU. Nothing is shared with
`pipeline.analysis.meters.loudness`, not even the gates: neither would find an error that both share.
"""

import math
from array import array

import numpy as np
from numba import njit
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.dsp.biquad import coefficients, step

HOPS_PER_S = 10  # BS.1770-5 Annex 1: a block of 400 ms overlaps the next by 75 %
BLOCK_HOPS = 4
FORGOTTEN = 1e-100  # a filter's memory below this is cleared: it would reach numbers that are slow to calculate with

OFFSET_LU = -0.691  # BS.1770-5 Annex 1, equation 2
ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5 Annex 1
RELATIVE_GATE_LU = -10.0  # BS.1770-5 Annex 1


class CrossCheckMeter:
    """Takes blocks of a stereo programme; holds one figure for every tenth of a second."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing heard, for samples at `rate_hz`."""
        from pyloudnorm import Meter  # takes half a second and more, which only an audit should pay

        stages = Meter(rate_hz, filter_class="DeMan")._filters.values()
        sections = [[*(stage.passband_gain * stage.b / stage.a[0]), *(stage.a / stage.a[0])] for stage in stages]
        self._sections = np.array(sections, dtype=np.float64)
        self._state = np.zeros((2, 2, 2))  # what each channel and section adds to the next two samples
        self._rate_hz, self._frames = rate_hz, 0
        self._begun = 0.0  # energy of the hop that is not complete
        self._energies = array("d")

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2), full scale at 1.0."""
        while len(block):
            end = (len(self._energies) + 1) * self._rate_hz // HOPS_PER_S
            part, block = block[: end - self._frames], block[end - self._frames :]
            self._begun = _energy(part, self._sections, self._state, self._begun)
            self._frames += len(part)
            if self._frames == end:
                self._state[np.abs(self._state) < FORGOTTEN] = 0.0
                self._energies.append(self._begun)
                self._begun = 0.0

    def block_powers(self) -> NDArray[np.float64]:
        """Power of each gating block (400 ms every 100 ms) of what came so far: a channel-summed, weighted mean square.

        An incomplete block at the end counts for nothing, as the standard asks; pyloudnorm alone would count one that
        is nearly complete.
        """
        energies = np.array(self._energies[: self._frames * HOPS_PER_S // self._rate_hz])
        if len(energies) < BLOCK_HOPS:
            return np.empty(0)
        blocks = sliding_window_view(energies, BLOCK_HOPS).sum(axis=1)
        return np.asarray(blocks * (HOPS_PER_S / (BLOCK_HOPS * self._rate_hz)))


@njit(cache=True, nogil=True)
def _energy(
    frames: NDArray[np.float64], sections: NDArray[np.float64], state: NDArray[np.float64], energy: float
) -> float:
    """`energy` and that of the frames behind both sections; `state` goes on with them.

    Both channels go side by side: each waits for its own previous sample, and the two waits overlap.
    """
    shelf, high_pass = coefficients(sections[0]), coefficients(sections[1])
    (left_1, left_2), (left_3, left_4) = state[0]
    (right_1, right_2), (right_3, right_4) = state[1]
    for n in range(len(frames)):
        left, left_1, left_2 = step(frames[n, 0], shelf, left_1, left_2)
        right, right_1, right_2 = step(frames[n, 1], shelf, right_1, right_2)
        left, left_3, left_4 = step(left, high_pass, left_3, left_4)
        right, right_3, right_4 = step(right, high_pass, right_3, right_4)
        energy += left * left + right * right
    state[0, 0], state[0, 1] = (left_1, left_2), (left_3, left_4)
    state[1, 0], state[1, 1] = (right_1, right_2), (right_3, right_4)
    return energy


def integrated_lufs(block_powers: NDArray[np.float64]) -> float | None:
    """The gated loudness of gating blocks (BS.1770-5 Annex 1); None where no block passes the absolute gate.

    An album's loudness is that of its tracks' blocks, concatenated.
    """
    audible = block_powers[block_powers > 10.0 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10.0)]
    if not len(audible):
        return None
    gated = audible[audible > audible.mean() * 10.0 ** (RELATIVE_GATE_LU / 10.0)]
    return OFFSET_LU + 10.0 * math.log10(gated.mean())
