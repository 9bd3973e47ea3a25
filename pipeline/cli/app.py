"""The commands of `glassmaster`. Each imports what it works with when it is called, so that all begin at once.

Exit codes: 0 all passed, 1 a deliverable failed its audit, 2 bad input or usage, 130 stopped by the user.
"""

import gc
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Event
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import click
import typer

import albums
import profiles
from albums import SIGNATURE, Album
from albums.faults import Fault, Refusal, refuse
from pipeline.cli import console
from pipeline.intake.album_mixes import (
    by_track,
    open_mixes,
    open_pregaps,
    open_references,
    pregaps,
    references,
    sources,
    stretches,
)
from pipeline.intake.mixes import Source
from pipeline.system.parallel import in_background
from pipeline.system.progress import JobProgress, Stopped, progress_callback

if TYPE_CHECKING:
    from pipeline.analysis.analysis import Analysis
    from pipeline.sequencing.spacing import Spacing

PASSED, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130  # 130: 128 + SIGINT, as shells have it

app = typer.Typer(
    name="glassmaster",
    help="Master whole albums without a person at the desk: an album folder in, audited masters out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

filesets = typer.Typer(no_args_is_help=True, help="Look into DDP filesets, and take them apart.")
app.add_typer(filesets, name="ddp")

AlbumFolder = Annotated[
    Path, typer.Argument(metavar="ALBUM", help="The album's folder, with album.toml and the mixes.")
]
FilesetFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder with a DDP fileset, or with disc-1, disc-2 and so on.")
]
ProfileNames = Annotated[
    list[str] | None,
    typer.Option("--profile", "-p", metavar="NAME", help="A profile to make; may be repeated. Default: album.toml's."),
]
ProfileFolder = Annotated[
    Path | None, typer.Option("--profile-dir", metavar="DIR", help="A folder with more profiles (TOML files).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output, nothing else there.")]


@app.command()
def new(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of finished mixes.")]) -> None:
    """Write an album.toml for a folder of mixes: order, titles and ISRCs from file names and tags."""
    from pipeline.intake.new_manifest import write_manifest

    path = write_manifest(folder)
    console.output.print(f"written to {path}\nread it, fill in what is missing, then: glassmaster check {folder}",
                         soft_wrap=True, markup=False)  # fmt: skip


@app.command()
def check(album: AlbumFolder, as_json: AsJson = False) -> None:
    """Validate the manifest and judge the mixes: damage, channels, codecs, levels, lengths. Renders nothing."""
    from pipeline.cli.tables import print_mixes
    from pipeline.deliverables.figures import figures_of, whole_figures

    loaded = albums.load(album)
    used, analyses = _measured(loaded)
    faults = _told(loaded, album, used, analyses)
    passed = not _refuses(faults)
    if as_json:
        tracks = [
            {"track": n, "title": t.title, "mix": t.mix, "rate_hz": s.mix.rate_hz, "encoding": s.mix.encoding,
             "duration_s": round(s.duration_s, 3), "word_length_bits": a.word_length_bits, **figures_of(a).model_dump(),
             "defects": [asdict(defect) for defect in a.defects.faults]}
            for n, (t, s, a) in enumerate(zip(loaded.tracks, used, analyses, strict=True), start=1)
        ]  # fmt: skip
        whole = whole_figures(analyses).model_dump()
        found = console.fault_document(faults)
        console.print_json({"passed": passed, "album": whole, "tracks": tracks, "faults": found})
    else:
        print_mixes(loaded, used, analyses)
    console.print_faults(faults)
    raise typer.Exit(PASSED if passed else BAD_INPUT)


@app.command()
def plan(
    album: AlbumFolder,
    profile: ProfileNames = None,
    profile_dir: ProfileFolder = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where plans go. Default: ALBUM/plans.")] = None,
    freeze: Annotated[
        bool, typer.Option("--freeze", help="Write signature.json into ALBUM: what later tracks are matched to.")
    ] = False,
    masters: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="With --freeze: masters whose drives are kept too. Default: ALBUM/masters."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure, decide, show every decision with its reason, and write plan.json for each profile."""
    from pipeline.cli.tables import print_plan
    from pipeline.mastering.plans import plans_for
    from pipeline.plan.plan import PLAN
    from pipeline.sequencing.album_sequence import notes_in_sequence

    loaded = albums.load(album)
    wanted = profiles.load_all(_wanted(loaded, profile), _folders(album, profile_dir))
    used, analyses = _measured(loaded)
    faults = _judged(loaded, used, analyses)
    refuse(faults)
    beside = _measured_beside(loaded)
    order = _ordered(loaded, used, analyses)
    plans = plans_for(order, wanted, analyses, beside)
    faults = [*chain(*notes_in_sequence(order, analyses))]
    console.print_faults(faults)
    written = {}
    if freeze:
        from pipeline.mastering.freeze import freeze as frozen

        signature = frozen(loaded, order, analyses, beside, plans, masters or album / "masters")
        written["signature"] = str(album / SIGNATURE)
        if not as_json:
            drives = ", ".join(sorted(signature.drives_db)) or "none, since there are no masters"
            console.output.print(f"frozen in {album / SIGNATURE}; drives kept: {drives}", soft_wrap=True, markup=False)
    for each in plans:
        path = (out or album / "plans") / each.profile.name / PLAN
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each.json_text(), "utf-8")
        written[each.profile.name] = str(path)
        if not as_json:
            print_plan(loaded, each, path)
    if as_json:
        documents = {each.profile.name: each.model_dump(mode="json") for each in plans}
        found = console.fault_document(faults)
        console.print_json({"passed": True, "plans": documents, "written": written, "faults": found})


@app.command()
def master(
    album: AlbumFolder,
    profile: ProfileNames = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where masters go. Default: ALBUM/masters.")] = None,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Render this plan, edited by hand, as it stands.")
    ] = None,
    profile_dir: ProfileFolder = None,
    as_json: AsJson = False,
) -> None:
    """The main job: measure, decide, render, write, audit; deliver what passed, with a certificate and a report."""
    loaded = albums.load(album)
    mixes = open_mixes(loaded)
    _refuse_targets(loaded)
    folders = _folders(album, profile_dir)
    if plan_file is None:
        names = _wanted(loaded, profile)
        profiles.load_all(names, folders)
    else:
        names = (_planned(plan_file, profile),)
    used, place = in_background(partial(sources, loaded, mixes)), out or album / "masters"
    with _stoppable() as stop, console.bars() as bars:
        with _for_good():
            from pipeline.flows.head_start import HeadStart

            beforehand = HeadStart(used, stretches(loaded, mixes), JobProgress(bars, stop))
            if not place.is_dir() or not any(place.iterdir()):  # else Prefect may well remember what was measured
                in_background(beforehand.measure)
            from pipeline.flows.prefect_server import own_server

            own_server()
            from pipeline.cli.tables import print_certificate
            from pipeline.flows.master import Job, master
        job = Job(album, names, place, folders, plan_file)
        certificate = master(job, bars, stop, beforehand)
    if as_json:
        console.print_json(certificate.model_dump(mode="json"))
    else:
        print_certificate(certificate, job.out)
    for track in certificate.tracks:
        console.print_faults(Fault(f"track {track.track}", remark.words, remark.severity) for remark in track.remarks)
    raise typer.Exit(PASSED if certificate.passed else FAILED)


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A delivered folder, with its certificate.json.")],
    as_json: AsJson = False,
) -> None:
    """Hash, open and measure a delivered folder again, and say whether its certificate still holds."""
    from pipeline.cli.tables import print_findings
    from pipeline.deliverables.verify import verify

    with _stoppable() as stop, console.bars() as bars:
        bars.begin("verify", 0.0)
        found = verify(folder, progress_callback(bars, "verify", stop))
    if as_json:
        findings = {name: [f.model_dump(mode="json") for f in each] for name, each in found.findings.items()}
        console.print_json({"passed": found.passed, "deliverables": findings})
    else:
        for name, each in found.findings.items():
            wrong = [finding for finding in each if not finding.passed]
            verdict = "[red]does not hold[/]" if wrong else "[green]holds[/]"
            console.output.print(f"{verdict}  {name}: {len(each) - len(wrong)} of {len(each)} findings")
            print_findings(wrong)
        console.output.print("The certificate holds." if found.passed else "The certificate does not hold.")
    raise typer.Exit(PASSED if found.passed else FAILED)


@filesets.command()
def show(folder: FilesetFolder, as_json: AsJson = False) -> None:
    """Print the table of contents of a DDP fileset, whoever wrote it, and every fault in it."""
    from formats import ddp
    from pipeline.cli.ddp import document
    from pipeline.cli.tables import print_fileset

    found = ddp.inspect(folder)
    faults = [fault for fileset in found for fault in fileset.faults]
    passed = not _refuses(faults)
    if as_json:
        console.print_json(
            {
                "passed": passed,
                "discs": [document(fileset) for fileset in found],
                "faults": console.fault_document(faults),
            }
        )
    else:
        for fileset in found:
            print_fileset(fileset)
        verdict = "Nothing stands against it." if passed else "A plant would send it back."
        console.output.print(verdict)
    console.print_faults(faults)
    raise typer.Exit(PASSED if passed else FAILED)


@filesets.command(name="extract")
def extract_tracks(
    folder: FilesetFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the tracks go: a new or an empty folder.")],
    as_json: AsJson = False,
) -> None:
    """Take a DDP fileset apart: a tagged WAV for each track, a hidden one included, and a CUE sheet."""
    from formats.ddp.extract import extract

    with _stoppable() as stop, console.bars() as bars:
        bars.begin("extract", 0.0)
        found = extract(folder, out, progress_callback(bars, "extract", stop))
    faults = [fault for fileset in found for fault in fileset.faults]
    if as_json:
        console.print_json({"passed": True, "written": str(out), "faults": console.fault_document(faults)})
    else:
        console.output.print(f"written to {out}", soft_wrap=True, markup=False)
    console.print_faults(faults)


@app.command(name="profiles")
def list_profiles(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Show this one whole.")] = None,
    profile_dir: ProfileFolder = None,
) -> None:
    """List the targets, or show one with its sources."""
    folders = [profile_dir] if profile_dir else []
    if name is None:
        console.print_profiles(profiles.load_all(profiles.names(folders), folders))
    else:
        profiles.load(name, folders)
        console.output.print(profiles.path_of(name, folders).read_text("utf-8"), markup=False, soft_wrap=True)


def run(words: Sequence[str]) -> int:
    """Run the command that `words` name and return its exit code; bad input ends in a message, not in a traceback."""
    try:
        code = app(words, standalone_mode=False)
        return code if isinstance(code, int) else PASSED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (Stopped, click.Abort):
        return STOPPED
    except Refusal as refusal:
        return _refused(refusal.faults, as_json="--json" in words)
    except OSError as error:
        return _refused([Fault(str(error.filename or ""), error.strerror or str(error))], as_json="--json" in words)


def _refused(faults: Sequence[Fault], *, as_json: bool) -> int:
    if as_json:
        console.print_json({"passed": False, "faults": console.fault_document(faults)})
    console.print_faults(faults)
    return BAD_INPUT


def _wanted(album: Album, names: list[str] | None) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(names or album.deliverables))
    if not wanted:
        known = ", ".join(profiles.names())
        raise Refusal([Fault("album.toml: deliverables", f"names no profile; write some, or use --profile: {known}")])
    return wanted


def _folders(album: Path, extra: Path | None) -> tuple[Path, ...]:
    """Where to look for profiles before the shipped ones: the folder given, then the album's own."""
    if extra is not None and not extra.is_dir():
        raise Refusal([Fault(str(extra), "is no folder; --profile-dir wants one that holds profiles")])
    return tuple(folder for folder in (extra, album / "profiles") if folder is not None)


def _refuses(faults: Sequence[Fault]) -> bool:
    return any(fault.severity == "refusal" for fault in faults)


def _ordered(album: Album, used: Sequence[Source], analyses: "Sequence[Analysis]") -> "Spacing":
    """The album's spacing, its pregaps measured and judged; raises Refusal where one cannot be used."""
    from pipeline.analysis.mix_notes import pregap_notes
    from pipeline.flows.head_start import measured
    from pipeline.sequencing.album_sequence import sequence_album

    leading = pregaps(album)
    with _stoppable() as stop, console.bars() as bars:
        refuse(pregap_notes([s.mix for s in leading], [measured(JobProgress(bars, stop), s) for s in leading]))
    return sequence_album(album, used, by_track(album, leading), analyses)


def _told(album: Album, folder: Path, used: Sequence[Source], analyses: "Sequence[Analysis]") -> list[Fault]:
    """What is to be told of the mixes and of how they meet, and what keeps the manifest's deliverables from being
    planned: unknown profiles and, where all mixes are sound, joints and lengths that fail.
    """
    from pipeline.mastering.plans import plans_for
    from pipeline.sequencing.album_sequence import notes_in_sequence

    faults = _judged(album, used, analyses)
    try:
        wanted = profiles.load_all(album.deliverables, _folders(folder, None))
        if not _refuses(faults):
            order = _ordered(album, used, analyses)
            faults = [*chain(*notes_in_sequence(order, analyses))]
            plans_for(order, wanted, analyses, _measured_beside(album))
    except Refusal as refusal:
        faults += refusal.faults
    return faults


def _planned(file: Path, names: list[str] | None) -> str:
    from pipeline.plan.edited_plan import open_plan

    name = open_plan(file).profile.name
    if names and names != [name]:
        raise Refusal([Fault(str(file), f"is a plan for {name!r}; it cannot be rendered as {', '.join(names)}")])
    return name


def _measured(album: Album) -> tuple[tuple[Source, ...], "list[Analysis]"]:
    """All mixes measured, side by side."""
    from pipeline.flows.head_start import measured

    used = sources(album, open_mixes(album))
    with _stoppable() as stop, console.bars() as bars, ThreadPoolExecutor(os.cpu_count()) as pool:
        return used, list(pool.map(partial(measured, JobProgress(bars, stop)), used))


def _refuse_targets(album: Album) -> None:
    """Refuse at once whatever the album is to be matched to and cannot be: it would only be missed after measuring."""
    open_references(album)
    open_pregaps(album)
    if album.intent.target_curve:
        from pipeline.matching.target_curve import read_curve

        read_curve(album.folder / album.intent.target_curve)
    if (album.folder / SIGNATURE).exists():
        from pipeline.matching.baseline import read_baseline

        read_baseline(album.folder)


def _measured_beside(album: Album) -> "list[Analysis]":
    """The recordings that the album names as its reference, measured."""
    from pipeline.flows.head_start import measured

    with _stoppable() as stop, console.bars() as bars:
        return [measured(JobProgress(bars, stop), source) for source in references(album)]


def _judged(album: Album, used: Sequence[Source], analyses: "Sequence[Analysis]") -> list[Fault]:
    from pipeline.analysis.mix_notes import mix_notes

    return [fault for faults in mix_notes(album, [source.mix for source in used], analyses) for fault in faults]


@contextmanager
def _for_good() -> Iterator[None]:
    """Modules imported here stay: the garbage collector looks at them neither meanwhile nor ever after."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _stoppable() -> Iterator[Event]:
    """An event that Ctrl-C or a termination sets; asked twice, the work is not waited for."""
    stop = Event()

    def heed(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's form
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        console.errors.print("Stopping; once more to stop at once.")

    before = {each: signal.signal(each, heed) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
