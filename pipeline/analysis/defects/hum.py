"""Mains hum: a line at 50 or 60 Hz, or at multiples of it, that is always there.

A note comes and goes, spreads into the frequencies beside it, and is hardly ever in tune with the mains; hum keeps its
frequency and its level, and shows wherever the bass pauses. So every 2 s the spectrum about each line is kept, and of
each bin the low values over a stretch of time are looked at: in them hum stands alone.

Hum under a bass that never pauses is not found. A tone held at exactly 50 or 60 Hz cannot be told from hum. Lengths and
thresholds are taste, tried on recordings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import next_fast_len, rfft

Mains = Literal[50, 60]

MAINS_HZ: tuple[Mains, ...] = (50, 60)
HARMONICS = (1, 2, 3)
TOLERANCE_HZ = 0.2  # by which the mains may be off, times the harmonic

WINDOW_S = 4.0  # windows overlap by half
REACH_HZ = 4.0  # how far about a line nothing may come near it: so a beat's lines, 2 Hz apart, are not taken for hum
MAIN_LOBE_HZ = 0.8  # the line's own skirts reach this far
LOW_RATE_HZ = 1250
PRESUMMED = 8  # frames are summed first

STRETCHES = (8, 32)  # windows: 18 s, 66 s and the whole are looked at
LOW_SHARE = 8  # a bin's low value: one window in eight lies under it
PROMINENCE_DB = 10.0
SHORTEST = 6  # windows are needed
FEWEST_CLEAR = 3  # windows in which the line stands out by itself
FEWEST_OVERTONES = 2  # are needed where the mains' own line does not show
STEADY_DB, STEADY_HZ = 3.0, 0.1
PARTLY_DB = -1.0  # under this a window holds only the beginning of it
ABSENT_DB = 6.0  # this far under its level the line is not there
LOWEST_DBFS = -80.0
LOUD_DB, LOUD_PROMINENCE_DB = -20.0, 30.0  # re the low end; a bass drum's line is so loud, and has others beside it
IN_TUNE_HZ = 0.05  # by which lines of one mains, each over its harmonic, may differ
SMALLEST_POWER = 1e-20

# How much of a line shows (its amplitude) in a Hann window of which it fills a share from one end.
_SHARES = np.linspace(0.0, 1.0, 101)
_SHOWS = _SHARES - np.sin(2.0 * np.pi * _SHARES) / (2.0 * np.pi)


@dataclass(frozen=True)
class Hum:
    """The mains it comes from; level and prominence of its strongest line; the harmonics found (1 is the mains' own).

    The level is in dB re a full-scale sine in both channels; prominence is over what else is near in quiet windows.
    `start` and `end` are frames, exact to about a second.
    """

    mains_hz: Mains
    level_dbfs: float
    prominence_db: float
    harmonics: tuple[int, ...]
    start: int
    end: int


class HumSearch:
    """Takes blocks of a stereo programme and keeps, for each 2 s of it, the spectrum about the lines of the mains."""

    def __init__(self, rate_hz: int, low_bands_hz: Sequence[tuple[float, float]] = ()) -> None:
        """Size the windows and place the lines; `low_bands_hz` are the bands of `low_powers`."""
        ratio = max(1, round(rate_hz / PRESUMMED / LOW_RATE_HZ))
        self._group = np.zeros((PRESUMMED * ratio, 2))
        self._filled = 0  # frames of the group
        self._frames = 0
        self._weights = _decimator(ratio)
        self._begun = np.zeros((2, 2))
        low_rate_hz = rate_hz / len(self._group)
        self._window = np.zeros((2, 2 * next_fast_len(round(low_rate_hz * WINDOW_S / 2), real=True)))
        self._held = 0
        self._shape = np.hanning(self._window.shape[1] + 1)[:-1]
        self._bin_hz = low_rate_hz / self._window.shape[1]
        reach = round(REACH_HZ / self._bin_hz)
        self._lines_hz = np.outer(MAINS_HZ, HARMONICS)
        centres = np.round(self._lines_hz / self._bin_hz).astype(np.intp)
        self._bins = centres[:, :, None] + np.arange(-reach, reach + 1)
        self._scale = _power_of_line(self._lines_hz / rate_hz, ratio, self._shape)
        self._bands = np.searchsorted(np.arange(self._window.shape[1] // 2 + 1) * self._bin_hz, low_bands_hz)
        self._low_power = 0.0  # of all windows, in both channels
        self._low_powers: list[NDArray[np.float64]] = []  # of each window, in each band
        self._spectra: list[NDArray[np.float32]] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        self._frames += len(block)
        size = len(self._group)
        if self._filled:
            head, block = block[: size - self._filled], block[size - self._filled :]
            self._group[self._filled : self._filled + len(head)] = head
            self._filled += len(head)
            if self._filled < size:
                return
            self._take(self._group)
        whole = len(block) // size * size
        self._take(np.ascontiguousarray(block[:whole]))
        self._filled = len(block) - whole
        self._group[: self._filled] = block[whole:]

    def _take(self, groups: NDArray[np.float64]) -> None:
        """Decimate whole groups of frames, and look at each window as it fills."""
        low = np.empty((2, len(groups) // len(self._group)))
        _decimate(groups, self._weights, self._begun, low)
        length, start = self._window.shape[1], 0
        while start < low.shape[1]:
            stop = min(low.shape[1], start + length - self._held)
            self._window[:, self._held : self._held + stop - start] = low[:, start:stop]
            self._held += stop - start
            start = stop
            if self._held == length:
                self._low_power += float(np.mean(np.square(self._window)))
                spectrum = np.sum(np.square(np.abs(rfft(self._window * self._shape))), axis=0)
                self._spectra.append((spectrum[self._bins] * self._scale[:, :, None]).astype(np.float32))
                self._low_powers.append(np.array([spectrum[low:high].sum() for low, high in self._bands]))
                self._held = length // 2
                self._window[:, : self._held] = self._window[:, self._held :]

    def low_powers(self) -> NDArray[np.float64]:
        """The power of each window in each of the bands asked for; 1 for a full-scale sine in both channels."""
        found = np.array(self._low_powers).reshape(len(self._low_powers), len(self._bands))
        return np.asarray(found * (2.0 / (self._window.shape[1] * np.sum(np.square(self._shape)))))

    def hum(self) -> Hum | None:
        """The hum in what came so far, at the mains whose line is stronger; None if there is none."""
        found = [hum for index in range(len(MAINS_HZ)) if (hum := self._hum_at(index))]
        return max(found, key=lambda hum: hum.level_dbfs, default=None)

    def _hum_at(self, index: int) -> Hum | None:
        """The hum at one of the mains."""
        if len(self._spectra) < SHORTEST:
            return None
        low_end_db = 10.0 * np.log10(max(SMALLEST_POWER, 2.0 * self._low_power / len(self._spectra)))
        lines: dict[int, _Line] = {}
        for row, harmonic in enumerate(HARMONICS):
            off_hz = self._bins[index, row] * self._bin_hz - self._lines_hz[index, row]
            spectra = np.stack([spectra[index, row] for spectra in self._spectra])
            line = _line(spectra, off_hz, TOLERANCE_HZ * harmonic, low_end_db)
            if line:
                lines[harmonic] = line
        if 1 not in lines and len(lines) < FEWEST_OVERTONES:
            return None
        strongest = max(lines.values(), key=lambda line: line.level_dbfs)
        offs_hz = [line.off_hz / harmonic for harmonic, line in lines.items()]
        if max(offs_hz) - min(offs_hz) > IN_TUNE_HZ:
            return None
        hop = self._window.shape[1] // 2 * len(self._group)
        start = round(strongest.start * hop)
        end = self._frames if strongest.end is None else min(self._frames, round(strongest.end * hop))
        return Hum(MAINS_HZ[index], strongest.level_dbfs, strongest.prominence_db, tuple(lines), start, end)


@dataclass(frozen=True)
class _Line:
    """One line, from and to where in hops of the windows; without an end it lasts to the programme's."""

    level_dbfs: float
    prominence_db: float
    off_hz: float
    start: float
    end: float | None


def _line(
    spectra: NDArray[np.float32], off_hz: NDArray[np.float64], tolerance_hz: float, low_end_db: float
) -> _Line | None:
    """The line in spectra of shape (windows, bins), if it stands out and keeps its level and its frequency."""
    near = np.abs(off_hz) <= tolerance_hz + (off_hz[1] - off_hz[0]) / 2
    beside = np.abs(off_hz) >= tolerance_hz + MAIN_LOBE_HZ
    levels_db, places_hz, clear = _tops(spectra, near, off_hz)
    clear &= levels_db - _decibels(spectra[:, beside].max(axis=1)) >= PROMINENCE_DB
    if np.count_nonzero(clear) >= FEWEST_CLEAR:
        prominence_db = _prominence_db(spectra, near, beside)
        clear &= prominence_db >= np.where(levels_db > low_end_db + LOUD_DB, LOUD_PROMINENCE_DB, PROMINENCE_DB)
    if np.count_nonzero(clear) < FEWEST_CLEAR:
        return None
    low_db, level_db, high_db = np.percentile(levels_db[clear], [25.0, 50.0, 75.0])
    steady = clear & (np.abs(levels_db - level_db) <= STEADY_DB)
    wanders = high_db - low_db > STEADY_DB or np.std(places_hz[clear]) > STEADY_HZ
    if wanders or level_db < LOWEST_DBFS or np.count_nonzero(steady) < FEWEST_CLEAR:
        return None
    place_hz = float(np.median(places_hz[steady]))
    return _Line(float(level_db), float(prominence_db[steady].max()), place_hz, *_extent(levels_db - level_db, steady))


def _prominence_db(
    spectra: NDArray[np.float32], near: NDArray[np.bool_], beside: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """For each window, by how much the line stands out of the low values of the best stretch that holds it."""
    windows = len(spectra)
    best_db = np.full(windows, -np.inf)
    for stretch in {min(length, windows) for length in (*STRETCHES, windows)}:
        step = max(1, stretch // 4)
        stretches = sliding_window_view(spectra, stretch, axis=0)[::step]
        low = np.partition(stretches, stretch // LOW_SHARE, axis=-1)[..., stretch // LOW_SHARE]
        apart_db = _decibels(low[:, near].max(axis=1)) - _decibels(low[:, beside].max(axis=1))
        for first, prominence_db in zip(range(0, windows, step), apart_db, strict=False):
            part = best_db[first : first + stretch]
            np.maximum(part, prominence_db, out=part)
    return best_db


def _tops(
    spectra: NDArray[np.float32], near: NDArray[np.bool_], off_hz: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Level and frequency of the line in each window, from a parabola through three bins, and whether it is a top."""
    at = np.argmax(np.where(near, spectra, -1.0), axis=1)
    rows = np.arange(len(spectra))
    left_db, top_db, right_db = (_decibels(spectra[rows, at + side]) for side in (-1, 0, 1))
    bend_db = np.minimum(left_db - 2.0 * top_db + right_db, -1e-9)
    off = np.clip(0.5 * (left_db - right_db) / bend_db, -0.5, 0.5)
    levels_db = top_db - 0.25 * (left_db - right_db) * off
    places_hz = off_hz[at] + off * (off_hz[1] - off_hz[0])
    return levels_db, places_hz, np.maximum(left_db, right_db) <= top_db


def _extent(levels_db: NDArray[np.float64], steady: NDArray[np.bool_]) -> tuple[float, float | None]:
    """From and to where the line lasts, in hops; `levels_db` are re its own level.

    Where it is not seen to be absent, it is only masked.
    """
    absent = np.flatnonzero(levels_db < -ABSENT_DB)
    first, last = np.flatnonzero(steady)[[0, -1]]
    start = _onset(levels_db, int(first)) if (absent < first).any() else 0.0
    backwards = _onset(levels_db[::-1], int(len(levels_db) - 1 - last)) if (absent > last).any() else None
    return start, None if backwards is None else len(levels_db) + 1 - backwards


def _onset(levels_db: NDArray[np.float64], first: int) -> float:
    """Where a line begins, in hops, that window `first` is the first to hold: by how much of it shows at the edge."""
    edge = first if levels_db[first] < PARTLY_DB else first - 1
    share = np.interp(10.0 ** (levels_db[edge] / 20.0), _SHOWS, _SHARES)
    return float(edge + 2.0 * (1.0 - share))


def _decibels(powers: NDArray[np.float32]) -> NDArray[np.float64]:
    levels_db: NDArray[np.float64] = 10.0 * np.log10(np.maximum(powers.astype(np.float64), SMALLEST_POWER))
    return levels_db


def _power_of_line(line_periods: NDArray[np.float64], ratio: int, shape: NDArray[np.float64]) -> NDArray[np.float64]:
    """By what to multiply |L|^2 + |R|^2 of a bin so that a full-scale sine in both channels makes 1.

    `line_periods` are the frequencies in cycles per frame: what the decimator takes from them is given back.
    """
    presummed = np.sinc(PRESUMMED * line_periods) / np.sinc(line_periods)
    decimated = (np.sinc(PRESUMMED * ratio * line_periods) / np.sinc(PRESUMMED * line_periods)) ** 3
    return np.asarray(0.5 * np.square(2.0 / (shape.sum() * presummed * decimated)))


def _decimator(ratio: int) -> NDArray[np.float64]:
    """Three running means in a row over `ratio` sums, of shape (3, ratio), the earliest of three groups first."""
    mean = np.full(ratio, 1.0 / ratio)
    taps = np.convolve(np.convolve(mean, mean), mean) / PRESUMMED
    return np.asarray(np.pad(taps, (1, 1)).reshape(3, ratio))


@njit(cache=True, nogil=True)
def _decimate(
    frames: NDArray[np.float64], weights: NDArray[np.float64], begun: NDArray[np.float64], low: NDArray[np.float64]
) -> None:
    """Write one sum per group of frames; `begun` keeps what groups gave to the two sums after theirs."""
    ratio = weights.shape[1]
    left, right = begun[0]
    next_left, next_right = begun[1]
    for group in range(low.shape[1]):
        last_left = last_right = 0.0
        for part in range(ratio):
            i = PRESUMMED * (group * ratio + part)
            a, b = _sum_of_8(frames, i, 0), _sum_of_8(frames, i, 1)
            left += weights[2, part] * a
            right += weights[2, part] * b
            next_left += weights[1, part] * a
            next_right += weights[1, part] * b
            last_left += weights[0, part] * a
            last_right += weights[0, part] * b
        low[0, group], low[1, group] = left, right
        left, right, next_left, next_right = next_left, next_right, last_left, last_right
    begun[0, 0], begun[0, 1], begun[1, 0], begun[1, 1] = left, right, next_left, next_right


@njit(cache=True, nogil=True)
def _sum_of_8(frames: NDArray[np.float64], i: int, channel: int) -> float:
    """The sum of eight frames of a channel, in pairs, so that they are added side by side."""
    first = (frames[i, channel] + frames[i + 1, channel]) + (frames[i + 2, channel] + frames[i + 3, channel])
    second = (frames[i + 4, channel] + frames[i + 5, channel]) + (frames[i + 6, channel] + frames[i + 7, channel])
    return float(first + second)
