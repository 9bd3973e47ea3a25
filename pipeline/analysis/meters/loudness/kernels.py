"""The K-weighting and the energy of hops, compiled."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

# A filter state smaller than this (-600 dB) counts as zero: decaying further would take a hundred times as long.
ZERO = 1e-30
LEAD_IN = 4  # the zeros of the weighting look this many frames back
# What the kernels carry over for each channel: the last two outputs of either stage, and the energy of the hop so far.
STATE_SIZE = 5


@njit(cache=True, nogil=True)
def measure(
    sound: NDArray[np.float64],
    place: tuple[int, int, int, int],
    zeros: tuple[float, float, float],
    poles: tuple[float, float, float, float],
    weights: NDArray[np.float64],
    states: NDArray[np.float64],
    energies: NDArray[np.float64],
) -> int:
    """Write the energies of the hops that end in `sound`, after its lead-in, and return their number.

    `place` is the sample rate, the hops in a second, the frames that came before, and the hops that ended in them.
    """
    rate_hz, hops_per_s, frames, hops = place
    width = sound.shape[1]
    samples = sound.reshape(-1)
    longest = rate_hz // hops_per_s + 1
    driven = np.empty((longest, width))
    start, ended = LEAD_IN, 0
    while start < len(sound):
        hop_end = (2 * rate_hz * (hops + ended + 1) + hops_per_s) // (2 * hops_per_s) - frames + LEAD_IN
        stop = min(hop_end, len(sound))
        _run_zeros(samples[(start - LEAD_IN) * width : stop * width], width, zeros, driven.reshape(-1))
        for first in range(0, width, 2):
            _run_poles(driven[: stop - start, first : first + 2], poles, states[first], states[first + 1])
        if stop == hop_end:
            energies[ended] = _end_hop(weights, states)
            ended += 1
        start = stop
    return ended


@njit(cache=True, nogil=True)
def _run_zeros(
    samples: NDArray[np.float64], width: int, zeros: tuple[float, float, float], driven: NDArray[np.float64]
) -> None:
    """Write what drives the poles: the second difference of stage 2, then the numerator of stage 1.

    The poles of stage 2 raise what was rounded off before them up to a millionfold; differences of samples are
    almost exact, so they come first.
    """
    b0, b1, b2 = zeros
    x0, x1, x2, x3 = samples[4 * width :], samples[3 * width :], samples[2 * width :], samples[width:]
    for i in range(len(x0)):
        newest, newer, older, oldest = x0[i] - x1[i], x1[i] - x2[i], x2[i] - x3[i], x3[i] - samples[i]
        driven[i] = b0 * (newest - newer) + b1 * (newer - older) + b2 * (older - oldest)


@njit(cache=True, nogil=True)
def _run_poles(
    driven: NDArray[np.float64],
    poles: tuple[float, float, float, float],
    left: NDArray[np.float64],
    right: NDArray[np.float64],
) -> None:
    """Run two channels through the poles of both stages and add up their squares."""
    c1, c2, a1, a2 = poles
    # The channels side by side: each waits for its own last output, and the other's work fills the wait.
    lh1, lh2, ls1, ls2, left_energy = left[0], left[1], left[2], left[3], left[4]
    rh1, rh2, rs1, rs2, right_energy = right[0], right[1], right[2], right[3], right[4]
    for i in range(len(driven)):
        # The last output comes last: all else is ready before it.
        lh1, lh2 = (driven[i, 0] - c2 * lh2) - c1 * lh1, lh1
        rh1, rh2 = (driven[i, 1] - c2 * rh2) - c1 * rh1, rh1
        ls1, ls2 = (lh1 - a2 * ls2) - a1 * ls1, ls1
        rs1, rs2 = (rh1 - a2 * rs2) - a1 * rs1, rs1
        left_energy += ls1 * ls1
        right_energy += rs1 * rs1
    left[:] = (lh1, lh2, ls1, ls2, left_energy)
    right[:] = (rh1, rh2, rs1, rs2, right_energy)


@njit(cache=True, nogil=True)
def _end_hop(weights: NDArray[np.float64], states: NDArray[np.float64]) -> float:
    """The energy of the hop, all channels weighted, as the next begins."""
    energy = 0.0
    for channel in range(len(weights)):
        h1, h2, s1, s2, channel_energy = states[channel]
        energy += weights[channel] * channel_energy
        states[channel, 4] = 0.0
        if max(abs(h1), abs(h2), abs(s1), abs(s2)) < ZERO:
            states[channel] = 0.0
    return energy
