"""The DDP 2.00 fileset: what a pressing plant takes as the master of a CD, one for each disc.

A folder holds DDPID, DDPMS, the PQ descriptor, CD-Text when there is text, the image, and checksums of all of them;
beside them a PQ sheet for people, which is not part of DDP. Several discs lie in `disc-1`, `disc-2`, each complete.

The image begins at 00:00:00 of the disc with two seconds of silence that the programme does not have. DDPID's master id
is the catalogue number, in ASCII.

Source: ddp-reverse-eng/ddp-reverse-eng, spec/ddp2.md, in the form of Sonoris and HOFA; see
`formats.ddp.descriptors.records`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from anyascii import anyascii

from albums import Album
from albums.codes import ean
from albums.faults import Fault, refuse
from formats._cd import album_cd_text, cd_text, red_book
from formats._shared import marks
from formats._shared.files import of_disc
from formats._shared.programme import Layout, Programme, Reading
from formats._shared.texts import by_place, unheld
from formats.ddp import checksums, fileset, image, pq_sheet, table_of_contents
from formats.ddp.descriptors import ddpid, ddpms, pqdescr
from formats.ddp.descriptors.ddpid import LONGEST_MASTER_ID, Identifier
from formats.ddp.descriptors.ddpms import Stream
from formats.ddp.fileset import TEXT_FILE, Fileset
from formats.ddp.table_of_contents import Contents, DiscTrack

__all__ = ["Contents", "DiscTrack", "Fileset", "check", "inspect", "read", "texts", "write"]

PQ_FILE = "PQDESCR"
IMAGE_FILE = "IMAGE.DAT"
_DISC = re.compile("disc-([1-9][0-9]?)")


def check(album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """Refusals for what no disc holds, and a note for each text that the fileset has in other words."""
    faults = [*marks.discs(layouts), *marks.faults(layouts, len(album.tracks))]
    for layout in layouts:
        faults += [*red_book.faults(layout), *red_book.short_tracks(layout), *red_book.many_indexes(layout)]
    if not faults:
        for first, last in map(_span, layouts):
            faults += album_cd_text.notes(album, first, last)
    return (*faults, *_renamed(album), *unheld(album, "CD-Text"))


def texts(album: Album, layouts: Sequence[Layout]) -> dict[str, str]:
    """The texts as the fileset has them: CD-Text's words, ISRCs, the UPC as 13 digits, DDPID's catalogue number."""
    said: dict[str, str] = {}
    for first, last in (_span(layout) for layout in layouts if layout.marks):
        said |= album_cd_text.texts(album, first, last)
    codes = {"album.upc": ean(album.release.upc), "album.catalogue_number": _master_id(album)}
    return said | by_place(album, (), ("isrc",)) | {place: code for place, code in codes.items() if code}


def write(folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
    """Write the filesets into `folder`; raises Refusal with what `check` refuses, ValueError for a wrong layout."""
    layouts = [programme.layout for programme in programmes]
    refuse(check(album, layouts))
    for programme in programmes:
        here = of_disc(folder, programme.layout.disc)
        here.mkdir(exist_ok=True)
        _write_files(here, album, programme)
        pq_sheet.write(here, album, programme.layout, len(programmes) if programme.layout.disc else 0)


def read(folder: Path) -> Reading:
    """The discs in `folder`; raises Refusal with every fault that stands in the way."""
    filesets = inspect(folder)
    refuse([*(fault for fileset in filesets for fault in fileset.faults), *_disagreements(filesets)])
    said = {place: text for fileset in filesets for place, text in fileset.texts.items()}
    return Reading(tuple(fileset.programme() for fileset in filesets), said)


def inspect(folder: Path) -> tuple[Fileset, ...]:
    """Every disc in `folder`, from any writer and however broken: one, or those in `disc-1` and up.

    Never raises for what is found there; faults of one of several discs have its folder before their place.
    """
    numbers = _discs(folder)
    if not numbers:
        return (fileset.inspect(folder, folder),)
    filesets: list[Fileset] = []
    for place, number in enumerate(numbers, 1):
        first = 1 + sum(len(fileset.contents.tracks) for fileset in filesets)
        filesets.append(_numbered(fileset.inspect(of_disc(folder, number), folder, number, first), place))
    return tuple(filesets)


def _span(layout: Layout) -> tuple[int, int]:
    return layout.marks[0].track, layout.marks[-1].track


def _master_id(album: Album) -> str:
    """The catalogue number as DDPID holds it: printable ASCII, as much as fits."""
    text = "".join(c for c in anyascii(album.release.catalogue_number) if " " <= c <= "~")
    return text.strip(" ")[:LONGEST_MASTER_ID].rstrip(" ")


def _renamed(album: Album) -> Iterator[Fault]:
    found, written = album.release.catalogue_number, _master_id(album)
    if found != written:
        becomes = f"is written as {written!r}" if written else "is left out"
        words = f"{found!r} {becomes} in DDPID, which holds {LONGEST_MASTER_ID} characters of ASCII"
        yield Fault("album.catalogue_number", words, "note")


def _write_files(folder: Path, album: Album, programme: Programme) -> None:
    layout = programme.layout
    blocks = album_cd_text.blocks_of(album, *_span(layout))
    text = {TEXT_FILE: cd_text.encode(blocks)} if blocks else {}
    isrcs = {number: track.isrc for number, track in enumerate(album.tracks, 1)}
    upc = ean(album.release.upc)
    subcode = text | {PQ_FILE: pqdescr.encode(table_of_contents.encode(layout, upc, isrcs))}
    identifier = ddpid.encode(Identifier(upc, _master_id(album)))
    described = {ddpid.FILE: identifier, ddpms.FILE: ddpms.encode(_streams(subcode, layout)), **subcode}
    sums = {name: checksums.write(folder / name, [data]) for name, data in described.items()}
    sums[IMAGE_FILE] = checksums.write(folder / IMAGE_FILE, image.encode(programme))
    (folder / checksums.MD5_FILE).write_bytes(checksums.encode_md5(sums))
    (folder / checksums.CRC32_FILE).write_bytes(checksums.encode_crc32(sums))


def _streams(subcode: Mapping[str, bytes], layout: Layout) -> Iterator[Stream]:
    for name, data in subcode.items():
        yield Stream("text" if name == TEXT_FILE else "pq", name, len(data))
    sectors, pause = table_of_contents.sector_of(layout.frames), table_of_contents.sector_of(layout.marks[0].start)
    yield Stream("audio", IMAGE_FILE, sectors, pause)


def _discs(folder: Path) -> list[int]:
    """The numbers of the discs that lie in folders of their own; none when a fileset lies in `folder` itself."""
    try:
        names = {path.name for path in folder.iterdir()}
    except OSError:  # no folder: `fileset.inspect` reports it
        return []
    if names & {ddpid.FILE, ddpms.FILE}:
        return []
    return sorted(int(found[1]) for name in names if (found := _DISC.fullmatch(name)))


def _numbered(fileset: Fileset, place: int) -> Fileset:
    """The same fileset, its faults placed in its folder, and one more when it is not the disc expected at `place`."""
    name = fileset.folder.name
    faults = [replace(fault, where=f"{name}/{fault.where}" if fault.where else name) for fault in fileset.faults]
    if fileset.disc != place:
        faults.append(Fault(name, f"stands where disc-{place} is expected"))
    return replace(fileset, faults=tuple(faults))


def _disagreements(filesets: Sequence[Fileset]) -> Iterator[Fault]:
    """Refusals for discs of one album whose UPC or master id differ."""
    first = filesets[0]
    for disc in filesets[1:]:
        for what, found, wanted in (("UPC", disc.upc, first.upc), ("master id", disc.master_id, first.master_id)):
            if found != wanted:
                yield Fault(disc.folder.name, f"has the {what} {found!r}; {first.folder.name} has {wanted!r}")
