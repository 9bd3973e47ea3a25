"""The main job as a Prefect flow: with `pipeline.flows.prefect_server`, all that knows Prefect.

Tasks pass paths, hashes and small values, never audio. Results persist under keys made from the content of the mixes,
the decisions and this program's own sources, so an unchanged album measures and renders nothing the second time.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar, cast

from httpx import HTTPError
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_API_URL, get_current_settings, temporary_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from prefect.utilities.annotations import quote

import albums
from albums import Album
from albums.faults import Fault, Refusal, refuse
from formats import FRAMES_PER_SECOND
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.mix_notes import mix_notes, pregap_notes
from pipeline.deliverables.certificate import (
    CERTIFICATE,
    Certificate,
    accounts,
    album_facts,
    carried_over,
    read_certificate,
    source_key,
    versions,
)
from pipeline.deliverables.make import Receipt, assembly_cache_in, deliver
from pipeline.deliverables.output_folder import finish, held, obstacles, stands
from pipeline.flows.head_start import HeadStart, measured
from pipeline.flows.prefect_server import Server, own_server, unreachable
from pipeline.intake.album_mixes import by_track, open_mixes, pregaps, references, sources
from pipeline.intake.mixes import Source, fingerprint
from pipeline.mastering.plans import edited_plan, plans_for
from pipeline.plan.plan import Plan
from pipeline.rendering.assembly_cache import AssemblyCache
from pipeline.sequencing.album_sequence import notes_in_sequence, sequence_album
from pipeline.sequencing.spacing import Spacing
from pipeline.system.memory import release
from pipeline.system.progress import JobProgress, SilentWatcher, Stopped, Watcher
from profiles import Profile, load_all

Given = TypeVar("Given")

PASSES = 3  # how often a deliverable's sound is gone through, mostly: mixed, written, audited
PREFECT = "Prefect starts"  # the first piece of work that a watcher is told of
LOOK_S = 0.1  # between looks at whether a run has ended or been stopped
GRACE_S = 3.0  # for Prefect to take note of a stopped run; its work is over by then


@dataclass(frozen=True)
class Job:
    """What is asked for: the album's folder, profile names, where to, folders with more profiles, an edited plan."""

    folder: Path
    names: tuple[str, ...]
    out: Path
    profile_folders: tuple[Path, ...] = ()
    plan: Path | None = None


_run = JobProgress()  # of this process; tasks find it here, since it cannot be handed to them
_beforehand = list[HeadStart]()  # what was begun before the flow
_certificates = list[Certificate]()  # what this run has put in place
_threads = cast(TaskRunner[PrefectFuture[Any]], ThreadPoolTaskRunner(max_workers=os.cpu_count()))


def master(
    job: Job,
    watcher: Watcher | None = None,
    stop: Event | None = None,
    beforehand: HeadStart | None = None,
) -> Certificate:
    """Run the flow for `job` and return its certificate, as it now lies in the output folder.

    `beforehand` is where somebody has already begun to hash and to measure the job's album.
    Raises Refusal for input that cannot be mastered, Stopped when `stop` was set.
    """
    _run.watcher, _run.stop = watcher or SilentWatcher(), stop or Event()
    _beforehand[:] = [beforehand] if beforehand else []
    refuse(_prefect_faults())
    server = own_server()
    with held(job.out), temporary_settings({PREFECT_API_URL: server.url} if server else {}):
        return _apart(job, server)


def _prefect_faults() -> Iterator[Fault]:
    """What would keep Prefect from remembering results: it does not say so before minutes have passed."""
    home = get_current_settings().home
    with suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
    if not os.access(home, os.W_OK):
        yield Fault(str(home), "is where Prefect keeps its results, and cannot be written to; set PREFECT_HOME")


def _apart(job: Job, server: Server | None) -> Certificate:
    """Run the flow in a thread of its own and wait for it, or, once stopped, for its work alone.

    In the main thread Prefect would take SIGTERM for itself.
    """
    done: Future[Certificate] = Future()

    def work() -> None:
        try:
            if server:
                server.answer()
            done.set_result(master_album(job))
        except HTTPError as error:
            if _certificates:  # lost after all was done: what was delivered stands
                done.set_result(_certificates[0])
            else:
                done.set_exception(_unreachable(error))
        except BaseException as error:
            done.set_exception(error if _run.begun or isinstance(error, Refusal) else _unreachable(error))

    _certificates.clear()
    _run.begun = False
    _run.watcher.begin(PREFECT, 0.0)
    Thread(target=copy_context().run, args=(work,), daemon=True).start()
    while not (_run.stop.is_set() and _run.idle()) and not done.done():
        wait([done], timeout=LOOK_S)
    wait([done], timeout=GRACE_S if _run.stop.is_set() else None)
    if _run.stop.is_set():
        if server:
            server.end()  # a process that is stopped does not come to do it
        raise Stopped
    return done.result()


def _unreachable(error: BaseException) -> Refusal:
    return unreachable(get_current_settings().api.url or "", error)


@flow(name="master_album", task_runner=_threads, validate_parameters=False)
def master_album(job: Job) -> Certificate:
    """Measure every mix, decide every deliverable, make each, and certify what came of it."""
    _run.begun = True
    _run.watcher.end(PREFECT)
    album = albums.load(job.folder)
    profiles = load_all(job.names, job.profile_folders)
    used = _beforehand[0].sources() if _beforehand else sources(album, open_mixes(album))
    earlier = _earlier(job.out)
    refuse(obstacles(job.out, job.names, earlier))
    named, leading = references(album), pregaps(album)
    analyses = _gathered([measure.submit(_whole(source), _measure_key(source)) for source in (*used, *named, *leading)])
    before, beside = analyses[: len(used)], analyses[len(used) : len(used) + len(named)]
    release()  # a long mix's figures are many, and what is made of them is little
    remarks = mix_notes(album, [source.mix for source in used], before)
    unusable = pregap_notes([source.mix for source in leading], analyses[len(used) + len(named) :])
    refuse([*chain(*remarks), *unusable])
    plans, order = decisions(
        _whole(album), _whole(profiles), _whole(used), _whole(leading), _whole(before), job.plan, _whole(beside)
    )
    if order:
        remarks = notes_in_sequence(order, before)
    receipts = _delivered(album, plans, (*used, *leading), job.out)
    _certificates.append(_certified(job, album, plans, before, receipts, remarks, earlier))
    return _certificates[0]


@task(name="measure", persist_result=True, cache_key_fn=lambda _, given: given["key"])
def measure(source: Source, key: str) -> Analysis:  # noqa: ARG001 - the cache's key
    """Everything measured about one stretch of one mix."""
    known = _beforehand[0].analysis(source.stretch) if _beforehand else None
    return known or measured(_run, source)


@task(name="decide", cache_policy=NO_CACHE)
def decisions(
    album: Album,
    profiles: Sequence[Profile],
    used: Sequence[Source],
    leading: Sequence[Source],
    before: Sequence[Analysis],
    edited: Path | None,
    beside: Sequence[Analysis],
) -> tuple[tuple[Plan, ...], Spacing | None]:
    """The plan of every deliverable and the spacing that they rest on, or the edited plan alone.

    Refused as a whole where one cannot be made.
    """
    if edited is not None:
        return (edited_plan(edited, album, used, by_track(album, leading)),), None
    order = sequence_album(album, used, by_track(album, leading), before)
    return plans_for(order, profiles, before, beside), order


@task(name="deliver", persist_result=True, cache_key_fn=lambda _, given: given["key"])
def make(plan: Plan, album: Album, used: Sequence[Source], reels: AssemblyCache, out: Path, key: str) -> Receipt:  # noqa: ARG001
    """One deliverable rendered, written, audited and in its place."""
    sound_s = PASSES * sum(programme.cd_frames / FRAMES_PER_SECOND for programme in plan.programmes)
    with _run.at_work(plan.profile.name, sound_s) as tell:
        receipt = deliver(album, plan, [source.mix for source in used], out, tell, reels)
    import pipeline.reporting.report  # noqa: F401 - what the end would wait for, while others are still at work

    return receipt


def _whole(value: Given) -> Given:
    """`value` for a task as it is: Prefect shall not look into it for futures, nor copy it."""
    return cast(Given, quote(value))


def _measure_key(source: Source) -> str:
    return _key("measure", source.sha256, source.start, source.stop)


def _gathered(futures: Sequence[PrefectFuture[Any]]) -> list[Any]:
    """The results of all tasks; raises Refusal with the faults of all that refused."""
    results, faults = [], list[Fault]()
    for future in futures:
        try:
            results.append(future.result())
        except Refusal as refusal:
            faults += refusal.faults
    refuse(faults)
    return results


def _delivered(album: Album, plans: Sequence[Plan], used: Sequence[Source], out: Path) -> list[Receipt]:
    """Every deliverable, side by side; one remembered whose files are no longer as recorded is made again."""
    with assembly_cache_in(out, plans) as reels:
        shared = _whole(album), _whole(used), _whole(reels), out
        given = [(_whole(plan), *shared, _delivery_key(album, plan, out)) for plan in plans]
        # What has the most samples first, so that no processor is left alone with it at the end.
        order = sorted(range(len(plans)), key=lambda number: -plans[number].rate_hz)
        begun = {number: make.submit(*given[number]) for number in order}
        futures = [begun[number] for number in range(len(plans))]
        receipts: list[Receipt] = _gathered(futures)
        for number, (future, receipt) in enumerate(zip(futures, receipts, strict=True)):
            if future.state.name == "Cached" and not stands(out, receipt.deliverable.files):
                futures[number] = make.with_options(refresh_cache=True).submit(*given[number])
        return _gathered(futures)


def _certified(
    job: Job,
    album: Album,
    plans: Sequence[Plan],
    before: Sequence[Analysis],
    receipts: Sequence[Receipt],
    remarks: Sequence[Sequence[Fault]],
    earlier: Certificate | None,
) -> Certificate:
    after = {receipt.name: receipt.tracks for receipt in receipts}
    fresh = Certificate(
        passed=all(receipt.deliverable.passed for receipt in receipts),
        source=source_key(album, plans),
        album=album_facts(album),
        deliverables={receipt.name: receipt.deliverable for receipt in receipts},
        tracks=accounts(album, plans[0].treatments, before, after, remarks),
        versions=versions(),
    )
    certificate = carried_over(fresh, earlier, lambda deliverable: stands(job.out, deliverable.files))
    from pipeline.reporting.report import report_html  # half a second that only a finished run should pay

    page = report_html(certificate, {plan.profile.name: plan for plan in plans}, before, after)
    finish(job.out, certificate, page)
    return certificate


def _earlier(out: Path) -> Certificate | None:
    """The certificate of the run before, if there is one that can be read; a broken one vouches for nothing."""
    try:
        return read_certificate(out) if (out / CERTIFICATE).is_file() else None
    except Refusal:
        return None


def _delivery_key(album: Album, plan: Plan, out: Path) -> str:
    cover = fingerprint(album.folder / album.release.cover) if album.release.cover else ""
    return _key("deliver", plan.json_text(), album.model_dump_json(exclude={"deliverables"}), cover, out.resolve())


def _key(*parts: object) -> str:
    """A key for Prefect's results: the parts and everything that this program consists of."""
    joined = "\0".join([*map(str, parts), _program()])
    return f"glassmaster-{parts[0]}-{hashlib.sha256(joined.encode()).hexdigest()}"


@cache
def _program() -> str:
    """One hash of this program's sources and of the libraries' versions: a change in either makes results anew."""
    digest = hashlib.sha256(repr(sorted(versions().items())).encode())
    root = Path(__file__).parents[2]
    for room in ("albums", "profiles", "formats", "pipeline"):
        for path in sorted((root / room).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()
