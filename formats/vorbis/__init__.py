"""One Vorbis file per track, tagged, with the cover inside and beside the tracks.

Laid end to end the tracks are as long as the programme, to the sample. The encoder needs none of the sound around a
track, so none is given.

Source: Xiph.Org, "Vorbis I specification"; `formats._shared.vorbis_comments` for the names of the tags.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from albums import Album
from albums.faults import Fault
from formats._lossy import ogg_file, tracks
from formats._shared.programme import Layout, Programme, Reading

FILES = tracks.Files("vorbis", ".ogg", partial(ogg_file.tag, "vorbis"), partial(ogg_file.opened, "vorbis"))


def check(album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """Refusals for what cannot be encoded or is no sequence of tracks, and for a cover that no store takes; notes."""
    return tracks.check(FILES, album, layouts)


def texts(album: Album, layouts: Sequence[Layout]) -> dict[str, str]:  # noqa: ARG001 - the protocol's
    """The texts as the tags have them; `album.cover` is the cover's SHA-256. Raises Refusal for a broken cover."""
    return tracks.texts(album)


def write(folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
    """Write the tracks and the cover into `folder`; raises Refusal and ValueError as `tracks.write` does."""
    tracks.write(FILES, folder, album, programmes)


def read(folder: Path) -> Reading:
    """The tracks in `folder` as one programme; raises Refusal when they are not as `write` writes them."""
    return tracks.read(FILES, folder)
