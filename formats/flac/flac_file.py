"""One FLAC file: samples, comments and a picture, written so that the same input gives the same bytes.

Reading compares the decoded samples with the length and the MD5 that the file itself states, so that a damaged frame is
never taken for music.

Source: RFC 9639, 8.2 (STREAMINFO), 8.6 (Vorbis comment), 8.8 (picture).
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import soundfile
from mutagen import MutagenError
from mutagen.flac import FLAC

from albums.faults import Fault, Refusal
from albums.regular_files import BoundedReads, open_regular, unreadable
from formats._shared.cover import Cover
from formats._shared.pcm import CHANNELS, fitting, pack
from formats._shared.programme import BLOCK, Block, Layout
from formats._shared.tags.pairs import is_ours
from formats._shared.tags.table import FRONT_COVER
from formats._shared.tags.tagged import as_os_error, cover_hash, picture_block, rest_of

COMPRESSION = 4 / 8  # level 4 of 8 is a fifth quicker than 5, the reference encoder's default, for 0.2 % more bytes
PADDING_BYTES = 4096  # taste: leaves a distributor room to change a tag without moving the audio
LAST_BLOCK = 0x80  # RFC 9639, 8.1: the flag of the last block of metadata
LARGEST_BLOCK_BYTES = 2**24  # RFC 9639, 8.1: a metadata block's length has 24 bits


@dataclass(frozen=True)
class FlacFile:
    """What a file says of itself; `cover` is the SHA-256 of its front cover, "" without one."""

    path: Path
    rate_hz: int
    bits: int
    frames: int
    md5: bytes
    pairs: tuple[tuple[str, str], ...]
    cover: str

    @property
    def layout(self) -> Layout:
        """Of its samples."""
        return Layout(self.rate_hz, self.bits, self.frames, ())


class _Sink:
    """A new file for libsndfile, which may go on where a write or a seek fails: `close` raises the first error."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=0)
        self._error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self._error = self._error or error
            return 0

    def seek(self, offset: int, whence: int) -> int:
        try:
            return self._file.seek(offset, whence)
        except OSError as error:
            self._error = self._error or error
            return -1

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
        if self._error:
            raise self._error


def write(
    path: Path, blocks: Iterable[Block], layout: Layout, pairs: Iterable[tuple[str, str]], cover: Cover | None
) -> None:
    """Write `blocks`, `pairs` and the cover as a new file; raises what `write_samples` does."""
    write_samples(path, blocks, layout.rate_hz, layout.bits)
    tag(path, pairs, cover)


def write_samples(path: Path, blocks: Iterable[Block], rate_hz: int, bits: int) -> None:
    """Encode `blocks` at `bits` (16 or 24); raises ValueError for a sample that does not fit, and OSError."""
    with (
        closing(_Sink(path)) as sink,
        soundfile.SoundFile(
            sink, "w", rate_hz, CHANNELS, f"PCM_{bits}", format="FLAC", compression_level=COMPRESSION
        ) as file,
    ):
        for block in map(partial(fitting, bits=bits), blocks):
            file.write(block << (32 - bits))  # libsndfile takes the upper bits of an int32


def tag(path: Path, pairs: Iterable[tuple[str, str]], cover: Cover | None) -> None:
    """Put `pairs`, in their order, and the cover into the file at `path`, in the place of those that it has."""
    try:
        file = _flac(path)
        if file.tags is None:
            file.add_tags()
        file.tags[:] = [*((name, value) for name, value in file.tags if not is_ours(name)), *pairs]
        file.clear_pictures()
        if cover:
            file.add_picture(picture_block(cover))
        file.save(padding=lambda _: PADDING_BYTES)
    except MutagenError as error:
        raise as_os_error(error) from None


def opened(path: Path) -> FlacFile:
    """What `path` says of itself; raises Refusal when it is no stereo FLAC with a length and an MD5."""
    try:
        with open_regular(path) as raw:
            file = _flac(BoundedReads(raw, LARGEST_BLOCK_BYTES))
        info = file.info
        pairs = tuple((str(name), str(value)) for name, value in file.tags or ())
        covers = [picture.data for picture in file.pictures if picture.type == FRONT_COVER]
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None
    except Exception:  # mutagen raises exceptions of any kind on broken input
        raise _refusal(path, "is no FLAC that can be read") from None
    if info.channels != CHANNELS or info.bits_per_sample not in (16, 24):
        raise _refusal(path, f"has {info.channels} channels of {info.bits_per_sample} bits; wanted 2 of 16 or 24")
    if not info.total_samples or not info.md5_signature:
        raise _refusal(path, "does not state its length and its MD5")
    cover = cover_hash(path, covers)
    md5 = info.md5_signature.to_bytes(16, "big")
    return FlacFile(path, info.sample_rate, info.bits_per_sample, info.total_samples, md5, pairs, cover)


def sound(path: Path) -> Iterator[bytes]:
    """The bytes of the file at `path` that are its frames, after all blocks of metadata; raises Refusal without any."""
    try:
        with open_regular(path) as file:
            if file.read(4) != b"fLaC":
                raise _refusal(path, "is no FLAC that can be read")
            last = False
            while not last:
                head = file.read(4)
                if len(head) < 4:
                    raise _refusal(path, "ends within its metadata")
                last = bool(head[0] & LAST_BLOCK)
                file.seek(int.from_bytes(head[1:], "big"), os.SEEK_CUR)
            yield from rest_of(file)
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None


def blocks(file: FlacFile, start: int = 0) -> Iterator[Block]:
    """The samples of `file` from `start` on; raises Refusal when they cannot be decoded or are fewer than it states.

    Read from the first sample to the last, they must also match its MD5.
    """
    position, digest = start, hashlib.md5(usedforsecurity=False)
    for block in _decoded(file, start):
        position += len(block)
        digest.update(pack(block, file.bits))
        yield block
    if position != file.frames:
        raise _refusal(file.path, f"ends after {position} samples of the {file.frames} that it states")
    if start == 0 and digest.digest() != file.md5:
        raise _refusal(file.path, f"has samples of MD5 {digest.hexdigest()}, states {file.md5.hex()}: it is damaged")


def _decoded(file: FlacFile, start: int) -> Iterator[Block]:
    try:
        with open_regular(file.path) as raw, soundfile.SoundFile(raw.fileno(), closefd=False) as source:
            if (source.channels, source.subtype) != (CHANNELS, f"PCM_{file.bits}"):
                raise _refusal(file.path, f"decodes to {source.channels} channels of {source.subtype}")
            source.seek(start)
            while len(block := source.read(BLOCK, dtype="int32", always_2d=True)):
                block >>= 32 - file.bits
                yield block
    except soundfile.LibsndfileError as error:
        raise _refusal(file.path, f"cannot be decoded: {error.error_string}") from None
    except OSError as error:
        raise _refusal(file.path, unreadable(error)) from None


def _flac(file: Path | BoundedReads) -> Any:
    return FLAC(file)  # type: ignore[no-untyped-call]


def _refusal(path: Path, words: str) -> Refusal:
    return Refusal([Fault(path.name, words)])
