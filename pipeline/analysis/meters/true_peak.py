"""The true peak of a programme, exact in one pass: not of the samples, but of the waveform they stand for.

Oversampled as ITU-R BS.1770-5, Annex 2 asks, though finer and with longer filters than its example: 8x at every rate,
96 taps a phase, and a parabola through every peak, so that a tone of any phase up to 0.45 of the sample rate reads
right within 0.01 dB (`pipeline.dsp.oversampling`). The example's own reading stands beside it, because it is what a
customer's meter shows. The programme is preceded and followed by silence: one that starts or ends off zero overshoots
there, and that counts.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.dsp import annex_2
from pipeline.dsp.decibels import decibels
from pipeline.dsp.oversampling import peaks
from pipeline.dsp.peak_bounds import BLOCK, block_peaks

CHUNK = 2048 * BLOCK  # frames held to be searched together, of which a tenth of a second is a part: speed only


@dataclass(frozen=True)
class TruePeak:
    """The true peak of a programme; minus infinity is silence throughout.

    Samples are taken in single precision, which holds 24 bits exactly.
    """

    true_peak_dbtp: float
    """The higher channel's."""
    per_channel_dbtp: tuple[float, float]
    """Left and right."""
    annex_2_dbtp: float
    """The higher channel's, by the filter of BS.1770-5, Annex 2; the samples' own where that is higher."""
    sample_peak_dbfs: float
    """The largest sample of either channel."""
    frame: int
    """The frame at or just before the true peak, the first of equals; -1 where the waveform overshoots before the
    first, and the last where it does after the end. 0 for silence."""
    tenth_peaks: NDArray[np.float32] = field(compare=False, repr=False)
    """The higher channel's true peak in each 100 ms, as an amplitude, shape (tenths,): of the frames from
    round(rate / 10 * k) up to the next, and of the waveform from each to the one after. The last may be shorter."""


@dataclass(frozen=True, eq=False)
class _Found:
    """What was found so far."""

    known: NDArray[np.float32]
    """Each channel's true peak, shape (2,)."""
    frame: int
    """The first frame at or just before the higher one's."""
    annex_2: float
    sample_peak: float


class TruePeakMeter:
    """Takes blocks of a stereo programme; `result` may be asked for at any time."""

    def __init__(self, rate_hz: int) -> None:
        """Start with silence, for samples at `rate_hz`."""
        self._rate_hz = rate_hz
        # First a block that is only heard, then those to be searched; at the start, one of silence comes first.
        self._heard = np.zeros((2, CHUNK), np.float32)
        self._filled = 2 * BLOCK
        self._start = -BLOCK  # the frame at the second block of what is heard, from where on nothing was searched
        self._tenths = 0  # searched so far
        self._tenth_peaks: list[NDArray[np.float32]] = []  # of those searched, the higher channel's
        self._found = _Found(np.zeros(2, np.float32), 0, 0.0, 0.0)

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2). Raises ValueError, here or later, for samples not finite."""
        while len(block):
            part = block[: CHUNK - self._filled]
            with np.errstate(over="ignore"):
                self._heard[:, self._filled : self._filled + len(part)] = part.T
            self._filled += len(part)
            block = block[len(part) :]
            if self._filled == CHUNK:
                self._search()

    def _search(self) -> None:
        """Search the tenths of a second that are heard whole, and two blocks after them; then let go of them."""
        ends = self._ends(self._start + CHUNK - 3 * BLOCK)
        self._found, tenth_peaks = self._searched(self._heard, ends)
        self._tenth_peaks.append(tenth_peaks)
        self._tenths += len(ends)
        rest = self._heard[:, ends[-1] - self._start :].copy()
        self._start, self._filled = ends[-1], rest.shape[1]
        self._heard[:, : self._filled] = rest

    def _ends(self, last: int) -> list[int]:
        """The frames, `last` at most, at which the tenths of a second end that were not searched yet."""
        ends: list[int] = []
        while (end := round(self._rate_hz * (self._tenths + len(ends) + 1) / 10)) <= last:
            ends.append(end)
        return ends

    def _searched(self, heard: NDArray[np.float32], ends: list[int]) -> tuple[_Found, NDArray[np.float32]]:
        """What is found with what lies in `heard` from the start up to the last of `ends`, and these tenths' peaks."""
        edges = np.array([self._start, *ends]) - self._start + BLOCK
        sketch, before = block_peaks(heard), self._found
        # Exact where a channel is the higher one, or higher than ever before.
        heights, places = peaks(heard, sketch, edges, before.known)
        highest, frame = heights.max(), before.frame
        if highest > before.known.max():
            frame = int(places[heights == highest].min()) - BLOCK + self._start
        annex_2_peak = annex_2.highest(heard, sketch, self._rate_hz, before.annex_2)
        sample_peak = max(float(sketch.peaks.max()), before.sample_peak)
        known = np.maximum(before.known, heights.max(axis=1))
        return _Found(known, frame, annex_2_peak, sample_peak), heights.max(axis=0)

    def result(self) -> TruePeak:
        """The true peak of what came so far, followed by silence."""
        stop = self._start + self._filled - BLOCK
        rest = np.zeros((2, (-(-self._filled // BLOCK) + 3) * BLOCK), np.float32)
        rest[:, : self._filled] = self._heard[:, : self._filled]
        found, tenth_peaks = self._searched(rest, [*self._ends(stop - 1), stop + BLOCK])
        left_dbtp, right_dbtp = (decibels(float(peak)) for peak in found.known)
        return TruePeak(
            true_peak_dbtp=max(left_dbtp, right_dbtp),
            per_channel_dbtp=(left_dbtp, right_dbtp),
            annex_2_dbtp=decibels(found.annex_2),
            sample_peak_dbfs=decibels(found.sample_peak),
            frame=min(max(found.frame, -1), max(stop - 1, 0)),
            tenth_peaks=np.concatenate([*self._tenth_peaks, tenth_peaks]) if stop else np.empty(0, np.float32),
        )
