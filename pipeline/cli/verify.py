"""`glassmaster verify`: does what was delivered still hold?"""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from albums.faults import Refusal
from pipeline.cli.naming import delivered_folder
from pipeline.cli.options import FAILED, PASSED, AsJson, working
from pipeline.cli.shown import door
from pipeline.cli.shown.stages import Piece, Stage

VERIFY = "verify"  # the one piece of work


def verify(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A delivered folder with its certificate.json, all or one of it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Hash, open and measure a delivered folder again, and say whether its certificate still holds."""
    place = delivered_folder(folder)
    from pipeline.deliverables.verify import verify as verify_folder

    sound_s = _sound_s(place)
    stage = Stage("verifying", f"verifying {place}", {VERIFY: Piece(str(place), sound_s)})
    with working([stage]) as (work, _), work.at_work(VERIFY, sound_s) as advance:
        found = verify_folder(place, advance)
    if as_json:
        findings = {name: [f.model_dump(mode="json") for f in each] for name, each in found.findings.items()}
        door.print_json({"passed": found.passed, "deliverables": findings})
    else:
        from pipeline.cli.shown.tables.certificate import print_verification

        print_verification(found)
    raise typer.Exit(PASSED if found.passed else FAILED)


def _sound_s(folder: Path) -> float:
    """About how many seconds of sound lie in `folder`, by the plans there; what cannot be read is left to `verify`."""
    from pipeline.plan.edited_plan import open_plan
    from pipeline.plan.plan import PLAN

    sound_s = 0.0
    for path in (*folder.glob(f"*/{PLAN}"), *folder.glob(PLAN)):
        with suppress(Refusal, OSError):
            sound_s += open_plan(path).sound_s
    return sound_s
