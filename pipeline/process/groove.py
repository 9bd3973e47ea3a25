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
from numpy.typing import NDArray

Block = NDArray[np.float64]


def condition(
    blocks: Iterator[Block], rate_hz: float, *, elliptic_corner_hz: float | None, rumble_corner_hz: float | None
) -> Iterator[Block]:
    """Blocks of shape (frames, 2) after the elliptic equaliser, then the rumble filter; None leaves one out.

    Minimum phase, float64; the samples do not depend on the blocks' sizes. Raises ValueError for a corner not between
    nought and half the rate.
    """
    if elliptic_corner_hz is not None:
        blocks = _elliptic(blocks, _warped(elliptic_corner_hz, rate_hz))
    if rumble_corner_hz is not None:
        blocks = _rumble_free(blocks, _warped(rumble_corner_hz, rate_hz))
    return blocks


def _warped(corner_hz: float, rate_hz: float) -> float:
    if not 0.0 < corner_hz < rate_hz / 2.0:
        raise ValueError(f"corner is {corner_hz} Hz, expected between 0 and {rate_hz / 2.0}")
    return math.tan(math.pi * corner_hz / rate_hz)


def _elliptic(blocks: Iterator[Block], corner: float) -> Iterator[Block]:
    """Take the side's low end out of the left and put it into the right."""
    gain, pole = corner / (1.0 + corner), (corner - 1.0) / (corner + 1.0)
    state = np.zeros(1)
    for block in blocks:
        narrowed = np.empty(block.shape)
        _narrow(block, gain, pole, state, narrowed)
        yield narrowed


def _rumble_free(blocks: Iterator[Block], corner: float) -> Iterator[Block]:
    """A second-order high-pass on each channel."""
    norm = 1.0 + math.sqrt(2.0) * corner + corner * corner
    a1 = 2.0 * (corner * corner - 1.0) / norm
    a2 = (1.0 - math.sqrt(2.0) * corner + corner * corner) / norm
    state: NDArray[np.float64] | None = None
    for block in blocks:
        if state is None:
            state = np.zeros((block.shape[1], 2))
        passed = np.empty(block.shape)
        _high_pass(block, 1.0 / norm, a1, a2, state, passed)
        yield passed


@njit(cache=True, nogil=True)
def _narrow(block, gain, pole, state, out):  # type: ignore[no-untyped-def]
    for n in range(block.shape[0]):
        side = (block[n, 0] - block[n, 1]) / 2.0
        low = gain * side + state[0]
        state[0] = gain * side - pole * low
        out[n, 0] = block[n, 0] - low
        out[n, 1] = block[n, 1] + low


@njit(cache=True, nogil=True)
def _high_pass(block, gain, a1, a2, state, out):  # type: ignore[no-untyped-def]
    for n in range(block.shape[0]):
        for channel in range(block.shape[1]):
            value = gain * block[n, channel]
            passed = value + state[channel, 0]
            state[channel, 0] = state[channel, 1] - 2.0 * value - a1 * passed
            state[channel, 1] = value - a2 * passed
            out[n, channel] = passed
