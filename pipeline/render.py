"""A plan made sound: sequenced, driven, limited as one programme, dithered once, and measured on its own samples.

One limiter runs over the whole programme, so a crossfade cannot exceed the ceiling and a segue has no seam.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

import formats
from pipeline.abreast import processors
from pipeline.analysis import anchored_lufs
from pipeline.drive import Attempt, Solution, solve
from pipeline.foresight import foresee, sketched
from pipeline.ingest import Block, Mix
from pipeline.level import amplitude
from pipeline.measure.loudness import LoudnessMeter
from pipeline.measure.true_peak import TruePeakMeter
from pipeline.mixdown import programme_blocks
from pipeline.plan import Plan
from pipeline.process.dither import quantise, seed_from
from pipeline.process.limiter import GainReduction, limit
from pipeline.scratch import Stored, store

MARGIN_DB = 0.02  # how far under the ceiling is aimed; dither and quantising take part of it
REPAIR_DB = 0.005  # beyond what was over, when dither carried a peak past the margin
MOST_REPAIRS = 3
FORESEEN_DB = 6.0  # of drive beyond what is expected, up to which peaks are foreseen between samples too
SILENT_LUFS = -120.0  # stands for "no loudness" where the search for a drive needs a number

Advance = Callable[[float], None]
AnyBlock = TypeVar("AnyBlock", NDArray[np.float32], formats.Block)
Powers = NDArray[np.float64]


@dataclass(frozen=True)
class Take:
    """Everything rendered once at one drive: where it lies, what it hashes to, and what was measured of it."""

    drive_db: float
    programmes: tuple[formats.Programme, ...]
    digests: tuple[str, ...]
    reductions: tuple[GainReduction, ...]
    block_powers: tuple[Powers, ...]
    true_peak_dbtp: float


@dataclass(frozen=True)
class Rendering:
    """The take that was settled on, and how the search for its drive went."""

    take: Take
    solution: Solution


def render(plan: Plan, mixes: Sequence[Mix], scratch: Path, advance: Advance = lambda _: None) -> Rendering:
    """Render `plan` into `scratch`, an empty folder that must outlive the programmes of the result.

    `advance` is told the seconds of programme done, and may raise to stop.
    """
    level, takes = plan.profile.level, list[Take]()
    raws = list[Stored[np.float32]]()
    for number, programme in enumerate(plan.programmes):
        mixed = (block.astype(np.float32) for block in programme_blocks(plan, programme, mixes))
        raws.append(store(scratch / f"{number}.float", _told(mixed, plan.rate_hz, advance), np.float32))

    def attempt(drive_db: float) -> Attempt:
        takes[:] = [_repaired(plan, raws, drive_db, scratch, advance)]
        return _attempt(plan, drive_db, takes[0].block_powers, takes[0].reductions)

    if plan.drive_db is not None:
        solution = Solution(attempt(plan.drive_db), 1, held_back=False)
    elif level.target_lufs is None:
        solution = Solution(attempt(level.ceiling_dbtp - MARGIN_DB - _true_peak_dbtp(plan, raws)), 1, held_back=False)
    else:
        foretell = _foretelling(plan, raws, scratch)
        solution = solve(foretell, attempt, plan.expected_drive_db, level.target_lufs, plan.reduction_limit_db)
    return Rendering(takes[0], solution)


def _attempt(
    plan: Plan, drive_db: float, block_powers: Sequence[Powers], reductions: Iterable[GainReduction]
) -> Attempt:
    heard_lufs = anchored_lufs(block_powers, pooled=plan.profile.level.anchor == "album")
    reduction_db = max((reduction.worst_second()[0] for reduction in reductions), default=0.0)
    return Attempt(drive_db, SILENT_LUFS if heard_lufs is None else heard_lufs, reduction_db)


def _foretelling(plan: Plan, raws: Sequence[Stored[np.float32]], scratch: Path) -> Callable[[float], Attempt]:
    """What comes of the programmes at any drive, told from sketches of them."""
    aimed_dbtp = plan.profile.level.ceiling_dbtp - MARGIN_DB
    floor = amplitude(aimed_dbtp - plan.expected_drive_db - FORESEEN_DB)
    sketches = [
        store(scratch / f"{number}.sketch", sketched(_driven(raw(), 1.0), plan.rate_hz, floor), np.float32)
        for number, raw in enumerate(raws)
    ]
    layouts = [programme.layout(plan.rate_hz, plan.profile.pcm.bits) for programme in plan.programmes]
    spans = [[(start, stop) for _, start, stop in layout.spans()] for layout in layouts]

    @cache
    def foretell(drive_db: float) -> Attempt:
        drive, ceiling = amplitude(drive_db), amplitude(aimed_dbtp)
        found = [
            foresee(_driven(sketch(), 1.0), plan.rate_hz, tracks, drive, ceiling)
            for sketch, tracks in zip(sketches, spans, strict=True)
        ]
        powers = [powers for each in found for powers in each.block_powers]
        return _attempt(plan, drive_db, powers, [each.reduction for each in found])

    return foretell


def _repaired(plan: Plan, raws: Sequence[Stored[np.float32]], drive_db: float, scratch: Path, advance: Advance) -> Take:
    """A take under the ceiling, dither included: the limiter aims lower, and again, while a true peak is over it."""
    level, margin_db = plan.profile.level, MARGIN_DB
    for _ in range(MOST_REPAIRS):
        take = _take(plan, raws, drive_db, level.ceiling_dbtp - margin_db, scratch, advance)
        over_db = take.true_peak_dbtp - level.ceiling_dbtp
        if over_db <= 0.0 or not level.limiter:
            break
        margin_db += over_db + REPAIR_DB
    return take


def _take(
    plan: Plan, raws: Sequence[Stored[np.float32]], drive_db: float, aimed_dbtp: float, scratch: Path, advance: Advance
) -> Take:
    programmes, reductions, meters = [], list[GainReduction](), []
    for number, (raw, programme) in enumerate(zip(raws, plan.programmes, strict=True)):
        layout = programme.layout(plan.rate_hz, plan.profile.pcm.bits)
        blocks = _driven(raw(), amplitude(drive_db))
        if plan.profile.level.limiter:
            reductions.append(GainReduction())
            blocks = limit(blocks, plan.rate_hz, aimed_dbtp, reduction=reductions[-1], workers=processors())
        seed = seed_from(str(plan.dither_seed), layout.side)
        samples = quantise(blocks, layout.bits, plan.profile.pcm.dither, seed)
        meters.append(_PassMeter(layout))
        told = _told(meters[-1].through(samples), plan.rate_hz, advance)
        programmes.append(formats.Programme(layout, store(scratch / f"{number}.int", told, np.int32)))
    return Take(
        drive_db,
        tuple(programmes),
        tuple(meter.digest.hexdigest() for meter in meters),
        tuple(reductions),
        tuple(powers for meter in meters for powers in meter.block_powers()),
        max(meter.true_peak.result().true_peak_dbtp for meter in meters),
    )


class _PassMeter:
    """Hashes the samples of a programme as they pass, and measures its true peak and each track's loudness."""

    def __init__(self, layout: formats.Layout) -> None:
        self._layout = layout
        self._loudness = [LoudnessMeter(layout.rate_hz) for _ in layout.marks]
        self.true_peak, self.digest = TruePeakMeter(layout.rate_hz), hashlib.sha256()

    def through(self, blocks: Iterable[formats.Block]) -> Iterator[formats.Block]:
        for track, block in formats.split(blocks, self._layout):
            self.digest.update(formats.canonical_bytes(block))
            sound = block * np.float64(2.0 ** (1 - self._layout.bits))
            self.true_peak.add(sound)
            self._loudness[track].add(sound)
            yield block

    def block_powers(self) -> list[Powers]:
        return [meter.result().block_powers for meter in self._loudness]


def _true_peak_dbtp(plan: Plan, raws: Sequence[Stored[np.float32]]) -> float:
    """The highest true peak of the programmes before their drive."""
    peaks = []
    for raw in raws:
        meter = TruePeakMeter(plan.rate_hz)
        for block in _driven(raw(), 1.0):
            meter.add(block)
        peaks.append(meter.result().true_peak_dbtp)
    return max(peaks)


def _driven(blocks: Iterable[NDArray[np.float32]], factor: float) -> Iterator[Block]:
    for block in blocks:
        yield block.astype(np.float64) * factor


def _told(blocks: Iterable[AnyBlock], rate_hz: int, advance: Advance) -> Iterator[AnyBlock]:
    for block in blocks:
        advance(len(block) / rate_hz)
        yield block
