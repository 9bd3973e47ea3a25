"""What people see of an approval: where masters wait, what is to be listened to, the line to type, what was decided."""

import shlex
from typing import Any

from albums import MASTERS
from pipeline.cli.shown.door import Styled, errors, output
from pipeline.deliverables.approval import Approved, Rejected, State, Waiting
from pipeline.deliverables.approval.decide import Outcome
from pipeline.deliverables.certificate import Certificate
from pipeline.mastering.job import Job

SHORT = 12  # digits of a hash that are enough to compare by eye (taste)


def state_document(job: Job, state: State) -> dict[str, Any]:
    """What is decided of a job's masters, for a machine; with the line that approves them where they wait."""
    names = {Waiting: "waiting", Approved: "approved", Rejected: "rejected"}
    typed = {} if isinstance(state, Approved) else {"folder": str(job.out), "approve": _typed(job, state)}
    return {"state": names[type(state)], **vars(state), **typed}


def print_state(job: Job, state: State) -> None:
    """What is decided of a job's masters, and what is to be typed where nothing is."""
    if isinstance(state, Approved):
        output.say(Styled("approved", "green"), f"  by {state.by}, {state.when}")
    elif isinstance(state, Rejected):
        output.say(Styled("rejected", "red"), f"  by {state.by}, {state.when}: {state.why}")
        output.say(f"They stay in {job.out} until the album is changed, or: {_typed(job, state)}")
    else:
        output.say(Styled("waiting", "yellow"), f"  for approval, in {job.out}")
        output.say(f"Listen to them, then: {_typed(job, state)}")


def print_question(certificate: Certificate, sha256: str) -> None:
    """What is about to be decided on: the album, each deliverable's loudness, and the certificate's hash, shortened."""
    album = certificate.album["album"]
    errors.say(f"{album['artist']}: {album['title']}")
    for name, deliverable in certificate.deliverables.items():
        for finding in deliverable.findings:
            if finding.quantity == "integrated loudness":
                errors.say(f"  {name}  {finding.where}: {finding.measured} {finding.unit}")
    errors.say(f"  certificate {sha256[:SHORT]}")


def print_outcome(outcome: Outcome, place: str) -> None:
    """What was decided, or stands decided already, and where the masters are."""
    decision = outcome.decision
    already = "" if outcome.is_new else " already"
    style = "green" if decision.decision == "approved" else "red"
    why = f": {decision.why}" if decision.why else ""
    output.say(Styled(decision.decision, style), f"{already}  by {decision.by}, {decision.when}{why}")
    output.say(f"  {', '.join(decision.deliverables)}  {place}")


def _typed(job: Job, state: State) -> str:
    """The line that approves what waits; NAME is for the person to fill in."""
    own = job.place == job.folder / MASTERS
    words = [str(job.folder), "--by", "NAME", *(() if own else ("--out", str(job.place)))]
    return f"`glassmaster approve {shlex.join([*words, '--certificate', state.certificate_sha256])}`"
