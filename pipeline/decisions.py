"""All plans that a run needs, made or read, and every fault in them told at once."""

from collections.abc import Sequence
from pathlib import Path

import formats
from albums import Album
from albums.faults import Fault, Refusal, refuse
from pipeline.analysis import Analysis
from pipeline.ingest import Source
from pipeline.joints import correlations
from pipeline.overrule import open_plan, unfit
from pipeline.plan import Plan, decide
from pipeline.signature import read_signature, signature_of
from pipeline.treatment import treat
from profiles import Profile


def plans_for(
    album: Album,
    profiles: Sequence[Profile],
    used: Sequence[Source],
    before: Sequence[Analysis],
    edited: Path | None,
    references: Sequence[Analysis] = (),
) -> tuple[Plan, ...]:
    """The plan of every profile, or the one in the file `edited`; raises Refusal with the faults of all of them.

    A signature in the album's folder is kept to; `references` are the recordings that the manifest names, measured.
    """
    plans, faults = list[Plan](), list[Fault]()
    if edited is not None:
        plans.append(open_plan(edited))
        faults += unfit(plans[0], edited.name, used)
    else:
        alike = correlations(album, used)
        released = read_signature(album.folder)
        signature = released or signature_of(album, used, before, references)
        treatments, frozen = treat(album, used, before, signature), released is not None
        for profile in profiles:
            try:
                plans.append(decide(album, profile, used, before, alike, signature, treatments, frozen=frozen))
            except Refusal as refusal:
                faults += refusal.faults
    for plan in plans:
        layouts = [p.layout(plan.rate_hz, plan.profile.pcm.bits) for p in plan.programmes]
        faults += formats.named(plan.profile.format).check(album, layouts)
    refuse(dict.fromkeys(faults))
    return tuple(plans)
