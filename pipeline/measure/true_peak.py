"""The highest true peak of a programme, exact in one pass: not of the samples, but of the waveform they stand for.

Oversampled as ITU-R BS.1770-5, Annex 2 asks, though finer and with longer filters than its example, which reads up to
0.4 dB low on music with energy near 20 kHz: 8x below 88.2 kHz, 4x from there and 2x from 176.4 kHz, 96 taps a phase
(`pipeline.interpolator` states the error). The programme is preceded and followed by silence: one that starts or ends
off zero overshoots there, and that counts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.interpolator import BLOCK, highest, stages_at
from pipeline.level import decibels

CHUNK = 128 * BLOCK  # frames measured together: speed only


@dataclass(frozen=True)
class TruePeak:
    """Minus infinity is silence throughout."""

    true_peak_dbtp: float
    """The higher channel's."""
    per_channel_dbtp: tuple[float, float]
    """Left and right."""
    sample_peak_dbfs: float
    """The largest sample of either channel."""
    frame: int
    """The frame at or just before the true peak; -1 where the waveform overshoots before the first. 0 for silence."""


class TruePeakMeter:
    """Takes blocks of a stereo programme; `result` may be asked for at any time."""

    def __init__(self, rate_hz: int) -> None:
        """Start with silence, for samples at `rate_hz`."""
        self._stages = stages_at(rate_hz)
        # A block that was searched and is still heard, then one that was heard and is still to be searched.
        self._heard = np.zeros((2, CHUNK + 2 * BLOCK), np.float32)
        self._filled = 2 * BLOCK
        self._start = -BLOCK  # the frame at the second block of what is heard
        self._peaks = [(0.0, 0), (0.0, 0)]
        self._sample_peak = 0.0

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2). Raises ValueError, here or later, for samples not finite."""
        if len(block):
            self._sample_peak = max(self._sample_peak, float(block.max()), -float(block.min()))
        while len(block):
            part = block[: self._heard.shape[1] - self._filled]
            self._heard[:, self._filled : self._filled + len(part)] = part.T
            self._filled += len(part)
            block = block[len(part) :]
            if self._filled == self._heard.shape[1]:
                self._search()

    def _search(self) -> None:
        """Search all but the first and the last block of what is heard, then keep the last two."""
        self._peaks = self._peaks_with(self._heard)
        self._heard[:, : 2 * BLOCK] = self._heard[:, -2 * BLOCK :]
        self._filled = 2 * BLOCK
        self._start += CHUNK

    def _peaks_with(self, heard: NDArray[np.float32]) -> list[tuple[float, int]]:
        """The peak and its frame, channel by channel, after `heard` has been searched."""
        peaks = []
        for samples, before in zip(heard, self._peaks, strict=True):
            peak, frame = highest(samples, self._stages, before[0])
            peaks.append(before if frame < 0 else (peak, self._start + frame))
        return peaks

    def result(self) -> TruePeak:
        """The true peak of what came so far, followed by silence."""
        blocks = -(-self._filled // BLOCK) + 2
        rest = np.zeros((2, blocks * BLOCK), np.float32)
        rest[:, : self._filled] = self._heard[:, : self._filled]
        peaks = self._peaks_with(rest)
        left_dbtp, right_dbtp = (decibels(peak) for peak, _ in peaks)
        return TruePeak(
            true_peak_dbtp=max(left_dbtp, right_dbtp),
            per_channel_dbtp=(left_dbtp, right_dbtp),
            sample_peak_dbfs=decibels(self._sample_peak),
            frame=max(peaks)[1],
        )
