"""One Broadcast WAV per track for archives and broadcasters, with all that is known of it before its samples.

The tracks are cut from the programme at its marks, as `formats.flac` cuts them. A file larger than 4 GiB is an RF64.

Source: EBU Tech 3285; ITU-R BS.2088-1; `formats.broadcast_wav.chunks` for what stands where.
"""

from collections.abc import Sequence
from dataclasses import replace
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
from formats._shared.tags.loudness import broadcast
from formats._shared.tags.pairs import pairs, wrong_discs
from formats._shared.tags.tagged import TaggedTracks, stated_by
from formats.broadcast_wav import wav_file

TRACKS = TaggedTracks(".wav", lambda _: wav_file.tag, wav_file.opened, wav_file.sound, broadcast)

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
    own = [replace(layout, frames=stop - start, marks=()) for _, start, stop in layout.spans()]
    blocks = counted(programmes[0].blocks(), layout.frames)
    for index, pieces in groupby(split(blocks, layout), key=itemgetter(0)):
        number = layout.marks[index].track
        path = folder / track_file_name(album, number, TRACKS.suffix, layout.names)
        told = [*pairs(said, number, len(album.tracks))]
        wav_file.write(path, (block for _, block in pieces), own[index], told, art)
    cover.write_beside(folder, art)


def read(folder: Path) -> Reading:
    """The tracks in `folder` as one programme; raises Refusal when they are not as `write` writes them."""
    files = [wav_file.opened(path) for path in TRACKS.in_folder(folder)]
    if not files:
        raise Refusal([Fault(str(folder), "holds no WAV")])
    for file in files:
        if (file.layout.rate_hz, file.layout.bits, file.cover) != _kind(files[0]):
            words = "has another rate, word length or cover than"
            raise Refusal([Fault(file.path.name, f"{words} {files[0].path.name}")])
    refuse(wrong_discs((file.path.name, file.pairs) for file in files))
    tracks = [Programme(file.layout, partial(wav_file.blocks, file)) for file in files]
    return Reading((end_to_end(tracks),), tagged.texts_of(folder, files), stated_by(files))


def _kind(file: wav_file.WavFile) -> tuple[int, int, str]:
    return file.layout.rate_hz, file.layout.bits, file.cover
