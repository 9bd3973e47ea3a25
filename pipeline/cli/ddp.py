"""`glassmaster ddp`: DDP filesets of any writer, looked into and taken apart."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from albums.faults import refuses
from pipeline.cli import console
from pipeline.cli.options import FAILED, PASSED, AsJson, FilesetFolder, working

if TYPE_CHECKING:
    from formats.ddp import Fileset


def show(folder: FilesetFolder, as_json: AsJson = False) -> None:
    """Print the table of contents of a DDP fileset, written by whatever program, and every fault in it."""
    from formats import ddp
    from pipeline.cli.tables import print_fileset

    found = ddp.inspect(folder)
    faults = [fault for fileset in found for fault in fileset.faults]
    passed = not refuses(faults)
    if as_json:
        discs = [document(fileset) for fileset in found]
        console.print_json({"passed": passed, "discs": discs, "faults": console.fault_document(faults)})
    else:
        for fileset in found:
            print_fileset(fileset)
        console.output.print("Nothing stands against it." if passed else "A plant would send it back.")
    console.print_faults(faults)
    raise typer.Exit(PASSED if passed else FAILED)


def extract(
    folder: FilesetFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the tracks go: a new or an empty folder.")],
    as_json: AsJson = False,
) -> None:
    """Take a DDP fileset apart: a tagged WAV for each track, a hidden one included, and a CUE sheet."""
    from formats.ddp.extract import extract as extract_tracks

    with working() as work, work.at_work("extract", 0.0) as advance:
        found = extract_tracks(folder, out, advance)
    faults = [fault for fileset in found for fault in fileset.faults]
    if as_json:
        console.print_json({"passed": True, "written": str(out), "faults": console.fault_document(faults)})
    else:
        console.output.print(f"written to {out}", soft_wrap=True, markup=False)
    console.print_faults(faults)


def document(fileset: "Fileset") -> dict[str, Any]:
    """A disc's contents as they stand in JSON, places in sectors of 1/75 s from 00:00:00."""
    return {
        "disc": fileset.disc,
        "upc": fileset.upc,
        "master_id": fileset.master_id,
        "image_sectors": fileset.image_sectors,
        "lead_out_sector": fileset.contents.lead_out_sector,
        "tracks": [asdict(track) for track in fileset.contents.tracks],
        "texts": dict(fileset.texts),
        "written_with": dict(fileset.dialect),
    }
