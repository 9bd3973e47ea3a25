"""`glassmaster approve`: what a person decides on masters that wait."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from albums.faults import Fault, Refusal
from pipeline.cli.naming import album_folder
from pipeline.cli.options import PASSED, STOPPED, AlbumFolder, AsJson
from pipeline.cli.shown import door
from pipeline.mastering.job import own_masters

DIGITS = 64  # of a SHA-256 in hexadecimal


def approve(
    album: AlbumFolder,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who decides.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where masters go, as for master. Default: ALBUM/masters.")
    ] = None,
    certificate: Annotated[
        str | None,
        typer.Option(metavar="SHA256", help="What was listened to; may be left out where a terminal can ask."),
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="A remark that is kept with the approval.")] = "",
    reject: Annotated[str | None, typer.Option(metavar="WHY", help="Reject them; they stay where they are.")] = None,
    as_json: AsJson = False,
) -> None:
    """Approve masters that wait in DIR/review, and put them in DIR; or reject them."""
    place = out or own_masters(album_folder(album))

    named = _named(place, certificate, is_rejection=reject is not None)
    if named is None:
        raise typer.Exit(STOPPED)
    from pipeline.deliverables.approval.decide import approve as approve_masters
    from pipeline.deliverables.approval.decide import reject as reject_masters

    is_approved = reject is None
    outcome = approve_masters(place, by, named, note) if is_approved else reject_masters(place, by, named, reject or "")
    if as_json:
        door.print_json({"passed": True, **outcome.decision.model_dump(mode="json", exclude_none=True)})
    else:
        from pipeline.cli.shown.tables.approval import print_outcome
        from pipeline.deliverables.approval import review_folder

        print_outcome(outcome, str(place if outcome.decision.decision == "approved" else review_folder(place)))
    raise typer.Exit(PASSED)


def _named(out: Path, certificate: str | None, *, is_rejection: bool) -> str | None:
    """The hash that is decided on: named, or asked for; None where the person says no.

    Raises Refusal where nothing waits, where none is named and nobody can be asked, and for what is no hash.
    """
    if certificate is not None:
        named = certificate.strip().lower()
        if len(named) != DIGITS or set(named) - set("0123456789abcdef"):
            raise Refusal(
                [Fault("--certificate", f"wanted the {DIGITS} hexadecimal digits of a certificate's SHA-256")]
            )
        return named
    from pipeline.deliverables.approval import Approved, approval_state, review_folder

    state = approval_state(out)
    if state is None:
        raise Refusal([Fault(str(review_folder(out)), "holds no masters that wait for approval")])
    if not sys.stdin.isatty():
        words = "names no certificate, and there is no terminal to ask; a decision names what was listened to"
        raise Refusal([Fault("--certificate", words)])
    if isinstance(state, Approved):
        return state.certificate_sha256
    return _asked(review_folder(out), state.certificate_sha256, is_rejection=is_rejection)


def _asked(review: Path, sha256: str, *, is_rejection: bool) -> str | None:
    from pipeline.cli.shown.tables.approval import print_question
    from pipeline.deliverables.certificate import read_certificate

    print_question(read_certificate(review), sha256)
    door.errors.say(f"{'Reject' if is_rejection else 'Approve'} these masters? Type yes or no:")
    return sha256 if sys.stdin.readline().strip().lower() in ("y", "yes") else None
