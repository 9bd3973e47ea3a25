"""The certificate: what was promised of an album and what was measured on the files as written, for machines.

It holds no time of day and no path outside the delivered folder, so equal runs give equal bytes.
"""

import hashlib
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import soundfile
import soxr
from pydantic import Field, ValidationError

from albums import Album, Frozen, Name
from albums.faults import Fault, Refusal, Severity, faults_of
from pipeline import tone
from pipeline.analysis import Analysis, together
from pipeline.audit import Finding, Promise
from pipeline.ingest import fingerprint
from pipeline.plan import Plan
from pipeline.treatment import Treatment

CERTIFICATE = "certificate.json"
REPORT = "report.html"
LARGEST_CERTIFICATE_BYTES = 64 * 2**20
LIBRARIES = ("numpy", "scipy", "numba", "soundfile", "soxr", "mutagen", "prefect", "pydantic")


class DeliveredFile(Frozen):
    """One delivered file: its path from the delivered folder, its hash and its size."""

    path: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]


class Deliverable(Frozen):
    """One deliverable: its files and findings, what was promised of it, and remarks on what was written differently."""

    passed: bool
    title: str
    files: tuple[DeliveredFile, ...]
    findings: tuple[Finding, ...]
    promise: Promise | None
    remarks: tuple[str, ...] = ()


class Heard(Frozen):
    """A stretch of music in the figures people compare; None where one is undefined."""

    integrated_lufs: float | None
    maximum_momentary_lufs: float | None
    maximum_short_term_lufs: float | None
    loud_end_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    annex_2_dbtp: float | None
    """True peak as a meter with the example filter of BS.1770-5, Annex 2 shows it."""
    peak_to_loudness_lu: float | None
    minimum_psr_lu: float | None
    dr: int | None
    correlation: float | None
    low_correlation: float | None
    """Of the low end, under 150 Hz."""
    mono_loss_lu: float | None


class HeardTogether(Frozen):
    """An album as a whole: gating blocks pooled over its tracks, and the loudest of them, by its number."""

    integrated_lufs: float | None
    loudest_lufs: float | None
    loudest: int | None
    true_peak_dbtp: float | None
    dr: int | None


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
    before: Heard
    gain_db: float
    tone: str
    reasons: tuple[str, ...]
    remarks: tuple[Remark, ...]
    after: dict[str, Heard]


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


def heard(analysis: Analysis) -> Heard:
    """The figures of `analysis` as a certificate shows them, to a hundredth."""
    loudness, peak = analysis.loudness, analysis.true_peak
    return Heard(
        integrated_lufs=_rounded(loudness.integrated_lufs),
        maximum_momentary_lufs=_rounded(loudness.maximum_momentary_lufs),
        maximum_short_term_lufs=_rounded(loudness.maximum_short_term_lufs),
        loud_end_lufs=_rounded(analysis.loud_end_lufs),
        range_lu=_rounded(loudness.range_lu),
        true_peak_dbtp=_rounded(peak.true_peak_dbtp),
        annex_2_dbtp=_rounded(peak.annex_2_dbtp),
        peak_to_loudness_lu=_rounded(analysis.peak_to_loudness_lu),
        minimum_psr_lu=_rounded(analysis.minimum_psr_lu),
        dr=analysis.dynamics.dr,
        correlation=_rounded(analysis.stereo.correlation),
        low_correlation=_rounded(analysis.spectrum.low_correlation),
        mono_loss_lu=_rounded(analysis.spectrum.mono_loss_lu),
    )


def heard_together(analyses: Sequence[Analysis]) -> HeardTogether:
    """The figures of an album as they are shown, to a hundredth."""
    found = together(analyses)
    return HeardTogether(
        integrated_lufs=_rounded(found.integrated_lufs),
        loudest_lufs=_rounded(found.loudest_lufs),
        loudest=found.loudest,
        true_peak_dbtp=_rounded(found.true_peak_dbtp),
        dr=found.dr,
    )


def accounts(
    album: Album,
    treatments: Sequence[Treatment],
    before: Sequence[Analysis],
    after: Mapping[str, Sequence[Analysis]],
    remarks: Sequence[Sequence[Fault]],
) -> tuple[TrackAccount, ...]:
    """One account for each track; `after` holds each deliverable's tracks in order, `remarks` those on each mix."""
    return tuple(
        TrackAccount(
            track=treatment.track,
            title=track.title,
            mix=track.mix,
            mix_sha256=treatment.mix_sha256,
            before=heard(analysis),
            gain_db=treatment.gain_db,
            tone=tone_words(treatment),
            reasons=treatment.reasons,
            remarks=tuple(Remark(severity=fault.severity, words=fault.words) for fault in said),
            after={name: heard(tracks[index]) for name, tracks in after.items() if index < len(tracks)},
        )
        for index, (track, treatment, analysis, said) in enumerate(
            zip(album.tracks, treatments, before, remarks, strict=True)
        )
    )


def tone_words(treatment: Treatment) -> str:
    """A track's equaliser and compressor in a few words."""
    words = tone.in_words(treatment.equaliser())
    return f"{words}; glued over {treatment.compression.threshold_dbfs:g} dBFS" if treatment.compression else words


def files_in(folder: Path, root: Path) -> tuple[DeliveredFile, ...]:
    """Every file below `folder`, by its path from `root`, in the order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple(_delivered(path, path.relative_to(root).as_posix()) for path in paths)


def as_it_lies(file: DeliveredFile, root: Path) -> DeliveredFile | None:
    """What now lies at the path of `file` below `root`; None when nothing is there that can be read, or elsewhere."""
    try:
        path = (root / file.path).resolve()
        inside = path.is_relative_to(root.resolve()) and path.is_file()
        return _delivered(path, file.path) if inside else None
    except (OSError, ValueError):  # no name that a disk takes
        return None


def _delivered(path: Path, name: str) -> DeliveredFile:
    return DeliveredFile(path=name, sha256=fingerprint(path), bytes=path.stat().st_size)


def versions() -> dict[str, str]:
    """What made the masters: this program, Python, and the libraries whose work is in the samples."""
    found = {"glassmaster": version("glassmaster"), "python": platform.python_version()}
    found |= {name: version(name) for name in LIBRARIES}
    return found | {"libsndfile": soundfile.__libsndfile_version__, "libsoxr": soxr.__libsoxr_version__}


def album_facts(album: Album) -> dict[str, Any]:
    """The album as its manifest has it, defaults filled in; what has neither is left out, as in a manifest."""
    facts: dict[str, Any] = _said(album.model_dump(mode="json", by_alias=True))
    return facts


def _said(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _said(value) for key, value in found.items() if value not in ("", None)}
    return [_said(value) for value in found] if isinstance(found, list) else found


def source_key(album: Album, plans: Sequence[Plan]) -> str:
    """What a certificate was made from, as one hash: the manifest, the mixes, and what else the treatments rest on."""
    text = album.model_dump_json(exclude={"deliverables"})
    hashes = [*(t.mix_sha256 for t in plans[0].treatments), plans[0].signature] if plans else []
    leading = [track.lead_in.mix for track in album.tracks if track.lead_in.mix]
    hashes += [fingerprint(album.folder / name) for name in leading]  # not every plan has them
    return hashlib.sha256("\n".join([text, *hashes]).encode()).hexdigest()


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


def read_certificate(folder: Path) -> Certificate:
    """The certificate in `folder`; raises Refusal when there is none, or it is broken."""
    path = folder / CERTIFICATE
    if not path.is_file():
        raise Refusal([Fault(str(folder), f"holds no {CERTIFICATE}: nothing was finished here")])
    try:
        if path.stat().st_size > LARGEST_CERTIFICATE_BYTES:
            raise Refusal([Fault(str(path), "is too large to be a certificate")])
        return Certificate.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise Refusal(faults_of(error, str(path), Certificate)) from None
    except OSError as error:
        raise Refusal([Fault(str(path), f"cannot be read: {error.strerror}")]) from None


def _rounded(value: float | None) -> float | None:
    return None if value is None or value == float("-inf") else round(value, 2)
