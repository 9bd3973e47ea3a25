"""What an album's decisions rest on beyond the track in hand: its centre of tone, its level, its usual dynamics.

Frozen into `signature.json`, it describes the album as it was released: next year's bonus track is matched to it, and
nothing that was shipped changes.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationError

from albums import MANIFEST, SIGNATURE, Album, Frozen, Name
from albums.documents import checked_json, read_text
from albums.faults import Fault, Refusal, place, refuse
from albums.schema_faults import faults_of
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ
from pipeline.intake.mixes import Source
from pipeline.matching import level
from pipeline.matching.outliers import LONGEST_INTERLUDE_S, find_centre, interlude_s
from pipeline.matching.performances import Performance, highest_hz, performances
from pipeline.matching.target_curve import read_curve
from pipeline.matching.tone import Levels, centre_db, tone_of
from pipeline.plan.dither_seed import DitherSeed
from pipeline.plan.plan import Drive
from pipeline.plan.treatment import is_none

LARGEST_BYTES = 2**20
FEWEST_BANDS = 29  # a mix at the lowest rate, 32 kHz, carries this many

Target = Literal["centre", "reference", "curve"]
CALLED: dict[Target, str] = {
    "centre": "the album's centre",
    "reference": "the reference",
    "curve": "the target curve",
}
FARTHEST_DB = 200.0
BandLevel = Annotated[float, Field(ge=-FARTHEST_DB, le=FARTHEST_DB)]
TargetCurve = Annotated[tuple[BandLevel, ...], Field(min_length=FEWEST_BANDS, max_length=len(NOMINAL_CENTRES_HZ))]


class Baseline(Frozen):
    """An album's own figures. Curves are third-octave levels from 25 Hz up, the mean of 200 Hz to 2 kHz at zero."""

    version: Literal[1] = 1
    centre_db: TargetCurve
    """The centre of the tracks that share one voice."""
    farthest_db: Annotated[float, Field(ge=0.0)] | None
    """How far from the centre a track may lie; one beyond it is left alone. None where there are too few to tell."""
    target: Target
    target_db: TargetCurve
    """What tone is matched to: the centre, or what the artist named instead."""
    loud_end_lufs: BandLevel
    """The level of loud passages, as the mixes have them."""
    range_lu: Annotated[float, Field(ge=0.0, le=200.0)] | None
    """The median of the tracks' loudness ranges; None where none has one."""
    interlude_s: Annotated[float | None, Field(ge=0.0, le=LONGEST_INTERLUDE_S, exclude_if=is_none)] = None
    """What is shorter is an interlude among songs; None where there are no songs to stand aside from."""
    loudest_lu: Annotated[float | None, Field(ge=0.0, le=FARTHEST_DB, exclude_if=is_none)] = None
    """How far the loudest song lies over that level; None in a signature that does not say."""
    dither_seed: DitherSeed
    drives_db: dict[Name, Drive] = Field(default_factory=dict)
    foreseen_drives_db: dict[Name, Drive] = Field(default_factory=dict, exclude_if=lambda drives: not drives)
    """At which drives room for codecs was foreseen, where there are any: as much of the sound as the drives."""
    """The drive of each profile that was released; for a profile that is not among them it is searched for."""

    def json_text(self) -> str:
        """The text as it is written to signature.json."""
        return self.model_dump_json(indent=1) + "\n"

    def digest(self) -> str:
        """SHA-256 of all but the drives, which are not known before the album is mastered."""
        return hashlib.sha256(self.model_dump_json(exclude={"drives_db", "foreseen_drives_db"}).encode()).hexdigest()

    @property
    def matched_to(self) -> Levels:
        """The target as the solver takes it."""
        return np.array(self.target_db)


def baseline_of(
    album: Album, used: Sequence[Source], analyses: Sequence[Analysis], references: Sequence[Analysis] = ()
) -> Baseline:
    """The baseline of an album as it is now; `references` are the recordings that its manifest names, measured.

    Raises Refusal for a file that holds no target curve, or a reference that is no music.
    """
    whole = performances(album, used, analyses)
    tones, weights = (
        [performance.as_locked for performance in whole],
        [performance.duration_s for performance in whole],
    )
    found = find_centre(tones, weights, [_told(performance) for performance in whole])
    kept = [performance for performance, odd in zip(whole, found.odd, strict=True) if not odd]
    ranges = [performance.range_lu for performance in kept if performance.range_lu is not None]
    shortest_s = interlude_s([performance.duration_s for performance in kept])
    songs = [each for each in kept if each.duration_s >= shortest_s and not _told(each)]
    loud_lufs = level.centre_lufs([each.loud_lufs + (each.gain_db or 0.0) for each in songs or kept])
    levelled = [each.loud_lufs - loud_lufs for each in songs if each.gain_db is None]
    target, target_db = _target(album, found.centre_db, references)
    return Baseline(
        centre_db=_bounded(found.centre_db),
        farthest_db=None if np.isinf(found.farthest_db) else found.farthest_db,
        target=target,
        target_db=_bounded(target_db),
        loud_end_lufs=level.centre_lufs(
            [performance.loud_lufs + (performance.gain_db or 0.0) for performance in songs or kept]
        ),
        range_lu=round(median(ranges), 2) if ranges else None,
        interlude_s=shortest_s if songs else None,
        loudest_lu=round(max([0.0, *levelled]), 2),
        dither_seed=_seed(used),
    )


def read_baseline(folder: Path) -> Baseline | None:
    """The baseline in an album's folder; None where there is none. Raises Refusal for a broken one."""
    path = folder / SIGNATURE
    if not os.path.lexists(path):
        return None
    text = checked_json(read_text(path, LARGEST_BYTES, SIGNATURE), SIGNATURE)
    try:
        return Baseline.model_validate_json(text)
    except ValidationError as error:
        raise Refusal(faults_of(error, SIGNATURE, Baseline)) from None


def _told(performance: Performance) -> bool | None:
    """Whether a performance is left out of the centre; None where its distance decides."""
    if performance.told_exempt is not None:
        return performance.told_exempt
    return True if performance.is_spoken else None


def _target(album: Album, centre: Levels, references: Sequence[Analysis]) -> tuple[Target, Levels]:
    if references:
        refuse(_no_music(album, references))
        lengths_s = [reference.frames / reference.rate_hz for reference in references]
        return "reference", centre_db([tone_of(r.spectrum, highest_hz([r])) for r in references], lengths_s)
    if album.intent.target_curve:
        return "curve", read_curve(album.folder / album.intent.target_curve)
    return "centre", centre


def _no_music(album: Album, references: Sequence[Analysis]) -> Iterator[Fault]:
    for index, (name, reference) in enumerate(zip(album.intent.reference, references, strict=True)):
        where = place(MANIFEST, ["intent", "reference", index])
        if reference.damage and reference.damage.refused:
            yield from (Fault(where, f"{name!r}: {defect.words}") for defect in reference.damage.faults)
        elif not reference.has_loudness:
            yield Fault(where, f"{name!r} has no loudness; wanted music")


def _bounded(levels_db: Levels) -> tuple[float, ...]:
    """A curve within what a baseline holds: an equaliser set by hand may leave next to nothing of a band."""
    return tuple(np.clip(levels_db, -FARTHEST_DB, FARTHEST_DB).tolist())


def _seed(used: Sequence[Source]) -> int:
    joined = "\n".join(source.sha256 for source in used)
    return int.from_bytes(hashlib.sha256(joined.encode()).digest()[:8], "big") >> 1
