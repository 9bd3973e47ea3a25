"""What people see of an album before anything is rendered: its mixes as they were measured, and its plans."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from albums import Album
from formats import FRAMES_PER_SECOND
from pipeline.analysis.analysis import Analysis
from pipeline.cli.shown.door import Styled, output
from pipeline.cli.shown.tables.sheet import Column, Sheet, figure, whole_figure
from pipeline.deliverables.figures import figures_of, whole_figures
from pipeline.intake.mixes import Source
from pipeline.matching.baseline import Baseline
from pipeline.plan.plan import Plan
from pipeline.plan.treatment import Treatment, tone_words
from pipeline.system.times import clock_cs

LEAD = (Column("#"), Column("title", texts=True))
MEASURED = tuple(map(Column, ("length", "kHz", "LUFS", "loud", "LU", "dBTP", "PLR", "PSR", "DR")))
PLACES = (Column("part"), Column("start"), Column("pause before"), Column("indexes", texts=True))


def print_mixes(album: Album, used: Sequence[Source], analyses: Sequence[Analysis]) -> None:
    """What was found in each mix."""
    rows = []
    for number, (track, source, analysis) in enumerate(zip(album.tracks, used, analyses, strict=True), start=1):
        figures = figures_of(analysis)
        tenths = (figures.integrated_lufs, figures.loud_end_lufs, figures.range_lu, figures.true_peak_dbtp)
        rows.append((
            str(number),
            track.title,
            clock_cs(source.duration_s),
            f"{source.mix.own.rate_hz / 1000:g}",
            *map(figure, (*tenths, figures.peak_to_loudness_lu, figures.minimum_psr_lu)),
            whole_figure(figures.dr),
        ))  # fmt: skip
    output.show(Sheet(_credit(album), LEAD, MEASURED, rows))
    whole = whole_figures(analyses)
    loudest = f"; the loudest track is {whole.loudest}, {figure(whole.loudest_lufs)} LUFS" if whole.loudest else ""
    peak = f"{figure(whole.true_peak_dbtp)} dBTP, DR {whole_figure(whole.dr)}"
    output.say(f" As an album {figure(whole.integrated_lufs)} LUFS, {peak}{loudest}.")
    output.say()


def print_plans_made(album: Album, plans: Sequence[Plan], written: Mapping[str, str], count: int) -> None:
    """In a few lines: which plans there are and where they were written, and how much there is to be read of them."""
    which = f"{len(plans)} plans" if len(plans) > 1 else "One plan"
    notes = {0: "nothing is to be noted", 1: "one thing is to be noted"}.get(count, f"{count} things are to be noted")
    output.say(Styled("planned", "green"), f"  {_credit(album)}: {which}; {notes}.")
    for plan in plans:
        output.say(f"  {plan.profile.name}  written to {written[plan.profile.name]}")


def print_plans(album: Album, plans: Sequence[Plan]) -> None:
    """The decisions that all plans share with their reasons, once; then what is each profile's own."""
    for number, track in enumerate(album.tracks):
        _print_treatments(track.title, plans, [plan.treatments[number] for plan in plans])
    for place in range(max(len(plan.pregaps) for plan in plans)):
        having = [plan for plan in plans if place < len(plan.pregaps)]
        found = [plan.pregaps[place] for plan in having]
        title = f"before {album.tracks[found[0].track - 1].title}"
        _print_treatments(title, having, found)
    told = list[Plan]()
    for alike in _alike(plans):
        output.say()
        for plan in alike:
            output.say(Styled(plan.profile.name, "bold"), f"  {plan.profile.title}")
        for reason in alike[0].reasons:
            output.say(f"  {reason}")
        same = next((plan for plan in told if [*_rows(plan)] == [*_rows(alike[0])]), None)
        if same:
            output.say(f"  Its tracks stand where those of {same.profile.name} do.")
        else:
            _print_places(album, alike[0])
        told.append(alike[0])


def _print_treatments(title: str, plans: Sequence[Plan], treatments: Sequence[Treatment]) -> None:
    """What is done to one mix: once where it is alike in all plans, else by the plans' names."""
    different = list[Treatment]()
    for treatment in treatments:
        if treatment not in different:
            different.append(treatment)
    for treatment in different:
        names = [plan.profile.name for plan, own in zip(plans, treatments, strict=True) if own == treatment]
        where = "" if len(different) == 1 else f" ({', '.join(names)})"
        output.say()
        words = f"{where}  {treatment.gain_db:+.2f} dB; {tone_words(treatment)}"
        output.say(f"{treatment.track:>3}  ", Styled(title, "bold"), words)
        for reason in treatment.reasons:
            output.say(f"     {reason}")


def _alike(plans: Sequence[Plan]) -> list[list[Plan]]:
    """The plans, those together whose reasons and places are the same."""
    groups = list[list[Plan]]()
    for plan in plans:
        group = next((each for each in groups if _own(each[0]) == _own(plan)), None)
        if group is None:
            groups.append([plan])
        else:
            group.append(plan)
    return groups


def _own(plan: Plan) -> tuple[object, ...]:
    return plan.reasons, [*_rows(plan)]


def _rows(plan: Plan) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The number of each track, and its cells."""
    for programme in plan.programmes:
        for mark in programme.marks:
            frames = None if mark.pause_cd_frame is None else mark.cd_frame - mark.pause_cd_frame
            pause = "" if frames is None else f"{frames / FRAMES_PER_SECOND:.2f} s"
            indexes = " ".join(clock_cs(frame / FRAMES_PER_SECOND) for frame in mark.index_cd_frames)
            yield mark.track, (programme.part, clock_cs(mark.cd_frame / FRAMES_PER_SECOND), pause, indexes)


def _print_places(album: Album, plan: Plan) -> None:
    """Where each track stands; columns that nothing stands in are left out."""
    found = [*_rows(plan)]
    used = [number for number in range(len(PLACES)) if any(cells[number] for _, cells in found)]
    rows = [(str(track), album.tracks[track - 1].title, *(cells[n] for n in used)) for track, cells in found]
    output.show(Sheet("", LEAD, tuple(PLACES[number] for number in used), rows))


def print_frozen(frozen: Baseline, path: Path) -> None:
    """Where an album was frozen, and which drives are kept with it."""
    drives = ", ".join(sorted(frozen.drives_db)) or "none, since there are no masters"
    output.say(f"frozen in {path}; drives kept: {drives}")


def _credit(album: Album) -> str:
    return f"{album.release.artist}: {album.release.title}"
