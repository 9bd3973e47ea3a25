"""`glassmaster verify`: does what was delivered still hold?"""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli import console
from pipeline.cli.options import FAILED, PASSED, AsJson, working


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A delivered folder, with its certificate.json.")],
    as_json: AsJson = False,
) -> None:
    """Hash, open and measure a delivered folder again, and say whether its certificate still holds."""
    from pipeline.cli.tables import print_verification
    from pipeline.deliverables.verify import verify as verify_folder

    with working() as work, work.at_work("verify", 0.0) as advance:
        found = verify_folder(folder, advance)
    if as_json:
        findings = {name: [f.model_dump(mode="json") for f in each] for name, each in found.findings.items()}
        console.print_json({"passed": found.passed, "deliverables": findings})
    else:
        print_verification(found)
    raise typer.Exit(PASSED if found.passed else FAILED)
