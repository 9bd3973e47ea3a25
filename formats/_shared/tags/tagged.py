"""Tagged tracks of a folder: what they say together, each its own texts, and all the same of the album and its cover.

They are tagged again in their places where another manifest, or what was measured of them, says something else: the
sound in them is the same to the byte, which is seen to.
"""

import errno
import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Generic, Protocol, TypeVar

from mutagen import MutagenError
from mutagen.flac import Picture

from albums import Album
from albums.faults import Fault, Refusal, refuse
from formats._shared import cover, marks
from formats._shared.cover import Cover
from formats._shared.file_names import name_faults, track_file_name
from formats._shared.files import only
from formats._shared.programme import Block, Layout, Programme, Reading, end_to_end
from formats._shared.tags import pairs
from formats._shared.tags.loudness import StatedLoudness, replay_gain, stated_in
from formats._shared.tags.table import FRONT_COVER, LOUDNESS

READ_BYTES = 2**20  # at a time; no result depends on it


class Tagged(Protocol):
    """A file whose tags were read: pairs, as `pairs` has them, and its cover's SHA-256, "" without one."""

    @property
    def path(self) -> Path:
        """Where it lies."""

    @property
    def layout(self) -> Layout:
        """Its rate, bits and length."""

    @property
    def pairs(self) -> Iterable[tuple[str, str]]:
        """Its tags, whatever kind they are, under the names of Vorbis comments."""

    @property
    def cover(self) -> str:
        """The hash of the picture within."""


Tag = Callable[[Path, Iterable[tuple[str, str]], Cover | None], None]
"""What puts pairs and a cover into the file at a path, in the place of what tags it has. Raises OSError."""
Write = Callable[[Path, Iterable[Block], Layout, Sequence[tuple[str, str]], Cover | None], None]
"""What writes blocks of a layout to a path, with pairs and a cover. Raises ValueError where they are not as it says."""

File = TypeVar("File", bound=Tagged)


@dataclass(frozen=True)
class TaggedTracks(Generic[File]):
    """The tagged tracks of one kind of file: how one is named, tagged, opened, read, and where the sound in it lies.

    `tag` is made for files of a layout. `blocks` gives the samples of a file from one on, `sound` the stretches of it
    that are its encoded sound, whatever its tags are; `notation` is how loudness is written. The methods are those of
    `formats.Format`.
    """

    suffix: str
    tag: Callable[[Layout], Tag]
    opened: Callable[[Path], File]
    blocks: Callable[[File, int], Iterator[Block]]
    sound: Callable[[Path], Iterator[bytes]]
    notation: Callable[[StatedLoudness], Iterable[tuple[str, str]]] = replay_gain

    def check(self, album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
        """Refusals for marks that are no sequence of tracks, for names that files cannot have together, and for a cover
        that no store takes; notes on a poor cover.
        """
        faults = (*marks.one_programme(layouts), *marks.faults(layouts, len(album.tracks)), *cover.faults_of(album))
        misnamed = (name_faults(album, self.suffix, layout.names) for layout in layouts[:1])
        return (*faults, *(fault for found in misnamed for fault in found))

    def texts(self, album: Album, layouts: Sequence[Layout]) -> dict[str, str]:  # noqa: ARG002 - the protocol's
        """The texts as the tags have them, see `texts`."""
        return texts(album)

    def write_lossless(self, folder: Path, album: Album, programmes: Sequence[Programme], write: Write) -> None:
        """Write the tracks by `write`, and the cover, into `folder`, in one pass over the programme.

        Raises Refusal with what `check` refuses, ValueError when the programme is not as its layout says.
        """
        layouts = [programme.layout for programme in programmes]
        refuse(self.check(album, layouts))
        art, said = cover.of_album(album), texts(album)
        for number, own, blocks in programmes[0].tracks():
            path = folder / track_file_name(album, number, self.suffix, own.names)
            write(path, blocks, own, [*pairs.pairs(said, number, len(album.tracks))], art)
        cover.write_beside(folder, art)

    def read(self, folder: Path) -> Reading:
        """The tracks in `folder` as one programme; raises Refusal when they are not as they were written."""
        files = [self.opened(path) for path in self.in_folder(folder)]
        if not files:
            raise Refusal([Fault(str(folder), f"holds no {self.suffix[1:].upper()}")])
        refuse([*_unlike(files), *pairs.wrong_discs((file.path.name, file.pairs) for file in files)])
        tracks = [Programme(file.layout, partial(self.blocks, file)) for file in files]
        stated = tuple(stated_in(file.pairs) for file in files)
        return Reading((end_to_end(tracks),), _texts_of(folder, files), stated)

    def in_folder(self, folder: Path) -> list[Path]:
        """The tracks in `folder`, in order."""
        return sorted(folder.glob(f"*{self.suffix}"))

    def as_stated(self, loudness: StatedLoudness) -> StatedLoudness:
        """What is read again where `loudness` was stated: files of this kind hold not all of it, and that rounded."""
        return stated_in(self.notation(loudness))

    def state_loudness(self, folder: Path, layout: Layout, loudness: Sequence[StatedLoudness]) -> None:
        """Have each track in `folder` say how loud it is. Raises Refusal where its sound would change, and OSError."""
        art = _beside(folder)
        for path, stated in zip(self.in_folder(folder), loudness, strict=True):
            ours = [(name, value) for name, value in self.opened(path).pairs if pairs.is_ours(name)]
            kept = [(name, value) for name, value in ours if name.upper() not in LOUDNESS]
            self._retag(path, [*kept, *self.notation(stated)], art, layout)

    def retag(self, source: Path, folder: Path, album: Album, layout: Layout) -> None:
        """Copy the tracks of `source` into the empty `folder`, with the texts, names and cover that `album` has now.

        How loud they are is not said there. Raises Refusal as `state_loudness` does, and OSError.
        """
        art, said = cover.of_album(album), texts(album)
        for number, path in enumerate(self.in_folder(source), 1):
            self.opened(path)  # what cannot be read is refused under its own name
            copy = folder / track_file_name(album, number, self.suffix, layout.names)
            shutil.copyfile(path, copy)
            self._retag(copy, pairs.pairs(said, number, len(album.tracks)), art, layout)
        cover.write_beside(folder, art)

    def _retag(self, path: Path, said: Iterable[tuple[str, str]], art: Cover | None, layout: Layout) -> None:
        before = _digest(self.sound(path))
        self.tag(layout)(path, said, art)
        if _digest(self.sound(path)) != before:
            raise Refusal([Fault(path.name, "has other sound since its tags were written: the disk, or a fault here")])


def _unlike(files: Sequence[Tagged]) -> Iterator[Fault]:
    """Refusals for those of `files` that have another rate, word length or cover than the first."""
    first = files[0]
    for file in files[1:]:
        kinds = zip(_kind(file), _kind(first), strict=True)
        if unlike := [(own, other) for own, other in kinds if own != other]:
            own, other = (", ".join(kind) for kind in zip(*unlike, strict=True))
            yield Fault(file.path.name, f"has {own}; {first.path.name} has {other}")


def _kind(file: Tagged) -> tuple[str, str, str]:
    return f"{file.layout.rate_hz} Hz", f"{file.layout.bits} bit", f"cover {file.cover[:8] or 'none'}"


def _digest(stretches: Iterable[bytes]) -> bytes:
    found = hashlib.sha256()
    for stretch in stretches:
        found.update(stretch)
    return found.digest()


def rest_of(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of `file` from where it stands to its end."""
    while data := file.read(READ_BYTES):
        yield data


def _beside(folder: Path) -> Cover | None:
    """The cover beside the tracks in `folder`, None without one."""
    return cover.load(only(folder, f"{cover.BESIDE}.*")) if any(folder.glob(f"{cover.BESIDE}.*")) else None


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


def _texts_of(folder: Path, files: Sequence[Tagged]) -> Mapping[str, str]:
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
