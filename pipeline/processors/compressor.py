"""Hold an album together with one gentle, slow compressor: a decibel to three, and the same setting for every track.

One gain serves both channels, so that the image stays. It only turns down and looks at the past, so it has no delay.
Where it takes nothing off, samples pass bit for bit.

1. The side chain is the sound without its bass, by a Butterworth high-pass of second order: a kick must not pull down
   the voice above it.
2. The detector's level is that of the mean square of the last DETECTOR_S, both channels summed, so that a full-scale
   sine in both reads 0 dBFS, as it reads 0 LUFS; or of the highest peak of that time less PEAK_BELOW_DB, if that is
   more. Steady music reads its mean square; a lone transient, hardly there in the mean square, counts for something,
   though for less.
3. The static curve (`reduction_db`) makes of it the reduction wanted.
4. The reduction approaches what is wanted exponentially: upwards in `attack_s`; downwards in `release_s`, yet never
   below the slow reduction, which itself follows what is wanted, up and down, in SLOW_RELEASES times `release_s`. So a
   short peak is soon forgotten, and after a long loud passage the gain comes back slowly.

Level in decibels, then curve, then smoothing, with one time up and another down, is what D. Giannoulis, M. Massberg and
J. D. Reiss recommend, "Digital Dynamic Range Compressor Design", JAES 60(6), 2012: a smooth branching detector in the
decibel domain. Two speeds of release are known from bus compressors, whose automatic release depends "upon the duration
of the program peak" (Waves, "SSL G-Master Bus Compressor", user manual); how they are combined here is ours.

Levels are taken every CELL frames, counted from the start of the stream, and the gain moves linearly in between, one
cell late: under a millisecond.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from pipeline.dsp.biquad import coefficients, step
from pipeline.dsp.decibels import amplitude, decibels
from pipeline.dsp.gain_reduction import HOP_S, GainReduction
from pipeline.dsp.types import Block

CELL = 32  # frames lie between levels: 0.7 ms on CD, short beside every time constant
DETECTOR_S = 0.005  # time constant, taste: the longest that still adds little to the attack; 2 periods of 400 Hz
PEAK_BELOW_DB = 10.0  # about the crest of noise within the detector's time: what is steady reads its mean square
PEAK_SHARE = amplitude(-PEAK_BELOW_DB) ** 2  # is the same as a share of power
SLOW_RELEASES = 6.0  # taste: by default 1.8 s, some bars; if much longer, a chorus turns down the verse after it
# Steps to a decibel and to a gain of 1, far finer than 24 bits hold: logarithms and powers differ in their last bits
# from machine to machine, and masters must not. The reduction is rounded down, the gain up: less is taken off.
FINE_DB, FINE_GAIN = 2.0**20, 2.0**32
NEAR_DB = 1e-6  # an exponential never arrives: this near it is taken to, 138 dB under the sound
FAINT = 1e-30  # the least power or filter memory: far below any sound, it is far above numbers that are slow to process


@dataclass(frozen=True)
class Compressor:
    """The setting of a compressor. Raises ValueError for values out of range."""

    threshold_dbfs: float
    """The middle of the knee, as a level of the detector: a sine of 0 dBFS in both channels reads 0."""
    ratio: float = 1.7
    """Decibels in per decibel out above the knee, 1 or more. Taste: firm enough to be heard, too soft to pump."""
    knee_db: float = 6.0
    """How many decibels of level the knee spans, above 0. Taste: as wide as music's level wanders within a passage."""
    attack_s: float = 0.03
    """The time in which a reduction reaches 63 %, apart from the detector's. Taste: a drum's stroke gets past."""
    release_s: float = 0.3
    """The time in which 63 % goes after a short peak, likewise. Taste: about a beat, to breathe with the music."""
    side_chain_hz: float = 100.0
    """Corner of the side chain's high-pass; 0 for none. Taste: above a kick's fundamental, below voices."""
    limit_db: float = 3.0
    """The largest reduction, above 0. Taste: beyond three decibels, album compression becomes an effect."""

    def __post_init__(self) -> None:
        if not math.isfinite(self.threshold_dbfs):
            raise ValueError(f"threshold_dbfs is {self.threshold_dbfs}, expected a finite number")
        if not self.ratio >= 1.0:
            raise ValueError(f"ratio is {self.ratio}, expected 1 or more")
        if not 0.0 <= self.side_chain_hz < math.inf:
            raise ValueError(f"side_chain_hz is {self.side_chain_hz}, expected 0 or more")
        for name in ("knee_db", "attack_s", "release_s", "limit_db"):
            value = getattr(self, name)
            if not 0.0 < value < math.inf:
                raise ValueError(f"{name} is {value}, expected above 0")


def reduction_db(level_dbfs: ArrayLike, settings: Compressor) -> NDArray[np.float64]:
    """The static curve: the reduction of steady sound in dB, 0 or more, for each level of the detector, -inf for none.

    With o the level less the threshold, s = 1 - 1 / ratio and w the knee, the reduction wanted is u = 0 below the knee,
    s (o + w/2)^2 / 2w within it, |o| <= w/2, and s o above it (Giannoulis et al., eq. 4). What is taken off is
    u / (1 + (u / limit)^4)^(1/4), ours: 1.5 % less than wanted at half the limit, 16 % at the limit, never above it.
    """
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(_taken.py_func(np.asarray(level_dbfs, np.float64), _curve(settings)))


def compress(
    blocks: Iterable[Block], settings: Compressor, rate_hz: float, *, reduction: GainReduction | None = None
) -> Iterator[Block]:
    """Blocks of shape (frames, 2), of the same sizes, turned down as `settings` say; gain comes back after them.

    float64, no delay, and the samples do not depend on the blocks' sizes. The programme is taken to be preceded by
    silence, and its samples to be finite in single precision. What is taken off goes to `reduction`. Raises
    ValueError for a side chain not below half the rate.
    """
    section, pace, curve = _high_pass(settings.side_chain_hz, rate_hz), _pace(settings, rate_hz), _curve(settings)
    hop = round(HOP_S * rate_hz)
    state, follower, memory = _State(), _Follower(), np.zeros((2, 2))
    for block in blocks:
        out, least = np.empty(block.shape), np.empty(len(block) // hop + 1)
        passed, state, follower = _run(block, out, least, hop, section, memory, pace, curve, state, follower)
        if reduction is not None:
            reduction.maximum_db += [0.0 - decibels(gain) for gain in least[:passed].tolist()]
        yield out
    if reduction is not None and state.frame % hop:
        reduction.maximum_db.append(0.0 - decibels(state.least))


class _Curve(NamedTuple):
    """The static curve's numbers."""

    threshold_dbfs: float
    slope: float
    knee_db: float
    limit_db: float


class _Pace(NamedTuple):
    """Which share of the way to its target each of these goes in a cell."""

    detector: float
    attack: float
    release: float
    slow: float


class _State(NamedTuple):
    """Between frames: the sum and the peak of the side chain's power in this cell, the gain, and the hop so far."""

    frame: int = 0
    energy: float = 0.0
    peak: float = 0.0
    gain: float = 1.0  # at the start of the cell
    rise: float = 0.0  # of the gain from frame to frame
    least: float = 1.0  # gain in this hop


class _Follower(NamedTuple):
    """Between cells: what the detector holds, and the reductions."""

    mean_square: float = FAINT
    peak: float = FAINT
    slow_db: float = 0.0
    taken_db: float = 0.0


def _curve(settings: Compressor) -> _Curve:
    slope = 1.0 - 1.0 / settings.ratio
    # Floats: for a whole number given as int the kernels would be compiled again.
    return _Curve(float(settings.threshold_dbfs), slope, float(settings.knee_db), float(settings.limit_db))


def _pace(settings: Compressor, rate_hz: float) -> _Pace:
    times_s = (DETECTOR_S, settings.attack_s, settings.release_s, SLOW_RELEASES * settings.release_s)
    return _Pace(*(-math.expm1(-CELL / (rate_hz * time_s)) for time_s in times_s))


def _high_pass(corner_hz: float, rate_hz: float) -> NDArray[np.float64]:
    """A Butterworth high-pass by the bilinear transform, b0 b1 b2 1 a1 a2; for a corner at 0 what changes nothing."""
    if not corner_hz < rate_hz / 2.0:
        raise ValueError(f"side_chain_hz is {corner_hz}, expected 0 or more and below {rate_hz / 2.0}")
    if corner_hz == 0.0:
        return np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    edge = math.tan(math.pi * corner_hz / rate_hz)
    scale = 1.0 / (1.0 + math.sqrt(2.0) * edge + edge * edge)
    poles = (1.0, 2.0 * (edge * edge - 1.0) * scale, (1.0 - math.sqrt(2.0) * edge + edge * edge) * scale)
    return np.array([scale, -2.0 * scale, scale, *poles])


@njit(cache=True, nogil=True)
def _run(source, out, least_gains, hop, section, memory, pace, curve, state, follower):  # type: ignore[no-untyped-def]
    """Fill `out`, and `least_gains` with that of each hop that ends here; how many end, and what to keep."""
    high_pass, hops_passed, n = coefficients(section), 0, 0
    (left_now, right_now), (left_later, right_later) = memory
    frame, energy, peak, gain, rise, least = state
    while n < source.shape[0]:
        place = frame % CELL
        stop = min(n + min(CELL - place, hop - frame % hop), source.shape[0])
        for i in range(n, stop):
            left, left_now, left_later = step(source[i, 0], high_pass, left_now, left_later)
            right, right_now, right_later = step(source[i, 1], high_pass, right_now, right_later)
            power = left * left + right * right
            energy += power
            peak = max(peak, power)
        for i in range(n, stop):
            factor = gain + (place + 1 + i - n) * rise
            out[i, 0], out[i, 1] = source[i, 0] * factor, source[i, 1] * factor
            least = min(least, factor)
        frame += stop - n
        n = stop
        if frame % CELL == 0:
            gain += CELL * rise  # a gain of 1 is reached exactly: CELL is a power of two
            follower = _follow(energy / CELL, peak, pace, curve, follower)
            rise = (np.ceil(10.0 ** (-follower.taken_db / 20.0) * FINE_GAIN) / FINE_GAIN - gain) / CELL
            energy, peak = 0.0, 0.0
            left_now, left_later = _unless_faint(left_now), _unless_faint(left_later)
            right_now, right_later = _unless_faint(right_now), _unless_faint(right_later)
        if frame % hop == 0:
            least_gains[hops_passed] = least
            hops_passed += 1
            least = 1.0
    memory[0, 0], memory[0, 1], memory[1, 0], memory[1, 1] = left_now, right_now, left_later, right_later
    return hops_passed, _State(frame, energy, peak, gain, rise, least), follower


@njit(cache=True, nogil=True)
def _follow(mean_square, peak, pace, curve, was):  # type: ignore[no-untyped-def]
    """The follower after a cell of this mean square and peak."""
    mean_square = max(was.mean_square + pace.detector * (mean_square - was.mean_square), FAINT)
    peak = max(was.peak - pace.detector * was.peak, peak, FAINT)
    wanted_db = _taken(10.0 * np.log10(max(mean_square, PEAK_SHARE * peak)), curve)
    wanted_db = np.floor(wanted_db * FINE_DB) / FINE_DB
    slow_db = _towards(was.slow_db, wanted_db, pace.slow)
    if wanted_db > was.taken_db:
        taken_db = _towards(was.taken_db, wanted_db, pace.attack)
    else:
        taken_db = _towards(was.taken_db, max(wanted_db, slow_db), pace.release)
    return _Follower(mean_square, peak, slow_db, taken_db)


@njit(cache=True, nogil=True, error_model="numpy")
def _taken(level_dbfs: NDArray[np.float64], curve: _Curve) -> NDArray[np.float64]:
    """The static curve, of one level compiled and of many in numpy; nothing wanted is an infinite divisor."""
    over_db = level_dbfs - curve.threshold_dbfs
    in_knee_db = np.minimum(np.maximum(over_db + curve.knee_db / 2.0, 0.0), curve.knee_db)
    above_db = np.maximum(over_db - curve.knee_db / 2.0, 0.0)
    wanted_db = curve.slope * (in_knee_db * in_knee_db / (2.0 * curve.knee_db) + above_db)
    square = (curve.limit_db / wanted_db) * (curve.limit_db / wanted_db)
    return curve.limit_db / np.sqrt(np.sqrt(1.0 + square * square))


@njit(cache=True, nogil=True)
def _towards(now_db, target_db, share):  # type: ignore[no-untyped-def]
    way_db = target_db - now_db
    return target_db if abs(way_db) < NEAR_DB else now_db + share * way_db


@njit(cache=True, nogil=True)
def _unless_faint(value):  # type: ignore[no-untyped-def]
    return value if abs(value) > FAINT else 0.0
