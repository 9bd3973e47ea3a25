"""The certificate: what was promised of an album and what was measured on the files as written, for machines.

It holds no time of day and no path outside the delivered folder, so equal runs give equal bytes.
"""

import hashlib
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import soundfile
import soxr
from pydantic import BaseModel, Field, ValidationError

from albums import OPERATORS_KEYS, Album, Frozen, Name, SheetTexts
from albums.documents import checked_json, read_text
from albums.faults import Fault, Refusal, Severity
from albums.schema_faults import faults_of
from formats import SHEETS
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.figures import Figures, WholeFigures, figures_of
from pipeline.deliverables.files import DeliveredFile, Form
from pipeline.deliverables.findings import Finding, Promise, ReductionFigures
from pipeline.plan.plan import Plan
from pipeline.plan.treatment import Treatment, is_none, tone_words
from profiles import Profile

CERTIFICATE = "certificate.json"
REPORT = "report.html"
APPROVAL = "approval.json"  # what a person decided on it, see `approval`
UNCERTIFIED = {*OPERATORS_KEYS} - {"deliverables"}
LARGEST_CERTIFICATE_BYTES = 16 * 2**20  # four deliverables of a thousand tracks take half of that
VERSION = 2  # of the form; 1 had neither this key, nor `alone`, `form` and the range of a whole album
LIBRARIES = ("numpy", "scipy", "numba", "soundfile", "soxr", "mutagen", "pillow", "prefect", "pydantic")


def _is_first(version: int) -> bool:
    """Whether the key is left out: a document of old stays as it is, byte for byte."""
    return version == 1


def _is_false(value: bool) -> bool:
    return not value


class Deliverable(Frozen):
    """One deliverable: its files and findings, what was promised of it, and remarks on what was written differently."""

    passed: bool
    """Whether every finding on it passed; what did not is not delivered."""
    title: str
    """What the deliverable is, in a line, as its profile has it."""
    files: tuple[DeliveredFile, ...]
    """Every delivered file; none where it did not pass."""
    findings: tuple[Finding, ...]
    """Every promise beside its measurement."""
    promise: Promise | None
    """What the render promised; null where nothing was."""
    remarks: tuple[str, ...] = ()
    """What was written differently from the manifest, in words."""
    whole: WholeFigures | None = None
    """How it reads as an album; null where nothing of it could be measured, and in certificates of old."""
    form: Annotated[Form | None, Field(exclude_if=is_none)] = None
    """What its files are; left out where they could not be measured, and in certificates of version 1."""


class Remark(Frozen):
    """What a mastering engineer would be told about a mix, and how bad it is."""

    severity: Severity
    """How bad it is: a note, a warning, or a refusal."""
    words: str
    """What it is, in words."""


class TrackAccount(Frozen):
    """One track: what came in, what was decided, and what went out in each deliverable."""

    track: int
    """The track's number on the album, from 1."""
    title: str
    """The track's title, with its version."""
    mix: str
    """The mix, by its path in the album's folder."""
    mix_sha256: str
    """The SHA-256 of the mix, in hexadecimal."""
    before: Figures
    """What was measured of the mix."""
    gain_db: float
    """The gain of the track before the album's drive, in dB."""
    tone: str
    """What the equaliser and the compressor do, in words."""
    compression: ReductionFigures | None = None
    """What the compressor took off, timed from where the mix begins to be used; null where it has none."""
    reasons: tuple[str, ...]
    """Why the mix was treated as it was, in sentences."""
    remarks: tuple[Remark, ...]
    """What a mastering engineer would be told about the mix."""
    after: dict[str, Figures]
    """What was measured of the delivered track, by the name of each deliverable."""


class Certificate(Frozen):
    """Everything promised and measured about one album, or about one deliverable of it alone."""

    version: Annotated[int, Field(ge=1, le=VERSION, exclude_if=_is_first)] = 1
    """The version of this form of certificates: 2; those without this key are of version 1."""
    alone: Annotated[bool, Field(exclude_if=_is_false)] = False
    """Whether it speaks for one deliverable alone, in whose folder it lies, so that this can be sent without the rest.
    Paths of files then begin in that folder, and the certificate itself is not among them."""
    passed: bool
    """Whether every deliverable that was made passed."""
    source: str
    """What it was made from, as one hash: the manifest, the mixes, and what else the decisions rest on."""
    album: dict[str, Any]
    """The album as its manifest has it, defaults filled in, without what only whoever runs the job is told."""
    deliverables: dict[Name, Deliverable]
    """Each deliverable, by its name."""
    tracks: tuple[TrackAccount, ...]
    """Each track, in order: what came in, what was decided, what went out."""
    versions: dict[str, str]
    """What made it: the version of this program, of Python, and of each library whose work is in the samples."""

    def json_text(self) -> str:
        """The certificate as it is written to certificate.json."""
        return self.model_dump_json(indent=1) + "\n"


class Origin(Frozen):
    """What masters are made from, as every certificate of them has it: see `Certificate` and `TrackAccount`."""

    source: str
    album: dict[str, Any]
    before: tuple[Figures, ...]
    remarks: tuple[tuple[Remark, ...], ...]


def origin_of(album: Album, source: str, before: Sequence[Analysis], notes: Sequence[Sequence[Fault]]) -> Origin:
    """The origin of masters of `album`: what was measured of each mix `before`, and the `notes` on each."""
    remarks = (tuple(Remark(severity=fault.severity, words=fault.words) for fault in said) for said in notes)
    return Origin(
        source=source, album=album_facts(album), before=tuple(map(figures_of, before)), remarks=tuple(remarks)
    )


def accounts(
    album: Album,
    treatments: Sequence[Treatment],
    origin: Origin,
    after: Mapping[str, Sequence[Analysis]],
    compressions: Sequence[ReductionFigures | None] = (),
) -> tuple[TrackAccount, ...]:
    """One account for each track; `after` holds each deliverable's tracks in order.

    `compressions` are what the compressor took off each track.
    """
    return tuple(
        TrackAccount(
            track=treatment.track,
            title=track.display_title,
            mix=track.mix,
            mix_sha256=treatment.mix_sha256,
            before=before,
            gain_db=treatment.gain_db,
            tone=tone_words(treatment),
            compression=compressions[index] if compressions else None,
            reasons=treatment.reasons,
            remarks=remarks,
            after={name: figures_of(tracks[index]) for name, tracks in after.items() if index < len(tracks)},
        )
        for index, (track, treatment, before, remarks) in enumerate(
            zip(album.tracks, treatments, origin.before, origin.remarks, strict=True)
        )
    )


def versions() -> dict[str, str]:
    """What made the masters: this program, Python, and the libraries whose work is in the samples."""
    found = {"glassmaster": version("glassmaster"), "python": platform.python_version()}
    found |= {name: version(name) for name in LIBRARIES}
    return found | {"libsndfile": soundfile.__libsndfile_version__, "libsoxr": soxr.__libsoxr_version__}


def album_facts(album: Album) -> dict[str, Any]:
    """The album as its manifest has it, defaults filled in; what has neither is left out, as in a manifest.

    So is what only whoever runs the job is told.
    """
    facts: dict[str, Any] = _said(album.model_dump(mode="json", by_alias=True, exclude=UNCERTIFIED))
    return facts


def as_told(album: Album, profile: Profile) -> Album:
    """`album` as a deliverable tells it: without the texts of sheets where it holds none.

    So another telephone number leaves such files alone, and their own certificate.
    """
    return album if profile.format in SHEETS else album.model_copy(update={"sheets": SheetTexts()})


def with_sheets_as_delivered(certificate: Certificate) -> Certificate:
    """`certificate`, without the texts of sheets where it certifies none: a contact is for who reads a sheet alone."""
    files = (file.path for deliverable in certificate.deliverables.values() for file in deliverable.files)
    if any(PurePosixPath(path).name in SHEETS.values() for path in files):
        return certificate
    album = {key: value for key, value in certificate.album.items() if key != "sheets"}
    return certificate.model_copy(update={"album": album})


def _said(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _said(value) for key, value in found.items() if value not in ("", None)}
    return [_said(value) for value in found] if isinstance(found, list) else found


def source_key(album: Album, plans: Sequence[Plan], pregap_sha256s: Sequence[str] = ()) -> str:
    """What a certificate was made from, as one hash: the manifest, the mixes, and what else the treatments rest on.

    `pregap_sha256s` are of the recordings before an index 1, in the order of their tracks: not every plan has them.
    """
    text = album.model_dump_json(exclude={*OPERATORS_KEYS})
    hashes = [*(t.mix_sha256 for t in plans[0].treatments), plans[0].signature] if plans else []
    return hashlib.sha256("\n".join([text, *hashes, *pregap_sha256s]).encode()).hexdigest()


def carried_over(fresh: Certificate, earlier: Certificate | None, stands: Callable[[Deliverable], bool]) -> Certificate:
    """`fresh` together with what an earlier certificate says of deliverables that were not made this time.

    Only where the album, the mixes and the program are the same, and the files still stand as they were certified.
    """
    if earlier is None or _made_from(earlier) != _made_from(fresh):
        return fresh
    kept = {
        name: deliverable
        for name, deliverable in earlier.deliverables.items()
        if name not in fresh.deliverables and deliverable.passed and stands(deliverable)
    }
    tracks = tuple(
        track.model_copy(update={"after": {**{n: old.after[n] for n in kept if n in old.after}, **track.after}})
        for track, old in zip(fresh.tracks, earlier.tracks, strict=True)
    )
    return fresh.model_copy(update={"deliverables": {**kept, **fresh.deliverables}, "tracks": tracks})


def _made_from(certificate: Certificate) -> tuple[object, ...]:
    return certificate.source, certificate.versions, [track.mix_sha256 for track in certificate.tracks]


def read_certificate(folder: Path, name: str = CERTIFICATE) -> Certificate:
    """The certificate of an album's masters in `folder`; raises Refusal when there is none, or it is broken.

    So it does for one that speaks for one deliverable alone: see `read_any_certificate`.
    """
    certificate = read_any_certificate(folder, name)
    if certificate.alone:
        words = "speaks for one deliverable alone, which can be verified; this wants the folder of all masters"
        raise Refusal([Fault(str(folder / name), words)])
    return certificate


def read_any_certificate(folder: Path, name: str = CERTIFICATE) -> Certificate:
    """The certificate in `folder`, of all masters or of one deliverable alone; raises Refusal as `read_certificate`."""
    path = folder / name
    if not os.path.lexists(path):
        raise Refusal([Fault(str(folder), f"holds no {name}: nothing was finished here")])
    text = checked_json(read_text(path, LARGEST_CERTIFICATE_BYTES, str(path)), str(path))
    _refuse_newer(text, path)
    try:
        certificate = Certificate.model_validate_json(text)
    except ValidationError as error:
        raise Refusal(faults_of(error, str(path), Certificate)) from None
    if certificate.alone and len(certificate.deliverables) != 1:
        words = f"speaks for {len(certificate.deliverables)} deliverables, though it says that it does for one alone"
        raise Refusal([Fault(str(path), words)])
    return certificate


class _Versioned(BaseModel):
    """Of a document, its version alone."""

    version: int = 1


def _refuse_newer(text: str, path: Path) -> None:
    """Raise Refusal for a version that this program does not know, before it is measured by what is known."""
    try:
        found = _Versioned.model_validate_json(text, strict=True).version
    except ValidationError:
        return  # the document as a whole says what is wrong
    if found > VERSION:
        words = f"found {found}, of a newer program; this one knows certificates up to version {VERSION}"
        raise Refusal([Fault(f"{path}: version", words)])
