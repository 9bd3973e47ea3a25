"""One MP3 file: its ID3v2 tag, and the length that its Info tag states.

Source: `formats._shared.tags.id3` for the frames.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mutagen import MutagenError

from albums.faults import Fault, Refusal
from albums.regular_files import BoundedReads, open_regular, unreadable
from formats._lossy.lossy_file import LossyFile
from formats._shared.cover import Cover
from formats._shared.tags import id3
from formats._shared.tags.tagged import as_os_error, cover_hash, rest_of
from formats.codecs.info_tag import after_id3, read_info

PADDING_BYTES = 4096  # taste: room to change a tag without moving the sound
LARGEST_READ_BYTES = 2**28  # ID3v2.4.0, 3.1: a tag's size has 28 bits


def tag(path: Path, pairs: Iterable[tuple[str, str]], cover: Cover | None, version: id3.Version = "2.4") -> None:
    """Put `pairs` and the cover into the file at `path`, in the place of what tags it has."""
    try:
        id3.tags_of(pairs, cover, version).save(path, padding=lambda _: PADDING_BYTES, **id3.options(version))
    except MutagenError as error:
        raise as_os_error(error) from None


def opened(path: Path) -> LossyFile:
    """What `path` says of itself; raises Refusal when it is no stereo MP3 with an Info tag and an ID3v2 tag."""
    info = read_info(path)
    try:
        with open_regular(path) as raw:
            tags = id3.read(BoundedReads(raw, LARGEST_READ_BYTES))
        pairs = tuple(id3.pairs_of(tags))
        covers = id3.front_covers(tags)
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None
    except Exception:  # mutagen raises exceptions of any kind on broken input
        raise _refusal(path, "has no ID3v2 tag that can be read") from None
    return LossyFile(path, "mp3", info.rate_hz, info.length, pairs, cover_hash(path, covers))


def sound(path: Path) -> Iterator[bytes]:
    """The bytes of the file at `path` after its ID3v2 tag."""
    try:
        with open_regular(path) as file:
            file.seek(after_id3(file, path.name))
            yield from rest_of(file)
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None


def _refusal(path: Path, words: str) -> Refusal:
    return Refusal([Fault(path.name, words)])
