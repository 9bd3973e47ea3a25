"""Does a certificate still hold: every file hashed again, opened again and measured again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from albums import Album
from albums.faults import Refusal
from albums.schema_faults import faults_of
from pipeline.deliverables.audit import audit
from pipeline.deliverables.certificate import CERTIFICATE, Certificate, Deliverable, read_any_certificate
from pipeline.deliverables.figures import figures_of, quiet_tracks, whole_figures
from pipeline.deliverables.files import Lying, as_it_lies, form_of
from pipeline.deliverables.findings import Finding
from pipeline.plan.edited_plan import open_plan
from pipeline.plan.plan import PLAN

HASH = "SHA-256 of the file as it lies there"
METERS_DIFFER_DB = 0.015  # figures are written to a hundredth; another processor may round the last one otherwise


@dataclass(frozen=True)
class Verification:
    """What was found in a delivered folder: its certificate, and findings for each deliverable."""

    certificate: Certificate
    findings: dict[str, tuple[Finding, ...]]

    @property
    def passed(self) -> bool:
        """Whether everything that the certificate says holds, and it says that all passed."""
        said = [self.certificate.passed, *(each.passed for each in self.certificate.deliverables.values())]
        return all(said) and all(f.passed for findings in self.findings.values() for f in findings)


def verify(folder: Path, advance: Callable[[float], None] = lambda _: None) -> Verification:
    """Hold the certificate in `folder` against the files beside it; raises Refusal where there is none to hold.

    It may be that of all masters, or of the one deliverable in whose folder it lies, wherever that has been carried.
    """
    certificate = read_any_certificate(folder)
    album = certified_album(certificate)
    findings = {
        name: (
            *_files(folder, deliverable),
            *_measured(name, folder if certificate.alone else folder / name, album, certificate, advance),
        )
        for name, deliverable in certificate.deliverables.items()
        if deliverable.passed
    }
    strangers = tuple(_strangers(folder, certificate))
    return Verification(certificate, {**findings, **({"folder": strangers} if strangers else {})})


def certified_album(certificate: Certificate) -> Album:
    """The album as `certificate` has it; raises Refusal where that is none."""
    try:
        return TypeAdapter(Album).validate_json(TypeAdapter(dict).dump_json(certificate.album))
    except ValidationError as error:
        raise Refusal(faults_of(error, CERTIFICATE, Album)) from None


def _files(folder: Path, deliverable: Deliverable) -> Iterator[Finding]:
    for file in deliverable.files:
        found, wanted = as_it_lies(file, folder), Lying(file.bytes, file.sha256)
        measured = "missing" if found is None else str(found)
        yield Finding(where=file.path, quantity="content", measured=measured, required=str(wanted), unit="",
                      method=HASH, passed=found == wanted)  # fmt: skip


def _measured(
    name: str, place: Path, album: Album, certificate: Certificate, advance: Callable[[float], None]
) -> Iterator[Finding]:
    """The findings of a new audit, and whether they and all figures are those that were certified.

    The deliverable called `name` lies in `place`.
    """
    deliverable = certificate.deliverables[name]
    promise = deliverable.promise
    if promise is None:
        yield _finding(name, "promise", "missing", "there", passed=False)
        return
    try:
        plan = open_plan(place / PLAN)
    except Refusal as refusal:
        yield from (_finding(f.where, "readable", f.words, "opens", passed=False) for f in refusal.faults)
        return
    result = audit(place, _as_delivered(album, place), plan, promise, advance)
    yield from result.findings
    certified = [finding.model_dump() for finding in deliverable.findings]
    yield _as_certified(name, "findings", same=_alike(certified, [finding.model_dump() for finding in result.findings]))
    figures = [track.after[name].model_dump() if name in track.after else None for track in certificate.tracks]
    measured = [figures_of(track).model_dump() for track in result.tracks]
    yield _as_certified(name, "figures of the tracks", same=_alike(figures, measured))
    whole, form = deliverable.whole, deliverable.form
    if whole is not None and result.tracks:
        found = whole_figures(result.tracks, quiet_tracks([track.before for track in certificate.tracks]))
        # Which of two equally loud tracks is the loudest may be another one on another machine. A certificate of old
        # says nothing of some figures.
        said, heard = (each.model_dump(include=whole.model_fields_set - {"loudest"}) for each in (whole, found))
        yield _as_certified(name, "figures of the album", same=_alike(said, heard))
    if form is not None:
        yield _as_certified(name, "form", same=form == form_of(plan.profile, result.layouts))


def _alike(one: Any, other: Any) -> bool:
    """Whether two documents say the same; figures may differ as those of one meter on two machines do."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= METERS_DIFFER_DB
    return bool(one == other)


def _as_delivered(album: Album, place: Path) -> Album:
    """The album with its cover looked for where it was delivered: its own folder need not be at hand."""
    cover = next((path.name for path in sorted(place.glob("cover.*"))), "") if album.release.cover else ""
    return album.model_copy(update={"folder": place, "release": album.release.model_copy(update={"cover": cover})})


def _strangers(folder: Path, certificate: Certificate) -> Iterator[Finding]:
    """Files that the certificate does not name: in its deliverables' folders, and in others that hold a plan."""
    known = {file.path for deliverable in certificate.deliverables.values() for file in deliverable.files}
    names = {*certificate.deliverables, *(path.parent.name for path in folder.glob(f"*/{PLAN}"))}
    if certificate.alone:
        known, names = known | {CERTIFICATE}, {"."}
    for name in sorted(names):
        for path in sorted((folder / name).rglob("*")):
            said = path.relative_to(folder).as_posix()
            if path.is_file() and said not in known:
                yield _finding(said, "certified", "no", "every file is", passed=False)


def _as_certified(where: str, quantity: str, *, same: bool) -> Finding:
    return _finding(where, quantity, "as certified" if same else "others", "as certified", passed=same)


def _finding(where: str, quantity: str, measured: str, required: str, *, passed: bool) -> Finding:
    return Finding(where=where, quantity=quantity, measured=measured, required=required, unit="",
                   method=f"against {CERTIFICATE}", passed=passed)  # fmt: skip
