"""Windows laid out for the transform, and powers summed over bands, compiled."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def lay_out(
    block: NDArray[np.float64], filled: int, hop: int, shape: NDArray[np.float64], windowed: NDArray[np.float32]
) -> None:
    """Write mid and side of the block, which comes `filled` frames into the batch, into every window it reaches."""
    for window in range(len(windowed)):
        first = window * hop - filled
        start, stop = max(0, first), min(len(block), first + len(shape))
        if start < stop:
            place = slice(start - first, stop - first)
            _weigh(block[start:stop], shape[place], windowed[window, 0, place], windowed[window, 1, place])


@njit(cache=True, nogil=True)
def _weigh(
    frames: NDArray[np.float64], shape: NDArray[np.float64], mid: NDArray[np.float32], side: NDArray[np.float32]
) -> None:
    for i in range(len(frames)):
        left, right, half = frames[i, 0], frames[i, 1], 0.5 * shape[i]
        mid[i] = (left + right) * half
        side[i] = (left - right) * half


@njit(cache=True, nogil=True)
def sum_powers(
    bins: NDArray[np.complex64], spans: NDArray[np.float64], sums: NDArray[np.float64], long_term: NDArray[np.float64]
) -> None:
    """Add up the powers of as many windows as `sums` has room for."""
    fine = np.empty((long_term.shape[1], 3))
    for window in range(sums.shape[1]):
        mid, side = bins[window, 0], bins[window, 1]
        _sum_fine(mid, side, fine, long_term)
        _sum_spans(mid, side, fine, spans, sums[:, window])


@njit(cache=True, nogil=True)
def _powers(mid: np.complex64, side: np.complex64) -> tuple[float, float, float]:
    """Mid squared, side squared and mid times side in one bin."""
    mid_real, mid_imag = np.float64(mid.real), np.float64(mid.imag)
    side_real, side_imag = np.float64(side.real), np.float64(side.imag)
    return (
        mid_real * mid_real + mid_imag * mid_imag,
        side_real * side_real + side_imag * side_imag,
        mid_real * side_real + mid_imag * side_imag,
    )


@njit(cache=True, nogil=True)
def _sum_fine(
    mid: NDArray[np.complex64], side: NDArray[np.complex64], fine: NDArray[np.float64], long_term: NDArray[np.float64]
) -> None:
    """Add up as many neighbouring bins as make a fine bin; `long_term` collects the sum and the highest."""
    groups = len(fine)
    width = len(mid) // groups
    for group in range(groups):
        mid_sum = side_sum = product_sum = 0.0
        for k in range(group * width, (group + 1) * width):
            m, s, p = _powers(mid[k], side[k])
            mid_sum += m
            side_sum += s
            product_sum += p
        fine[group, 0], fine[group, 1], fine[group, 2] = mid_sum, side_sum, product_sum
        power = mid_sum + side_sum
        # The first bin and the last stand for one sign of frequency only.
        if group == 0:
            m, s, _ = _powers(mid[0], side[0])
            power -= 0.5 * (m + s)
        elif group == groups - 1:
            m, s, _ = _powers(mid[-1], side[-1])
            power += 0.5 * (m + s)
        long_term[0, group] += power
        long_term[1, group] = max(long_term[1, group], power)


@njit(cache=True, nogil=True)
def _sum_spans(
    mid: NDArray[np.complex64],
    side: NDArray[np.complex64],
    fine: NDArray[np.float64],
    spans: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> None:
    """Add up each span's bins; of a bin that an edge cuts, each side takes its share, so nothing is lost between."""
    width = len(mid) // len(fine)
    for span in range(len(spans)):
        lower, upper = spans[span]
        mid_sum = side_sum = product_sum = 0.0
        k, end = int(lower), min(int(upper) + 1, len(mid))
        while k < end:
            if k % width == 0 and k >= lower and k + width <= min(upper, end):
                share, step = 1.0, width
                m, s, p = fine[k // width]
            else:
                share, step = min(k + 1.0, upper) - max(float(k), lower), 1
                m, s, p = _powers(mid[k], side[k])
            mid_sum += share * m
            side_sum += share * s
            product_sum += share * p
            k += step
        sums[0, span], sums[1, span], sums[2, span] = mid_sum, side_sum, product_sum
