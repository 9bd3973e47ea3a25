"""What the tagged tracks of a folder say together: each its own texts, and all the same of the album and its cover.

And what all kinds of tags have in common, as mutagen writes and reads them.
"""

import errno
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from mutagen import MutagenError
from mutagen.flac import Picture

from albums import Album
from albums.faults import Fault, Refusal
from formats._shared import cover
from formats._shared.cover import Cover
from formats._shared.files import only
from formats._shared.tags import pairs

FRONT_COVER = 3  # RFC 9639, 8.8


class Tagged(Protocol):
    """A file whose tags were read: pairs, as `pairs` has them, and its cover's SHA-256, "" without one."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def pairs(self) -> Iterable[tuple[str, str]]:
        """Its tags, whatever kind they are, under the names of Vorbis comments."""

    @property
    def cover(self) -> str:
        """The hash of the picture within."""


def texts(album: Album) -> dict[str, str]:
    """The texts as the tags have them; `album.cover` is the cover's SHA-256. Raises Refusal for a broken cover."""
    art = cover.of_album(album)
    return pairs.texts(album) | ({"album.cover": art.digest} if art else {})


def picture_block(art: Cover) -> Picture:
    """The cover as FLAC, Opus and Vorbis hold it (RFC 9639, 8.8)."""
    picture = Picture()  # type: ignore[no-untyped-call]
    picture.type, picture.mime, picture.data = FRONT_COVER, art.mime, art.data
    picture.width, picture.height, picture.depth = art.width, art.height, art.depth
    return picture


def cover_hash(path: Path, covers: Sequence[bytes], called: str = "front covers") -> str:
    """The SHA-256 of the one cover found in the file at `path`, "" without one; raises Refusal for more."""
    if len(covers) > 1:
        raise Refusal([Fault(path.name, f"has {len(covers)} {called}; wanted one")])
    return hashlib.sha256(covers[0]).hexdigest() if covers else ""


def as_os_error(error: MutagenError) -> OSError:
    """The system's own error, that a disk is full for instance, if there was one: mutagen wraps it in its own."""
    cause = error.args[0] if error.args else None
    return cause if isinstance(cause, OSError) else OSError(errno.EIO, f"tags cannot be written: {error}")


def texts_of(folder: Path, files: Sequence[Tagged]) -> Mapping[str, str]:
    """The texts by place of `files`, which are the tracks in `folder` in order, and the cover beside them.

    Raises Refusal where one is missing, where they say different things of the album, and where the cover beside them
    is another one.
    """
    found: dict[str, str] = {}
    for number, file in enumerate(files, 1):
        said = pairs.texts_of(file.pairs, number, len(files), file.path.name)
        before = {place: text for place, text in found.items() if place.startswith("album.")} if found else said
        for place in {**before, **said}:
            own, other = said.get(place), before.get(place)
            if place.startswith("album.") and own != other:
                raise Refusal([Fault(file.path.name, f"says {place} is {own!r}, the file before it {other!r}")])
        found |= said
    if files[0].cover:
        beside = only(folder, f"{cover.BESIDE}.*")
        if cover.load(beside).digest != files[0].cover:
            raise Refusal([Fault(beside.name, "is not the picture that the tracks hold")])
        found["album.cover"] = files[0].cover
    return found
