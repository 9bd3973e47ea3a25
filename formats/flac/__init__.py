"""One FLAC per track for distributors and stores, tagged, with the cover inside and beside the tracks.

The tracks are cut from the programme at its marks, so that laid end to end they are the programme, sample for sample;
a pause is the end of the track before it, and the first file begins where the programme does.

Source: RFC 9639; `formats._shared.tags.table` for the names of the tags.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from albums import Album
from albums.faults import Fault, Refusal, refuse
from formats._shared import cover, marks
from formats._shared.file_names import name_faults, track_file_name
from formats._shared.pcm import counted
from formats._shared.programme import Layout, Programme, Reading, end_to_end, split
from formats._shared.tags import tagged
from formats._shared.tags.pairs import pairs, wrong_discs
from formats._shared.tags.tagged import TaggedTracks, stated_by
from formats.flac import flac_file
from formats.flac.flac_file import FlacFile

TRACKS = TaggedTracks(".flac", lambda _: flac_file.tag, flac_file.opened, flac_file.sound)

as_stated, state_loudness, retag = TRACKS.as_stated, TRACKS.state_loudness, TRACKS.retag


def check(album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """Refusals for marks that are no sequence of tracks and a cover that no store takes; notes on a poor cover."""
    faults = (*marks.one_programme(layouts), *marks.faults(layouts, len(album.tracks)), *cover.faults_of(album))
    return (*faults, *(fault for layout in layouts[:1] for fault in name_faults(album, TRACKS.suffix, layout.names)))


def texts(album: Album, layouts: Sequence[Layout]) -> dict[str, str]:  # noqa: ARG001 - the protocol's
    """The texts as the tags have them; `album.cover` is the cover's SHA-256. Raises Refusal for a broken cover."""
    return tagged.texts(album)


def write(folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
    """Write the tracks and the cover into `folder`, in one pass.

    Raises Refusal with what `check` refuses, ValueError when the programme is not as its layout says.
    """
    layouts = [programme.layout for programme in programmes]
    refuse(check(album, layouts))
    layout, art, said = layouts[0], cover.of_album(album), texts(album, layouts)
    blocks = counted(programmes[0].blocks(), layout.frames)
    for index, pieces in groupby(split(blocks, layout), key=itemgetter(0)):
        number = layout.marks[index].track
        path = folder / track_file_name(album, number, TRACKS.suffix, layout.names)
        flac_file.write_samples(path, (block for _, block in pieces), layout.rate_hz, layout.bits)
        flac_file.tag(path, pairs(said, number, len(album.tracks)), art)
    cover.write_beside(folder, art)


def read(folder: Path) -> Reading:
    """The tracks in `folder` as one programme; raises Refusal when they are not as `write` writes them."""
    files = [flac_file.opened(path) for path in TRACKS.in_folder(folder)]
    if not files:
        raise Refusal([Fault(str(folder), "holds no FLAC")])
    refuse([*_unlike(files), *wrong_discs((file.path.name, file.pairs) for file in files)])
    tracks = [Programme(Layout(f.rate_hz, f.bits, f.frames, ()), partial(flac_file.blocks, f)) for f in files]
    return Reading((end_to_end(tracks),), tagged.texts_of(folder, files), stated_by(files))


def _unlike(files: Sequence[FlacFile]) -> Iterator[Fault]:
    first = files[0]
    for file in files[1:]:
        if (file.rate_hz, file.bits, file.cover) != (first.rate_hz, first.bits, first.cover):
            kinds = (f"{f.rate_hz} Hz, {f.bits} bit, cover {f.cover[:8] or 'none'}" for f in (file, first))
            yield Fault(file.path.name, f"has {next(kinds)}; {first.path.name} has {next(kinds)}")
