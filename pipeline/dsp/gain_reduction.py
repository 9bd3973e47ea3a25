"""What a processor takes off, hop by hop, in the figures that a gain reduction meter shows."""

from collections.abc import Iterable

import numpy as np

HOP_S = 0.1  # the record has one figure for so long


class GainReduction:
    """What a limiter or a compressor took off, 100 ms by 100 ms: handed in by the caller, and read afterwards.

    It reads as a meter does that holds the peak of each 100 ms.
    """

    def __init__(self, maximum_db: Iterable[float] = ()) -> None:
        """What is known already; nothing yet, by default."""
        self.maximum_db: list[float] = [*maximum_db]
        """The largest reduction in each hop; the last hop may be shorter than 100 ms."""

    def between(self, start_s: float, stop_s: float) -> "GainReduction":
        """The hops from the one that holds `start_s` up to the one that holds `stop_s`: those of one track."""
        return GainReduction(self.maximum_db[int(start_s / HOP_S) : int(stop_s / HOP_S)])

    def percentile(self, percent: float) -> float:
        """The reduction in dB that `percent` of the hops do not exceed; 0 for an empty programme."""
        return float(np.percentile(self.maximum_db, percent)) if self.maximum_db else 0.0

    def worst_second(self) -> tuple[float, float]:
        """The largest mean over ten successive hops in dB, and when they start, in s; else (0, 0)."""
        if not self.maximum_db:
            return 0.0, 0.0
        hops = min(10, len(self.maximum_db))
        means_db = np.convolve(self.maximum_db, np.full(hops, 1.0 / hops), "valid")
        return float(means_db.max()), float(means_db.argmax()) * HOP_S
