"""Condition a vinyl premaster: bass to the middle by an elliptic equaliser, rumble out by a high-pass.

A groove's depth is the side signal: strong low side signal lifts the cutter out of the lacquer or drives it through.
The elliptic equaliser of cutting consoles is a first-order high-pass, 6 dB an octave, on the side alone, its corner
selectable at 75 to 300 Hz (Neumann EE series). It is built here by its complement: what a first-order low-pass finds
in the side goes over to the other channel, so that left + right is left as it was and mono passes bit for bit.
Both filters are Butterworth's by the bilinear transform, warped so that -3 dB lies at the corner.
"""

import math
from collections.abc import Iterator

import numpy as np
from numba import njit

from pipeline.dsp.types import Block


def tighten_low_end(
    blocks: Iterator[Block], rate_hz: float, *, elliptic_corner_hz: float | None, rumble_corner_hz: float | None
) -> Iterator[Block]:
    """Blocks of shape (frames, 2) after the elliptic equaliser, then the rumble filter; None leaves one out.

    Minimum phase, float64; the samples do not depend on the blocks' sizes. Raises ValueError for a corner not between
    zero and half the rate.
    """
    corners_hz = elliptic_corner_hz, rumble_corner_hz
    elliptic, rumble = (None if each is None else _warped(each, rate_hz) for each in corners_hz)
    return blocks if elliptic is None and rumble is None else _conditioned(blocks, elliptic, rumble)


def _warped(corner_hz: float, rate_hz: float) -> float:
    if not 0.0 < corner_hz < rate_hz / 2.0:
        raise ValueError(f"corner is {corner_hz} Hz, expected between 0 and {rate_hz / 2.0}")
    return math.tan(math.pi * corner_hz / rate_hz)


def _conditioned(blocks: Iterator[Block], elliptic: float | None, rumble: float | None) -> Iterator[Block]:
    """The side's low end taken out of the left and put into the right; then each channel through a high-pass."""
    narrowing, passing = np.zeros(2), np.zeros(3)
    if elliptic is not None:
        narrowing[:] = elliptic / (1.0 + elliptic), (elliptic - 1.0) / (elliptic + 1.0)
    if rumble is not None:
        norm = 1.0 + math.sqrt(2.0) * rumble + rumble * rumble
        a1, a2 = 2.0 * (rumble * rumble - 1.0) / norm, (1.0 - math.sqrt(2.0) * rumble + rumble * rumble) / norm
        passing[:] = 1.0 / norm, a1, a2
    state = np.zeros(5)
    for block in blocks:
        out = np.empty(block.shape)
        _condition(block, (elliptic is not None, rumble is not None), narrowing, passing, state, out)
        yield out


@njit(cache=True, nogil=True)
def _condition(block, wanted, narrowing, passing, state, out):  # type: ignore[no-untyped-def]
    """Both filters in one loop: while one waits for its last frame, the other works."""
    narrows, passes = wanted
    gain, pole = narrowing
    scale, a1, a2 = passing
    low_end, left_1, left_2, right_1, right_2 = state
    for n in range(block.shape[0]):
        left, right = block[n, 0], block[n, 1]
        if narrows:
            side = (left - right) / 2.0
            low = gain * side + low_end
            low_end = gain * side - pole * low
            left, right = left - low, right + low
        if passes:
            left, right = scale * left, scale * right
            high_left, high_right = left + left_1, right + right_1
            left_1, right_1 = left_2 - 2.0 * left - a1 * high_left, right_2 - 2.0 * right - a1 * high_right
            left_2, right_2 = left - a2 * high_left, right - a2 * high_right
            left, right = high_left, high_right
        out[n, 0], out[n, 1] = left, right
    state[:] = (low_end, left_1, left_2, right_1, right_2)
