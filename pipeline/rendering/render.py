"""A plan made sound: sequenced, driven, limited as one programme and dithered once, while it is being written.

One limiter runs over the whole programme, so a crossfade cannot exceed the ceiling and a segue has no seam. What is
kept on disk is the programme before its drive; what comes after it exists nowhere but in the files delivered, and is
measured there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol

from blake3 import blake3

import formats
from albums import MANIFEST
from albums.faults import Fault, Refusal, place
from pipeline.analysis.analysis import anchored_lufs
from pipeline.analysis.meters.true_peak import TruePeakMeter
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.types import Powers
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.rendering.assembly_cache import AssembledProgramme
from pipeline.rendering.drive_forecast import forecast
from pipeline.rendering.drive_search import Attempt, DriveSearch, Probe
from pipeline.rendering.finish import driven, finish_of, limited
from pipeline.rendering.limiter_ceiling import limiter_ceiling_dbtp, sketch_floor

SILENT_DBTP = -200.0  # of an offset, rounding leaves less once it is taken off
SILENT_LUFS = -120.0  # stands for "no loudness" where the search for a drive needs a number


class Rendering(Protocol):
    """The samples of one programme at one drive: made anew each time they are asked for, the same each time."""

    @property
    def digest(self) -> str:
        """BLAKE3 of all samples, once they have passed."""

    @property
    def reduction(self) -> GainReduction:
        """What the limiter took off them, then."""

    def __call__(self, start: int = 0) -> Iterator[formats.Block]:
        """The blocks from sample `start` to the end."""


class RenderedProgramme:
    """A programme that is limited and quantised while it is written."""

    def __init__(self, plan: Plan, programme: PlannedProgramme, assembled: AssembledProgramme, drive_db: float) -> None:
        """Nothing is made yet."""
        self._plan, self._assembled, self._drive_db = plan, assembled, drive_db
        self._finish = finish_of(plan, programme, assembled)
        self.digest = ""
        self.reduction = GainReduction()

    def __call__(self, start: int = 0) -> Iterator[formats.Block]:
        """The blocks from sample `start` to the end."""
        digest, reduction = blake3(), GainReduction()
        for block in self._finish(limited(self._plan, self._assembled, self._drive_db, reduction)):
            digest.update(formats.canonical_bytes(block))
            if start < len(block):
                yield block[start:]
            start = max(start - len(block), 0)
        self.digest, self.reduction = digest.hexdigest(), reduction


@dataclass(frozen=True)
class RenderedAlbum:
    """Everything at one drive. Digests and gain reductions are known once the programmes have passed."""

    plan: Plan
    drive_db: float
    rendered: tuple[Rendering, ...]

    @cached_property
    def programmes(self) -> tuple[formats.Programme, ...]:
        """What is to be written, in order."""
        pairs = zip(self.plan.layouts, self.rendered, strict=True)
        return tuple(formats.Programme(layout, made) for layout, made in pairs)

    @property
    def digests(self) -> tuple[str, ...]:
        """BLAKE3 of each programme's samples."""
        return tuple(made.digest for made in self.rendered)

    @property
    def reductions(self) -> tuple[GainReduction, ...]:
        """What the limiter took off each programme; nothing where there is no limiter."""
        return tuple(made.reduction for made in self.rendered) if self.plan.profile.level.limiter else ()


def render(plan: Plan, assembled: Sequence[AssembledProgramme], drive_db: float) -> RenderedAlbum:
    """The programmes of `plan`, as they were assembled, at one drive. What is assembled must outlive them."""
    pairs = zip(plan.programmes, assembled, strict=True)
    return RenderedAlbum(
        plan, drive_db, tuple(RenderedProgramme(plan, programme, each, drive_db) for programme, each in pairs)
    )


def drive_search(plan: Plan, assembled: Sequence[AssembledProgramme]) -> DriveSearch:
    """The search for the drive that `plan` asks for: by loudness, by the highest peak, or the one that is set.

    Raises Refusal where a peak is wanted and nothing sounds: of an offset, nothing is left once it is taken off.
    """
    if plan.seeks_drive:
        target_lufs = plan.profile.level.target_lufs or 0.0
        return DriveSearch(plan.expected_drive_db, forecasting(plan, assembled), target_lufs, plan.reduction_limit_db)
    if plan.drive_db is not None:
        return DriveSearch(plan.drive_db)
    peak_dbtp = undriven_peak_dbtp(plan, assembled)
    if peak_dbtp < SILENT_DBTP:
        words = f"are silent once they are treated: no level brings them to the ceiling of {plan.profile.name}"
        raise Refusal([Fault(place(MANIFEST, ["tracks"]), words)])
    return DriveSearch(limiter_ceiling_dbtp(plan.profile) - peak_dbtp)


def attempt(album: RenderedAlbum, block_powers: Sequence[Powers]) -> Attempt:
    """What came of a render: `block_powers` of each track's gating blocks, as measured of the files written."""
    return _attempt(album.plan, album.drive_db, block_powers, album.reductions)


def _attempt(
    plan: Plan, drive_db: float, block_powers: Sequence[Powers], reductions: Iterable[GainReduction]
) -> Attempt:
    level = plan.profile.level
    numbers = (mark.track for layout in plan.layouts for mark in layout.apart.marks)
    apart = plan.uncounted  # what was read back may be broken, and then tell of fewer tracks
    counted = [powers for number, powers in zip(numbers, block_powers, strict=False) if number not in apart]
    heard_lufs = anchored_lufs(counted if apart else block_powers, pooled=level.anchor == "album")
    if not block_powers:  # what was written cannot be read, which no other drive mends
        heard_lufs = level.target_lufs
    return Attempt(drive_db, SILENT_LUFS if heard_lufs is None else heard_lufs, plan.counted_db(reductions))


def forecasting(plan: Plan, assembled: Sequence[AssembledProgramme]) -> Probe:
    """What comes of the programmes at any drive, told from their sketches."""
    ceiling, floor = amplitude(limiter_ceiling_dbtp(plan.profile)), sketch_floor(plan)
    spans = [[(start, stop) for _, start, stop in layout.apart.spans()] for layout in plan.layouts]
    sketches = [each.sketch for each in assembled if each.sketch]

    @cache
    def probe(drive_db: float) -> Attempt:
        drive = amplitude(drive_db)
        found = [
            forecast(sketch(), plan.rate_hz, tracks, drive, ceiling, floor)
            for sketch, tracks in zip(sketches, spans, strict=True)
        ]
        powers = [powers for each in found for powers in each.block_powers]
        return _attempt(plan, drive_db, powers, [each.reduction for each in found])

    return probe


def undriven_peak_dbtp(plan: Plan, assembled: Sequence[AssembledProgramme]) -> float:
    """The highest true peak of the programmes before their drive."""
    peaks = []
    for each in assembled:
        meter = TruePeakMeter(plan.rate_hz)
        for block in driven(each.samples(), 1.0):
            meter.add(block)
        peaks.append(meter.result().true_peak_dbtp)
    return max(peaks)
