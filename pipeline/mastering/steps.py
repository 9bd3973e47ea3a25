"""The story of an album, one function a step: opened, measured, sequenced, decided, delivered, certified.

Start reading here. Each step is told what it needs and returns what it found: none prints, remembers or knows of a
terminal or of Prefect. Where a step is many pieces of work, `workers` does them, side by side, in whatever way.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Protocol

from albums import Album
from albums.faults import Fault, refuse
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.mix_notes import mix_notes, pregap_notes
from pipeline.deliverables.approval import approved_as_planned
from pipeline.deliverables.approval.decide import withdraw
from pipeline.deliverables.certificate import (
    VERSION,
    Certificate,
    Origin,
    accounts,
    album_facts,
    as_told,
    carried_over,
    origin_of,
    source_key,
    versions,
    with_sheets_as_delivered,
)
from pipeline.deliverables.figures import quiet_tracks
from pipeline.deliverables.make import Receipt, make
from pipeline.deliverables.output_folder import earlier_certificate, finish, held, obstacles, stands
from pipeline.deliverables.rewrite import rewrite
from pipeline.intake.album_mixes import AlbumSources, hash_recordings, still_as_hashed
from pipeline.intake.mixes import Source
from pipeline.mastering.job import ENCODED, RETAG_PASSES, Job, passes
from pipeline.mastering.opening import open_album
from pipeline.mastering.plans import edited_plan, plans_for
from pipeline.plan.plan import Plan
from pipeline.rendering.assembly_cache import AssemblyCache
from pipeline.sequencing.album_sequence import notes_in_sequence, sequence_album
from pipeline.sequencing.sample_rates import upsampling_faults
from pipeline.sequencing.spacing import Spacing
from pipeline.system.memory import release
from pipeline.system.progress import Advance, JobProgress
from profiles import Profile, load_all

Notes = tuple[tuple[Fault, ...], ...]
"""What is to be told of each mix, in the order of the tracks."""


@dataclass(frozen=True)
class Measured:
    """What was measured of an album's recordings, each in the order of `AlbumSources`."""

    mixes: tuple[Analysis, ...]
    references: tuple[Analysis, ...]
    pregaps: tuple[Analysis, ...]


@dataclass(frozen=True)
class Decided:
    """A plan for every deliverable, and what is to be told of each mix where it stands."""

    plans: tuple[Plan, ...]
    notes: Notes


@dataclass(frozen=True)
class Order:
    """One deliverable to be made: all that it takes, by paths and hashes, so that any process can make it."""

    album: Album
    plan: Plan
    recordings: tuple[Source, ...]
    """The mixes, then what stands before an index 1: as `Plan.all_treatments` has them."""
    out: Path
    cover_sha256: str = ""
    origin: Origin | None = None
    """What its own certificate says of what it is made from; None where it gets none."""


class Workers(Protocol):
    """What does the pieces of a job: threads, or Prefect's tasks. Refusals of several pieces are raised as one."""

    def measure(self, recordings: Sequence[Source]) -> list[Analysis]:
        """`measure_mix` of each."""

    def decide(self, job: Job, sources: AlbumSources, measured: Measured) -> Decided:
        """`decide_job`: one piece of work, however many plans come of it."""

    def deliver(self, orders: Sequence[Order]) -> list[Receipt]:
        """`make_deliverable` of each; those that come first are begun first."""


def master(job: Job, workers: Workers, sources: AlbumSources | None = None) -> Certificate:
    """The main job, from an album's folder to audited masters in `job.out`, which is held meanwhile.

    `sources` is the album where the caller has opened it already. Raises Refusal for what cannot be mastered, with the
    faults of all of it, and Stopped when the job was stopped.
    """
    with held(job.out):
        return master_here(job, workers, sources)


def master_here(job: Job, workers: Workers, sources: AlbumSources | None = None) -> Certificate:
    """As `master`, in an output folder that the caller holds."""
    sources = sources or hash_recordings(open_album(job.folder, job.settings))
    earlier = earlier_certificate(job.out)
    refuse(obstacles(job.out, job.names, earlier))
    measured = measure(sources, workers)
    decided = workers.decide(job, sources, measured)
    if approved := _approved(job, sources, decided):
        return approved
    receipts = deliver(sources, measured, decided, job.out, workers)
    return certify(sources, measured, decided, receipts, job.out, earlier)


def _approved(job: Job, sources: AlbumSources, decided: Decided) -> Certificate | None:
    """The certificate of masters that are approved and are what this job would make; else None.

    Then nothing waits any more: what was made meanwhile is not of the album as it is.
    """
    if job.final is None:
        return None
    found = approved_as_planned(
        job.final, _source(sources.album, sources, decided), decided.plans, sources.cover_sha256
    )
    if found:
        withdraw(job.out)
    return found


def _source(album: Album, sources: AlbumSources, decided: Decided) -> str:
    return source_key(album, decided.plans, [source.sha256 for source in sources.pregaps])


def _origin(sources: AlbumSources, measured: Measured, decided: Decided) -> Origin:
    """What the masters are made from, as the certificate of all of them has it."""
    return origin_of(sources.album, _source(sources.album, sources, decided), measured.mixes, decided.notes)


def measure(sources: AlbumSources, workers: Workers) -> Measured:
    """Everything that can be measured about all recordings, side by side."""
    found = tuple(workers.measure(sources.everything))
    release()  # a long mix's figures are many, and what is made of them is little
    count, beside = len(sources.mixes), len(sources.mixes) + len(sources.references)
    return Measured(found[:count], found[count:beside], found[beside:])


def notes_on_mixes(sources: AlbumSources, measured: Measured) -> Notes:
    """What is to be told of each mix by itself; refusals among them keep the album from being mastered."""
    return _with_pregaps(mix_notes(sources.album, sources.mixes, measured.mixes), sources, measured)


def _with_pregaps(notes: Notes, sources: AlbumSources, measured: Measured) -> Notes:
    """The notes on each mix, with those on what stands before its index 1."""
    told = iter(pregap_notes([source.mix for source in sources.pregaps], measured.pregaps))
    return tuple(
        (*of_mix, *(next(told) if source else ())) for of_mix, source in zip(notes, sources.pregap_of, strict=True)
    )


def refuse_unusable(sources: AlbumSources, measured: Measured) -> None:
    """Raise Refusal where one of the recordings cannot be used, with the faults of all."""
    refuse(chain(*notes_on_mixes(sources, measured)))


def sequence(sources: AlbumSources, measured: Measured) -> Spacing:
    """How the mixes follow each other; raises Refusal where one of the recordings cannot be used."""
    refuse_unusable(sources, measured)
    return sequence_album(sources.album, sources.mixes, sources.pregap_of, measured.mixes)


def notes_where_placed(spacing: Spacing, sources: AlbumSources, measured: Measured) -> Notes:
    """What is to be told of each mix where the sequence has it."""
    return _with_pregaps(notes_in_sequence(spacing, measured.mixes), sources, measured)


def decide(profiles: Sequence[Profile], spacing: Spacing, sources: AlbumSources, measured: Measured) -> Decided:
    """The plan of every profile; raises Refusal as a whole where one cannot be made."""
    plans, warnings = plans_for(spacing, profiles, measured.mixes, measured.references, measured.pregaps)
    placed = notes_where_placed(spacing, sources, measured)
    return Decided(plans, tuple((*said, *more) for said, more in zip(placed, warnings, strict=True)))


def decide_job(job: Job, sources: AlbumSources, measured: Measured) -> Decided:
    """Sequenced and decided for the job's profiles; or, where it names one, the plan that was edited by hand."""
    if job.plan is None:
        return decide(load_all(job.names, job.profile_folders), sequence(sources, measured), sources, measured)
    refuse_unusable(sources, measured)
    plan = edited_plan(job.plan, sources.album, sources.mixes, sources.pregap_of)
    refuse(upsampling_faults(plan.profile, plan.rate_hz, sources.mixes, measured.mixes))
    notes = mix_notes(sources.album, sources.mixes, measured.mixes, plan.joined)
    return Decided((plan,), _with_pregaps(notes, sources, measured))


def deliver(sources: AlbumSources, measured: Measured, decided: Decided, out: Path, workers: Workers) -> list[Receipt]:
    """Every plan made a deliverable, audited and in its place, side by side; each with a certificate of its own."""
    plans, recordings = decided.plans, (*sources.mixes, *sources.pregaps)
    origin, orders = _origin(sources, measured, decided), list[Order]()
    for plan in plans:
        told = as_told(sources.album, plan.profile)
        own = origin.model_copy(update={"source": _source(told, sources, decided), "album": album_facts(told)})
        orders.append(Order(sources.album, plan, recordings, out, sources.cover_sha256, own))
    # What has the most samples comes first, so that no processor is left alone with it at the end.
    first = sorted(range(len(orders)), key=lambda number: -plans[number].rate_hz)
    made = dict(zip(first, workers.deliver([orders[number] for number in first]), strict=True))
    return [made[number] for number in range(len(orders))]


def make_deliverable(order: Order, work: JobProgress, cache: AssemblyCache | None = None) -> Receipt:
    """One deliverable rendered, written, audited and in its place, as a piece of `work`.

    Raises Refusal where a recording or the cover is no longer what was measured and decided on.
    """
    mixes = [recording.mix for recording in still_as_hashed(order.recordings)]
    name, codecs = order.plan.profile.name, len(order.plan.profile.checked_codecs)
    with work.at_work(name, passes(codecs) * order.plan.sound_s) as advance:
        begin = partial(_encoding, work, advance)
        return make(order.album, order.plan, mixes, order.out, advance, cache, order.cover_sha256, begin, order.origin)


@contextmanager
def _encoding(work: JobProgress, deliverable: Advance, piece: str, sound_s: float) -> Iterator[Advance]:
    """A track that is encoded, as a piece of `work` of its own; its deliverable comes on with it."""
    with work.at_work(piece, sound_s) as advance:

        def encoded(sound_s: float) -> None:
            advance(sound_s)
            deliverable(ENCODED * sound_s)

        yield encoded


def retag_deliverable(order: Order, earlier: Receipt, work: JobProgress) -> Receipt:
    """One deliverable whose sound stands in its place, as the `earlier` receipt has it, and whose texts are others.

    It is written anew with its samples as they are, and audited; no recording is opened.
    """
    with work.at_work(order.plan.profile.name, RETAG_PASSES * order.plan.sound_s) as advance:
        return rewrite(order.album, order.plan, order.out, earlier, advance, order.cover_sha256, order.origin)


def certify(
    sources: AlbumSources,
    measured: Measured,
    decided: Decided,
    receipts: Sequence[Receipt],
    out: Path,
    earlier: Certificate | None = None,
) -> Certificate:
    """The certificate of all that was promised and measured, written to `out` with the report, last of all.

    What the `earlier` certificate says of deliverables that were not made this time is kept where it still holds.
    """
    album, plans = sources.album, decided.plans
    origin = _origin(sources, measured, decided)
    after = {receipt.name: receipt.tracks for receipt in receipts}
    quiet = quiet_tracks(origin.before)
    fresh = Certificate(
        version=VERSION,
        passed=all(receipt.deliverable.passed for receipt in receipts),
        source=origin.source,
        album=origin.album,
        deliverables={receipt.name: receipt.certified(quiet) for receipt in receipts},
        tracks=accounts(album, plans[0].treatments, origin, after, receipts[0].compressions),
        versions=versions(),
    )
    carried = carried_over(fresh, earlier, lambda deliverable: stands(out, deliverable.files))
    certificate = with_sheets_as_delivered(carried)
    from pipeline.reporting.report import report_html  # half a second that only a finished run should pay

    page = report_html(certificate, {plan.profile.name: plan for plan in plans}, measured.mixes, after)
    finish(out, certificate, page)
    return certificate
