"""A DDP fileset as it lies in a folder: everything that it says, and everything that is wrong with it.

Nothing is taken from outside the folder, whatever its files name, and nothing found in them raises: what cannot be read
is missing from the value and is a fault. The image is read in blocks and never held whole.

Source: `formats.ddp.descriptors.records` for the records; IEC 60908 for the disc.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from albums.faults import Fault, Refusal, refuses
from albums.regular_files import unreadable
from formats._cd import album_cd_text, cd_text
from formats._cd.cd_text import TextBlock
from formats._shared.files import content
from formats._shared.programme import Programme
from formats.ddp import checksums, dialects, disc_codes, image, table_of_contents
from formats.ddp.descriptors import ddpid, ddpms, pqdescr
from formats.ddp.descriptors.ddpid import Identifier
from formats.ddp.descriptors.ddpms import Kind, Stream, plain
from formats.ddp.descriptors.pqdescr import Entry
from formats.ddp.image import LARGEST_BYTES, SECTOR_BYTES
from formats.ddp.table_of_contents import Contents

LARGEST_DESCRIPTOR_BYTES = 2**20  # 99 tracks of 100 indexes take 634 kB
TEXT_FILE = "CDTEXT.BIN"

Found = TypeVar("Found")
Decode = Callable[[bytes], tuple[Found, tuple[Fault, ...]]]


@dataclass(frozen=True)
class Fileset:
    """One disc: what its fileset says, by its parts, and what was found wrong.

    `disc` is 0 where there is only one, `first_track` the album's number of the disc's first track, from which the
    places of `texts` count. `upc` has 13 digits or none. `image` is None where there is none to read. `dialect` is how
    it is written where writers differ, see `formats.ddp.dialects`.
    """

    folder: Path
    disc: int
    first_track: int
    master_id: str
    upc: str
    contents: Contents
    image: Path | None
    image_sectors: int
    text_blocks: tuple[TextBlock, ...]
    texts: Mapping[str, str]
    dialect: Mapping[str, str]
    faults: tuple[Fault, ...]

    def programme(self) -> Programme:
        """What is heard from 00:02:00 of the disc on; raises Refusal where there is no image or no track."""
        if self.image is None or not self.contents.tracks:
            raise Refusal([Fault(self.folder.name, "holds no image of audio that has tracks")])
        layout = table_of_contents.layout_of(self.contents, self.first_track, self.disc)
        return Programme(layout, partial(image.decode, self.image, layout.frames))


def inspect(folder: Path, root: Path, disc: int = 0, first_track: int = 1) -> Fileset:
    """The fileset in `folder`, however broken; never raises for what is in its files, takes nothing outside `root`."""
    parts, faults = _parts(folder, root)
    audio = parts.of("audio")
    file = parts.files[audio.file] if audio else None
    faults += (*_lengths(parts), *disc_codes.faults(parts.identifier.upc, parts.contents, parts.blocks))
    faults += (*_image_faults(parts), *_undeclared(folder, root, parts), *_checksum_faults(folder, root, parts.files))
    return Fileset(
        folder,
        disc,
        first_track,
        parts.identifier.master_id,
        disc_codes.upc(parts.identifier.upc, parts.contents),
        parts.contents,
        file.path if file else None,
        file.size_bytes // SECTOR_BYTES if file else 0,
        parts.blocks,
        _texts(parts, first_track),
        dialects.features(parts.identifier.record, [stream.record for stream in parts.streams], parts.entries),
        faults,
    )


@dataclass(frozen=True)
class _File:
    path: Path
    size_bytes: int


@dataclass(frozen=True)
class _Parts:
    """What the files of a set say, each by itself; `files` are those that are there, by name."""

    files: Mapping[str, _File]
    identifier: Identifier
    streams: tuple[Stream, ...]
    entries: tuple[Entry, ...]
    contents: Contents
    blocks: tuple[TextBlock, ...]

    def of(self, kind: Kind) -> Stream | None:
        """The first stream of `kind` whose file is there."""
        return _first(self.streams, kind, self.files)


def _parts(folder: Path, root: Path) -> tuple[_Parts, tuple[Fault, ...]]:
    faults: list[Fault] = []
    files = _files(folder, root, (ddpid.FILE, ddpms.FILE), faults)
    identifier = _decoded(files.get(ddpid.FILE), ddpid.decode, Identifier(), faults)
    streams: tuple[Stream, ...] = _decoded(files.get(ddpms.FILE), ddpms.decode, (), faults)
    files |= _files(folder, root, dict.fromkeys(stream.file for stream in streams if plain(stream.file)), faults)
    pq, text = (_first(streams, kind, files) for kind in ("pq", "text"))
    entries: tuple[Entry, ...] = ()
    contents = Contents()
    blocks: tuple[TextBlock, ...] = ()
    if pq:
        entries, contents = _decoded(files[pq.file], partial(_channel, name=pq.file), (entries, contents), faults)
    if text:
        blocks = _decoded(files[text.file], partial(_text_blocks, name=text.file), blocks, faults)
    return _Parts(files, identifier, streams, entries, contents, blocks), tuple(faults)


def _first(streams: Iterable[Stream], kind: Kind, files: Mapping[str, _File]) -> Stream | None:
    return next((stream for stream in streams if stream.kind == kind and stream.file in files), None)


def _files(folder: Path, root: Path, names: Iterable[str], faults: list[Fault]) -> dict[str, _File]:
    """Those of `names` that are files in `folder` and lie within `root`; the others are added to `faults`."""
    found = {}
    for name in names:
        path = folder / name
        try:
            if not path.is_file():
                faults.append(Fault(name, "is no file" if path.exists() else "is not there"))
            elif not path.resolve().is_relative_to(root.resolve()):
                faults.append(Fault(name, "is a link that leads out of the folder"))
            else:
                found[name] = _File(path, path.stat().st_size)
        except OSError as error:
            faults.append(Fault(name, unreadable(error)))
    return found


def _decoded(file: _File | None, decode: Decode[Found], nothing: Found, faults: list[Fault]) -> Found:
    """What `decode` makes of a file, its faults added to `faults`; `nothing` of a file that cannot be read."""
    if file is None:
        return nothing
    try:
        value, found = decode(content(file.path, LARGEST_DESCRIPTOR_BYTES))
    except Refusal as refusal:
        value, found = nothing, refusal.faults
    faults += found
    return value


def _channel(data: bytes, name: str) -> tuple[tuple[tuple[Entry, ...], Contents], tuple[Fault, ...]]:
    entries, damage = pqdescr.decode(data, name)
    contents, disorder = table_of_contents.decode(entries, name)
    return (entries, contents), (*damage, *disorder)


def _text_blocks(data: bytes, name: str) -> tuple[tuple[TextBlock, ...], tuple[Fault, ...]]:
    faults = cd_text.faults(data, name)
    if refuses(faults):
        return (), faults
    return cd_text.decode(data, name), faults


def _lengths(parts: _Parts) -> Iterator[Fault]:
    """Refusals for files that are not as long as DDPMS has them."""
    for stream in parts.streams:
        if stream.kind != "other" and stream.file in parts.files:
            found = parts.files[stream.file].size_bytes
            wanted = stream.length * (SECTOR_BYTES if stream.kind == "audio" else 1)
            if found != wanted:
                yield Fault(stream.file, f"is {found} bytes long; {ddpms.FILE} has {wanted}")


def _image_faults(parts: _Parts) -> Iterator[Fault]:
    """What is wrong with the image, as compared with the PQ descriptor."""
    audio = parts.of("audio")
    if audio is None:
        return
    file, contents = parts.files[audio.file], parts.contents
    sectors, rest = divmod(file.size_bytes, SECTOR_BYTES)
    if rest:
        yield Fault(audio.file, f"is {file.size_bytes} bytes long, which is no multiple of {SECTOR_BYTES}")
    if parts.entries and contents.lead_out_sector != sectors:
        yield Fault(audio.file, f"has {sectors} sectors; the lead-out is at {contents.lead_out_sector}")
    pause = contents.tracks[0].start_sector if contents.tracks else audio.pause_sectors
    if audio.pause_sectors not in (pause, None):
        words = f"has PRE2 {audio.pause_sectors}; the first track's pause takes {pause} sectors"
        yield Fault(ddpms.FILE, words, "warning")
    try:
        if not image.begins_silent(file.path):
            yield Fault(audio.file, "is not silent from 00:00:00 to 00:02:00, which players may not play", "warning")
    except OSError as error:
        yield Fault(audio.file, unreadable(error))


def _undeclared(folder: Path, root: Path, parts: _Parts) -> Iterator[Fault]:
    if not any(stream.kind == "text" for stream in parts.streams) and _files(folder, root, [TEXT_FILE], []):
        yield Fault(ddpms.FILE, f"names no CD-Text, though {TEXT_FILE} is there", "warning")


def _checksum_faults(folder: Path, root: Path, files: Mapping[str, _File]) -> tuple[Fault, ...]:
    faults: list[Fault] = []
    try:
        names = checksums.lists(path.name for path in folder.iterdir())
    except OSError:  # no folder: its missing files are reported already
        names = []
    lists = _files(folder, root, names, faults)
    if not lists:
        return (*faults, Fault("", "has no checksums; plants ask for them", "warning"))
    sums = _sums(files, faults)
    for name, file in lists.items():
        digests: dict[str, str] = _decoded(file, partial(checksums.decode, name=name), {}, faults)
        faults += checksums.mismatches(digests, sums, name)
    return tuple(faults)


def _sums(files: Mapping[str, _File], faults: list[Fault]) -> dict[str, checksums.Sums]:
    found = {}
    for name, file in files.items():
        try:
            if file.size_bytes > LARGEST_BYTES:
                faults.append(Fault(name, f"is {file.size_bytes} bytes long; a disc takes {LARGEST_BYTES}"))
            else:
                found[name] = checksums.of(file.path)
        except OSError as error:
            faults.append(Fault(name, unreadable(error)))
    return found


def _texts(parts: _Parts, first_track: int) -> dict[str, str]:
    """Every text by its place on the album: CD-Text's, the codes, and the master's name as catalogue number."""
    texts = dict(album_cd_text.texts_of(parts.blocks, first_track)) if parts.blocks else {}
    texts |= disc_codes.texts(parts.identifier.upc, parts.contents, first_track)
    if parts.identifier.master_id:
        texts["album.catalogue_number"] = parts.identifier.master_id
    return texts
