"""`glassmaster new`: an album.toml for a folder of mixes."""

from pathlib import Path
from typing import Annotated

import typer

from albums import MANIFEST
from pipeline.cli import console


def new(folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of finished mixes.")]) -> None:
    """Write an album.toml for a folder of mixes: order, titles and ISRCs from file names and tags.

    Files of sound that it leaves out are named, with the reason.
    """
    from pipeline.intake.new_manifest import write_manifest

    console.print_faults(write_manifest(folder))
    words = f"written to {folder / MANIFEST}\nread it, fill in what is missing, then: glassmaster check {folder}"
    console.output.print(words, soft_wrap=True, markup=False)
