"""`glassmaster new`: an album.toml for a folder of mixes."""

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from albums import MANIFEST
from albums.faults import Fault, Refusal
from pipeline.cli.shown.door import output, print_faults
from pipeline.settings.schema import NO_SETTINGS, Settings


def new(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of finished mixes.")],
    metadata: Annotated[
        Path | None,
        typer.Option("--metadata", metavar="SHEET", help="A sheet of the release, CSV or XLSX, with a row a track."),
    ] = None,
    sheet: Annotated[
        str, typer.Option("--sheet", metavar="NAME", help="Which sheet of a workbook, where several have a header.")
    ] = "",
    unlisted: Annotated[
        Literal["refuse", "keep", "leave-out"],
        typer.Option("--unlisted", help="What becomes of a mix that no row of the sheet speaks of."),
    ] = "refuse",
    settings: Settings = NO_SETTINGS,
) -> None:
    """Write an album.toml for a folder of mixes: order, titles, credits and codes from a sheet, tags and file names.

    Files of sound that it leaves out are named, with the reason.
    """
    if folder.is_file():
        words = (
            f"is a file; wanted the folder that the mixes lie in: `glassmaster new {shlex.quote(str(folder.parent))}`"
        )
        raise Refusal([Fault(str(folder), words)])
    if metadata is None and (sheet or unlisted != "refuse"):
        raise Refusal([Fault("--sheet" if sheet else "--unlisted", "stands without --metadata, which it is about")])
    from pipeline.intake.new_manifest import write_manifest
    from pipeline.intake.spreadsheet.release import read_release

    release = read_release(metadata, sheet) if metadata else None
    print_faults(write_manifest(folder, release, unlisted, settings.deliverables))
    output.say(f"written to {folder / MANIFEST}")
    output.say(f"read it, fill in what is missing, then: glassmaster check {shlex.quote(str(folder))}")
