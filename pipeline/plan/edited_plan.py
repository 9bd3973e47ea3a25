"""A plan edited by hand: read strictly, and checked against the album before a sample is rendered."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from albums.documents import checked_json, read_text
from albums.faults import Fault, Refusal, place
from albums.schema_faults import faults_of
from formats import mark_faults
from pipeline.intake.mixes import Source
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.plan.treatment import Treatment, equaliser_faults
from pipeline.processors.resampling import resampled_length

LARGEST_PLAN_BYTES = 16 * 2**20  # a thousand tracks take a fifth of that
LONGEST_GAP_S = 3600  # a manifest allows the same


def read_plan(text: str, file: str) -> Plan:
    """The plan in `text`; raises Refusal with every fault and its place in `file`."""
    try:
        return Plan.model_validate_json(checked_json(text, file))
    except ValidationError as error:
        raise Refusal(faults_of(error, file, Plan)) from None


def open_plan(path: Path) -> Plan:
    """The plan in the file at `path`; raises Refusal when it cannot be read, or with every fault in it."""
    return read_plan(read_text(path, LARGEST_PLAN_BYTES, str(path)), path.name)


def faults_against_album(
    plan: Plan, file: str, used: Sequence[Source], pregaps: Sequence[Source | None] = ()
) -> Iterator[Fault]:
    """What makes an edited plan impossible to render with the album as it is: other mixes, places out of bounds."""
    tracks = [treatment.track for treatment in plan.treatments]
    if tracks != list(range(1, len(used) + 1)):
        yield Fault(f"{file}: treatments", f"are for tracks {tracks}; the album has tracks 1 to {len(used)}")
        return
    yield from _unlike("treatments", plan.treatments, used, file)
    known = {number: source for number, source in enumerate(pregaps, start=1) if source}
    before = [treatment.track for treatment in plan.pregaps]
    if not set(before) <= set(known):
        yield Fault(f"{file}: pregaps", f"stand before tracks {before}; the album has some before {sorted(known)}")
        return
    yield from _unlike("pregaps", plan.pregaps, [known[number] for number in before], file)
    clips = [[clip.track for clip in programme.tracks] for programme in plan.programmes]
    marks = [[mark.track for mark in programme.marks] for programme in plan.programmes]
    leading = [clip.track for programme in plan.programmes for clip in programme.clips if clip.pregap]
    if list(chain(*clips)) != tracks or marks != clips or not set(leading) <= set(before):
        yield Fault(f"{file}: programmes", f"have clips {clips} and marks {marks}; wanted each track once, in order")
        return
    pcm = plan.profile.pcm
    if plan.rate_hz not in (pcm.rates_hz if pcm.rate_hz == "native" else [pcm.rate_hz]):
        yield Fault(f"{file}: rate_hz", f"found {plan.rate_hz}; {plan.profile.name} is delivered at another rate")
    for index, programme in enumerate(plan.programmes):
        yield from _misplaced(plan, programme, place(file, ["programmes", index]))
    layouts = [programme.layout(programme.rate_hz, plan.profile.pcm.bits) for programme in plan.programmes]
    yield from (replace(fault, where=f"{file}: programmes: {fault.where}") for fault in mark_faults(layouts, len(used)))


def _unlike(what: str, treatments: Sequence[Treatment], used: Sequence[Source], file: str) -> Iterator[Fault]:
    for index, (treatment, source) in enumerate(zip(treatments, used, strict=True)):
        here = place(file, [what, index])
        if treatment.mix_sha256 != source.sha256:
            yield Fault(f"{here}.mix_sha256", f"{source.mix.path.name!r} is another file than was planned; plan again")
        elif treatment.rate_hz != source.mix.rate_hz:
            yield Fault(f"{here}.rate_hz", f"found {treatment.rate_hz}; the mix runs at {source.mix.rate_hz} Hz")
        elif not treatment.start < treatment.stop <= source.mix.frames:
            yield Fault(here, f"start and stop lie outside the mix, which has {source.mix.frames} frames")
        yield from equaliser_faults(treatment.bands, treatment.rate_hz, f"{here}.bands")


def _misplaced(plan: Plan, programme: PlannedProgramme, here: str) -> Iterator[Fault]:
    needed = before = 0
    for clip in programme.clips:
        if clip.start > needed + LONGEST_GAP_S * programme.rate_hz:
            yield Fault(here, f"track {clip.track} starts at {clip.start}, more than an hour after the one before it")
        if clip.overlap > before:
            yield Fault(here, f"track {clip.track} overlaps by {clip.overlap}; the one before it has {before} frames")
        needed, before = max(needed, clip.start + clip.length), clip.length
        treatment = plan.treatment_of(clip)
        length = resampled_length(treatment.stop - treatment.start, treatment.rate_hz, programme.rate_hz)
        if clip.length != length:
            yield Fault(here, f"track {clip.track} is {clip.length} frames long; its stretch of the mix gives {length}")
        if max(clip.overlap, clip.fade_in, clip.fade_out) > clip.length:
            yield Fault(here, f"track {clip.track} is shorter than its overlap or its fades")
    if not needed <= programme.frames <= needed + programme.rate_hz * 60:
        yield Fault(
            here, f"is {programme.frames} frames long; its clips end at {needed}: wanted that, or a minute more"
        )
    first = programme.marks[0]
    if first.cd_frame and (not plan.profile.is_disc or first.pause_cd_frame != 0):
        yield Fault(here, f"the first mark stands at {first.cd_frame}; wanted 0, or on a disc a pause from 0 before it")
