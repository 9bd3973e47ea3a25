"""One AAC file (MP4, `.m4a`) per track, tagged, with the cover inside and beside the tracks.

Laid end to end the tracks are as long as the programme, to the sample. A track in a segue is encoded with the sound
around it, and its edit list says which part is heard, so that the joint is as clean as the rest.

Source: ISO 14496-3 and 14496-12; `formats.aac.mp4_file` for the names of the tags.
"""

from collections.abc import Sequence
from pathlib import Path

from albums import Album
from albums.faults import Fault
from formats._lossy import tracks
from formats._shared.programme import Layout, Programme, Reading
from formats.aac import mp4_file

FILES = tracks.Files("aac", ".m4a", mp4_file.tag, mp4_file.opened)


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
