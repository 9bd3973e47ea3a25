"""What the tagged tracks of a folder say together: each its own texts, and all the same of the album and its cover."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from albums.faults import Fault, Refusal
from formats._shared import cover, vorbis_comments
from formats._shared.files import only


class Tagged(Protocol):
    """A file whose tags were read: names and values as Vorbis comments, and its cover's SHA-256, "" without one."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def comments(self) -> Iterable[tuple[str, str]]:
        """Its tags, whatever kind they are, under the names that `vorbis_comments` has."""

    @property
    def cover(self) -> str:
        """The hash of the picture within."""


def texts_of(folder: Path, files: Sequence[Tagged]) -> Mapping[str, str]:
    """The texts by place of `files`, which are the tracks in `folder` in order, and the cover beside them.

    Raises Refusal where one is missing, where they say different things of the album, and where the cover beside them
    is another one.
    """
    texts: dict[str, str] = {}
    for number, file in enumerate(files, 1):
        said = vorbis_comments.texts_of(file.comments, number, len(files), file.path.name)
        before = {place: text for place, text in texts.items() if place.startswith("album.")} if texts else said
        for place in {**before, **said}:
            own, other = said.get(place), before.get(place)
            if place.startswith("album.") and own != other:
                raise Refusal([Fault(file.path.name, f"says {place} is {own!r}, the file before it {other!r}")])
        texts |= said
    if files[0].cover:
        beside = only(folder, f"{cover.BESIDE}.*")
        if cover.load(beside).digest != files[0].cover:
            raise Refusal([Fault(beside.name, "is not the picture that the tracks hold")])
        texts["album.cover"] = files[0].cover
    return texts
