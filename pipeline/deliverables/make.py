"""One deliverable from plan to place: rendered, written and audited aside, then moved where it is looked for.

What stands under its own name has passed. Whatever is unfinished lies in a folder whose name ends in `.part`.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

import soundfile

import formats
from albums import Album
from albums.faults import Fault, Refusal
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.audit import ReadBack, judge, read_back
from pipeline.deliverables.certificate import Deliverable
from pipeline.deliverables.files import files_in
from pipeline.deliverables.findings import Promise, ReductionFigures
from pipeline.deliverables.output_folder import put_in_place
from pipeline.dsp.types import Powers
from pipeline.intake.mixes import Mix
from pipeline.plan.plan import PLAN, Plan
from pipeline.processors.limiter import GainReduction
from pipeline.rendering.assembly_cache import AssemblyCache
from pipeline.rendering.drive_search import DIGITS
from pipeline.rendering.render import RenderedAlbum, Rendering, render
from pipeline.system.memory import release
from pipeline.system.page_cache import flush_to_disk


@dataclass(frozen=True)
class Receipt:
    """What came of one deliverable: its part of the certificate, and the analysis of its tracks as delivered."""

    name: str
    deliverable: Deliverable
    tracks: tuple[Analysis, ...]


def deliver(
    album: Album,
    plan: Plan,
    mixes: Sequence[Mix],
    out: Path,
    advance: Callable[[float], None] = lambda _: None,
    reels: AssemblyCache | None = None,
) -> Receipt:
    """Make the deliverable of `plan` and put it at `out` under its profile's name, if its audit passes.

    `reels` are those that deliverables made at the same time share; without them it has its own.
    """
    name = plan.profile.name
    aside = out / f".{name}.part"
    shutil.rmtree(aside, ignore_errors=True)
    staged = aside / name
    aside.mkdir(parents=True)
    reels = reels or AssemblyCache(aside / "reels", [plan])
    kind, witnesses = formats.named(plan.profile.format), list[ReadBack]()

    def heard(take: RenderedAlbum) -> list[Powers]:
        """The take, written and opened again: what stood there before, at another drive, goes."""
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir()
        kind.write(staged, album, [programme.telling(advance) for programme in take.programmes])
        witnesses[:] = [read_back(staged, album, plan, advance)]
        return [analysis.loudness.block_powers for analysis in witnesses[0].analyses]

    try:
        rendering = render(plan, mixes, reels, heard, advance)
        (staged / PLAN).write_text(plan.json_text(), "utf-8")
        promise = promised(plan, rendering)
        result = judge(witnesses[0], plan, promise)
        files = files_in(staged, aside) if result.passed else ()
        if result.passed:
            flush_to_disk(aside / file.path for file in files)
            put_in_place(staged, out / name)
    except (OSError, soundfile.LibsndfileError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Refusal([Fault(str(out), f"{name} cannot be written there: {reason}")]) from None
    finally:
        reels.done(plan)
        shutil.rmtree(aside, ignore_errors=True)
        release()
    layouts = [programme.layout for programme in rendering.take.programmes]
    deliverable = Deliverable(
        passed=result.passed,
        title=plan.profile.title,
        files=files,
        findings=result.findings,
        promise=promise,
        remarks=tuple(map(str, kind.check(album, layouts))),
    )
    return Receipt(name, deliverable, result.tracks)


@contextmanager
def assembly_cache_in(out: Path, plans: Sequence[Plan]) -> Iterator[AssemblyCache]:
    """The reels of all `plans`, in a folder at `out` that is gone afterwards."""
    folder = out / ".reels.part"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield AssemblyCache(folder, plans)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def promised(plan: Plan, rendering: Rendering) -> Promise:
    """What a render lets the audit hold the files against; as it is written down: the drive as it was used."""
    solution, take = rendering.solution, rendering.take
    wanted = plan.profile.level.target_lufs is not None and plan.drive_db is None
    return Promise(
        digests=take.digests,
        loudness_lufs=round(solution.attempt.loudness_lufs, 2) if wanted else None,
        held_back=solution.held_back,
        drive_db=round(solution.attempt.drive_db, DIGITS),
        renders=solution.renders,
        reduction=_reduction(take.reductions) if take.reductions else None,
        track_reductions=tuple(_track_reductions(take)),
    )


def _track_reductions(take: RenderedAlbum) -> Iterator[ReductionFigures]:
    for programme, reduction in zip(take.programmes, take.reductions, strict=False):
        rate_hz = programme.layout.rate_hz
        for mark, start, stop in programme.layout.apart.spans():
            if mark.track:
                yield _reduction([reduction.between(start / rate_hz, stop / rate_hz)])


def _reduction(reductions: Sequence[GainReduction]) -> ReductionFigures:
    worst_db, worst_at_s = max((reduction.worst_second() for reduction in reductions), key=itemgetter(0))
    return ReductionFigures(
        median_db=round(max(reduction.percentile(50.0) for reduction in reductions), 2),
        heavy_db=round(max(reduction.percentile(95.0) for reduction in reductions), 2),
        worst_second_db=round(worst_db, 2),
        worst_at_s=round(worst_at_s, 1),
    )
