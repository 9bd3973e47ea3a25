"""How hard an album may be limited: one loudness does not suit every music.

Where an album's own range is wide and so are its peaks, by what was measured and never by a tag, it keeps its peaks:
no moment is reduced by more than 2 dB, and the programme stays as far under the profile's loudness as that takes. The
numbers are taste; what lies between narrow and wide goes from the one to the other without a step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from albums import Intent
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.meters.loudness import range_lu
from pipeline.plan.treatment import Treatment
from profiles.parts import LevelTarget

GENTLE_DB = 2.0  # no moment of wide music is reduced by more
TRACK_RANGE_LU = (7.0, 10.0)  # the median loudness range of the tracks: from where on it is wide, and quite so
ALBUM_RANGE_LU = (11.0, 14.0)  # likewise the range of the album as a whole, once its tracks are levelled
PEAKS_LU = (13.0, 16.0)  # likewise the median ratio of peak to loudness: what was limited before has no peaks to keep
ROOM_DB = 6.0  # by so much more may a moment be reduced where music is hardly wide
LEAST_WIDE = 0.05  # less is narrow


@dataclass(frozen=True)
class Restraint:
    """What the limiter may take off at most: in the worst second, and at any moment (None: as that needs), and why."""

    worst_second_db: float
    moment_db: float | None = None
    reason: str = ""


def restraint(
    intent: Intent,
    level: LevelTarget,
    treatments: Sequence[Treatment],
    analyses: Sequence[Analysis],
    track_range_lu: float | None,
) -> Restraint:
    """How far the programme may be limited; `track_range_lu` is the median loudness range of the album's tracks."""
    asked = Restraint(intent.reduction_limit_db)
    ratios = [each for analysis in analyses if (each := analysis.peak_to_loudness_lu) is not None]
    if intent.loudness == "as-profile" or not level.limiter or not ratios:
        return asked
    powers = [
        analysis.loudness.short_term_powers * 10.0 ** (treatment.gain_db / 10.0)
        for treatment, analysis in zip(treatments, analyses, strict=True)
    ]
    album_lu = range_lu(np.concatenate(powers)) or 0.0
    wide = max(_share(track_range_lu or 0.0, TRACK_RANGE_LU), _share(album_lu, ALBUM_RANGE_LU))
    wide *= _share(median(ratios), PEAKS_LU)
    if wide < LEAST_WIDE:
        return asked
    moment_db = round(GENTLE_DB + (1.0 - wide) * ROOM_DB, 1)
    reason = (
        f"Loudness ranges from {track_range_lu or 0.0:.1f} LU in a track to {album_lu:.1f} over the album, and peaks "
        f'stand {median(ratios):.1f} LU over loudness: loudness = "auto" keeps them, no moment is reduced by more than '
        f"{moment_db:g} dB."
    )
    gentle_db = min(intent.reduction_limit_db, moment_db)
    return Restraint(gentle_db, moment_db, reason)


def _share(value: float, span: tuple[float, float]) -> float:
    return min(max((value - span[0]) / (span[1] - span[0]), 0.0), 1.0)
