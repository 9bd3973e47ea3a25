"""The files of a release as they were written: recordings and cover, with what a message says of each.

Rates, bits and lengths are read from the files, never taken from what was planned.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

import formats
from albums import MANIFEST
from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable
from pipeline.deliverables.certificate import Certificate, Deliverable
from pipeline.deliverables.files import DeliveredFile
from pipeline.delivery.ddex.message.allowed_values import IMAGES, KINDS, AudioKind
from pipeline.plan.edited_plan import open_plan
from pipeline.plan.plan import PLAN, Plan

CHOICE = f"{MANIFEST}: ddex.deliverable"
COVER = "cover"  # the file's name beside the tracks, before its suffix
HASHES = {"MD5": "md5", "SHA1": "sha1", "SHA-256": "sha256", "SHA-512": "sha512"}  # hashlib's names
PIECE_BYTES = 2**20
DECODERS: dict[str, type[ImageFile]] = {".jpg": JpegImageFile, ".png": PngImageFile}


@dataclass(frozen=True)
class Stored:
    """A certified file, and its hash by the algorithm that the receiver asks for."""

    file: DeliveredFile
    algorithm: str
    digest: str

    @property
    def suffix(self) -> str:
        """In small letters, with its dot."""
        return PurePosixPath(self.file.path).suffix.lower()


@dataclass(frozen=True)
class Recording:
    """A track's file: its samples' rate in Hz, their bits (0 for a lossy file) and their number."""

    stored: Stored
    kind: AudioKind
    rate_hz: int
    bits: int
    frames: int

    @property
    def duration_s(self) -> float:
        """How long it plays."""
        return self.frames / self.rate_hz


@dataclass(frozen=True)
class Picture:
    """The cover's file; its sides in pixels."""

    stored: Stored
    width: int
    height: int


@dataclass(frozen=True)
class Resources:
    """All files of a release, in the order of its tracks; `joined` are the tracks that follow without silence."""

    recordings: tuple[Recording, ...]
    cover: Picture | None
    joined: frozenset[int] = field(default=frozenset())


def resources_of(out: Path, certificate: Certificate, name: str | None, algorithm: str) -> Resources:
    """Those of the deliverable `name` in `out`, or of the only one that there can be, hashed by `algorithm`.

    Raises Refusal where there is none, where there are several to choose from, and where files are not as certified.
    """
    name, plan = _chosen(out, certificate, name)
    deliverable, kind = certificate.deliverables[name], KINDS[plan.profile.format]
    layout = formats.named(plan.profile.format).read(out / name).programmes[0].layout
    files = _tracks(deliverable, kind)
    if not len(files) == len(layout.marks) == len(certificate.tracks):
        words = f"holds {len(files)} tracks; {len(certificate.tracks)} were certified"
        raise Refusal([Fault(str(out / name), words)])
    recordings = [
        Recording(
            _stored(out, file, algorithm), kind, layout.rate_hz, layout.bits if kind.holds_bits else 0, stop - start
        )
        for file, (_, start, stop) in zip(files, layout.spans(), strict=True)
    ]
    return Resources(tuple(recordings), _cover(out, deliverable, algorithm), plan.joined)


def _chosen(out: Path, certificate: Certificate, name: str | None) -> tuple[str, Plan]:
    if name is not None and name not in certificate.deliverables:
        words = f"{name!r} was not delivered; known here: {', '.join(certificate.deliverables)}"
        raise Refusal([Fault(CHOICE, words)])
    plans = {each: open_plan(out / each / PLAN) for each in ([name] if name else certificate.deliverables)}
    fit = {each: plan for each, plan in plans.items() if plan.profile.format in KINDS}
    if not fit:
        words = f"finds none that is a file for each track, among {', '.join(certificate.deliverables)}"
        raise Refusal([Fault(CHOICE, words)])
    if len(fit) > 1:
        words = f'is not said, and there are several; write deliverable = "{next(iter(fit))}", or one of'
        raise Refusal([Fault(CHOICE, f"{words} {', '.join(fit)}")])
    return next(iter(fit.items()))


def _tracks(deliverable: Deliverable, kind: AudioKind) -> list[DeliveredFile]:
    """The files of the tracks, which their names put in order."""
    return sorted((file for file in deliverable.files if file.path.endswith(kind.suffix)), key=lambda file: file.path)


def _cover(out: Path, deliverable: Deliverable, algorithm: str) -> Picture | None:
    for file in deliverable.files:
        path = PurePosixPath(file.path)
        if path.stem == COVER and path.suffix in IMAGES:
            stored = _stored(out, file, algorithm)
            return Picture(stored, *_size(out / file.path))
    return None


def _size(path: Path) -> tuple[int, int]:
    """Width and height in pixels, from the picture's head; it was decoded when it was delivered."""
    try:
        with open_regular(path) as file, DECODERS[path.suffix](file) as image:
            return image.width, image.height
    except Exception:  # Pillow's decoders raise exceptions of any kind on broken input
        raise Refusal([Fault(str(path), "is no JPEG or PNG that can be read")]) from None


def _stored(out: Path, file: DeliveredFile, algorithm: str) -> Stored:
    certified = hashlib.sha256()
    asked = hashlib.new(HASHES[algorithm], usedforsecurity=False)
    for piece in pieces_of(out / file.path):
        certified.update(piece)
        asked.update(piece)
    if certified.hexdigest() != file.sha256:
        raise Refusal([Fault(str(out / file.path), "is not byte for byte as it was certified")])
    return Stored(file, algorithm, asked.hexdigest())


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a regular file; raises Refusal where they cannot be read."""
    try:
        with open_regular(path) as source:
            while piece := source.read(PIECE_BYTES):
                yield piece
    except OSError as error:
        raise Refusal([Fault(str(path), unreadable(error))]) from None
