"""One deliverable from plan to place: rendered, written and audited aside, then moved where it is looked for.

What stands under its own name has passed. What is unfinished lies in a folder whose name ends in `.part`.
"""

import hashlib
import math
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

import formats
from albums import MANIFEST, Album
from albums.faults import Fault, Refusal, place
from albums.regular_files import read_regular, unreadable
from formats.codecs import installed
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.audit import Audit, ReadBack, judge, read_back
from pipeline.deliverables.certificate import Deliverable, Origin
from pipeline.deliverables.figures import quiet_tracks, whole_figures
from pipeline.deliverables.files import DeliveredFile, files_in, form_of
from pipeline.deliverables.findings import CodecFigures, Promise, ReductionFigures
from pipeline.deliverables.output_folder import ASSEMBLED, COVER, MIXED_DOWN, put_in_place, refusing, staging_folder
from pipeline.deliverables.own_certificate import certified_alone, written
from pipeline.deliverables.stating import state_loudness
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.intake.mixes import Mix
from pipeline.plan.plan import PLAN, Plan
from pipeline.rendering.assembly_cache import AssembledProgramme, AssemblyCache
from pipeline.rendering.codecs.room import Begin, CodecRoom, Room, make_room
from pipeline.rendering.drive_search import DIGITS, Solution
from pipeline.rendering.render import SILENT_DBTP, RenderedAlbum, attempt, drive_search, render
from pipeline.system.memory import release
from pipeline.system.placing import fresh_folder, remove
from pipeline.system.processes.this_process import aside_name
from pipeline.system.progress import Advance

LARGEST_COVER_BYTES = 2**24  # no format takes a larger one


@dataclass(frozen=True)
class Receipt:
    """What came of one deliverable: its part of the certificate, and what was measured of its tracks."""

    name: str
    deliverable: Deliverable
    tracks: tuple[Analysis, ...]
    compressions: tuple[ReductionFigures | None, ...] = ()
    """What the compressor took off each track; None where it has none."""

    def certified(self, quiet: Collection[int]) -> Deliverable:
        """Its part of the certificate, with its figures as an album: in these, tracks that are `quiet` do not count."""
        whole = whole_figures(self.tracks, quiet) if self.tracks else None
        return self.deliverable.model_copy(update={"whole": whole})


def make(
    album: Album,
    plan: Plan,
    mixes: Sequence[Mix],
    out: Path,
    advance: Advance = lambda _: None,
    cache: AssemblyCache | None = None,
    cover_sha256: str = "",
    begin: Begin = lambda _work, _sound_s: nullcontext(lambda _: None),
    origin: Origin | None = None,
) -> Receipt:
    """Make the deliverable of `plan` and put it at `out` under its profile's name, if its audit passes.

    `cache` is what deliverables made at the same time share; without one it has its own. A cover without the hash
    `cover_sha256` is refused, if that is given. `begin` is told of each track that is encoded. Where its `origin` is
    given, it gets a certificate of its own.
    """
    name = plan.profile.name
    aside = staging_folder(out, name)
    staged = aside / name
    cache = cache or AssemblyCache(aside / MIXED_DOWN, [plan])
    try:
        with refusing(out, name):
            album, changed = with_own_cover(album, plan, aside, cover_sha256)
            assembled = [cache.assembled(plan, programme, mixes, advance) for programme in plan.programmes]
            if plan.profile.checked_codecs:
                room = make_room(plan, assembled, aside / MIXED_DOWN, begin)
                found = _written(album, room.album, staged, advance)
                promise = promised_after_codecs(room)
            else:
                rendered, solution, found = _rendered(album, plan, assembled, staged, advance)
                promise = promised(rendered, solution)
            compressions = tuple(_reduction([taken]) if taken else None for taken in cache.compression_of(plan))
            return delivered(album, plan, found, promise, compressions, staged, out, changed, origin)
    finally:
        cache.done(plan)
        with suppress(OSError):  # what has its place has it; the next run removes the rest
            remove(aside)
        release()


def delivered(
    album: Album,
    plan: Plan,
    found: ReadBack,
    promise: Promise,
    compressions: tuple[ReductionFigures | None, ...],
    staged: Path,
    out: Path,
    changed: tuple[Fault, ...] = (),
    origin: Origin | None = None,
) -> Receipt:
    """What was written into the folder `staged` and `found` there, judged and, if it passes, put in its place in `out`.

    `changed` tells what of it is not the artist's own. Its plan is written beside it and, where its `origin` is given,
    a certificate of its own. Raises OSError.
    """
    name = plan.profile.name
    found = replace(found, stated=state_loudness(staged, plan, found.tracks))
    (staged / PLAN).write_text(plan.json_text(), "utf-8", newline="\n")
    result = judge(found, plan, promise)
    files = files_in(staged, staged.parent) if result.passed else ()
    receipt = Receipt(name, _deliverable(album, plan, result, promise, files, changed), result.tracks, compressions)
    if result.passed:
        if origin:
            certified = receipt.certified(quiet_tracks(origin.before))
            own = certified_alone(certified, album, plan, origin, result.tracks, compressions)
            files = written(own, staged, files)
        put_in_place(staged, out / name, files)
    return replace(receipt, deliverable=receipt.deliverable.model_copy(update={"files": files}))


def with_own_cover(album: Album, plan: Plan, aside: Path, sha256: str) -> tuple[Album, tuple[Fault, ...]]:
    """The album with its cover as `plan`'s profile has it delivered, in `aside`, and a note where that is another one.

    There it cannot change between being judged, written and audited.
    """
    named = album.release.cover
    if not named:
        return album, ()
    where = place(MANIFEST, ["album", "cover"])
    try:
        data = read_regular(album.folder / named, LARGEST_COVER_BYTES)
    except OSError as error:
        raise Refusal([Fault(where, f"{named!r} {unreadable(error)}")]) from None
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise Refusal([Fault(where, f"{named!r} was replaced during the run; see that it is the right one, run again")])
    (aside / f"{COVER}{Path(named).suffix}").write_bytes(data)
    own = _with_cover(album, aside, f"{COVER}{Path(named).suffix}")
    found = formats.delivered_cover(plan.profile, own)
    if found is None or not found[2]:
        return own, ()
    data, suffix, changes = found
    (aside / f"{COVER}{suffix}").write_bytes(data)
    return _with_cover(album, aside, f"{COVER}{suffix}"), (Fault("album.cover", "; ".join(changes), "note"),)


def _with_cover(album: Album, folder: Path, name: str) -> Album:
    release = album.release.model_copy(update={"cover": name})
    return album.model_copy(update={"folder": folder, "release": release})


def _deliverable(
    album: Album,
    plan: Plan,
    result: Audit,
    promise: Promise,
    files: tuple[DeliveredFile, ...],
    changed: tuple[Fault, ...],
) -> Deliverable:
    """A deliverable's part of the certificate; its remarks say what is written differently from the manifest."""
    remarks = (*changed, *formats.judged(plan.profile, album, plan.layouts))
    return Deliverable(
        passed=result.passed,
        title=plan.profile.title,
        files=files,
        findings=result.findings,
        promise=promise,
        remarks=tuple(map(str, remarks)),
        form=form_of(plan.profile, result.layouts),
    )


def _rendered(
    album: Album, plan: Plan, assembled: Sequence[AssembledProgramme], staged: Path, advance: Advance
) -> tuple[RenderedAlbum, Solution, ReadBack]:
    """Rendered, written into `staged` and read back at one drive after another, until one is found."""
    search = drive_search(plan, assembled)
    for drive_db in search:
        rendered = render(plan, assembled, drive_db)
        found = _written(album, rendered, staged, advance)
        search.tell(attempt(rendered, [analysis.loudness.block_powers for analysis in found.analyses]))
    return rendered, search.solution, found


def _written(album: Album, rendered: RenderedAlbum, staged: Path, advance: Advance) -> ReadBack:
    """What is found on reading back what was written into `staged`, where nothing is left of another render."""
    fresh_folder(staged)
    told = [programme.telling(advance) for programme in rendered.programmes]
    formats.named(rendered.plan.profile.format).write(staged, album, told)
    return read_back(staged, album, rendered.plan, advance)


@contextmanager
def assembly_cache_in(out: Path, plans: Sequence[Plan]) -> Iterator[AssemblyCache]:
    """What all `plans` begin from, in a folder at `out` that is gone afterwards."""
    folder = out / aside_name(ASSEMBLED)
    with refusing(out, "what is mixed down"):
        remove(folder)
    try:
        yield AssemblyCache(folder, plans)
    finally:
        with suppress(OSError):  # the next run removes it
            remove(folder)


def promised_after_codecs(room: Room) -> Promise:
    """As `promised`, with what codecs make of it."""
    codecs = {"codecs": tuple(map(_codec_figures, room.codecs)), "encoder": installed().described}
    foreseen_db = round(room.foreseen_drive_db, DIGITS)
    return promised(room.album, room.solution).model_copy(update={**codecs, "foreseen_drive_db": foreseen_db})


def promised(rendered: RenderedAlbum, solution: Solution) -> Promise:
    """What a render lets the audit hold the files against; as it is written down: the drive as it was used."""
    plan = rendered.plan
    wanted = plan.profile.level.target_lufs is not None and plan.drive_db is None
    return Promise(
        digests=rendered.digests,
        loudness_lufs=round(solution.attempt.loudness_lufs, 2) if wanted else None,
        held_back=solution.held_back,
        drive_db=round(solution.attempt.drive_db, DIGITS),
        renders=solution.renders,
        reduction=_reduction(rendered.reductions) if rendered.reductions else None,
        track_reductions=tuple(_track_reductions(rendered)),
    )


def _codec_figures(room: CodecRoom) -> CodecFigures:
    """As a certificate has them; a peak is never told lower than it is."""
    return CodecFigures(
        track=room.track,
        codec=room.codec.name,
        before_dbtp=None if room.before_dbtp is None else _up(room.before_dbtp),
        after_dbtp=_up(room.after_dbtp),
        passes=room.passes,
        lost_lu=round(room.lost_lu, 3),
    )


def _up(peak_dbtp: float) -> float:
    return math.ceil(max(peak_dbtp, SILENT_DBTP) * 1000.0) / 1000.0


def _track_reductions(rendered: RenderedAlbum) -> Iterator[ReductionFigures]:
    for programme, reduction in zip(rendered.programmes, rendered.reductions, strict=False):
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
