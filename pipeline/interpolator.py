"""The waveform between the samples: what a converter will make of them, on a grid 2 to 16 times as fine.

A cascade of half-band interpolators, each of which halves the spacing of the grid: the points stay what they are, and
a new one is laid half-way between each two. Only the first filter is long (96 taps); after it the signal fills half its
band at most, and short ones do (16, 8 and 6 taps). Together they are a polyphase windowed sinc of 96 taps a phase at a
fifth of its arithmetic. Points are right within 0.002 dB from 0 to 0.455 of the sample rate and 0.02 dB to 0.475; what
lies between points of the finest grid is missed, at most 20 log cos(pi f / grid): 0.14 dB at 20 kHz on 352.8 kHz.

Source: ITU-R BS.1770-5, Annex 2 (true peak by oversampling); Kaiser, "Nonrecursive digital filter design using the
I0-sinh window function", IEEE ISCAS 1974, for the window. Lengths and shapes are ours, chosen for the error stated.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

Points = NDArray[np.float32]
Double = Callable[[Points, Points], Points]
Value = TypeVar("Value", np.float32, np.bool_)

BLOCK = 128  # frames interpolated, or skipped, together: speed only, no figure depends on it
MARGIN = 54  # frames before and after a stretch that the filters see
FILTERS = ((96, 8.0), (16, 9.0), (8, 9.0), (6, 8.0))  # taps and Kaiser's beta, stage by stage


def stages_at(rate_hz: int) -> int:
    """How often to halve the grid: 8x below 88.2 kHz, 4x from there, 2x from 176.4 kHz.

    So the grid is never coarser than 352.8 kHz: what music has, it has below 20 kHz or so at any sample rate.
    """
    return 3 if rate_hz < 88_200 else 2 if rate_hz < 176_400 else 1


def half_band_taps(length: int, beta: float) -> Points:
    """The filter that gives the point half-way between two others: its right half, nearest tap first.

    A sinc of `length` (even) taps under a Kaiser window of shape `beta`; the left half is the mirror image.
    """
    distance = np.arange(length // 2) + 0.5
    window = np.i0(beta * np.sqrt(1.0 - (2.0 * distance / length) ** 2)) / np.i0(beta)
    taps: Points = (np.sinc(distance) * window).astype(np.float32)
    return taps


def _doubler(stage: int, taps: Points) -> Double:
    """The kernel of one stage: its taps are constants to the compiler, which unrolls loops as short as these two.

    Each has a name of its own. The compiler knows functions by their names: of two cached kernels that were compiled
    in different processes, the one loaded later would else be linked to the other's stages, and read wrong peaks.
    """
    half, quarter = len(taps), len(taps) // 2

    def double(points: Points, out: Points) -> Points:
        count = points.shape[0] - 2 * half + 1
        for i in range(uint64(count)):
            near = far = np.float32(0.0)
            for j in range(quarter):
                near += taps[j] * (points[i + uint64(half - 1 - j)] + points[i + uint64(half + j)])
            for j in range(quarter, half):
                far += taps[j] * (points[i + uint64(half - 1 - j)] + points[i + uint64(half + j)])
            out[uint64(2) * i] = points[i + uint64(half - 1)]
            out[uint64(2) * i + uint64(1)] = near + far
        return out[: 2 * count]

    double.__name__ = double.__qualname__ = f"_double_{stage}"
    kernel: Double = njit(nogil=True)(double)
    return kernel


_double_1, _double_2, _double_3, _double_4 = (
    _doubler(stage, half_band_taps(*shape)) for stage, shape in enumerate(FILTERS, start=1)
)


def _points_before(stages: int) -> int:
    """How many points of the finest grid lie before the stretch: the margin less what the filters' starts take."""
    taken = sum((length // 2 - 1) << (stages - stage) for stage, (length, _) in enumerate(FILTERS[:stages]))
    return (MARGIN << stages) - taken


_POINTS_BEFORE = tuple(_points_before(stages) for stages in range(len(FILTERS) + 1))


def _l1_norm(stages: int) -> float:
    """What the waveform can reach at most where no sample exceeds 1: the largest sum over a phase's absolute taps."""
    response = np.ones(1)
    for length, beta in FILTERS[:stages]:
        spread, stage = np.zeros(2 * len(response) - 1), np.zeros(2 * length - 1)
        spread[::2] = response
        right = half_band_taps(length, beta)
        stage[::2] = np.concatenate([right[::-1], right])
        stage[length - 1] = 1.0
        response = np.convolve(spread, stage)
    phases = 1 << stages
    sums = [float(np.abs(response[phase::phases]).sum()) for phase in range(phases)]
    return max(sums) * (1.0 + 1e-5)  # the excess covers the kernels' single precision


_L1_NORMS = tuple(_l1_norm(stages) for stages in range(len(FILTERS) + 1))


@njit(nogil=True)
def _larger_of_pairs(points: Points, out: Points) -> Points:
    count = points.shape[0] // 2
    for i in range(count):
        out[i] = max(abs(points[2 * i]), abs(points[2 * i + 1]))
    return out[:count]


@njit(nogil=True)
def _interpolate(samples: Points, stages: int, work: Points, out: Points) -> None:
    """Into out[i] the largest magnitude from sample i up to the next; `samples` has MARGIN more on either side."""
    here, there = work[0], work[1]
    points = _double_1(samples, here)
    if stages > 1:
        points, here, there = _double_2(points, there), there, here
    if stages > 2:
        points, here, there = _double_3(points, there), there, here
    if stages > 3:
        points, here, there = _double_4(points, there), there, here
    points = points[_POINTS_BEFORE[stages] : _POINTS_BEFORE[stages] + (out.shape[0] << stages)]
    for _ in range(stages - 1):
        points, here, there = _larger_of_pairs(points, there), there, here
    _larger_of_pairs(points, out)


@njit(nogil=True)
def _seen(samples: Points, block: int) -> Points:
    """What the filters see of `samples` to interpolate `block`; a whole block lies before the first."""
    start = (block + 1) * BLOCK
    return samples[start - MARGIN : start + BLOCK + MARGIN]


@njit(cache=True, nogil=True)
def _envelope(samples: Points, bounds: Points, stages: int, floor: float, out: Points) -> None:
    work = np.empty((2, (BLOCK + 2 * MARGIN) << stages), np.float32)
    for block in range(bounds.shape[0]):
        if bounds[block] > floor:
            _interpolate(_seen(samples, block), stages, work, out[block * BLOCK : (block + 1) * BLOCK])


@njit(cache=True, nogil=True)
def _highest(samples: Points, bounds: Points, stages: int, floor: float) -> tuple[float, int]:
    work = np.empty((2, (BLOCK + 2 * MARGIN) << stages), np.float32)
    envelope = np.empty(BLOCK, np.float32)
    highest, where = floor, -1
    for block in range(bounds.shape[0]):
        if bounds[block] > highest:
            _interpolate(_seen(samples, block), stages, work, envelope)
            for i in range(BLOCK):
                if envelope[i] > highest:
                    highest, where = envelope[i], block * BLOCK + i
    return highest, where


def _bounds(samples: Points, stages: int) -> Points:
    """What the waveform cannot exceed in each block but the first and the last of `samples`, whole blocks.

    Raises ValueError for samples that are not finite.
    """
    # As integers, which order magnitudes alike and NaN above them all: numpy finds their maximum four times as fast.
    peaks = np.abs(samples).view(np.int32).reshape(-1, BLOCK).max(axis=1).view(np.float32)
    if not np.isfinite(peaks).all():
        raise ValueError("samples: found NaN or infinity, expected finite numbers")
    near = np.maximum(np.maximum(peaks[:-2], peaks[1:-1]), peaks[2:])
    bounds: Points = near * np.float32(_L1_NORMS[stages])
    return bounds


def envelope(samples: Points, stages: int, floor: float, among: NDArray[np.bool_] | None = None) -> Points:
    """The largest magnitude of the waveform from each sample up to the next, where it can exceed `floor`; else 0.

    `samples` of one channel, shape (frames,), preceded and followed by silence; the result has the same shape. Where
    `among` (frames,) is given, only what its true frames have a part in is looked at. Raises ValueError for samples
    that are not finite.
    """
    padded = _in_blocks(samples)
    bounds = _bounds(padded, stages)
    if among is not None:
        touched: NDArray[np.bool_] = _in_blocks(among).reshape(-1, BLOCK).max(axis=1)
        bounds[~(touched[:-2] | touched[1:-1] | touched[2:])] = 0.0
    out = np.zeros(len(bounds) * BLOCK, np.float32)
    _envelope(padded, bounds, stages, floor, out)
    return out[: len(samples)]


def _in_blocks(values: NDArray[Value]) -> NDArray[Value]:
    """`values` filled up to whole blocks with noughts, and a block of noughts before and after."""
    blocks = -(-len(values) // BLOCK) + 2
    padded = np.zeros(blocks * BLOCK, values.dtype)
    padded[BLOCK : BLOCK + len(values)] = values
    return padded


def highest(samples: Points, stages: int, floor: float) -> tuple[float, int]:
    """The highest magnitude of the waveform above `floor`, and the frame before it; (floor, -1) if there is none.

    `samples` of one channel, in whole blocks, of which the first and the last are only heard, not searched: the frame
    is counted from the second. A block that cannot exceed what was found before it is passed over; the answer is exact.
    Raises ValueError for samples that are not finite.
    """
    value, frame = _highest(samples, _bounds(samples, stages), stages, floor)
    return float(value), int(frame)
