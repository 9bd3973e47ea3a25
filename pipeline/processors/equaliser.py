"""Equalise with minimum-phase bells and shelves that keep their analogue shape up to the top of the band.

The prototypes are those of R. Bristow-Johnson's "Audio EQ Cookbook" (W3C Note, 2021), gain split evenly between poles
and zeros, so that a cut undoes a boost exactly. The cookbook's bilinear transform would squeeze a bell near Nyquist;
instead the squared magnitude of the digital section is matched to the prototype's, as in M. Vicanek, "Matched Second
Order Digital Filters" (2016). He takes impulse-invariant poles and matches the zeros at two frequencies, which leaves
0.3 dB at 0.4 of the rate for a broad 6 dB bell. Here poles and zeros are matched together, at zero and four more
frequencies: |H|^2 is rational in tan^2(w/2), its five coefficients solve a linear system, and Vicanek's positivity
gives the minimum-phase roots. Measured error up to 0.4 of the rate: at most 0.025 dB per dB of gain, 0.04 for a shelf
of q above 1.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.dsp.biquad import coefficients, step
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Block

Coefficients = NDArray[np.float64]

BILINEAR_BELOW_DB = 0.01  # two nearly equal polynomials cannot be told apart; the bilinear error is then under 0.007 dB
TOP_OF_BAND = 0.8 * math.pi  # radians a sample: 0.4 of the rate, 17.6 kHz on CD
UPPER_EDGE = 0.4  # of the way from centre to top, a bell's upper match lies here; found by search, 0.3 to 0.6 do too
NUDGES = (1.0, 1.03, 1 / 1.03, 1.06, 1 / 1.06)  # factors by which q may be changed; see _matched


@dataclass(frozen=True)
class Band:
    """One band of an equaliser, in the Audio EQ Cookbook's terms.

    `frequency_hz` is a bell's centre, or the frequency where a shelf has half its decibels. `q` of a bell is defined
    between the points of half the decibels; that of a shelf is its resonance, at most 1/sqrt(2) for a monotonic one.
    """

    kind: Literal["bell", "low-shelf", "high-shelf"]
    frequency_hz: float
    gain_db: float
    q: float


def equalise(blocks: Iterator[Block], bands: Sequence[Band], rate_hz: float) -> Iterator[Block]:
    """Blocks of shape (frames, 2) through all `bands` in turn; without bands they pass bit for bit.

    Minimum phase, float64, no delay; the samples do not depend on the blocks' sizes. Raises as `sections`.
    """
    if not bands:
        yield from blocks
        return
    cascade = sections(bands, rate_hz)
    state = np.zeros((len(cascade), 2, 2))  # of each section: what it adds to the next frame, and to the one after
    for block in blocks:
        filtered, source = np.empty(block.shape), block
        for first in range(0, len(cascade), 2):
            kernel = _single if first + 1 == len(cascade) else _pair
            kernel(source, cascade[first : first + 2], state[first : first + 2], filtered)
            source = filtered
        yield filtered


@njit(cache=True, nogil=True)
def _single(source, sections, state, out):  # type: ignore[no-untyped-def]
    """Both channels side by side: each waits for its own sample before, and the two waits overlap."""
    only = coefficients(sections[0])
    (left_now, right_now), (left_later, right_later) = state[0]
    for n in range(source.shape[0]):
        out[n, 0], left_now, left_later = step(source[n, 0], only, left_now, left_later)
        out[n, 1], right_now, right_later = step(source[n, 1], only, right_now, right_later)
    state[0, 0], state[0, 1] = (left_now, right_now), (left_later, right_later)


@njit(cache=True, nogil=True)
def _pair(source, sections, state, out):  # type: ignore[no-untyped-def]
    """Two sections in turn: their waits overlap as well. For more, a processor has too few registers."""
    first, second = coefficients(sections[0]), coefficients(sections[1])
    (left_now, right_now), (left_later, right_later) = state[0]
    (left_now_2, right_now_2), (left_later_2, right_later_2) = state[1]
    for n in range(source.shape[0]):
        left, left_now, left_later = step(source[n, 0], first, left_now, left_later)
        right, right_now, right_later = step(source[n, 1], first, right_now, right_later)
        out[n, 0], left_now_2, left_later_2 = step(left, second, left_now_2, left_later_2)
        out[n, 1], right_now_2, right_later_2 = step(right, second, right_now_2, right_later_2)
    state[0, 0], state[0, 1] = (left_now, right_now), (left_later, right_later)
    state[1, 0], state[1, 1] = (left_now_2, right_now_2), (left_later_2, right_later_2)


def response_db(bands: Sequence[Band], rate_hz: float, frequencies_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gain in decibels of the digital filter, all bands together, at each frequency. Raises as `sections`."""
    delay = np.exp(-2j * np.pi * np.asarray(frequencies_hz, dtype=np.float64) / rate_hz)
    total_db = np.zeros(delay.shape)
    for b0, b1, b2, _, a1, a2 in sections(bands, rate_hz):
        transfer = (b0 + delay * (b1 + delay * b2)) / (1.0 + delay * (a1 + delay * a2))
        total_db += 20.0 * np.log10(np.abs(transfer))
    return total_db


def sections(bands: Sequence[Band], rate_hz: float) -> NDArray[np.float64]:
    """Second-order sections, shape (bands, 6): b0 b1 b2 1 a1 a2, one row a band, poles and zeros inside the circle.

    Raises ValueError for a frequency not between zero and half the rate, or a q not above zero.
    """
    return np.array([_section(band, rate_hz) for band in bands], dtype=np.float64).reshape(-1, 6)


@lru_cache(maxsize=1024)
def _section(band: Band, rate_hz: float) -> tuple[float, ...]:
    if not 0.0 < band.frequency_hz < rate_hz / 2.0:
        raise ValueError(f"frequency_hz is {band.frequency_hz}, expected between 0 and {rate_hz / 2.0}")
    if not band.q > 0.0:
        raise ValueError(f"q is {band.q}, expected above 0")
    centre = 2.0 * math.pi * band.frequency_hz / rate_hz
    # A low shelf is a high shelf of the opposite gain, raised or lowered as a whole.
    gain_db = -band.gain_db if band.kind == "low-shelf" else band.gain_db
    zeros, poles = _matched(band.kind == "bell", centre, abs(gain_db), band.q)
    if gain_db < 0.0:
        zeros, poles = poles, zeros
    b, a = _bilinear(zeros, centre), _bilinear(poles, centre)
    level = amplitude(band.gain_db) if band.kind == "low-shelf" else 1.0
    return (*(level * b / a[0]).tolist(), *(a / a[0]).tolist())


def _bilinear(polynomial: Coefficients, centre: float) -> Coefficients:
    """The minimum-phase z-polynomial whose squared magnitude is 1 + c1 v + c2 v^2, v = (tan(w/2) / tan(centre/2))^2."""
    c1, c2 = polynomial
    edge = 1.0 / math.tan(centre / 2.0)
    square = math.sqrt(c2) * edge * edge
    linear = math.sqrt(c1 + 2.0 * math.sqrt(c2)) * edge
    return np.array([square + linear + 1.0, 2.0 * (1.0 - square), square - linear + 1.0])


def _matched(bell: bool, centre: float, gain_db: float, q: float) -> tuple[Coefficients, Coefficients]:
    """The polynomials (c1, c2) of zeros and poles for a boost; `centre` in radians a sample.

    Near q = 0.5 a shelf's roots are double and the system nearly singular: its solution may then hold a common root at
    a real frequency, which no filter has. Such a shelf gets a q a few per cent off, within the stated error.
    """
    if gain_db < BILINEAR_BELOW_DB:
        return _prototype(bell, gain_db, q)
    matches = _bell_matches(centre, q) if bell else _shelf_matches(centre)
    for nudge in NUDGES:
        zeros, poles = _interpolated(_prototype(bell, gain_db, q * nudge), centre, matches)
        if _realisable(zeros) and _realisable(poles):
            return zeros, poles
    raise ValueError(
        f"no section of second order matches {gain_db} dB, q {q} at {centre / (2.0 * math.pi)} of the rate"
    )


def _prototype(bell: bool, gain_db: float, q: float) -> tuple[Coefficients, Coefficients]:
    """The analogue band, |zeros|^2 and |poles|^2 as polynomials 1 + c1 v + c2 v^2 with v = (f / frequency_hz)^2."""
    root = math.sqrt(amplitude(gain_db))
    if bell:  # (s^2 + s root/q + 1) / (s^2 + s/(root q) + 1)
        return np.array([(root / q) ** 2 - 2.0, 1.0]), np.array([(root * q) ** -2 - 2.0, 1.0])
    # The high shelf, root (root s^2 + s sqrt(root)/q + 1) / (s^2 + s sqrt(root)/q + root): unity at zero.
    share = 1.0 / q**2 - 2.0
    return np.array([root * share, root**2]), np.array([share / root, root**-2])


def _bell_matches(centre: float, q: float) -> NDArray[np.float64]:
    """The centre, the two points of half the decibels as far as the band allows, and the band's top."""
    half = 0.5 / q
    ratio = math.sqrt(1.0 + half * half) + half
    top = max(TOP_OF_BAND, (centre + math.pi) / 2.0)
    return np.array([centre / ratio, centre, min(centre * ratio, centre + UPPER_EDGE * (top - centre)), top])


def _shelf_matches(centre: float) -> NDArray[np.float64]:
    """Two octaves below to one above the middle of the slope, spread over the band where they would leave it."""
    return np.minimum(centre * np.array([0.25, 0.5, 1.0, 2.0]), TOP_OF_BAND * np.array([0.25, 0.5, 0.75, 1.0]))


def _interpolated(
    prototype: tuple[Coefficients, Coefficients], centre: float, matches: NDArray[np.float64]
) -> tuple[Coefficients, Coefficients]:
    """The polynomials in the warped variable whose ratio equals the prototype's at `matches` (radians a sample)."""
    analogue = (matches / centre) ** 2
    warped = (np.tan(matches / 2.0) / math.tan(centre / 2.0)) ** 2
    above, below = (1.0 + analogue * (c1 + analogue * c2) for c1, c2 in prototype)
    columns = (below * warped, below * warped**2, -above * warped, -above * warped**2, above - below)
    solution = _solve((np.stack(columns, axis=1) / np.sqrt(above * below)[:, None]).tolist())
    return np.array(solution[:2]), np.array(solution[2:])


def _solve(augmented: list[list[float]]) -> list[float]:
    """Gauss-Jordan with row pivots. Not LAPACK, whose last bits depend on the processor: masters' bytes must not."""
    rows = list(augmented)
    for column in range(len(rows)):
        pivot = max(range(column, len(rows)), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        pivoted = [value / rows[column][column] for value in rows[column]]
        rows = [[v - row[column] * p for v, p in zip(row, pivoted, strict=True)] for row in rows]
        rows[column] = pivoted
    return [row[-1] for row in rows]


def _realisable(polynomial: Coefficients) -> bool:
    """Whether 1 + c1 v + c2 v^2 stays above zero for every v above zero, so that it is a squared magnitude."""
    c1, c2 = polynomial
    return bool(c2 > 0.0 and c1 + 2.0 * math.sqrt(c2) > 0.0)
