"""Pieces of files copied into others, as tracks are cut and frames of lossy files left out."""

from collections.abc import Iterator
from typing import BinaryIO

COPY_BYTES = 2**20  # at a time; no result depends on it


def copy_piece(file: BinaryIO, place: int, size: int, out: BinaryIO) -> None:
    """Write `size` bytes of `file` from `place` on to `out`; raises OSError where it ends before."""
    for data in pieces(file, place, size):
        out.write(data)


def pieces(file: BinaryIO, place: int, size: int) -> Iterator[bytes]:
    """The `size` bytes of `file` from `place` on; raises OSError where it ends before."""
    file.seek(place)
    while size:
        data = file.read(min(size, COPY_BYTES))
        if not data:
            raise OSError(f"the file ends {size} bytes early")
        yield data
        size -= len(data)
