"""Approval: masters that wait in a folder for a person, and what that person decided, in a file beside the certificate.

The file names the certificate by its hash, so that it speaks of these masters and of no others. It alone is the truth:
whatever waits for it elsewhere is only woken. It holds the time of day, which a certificate never does.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, ValidationError

import profiles
from albums import Frozen, Name, Text
from albums.documents import checked_json, read_text
from albums.faults import Fault, Refusal
from albums.regular_files import read_regular, unreadable
from albums.schema_faults import faults_of
from pipeline.deliverables.certificate import (
    APPROVAL,
    CERTIFICATE,
    LARGEST_CERTIFICATE_BYTES,
    Certificate,
    Deliverable,
    read_certificate,
    versions,
)
from pipeline.deliverables.output_folder import COVER, stands
from pipeline.plan.plan import PLAN, Plan

REVIEW = profiles.REVIEW
LARGEST_DECISION_BYTES = 2**18  # the names of all deliverables that an album may have take a fraction of that
RFC_3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"  # section 5.6, in UTC and whole seconds


class Decision(Frozen):
    """What a person decided on the masters of one certificate, as it is written to approval.json."""

    decision: Literal["approved", "rejected"]
    by: Text
    when: Annotated[str, Field(pattern=f"^{RFC_3339}$")]
    certificate_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    deliverables: tuple[Name, ...]
    note: Text | None = None
    why: Text | None = None
    """Why they are rejected; an approval has a note, or nothing."""

    def json_text(self) -> str:
        """The decision as it is written."""
        return self.model_dump_json(indent=1, exclude_none=True) + "\n"


@dataclass(frozen=True)
class Waiting:
    """Masters wait for a decision; `certificate_sha256` is what it has to name."""

    certificate_sha256: str


@dataclass(frozen=True)
class Approved:
    """The masters in place are approved."""

    certificate_sha256: str
    by: str
    when: str


@dataclass(frozen=True)
class Rejected:
    """The masters in the folder for review are rejected, and stay there."""

    certificate_sha256: str
    by: str
    when: str
    why: str


State = Waiting | Approved | Rejected


def review_folder(out: Path) -> Path:
    """Where masters wait that are to go to `out`; raises Refusal where that is a link."""
    folder = out / REVIEW
    if folder.is_symlink():  # in a stranger's folder it may lead anywhere
        raise Refusal([Fault(str(folder), "is a link, which is not followed; move it, or choose another --out")])
    return folder


def approval_state(out: Path) -> State | None:
    """What is decided of the masters that are to go to `out`, or stand there; None where nobody was or is asked.

    New masters that wait come before older ones that stand approved. An approval that was cut off before all had its
    place counts as waiting: approving again completes it. Raises Refusal where a document cannot be read.
    """
    review = review_folder(out)
    waiting = certificate_sha256(review)
    if waiting is None:
        said = decision_on(out)
        is_approved = said is not None and said.decision == "approved"
        return Approved(said.certificate_sha256, said.by, said.when) if said and is_approved else None
    said = decision_on(review)
    if said and said.decision == "rejected":
        return Rejected(waiting, said.by, said.when, said.why or "")
    return Waiting(waiting)


def certificate_sha256(folder: Path) -> str | None:
    """The SHA-256 of the certificate in `folder`, None where there is none; raises Refusal where it is unreadable."""
    path = folder / CERTIFICATE
    if not os.path.lexists(path):
        return None
    try:
        return hashlib.sha256(read_regular(path, LARGEST_CERTIFICATE_BYTES)).hexdigest()
    except OSError as error:
        raise Refusal([Fault(str(path), unreadable(error))]) from None


def decision_on(folder: Path) -> Decision | None:
    """The decision in `folder`, if there is one and it names the certificate there; raises Refusal if it is broken."""
    path = folder / APPROVAL
    if not os.path.lexists(path):
        return None
    text = checked_json(read_text(path, LARGEST_DECISION_BYTES, str(path)), str(path))
    try:
        decision = Decision.model_validate_json(text)
    except ValidationError as error:
        raise Refusal(faults_of(error, str(path), Decision)) from None
    return decision if decision.certificate_sha256 == certificate_sha256(folder) else None


def approved_as_planned(out: Path, source: str, plans: Sequence[Plan], cover_sha256: str = "") -> Certificate | None:
    """The certificate in `out`, if it is approved and what a run would make now is what stands there already.

    `source` is the run's `source_key` and `cover_sha256` the hash of the album's cover, "" without one. The program,
    every plan and the cover have to be the same, and every certified file has to stand, byte for byte.
    """
    decision = decision_on(out)
    if decision is None or decision.decision != "approved":
        return None
    certificate = read_certificate(out)
    if not certificate.passed or (certificate.source, certificate.versions) != (source, versions()):
        return None
    if not all(_is_as_planned(certificate.deliverables.get(plan.profile.name), plan, cover_sha256) for plan in plans):
        return None
    return certificate if all(stands(out, each.files) for each in certificate.deliverables.values()) else None


def _is_as_planned(deliverable: Deliverable | None, plan: Plan, cover_sha256: str) -> bool:
    """Whether a deliverable was made by `plan`, and with the same cover where it has one."""
    if deliverable is None or not deliverable.passed:
        return False
    hashes = {file.path: file.sha256 for file in deliverable.files}
    covers = {found for path, found in hashes.items() if PurePosixPath(path).stem == COVER}
    planned = hashlib.sha256(plan.json_text().encode()).hexdigest()
    return hashes.get(f"{plan.profile.name}/{PLAN}") == planned and covers <= {cover_sha256}
