"""One FLAC per track for distributors and stores, tagged, with the cover inside and beside the tracks.

The tracks are cut from the programme at its marks, so that laid end to end they are the programme, sample for sample;
a pause is the end of the track before it, and the first file begins where the programme does.

Source: RFC 9639; `formats._shared.vorbis_comments` for the names of the tags.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from albums import Album
from albums.faults import Fault, Refusal, refuse
from formats._shared import cover, marks, vorbis_comments
from formats._shared.file_names import file_name
from formats._shared.files import only
from formats._shared.pcm import counted
from formats._shared.programme import Block, Layout, Mark, Programme, Reading, split
from formats.flac import flac_file
from formats.flac.flac_file import FlacFile

COVER = "cover"


def check(album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """Refusals for marks that are no sequence of tracks and a cover that no store takes; notes on a poor cover."""
    faults = [*marks.one_programme(layouts), *marks.faults(layouts, len(album.tracks))]
    if album.release.cover:
        faults += cover.faults(album.folder / album.release.cover)
    return tuple(faults)


def texts(album: Album, layouts: Sequence[Layout]) -> dict[str, str]:  # noqa: ARG001 - the protocol's
    """The texts as the tags have them; `album.cover` is the cover's SHA-256. Raises Refusal for a broken cover."""
    cover = _cover_of(album)
    return vorbis_comments.texts(album) | ({"album.cover": cover.digest} if cover else {})


def write(folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
    """Write the tracks and the cover into `folder`, in one pass.

    Raises Refusal with what `check` refuses, ValueError when the programme is not as its layout says.
    """
    layouts = [programme.layout for programme in programmes]
    refuse(check(album, layouts))
    layout, cover, said = layouts[0], _cover_of(album), texts(album, layouts)
    blocks = counted(programmes[0].blocks(), layout.frames)
    for index, pieces in groupby(split(blocks, layout), key=itemgetter(0)):
        number = layout.marks[index].track
        path = folder / _file_name(album, number)
        flac_file.write_samples(path, (block for _, block in pieces), layout.rate_hz, layout.bits)
        flac_file.write_tags(path, vorbis_comments.comments(said, number, len(album.tracks)), cover)
    if cover:
        (folder / f"{COVER}{cover.suffix}").write_bytes(cover.data)


def read(folder: Path) -> Reading:
    """The tracks in `folder` as one programme; raises Refusal when they are not as `write` writes them."""
    files = [flac_file.opened(path) for path in sorted(folder.glob("*.flac"))]
    if not files:
        raise Refusal([Fault(str(folder), "holds no FLAC")])
    refuse(_unlike(files))
    starts = [sum(file.frames for file in files[:index]) for index in range(len(files) + 1)]
    marks = tuple(Mark(number, start) for number, start in enumerate(starts[:-1], 1))
    layout = Layout(files[0].rate_hz, files[0].bits, starts[-1], marks)
    return Reading((Programme(layout, partial(_end_to_end, files)),), _read_texts(folder, files))


def _file_name(album: Album, number: int) -> str:
    digits = max(2, len(str(len(album.tracks))))
    return file_name(f"{number:0{digits}d} {album.tracks[number - 1].title}", ".flac")


def _cover_of(album: Album) -> cover.Cover | None:
    return cover.load(album.folder / album.release.cover) if album.release.cover else None


def _end_to_end(files: Sequence[FlacFile], start: int = 0) -> Iterator[Block]:
    for file in files:
        if start < file.frames:
            yield from flac_file.blocks(file, start)
        start = max(start - file.frames, 0)


def _unlike(files: Sequence[FlacFile]) -> Iterator[Fault]:
    first = files[0]
    for file in files[1:]:
        if (file.rate_hz, file.bits, file.cover) != (first.rate_hz, first.bits, first.cover):
            kinds = (f"{f.rate_hz} Hz, {f.bits} bit, cover {f.cover[:8] or 'none'}" for f in (file, first))
            yield Fault(file.path.name, f"has {next(kinds)}; {first.path.name} has {next(kinds)}")


def _read_texts(folder: Path, files: Sequence[FlacFile]) -> Mapping[str, str]:
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
        beside = only(folder, f"{COVER}.*")
        if cover.load(beside).digest != files[0].cover:
            raise Refusal([Fault(beside.name, "is not the picture that the tracks hold")])
        texts["album.cover"] = files[0].cover
    return texts
