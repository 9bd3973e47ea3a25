"""All plans that a run needs, made or read, and every fault in them told at once."""

from collections.abc import Sequence
from pathlib import Path

import formats
from albums import Album
from albums.faults import Fault, Refusal, refuse
from pipeline.analysis.analysis import Analysis
from pipeline.intake.mixes import Source
from pipeline.mastering.decide import plan_for
from pipeline.matching.baseline import baseline_of, read_baseline
from pipeline.matching.treatments import treat
from pipeline.plan.edited_plan import faults_against_album, open_plan
from pipeline.plan.plan import Plan
from pipeline.sequencing.spacing import Spacing
from profiles import Profile


def plans_for(
    spacing: Spacing, profiles: Sequence[Profile], before: Sequence[Analysis], references: Sequence[Analysis] = ()
) -> tuple[Plan, ...]:
    """The plan of every profile; raises Refusal with the faults of all of them.

    A signature in the album's folder is kept to; `references` are the recordings that the manifest names, measured.
    """
    plans, faults = list[Plan](), list[Fault]()
    released = read_baseline(spacing.album.folder)
    baseline = released or baseline_of(spacing.album, spacing.sources, before, references)
    treatments = treat(spacing.album, spacing.sources, before, baseline)
    for profile in profiles:
        try:
            plans.append(plan_for(spacing, profile, before, baseline, treatments, frozen=released is not None))
        except Refusal as refusal:
            faults += refusal.faults
    faults += [fault for plan in plans for fault in _unwritable(spacing.album, plan)]
    refuse(dict.fromkeys(faults))
    return tuple(plans)


def edited_plan(path: Path, album: Album, used: Sequence[Source], pregaps: Sequence[Source | None]) -> Plan:
    """The plan in the file at `path`, as it was edited; raises Refusal when it cannot be rendered with `album`."""
    plan = open_plan(path)
    refuse([*faults_against_album(plan, path.name, used, pregaps), *_unwritable(album, plan)])
    return plan


def _unwritable(album: Album, plan: Plan) -> tuple[Fault, ...]:
    layouts = [programme.layout(plan.rate_hz, plan.profile.pcm.bits) for programme in plan.programmes]
    return formats.named(plan.profile.format).check(album, layouts)
