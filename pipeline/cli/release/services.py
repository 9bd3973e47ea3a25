"""`glassmaster services`: what each streaming service will play of what was delivered."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.naming import delivered_folder
from pipeline.cli.options import PASSED, AsJson
from pipeline.cli.shown import door


def services(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A delivered folder, with its certificate.json.")],
    as_json: AsJson = False,
) -> None:
    """Tell what each streaming service will play of delivered masters: gain, what is left of the arc, limiters."""
    place = delivered_folder(folder, "services")
    from pipeline.cli.shown.tables.services import playback_document, print_playbacks
    from pipeline.deliverables.certificate import read_certificate
    from pipeline.plan.edited_plan import open_plan
    from pipeline.plan.plan import PLAN
    from pipeline.reporting.services import playbacks, why_not
    from profiles.services import load_services

    known, certificate = load_services(), read_certificate(place)
    passed = [name for name, each in certificate.deliverables.items() if each.passed]
    profiles = {name: open_plan(place / name / PLAN).profile for name in passed if (place / name / PLAN).exists()}
    found = playbacks(known, certificate, profiles)
    left_out = {name: why_not(certificate, name, profiles.get(name)) for name in certificate.deliverables}
    left_out = {name: why for name, why in left_out.items() if why}
    if as_json:
        deliverables = {name: playback_document(playback) for name, playback in found.items()}
        door.print_json({"passed": True, "deliverables": deliverables, "left_out": left_out})
    else:
        print_playbacks(found, left_out, known)
    raise typer.Exit(PASSED)
