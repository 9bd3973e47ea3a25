"""All plans that a run needs, made or read, and every fault in them told at once."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import formats
from albums import MANIFEST, Album
from albums.faults import Fault, Refusal, place, refuse
from formats.codecs import codec_faults
from pipeline.analysis.analysis import Analysis
from pipeline.intake.mixes import Source
from pipeline.mastering.decide import plan_for
from pipeline.matching.baseline import baseline_of, read_baseline
from pipeline.matching.treatments import treat
from pipeline.plan.edited_plan import faults_against_album, open_plan
from pipeline.plan.plan import PLAN, Plan
from pipeline.plan.treatment import equaliser_faults
from pipeline.sequencing.spacing import Spacing
from pipeline.system.placing import own_folder, write_whole
from profiles import Profile

PLANS = "plans"  # where plans go, in the album's folder, unless another place is named


def plans_for(
    spacing: Spacing,
    profiles: Sequence[Profile],
    before: Sequence[Analysis],
    references: Sequence[Analysis] = (),
    pregaps: Sequence[Analysis] = (),
) -> tuple[tuple[Plan, ...], tuple[tuple[Fault, ...], ...]]:
    """The plan of every profile, and what is to be told of each track's level; raises Refusal with all their faults.

    A signature in the album's folder is kept to; `references` are the recordings that the manifest names, and `pregaps`
    those before an index 1, measured.
    """
    refuse(_equalisers(spacing))
    plans, faults = list[Plan](), list[Fault]()
    released = read_baseline(spacing.album.folder)
    baseline = released or baseline_of(spacing.album, spacing.sources, before, references)
    treated = treat(spacing.album, spacing.sources, before, baseline)
    treatments = treated.treatments
    for profile in profiles:
        try:
            plan = plan_for(spacing, profile, before, baseline, treatments, pregaps, frozen=released is not None)
            plans.append(plan)
        except Refusal as refusal:
            faults += refusal.faults
    faults += [fault for plan in plans for fault in _judged(spacing.album, plan)]
    refuse(dict.fromkeys(faults))
    return tuple(plans), treated.warnings


def _equalisers(spacing: Spacing) -> Iterator[Fault]:
    for index, (track, source) in enumerate(zip(spacing.album.tracks, spacing.sources, strict=True)):
        if track.eq:
            yield from equaliser_faults(track.eq, source.mix.rate_hz, place(MANIFEST, ["tracks", index, "eq"]))


def edited_plan(path: Path, album: Album, used: Sequence[Source], pregaps: Sequence[Source | None]) -> Plan:
    """The plan in the file at `path`, as it was edited; raises Refusal when it cannot be rendered with `album`."""
    plan = open_plan(path)
    refuse([*faults_against_album(plan, path.name, used, pregaps), *_judged(album, plan)])
    return plan


def write_plans(plans: Sequence[Plan], album: Path, out: Path | None = None) -> dict[str, Path]:
    """Write each plan to its profile's folder in `out`, or in the album's `plans`; where each lies, by profile.

    No link below is followed. Raises Refusal where one cannot be written.
    """
    written, faults = dict[str, Path](), list[Fault]()
    for plan in plans:
        name = plan.profile.name
        try:
            if out:
                out.mkdir(parents=True, exist_ok=True)
            folder = own_folder(out, name) if out else own_folder(album, PLANS, name)
            write_whole(folder / PLAN, plan.json_text())
            written[name] = folder / PLAN
        except OSError as error:
            faults.append(Fault(str(error.filename or out or album), f"cannot be written: {error.strerror}"))
    refuse(faults)
    return written


def notes_on_writing(album: Album, plans: Sequence[Plan]) -> tuple[Fault, ...]:
    """What the deliverables of `plans` will write otherwise than the manifest has it, each once."""
    return tuple(dict.fromkeys(fault for plan in plans for fault in _judged(album, plan)))


def _judged(album: Album, plan: Plan) -> tuple[Fault, ...]:
    asked = () if plan.profile.lossy else plan.profile.checked_codecs  # a lossy file's own is its format's to judge
    wanting = (replace(fault, where=plan.profile.name) for fault in codec_faults(asked))
    return (*formats.judged(plan.profile, album, plan.layouts), *wanting)
