"""What a mastering engineer would look at in a table: levels that moved, equalisers that contradict themselves.

Levels are those of loud passages, in LUFS, one for each track that has a loudness, in the album's order.
"""

from collections.abc import Collection, Sequence
from itertools import combinations

import numpy as np

from albums import EqBand
from pipeline.analysis.meters.spectrum import Spectrum, loudness_change_lu
from pipeline.matching.compression import ABOVE_LOUD_DB
from pipeline.plan.treatment import Treatment
from pipeline.processors.compressor import reduction_db
from pipeline.processors.equaliser import response_db

NEIGHBOURS = 2.1  # ratio of two bands' frequencies: an octave, and what nominal frequencies are off by
OPPOSED_DB = 1.0  # taste: bands under it are no contradiction that is heard


def apart_lu(louds_lufs: Sequence[float]) -> float:
    """The range of loud passages over an album."""
    return max(louds_lufs) - min(louds_lufs) if louds_lufs else 0.0


def raises_lu(before_lufs: Sequence[float], after_lufs: Sequence[float]) -> list[float]:
    """How much of each track's distance to the album's loudest passages is gone; less than zero where it grew."""
    loudest_before, loudest_after = max(before_lufs, default=0.0), max(after_lufs, default=0.0)
    return [
        (loudest_before - before) - (loudest_after - after)
        for before, after in zip(before_lufs, after_lufs, strict=True)
    ]


def under_lu(louds_lufs: Sequence[float], interludes: Collection[int]) -> list[float]:
    """How far each interlude stands under the softer of the songs on either side of it."""
    songs = [n for n in range(len(louds_lufs)) if n not in interludes]
    found = []
    for n in sorted(interludes):
        beside = [*[song for song in songs if song < n][-1:], *[song for song in songs if song > n][:1]]
        if beside:
            found.append(min(louds_lufs[song] for song in beside) - louds_lufs[n])
    return found


def is_opposed(bands: Sequence[EqBand], least_db: float = OPPOSED_DB) -> bool:
    """Whether two bands an octave apart or nearer go against each other, each by `least_db` or more."""
    return any(
        max(one.frequency_hz, other.frequency_hz) < NEIGHBOURS * min(one.frequency_hz, other.frequency_hz)
        and one.gain_db * other.gain_db < 0.0
        and min(abs(one.gain_db), abs(other.gain_db)) >= least_db
        for one, other in combinations(bands, 2)
    )


def change_lu(treatment: Treatment, spectrum: Spectrum, loud_lufs: float) -> float:
    """What a treatment does to loud passages at `loud_lufs`: width, equaliser and compressor as planned, and gain."""
    shaped_lu = loudness_change_lu(spectrum, 0.0, treatment.width_db) if treatment.width_db else 0.0
    response = response_db(treatment.equaliser(), treatment.rate_hz, np.array(spectrum.centres_hz))
    shaped_lu += loudness_change_lu(spectrum, response)
    if treatment.compression:
        level_dbfs = loud_lufs + shaped_lu + ABOVE_LOUD_DB
        shaped_lu -= float(reduction_db(level_dbfs, treatment.compression.compressor()).item())
    return shaped_lu + treatment.gain_db


def is_told(level_wish_lu: float, gain_db: float | None) -> bool:
    """Whether the artist has said how loud a track is to be."""
    return gain_db is not None or level_wish_lu != 0.0
