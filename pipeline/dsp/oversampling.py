"""The waveform between the samples: what a converter will make of them, on a grid eight times as fine.

A cascade of half-band interpolators, each of which halves the spacing of the grid: the points stay what they are, and
a new one is laid half-way between each two. Only the first filter is long (96 taps); after it the signal fills half its
band at most, and short ones do (16 and 8 taps). Together they are a polyphase windowed sinc of 96 taps a phase at a
fifth of its arithmetic. Points are right within 0.002 dB from 0 to 0.455 of the sample rate and 0.02 dB to 0.475.

Between points peaks are looked for by parabolas through three of them, which miss 0.003 dB at 0.45 of any rate.

Source: ITU-R BS.1770-5, Annex 2 (true peak by oversampling); Kaiser, "Nonrecursive digital filter design using the
I0-sinh window function", IEEE ISCAS 1974, for the window. Lengths and shapes are ours, chosen for the error stated.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numba import njit, uint64
from numpy.typing import NDArray

from pipeline.dsp.peak_bounds import BLOCK, BlockPeaks, FilterGain, Phase, block_peaks, filter_gain

Points = NDArray[np.float32]
FrameNumbers = NDArray[np.int64]
Double = Callable[[Points, Points], Points]
Value = TypeVar("Value", np.float32, np.bool_)

MARGIN = 54  # frames before and after a stretch that the filters see
FILTERS = ((96, 8.0), (16, 9.0), (8, 9.0))  # taps and Kaiser's beta, stage by stage
STAGES = len(FILTERS)
FINE = 1 << STAGES  # points lie from one sample to the next, at every rate
SUMMIT = 0.75  # a parabola's summit is at most a quarter higher than the highest of its three points
SMALLEST = float(np.finfo(np.float32).smallest_subnormal)


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
    in different processes, the one loaded later would otherwise be linked to the other's stages, and read wrong peaks.
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


_double_1, _double_2, _double_3 = (
    _doubler(stage, half_band_taps(*shape)) for stage, shape in enumerate(FILTERS, start=1)
)

# Points of the finest grid that lie before the stretch: the margin less what the filters' starts take.
_BEFORE = MARGIN * FINE - sum((length // 2 - 1) << (STAGES - stage) for stage, (length, _) in enumerate(FILTERS))


def _response() -> NDArray[np.float64]:
    """What the stages together make of a single sample, point by point; the middle is the sample."""
    response = np.ones(1)
    for length, beta in FILTERS:
        spread, stage = np.zeros(2 * len(response) - 1), np.zeros(2 * length - 1)
        spread[::2] = response
        right = half_band_taps(length, beta)
        stage[::2] = np.concatenate([right[::-1], right])
        stage[length - 1] = 1.0
        response = np.convolve(spread, stage)
    return response


def _rise(response: NDArray[np.float64]) -> FilterGain:
    """How far points and the parabolas through them can rise over the samples."""
    points = filter_gain(_phases(response, FINE))
    curvature = filter_gain(_phases(np.convolve(response, [1.0, -2.0, 1.0], "same"), FINE))
    return FilterGain(points.line + curvature.line / 8.0, points.bend + curvature.bend / 8.0)  # see _summit


def _phases(response: NDArray[np.float64], count: int) -> Iterator[Phase]:
    for phase in range(count):
        centre = len(response) // 2 + phase
        yield response[centre % count :: count], centre // count


_RISE = _rise(_response())
LARGEST_GAIN = max(float(np.abs(taps).sum()) for taps, _ in _phases(_response(), FINE)) / SUMMIT
"""How far the waveform of samples that are at most 1 can rise, whatever their signs: a bound."""


@njit(nogil=True)
def _larger_of_pairs(points: Points, out: Points) -> Points:
    count = points.shape[0] // 2
    for i in range(count):
        out[i] = max(abs(points[2 * i]), abs(points[2 * i + 1]))
    return out[:count]


@njit(nogil=True)
def _interpolated(samples: Points, block: int, work: Points) -> tuple[Points, Points]:
    """The grid from just before `block` of `samples` until just after it, and the part of `work` that is free."""
    points = _double_1(samples[block * BLOCK - MARGIN : (block + 1) * BLOCK + MARGIN], work[0])
    return _double_3(_double_2(points, work[1]), work[0]), work[1]


@njit(nogil=True)
def _summit(before: float, here: float, after: float) -> float:
    """The magnitude of the waveform's peak at a point, if it is one, by the parabola through it and its neighbours.

    It rises over the point by an eighth of the second difference at most, and by a quarter of the point.
    """
    top = abs(here)
    if top < abs(before) or top < abs(after):
        return top
    fall, rest = abs(here - before), abs(here - after)
    return top + (fall - rest) ** 2 / (8.0 * (fall + rest)) if fall != rest else top


@njit(nogil=True)
def _highest(points: Points, start: int, stop: int, floor: float, known: float) -> tuple[float, int]:
    """The highest peak at points `start` up to `stop`, and which; (known, -1) if none is over `floor` and `known`."""
    highest, where = known, -1
    for point in range(start, stop):
        if abs(points[point]) > SUMMIT * max(floor, highest):
            height = _summit(points[point - 1], points[point], points[point + 1])
            if height > highest:
                highest, where = height, point
    return highest, where


@njit(nogil=True)
def _search(samples: Points, bounds: Points, start: int, stop: int, floor: float, work: Points) -> tuple[float, int]:
    """The highest peak of one channel from `start` up to `stop`, unless it is under `floor`, and its frame."""
    highest, where = 0.0, start
    for block in range(start // BLOCK, -(-stop // BLOCK)):
        if bounds[block] >= max(floor, highest):
            points, _ = _interpolated(samples, block, work)
            origin = _BEFORE - block * BLOCK * FINE
            first = origin + max(start, block * BLOCK) * FINE
            last = origin + min(stop, (block + 1) * BLOCK) * FINE
            highest, point = _highest(points, first, last, floor, highest)
            if point >= 0:
                where = (point - origin) // FINE
    return highest, where


@njit(cache=True, nogil=True)
def _peaks(
    samples: Points,
    peaks: Points,
    bounds: Points,
    edges: FrameNumbers,
    known: Points,
    found: Points,
    frames: FrameNumbers,
) -> None:
    work = np.empty((2, (BLOCK + 2 * MARGIN) * FINE), np.float32)
    for stretch in range(found.shape[1]):
        start, stop = edges[stretch], edges[stretch + 1]
        crest = SMALLEST
        for channel in range(samples.shape[0]):  # samples are points: no peak is below them
            for block in range(-(-start // BLOCK), (stop - 1) // BLOCK):
                known[channel] = max(known[channel], peaks[channel, block])
                crest = max(crest, peaks[channel, block])
        for channel in range(samples.shape[0]):
            floor = max(min(crest, known[channel]), SMALLEST)
            highest, where = _search(samples[channel], bounds[channel], start, stop, floor, work)
            crest, known[channel] = max(crest, highest), max(known[channel], highest)
            found[channel, stretch], frames[channel, stretch] = highest, where


def peaks(samples: Points, sketch: BlockPeaks, edges: FrameNumbers, known: Points) -> tuple[Points, FrameNumbers]:
    """The waveform's highest magnitude from each of `edges` up to the next, and the frame at or just before it.

    `samples` of shape (channels, frames), in whole blocks, and their outline; the first and the last block are only
    heard, and no stretch may reach into them. The results are of shape (channels, stretches). They are exact where a
    stretch has its highest peak of all channels, or a channel one above what is `known` of it, (channels,), and above
    all before; others are skipped as far as possible, and read lower.
    """
    found = np.empty((len(samples), len(edges) - 1), np.float32)
    frames = np.empty(found.shape, np.int64)
    _peaks(samples, sketch.peaks, sketch.bounds(_RISE), edges, known.copy(), found, frames)
    return found, frames


@njit(cache=True, nogil=True)
def _envelope(samples: Points, bounds: Points, floor: float, out: Points) -> None:
    work = np.empty((2, (BLOCK + 2 * MARGIN) * FINE), np.float32)
    for block in range(1, bounds.shape[0] - 1):
        if bounds[block] > floor:
            points, free = _interpolated(samples, block, work)
            half = _larger_of_pairs(points[_BEFORE : _BEFORE + BLOCK * FINE], free)
            quarter = _larger_of_pairs(half, free[half.shape[0] :])
            highest = _larger_of_pairs(quarter, out[block * BLOCK : (block + 1) * BLOCK])
            for frame in range(BLOCK):
                if highest[frame] > SUMMIT * floor:
                    first = _BEFORE + frame * FINE
                    highest[frame] = _highest(points, first, first + FINE, floor, highest[frame])[0]


def envelope(samples: Points, floor: float, among: NDArray[np.bool_] | None = None) -> Points:
    """The highest peak of the waveform from each sample up to the next, where it can exceed `floor`; else 0.

    `samples` of one channel, shape (frames,), preceded and followed by silence; the result has the same shape. Peaks
    under `floor` may read as the highest point of the grid. Where `among` (frames,) is given, only what its true
    frames have a part in is looked at. Raises ValueError for samples that are not finite.
    """
    padded = _in_blocks(samples)
    bounds = block_peaks(padded[np.newaxis]).bounds(_RISE)[0]
    if among is not None:
        touched: NDArray[np.bool_] = _in_blocks(among).reshape(-1, BLOCK).max(axis=1)
        bounds[1:-1][~(touched[:-2] | touched[1:-1] | touched[2:])] = 0.0
    out = np.zeros_like(padded)
    _envelope(padded, bounds, floor, out)
    return out[BLOCK : BLOCK + len(samples)]


@njit(cache=True, nogil=True)
def _lay_rows(sound: NDArray[np.float64], edges: FrameNumbers, rows: Points, highest: Points) -> None:
    """Write each channel in a row, a block after its start, and the highest sample of either in each stretch."""
    for channel in range(sound.shape[1]):
        row = rows[channel, BLOCK:]
        for frame in range(sound.shape[0]):
            row[frame] = sound[frame, channel]
        for stretch in range(highest.shape[0]):
            top = highest[stretch]
            for frame in range(edges[stretch], edges[stretch + 1]):
                top = max(top, abs(row[frame]))
            highest[stretch] = top


@njit(cache=True, nogil=True)
def _raise_highest(samples: Points, bounds: Points, edges: FrameNumbers, floor: float, highest: Points) -> None:
    """Raise what is `highest` in each stretch to the channel's highest peak in it, if that is over `floor`."""
    work = np.empty((2, (BLOCK + 2 * MARGIN) * FINE), np.float32)
    first = 0
    for block in range(1, bounds.shape[0] - 1):
        start, stop = (block - 1) * BLOCK, block * BLOCK  # in frames of the stretches
        while first < highest.shape[0] and edges[first + 1] <= start:
            first += 1
        last, lowest = first, np.float32(np.inf)
        while last < highest.shape[0] and edges[last] < stop:
            lowest = min(lowest, highest[last])
            last += 1
        if last > first and bounds[block] > max(floor, lowest):
            points, _ = _interpolated(samples, block, work)
            for stretch in range(first, last):
                begin, end = (max(start, edges[stretch]) - start, min(stop, edges[stretch + 1]) - start)
                place = _BEFORE + begin * FINE, _BEFORE + end * FINE
                highest[stretch], _ = _highest(points, place[0], place[1], floor, highest[stretch])


def stretch_peaks(sound: NDArray[np.float64], edges: FrameNumbers, floor: float) -> tuple[Points, Points]:
    """The highest sample and the waveform's highest peak of either channel, from each of `edges` up to the next.

    `sound` of shape (frames, channels), preceded and followed by silence; peaks under `floor` may read lower.
    Raises ValueError for samples that are not finite.
    """
    rows = np.zeros((sound.shape[1], (-(-len(sound) // BLOCK) + 2) * BLOCK), np.float32)
    samples = np.zeros(len(edges) - 1, np.float32)
    _lay_rows(np.ascontiguousarray(sound), edges, rows, samples)
    bounds, highest = block_peaks(rows).bounds(_RISE), samples.copy()
    for row, bound in zip(rows, bounds, strict=True):
        _raise_highest(row, bound, edges, floor, highest)
    return samples, highest


def _in_blocks(values: NDArray[Value]) -> NDArray[Value]:
    """`values` filled up to whole blocks with zeros, and a block of zeros before and after."""
    blocks = -(-len(values) // BLOCK) + 2
    padded = np.zeros(blocks * BLOCK, values.dtype)
    padded[BLOCK : BLOCK + len(values)] = values
    return padded
