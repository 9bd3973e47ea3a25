"""The certificate for people: one page that stands by itself, offline and on paper, and is the same for equal runs.

Titles come from strangers: whatever the page shows is quoted by its template (`report.html.jinja`), without exception.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from formats import FRAMES_PER_SECOND
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.certificate import Certificate, Deliverable
from pipeline.deliverables.figures import Figures, quiet_tracks, whole_figures
from pipeline.deliverables.findings import Finding, Promise, ReductionFigures
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.reporting import plots
from pipeline.reporting.services import assumptions, playbacks
from pipeline.system.times import clock, clock_cs
from profiles.codecs import codec_named
from profiles.services import load_services

UNKNOWN = "–"
MINUS = "\N{MINUS SIGN}"
LONGEST_KEPT = 24  # characters of a kept promise that are shown; the certificate holds all of them


@dataclass(frozen=True)
class Cost:
    """What a track's loudness cost it: gain reduction, and what it lost of PLR and of loudness range, in LU."""

    track: int
    compression: ReductionFigures | None
    reduction: ReductionFigures
    lost_plr_lu: float | None
    lost_range_lu: float | None


@dataclass(frozen=True)
class Section:
    """One deliverable: `facts` are (term, words), `findings` has the failed ones first, `loudness` is its plot."""

    name: str
    deliverable: Deliverable
    facts: tuple[tuple[str, str], ...]
    held_back: str
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    loudness: Markup | None
    costs: tuple[Cost, ...]


@dataclass(frozen=True)
class Row:
    """One track in a sequence, in CD frames of 1/75 s: mark and length, and how it follows the track before it."""

    part: str
    track: int
    start: int
    length: int
    pause: int
    overlap_s: float
    shape: str


@dataclass(frozen=True)
class Spectra:
    """All tracks' spectra at one stage: the plot, and how far apart they lie on average."""

    stage: str
    spread_db: float | None
    svg: Markup


def report_html(
    certificate: Certificate,
    plans: Mapping[str, Plan],
    before: Sequence[Analysis],
    after: Mapping[str, Sequence[Analysis]],
) -> str:
    """The page. `before` holds each mix's analysis; `plans` and `after` (the tracks as delivered, in order) go by the
    deliverable's name. What would rest on a plan or an analysis that is not there is left out.
    """
    known = {name: after[name] for name in certificate.deliverables if after.get(name)}
    quiet = quiet_tracks([account.before for account in certificate.tracks])
    drawn = _loudness_plots(plans, before, known)
    sections = [
        _section(name, deliverable, plans.get(name), drawn.get(name), tuple(_costs(certificate, name)))
        for name, deliverable in certificate.deliverables.items()
    ]
    spectra, changes = _spectra(before, known, quiet)
    services = load_services()
    return _PAGE.get_template("report.html.jinja").render(
        certificate=certificate,
        playbacks=playbacks(services, certificate, {name: plan.profile for name, plan in plans.items()}),
        assumed=assumptions(services),
        release=certificate.album.get("album", {}),
        sections=sections,
        spreads=_spreads(certificate),
        together={stage: whole_figures(tracks, quiet) for stage, tracks in _stages(before, known).items()},
        sequences=_sequences(plans),
        spectra=spectra,
        changes=changes,
        titles={account.track: account.title for account in certificate.tracks},
    )


def _stages(before: Sequence[Analysis], after: Mapping[str, Sequence[Analysis]]) -> dict[str, Sequence[Analysis]]:
    return {**({"mixes": before} if before else {}), **after}


def _loudness_plots(
    plans: Mapping[str, Plan], before: Sequence[Analysis], after: Mapping[str, Sequence[Analysis]]
) -> dict[str, Markup]:
    if not before:
        return {}
    limits = plots.loudness_limits([*before, *(analysis for tracks in after.values() for analysis in tracks)])
    drawn = {}
    for number, name in enumerate(name for name in after if name in plans):
        label = f"Short-term loudness along {name}: the mixes, and the tracks as delivered"
        drawn[name] = plots.loudness_plot(plans[name], before, after[name], limits, f"loudness-{number}", label)
    return drawn


def _costs(certificate: Certificate, name: str) -> Iterator[Cost]:
    promise = certificate.deliverables[name].promise
    for account, reduction in zip(certificate.tracks, promise.track_reductions if promise else (), strict=False):
        before, after = account.before, account.after.get(name)
        if after is not None:
            lost_plr_lu = _lost(before.peak_to_loudness_lu, after.peak_to_loudness_lu)
            lost_range_lu = _lost(before.range_lu, after.range_lu)
            yield Cost(account.track, account.compression, reduction, lost_plr_lu, lost_range_lu)


def _lost(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else before - after


def _section(
    name: str, deliverable: Deliverable, plan: Plan | None, loudness: Markup | None, costs: tuple[Cost, ...]
) -> Section:
    promise = deliverable.promise
    facts = [*_level_facts(plan), *_drive_facts(plan, promise)] if plan is not None else []
    held_back = ""
    if plan is not None and promise is not None and promise.held_back:
        held_back = (
            f"Held back to {figure(promise.loudness_lufs)} LUFS instead of {figure(plan.profile.level.target_lufs)}: "
            f"more drive would take more gain reduction than {plan.held_by} allows."
        )
    return Section(
        name=name,
        deliverable=deliverable,
        facts=tuple(facts),
        held_back=held_back,
        reasons=plan.reasons if plan is not None else (),
        findings=tuple(sorted(deliverable.findings, key=lambda finding: finding.passed)),
        loudness=loudness,
        costs=costs,
    )


def _level_facts(plan: Plan) -> Iterator[tuple[str, str]]:
    level, pcm = plan.profile.level, plan.profile.pcm
    who = "the loudest track" if level.anchor == "loudest-track" else "the album as a whole"
    target = f"{figure(level.target_lufs)} LUFS ±{level.tolerance_lu:g} LU, {who}"
    yield "Target", "no loudness; the highest peak sets the level" if level.target_lufs is None else target
    yield "Ceiling", f"{figure(level.ceiling_dbtp)} dBTP" + ("" if level.limiter else ", without a limiter")
    yield "Samples", f"{pcm.bits} bit, {plan.rate_hz} Hz, dither {pcm.dither}"


def _drive_facts(plan: Plan, promise: Promise | None) -> Iterator[tuple[str, str]]:
    if promise is None:
        return
    expected = f"{figure(plan.expected_drive_db, 2, signed=True)} dB predicted"
    renders = "1 render" if promise.renders == 1 else f"{promise.renders} renders"
    found = "set by hand" if plan.drive_db is not None else f"found in {renders}"
    yield "Drive", f"{figure(promise.drive_db, 2, signed=True)} dB, {found}; {expected}"
    if promise.reduction is not None:
        taken = promise.reduction
        worst = f"worst second {figure(taken.worst_second_db)} dB at {clock(taken.worst_at_s)}"
        heavy = f"exceeds {figure(taken.heavy_db)} dB for 5% of the time"
        yield "Gain reduction", f"median {figure(taken.median_db)} dB, {heavy}, {worst}"


def _spreads(certificate: Certificate) -> dict[str, dict[str, float | None]]:
    """For each stage and figure the distance between the tracks that have most and least of it."""
    stages = {"mix": [account.before for account in certificate.tracks]}
    for name in certificate.deliverables:
        stages[name] = [account.after[name] for account in certificate.tracks if name in account.after]
    return {
        stage: {field: _spread([getattr(one, field) for one in heard]) for field in Figures.model_fields}
        for stage, heard in stages.items()
        if heard
    }


def _spread(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) - min(known) if len(known) > 1 else None


def _sequences(plans: Mapping[str, Plan]) -> list[tuple[list[str], list[Row]]]:
    """Each different sequence with the deliverables that have it."""
    sharing: dict[tuple[PlannedProgramme, ...], list[str]] = {}
    for name, plan in plans.items():
        sharing.setdefault(plan.programmes, []).append(name)
    return [(names, [*_rows(programmes)]) for programmes, names in sharing.items()]


def _rows(programmes: Sequence[PlannedProgramme]) -> Iterator[Row]:
    for programme in programmes:
        spans = programme.layout(FRAMES_PER_SECOND, bits=16).spans()
        for clip, (mark, _, stop) in zip(programme.tracks, spans, strict=True):
            pause = 0 if mark.pause is None else mark.start - mark.pause
            overlap_s = clip.overlap / programme.rate_hz
            yield Row(programme.part, mark.track, mark.start, stop - mark.start, pause, overlap_s, clip.shape)


def _spectra(
    before: Sequence[Analysis], after: Mapping[str, Sequence[Analysis]], quiet: Collection[int]
) -> tuple[list[Spectra], list[tuple[int, Markup]]]:
    """The spectra of all tracks at each stage, and each track's change in the first deliverable.

    The tracks whose numbers are `quiet` have no loudness, and no tone against it.
    """
    stages = _stages(before, after)
    curves = {
        stage: {n: plots.balanced_db(a.spectrum) for n, a in enumerate(analyses, start=1) if n not in quiet}
        for stage, analyses in stages.items()
    }
    limits = plots.spectrum_limits([curve for found in curves.values() for curve in found.values()])
    together = []
    for number, (stage, of_tracks) in enumerate(curves.items()):
        found = [*of_tracks.values()]
        label = f"Third-octave spectra of all tracks laid over each other: {stage}"
        svg = plots.spread_plot(found, limits, number > 0, f"spectra-{number}", label)
        together.append(Spectra(stage, plots.spread_db(found), svg))
    single = []
    mixes, masters = curves.get("mixes", {}), next(iter([*curves.values()][1:]), {})
    for number in sorted(mixes.keys() & masters.keys()):
        label = f"Track {number}: third-octave spectrum as mastered less that of the mix"
        single.append((number, plots.change_plot(mixes[number], masters[number], f"change-{number - 1}", label)))
    return together, single


def figure(value: float | None, places: int = 1, *, signed: bool = False) -> str:
    """A number for people; a dash where it is undefined."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return typeset(f"{value:{'+' if signed else ''}z.{places}f}")


def typeset(words: str) -> str:
    """`words` with a minus sign before each negative number, where a keyboard has a hyphen."""
    return re.sub(r"(?<!\w)-(?=\d)", MINUS, words)


def disc_time(frames: int) -> str:
    """CD frames of 1/75 s as people read times everywhere here, `3:05.99`."""
    return clock_cs(frames / FRAMES_PER_SECOND)


def megabytes(size_bytes: int) -> str:
    """A file's size as people read it."""
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.1f} kB"


def codec_title(name: str) -> str:
    """A codec as people call it; a name that is none, which a stranger's certificate may hold, as it is."""
    with suppress(ValueError):
        return codec_named(name).title
    return name


def evidence(value: float | str | None, finding: Finding) -> str:
    """A measured or required value; texts as they are, but long ones only in full where they matter."""
    if value is None:
        return UNKNOWN
    if not isinstance(value, str):
        return typeset(f"{value:g}" if isinstance(value, float) else str(value))
    shown = typeset(value) if finding.unit else value
    return shown if len(shown) <= LONGEST_KEPT or not finding.passed else shown[:LONGEST_KEPT] + "…"


_PAGE = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGE.filters |= {word.__name__: word for word in (figure, typeset, clock, disc_time, megabytes, evidence, codec_title)}
