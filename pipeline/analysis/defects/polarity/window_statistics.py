"""What is kept of every 20 ms: the energies of left, right and side in three bands, where they look turned over, and
whether the mid breaks where the side does.
"""

import numpy as np
from numba import njit

from pipeline.dsp.types import Floats

BLOCKS_PER_S = 2000
LOW_BLOCKS, WINDOW_BLOCKS = 5, 40  # means over 2.5 ms hold the low end, under about 180 Hz; 20 ms are a window
BEFORE = 3  # frames of the window before, which prediction needs

# A window's numbers: three bands' energies of left, right and side; then turns of left, right and side, and places; and
# how far the mid is from what its past predicts at the side's place, squared, over what is usual.
ENERGIES, TURNS, PLACES, BREAK = slice(0, 9), slice(9, 12), slice(12, 15), 15
NUMBERS = 16


@njit(cache=True, nogil=True)
def measure(block: Floats, size: int, held: Floats, filled: int, windows: Floats) -> tuple[int, int]:
    """Write the windows that end in this block; return how many frames are held after it and how many windows ended.

    `held` is left, right and side of the last frames, `filled` of them; `size` the frames in 0.5 ms.
    """
    length = WINDOW_BLOCKS * size
    start = count = 0
    expected, correlations = np.empty(length), np.empty((3, 3))
    while start < len(block):
        taken = min(len(block) - start, length + BEFORE - filled)
        for i in range(taken):
            left, right = block[start + i, 0], block[start + i, 1]
            held[0, filled + i], held[1, filled + i], held[2, filled + i] = left, right, left - right
        start, filled = start + taken, filled + taken
        if filled == length + BEFORE:
            for signal in range(3):
                x = held[signal]
                _sum_bands(x[BEFORE:], size, windows[count, signal:9:3])
                correlations[signal] = _autocorrelation(x, length)
                windows[count, 9 + signal], windows[count, 12 + signal] = _turn(x, correlations[signal], expected)
            windows[count, BREAK] = _mid_break(held, correlations, int(windows[count, 14]))
            held[:, :BEFORE] = held[:, length:]
            filled = BEFORE
            count += 1
    return filled, count


@njit(cache=True, nogil=True)
def _sum_bands(x: Floats, size: int, bands: Floats) -> None:
    """Write the energies of three bands, split as the variance of means: low, middle, high."""
    blocks_squared = low_squared = whole = 0.0
    for low in range(WINDOW_BLOCKS // LOW_BLOCKS):
        low_sum = 0.0
        for start in range(low * LOW_BLOCKS * size, (low + 1) * LOW_BLOCKS * size, size):
            block = _total(x[start : start + size])
            blocks_squared += block * block
            low_sum += block
        low_squared += low_sum * low_sum
        whole += low_sum
    in_blocks, in_low = blocks_squared / size, low_squared / (size * LOW_BLOCKS)
    bands[0] = max(0.0, in_low - whole * whole / len(x))
    bands[1] = max(0.0, in_blocks - in_low)
    bands[2] = max(0.0, _energy(x) - in_blocks)


@njit(cache=True, nogil=True)
def _turn(x: Floats, correlations: Floats, expected: Floats) -> tuple[float, float]:
    """How much likelier it is that the signal turned over in this window than not, in nats, and in which frame.

    Predicted by its last two samples, for the frame of the turn and the next; both prediction and noise are the
    window's own (linear prediction by autocorrelation; J. Makhoul, Proc. IEEE 63, 1975, page 561).
    """
    length = len(expected)
    after, now, last, older = x[3 : 3 + length], x[2 : 2 + length], x[1 : 1 + length], x[:length]
    first, reflection, noise = _prediction(correlations, x, length)
    by_last = first * (1.0 - reflection) * (1.0 - reflection)
    for i in range(length):
        expected[i] = by_last * now[i] * last[i] + reflection * (now[i] * older[i] + after[i] * last[i])
    lowest = _minimum(expected)
    place = 0
    while expected[place] > lowest:
        place += 1
    return -2.0 * lowest / noise, place - 1.0


@njit(cache=True, nogil=True)
def _mid_break(held: Floats, correlations: Floats, place: int) -> float:
    """The square of how far the mid is from what its last two samples predict, at this place or the next, over what is
    usual; `held` is left, right and side, `correlations` are theirs.
    """
    length = held.shape[1] - BEFORE
    mid = held[0, :4] + held[1, :4]
    of_mid = 2.0 * (correlations[0] + correlations[1]) - correlations[2]  # as of a parallelogram's diagonals
    first, reflection, noise = _prediction(of_mid, mid, length)
    by_last, by_older = first * (1.0 - reflection), reflection
    now = place + BEFORE
    worst = 0.0
    for i in range(now, min(now + 2, length + BEFORE)):
        last, older = held[0, i - 1] + held[1, i - 1], held[0, i - 2] + held[1, i - 2]
        error = held[0, i] + held[1, i] - by_last * last - by_older * older
        worst = max(worst, error * error)
    return worst / noise


@njit(cache=True, nogil=True)
def _prediction(correlations: Floats, x: Floats, length: int) -> tuple[float, float, float]:
    """The first correlation of x, its second reflection, and the power of what its last two samples do not predict."""
    power = max(0.0, correlations[0]) * (1.0 + 1e-9) + 1e-10 * length
    # Of these frames alone, as if silence came before it: only so is the prediction sure to be stable.
    first = (correlations[1] - x[2] * x[1]) / power
    second = (correlations[2] - x[2] * x[0] - x[3] * x[1]) / power
    reflection = (second - first * first) / (1.0 - first * first)
    return first, reflection, power * (1.0 - first * first) * (1.0 - reflection * reflection) / length


# Four sums side by side, so that they need not wait for each other; unsigned indices, so that none is checked for
# counting from the end. Windows are multiples of 4 long, what `_total` sums up may be of any length.


@njit(cache=True, nogil=True)
def _total(x: Floats) -> float:
    a = b = c = d = 0.0
    fours = len(x) // 4
    for four in range(fours):
        i = np.uint64(4 * four)
        a += x[i]
        b += x[i + np.uint64(1)]
        c += x[i + np.uint64(2)]
        d += x[i + np.uint64(3)]
    for rest in range(4 * fours, len(x)):
        a += x[rest]
    return (a + b) + (c + d)


@njit(cache=True, nogil=True)
def _energy(x: Floats) -> float:
    a = b = c = d = 0.0
    for four in range(len(x) // 4):
        i = np.uint64(4 * four)
        p, q, r, s = x[i], x[i + np.uint64(1)], x[i + np.uint64(2)], x[i + np.uint64(3)]
        a += p * p
        b += q * q
        c += r * r
        d += s * s
    return (a + b) + (c + d)


@njit(cache=True, nogil=True)
def _autocorrelation(x: Floats, length: int) -> tuple[float, float, float]:
    """The sums of products of `length` frames from the third on: with themselves, with those one and two before."""
    a0 = a1 = a2 = a3 = 0.0
    b0 = b1 = b2 = b3 = 0.0
    c0 = c1 = c2 = c3 = 0.0
    for four in range(length // 4):
        i = np.uint64(4 * four)
        p, q, r = x[i], x[i + np.uint64(1)], x[i + np.uint64(2)]
        s, t, u = x[i + np.uint64(3)], x[i + np.uint64(4)], x[i + np.uint64(5)]
        a0, a1, a2, a3 = a0 + r * r, a1 + s * s, a2 + t * t, a3 + u * u
        b0, b1, b2, b3 = b0 + r * q, b1 + s * r, b2 + t * s, b3 + u * t
        c0, c1, c2, c3 = c0 + r * p, c1 + s * q, c2 + t * r, c3 + u * s
    return (a0 + a1) + (a2 + a3), (b0 + b1) + (b2 + b3), (c0 + c1) + (c2 + c3)


@njit(cache=True, nogil=True)
def _minimum(x: Floats) -> float:
    a = b = c = d = np.inf
    for four in range(len(x) // 4):
        i = np.uint64(4 * four)
        a, b = min(a, x[i]), min(b, x[i + np.uint64(1)])
        c, d = min(c, x[i + np.uint64(2)]), min(d, x[i + np.uint64(3)])
    return min(min(a, b), min(c, d))
