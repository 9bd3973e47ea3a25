"""The long-term spectrum of a programme, mid and side, and what it tells of the stereo image by band, in one pass.

Windows of about 0.37 s, half overlapping, from the start of the stream; the passages are gated as BS.1770-5 gates its
blocks, each window's loudness being read off its own bands. Bands: IEC 61260-1, base ten, third octaves. The window is
that of Vorbis, whose squares add up to one where two overlap: every frame counts the same.

Levels are in dB re a full-scale sine: one of amplitude 1 in both channels reads 0 dB in mid, -150 dB or less reads
-150 dB. Under 50 Hz a band is only two or three bins wide: a steady tone there reads up to 0.4 dB low, and shows in
the bands beside it too, 14 dB lower and more; at 80 Hz it is 40 dB lower, from 100 Hz on more than 50.

Mid and side are formed and windowed in double precision and transformed in single, several windows at once, which is
much quicker. It costs a noise some 140 dB under the window's mid or side, spread evenly over frequency: bands down to
120 dB under the loudest are within 0.01 dB of a transform in double precision. Sums are in double.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import rfft

from pipeline.analysis.meters.spectrum.kernels import lay_out, sum_powers
from pipeline.analysis.meters.spectrum.stereo_image import (
    balance_db_of,
    correlation_of,
    levels_db_of,
    lowest_correlation_of,
    mono_loss_db_of,
    read_only,
    sounding,
)
from pipeline.dsp.types import Powers

WINDOW_S = 0.37  # taste: fine enough for the 25 Hz band, short enough to gate; the nearest power of two is taken
BATCH = 4  # this many windows are filled together
PAIR = 2  # windows transformed at once: their mids and sides fill a vector of four, and stay in a processor's cache
TOGETHER = 1024  # windows make a page, which is summed up at once: a multiple of BATCH
FINE_BIN_HZ = 22.0  # taste; bins are joined to the nearest power of two of them

ABSOLUTE_GATE_LUFS = -70.0  # BS.1770-5 Annex 1
RELATIVE_GATE_LU = -10.0  # BS.1770-5 Annex 1
OFFSET_LU = -0.691  # BS.1770-5 Annex 1, equation 2

PARTS = 8  # taste: so many parts tell what is steady in a programme and what is one passage's
LOUD_SHARE = 1 / 4  # taste: this share of the gated windows are the loud passages

LOW_START_HZ, LOW_END_HZ = 20.0, 150.0  # taste: the bass lies here, without an offset and what shakes the building

NOMINAL_CENTRES_HZ = (
    *(25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0),
    *(250.0, 315.0, 400.0, 500.0, 630.0, 800.0, 1000.0, 1250.0, 1600.0, 2000.0),
    *(2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0, 16000.0, 20000.0),
)
"""IEC 61260-1 Annex E, the nominal names of 1000 Hz times 10 to the n/10, n from -16 to 13."""
_LOWEST_BAND = -16

WEIGHTING_RATE_HZ = 48_000
WEIGHTING = (  # BS.1770-5 Annex 1, Tables 1 and 2: b0, b1, b2 and a0, a1, a2
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def _none() -> NDArray[np.float64]:
    return read_only(np.empty(0))


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Means over the gated windows, one value per band, unless stated otherwise; None where nothing is heard.

    Arrays cannot be written to. How wide a band is: `side_db - mid_db`.
    """

    centres_hz: tuple[float, ...]
    """Nominal; bands whose centre the sample rate cannot carry are absent."""
    mid_db: NDArray[np.float64]
    """Of (L + R) / 2."""
    side_db: NDArray[np.float64]
    """Of (L - R) / 2."""
    loud_mid_db: NDArray[np.float64] = field(default_factory=_none)
    """Mid in the loud passages: the loudest quarter, K-weighted, of the gated windows."""
    loud_side_db: NDArray[np.float64] = field(default_factory=_none)
    wander_db: NDArray[np.float64] | None = None
    """By how much the bands' levels, mid and side together, change against each other from part to part: the standard
    deviation over eight parts of equal length; None where there are too few gated windows for eight."""
    balance_by_band_db: NDArray[np.float64] = field(default_factory=_none)
    """Left over right, a channel under the floor counting as the floor."""
    correlation_by_band: NDArray[np.float64] = field(default_factory=_none)
    """Of left and right; 0 where one of them is under the floor or 120 dB under the loudest band."""
    mono_loss_db: NDArray[np.float64] = field(default_factory=_none)
    """What (L + R) / 2 from both loudspeakers lacks; a mid under the floor counts as the floor."""
    mono_loss_lu: float | None = None
    """The mono loss of all bands together, K-weighted."""
    low_correlation: float | None = None
    """Of left and right from 20 to 150 Hz."""
    low_minimum_correlation: float | None = None
    """Lowest of any nine windows in a row (1.8 s) whose low end is above -60 dB and -30 dB re the programme's."""
    low_minimum_correlation_at_s: float | None = None
    """Where the first of these windows starts."""
    fine_bin_hz: float = 0.0
    """How wide a fine bin is; the first starts at 0 Hz, the last ends at half the sample rate."""
    fine_powers: NDArray[np.float64] = field(default_factory=_none)
    """Mid squared and side squared per fine bin, mean over all windows, ungated; their sum is L squared and R squared.

    A full-scale sine in both channels adds up to 1; noise some 140 dB under the total is the transform's.
    """
    fine_peak_powers: NDArray[np.float64] = field(default_factory=_none)
    """The highest of any window, per fine bin."""


class SpectrumMeter:
    """Takes blocks of a stereo programme and keeps each window's powers per band."""

    def __init__(self, rate_hz: int) -> None:
        """Size the windows and place the bands."""
        length = 2 ** round(np.log2(WINDOW_S * rate_hz))
        self._rate_hz, self._hop = rate_hz, length // 2
        self._shape = _window_shape(length)
        # The power of a bin counts for both signs of frequency and is that of a sine; the window's own is taken out.
        self._scale = np.float64(4.0 / (length * float(np.sum(np.square(self._shape)))))
        edges_hz = _band_edges_hz(rate_hz)
        self._centres_hz = NOMINAL_CENTRES_HZ[: len(edges_hz) - 1]
        spans_hz = np.column_stack([[*edges_hz[:-1], LOW_START_HZ], [*edges_hz[1:], LOW_END_HZ]])
        self._spans = spans_hz * length / rate_hz + 0.5  # in bins; bin k reaches from k to k + 1
        # Mid and side of each window of the batch, and of one more, which starts before the last one ends.
        self._windowed = np.zeros((BATCH + 1, 2, length), dtype=np.float32)
        self._filled = 0
        # In single precision, which is enough and half the memory: the last batches' powers, and the pages before them.
        self._sums: list[NDArray[np.float32]] = []
        self._pages: list[NDArray[np.float32]] = []
        # Of the fine bins: the sum over the windows, and the highest.
        self._long_term = np.zeros((2, length // 2 ** round(np.log2(2.0 * FINE_BIN_HZ * length / rate_hz))))

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        block = np.ascontiguousarray(block, dtype=np.float64)
        start, whole = 0, (BATCH + 1) * self._hop
        while start < len(block):
            stop = min(len(block), start + whole - self._filled)
            lay_out(block[start:stop], self._filled, self._hop, self._shape, self._windowed)
            self._filled += stop - start
            start = stop
            if self._filled == whole:
                self._sums.append(self._measure(BATCH, self._long_term).astype(np.float32))
                if BATCH * len(self._sums) == TOGETHER:
                    self._pages.append(np.concatenate(self._sums, axis=1))
                    self._sums.clear()
                self._windowed[0, :, : self._hop] = self._windowed[BATCH, :, : self._hop]
                self._filled = self._hop

    def _measure(self, windows: int, long_term: NDArray[np.float64]) -> Powers:
        """The powers, of shape (3, windows, spans), of the first windows of the batch; they are added to `long_term`.

        First axis: mid squared, side squared, mid times side. Both windows of a pair are transformed, whatever is in
        them, so that a window's arithmetic does not depend on the other.
        """
        sums = np.empty((3, windows, len(self._spans)))
        for first in range(0, windows, PAIR):
            pair = slice(first, first + PAIR)
            sum_powers(rfft(self._windowed[pair]), self._spans, sums[:, pair], long_term)
        return sums

    def _in_double(self, pages: Sequence[NDArray[np.float32]]) -> Iterator[Powers]:
        """A page at a time, 1.0 being a full-scale sine: what is in single precision is never all in double as well."""
        for page in pages:
            yield self._scale * page

    def _mean(self, pages: Sequence[NDArray[np.float32]], chosen: NDArray[np.bool_]) -> tuple[Powers, Powers]:
        """Over the chosen windows, the second axis: of the bands, and of the low end; zero where none is chosen."""
        of_page = np.split(chosen, np.cumsum([page.shape[1] for page in pages])[:-1])
        powers = zip(self._in_double(pages), of_page, strict=True)
        sums = [some.sum(axis=1, where=here[:, np.newaxis]) for some, here in powers]
        mean: Powers = np.sum(sums, axis=0) / max(1, np.count_nonzero(chosen))
        return mean[:, :-1], mean[:, -1]

    def _wander_db(self, pages: Sequence[NDArray[np.float32]], gated: NDArray[np.bool_]) -> NDArray[np.float64] | None:
        """How the bands' levels change from part to part, once each part has the level of all."""
        windows = np.flatnonzero(gated)
        if len(windows) < PARTS:
            return None
        levels = []
        for part in np.array_split(windows, PARTS):
            chosen = np.zeros_like(gated)
            chosen[part] = True
            levels.append(levels_db_of((mean := self._mean(pages, chosen)[0])[0] + mean[1]))
        apart = np.array(levels) - np.mean(levels, axis=0)
        middle = np.median(apart, axis=1, keepdims=True)
        return read_only(np.std(apart - middle, axis=0))

    def result(self) -> Spectrum:
        """The spectrum of what came so far; shorter than a window, or under the gate, it is all floor."""
        long_term = self._long_term.copy()
        begun = self._measure(max(0, self._filled - self._hop) // self._hop, long_term)
        pages = [*self._pages, np.concatenate([*self._sums, begun.astype(np.float32)], axis=1)]
        weights = 10.0 ** (k_weighting_db(self._centres_hz) / 10.0)
        weighted = [(some[0] + some[1])[:, :-1] @ weights for some in self._in_double(pages)]
        gated, loud = _gated(np.concatenate(weighted))
        mean, low = self._mean(pages, gated)
        loud_mean, _ = self._mean(pages, loud)
        low_ends = np.concatenate([page[:, :, -1] for page in pages], axis=1)
        lowest, lowest_at = lowest_correlation_of(self._scale * low_ends, low)
        return Spectrum(
            self._centres_hz,
            mid_db=levels_db_of(mean[0]),
            side_db=levels_db_of(mean[1]),
            loud_mid_db=levels_db_of(loud_mean[0]),
            loud_side_db=levels_db_of(loud_mean[1]),
            wander_db=self._wander_db(pages, gated),
            balance_by_band_db=balance_db_of(mean),
            correlation_by_band=read_only(correlation_of(mean)),
            mono_loss_db=read_only(mono_loss_db_of(mean)),
            mono_loss_lu=float(mono_loss_db_of(mean @ weights)) if gated.any() else None,
            low_correlation=float(correlation_of(low)) if sounding(low) else None,
            low_minimum_correlation=lowest,
            low_minimum_correlation_at_s=None if lowest_at is None else lowest_at * self._hop / self._rate_hz,
            fine_bin_hz=self._rate_hz / (2 * long_term.shape[1]),
            fine_powers=read_only(self._scale * long_term[0] / max(1, len(gated))),
            fine_peak_powers=read_only(self._scale * long_term[1]),
        )


def k_weighting_db(frequencies_hz: ArrayLike) -> NDArray[np.float64]:
    """The response of the loudness weighting of BS.1770-5 at frequencies above 0 and below 24 kHz, in dB."""
    z = np.exp(-2j * np.pi * np.asarray(frequencies_hz, dtype=np.float64) / WEIGHTING_RATE_HZ)
    response_db = np.zeros(z.shape)
    for feed_forward, feedback in WEIGHTING:
        response_db += 20.0 * np.log10(np.abs(np.polyval(feed_forward[::-1], z) / np.polyval(feedback[::-1], z)))
    return response_db


def loudness_change_lu(spectrum: Spectrum, response_db: ArrayLike, side_db: float = 0.0) -> float:
    """By how much an equaliser would change the loudness of the gated passages, in LU.

    `response_db` is its response at the spectrum's centres, `side_db` what the side gets beyond that. Within 0.1 LU of
    filtering for the broad, gentle curves of mastering; a band narrower than a third of an octave is beyond it.
    """
    weights = 10.0 ** (k_weighting_db(spectrum.centres_hz) / 10.0)
    mid, side = 10.0 ** (spectrum.mid_db / 10.0), 10.0 ** (spectrum.side_db / 10.0)
    before, after = (mid + side) * weights, (mid + side * 10.0 ** (side_db / 10.0)) * weights
    after = after * 10.0 ** (np.asarray(response_db, dtype=np.float64) / 10.0)
    return float(10.0 * np.log10(after.sum() / before.sum()))


def _window_shape(length: int) -> NDArray[np.float64]:
    """The window of Vorbis I, 4.3.1: the squares of two that overlap by half add up to one."""
    return np.sin(np.pi / 2.0 * np.square(np.sin(np.pi * (np.arange(length) + 0.5) / length)))


def _band_edges_hz(rate_hz: int) -> NDArray[np.float64]:
    """The edges of all bands whose exact centre lies below half the sample rate, in ascending order."""
    bands = np.arange(len(NOMINAL_CENTRES_HZ) + 1, dtype=np.float64) + _LOWEST_BAND
    lower_hz = 1000.0 * np.power(10.0, (bands - 0.5) / 10.0)
    return lower_hz[: np.count_nonzero(lower_hz[:-1] * 10.0**0.05 < rate_hz / 2) + 1]


def _gated(weighted: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which windows, by the weighted powers of their channels together, pass both gates; and the loudest of these."""
    gated = weighted > 10.0 ** ((ABSOLUTE_GATE_LUFS - OFFSET_LU) / 10.0)
    if gated.any():
        gated &= weighted > 10.0 ** (RELATIVE_GATE_LU / 10.0) * weighted[gated].mean()
    passed = np.flatnonzero(gated)
    order = np.argsort(-weighted[passed], kind="stable")
    loud = np.zeros_like(gated)
    loud[passed[order[: max(1, int(LOUD_SHARE * len(passed)))]]] = True
    return gated, loud
