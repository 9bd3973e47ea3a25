"""One Broadcast WAV: written with all that it says before its samples, and opened again as strictly as it is written.

Its texts are read from its ID3 tag, which holds all of them; the other chunks have to be those that are made of these.
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable
from formats._shared import wav
from formats._shared.cover import Cover
from formats._shared.pcm import frame_bytes, pack
from formats._shared.programme import Block, Layout, counted
from formats._shared.tags import id3
from formats._shared.tags.tagged import cover_hash
from formats.broadcast_wav.chunks import FMT, Pairs, chunks, loudness_in
from formats.broadcast_wav.riff import Chunk, chunks_of, head
from formats.codecs.pieces import copy_piece, pieces

LARGEST_CHUNK_BYTES = 2**25  # the largest cover, and the texts


@dataclass(frozen=True)
class WavFile:
    """What a file says of itself: the layout of its samples, its tags as `pairs` have them, and its cover's SHA-256."""

    path: Path
    layout: Layout
    pairs: tuple[tuple[str, str], ...]
    cover: str
    data: Chunk


def write(path: Path, blocks: Iterable[Block], layout: Layout, pairs: Pairs, cover: Cover | None) -> None:
    """Write `blocks`, which are those of `layout`, to `path`; raises ValueError when they are not as it says."""
    size = layout.frames * frame_bytes(layout.bits)
    with path.open("wb") as file:
        file.write(head(chunks(pairs, cover, layout), size, layout.frames))
        for block in counted(blocks, layout.frames):
            file.write(pack(block, layout.bits))


def tag(path: Path, pairs: Iterable[tuple[str, str]], cover: Cover | None) -> None:
    """Put `pairs` and the cover into the file at `path`, in the place of what it says.

    Where that takes as many bytes as before, the samples stay where they are; else they are copied.
    """
    found = chunks_of(path)
    layout, data = _layout(path, found), found[-1]
    new = head(chunks([*pairs], cover, layout), data.size, layout.frames)
    if len(new) == data.start:
        with path.open("r+b") as file:
            file.write(new)
        return
    copy = path.with_name(f".{path.name}.tagged")
    with path.open("rb") as file, copy.open("wb") as out:
        out.write(new)
        copy_piece(file, data.start, data.size, out)
    copy.replace(path)


def opened(path: Path) -> WavFile:
    """What `path` says of itself; raises Refusal where it is not as `write` writes it."""
    found = chunks_of(path)
    layout, held = _layout(path, found), {chunk.kind: _content(path, chunk) for chunk in found[:-1]}
    try:
        tags = id3.read(io.BytesIO(held[b"id3 "]))
        said = [*id3.pairs_of(tags)]
        covers = id3.front_covers(tags)
    except Exception:  # mutagen raises exceptions of any kind on broken input
        raise _refusal(path, "has no ID3 tag that can be read") from None
    pairs = (*said, *loudness_in(held.get(b"bext", b"")))
    for kind, content in chunks(pairs, None, layout):
        if kind != b"id3 " and held.get(kind) != content:
            words = "does not say what its ID3 tag says" if kind in held else "is missing"
            raise _refusal(path, f"its chunk {kind.decode().strip()!r} {words}")
    return WavFile(path, layout, pairs, cover_hash(path, covers), found[-1])


def blocks(file: WavFile, start: int = 0) -> Iterator[Block]:
    """The samples of `file` from `start` on; raises Refusal where they cannot be read."""
    yield from wav.blocks_at(file.path, file.layout, file.data.start, start)


def sound(path: Path) -> Iterator[bytes]:
    """The bytes of the samples in the file at `path`."""
    data = chunks_of(path)[-1]
    try:
        with open_regular(path) as file:
            yield from pieces(file, data.start, data.size)
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None


def _layout(path: Path, found: tuple[Chunk, ...]) -> Layout:
    """The layout of the samples, from the format chunk and how many bytes they take."""
    stated = next((chunk for chunk in found if chunk.kind == b"fmt "), None)
    content = _content(path, stated) if stated else b""
    if len(content) != FMT.size:
        raise _refusal(path, f"has a fmt chunk of {len(content)} bytes; wanted {FMT.size}")
    _, _, rate_hz, _, _, bits = FMT.unpack(content)
    if bits not in (16, 24):
        raise _refusal(path, f"has {bits} bits; wanted 16 or 24")
    frames, rest = divmod(found[-1].size, frame_bytes(bits))
    if rest:
        raise _refusal(path, "ends within a sample")
    return Layout(rate_hz, bits, frames, ())


def _content(path: Path, chunk: Chunk) -> bytes:
    if chunk.size > LARGEST_CHUNK_BYTES:
        raise _refusal(path, f"has a chunk of {chunk.size} bytes before its samples")
    try:
        with open_regular(path) as file:
            file.seek(chunk.start)
            return file.read(chunk.size)
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None


def _refusal(path: Path, words: str) -> Refusal:
    return Refusal([Fault(path.name, words)])
