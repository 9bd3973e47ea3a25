"""`glassmaster tag`: other texts for masters that stand."""

from pathlib import Path
from typing import Annotated

import typer

from albums import MANIFEST
from albums.faults import Fault, Refusal
from pipeline.cli.naming import album_folder, delivered_folder
from pipeline.cli.options import FAILED, PASSED, AsJson, working
from pipeline.cli.shown import door
from pipeline.cli.shown.stages import Piece, Stage
from pipeline.mastering.job import own_masters
from pipeline.settings.schema import NO_SETTINGS, Settings


def tag(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A delivered folder, with its certificate.json.")],
    album: Annotated[
        Path | None, typer.Option("--album", metavar="ALBUM", help="The album's folder. Default: the one DIR lies in.")
    ] = None,
    as_json: AsJson = False,
    settings: Settings = NO_SETTINGS,
) -> None:
    """Give delivered masters the titles, codes, credits and cover that album.toml has now; nothing is rendered."""
    is_album = (folder / MANIFEST).is_file()
    out = delivered_folder(own_masters(folder) if is_album else folder, "tag")
    of = album_folder(album or (folder if is_album else _album_of(out)))
    from pipeline.deliverables.certificate import read_certificate
    from pipeline.mastering.standing.tag import tag as tag_masters

    pieces = {name: Piece(name, 1.0) for name in read_certificate(out).deliverables}
    with working([Stage("tagging", f"tagging {out}", pieces)]) as (work, _):
        certificate = tag_masters(of, out, work, settings)
    if as_json:
        door.print_json(certificate.model_dump(mode="json"))
    else:
        from pipeline.cli.shown.tables.certificate import print_certificate

        print_certificate(certificate, out)
    raise typer.Exit(PASSED if certificate.passed else FAILED)


def _album_of(out: Path) -> Path:
    """The album's folder that `out` lies in; raises Refusal where there is none, with what to type."""
    above = out.absolute().parent
    if not (above / MANIFEST).is_file():
        raise Refusal([Fault(str(out), f"lies in no album's folder; name the one with {MANIFEST} by --album ALBUM")])
    return above
