"""`glassmaster ddp`: DDP filesets of any writer, looked into and taken apart."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from albums.faults import refuses
from pipeline.cli.naming import fileset_folder
from pipeline.cli.options import FAILED, PASSED, AsJson, FilesetFolder, working
from pipeline.cli.shown import door
from pipeline.cli.shown.stages import Piece, Stage

if TYPE_CHECKING:
    from formats.ddp import Fileset

EXTRACT = "extract"  # the one piece of work


def show(folder: FilesetFolder, as_json: AsJson = False) -> None:
    """Print the table of contents of a DDP fileset, written by whatever program, and every fault in it."""
    place = fileset_folder(folder)
    from formats import ddp
    from pipeline.cli.shown.tables.fileset import print_fileset

    found = ddp.inspect(place)
    faults = [fault for fileset in found for fault in fileset.faults]
    passed = not refuses(faults)
    if as_json:
        discs = [document(fileset) for fileset in found]
        door.print_json({"passed": passed, "discs": discs, "faults": door.fault_document(faults)})
    else:
        for fileset in found:
            print_fileset(fileset)
        door.output.say("Nothing stands against it." if passed else "A plant would send it back.")
    door.print_faults(faults)
    raise typer.Exit(PASSED if passed else FAILED)


def extract(
    folder: FilesetFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the tracks go: a new or an empty folder.")],
    as_json: AsJson = False,
) -> None:
    """Take a DDP fileset apart: a tagged WAV for each track, a hidden one included, and a CUE sheet."""
    place = fileset_folder(folder)
    from formats.ddp.extract import extract as extract_tracks

    stage = Stage("extracting", f"extracting {place}", {EXTRACT: Piece(str(place), 0.0)})
    with working([stage]) as (work, _), work.at_work(EXTRACT, 0.0) as advance:
        found = extract_tracks(place, out, advance)
    faults = [fault for fileset in found for fault in fileset.faults]
    if as_json:
        door.print_json({"passed": True, "written": str(out), "faults": door.fault_document(faults)})
    else:
        door.output.say(f"written to {out}")
    door.print_faults(faults)


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
