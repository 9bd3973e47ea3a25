"""`glassmaster master`: the main job."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from albums.faults import Fault
from pipeline.cli import console
from pipeline.cli.options import (
    FAILED,
    PASSED,
    AlbumFolder,
    AsJson,
    ProfileFolder,
    ProfileNames,
    imports_for_good,
    working,
)
from pipeline.intake.album_mixes import hash_recordings
from pipeline.mastering.job import job_for
from pipeline.mastering.opening import open_album
from pipeline.system.parallel import in_background
from pipeline.system.progress import Stopped


def master(
    album: AlbumFolder,
    profile: ProfileNames = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where masters go. Default: ALBUM/masters.")] = None,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Render this plan, edited by hand, as it stands.")
    ] = None,
    profile_dir: ProfileFolder = None,
    as_json: AsJson = False,
) -> None:
    """The main job: measure, decide, render, write, audit; deliver what passed, with a certificate and a report."""
    opened = open_album(album)
    job = job_for(opened.album, profile, out=out, profile_folder=profile_dir, plan=plan_file)
    sources = in_background(partial(hash_recordings, opened))
    with working() as work:
        with imports_for_good():
            from pipeline.flows.head_start import HeadStart

            head_start = HeadStart(opened, sources, work)
            if not job.out.is_dir() or not any(job.out.iterdir()):  # else Prefect may well remember what was measured
                in_background(head_start.measure)
            from pipeline.flows.prefect_server import own_server

            server = own_server()
            from pipeline.cli.tables import print_certificate
            from pipeline.flows.master import master as master_by_prefect
        try:
            certificate = master_by_prefect(job, work, head_start, server)
        except Stopped:
            if server:
                server.end()  # a process that is stopped does not come to do it
            raise
    if as_json:
        console.print_json(certificate.model_dump(mode="json"))
    else:
        print_certificate(certificate, job.out)
    for track in certificate.tracks:
        console.print_faults(Fault(f"track {track.track}", remark.words, remark.severity) for remark in track.remarks)
    raise typer.Exit(PASSED if certificate.passed else FAILED)
