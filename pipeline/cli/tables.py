"""What people see of an album: its mixes, its plans, its certificate, as tables on standard output."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from albums import Album
from formats import FRAMES_PER_SECOND, timecode
from formats.ddp import DiscTrack, Fileset
from pipeline.analysis.analysis import Analysis
from pipeline.cli.console import output
from pipeline.deliverables.certificate import CERTIFICATE, REPORT, Certificate, Deliverable
from pipeline.deliverables.figures import Figures, figures_of, whole_figures
from pipeline.deliverables.findings import Finding
from pipeline.deliverables.verify import Verification
from pipeline.intake.mixes import Source
from pipeline.matching.baseline import Baseline
from pipeline.plan.plan import Plan
from pipeline.plan.treatment import tone_words
from pipeline.system.times import clock_cs

MOST_REMARKS = 4  # of a deliverable; the report has all


def print_mixes(album: Album, used: Sequence[Source], analyses: Sequence[Analysis]) -> None:
    """What was found in each mix."""
    table = Table("#", "title", title=_title(album), box=SIMPLE, padding=(0, 1, 0, 0))
    for name in ("length", "kHz", "LUFS", "loud", "LU", "dBTP", "PLR", "PSR", "DR"):
        table.add_column(name, justify="right", no_wrap=True)
    for number, (track, source, analysis) in enumerate(zip(album.tracks, used, analyses, strict=True), start=1):
        figures = figures_of(analysis)
        table.add_row(
            str(number),
            escape(track.title),
            clock_cs(source.duration_s),
            f"{source.mix.own.rate_hz / 1000:g}",
            *map(_figure, (figures.integrated_lufs, figures.loud_end_lufs, figures.range_lu, figures.true_peak_dbtp)),
            *map(_figure, (figures.peak_to_loudness_lu, figures.minimum_psr_lu)),
            _whole_figure(figures.dr),
        )
    output.print(table)
    whole = whole_figures(analyses)
    loudest = f"; the loudest track is {whole.loudest}, {_figure(whole.loudest_lufs)} LUFS" if whole.loudest else ""
    peak = f"{_figure(whole.true_peak_dbtp)} dBTP, DR {_whole_figure(whole.dr)}"
    output.print(f" As an album {_figure(whole.integrated_lufs)} LUFS, {peak}{loudest}.\n", soft_wrap=True)


def print_plan(album: Album, plan: Plan, path: str) -> None:
    """The decisions of one plan with their reasons, and where it was written."""
    output.print(f"\n[bold]{escape(plan.profile.name)}[/]  {escape(plan.profile.title)}")
    for reason in plan.reasons:
        output.print(f"  {escape(reason)}", soft_wrap=True)
    for treatment in plan.treatments:
        title = escape(album.tracks[treatment.track - 1].title)
        output.print(f"\n{treatment.track:>3}  [bold]{title}[/]  {treatment.gain_db:+.2f} dB; {tone_words(treatment)}",
                     soft_wrap=True)  # fmt: skip
        for reason in treatment.reasons:
            output.print(f"     {escape(reason)}", soft_wrap=True)
    places = Table("#", "part", "start", "pause before", "indexes")
    for programme in plan.programmes:
        for mark in programme.marks:
            pause = (
                ""
                if mark.pause_cd_frame is None
                else f"{(mark.cd_frame - mark.pause_cd_frame) / FRAMES_PER_SECOND:.2f} s"
            )
            indexes = " ".join(clock_cs(frame / FRAMES_PER_SECOND) for frame in mark.index_cd_frames)
            places.add_row(str(mark.track), programme.part, clock_cs(mark.cd_frame / FRAMES_PER_SECOND), pause, indexes)
    output.print(places)
    output.print(f"  written to {escape(path)}", soft_wrap=True)


def print_certificate(certificate: Certificate, out: Path) -> None:
    """Each track before and after, its tone in words, each deliverable passed or not and where it lies."""
    table = Table("#", "title", title=escape(certificate.album["album"]["title"]), box=SIMPLE, padding=(0, 1, 0, 0))
    for name in ("mix", *certificate.deliverables):
        table.add_column(f"{name}\nLUFS  dBTP", justify="right", no_wrap=True)
    table.add_column("\ngain dB", justify="right", no_wrap=True)
    for track in certificate.tracks:
        heards = [track.before, *(track.after.get(name) for name in certificate.deliverables)]
        figures = map(_loudness_and_peak, heards)
        table.add_row(str(track.track), escape(track.title), *figures, f"{track.gain_db:+.1f}")
    output.print(table)
    for track in certificate.tracks:
        output.print(f"{track.track:>3}  {escape(track.title)}: {track.tone}", soft_wrap=True)
    output.print()
    for name, deliverable in certificate.deliverables.items():
        verdict = "[green]passed[/]" if deliverable.passed else "[red]FAILED[/]"
        where = str(out / name) if deliverable.passed else "not delivered"
        output.print(f"{verdict}  {escape(name)}  {escape(where)}", soft_wrap=True)
        print_findings([finding for finding in deliverable.findings if not finding.passed])
        print_remarks(deliverable)
    output.print(f"        {escape(str(out / CERTIFICATE))}\n        {escape(str(out / REPORT))}", soft_wrap=True)


def print_fileset(fileset: Fileset) -> None:
    """A disc's table of contents as its fileset has it, and how that is written where writers differ."""
    texts, disc = fileset.texts, f"disc {fileset.disc}: " if fileset.disc else ""
    table = Table("#", title=escape(f"{disc}{_credit(texts, 'album')}"), box=SIMPLE)
    for name in ("title", "artist"):
        table.add_column(name, min_width=8, overflow="fold")
    table.add_column("ISRC", no_wrap=True)
    for name in ("index 00", "01", "02 and up", "length", "flags"):
        table.add_column(name, justify="right", min_width=8, overflow="fold")
    for track in fileset.contents.tracks:
        place = f"tracks[{fileset.first_track + track.number - 1}]"
        pause = "" if track.pause_sector is None else _sectors(track.pause_sector)
        table.add_row(
            str(track.number),
            *(escape(texts.get(f"{place}.{field}", "")) for field in ("title", "artist")),
            escape(track.isrc),
            pause,
            _sectors(track.start_sector),
            " ".join(map(_sectors, track.index_sectors)),
            _sectors(track.length_sectors),
            " ".join(_flags(track)),
        )
    output.print(table)
    codes = f"UPC/EAN {fileset.upc or 'none'}, master id {fileset.master_id or 'none'}"
    lead_out = f"lead-out {_sectors(fileset.contents.lead_out_sector)}"
    output.print(f" {escape(codes)}, {lead_out}, image of {fileset.image_sectors} sectors.", soft_wrap=True)
    habits = ", ".join(f"{name} {habit}" for name, habit in fileset.dialect.items())
    output.print(f" [dim]written with {escape(habits)}[/]\n", soft_wrap=True)


def _credit(texts: Mapping[str, str], place: str) -> str:
    return ": ".join(texts[key] for key in (f"{place}.artist", f"{place}.title") if key in texts) or "no CD-Text"


def _sectors(sectors: int) -> str:
    return timecode(sectors, FRAMES_PER_SECOND)


def _flags(track: DiscTrack) -> Iterator[str]:
    if track.pre_emphasis:
        yield "PRE"
    if track.copy_permitted:
        yield "DCP"
    if track.four_channels:
        yield "4CH"
    if track.scms:
        yield "SCMS"


def print_remarks(deliverable: Deliverable) -> None:
    """What an operator should know of a deliverable that passed: texts written differently, a level held back."""
    if deliverable.promise and deliverable.promise.held_back:
        said = next(finding for finding in deliverable.findings if finding.quantity == "integrated loudness")
        output.print(f"  [cyan]note[/] {said.where}: {said.quantity} {said.required} {said.unit}", soft_wrap=True)
    for remark in deliverable.remarks[:MOST_REMARKS]:
        output.print(f"  [cyan]note[/] {escape(remark)}", soft_wrap=True)
    if len(deliverable.remarks) > MOST_REMARKS:
        output.print(f"  and {len(deliverable.remarks) - MOST_REMARKS} more like these, in {REPORT}")


def print_frozen(frozen: Baseline, path: Path) -> None:
    """Where an album was frozen, and which drives are kept with it."""
    drives = ", ".join(sorted(frozen.drives_db)) or "none, since there are no masters"
    output.print(f"frozen in {path}; drives kept: {drives}", soft_wrap=True, markup=False)


def print_verification(found: Verification) -> None:
    """Which deliverables still hold, and every finding that does not."""
    for name, each in found.findings.items():
        wrong = [finding for finding in each if not finding.passed]
        verdict = "[red]does not hold[/]" if wrong else "[green]holds[/]"
        output.print(f"{verdict}  {name}: {len(each) - len(wrong)} of {len(each)} findings")
        print_findings(wrong)
    output.print("The certificate holds." if found.passed else "The certificate does not hold.")


def print_findings(findings: Iterable[Finding]) -> None:
    """Each finding that does not hold, in a line."""
    for f in findings:
        words = f"{f.where}: {f.quantity} is {f.measured}, wanted {f.required} {f.unit}".rstrip()
        output.print(f"  [red]x[/] {escape(words)}", soft_wrap=True)


def _title(album: Album) -> str:
    return escape(f"{album.release.artist}: {album.release.title}")


def _loudness_and_peak(figures: Figures | None) -> str:
    return f"{_figure(figures.integrated_lufs)} {_figure(figures.true_peak_dbtp):>5}" if figures else "–"


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _whole_figure(value: int | None) -> str:
    return "–" if value is None else str(value)
