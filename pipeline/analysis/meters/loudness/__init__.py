"""How loud a programme is, as broadcasters and streaming services measure it, in one pass, at 16 to 384 kHz.

Sources: ITU-R BS.1770-5 (11/2023) Annex 1 for the weighting and the gates; EBU Tech 3341 (2023) for the momentary and
short-term windows; EBU Tech 3342 (2023) for the range. Powers are channel-summed mean squares of the K-weighted
samples, and are what is kept: loudness is averaged as power, so an album is gated over the joined blocks of its tracks.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.meters.loudness.kernels import LEAD_IN, STATE_SIZE, measure
from pipeline.dsp.decibels import power_decibels

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 16_000, 384_000
"""Below 16 kHz the weighting filter drifts from the standard's response by 0.1 LU."""

OFFSET_LU = -0.691  # BS.1770-5 Annex 1, equation 2
ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5 Annex 1
RELATIVE_GATE_LU = -10.0  # BS.1770-5 Annex 1
RANGE_GATE_LU = -20.0  # Tech 3342
RANGE_FROM, RANGE_TO = 0.10, 0.95  # Tech 3342: percentiles

HOPS_PER_S = 100  # Tech 3341 case 13 fails at 10 per second
MOMENTARY_TENTHS, SHORT_TERM_TENTHS = 4, 30  # Tech 3341: 400 ms and 3 s, in tenths of a second
HOPS_PER_TENTH = HOPS_PER_S // 10
TOGETHER = 1000  # windows are made from this many hops at a time: speed only


Shelf = tuple[float, float, float, float, float]  # b0, b1, b2, a1, a2
HighPass = tuple[float, float]  # a1, a2


@dataclass(frozen=True, eq=False)
class Loudness:
    """What a programme reads. None is undefined: silent, or shorter than the window."""

    block_powers: NDArray[np.float64]
    """Power of each gating block: 400 ms every 100 ms."""
    short_term_powers: NDArray[np.float64]
    """Power of each 3 s window, every 100 ms."""
    maximum_momentary_lufs: float | None
    """Loudest 400 ms, looked for every 10 ms."""
    maximum_short_term_lufs: float | None
    """Loudest 3 s, looked for every 10 ms."""
    integrated_lufs: float | None
    range_lu: float | None


class EnergyMeter:
    """The K-weighted energy of a programme, channels summed, in hops, a whole number of them a second."""

    def __init__(self, rate_hz: int, hops_per_s: int, weights: Sequence[float] = (1.0, 1.0)) -> None:
        """`weights` are G of BS.1770-5 Annex 1, one for each channel: mono is (1,), 5.0 is (1, 1, 1, 1.41, 1.41).

        Raises ValueError for a rate outside 16 to 384 kHz.
        """
        if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
            raise ValueError(f"rate is {rate_hz} Hz, expected {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz")
        self._rate_hz, self._hops_per_s, self._channels = rate_hz, hops_per_s, len(weights)
        shelf = _high_shelf(rate_hz)
        self._zeros, self._poles = shelf[:3], (*_high_pass(rate_hz), *shelf[3:])
        # The kernels take two channels at a time; an odd one is measured beside silence.
        self._weights = np.array([*weights, *[0.0] * (len(weights) % 2)])
        self._past = np.zeros((LEAD_IN, len(self._weights)))
        self._states = np.zeros((len(self._weights), STATE_SIZE))
        self._frames = self._hops = 0

    def add(self, block: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take the next block, of shape (frames, channels), and return the energies of the hops that are known by now.

        A hop is known four frames after its end. Raises ValueError for another number of channels.
        """
        if block.shape[1] != self._channels:
            raise ValueError(f"block has {block.shape[1]} channels, expected {self._channels}")
        if self._channels % 2:
            block = np.pad(block, ((0, 0), (0, 1)))
        block = np.ascontiguousarray(block, dtype=np.float64)
        edge = np.concatenate([self._past, block[:LEAD_IN]])
        ended = np.concatenate([self._heard(edge), self._heard(block)])
        self._past = block[-LEAD_IN:].copy() if len(block) >= LEAD_IN else edge[-LEAD_IN:]
        return ended

    def _heard(self, sound: NDArray[np.float64]) -> NDArray[np.float64]:
        """The energies of the hops that end in `sound` after its first frames, which were measured before."""
        energies = np.empty(len(sound) * self._hops_per_s // self._rate_hz + 1)
        place = (self._rate_hz, self._hops_per_s, self._frames, self._hops)
        ended = measure(sound, place, self._zeros, self._poles, self._weights, self._states, energies)
        self._frames += max(0, len(sound) - LEAD_IN)
        self._hops += ended
        return energies[:ended]


class _Windows:
    """The powers of windows of one length, of which every tenth of a second's are kept, and the highest of any hop."""

    def __init__(self, rate_hz: int, tenths: int) -> None:
        self._rate_hz, self._width = rate_hz, tenths * HOPS_PER_TENTH
        self._energies = np.empty(0)  # of the hops from the first window on that is not known yet
        self._first = 0  # the hop at which that window starts
        self._kept: list[NDArray[np.float64]] = []
        self._highest = 0.0

    def add(self, energies: NDArray[np.float64]) -> None:
        self._energies = np.concatenate([self._energies, energies])
        if len(self._energies) >= TOGETHER:
            powers = self._known()
            self._kept.append(self._tenths(powers))
            self._highest = float(powers.max(initial=self._highest))
            self._first += len(powers)
            self._energies = self._energies[len(powers) :].copy()

    def result(self) -> tuple[NDArray[np.float64], float]:
        """One power for each tenth of a second, as an array that cannot be written to, and the highest of all."""
        powers = self._known()
        series = np.concatenate([*self._kept, self._tenths(powers)])
        series.setflags(write=False)
        return series, float(powers.max(initial=self._highest))

    def _tenths(self, powers: NDArray[np.float64]) -> NDArray[np.float64]:
        return powers[-self._first % HOPS_PER_TENTH :: HOPS_PER_TENTH].copy()

    def _known(self) -> NDArray[np.float64]:
        """Mean square in every window that is complete."""
        count = len(self._energies) - self._width + 1
        if count <= 0:
            return np.empty(0)
        tenths, sums = np.zeros(count + self._width - HOPS_PER_TENTH), np.zeros(count)
        for hop in range(HOPS_PER_TENTH):
            tenths += self._energies[hop : hop + len(tenths)]
        for hop in range(0, self._width, HOPS_PER_TENTH):
            sums += tenths[hop : hop + count]
        # BS.1770-5: the window's length is "to the nearest sample", here that of each of its ends.
        starts = self._first + np.arange(count)
        begins, ends = (_frame(self._rate_hz, hop) for hop in (starts, starts + self._width))
        return sums / (ends - begins)


class LoudnessMeter:
    """Takes blocks of a programme and keeps two powers of each tenth of a second."""

    def __init__(self, rate_hz: int, weights: Sequence[float] = (1.0, 1.0)) -> None:
        """Take the arguments of an EnergyMeter."""
        self._meter = EnergyMeter(rate_hz, HOPS_PER_S, weights)
        self._momentary, self._short_term = _Windows(rate_hz, MOMENTARY_TENTHS), _Windows(rate_hz, SHORT_TERM_TENTHS)

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, channels). Raises ValueError for another number of channels."""
        energies = self._meter.add(block)
        self._momentary.add(energies)
        self._short_term.add(energies)

    def result(self) -> Loudness:
        """The loudness of what came so far; an incomplete window at the end counts for nothing (BS.1770-5)."""
        block_powers, momentary = self._momentary.result()
        short_term_powers, short_term = self._short_term.result()
        return Loudness(
            block_powers,
            short_term_powers,
            lufs(momentary) if momentary else None,
            lufs(short_term) if short_term else None,
            integrated_lufs(block_powers),
            range_lu(short_term_powers),
        )


def lufs(power: float) -> float:
    """A channel-summed mean square of weighted samples as loudness; minus infinity for zero."""
    return OFFSET_LU + power_decibels(power)


def integrated_lufs(block_powers: NDArray[np.float64]) -> float | None:
    """The gated loudness of gating blocks (BS.1770-5 Annex 1, equations 3 to 7); None where no block passes.

    An album's loudness is that of its tracks' blocks, concatenated.
    """
    audible = block_powers[block_powers > _power(ABSOLUTE_GATE_LUFS)]
    if not len(audible):
        return None
    # The loudest block lies above the mean of all, so the relative gate always leaves one.
    return lufs(float(audible[audible > 10.0 ** (RELATIVE_GATE_LU / 10.0) * audible.mean()].mean()))


def range_lu(short_term_powers: NDArray[np.float64]) -> float | None:
    """The loudness range (Tech 3342), 95th less 10th percentile; None where no window is audible."""
    gated = _range_gated(short_term_powers)
    return _nearest_rank(gated, RANGE_TO) - _nearest_rank(gated, RANGE_FROM) if len(gated) else None


def loud_end_lufs(short_term_powers: NDArray[np.float64]) -> float | None:
    """How loud the loud passages are: the upper percentile of the loudness range; None under 3 s or in silence.

    Taste, not a standard: Tech 3342's gate and percentile, read as a level.
    """
    gated = _range_gated(short_term_powers)
    return _nearest_rank(gated, RANGE_TO) if len(gated) else None


def range_gate(short_term_powers: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which 3 s windows pass both gates of Tech 3342, of the same shape: those that count as music."""
    passing: NDArray[np.bool_] = short_term_powers >= _power(ABSOLUTE_GATE_LUFS)
    if passing.any():
        passing &= short_term_powers >= 10.0 ** (RANGE_GATE_LU / 10.0) * short_term_powers[passing].mean()
    return passing


def _range_gated(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The powers that pass both gates, ascending."""
    return np.sort(powers[range_gate(powers)])


def _nearest_rank(ascending: NDArray[np.float64], fraction: float) -> float:
    return lufs(float(ascending[int((len(ascending) - 1) * fraction + 0.5)]))


def _power(loudness_lufs: float) -> float:
    return float(10.0 ** ((loudness_lufs - OFFSET_LU) / 10.0))


def _frame(rate_hz: int, hop: NDArray[np.int64]) -> NDArray[np.int64]:
    """The frame at which a hop begins, to the nearest."""
    return (2 * rate_hz * hop + HOPS_PER_S) // (2 * HOPS_PER_S)


def _high_shelf(rate_hz: int) -> Shelf:
    """Stage 1 of the weighting, from the analogue prototype of libebur128 1.2.6.

    At 48 kHz it is BS.1770-5 Table 1 to 14 digits.
    """
    q, high = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    band = high**0.4996667741545416
    k = math.tan(math.pi * 1681.974450955533 / rate_hz)
    norm = 1.0 + k / q + k * k
    return (
        (high + band * k / q + k * k) / norm,
        2.0 * (k * k - high) / norm,
        (high - band * k / q + k * k) / norm,
        2.0 * (k * k - 1.0) / norm,
        (1.0 - k / q + k * k) / norm,
    )


def _high_pass(rate_hz: int) -> HighPass:
    """Stage 2 of the weighting, likewise (Table 2); its numerator is 1, -2, 1 at every rate."""
    q = 0.5003270373238773
    k = math.tan(math.pi * 38.13547087602444 / rate_hz)
    norm = 1.0 + k / q + k * k
    return 2.0 * (k * k - 1.0) / norm, (1.0 - k / q + k * k) / norm
