"""One Ogg file of Vorbis or Opus: comments, a picture in one of them, and the length that its granules state.

Source: RFC 7845, 4 (the granule of the last page, less the pre-skip) and 5.2 (comments); Xiph.Org, "Ogg Vorbis I
specification", A.2, and "VorbisComment", METADATA_BLOCK_PICTURE: a FLAC picture block (RFC 9639, 8.8) in base 64.
"""

import base64
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mutagen import MutagenError
from mutagen.flac import Picture
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis

from albums.faults import Fault, Refusal
from albums.regular_files import BoundedReads, open_regular, unreadable
from formats._lossy.lossy_file import LossyFile
from formats._shared.cover import Cover
from formats._shared.pcm import CHANNELS
from formats._shared.tags.pairs import is_ours
from formats._shared.tags.table import FRONT_COVER
from formats._shared.tags.tagged import as_os_error, cover_hash, picture_block
from formats.codecs.opus_pages import FULL, read_page
from profiles.codecs import Kind

READERS: dict[Kind, Any] = {"opus": OggOpus, "vorbis": OggVorbis}
HEADS: dict[Kind, int] = {"opus": 2, "vorbis": 3}  # packets before the music
OPUS_HZ = 48000  # RFC 7845, 4: granules count at this rate, whatever the source had
PICTURE = "METADATA_BLOCK_PICTURE"
LARGEST_READ_BYTES = 2**25  # a picture of 16 MiB in base 64, and the texts


def tag(kind: Kind, path: Path, pairs: Iterable[tuple[str, str]], cover: Cover | None) -> None:
    """Put `pairs`, in their order, and the cover into the file at `path`, in the place of those that it has."""
    try:
        file = READERS[kind](path)
        file.tags[:] = [*((name, value) for name, value in file.tags if not _is_ours(name)), *pairs]
        if cover:
            block: bytes = picture_block(cover).write()  # type: ignore[no-untyped-call]
            file.tags.append((PICTURE, base64.b64encode(block).decode("ascii")))
        file.save(padding=lambda _: 0)
    except MutagenError as error:
        raise as_os_error(error) from None


def opened(kind: Kind, path: Path) -> LossyFile:
    """What `path` says of itself; raises Refusal when it is no stereo file of `kind` with a length."""
    try:
        with open_regular(path) as raw:
            file = READERS[kind](BoundedReads(raw, LARGEST_READ_BYTES))
        said = [(str(name), str(value)) for name, value in file.tags]
        pairs = tuple((name, value) for name, value in said if name.upper() != PICTURE)
        pictures = [Picture(base64.b64decode(value)) for name, value in said if name.upper() == PICTURE]  # type: ignore[no-untyped-call]
        covers = [picture.data for picture in pictures if picture.type == FRONT_COVER]
        rate_hz = OPUS_HZ if kind == "opus" else int(file.info.sample_rate)
        frames, channels = round(file.info.length * rate_hz), int(file.info.channels)
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None
    except Exception:  # mutagen raises exceptions of any kind on broken input
        raise _refusal(path, f"is no file of {kind} that can be read") from None
    if channels != CHANNELS:
        raise _refusal(path, f"has {channels} channels; wanted 2")
    if frames < 1:
        raise _refusal(path, "does not state its length")
    return LossyFile(path, kind, rate_hz, frames, pairs, cover_hash(path, covers))


def sound(kind: Kind, path: Path) -> Iterator[bytes]:
    """What the pages of the file at `path` hold after its head, and until which sample each goes.

    Neither their numbers nor their checksums: both change where comments take another number of pages. The music
    begins on a page of its own (RFC 7845, 3; Ogg Vorbis I, A.2).
    """
    try:
        with open_regular(path) as file:
            packets = 0
            while file.peek(1):  # more than a page's head may be told, and nothing at the end
                page = read_page(file, path.name)
                if packets >= HEADS[kind]:
                    yield page.granule.to_bytes(8, "little") + page.lacing + page.content
                packets += sum(size < FULL for size in page.lacing)
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None


def _is_ours(name: str) -> bool:
    return is_ours(name) or name.upper() == PICTURE


def _refusal(path: Path, words: str) -> Refusal:
    return Refusal([Fault(path.name, words)])
