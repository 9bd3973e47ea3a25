"""Samples kept on disk while a deliverable is made, so that memory does not grow with the programme.

Floats are kept in single precision: it holds 24-bit samples exactly, and its rounding lies 150 dB under the music.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Sample = TypeVar("Sample", np.float32, np.int32)
BLOCK = 65536  # frames that are read at a time; no result depends on it
STEREO = 2


@dataclass(frozen=True)
class SpooledStream(Generic[Sample]):
    """A stream in a raw file: frames of `columns` samples of `kind`, interleaved."""

    path: Path
    kind: type[Sample]
    columns: int = STEREO

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return self.path.stat().st_size // self._frame_bytes

    @property
    def _frame_bytes(self) -> int:
        return self.columns * np.dtype(self.kind).itemsize

    def __call__(self, start: int = 0) -> Iterator[NDArray[Sample]]:
        """Blocks of shape (frames, columns) from frame `start` to the end."""
        with self.path.open("rb") as file:
            file.seek(start * self._frame_bytes)
            while len(raw := file.read(BLOCK * self._frame_bytes)):
                yield np.frombuffer(raw, dtype=self.kind).reshape(-1, self.columns)


def spool_to_disk(
    path: Path, blocks: Iterable[NDArray[Any]], kind: type[Sample], columns: int = STEREO
) -> SpooledStream[Sample]:
    """Write `blocks` to `path` and return them as a stream that can be opened again and again."""
    deque(tee_to_disk(path, blocks, kind), maxlen=0)
    return SpooledStream(path, kind, columns)


def tee_to_disk(path: Path, blocks: Iterable[NDArray[Any]], kind: type[Sample]) -> Iterator[NDArray[Sample]]:
    """Write `blocks` to `path` while they are passed on."""
    with path.open("wb") as file:
        for block in blocks:
            kept = np.ascontiguousarray(block, dtype=kind)
            file.write(kept.data)
            yield kept
