"""`glassmaster master`: the main job."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from albums.faults import Fault
from pipeline.cli.naming import album_folder
from pipeline.cli.options import (
    FAILED,
    PASSED,
    AlbumFolder,
    AsJson,
    OperatorsApproval,
    ProfileFolder,
    ProfileNames,
    imports_for_good,
    working,
)
from pipeline.cli.shown import door
from pipeline.cli.shown.run_stages import RENDERING, stages_of
from pipeline.intake.album_mixes import AlbumMixes, hash_recordings
from pipeline.mastering.job import Job, job_for, profiles_of
from pipeline.mastering.opening import open_album
from pipeline.settings.schema import NO_SETTINGS, Settings
from pipeline.system.parallel import in_background
from pipeline.system.progress import JobProgress, Stopped

if TYPE_CHECKING:
    from pipeline.deliverables.certificate import Certificate


def master(
    album: AlbumFolder,
    profile: ProfileNames = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where masters go. Default: ALBUM/masters.")] = None,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Render this plan, edited by hand, as it stands.")
    ] = None,
    profile_dir: ProfileFolder = None,
    approval: OperatorsApproval = None,
    as_json: AsJson = False,
    settings: Settings = NO_SETTINGS,
) -> None:
    """The main job: measure, decide, render, write, audit; deliver what passed, with a certificate and a report."""
    opened = open_album(album_folder(album), settings)
    wanted = {"out": out, "profile_folder": profile_dir, "plan": plan_file}
    job = job_for(opened.album, profile, **wanted, approval=approval, settings=settings)
    with working(stages_of(opened, profiles_of(job))) as (work, stages):
        certificate = mastered(opened, job, work)
    is_unchanged = certificate.passed and not stages.begun(RENDERING)
    _tell(certificate, job, len(job.names) if is_unchanged else 0, as_json=as_json)
    raise typer.Exit(PASSED if certificate.passed else FAILED)


def mastered(opened: AlbumMixes, job: Job, work: JobProgress, patience_s: float = 0.0) -> "Certificate":
    """The job done by Prefect, and begun while that is still imported; its certificate.

    Another run that writes to the same folder is waited for as long as `patience_s`. Raises as `flows.master.master`.
    """
    sources = in_background(partial(hash_recordings, opened))
    with imports_for_good():
        from pipeline.flows.head_start import HeadStart

        head_start = HeadStart(opened, sources, work)
        is_first = not job.place.is_dir() or not any(job.place.iterdir())
        if is_first:  # else Prefect may well remember what was measured
            in_background(head_start.measure)
        from pipeline.flows.server.prefect_server import own_server

        server = own_server()
        import pipeline.cli.shown.tables.certificate  # noqa: F401 - for its end, while others are at work
        from pipeline.flows.master import master as master_by_prefect
    try:
        return master_by_prefect(job, work, head_start, server, patience_s)
    except Stopped:
        if server:
            server.end()  # a process that is stopped does not come to do it
        raise


def _tell(certificate: "Certificate", job: Job, unchanged: int, *, as_json: bool) -> None:
    """What came of it; `unchanged` is how many deliverables were asked for where none had to be made, else 0."""
    from pipeline.deliverables.approval import Approved, approval_state

    state = approval_state(job.final) if job.final and certificate.passed else None
    if as_json:
        from pipeline.cli.shown.tables.approval import state_document

        decided = {"approval": state_document(job, state)} if state else {}
        door.print_json({**certificate.model_dump(mode="json"), **decided})
    else:
        from pipeline.cli.shown.tables.approval import print_state
        from pipeline.cli.shown.tables.certificate import print_certificate, print_unchanged

        print_certificate(certificate, job.place if isinstance(state, Approved) else job.out)
        if unchanged:
            print_unchanged(unchanged)
        if state:
            print_state(job, state)
    for track in certificate.tracks:
        door.print_faults(Fault(f"track {track.track}", remark.words, remark.severity) for remark in track.remarks)
