"""`glassmaster new`: an album.toml for a folder of mixes."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from albums import MANIFEST
from albums.faults import Fault, Refusal
from pipeline.cli.shown.door import output, print_faults


def new(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of finished mixes.")]) -> None:
    """Write an album.toml for a folder of mixes: order, titles and ISRCs from file names and tags.

    Files of sound that it leaves out are named, with the reason.
    """
    if folder.is_file():
        words = (
            f"is a file; wanted the folder that the mixes lie in: `glassmaster new {shlex.quote(str(folder.parent))}`"
        )
        raise Refusal([Fault(str(folder), words)])
    from pipeline.intake.new_manifest import write_manifest

    print_faults(write_manifest(folder))
    output.say(f"written to {folder / MANIFEST}")
    output.say(f"read it, fill in what is missing, then: glassmaster check {shlex.quote(str(folder))}")
