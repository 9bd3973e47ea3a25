"""Samples kept on disk while a deliverable is made, so that memory does not grow with the programme.

Floats are kept in single precision: it holds 24-bit samples exactly, and its rounding lies 150 dB under the music.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from formats import BLOCK

Sample = TypeVar("Sample", np.float32, np.int32)
CHANNELS = 2


@dataclass(frozen=True)
class Stored(Generic[Sample]):
    """A stream of samples in a raw file: interleaved stereo of `kind`, `frames` long."""

    path: Path
    kind: type[Sample]
    frames: int

    def __call__(self, start: int = 0) -> Iterator[NDArray[Sample]]:
        """Blocks of shape (frames, 2) from frame `start` to the end."""
        with self.path.open("rb") as file:
            file.seek(start * CHANNELS * np.dtype(self.kind).itemsize)
            while len(raw := file.read(BLOCK * CHANNELS * np.dtype(self.kind).itemsize)):
                yield np.frombuffer(raw, dtype=self.kind).reshape(-1, CHANNELS)


def store(path: Path, blocks: Iterable[NDArray[Any]], kind: type[Sample]) -> Stored[Sample]:
    """Write `blocks` to `path` and return them as a stream that can be opened again and again."""
    frames = 0
    with path.open("wb") as file:
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype=kind).tobytes())
            frames += len(block)
    return Stored(path, kind, frames)
