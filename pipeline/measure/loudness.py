"""How loud a programme is, as broadcasters and streaming services measure it, in one pass, at 16 to 384 kHz.

Sources: ITU-R BS.1770-5 (11/2023) Annex 1 for the weighting and the gates; EBU Tech 3341 (2023) for the momentary and
short-term windows; EBU Tech 3342 (2023) for the range. Powers are channel-summed mean squares of the K-weighted
samples, and are what is kept: loudness is averaged as power, so an album is gated over the joined blocks of its tracks.
"""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.level import power_decibels

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

# A filter state smaller than this (-600 dB) is nought: what it would decay through costs a hundred times the time.
_NOUGHT = 1e-30

Shelf = tuple[float, float, float, float, float]  # b0, b1, b2, a1, a2
HighPass = tuple[float, float]  # a1, a2


@dataclass(frozen=True, eq=False)
class Loudness:
    """What a programme reads. None is undefined: silent, or shorter than the window; it is never a number."""

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


class LoudnessMeter:
    """Takes blocks of a stereo programme and keeps its weighted energy in hops of 10 ms."""

    def __init__(self, rate_hz: int) -> None:
        """Raise ValueError for a rate outside 16 to 384 kHz."""
        if not LOWEST_RATE_HZ <= rate_hz <= HIGHEST_RATE_HZ:
            raise ValueError(f"rate is {rate_hz} Hz, expected {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz")
        self._rate_hz = rate_hz
        self._shelf = _high_shelf(rate_hz)
        self._high_pass = _high_pass(rate_hz)
        self._state = np.zeros(_STATE_SIZE)
        self._frames = self._hops = 0
        self._energies: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        block = np.ascontiguousarray(block, dtype=np.float64)
        energies = np.empty(len(block) * HOPS_PER_S // self._rate_hz + 1)
        place = (self._rate_hz, self._frames, self._hops)
        ended = _measure(block, place, self._shelf, self._high_pass, self._state, energies)
        self._frames += len(block)
        self._hops += ended
        if ended:
            self._energies.append(energies[:ended].copy())

    def result(self) -> Loudness:
        """The loudness of what came so far; an incomplete window at the end counts for nothing (BS.1770-5)."""
        energies = np.concatenate([np.empty(0), *self._energies])
        momentary = _window_powers(energies, self._rate_hz, MOMENTARY_TENTHS)
        short_term = _window_powers(energies, self._rate_hz, SHORT_TERM_TENTHS)
        block_powers, short_term_powers = _frozen(momentary), _frozen(short_term)
        return Loudness(
            block_powers,
            short_term_powers,
            _maximum_lufs(momentary),
            _maximum_lufs(short_term),
            integrated_lufs(block_powers),
            range_lu(short_term_powers),
        )


def lufs(power: float) -> float:
    """A channel-summed mean square of weighted samples as loudness; minus infinity for nought."""
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


def _range_gated(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The powers that pass both gates of Tech 3342, ascending."""
    audible = powers[powers >= _power(ABSOLUTE_GATE_LUFS)]
    if not len(audible):
        return audible
    return np.sort(audible[audible >= 10.0 ** (RANGE_GATE_LU / 10.0) * audible.mean()])


def _nearest_rank(ascending: NDArray[np.float64], fraction: float) -> float:
    return lufs(float(ascending[int((len(ascending) - 1) * fraction + 0.5)]))


def _maximum_lufs(powers: NDArray[np.float64]) -> float | None:
    maximum = float(powers.max(initial=0.0))
    return lufs(maximum) if maximum else None


def _power(loudness_lufs: float) -> float:
    return float(10.0 ** ((loudness_lufs - OFFSET_LU) / 10.0))


def _frozen(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every tenth of a second of powers at every hop, as a value nobody can write to."""
    series = powers[::HOPS_PER_TENTH].copy()
    series.setflags(write=False)
    return series


def _window_powers(energies: NDArray[np.float64], rate_hz: int, tenths: int) -> NDArray[np.float64]:
    """Mean square in every complete window that starts on a hop."""
    width = tenths * HOPS_PER_TENTH
    count = len(energies) - width + 1
    if count <= 0:
        return np.empty(0)
    tenth_energies = sliding_window_view(energies, HOPS_PER_TENTH).sum(axis=1)
    sums = np.zeros(count)
    for first in range(0, width, HOPS_PER_TENTH):
        sums += tenth_energies[first : first + count]
    # BS.1770-5: the window's length is "to the nearest sample", here that of each of its ends.
    ends = (2 * rate_hz * np.arange(len(energies) + 1) + HOPS_PER_S) // (2 * HOPS_PER_S)
    return sums / (ends[width:] - ends[:-width])


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


# What the kernels carry on: the shelf and the high-pass, left and right, and the energy of the hop so far.
_STATE_SIZE = 9


@njit(cache=True, nogil=True)
def _measure(
    block: NDArray[np.float64],
    place: tuple[int, int, int],
    shelf: Shelf,
    high_pass: HighPass,
    state: NDArray[np.float64],
    energies: NDArray[np.float64],
) -> int:
    """Write the energies of the hops that end in this block and return their number.

    `place` is the sample rate, the frames that came before this block, and the hops that ended in them.
    """
    rate_hz, frames, hops = place
    start = ended = 0
    while start < len(block):
        hop_end = (2 * rate_hz * (hops + ended + 1) + HOPS_PER_S) // (2 * HOPS_PER_S) - frames
        stop = min(hop_end, len(block))
        _weigh(block, start, stop, shelf, high_pass, state)
        if stop == hop_end:
            energies[ended] = state[8]
            ended += 1
            for i in range(8):
                if abs(state[i]) < _NOUGHT:
                    state[i] = 0.0
            state[8] = 0.0
        start = stop
    return ended


@njit(cache=True, nogil=True)
def _weigh(
    block: NDArray[np.float64],
    start: int,
    stop: int,
    shelf: Shelf,
    high_pass: HighPass,
    state: NDArray[np.float64],
) -> None:
    """Run the frames through both filters (transposed direct form II) and add up their squares."""
    b0, b1, b2, a1, a2 = shelf
    c1, c2 = high_pass
    # The channels side by side: each filter waits for its own last output, and the other's work fills the wait.
    ls1, ls2, lh1, lh2, rs1, rs2, rh1, rh2, energy = state
    for i in range(start, stop):
        x_left, x_right = block[i, 0], block[i, 1]
        y_left, y_right = b0 * x_left + ls1, b0 * x_right + rs1
        z_left, z_right = y_left + lh1, y_right + rh1
        ls1, rs1 = b1 * x_left + ls2 - a1 * y_left, b1 * x_right + rs2 - a1 * y_right
        ls2, rs2 = b2 * x_left - a2 * y_left, b2 * x_right - a2 * y_right
        lh1, rh1 = lh2 - 2.0 * y_left - c1 * z_left, rh2 - 2.0 * y_right - c1 * z_right
        lh2, rh2 = y_left - c2 * z_left, y_right - c2 * z_right
        energy += z_left * z_left + z_right * z_right
    state[:] = (ls1, ls2, lh1, lh2, rs1, rs2, rh1, rh2, energy)
