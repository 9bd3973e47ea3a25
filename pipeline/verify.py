"""Does a certificate still hold: every file hashed again, opened again and measured again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from albums import Album
from albums.faults import Refusal
from pipeline.audit import Finding, audit
from pipeline.certificate import CERTIFICATE, Certificate, Deliverable, read_certificate
from pipeline.ingest import fingerprint
from pipeline.overrule import read_plan
from pipeline.plan import PLAN

HASH = "SHA-256 of the file as it lies there"


@dataclass(frozen=True)
class Verification:
    """What was found in a delivered folder: its certificate, and findings for each deliverable."""

    certificate: Certificate
    findings: dict[str, tuple[Finding, ...]]

    @property
    def passed(self) -> bool:
        """Whether everything that the certificate says holds, and it says that all passed."""
        return self.certificate.passed and all(f.passed for findings in self.findings.values() for f in findings)


def verify(folder: Path, advance: Callable[[float], None] = lambda _: None) -> Verification:
    """Hold the certificate in `folder` against the files beside it; raises Refusal where there is none to hold."""
    certificate = read_certificate(folder)
    album = TypeAdapter(Album).validate_json(_json(certificate))
    findings = {
        name: (*_files(folder, deliverable), *_measured(folder / name, album, deliverable, advance))
        for name, deliverable in certificate.deliverables.items()
        if deliverable.passed
    }
    strangers = tuple(_strangers(folder, certificate))
    return Verification(certificate, {**findings, **({"folder": strangers} if strangers else {})})


def _json(certificate: Certificate) -> bytes:
    return TypeAdapter(dict).dump_json(certificate.album)


def _files(folder: Path, deliverable: Deliverable) -> Iterator[Finding]:
    root = folder.resolve()
    for file in deliverable.files:
        path = (root / file.path).resolve()
        there = path.is_relative_to(root) and path.is_file()
        found = fingerprint(path) if there else "missing"
        yield Finding(where=file.path, quantity="content", measured=found, required=file.sha256, unit="", method=HASH,
                      passed=found == file.sha256)  # fmt: skip


def _measured(
    place: Path, album: Album, deliverable: Deliverable, advance: Callable[[float], None]
) -> Iterator[Finding]:
    """The findings of a new audit, and whether they are those that were certified."""
    if deliverable.promise is None or not (place / PLAN).is_file():
        return
    try:
        plan = read_plan((place / PLAN).read_text("utf-8", "replace"), f"{place.name}/{PLAN}")
    except Refusal as refusal:
        yield from (_finding(f.where, "readable", f.words, "opens", passed=False) for f in refusal.faults)
        return
    findings = audit(place, _as_delivered(album, place), plan, deliverable.promise, advance).findings
    yield from findings
    same = findings == deliverable.findings
    yield _finding(place.name, "findings", "as certified" if same else "others", "as certified", passed=same)


def _as_delivered(album: Album, place: Path) -> Album:
    """The album with its cover looked for where it was delivered: its own folder need not be at hand."""
    cover = next((path.name for path in sorted(place.glob("cover.*"))), "") if album.release.cover else ""
    return album.model_copy(update={"folder": place, "release": album.release.model_copy(update={"cover": cover})})


def _strangers(folder: Path, certificate: Certificate) -> Iterator[Finding]:
    """Files in the deliverables' folders that the certificate does not name."""
    known = {file.path for deliverable in certificate.deliverables.values() for file in deliverable.files}
    for name in certificate.deliverables:
        for path in sorted((folder / name).rglob("*")):
            said = path.relative_to(folder).as_posix()
            if path.is_file() and said not in known:
                yield _finding(said, "certified", "no", "every file is", passed=False)


def _finding(where: str, quantity: str, measured: str, required: str, *, passed: bool) -> Finding:
    return Finding(where=where, quantity=quantity, measured=measured, required=required, unit="",
                   method=f"against {CERTIFICATE}", passed=passed)  # fmt: skip
