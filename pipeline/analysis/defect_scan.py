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
from pipeline.analysis.defects.offset import WANDER_HZ, OffsetSearch
from pipeline.analysis.defects.polarity import ChannelSpan, PolaritySearch
from pipeline.analysis.defects.rumble import BANDS_HZ, Rumble, rumble
from pipeline.analysis.defects.word_length import WordLengthSearch


@dataclass(frozen=True)
class ScanResult:
    """What the searches found in a stereo programme; pairs are of left and right, places are frames."""

    frames: int
    peaks: tuple[float, float]
    means: tuple[float, float]
    offset: tuple[bool, bool]
    """Whether either mean is an offset, and no wandering of the sound."""
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
        self._extremes = np.zeros(3)  # peak left, peak right, greatest difference between them
        self._flat_tops, self._clicks = FlatTopSearch(rate_hz), ClickSearch(rate_hz)
        self._dropouts, self._polarity = DropoutSearch(rate_hz), PolaritySearch(rate_hz)
        self._offset = OffsetSearch(rate_hz)
        self._hum, self._word_length = HumSearch(rate_hz, (*BANDS_HZ, WANDER_HZ)), WordLengthSearch()
        self._searches = (
            *(self._flat_tops, self._clicks, self._dropouts, self._polarity),
            *(self._offset, self._hum, self._word_length),
        )

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2), all of it finite."""
        if not len(block):
            return
        block = np.ascontiguousarray(block)
        if not self._frames:
            self._edges[0] = block[0]
        self._edges[1] = block[-1]
        _tally(block, self._extremes)
        for search in self._searches:
            search.add(block)
        self._frames += len(block)

    def result(self) -> ScanResult:
        """The traces in what came so far."""
        left_peak, right_peak, difference = self._extremes.tolist()
        first, last = np.abs(self._edges).max(axis=1).tolist()
        word_length, low_powers = self._word_length.word_length(), self._hum.low_powers()
        return ScanResult(
            frames=self._frames,
            peaks=(left_peak, right_peak),
            means=self._offset.means(),
            offset=self._offset.sure(low_powers[:, -1]),
            difference=difference,
            first=first,
            last=last,
            clipped=self._flat_tops.passages(),
            clicks=self._clicks.clicks(),
            interruptions=self._dropouts.result(),
            channels=self._polarity.passages(),
            hum=self._hum.hum(),
            rumble=rumble(low_powers[:, :-1]),
            word_length_bits=word_length.bits if word_length else None,
        )


@njit(cache=True, nogil=True)
def _tally(block: NDArray[np.float64], extremes: NDArray[np.float64]) -> None:
    """Keep the peaks of left and right and the greatest difference between them."""
    left_peak, right_peak, difference = extremes
    for i in range(len(block)):
        left, right = block[i, 0], block[i, 1]
        left_peak, right_peak = max(left_peak, abs(left)), max(right_peak, abs(right))
        difference = max(difference, abs(left - right))
    extremes[:] = (left_peak, right_peak, difference)
