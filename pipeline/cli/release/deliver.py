"""`glassmaster deliver`: finished masters sent to a place, and read back there."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from albums import MANIFEST, MASTERS, Packing
from albums.faults import Fault, Refusal, refuse
from pipeline.cli.options import PASSED, AsJson, OperatorsApproval, working
from pipeline.cli.shown import door
from pipeline.cli.shown.stages import Piece, Stage
from pipeline.delivery.requests import Packaging, read_settings, wishes_in
from pipeline.mastering.job import own_masters
from pipeline.system.progress import Advance

if TYPE_CHECKING:
    from pipeline.delivery.deliver import Delivery

DELIVER = "deliver"  # the one piece of work
KINDS = '"folder": as they lie. "ddex": an ERN 4.3 message. Default: as album.toml says.'
PackageKind = Annotated[Packing | None, typer.Option(metavar="KIND", help=KINDS)]
DdexSettings = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Settings for DDEX, in TOML; album.toml's own go before them.")
]
SchemaFolder = Annotated[
    Path | None, typer.Option(metavar="DIR", help="DDEX's own schemas, to check the message against as well.")
]


def deliver(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of masters, or an album that has some.")],
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="A folder, or an address as in s3://bucket/folder.")],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="The folder's name there. Default: the album folder's.")
    ] = None,
    package: PackageKind = None,
    ddex: DdexSettings = None,
    schemas: SchemaFolder = None,
    approval: OperatorsApproval = None,
    as_json: AsJson = False,
) -> None:
    """Send finished masters to a place, verify them there, and mark the delivery as complete."""
    out, album = _masters(folder)
    wishes = wishes_in(album)
    asked = Packaging(ddex=read_settings(ddex), schemas=schemas).of(wishes)
    asked = asked.model_copy(update={"kind": package or asked.kind})
    _refuse_unfit(asked, name, ddex)
    needs_approval = approval == "required" or wishes.needs_approval
    called = name if name is not None else (album or out).resolve().name
    from pipeline.deliverables.certificate import read_certificate
    from pipeline.delivery.deliver import PASSES

    files = [file for each in read_certificate(out).deliverables.values() for file in each.files]
    amount = float(PASSES * sum(file.bytes for file in files))
    stage = Stage("delivering", f"delivering {len(files)} files", {DELIVER: Piece(called, amount)})
    with working([stage]) as (work, _), work.at_work(DELIVER, amount) as advance:
        delivery = _delivered(out, to, called, asked, advance, needs_approval=needs_approval)
    from pipeline.cli.shown.tables.delivery import delivery_document, print_delivery

    if as_json:
        door.print_json({"passed": True, **delivery_document(delivery)})
    else:
        print_delivery(delivery)
    raise typer.Exit(PASSED)


def _refuse_unfit(asked: Packaging, name: str | None, ddex: Path | None) -> None:
    """Raise Refusal for an option that goes with the other kind of package."""
    if asked.kind == "ddex" and name is not None:
        raise Refusal([Fault("--name", "goes with folders; a batch of DDEX is named by ddex.layout.batch")])
    if asked.kind != "ddex":
        given = {"--ddex": ddex, "--schemas": asked.schemas}
        refuse(Fault(option, "goes with --package ddex") for option, path in given.items() if path is not None)


def _delivered(
    out: Path, to: str, name: str, asked: Packaging, advance: Advance, *, needs_approval: bool
) -> "Delivery":
    if asked.kind == "ddex":
        from pipeline.delivery.ddex.sending import deliver_ddex

        now, schemas = datetime.now(UTC), asked.schemas
        return deliver_ddex(out, to, asked.ddex, now, schemas=schemas, needs_approval=needs_approval, advance=advance)
    from pipeline.delivery.deliver import deliver as deliver_masters

    return deliver_masters(out, to, name, needs_approval=needs_approval, advance=advance)


def _masters(given: Path) -> tuple[Path, Path | None]:
    """The folder of masters that is meant, and its album's folder where that is known."""
    if (given / MANIFEST).is_file():
        return own_masters(given), given
    if not given.is_dir():
        raise Refusal([Fault(str(given), "is no folder" if given.exists() else "is not there")])
    above = given.absolute().parent
    return given, above if given.name == MASTERS and (above / MANIFEST).is_file() else None
