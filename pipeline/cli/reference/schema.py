"""`glassmaster schema`: what a manifest, a profile, a plan or a certificate is made of, for editors and tools."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from albums.faults import Fault, Refusal
from pipeline.cli.shown.door import output, print_json


class Document(StrEnum):
    """What there is a schema of, as it is typed; `json_schemas` takes half a second to import."""

    MANIFEST = "manifest"
    PROFILE = "profile"
    PLAN = "plan"
    CERTIFICATE = "certificate"


def schema(
    document: Annotated[Document, typer.Argument(metavar="DOCUMENT", help="manifest, profile, plan or certificate.")],
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it there instead.")] = None,
) -> None:
    """Print the JSON Schema of album.toml, of a profile, of plan.json or of certificate.json.

    It has a description for every key. Editors complete keys and mark mistakes by it: begin album.toml with the line
    #:schema FILE, and have Taplo, or Even Better TOML in VS Code.
    """
    from pipeline.cli.reference.json_schemas import schema_of

    try:
        found = schema_of(document.value)
    except OSError as error:
        raise Refusal(
            [Fault("", f"the program's own source, where the texts stand, is not at hand: {error}")]
        ) from None
    if out is None:
        print_json(found)
        return
    import json

    from pipeline.system.placing import write_whole

    if out.is_dir():
        raise Refusal([Fault(str(out), "is a folder; --out wants the file that the schema is written to")])
    try:
        write_whole(out, json.dumps(found, indent=1) + "\n")
    except OSError as error:
        raise Refusal([Fault(str(out), f"cannot be written: {error.strerror}")]) from None
    output.say(f"written to {out}")
