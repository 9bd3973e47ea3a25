"""The cover: an image from outside, judged before it is put into anything, and never changed.

Source: RFC 9639, 8.1 (a metadata block has a 24-bit length) and 8.8 (picture); Spotify asks for squares of at least 640
pixels, most shops advise 3000; what is noted here, 1400, lies between them by taste.
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile

from albums import Album
from albums.faults import Fault, Refusal, Severity
from formats._shared.cover_objections import bits_per_channel, objections
from formats._shared.files import content

JPEG_BEGINS = b"\xff\xd8"
# By how a file begins. Pillow's own search for the kind is not asked: it warns and refuses by settings of the process,
# and takes a JPEG that holds further pictures for something else.
KINDS: dict[bytes, tuple[type[ImageFile], str, str]] = {
    JPEG_BEGINS: (JpegImageFile, "image/jpeg", ".jpg"),
    b"\x89PNG": (PngImageFile, "image/png", ".png"),
}
START_OF_SCAN = b"\xda"
MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd9\xff])", re.DOTALL)  # those that a length follows
PICTURE_BYTES = 32 + len("image/jpeg")  # what a FLAC picture block holds besides the image: eight numbers and the type
LARGEST_BYTES = 2**24 - 1 - PICTURE_BYTES
LARGEST_PIXELS = 8000 * 8000  # taste: more than any shop takes, and it is 200 MB when decoded
MOST_SCANS = 64  # taste: encoders write about 10, and a file of thousands takes hours to decode
SMALLEST_SIDE = 1400
BESIDE = "cover"  # the file's name beside the tracks, before its suffix


@dataclass(frozen=True)
class Cover:
    """An image as its file has it; `depth` is in bits per pixel, `objections` are what shops have against it."""

    data: bytes = field(repr=False)
    mime: str
    suffix: str
    width: int
    height: int
    depth: int
    objections: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What shows that this very file was delivered: its SHA-256 in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


def load(path: Path) -> Cover:
    """The cover in `path`, decoded once to see that it can be; raises Refusal if not, or if it is no JPEG or PNG."""
    return loaded(content(path, LARGEST_BYTES), path.name)


def loaded(data: bytes, name: str) -> Cover:
    """As `load`, of the bytes of a file called `name`."""
    try:
        decoder, mime, suffix = next(kind for begin, kind in KINDS.items() if data.startswith(begin))
        with decoder(io.BytesIO(data)) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise Refusal([fault(f"has {image.width} x {image.height} pixels; at most 8000 x 8000 are taken")])
            if len([*islice(_scans(data), MOST_SCANS + 1)]) > MOST_SCANS:
                words = f"is stored in more than {MOST_SCANS} passes over the picture, which take long; export it anew"
                raise Refusal([fault(words)])
            image.load()
            depth = max(8, bits_per_channel(data)) * len(image.getbands())
            return Cover(data, mime, suffix, image.width, image.height, depth, tuple(objections(image, data)))
    except Refusal:
        raise
    except Exception:  # Pillow's decoders raise exceptions of any kind on broken input
        raise Refusal([fault(f"{name!r} is no JPEG or PNG that can be decoded")]) from None


def _scans(data: bytes) -> Iterator[int]:
    """Where a JPEG goes over its picture once more; nothing of what is none (ITU-T T.81, B.1.1: markers, lengths)."""
    place = len(JPEG_BEGINS)
    while data.startswith(JPEG_BEGINS) and (marker := MARKER.search(data, place)):
        if marker[1] == START_OF_SCAN:
            yield marker.start()
        place = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")


def of_album(album: Album) -> Cover | None:
    """The album's cover, None where it has none; raises Refusal as `load` does."""
    return load(album.folder / album.release.cover) if album.release.cover else None


def faults_of(album: Album) -> Iterator[Fault]:
    """What `faults` has against the album's cover; nothing where it has none."""
    if album.release.cover:
        yield from faults(album.folder / album.release.cover)


def faults(path: Path) -> Iterator[Fault]:
    """The refusals of `load`, and notes where the cover is not as shops ask for it."""
    try:
        cover = load(path)
    except Refusal as refusal:
        yield from refusal.faults
        return
    size = f"is {cover.width} x {cover.height} pixels"
    if cover.width != cover.height:
        yield fault(f"{size}; shops want a square", "note")
    if min(cover.width, cover.height) < SMALLEST_SIDE:
        yield fault(f"{size}; shops want {SMALLEST_SIDE} a side or more", "note")
    yield from (fault(words, "note") for words in cover.objections)


def write_beside(folder: Path, cover: Cover | None) -> None:
    """Write the cover, if there is one, as it is into `folder`, beside the tracks."""
    if cover:
        (folder / f"{BESIDE}{cover.suffix}").write_bytes(cover.data)


def fault(words: str, severity: Severity = "refusal") -> Fault:
    """What is to be told of the album's cover."""
    return Fault("album.cover", words, severity)
