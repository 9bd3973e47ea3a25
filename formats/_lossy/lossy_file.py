"""One lossy file opened again: how long it says it is, and its samples, decoded beyond full scale too.

Where libsndfile reads a kind as well as FFmpeg, both decode it in one pass, and what one of them gives otherwise is
refused: a file that players disagree about is no master.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable
from formats._shared.pcm import CHANNELS
from formats._shared.programme import Block, Layout
from formats.codecs import decoded
from profiles.codecs import Kind

BITS = 24  # of the integers that samples are given as: they hold 48 dB beyond full scale
FULL_SCALE = 1 << (BITS - 1)
READ_TWICE: tuple[Kind, ...] = ("mp3", "opus", "vorbis")
MOST_APART = 1e-3  # of full scale: taste; what is well differs by less than 3e-6
# libsndfile decodes 80 ms before the music, however much is there to settle on (`formats.codecs.opus_pages`).
SETTLING_S: dict[Kind, float] = {"opus": 0.8}
SETTLING_APART = 0.1  # of full scale: taste; what is well differs by up to 0.06 at first, and by less from then on


@dataclass(frozen=True)
class LossyFile:
    """What a file says of itself: its tags as `pairs` have them, `cover` the SHA-256 of its front cover, or ""."""

    path: Path
    kind: Kind
    rate_hz: int
    frames: int
    pairs: tuple[tuple[str, str], ...]
    cover: str

    @property
    def layout(self) -> Layout:
        """Of the samples that it decodes to."""
        return Layout(self.rate_hz, BITS, self.frames, ())


def blocks(file: LossyFile, start: int = 0) -> Iterator[Block]:
    """The samples of `file` from `start` on, rounded to 24 bits and not clipped.

    Raises Refusal where it cannot be decoded, decodes to another length than it states, or differently by another
    decoder.
    """
    position = 0
    for block in _agreed(file):
        before, position = position, position + len(block)
        if position > file.frames:
            break
        if position > start:
            yield _integers(file, block[max(start - before, 0) :])
    if position != file.frames:
        more = "or more " if position > file.frames else ""
        raise _refusal(file, f"decodes to {position} samples {more}where it states {file.frames}")


def _agreed(file: LossyFile) -> Iterator[NDArray[np.float32]]:
    """What FFmpeg decodes, compared with what libsndfile decodes where that can."""
    if file.kind not in READ_TWICE:
        yield from decoded(file.path, file.kind)
        return
    with _opened_by_libsndfile(file) as other:
        position = 0
        for block in decoded(file.path, file.kind):
            second = _read(other, len(block))
            if len(second) < len(block):
                raise _refusal(file, f"decodes to {position + len(second)} samples by libsndfile, to more by FFmpeg")
            _compare(file, block, second, position)
            position += len(block)
            yield block
        if len(_read(other, 1)):
            raise _refusal(file, f"decodes to {position} samples by FFmpeg, to more by libsndfile")


def _read(file: soundfile.SoundFile, frames: int) -> NDArray[np.float32]:
    samples: NDArray[np.float32] = file.read(frames, dtype="float32", always_2d=True)
    return samples


@contextmanager
def _opened_by_libsndfile(file: LossyFile) -> Iterator[soundfile.SoundFile]:
    try:
        with open_regular(file.path) as raw, soundfile.SoundFile(raw.fileno(), closefd=False) as other:
            if (other.channels, other.samplerate) != (CHANNELS, file.rate_hz):
                raise _refusal(file, f"has {other.channels} channels of {other.samplerate} Hz by libsndfile")
            yield other
    except soundfile.LibsndfileError as error:
        raise _refusal(file, f"cannot be decoded by libsndfile: {error.error_string}") from None
    except OSError as error:
        raise _refusal(file, unreadable(error)) from None


def _compare(file: LossyFile, block: NDArray[np.float32], second: NDArray[np.float32], position: int) -> None:
    apart = np.abs(block - second).max(axis=1)
    settling = max(round(SETTLING_S.get(file.kind, 0.0) * file.rate_hz) - position, 0)
    most = np.where(np.arange(len(apart)) < settling, SETTLING_APART, MOST_APART)
    wrong = np.flatnonzero(~(apart <= most))  # so that what is no number is wrong as well
    if len(wrong):
        second_s = (position + int(wrong[0])) / file.rate_hz
        words = f"FFmpeg and libsndfile decode it differently, by {apart[wrong[0]]:.3g} of full scale"
        raise _refusal(file, f"{words}, from {second_s:.3f} s on")


def _integers(file: LossyFile, block: NDArray[np.float32]) -> Block:
    scaled = np.rint(block.astype(np.float64) * FULL_SCALE)
    if not np.all(np.abs(scaled) < 2**31):
        raise _refusal(file, "decodes to samples more than 48 dB beyond full scale, or to what is no number")
    return scaled.astype(np.int32)


def _refusal(file: LossyFile, words: str) -> Refusal:
    return Refusal([Fault(file.path.name, words)])
