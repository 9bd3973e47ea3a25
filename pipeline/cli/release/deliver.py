"""`glassmaster deliver`: finished masters sent to a place, and read back there."""

from pathlib import Path
from typing import Annotated

import typer

from albums import LARGEST_MANIFEST_BYTES, MANIFEST, MASTERS
from albums.documents import read_toml
from albums.faults import Fault, Refusal
from pipeline.cli.options import PASSED, AsJson, OperatorsApproval, working
from pipeline.cli.shown import door
from pipeline.cli.shown.stages import Piece, Stage
from pipeline.mastering.job import own_masters

DELIVER = "deliver"  # the one piece of work


def deliver(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of masters, or an album that has some.")],
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="A folder, or an address as in s3://bucket/folder.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The folder's name there. Default: the album folder's.")
    ] = None,
    approval: OperatorsApproval = None,
    as_json: AsJson = False,
) -> None:
    """Send finished masters to a place, verify them there, and mark the delivery as complete."""
    out, album = _masters(folder)
    needs_approval = approval == "required" or (album is not None and _asks_for_approval(album))
    called = name if name is not None else (album or out).resolve().name
    from pipeline.deliverables.certificate import read_certificate
    from pipeline.delivery.deliver import PASSES
    from pipeline.delivery.deliver import deliver as deliver_masters

    files = [file for each in read_certificate(out).deliverables.values() for file in each.files]
    amount = float(PASSES * sum(file.bytes for file in files))
    stage = Stage("delivering", f"delivering {len(files)} files", {DELIVER: Piece(called, amount)})
    with working([stage]) as (work, _), work.at_work(DELIVER, amount) as advance:
        delivery = deliver_masters(out, to, called, needs_approval=needs_approval, advance=advance)
    from pipeline.cli.shown.tables.delivery import delivery_document, print_delivery

    if as_json:
        door.print_json({"passed": True, **delivery_document(delivery)})
    else:
        print_delivery(delivery)
    raise typer.Exit(PASSED)


def _masters(given: Path) -> tuple[Path, Path | None]:
    """The folder of masters that is meant, and its album's folder where that is known."""
    if (given / MANIFEST).is_file():
        return own_masters(given), given
    if not given.is_dir():
        raise Refusal([Fault(str(given), "is no folder" if given.exists() else "is not there")])
    above = given.absolute().parent
    return given, above if given.name == MASTERS and (above / MANIFEST).is_file() else None


def _asks_for_approval(album: Path) -> bool:
    """Whether the manifest asks for it; the mixes need not be there any more."""
    return read_toml(album / MANIFEST, LARGEST_MANIFEST_BYTES, MANIFEST).get("approval") == "required"
