"""What is sent of an album: every certified file, its certificate, report and approval, and the marker of the whole."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field, ValidationError

from albums import Frozen
from albums.documents import checked_json
from albums.faults import Fault, Refusal, refuse
from albums.regular_files import unreadable
from pipeline.deliverables.approval import REVIEW, certificate_sha256, decision_on
from pipeline.deliverables.certificate import APPROVAL, CERTIFICATE, REPORT, Certificate, read_certificate
from pipeline.deliverables.files import DeliveredFile, has_no_link, is_as_certified, is_below
from pipeline.intake.mix_hashes import fingerprint
from pipeline.system.progress import Advance

COMPLETE, INCOMPLETE = "COMPLETE.json", "INCOMPLETE.json"


class Marker(Frozen):
    """What a whole delivery consists of, as COMPLETE.json has it; in INCOMPLETE.json, what may lie there meanwhile."""

    certificate_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    files: tuple[DeliveredFile, ...]

    def json_text(self) -> str:
        """The marker as it is written."""
        return self.model_dump_json(indent=1) + "\n"


@dataclass(frozen=True)
class Package:
    """An album's finished masters in `out`, as they are sent: `marker` names every file, in the order of sending.

    `sources` has those that lie there under another name, or are made for it, by their paths in the package.
    """

    out: Path
    marker: Marker
    sources: Mapping[str, Path | bytes] = field(default_factory=dict)

    def source(self, file: DeliveredFile) -> Path | bytes:
        """Where a file of the package is taken from, or its bytes."""
        return self.sources.get(file.path, self.out / file.path)

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.bytes for file in self.marker.files)


def read_marker(text: str, is_own: Callable[[DeliveredFile], bool] | None = None) -> Marker | None:
    """The marker that was read somewhere; None where it is none, or names a file that cannot be the package's own.

    What can be is as `is_own` says; `is_deliverys` for masters that are sent as they lie.
    """
    try:
        marker = Marker.model_validate_json(checked_json(text, COMPLETE))
    except (Refusal, ValidationError):
        return None
    return marker if all(map(is_own or is_deliverys, marker.files)) else None


def is_deliverys(file: DeliveredFile) -> bool:
    """Whether a delivery may have put a file at this path: it leads nowhere else, and is no marker."""
    return file.path in (CERTIFICATE, REPORT, APPROVAL) or is_below(file, file.path.partition("/")[0])


def package_of(out: Path, *, needs_approval: bool, advance: Advance = lambda _: None) -> Package:
    """The package of the masters in `out`, which the caller holds; `advance` is told of bytes as they are hashed.

    Raises Refusal unless all passed and stands as it was certified and, where it `needs_approval`, is approved; and
    where they were rejected, or still wait.
    """
    certificate, sha256 = read_certificate(out), certificate_sha256(out)
    decision = decision_on(out)
    is_approved = decision is not None and decision.decision == "approved"
    if not is_approved and (needs_approval or decision is not None or out.name == REVIEW):
        words = "is not approved, and is delivered only when it is: `glassmaster approve`"
        raise Refusal([Fault(str(out / CERTIFICATE), words)])
    refuse(_faults(out, certificate, advance))
    beside = (REPORT, *((APPROVAL,) if is_approved else ()), CERTIFICATE)
    certified = [file for each in certificate.deliverables.values() for file in each.files]
    return Package(
        out, Marker(certificate_sha256=str(sha256), files=(*certified, *(_file(out, name) for name in beside)))
    )


def _file(out: Path, name: str) -> DeliveredFile:
    path = out / name
    try:
        return DeliveredFile(path=name, sha256=fingerprint(path), bytes=path.stat().st_size)
    except OSError as error:
        raise Refusal([Fault(str(path), unreadable(error))]) from None


def _faults(out: Path, certificate: Certificate, advance: Advance) -> list[Fault]:
    found = []
    for name, deliverable in certificate.deliverables.items():
        if not (certificate.passed and deliverable.passed and deliverable.files):
            found.append(Fault(str(out / name), "failed its audit; only what passed is delivered"))
        for file in deliverable.files:
            if not is_below(file, name) or not has_no_link(file, out) or not is_as_certified(file, out):
                found.append(Fault(str(out / file.path), "is not byte for byte as it was certified"))
            advance(file.bytes)
    if not certificate.deliverables:
        found.append(Fault(str(out / CERTIFICATE), "certifies nothing"))
    return found
