"""Traces of damage in a mix, in one pass: what each search found, and the peaks and means of its channels.

`pipeline.analysis.diagnosis` decides what they mean, how bad that is and how it is worded.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from pipeline.analysis.defects.clicks import Click, ClickSearch
from pipeline.analysis.defects.clipping import ClippedPassage, FlatTopSearch
from pipeline.analysis.defects.dropouts import DropoutSearch, Interruptions
from pipeline.analysis.defects.hum import Hum, HumSearch
from pipeline.analysis.defects.polarity import ChannelSpan, PolaritySearch
from pipeline.analysis.defects.rumble import BANDS_HZ, Rumble, rumble
from pipeline.analysis.defects.word_length import WordLengthSearch


@dataclass(frozen=True)
class ScanResult:
    """What the searches found in a stereo programme; pairs are of left and right, places are frames."""

    frames: int
    peaks: tuple[float, float]
    means: tuple[float, float]
    difference: float
    """The greatest difference between left and right in any frame."""
    first: float
    """The higher magnitude in the first frame."""
    last: float
    """The higher magnitude in the last frame."""
    clipped: tuple[ClippedPassage, ...]
    clicks: tuple[Click, ...]
    interruptions: Interruptions
    channels: tuple[ChannelSpan, ...]
    hum: Hum | None
    rumble: Rumble | None
    word_length_bits: int | None
    """Bits that every sample fits; None for silence, and for samples that fit no integer of 24 bits."""


class DefectScanner:
    """Takes blocks of a stereo programme and hands them to every search."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing found."""
        self._frames = 0
        self._edges = np.zeros((2, 2))  # of the programme: its first and its last frame
        self._sums = np.zeros(2)
        self._extremes = np.zeros(3)  # peak left, peak right, greatest difference between them
        self._flat_tops, self._clicks = FlatTopSearch(rate_hz), ClickSearch(rate_hz)
        self._dropouts, self._polarity = DropoutSearch(rate_hz), PolaritySearch(rate_hz)
        self._hum, self._word_length = HumSearch(rate_hz, BANDS_HZ), WordLengthSearch()

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2), all of it finite."""
        if not len(block):
            return
        block = np.ascontiguousarray(block)
        if not self._frames:
            self._edges[0] = block[0]
        self._edges[1] = block[-1]
        _tally(block, self._sums, self._extremes)
        for search in (self._flat_tops, self._clicks, self._dropouts, self._polarity, self._hum, self._word_length):
            search.add(block)
        self._frames += len(block)

    def result(self) -> ScanResult:
        """The traces in what came so far."""
        left_sum, right_sum = self._sums.tolist()
        left_peak, right_peak, difference = self._extremes.tolist()
        first, last = np.abs(self._edges).max(axis=1).tolist()
        frames, word_length = max(1, self._frames), self._word_length.word_length()
        return ScanResult(
            frames=self._frames,
            peaks=(left_peak, right_peak),
            means=(left_sum / frames, right_sum / frames),
            difference=difference,
            first=first,
            last=last,
            clipped=self._flat_tops.passages(),
            clicks=self._clicks.clicks(),
            interruptions=self._dropouts.result(),
            channels=self._polarity.passages(),
            hum=self._hum.hum(),
            rumble=rumble(self._hum.low_powers()),
            word_length_bits=word_length.bits if word_length else None,
        )


@njit(cache=True, nogil=True)
def _tally(block: NDArray[np.float64], sums: NDArray[np.float64], extremes: NDArray[np.float64]) -> None:
    """Add up left and right, and keep their peaks and the greatest difference between them."""
    left_sum, right_sum = sums
    left_peak, right_peak, difference = extremes
    for i in range(len(block)):
        left, right = block[i, 0], block[i, 1]
        left_sum += left
        right_sum += right
        left_peak, right_peak = max(left_peak, abs(left)), max(right_peak, abs(right))
        difference = max(difference, abs(left - right))
    sums[:] = (left_sum, right_sum)
    extremes[:] = (left_peak, right_peak, difference)
