"""Masters approved and put in their place, or rejected where they wait.

Until all have their place they stay whole where they waited: what is put in place is linked, not moved. So a kill at
any moment leaves the old or the new under each name, and approving again completes what was cut off.
"""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from albums.documents import read_text
from albums.faults import Fault, Refusal, refuse
from albums.schema_faults import faults_of
from pipeline.deliverables.approval import (
    Approved,
    Decision,
    approval_state,
    certificate_sha256,
    decision_on,
    review_folder,
)
from pipeline.deliverables.certificate import (
    APPROVAL,
    CERTIFICATE,
    LARGEST_CERTIFICATE_BYTES,
    REPORT,
    Certificate,
    read_certificate,
)
from pipeline.deliverables.files import DeliveredFile, has_no_link, is_as_certified, is_below
from pipeline.deliverables.journal import JOURNAL
from pipeline.deliverables.output_folder import (
    EARLIER,
    earlier_certificate,
    finish_with,
    held,
    is_ours,
    obstacles,
    put_in_place,
    refusing,
    staging_folder,
)
from pipeline.system.placing import remove, sync_folder, write_whole

LARGEST_REPORT_BYTES = 2**28  # an album of a thousand tracks in four deliverables takes a tenth of that


@dataclass(frozen=True)
class Outcome:
    """What stands decided, and whether it was decided just now."""

    decision: Decision
    is_new: bool


def approve(out: Path, by: str, sha256: str, note: str = "", when: datetime | None = None) -> Outcome:
    """Approve the masters that wait for `out`, whose certificate has the hash `sha256`, and put them in their place.

    Approved once, they stay so: the same approval again changes nothing, and completes one that was cut off. Raises
    Refusal, and changes nothing, where another certificate waits or none, and where a file is not as it was certified.
    `when` is now unless it is given.
    """
    _refuse_unless_named(out, sha256)
    if certificate_sha256(review_folder(out)) is None:
        return _tidied(out)
    with held(out), held(review_folder(out)):
        review = review_folder(out)
        _refuse_unless_named(out, sha256)
        certificate, known = read_certificate(review), decision_on(review)
        page, text = _documents(review, certificate)
        waiting = [name for name, each in certificate.deliverables.items() if not _is_there(out, name, each.files)]
        refuse(obstacles(out, waiting, earlier_certificate(out)))
        is_new = known is None or known.decision != "approved"
        if known is None or is_new:
            known = _decided("approved", by, sha256, certificate, when, note=note)
            with refusing(review, APPROVAL):
                write_whole(review / APPROVAL, known.json_text())
        for name in waiting:
            _put_in_place(review, out, name, certificate.deliverables[name].files)
        finish_with(out, certificate, {REPORT: page, APPROVAL: known.json_text(), CERTIFICATE: text})
        withdraw(review)
    return Outcome(known, is_new)


def reject(out: Path, by: str, sha256: str, why: str, when: datetime | None = None) -> Outcome:
    """Reject the masters that wait for `out`, whose certificate has the hash `sha256`; they stay where they are.

    Rejected again for the same reason by the same person changes nothing. Raises Refusal, and changes nothing, as
    `approve` does, and where they are approved already.
    """
    _refuse_unless_named(out, sha256)
    if certificate_sha256(review_folder(out)) is None:
        raise Refusal([Fault(str(out), f"is approved already, by {_decision(out).by}, and in its place")])
    with held(review_folder(out)):
        review = review_folder(out)
        _refuse_unless_named(out, sha256)
        certificate, known = read_certificate(review), decision_on(review)
        if known and known.decision == "approved":
            raise Refusal([Fault(str(review), f"is approved already, by {known.by}; approving again puts it in place")])
        new = _decided("rejected", by, sha256, certificate, when, why=why)
        if known and (known.by, known.why) == (new.by, new.why):
            return Outcome(known, is_new=False)
        with refusing(review, APPROVAL):
            write_whole(review / APPROVAL, new.json_text())
    return Outcome(new, is_new=True)


def _tidied(out: Path) -> Outcome:
    """The approval that stands in `out`; what a kill after it has left is cleared away."""
    with held(out), held(review_folder(out)):
        decision = _decision(out)
        withdraw(review_folder(out), read_certificate(out))
        with refusing(out, EARLIER):
            remove(out / EARLIER)
    return Outcome(decision, is_new=False)


def withdraw(review: Path, certificate: Certificate | None = None) -> None:
    """Take what waits in `review`, which the caller holds, out of the way: nothing there waits for a decision any more.

    The certificate goes first, so that what is cut off waits no more either. What others have put there stays; what
    this program has is known by the certificate there, or by the one that is given.
    """
    certificate = certificate or earlier_certificate(review)
    with refusing(review, "what waited there"):
        remove(review / CERTIFICATE)
        sync_folder(review)
        for name in (EARLIER, REPORT, APPROVAL, JOURNAL):
            remove(review / name)
        for name, deliverable in certificate.deliverables.items() if certificate else ():
            if is_ours(review / name, {file.path for file in deliverable.files}):
                remove(review / name)


def _refuse_unless_named(out: Path, sha256: str) -> None:
    """Raise Refusal unless `sha256` names the certificate that waits, or the approved one where none does."""
    state = approval_state(out)
    review = review_folder(out)
    if state is None:
        raise Refusal([Fault(str(review), "holds no masters that wait for approval")])
    if state.certificate_sha256 != sha256:
        what = f"approved there, by {state.by}" if isinstance(state, Approved) else "waiting there"
        where = out if isinstance(state, Approved) else review
        words = f"the certificate {what}, has the SHA-256 {state.certificate_sha256}, and {sha256} was named"
        raise Refusal([Fault(str(where / CERTIFICATE), f"{words}; approve what was listened to")])


def _decision(out: Path) -> Decision:
    """The approval that stands in `out`."""
    decision = decision_on(out)
    if decision is None:  # taken away since it was looked at
        raise Refusal([Fault(str(out / APPROVAL), "is no longer there")])
    return decision


def _decided(
    what: str, by: str, sha256: str, certificate: Certificate, when: datetime | None, note: str = "", why: str = ""
) -> Decision:
    """A decision as it is written down; raises Refusal for a name or a reason that is no line of text."""
    now = (when or datetime.now(UTC)).astimezone(UTC)
    said = {"note": note or None, "why": why if what == "rejected" else None}
    document = {"decision": what, "by": by, "when": f"{now:%Y-%m-%dT%H:%M:%SZ}", "certificate_sha256": sha256}
    try:
        return Decision.model_validate({**document, "deliverables": tuple(certificate.deliverables), **said})
    except ValidationError as error:
        raise Refusal(faults_of(error, APPROVAL, Decision)) from None


def _documents(review: Path, certificate: Certificate) -> tuple[str, str]:
    """The texts of the report and of the certificate; raises Refusal unless all that is certified passed and stands."""
    refuse(_changed(review, certificate))
    report, certified = review / REPORT, review / CERTIFICATE
    page = read_text(report, LARGEST_REPORT_BYTES, str(report))
    text = read_text(certified, LARGEST_CERTIFICATE_BYTES, str(certified))
    if hashlib.sha256(text.encode()).hexdigest() != certificate_sha256(review):  # an editor has put a mark before it
        raise Refusal([Fault(str(certified), "is not as this program wrote it; have it made anew")])
    return page, text


def _changed(review: Path, certificate: Certificate) -> Iterator[Fault]:
    for name, deliverable in certificate.deliverables.items():
        if not (certificate.passed and deliverable.passed and deliverable.files):
            yield Fault(str(review / name), "failed its audit; what did not pass cannot be approved")
        for file in deliverable.files:
            if not is_below(file, name) or not has_no_link(file, review) or not is_as_certified(file, review):
                words = "is not byte for byte as it was certified; have it made anew, and listen again"
                yield Fault(str(review / file.path), words)


def _is_there(out: Path, name: str, files: tuple[DeliveredFile, ...]) -> bool:
    """Whether a deliverable has its place in `out` already, and nothing lies beside its files."""
    return all(is_as_certified(file, out) for file in files) and is_ours(out / name, {file.path for file in files})


def _put_in_place(review: Path, out: Path, name: str, files: tuple[DeliveredFile, ...]) -> None:
    aside = staging_folder(out, name)
    try:
        with refusing(out, name):
            for file in files:
                (aside / file.path).parent.mkdir(parents=True, exist_ok=True)
                _link(review / file.path, aside / file.path)
            put_in_place(aside / name, out / name, files)
    finally:
        with suppress(OSError):  # what has its place has it; the next run removes the rest
            remove(aside)


def _link(source: Path, target: Path) -> None:
    """Have the file `source` at `target` as well, copied where the file system has no hard links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)
