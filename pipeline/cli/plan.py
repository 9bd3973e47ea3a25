"""`glassmaster plan`: every decision with its reason, as plan.json for each profile."""

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from albums import SIGNATURE
from pipeline.cli import console
from pipeline.cli.options import AlbumFolder, AsJson, ProfileFolder, ProfileNames, working
from profiles import load_all

PlansFolder = Annotated[Path | None, typer.Option(metavar="DIR", help="Where plans go. Default: ALBUM/plans.")]
Freeze = Annotated[
    bool, typer.Option("--freeze", help="Write signature.json into ALBUM: what later tracks are matched to.")
]
MastersFolder = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="With --freeze: masters whose drives are kept too. Default: ALBUM/masters."),
]


def plan(
    album: AlbumFolder,
    profile: ProfileNames = None,
    profile_dir: ProfileFolder = None,
    out: PlansFolder = None,
    freeze: Freeze = False,
    masters: MastersFolder = None,
    as_json: AsJson = False,
) -> None:
    """Measure, decide, show every decision with its reason, and write plan.json for each profile."""
    from pipeline.cli.tables import print_frozen, print_plan
    from pipeline.intake.album_mixes import hash_recordings
    from pipeline.mastering.freeze import freeze as freeze_album
    from pipeline.mastering.job import MASTERS, job_for
    from pipeline.mastering.opening import open_album
    from pipeline.mastering.plans import write_plans
    from pipeline.mastering.steps import decide, measure, sequence
    from pipeline.mastering.workers import ThreadWorkers

    opened = open_album(album)
    job = job_for(opened.album, profile, profile_folder=profile_dir)
    with working() as work:
        sources = hash_recordings(opened)
        measured = measure(sources, ThreadWorkers(work))
        spacing = sequence(sources, measured)
    decided = decide(load_all(job.names, job.profile_folders), spacing, sources, measured)
    notes = [*chain(*decided.notes)]
    console.print_faults(notes)
    if freeze:
        heard = measured.mixes, measured.references
        baseline = freeze_album(opened.album, spacing, *heard, decided.plans, masters or album / MASTERS)
        if not as_json:
            print_frozen(baseline, album / SIGNATURE)
    frozen = {"signature": str(album / SIGNATURE)} if freeze else {}
    written = frozen | {name: str(path) for name, path in write_plans(decided.plans, album, out).items()}
    if as_json:
        plans = {each.profile.name: each.model_dump(mode="json") for each in decided.plans}
        found = console.fault_document(notes)
        console.print_json({"passed": True, "plans": plans, "written": written, "faults": found})
    for each in () if as_json else decided.plans:
        print_plan(opened.album, each, written[each.profile.name])
