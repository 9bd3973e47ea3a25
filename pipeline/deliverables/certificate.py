"""The certificate: what was promised of an album and what was measured on the files as written, for machines.

It holds no time of day and no path outside the delivered folder, so equal runs give equal bytes.
"""

import hashlib
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import soundfile
import soxr
from pydantic import ValidationError

from albums import OPERATORS_KEYS, Album, Frozen, Name
from albums.documents import checked_json, read_text
from albums.faults import Fault, Refusal, Severity
from albums.schema_faults import faults_of
from formats import SHEETS
from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.figures import Figures, WholeFigures, figures_of
from pipeline.deliverables.files import DeliveredFile
from pipeline.deliverables.findings import Finding, Promise, ReductionFigures
from pipeline.plan.plan import Plan
from pipeline.plan.treatment import Treatment, tone_words

CERTIFICATE = "certificate.json"
REPORT = "report.html"
APPROVAL = "approval.json"  # what a person decided on it, see `approval`
UNCERTIFIED = {*OPERATORS_KEYS} - {"deliverables"}
LARGEST_CERTIFICATE_BYTES = 16 * 2**20  # four deliverables of a thousand tracks take half of that
LIBRARIES = ("numpy", "scipy", "numba", "soundfile", "soxr", "mutagen", "pillow", "prefect", "pydantic")


class Deliverable(Frozen):
    """One deliverable: its files and findings, what was promised of it, and remarks on what was written differently.

    `whole` is how it reads as an album; None where nothing of it could be measured, and in certificates of old.
    """

    passed: bool
    title: str
    files: tuple[DeliveredFile, ...]
    findings: tuple[Finding, ...]
    promise: Promise | None
    remarks: tuple[str, ...] = ()
    whole: WholeFigures | None = None


class Remark(Frozen):
    """What a mastering engineer would be told about a mix, and how bad it is."""

    severity: Severity
    words: str


class TrackAccount(Frozen):
    """One track: what came in, what was decided, and what went out in each deliverable."""

    track: int
    title: str
    mix: str
    mix_sha256: str
    before: Figures
    gain_db: float
    tone: str
    compression: ReductionFigures | None = None
    """What the compressor took off, timed from where the mix begins to be used; None where it has none."""
    reasons: tuple[str, ...]
    remarks: tuple[Remark, ...]
    after: dict[str, Figures]


class Certificate(Frozen):
    """Everything promised and measured about one album; `source` identifies what it was made from."""

    passed: bool
    source: str
    album: dict[str, Any]
    deliverables: dict[Name, Deliverable]
    tracks: tuple[TrackAccount, ...]
    versions: dict[str, str]

    def json_text(self) -> str:
        """The certificate as it is written to certificate.json."""
        return self.model_dump_json(indent=1) + "\n"


def accounts(
    album: Album,
    treatments: Sequence[Treatment],
    before: Sequence[Analysis],
    after: Mapping[str, Sequence[Analysis]],
    remarks: Sequence[Sequence[Fault]],
    compressions: Sequence[ReductionFigures | None] = (),
) -> tuple[TrackAccount, ...]:
    """One account for each track; `after` holds each deliverable's tracks in order, `remarks` those on each mix.

    `compressions` are what the compressor took off each track.
    """
    return tuple(
        TrackAccount(
            track=treatment.track,
            title=track.display_title,
            mix=track.mix,
            mix_sha256=treatment.mix_sha256,
            before=figures_of(analysis),
            gain_db=treatment.gain_db,
            tone=tone_words(treatment),
            compression=compressions[index] if compressions else None,
            reasons=treatment.reasons,
            remarks=tuple(Remark(severity=fault.severity, words=fault.words) for fault in said),
            after={name: figures_of(tracks[index]) for name, tracks in after.items() if index < len(tracks)},
        )
        for index, (track, treatment, analysis, said) in enumerate(
            zip(album.tracks, treatments, before, remarks, strict=True)
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
    """The certificate in `folder`; raises Refusal when there is none, or it is broken."""
    path = folder / name
    if not os.path.lexists(path):
        raise Refusal([Fault(str(folder), f"holds no {name}: nothing was finished here")])
    text = checked_json(read_text(path, LARGEST_CERTIFICATE_BYTES, str(path)), str(path))
    try:
        return Certificate.model_validate_json(text)
    except ValidationError as error:
        raise Refusal(faults_of(error, str(path), Certificate)) from None
