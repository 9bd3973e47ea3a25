"""Fade in, fade out, and the gain laws of crossfades: the same bits for any block size and on any machine.

A gain depends on the frame's position in the whole fade alone: frame n of a fade of L frames sits at (n + 1/2) / L, so
that a fade out is its fade in mirrored. Sines are a polynomial, since the last bit of a library's sine depends on the
processor. Laws: equal power, sin and cos, for unlike material; equal gain, linear, for like material; cosine, the
raised cosine, equal gain without corners; and between them, for material of measured correlation, `correlated_gains`.
"""

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import NDArray

from pipeline.dsp.types import Block

Gains = NDArray[np.float64]
FadeShape = Literal["equal-power", "equal-gain", "cosine"]


def fade_in(blocks: Iterator[Block], length: int, shape: FadeShape) -> Iterator[Block]:
    """Blocks of shape (frames, channels), the first `length` frames rising from silence; later ones pass bit for bit.

    Raises ValueError for a negative length.
    """
    if length < 0:
        raise ValueError(f"fade in of {length} frames, expected 0 or more")
    first = 0
    for block in blocks:
        faded = min(max(length - first, 0), len(block))
        if faded:
            gains = gain_in(shape, positions(first, faded, length))
            block = np.concatenate((block[:faded] * gains[:, None], block[faded:]))
        first += len(block)
        yield block


def fade_out(blocks: Iterator[Block], length: int, total: int, shape: FadeShape) -> Iterator[Block]:
    """Blocks of `total` frames in all, the last `length` falling to silence; earlier ones pass bit for bit.

    Raises ValueError unless 0 <= length <= total, and when the blocks do not hold `total` frames.
    """
    if not 0 <= length <= total:
        raise ValueError(f"fade out of {length} frames, expected 0 to {total}, the programme's length")
    start = total - length
    first = 0
    for block in blocks:
        untouched = min(max(start - first, 0), len(block))
        faded = len(block) - untouched
        first += len(block)
        if first > total:
            break
        if faded:
            gains = gain_out(shape, positions(first - faded - start, faded, length))
            block = np.concatenate((block[:untouched], block[untouched:] * gains[:, None]))
        yield block
    if first != total:
        raise ValueError(f"{first} frames came to a fade out that was to end at {total}")


def positions(first: int, frames: int, length: int) -> NDArray[np.float64]:
    """Where `frames` frames from `first` on lie in a fade of `length` frames: between 0, its start, and 1, its end."""
    return (np.arange(first, first + frames) + 0.5) / length


def gain_in(shape: FadeShape, position: NDArray[np.float64]) -> Gains:
    """The rising factor at positions 0 to 1: with the falling one, squares sum to 1 (equal power) or factors do."""
    if shape == "equal-gain":
        return position
    sine = _quarter_sine(position)
    return sine if shape == "equal-power" else sine * sine


def gain_out(shape: FadeShape, position: NDArray[np.float64]) -> Gains:
    """The falling factor at positions 0 to 1: the rising one mirrored."""
    return gain_in(shape, 1.0 - position)


def correlated_gains(position: NDArray[np.float64], correlation: float) -> tuple[Gains, Gains]:
    """The (falling, rising) factors g1, g2 with g1^2 + g2^2 + 2 rho g1 g2 = 1: constant power at correlation rho.

    The linear pair, scaled: rho = 1 is equal gain, rho = 0 loses nothing of unlike material. Below zero the law has
    to boost (1.2 dB at -0.5), without bound towards -1. Raises ValueError unless -1 < correlation <= 1.
    """
    if not -1.0 < correlation <= 1.0:
        raise ValueError(f"correlation is {correlation}, expected above -1 and at most 1")
    falling = 1.0 - position
    scale = np.sqrt(position**2 + falling**2 + 2.0 * correlation * position * falling)
    return falling / scale, position / scale


def _taylor(terms: int) -> list[float]:
    """Coefficients of sin(pi/2 u) / u in powers of u^2."""
    series = [math.pi / 2.0]
    for k in range(1, terms):
        series.append(-series[-1] * (math.pi / 2.0) * (math.pi / 2.0) / (2 * k * (2 * k + 1)))
    return series


QUARTER_SINE = _taylor(12)  # the first term left out is under 1e-20 over the quarter wave


def _quarter_sine(position: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.minimum(position * polyval(position * position, QUARTER_SINE), 1.0)
