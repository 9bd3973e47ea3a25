"""`glassmaster plan`: every decision with its reason, as plan.json for each profile."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from albums import MASTERS, SIGNATURE, Album
from albums.faults import Fault
from pipeline.cli.naming import album_folder
from pipeline.cli.options import AlbumFolder, AsJson, ProfileFolder, ProfileNames, working
from pipeline.cli.shown import door
from pipeline.cli.shown.run_stages import stages_of
from pipeline.mastering.job import job_for
from pipeline.mastering.opening import open_album
from pipeline.settings.schema import NO_SETTINGS, Settings
from profiles import load_all

if TYPE_CHECKING:
    from pipeline.matching.baseline import Baseline
    from pipeline.plan.plan import Plan

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
    settings: Settings = NO_SETTINGS,
) -> None:
    """Measure, decide, show every decision with its reason, and write plan.json for each profile."""
    opened = open_album(album_folder(album), settings)
    job = job_for(opened.album, profile, profile_folder=profile_dir, settings=settings)
    with working(stages_of(opened)) as (work, _):
        from pipeline.intake.album_mixes import hash_recordings
        from pipeline.mastering.plans import write_plans
        from pipeline.mastering.standing.freeze import freeze as freeze_album
        from pipeline.mastering.steps import decide, measure, sequence
        from pipeline.mastering.workers import ThreadWorkers

        sources = hash_recordings(opened)
        measured = measure(sources, ThreadWorkers(work))
        spacing = sequence(sources, measured)
        decided = decide(load_all(job.names, job.profile_folders), spacing, sources, measured)
    notes, frozen = [*chain(*decided.notes)], None
    if freeze:
        heard = measured.mixes, measured.references
        masters = masters or opened.album.folder / MASTERS
        frozen = freeze_album(opened.album, spacing, *heard, decided.plans, masters)
    # All is written before anything is told: who reads may go away early.
    places = write_plans(decided.plans, opened.album.folder, out)
    written = {name: str(path) for name, path in places.items()}
    if as_json:
        _print_json(decided.plans, written, notes, opened.album.folder / SIGNATURE if frozen else None)
    else:
        _print(opened.album, decided.plans, written, notes, frozen)


def _print_json(
    plans: "Sequence[Plan]", written: dict[str, str], notes: Sequence[Fault], signature: Path | None
) -> None:
    frozen = {"signature": str(signature)} if signature else {}
    whole = {each.profile.name: each.model_dump(mode="json") for each in plans}
    found = door.fault_document(notes)
    door.print_json({"passed": True, "plans": whole, "written": frozen | written, "faults": found})
    door.print_faults(notes)


def _print(
    album: Album,
    plans: "Sequence[Plan]",
    written: dict[str, str],
    notes: Sequence[Fault],
    frozen: "Baseline | None",
) -> None:
    from pipeline.cli.shown.tables.album import print_frozen, print_plans, print_plans_made

    print_plans_made(album, plans, written, len(notes))
    if frozen:
        print_frozen(frozen, album.folder / SIGNATURE)
    door.print_faults(notes)
    if not door.telling.quiet:
        print_plans(album, plans)
