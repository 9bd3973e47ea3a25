"""Sound files as libsndfile reads them, and whether each is whole: as long as it says, to the last frame.

One notion for all containers: what a header promises, the file holds; where the header promises nothing, the sound
runs to the end of the file, which is told; where two promises contradict each other or the sound, neither is believed.
"""

import io
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from io import BufferedReader
from typing import Any

import soundfile

from albums.faults import Severity
from pipeline.intake.sound_files.container_header import Correction, SoundChunk, sound_chunk_in
from pipeline.intake.sound_files.flac_stream import FlacStream, FramesFound, flac_stream_in, frames_found

WIDTHS = {"PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}  # bytes that a sample takes
AGAIN = "copy it again, or export it again"
SECOND = (
    "holds another header behind its own, as when two files were put together, or a program that must go back wrote "
    "to a pipe; send each sound as a file of its own"
)
OGG_FLAC = "is a FLAC within Ogg, which is not read; unpack it with `flac -d`"
LEFT_OUT_S = 0.1  # taste: what is left out behind a sound is no garbage from here on, but sound that the header forgot

Remark = tuple[Severity, str]


class Unusable(Exception):  # noqa: N818 - it is said of a file
    """Why a file cannot be taken for one sound, in words that follow its name."""


@dataclass(frozen=True)
class Described:
    """A sound file as it is: `frames` are those that it holds, `reasons` say why it is not whole.

    `channel_mask` is WAVE's, 0 where there is none.
    """

    container: str
    encoding: str
    rate_hz: int
    channels: int
    frames: int
    channel_mask: int = 0
    corrections: tuple[Correction, ...] = ()
    reasons: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()


class CorrectedFile(io.RawIOBase):
    """A file as it would be with other bytes in some places; nothing is written."""

    def __init__(self, file: BufferedReader, corrections: Sequence[Correction]) -> None:
        """`file` stays the caller's to close."""
        super().__init__()
        self._file, self._corrections = file, corrections

    def readable(self) -> bool:
        """It is read."""
        return True

    def seekable(self) -> bool:
        """It can be read from anywhere."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place and return it; for one that no file has, stay: libsndfile asks for what broken headers say."""
        with suppress(OSError, OverflowError, ValueError):
            self._file.seek(offset, whence)
        return self._file.tell()

    def tell(self) -> int:
        """The place reached."""
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` from here on; nothing where the disk fails, which then reads as a file that breaks off."""
        begin, view, read = self._file.tell(), memoryview(buffer), 0
        with suppress(OSError):  # nothing raised here would reach the caller through libsndfile
            read = self._file.readinto(view)
        for place, right in self._corrections:
            first, last = max(begin, place), min(begin + read, place + len(right))
            if first < last:
                view[first - begin : last - begin] = right[first - place : last - place]
        return read


@contextmanager
def open_sound(file: BufferedReader, corrections: Sequence[Correction] = ()) -> Iterator[soundfile.SoundFile]:
    """The open `file` as sound, its own place lost; raises `soundfile.LibsndfileError`."""
    # Only what must be corrected is read by way of Python, which costs a call for every few kilobytes.
    source: Any = CorrectedFile(file, corrections) if corrections else file.fileno()
    file.seek(0)
    os.lseek(file.fileno(), 0, os.SEEK_SET)  # libsndfile begins where the descriptor stands; seek() stays in its buffer
    with soundfile.SoundFile(source, closefd=False) as sound:
        yield sound


def described(file: BufferedReader) -> Described:
    """What the open `file` is, its own place lost; raises Unusable, and `soundfile.LibsndfileError`."""
    stream = flac_stream_in(file)
    if stream:
        return _flac(file, stream)
    if b"\x7fFLAC" in _head(file):
        raise Unusable(OGG_FLAC)
    sound = sound_chunk_in(file)
    if sound and sound.followed:
        raise Unusable(SECOND)
    corrections = sound.corrections if sound else ()
    with open_sound(file, corrections) as opened:
        found = Described(opened.format, opened.subtype, opened.samplerate, opened.channels, int(opened.frames))
    if sound is None:
        return found
    frame_bytes = WIDTHS.get(found.encoding, 0) * found.channels
    return replace(
        found,
        frames=min(found.frames, sound.held_bytes // frame_bytes) if frame_bytes else found.frames,
        channel_mask=sound.channel_mask,
        corrections=corrections,
        reasons=tuple(_reasons(sound, frame_bytes, found)),
        remarks=tuple(_remarks(sound, frame_bytes, found.rate_hz)),
    )


def _head(file: BufferedReader) -> bytes:
    file.seek(0)
    return file.read(64) if file.read(4) == b"OggS" else b""


def flac_reason(stream: FlacStream, found: FramesFound, rate_hz: int) -> str:
    """Why a FLAC is not what it says, told from the headers of its frames; empty where nothing is wrong with them.

    Where they hold less than is promised, decoding says where it breaks.
    """
    if found.followed:
        return SECOND
    if stream.frames and found.frames > stream.frames:
        promised, held = (_length(frames, rate_hz) for frames in (stream.frames, found.frames))
        return f"contradicts itself: its header promises {promised}, and its frames hold {held}; {AGAIN}"
    return ""


def flac_shortfall(promised: int, held: int, rate_hz: int) -> str:
    """What is wrong with a FLAC whose frames hold less than its header promises."""
    lengths = [_length(frames, rate_hz) for frames in (promised, held)]
    return f"is cut short: its header promises {lengths[0]}, and its frames hold {lengths[1]}; {AGAIN}"


def _flac(file: BufferedReader, stream: FlacStream) -> Described:
    size_bytes = os.fstat(file.fileno()).st_size
    if stream.audio >= size_bytes:
        raise Unusable(f"is cut short: its sound begins after {stream.audio} bytes, and it holds {size_bytes}; {AGAIN}")
    counted = None if stream.frames else frames_found(file, stream)
    corrections = (stream.with_length(counted.frames),) if counted and counted.frames else ()
    with open_sound(file, corrections) as opened:
        frames = counted.frames if counted else int(opened.frames)
        found = Described(opened.format, opened.subtype, opened.samplerate, opened.channels, frames)
    if counted is None:
        return found
    reason = flac_reason(stream, counted, found.rate_hz)
    told = _unwritten(frames, found.rate_hz, "its frames were counted")
    return replace(
        found, corrections=corrections, reasons=(reason,) if reason else (), remarks=(("note", told),) if frames else ()
    )


def _reasons(sound: SoundChunk, frame_bytes: int, found: Described) -> Iterator[str]:
    """Why the sound in a container of chunks cannot be what was written."""
    if found.channels and sound.frame_bytes > frame_bytes > 0 and sound.frame_bytes % found.channels == 0:
        said = f"{sound.frame_bytes} bytes a frame, and {found.channels} channels of {WIDTHS[found.encoding]} bytes"
        yield f"contradicts itself: its header has {said}; export it again"
    if not frame_bytes:
        if sound.missing_bytes:
            yield f"is cut short: its header promises {sound.missing_bytes} bytes more than the file has; {AGAIN}"
        return
    held, forgotten = sound.held_bytes // frame_bytes, sound.foreign_bytes // frame_bytes
    promised = held if sound.promised_bytes is None else sound.promised_bytes // frame_bytes
    lengths = [_length(frames, found.rate_hz) for frames in (promised, held)]
    if sound.missing_bytes:
        missing = f"{sound.missing_bytes} bytes are missing"
        yield f"is cut short: its header promises {lengths[0]}, and the file holds {lengths[1]}; {missing}; {AGAIN}"
    elif forgotten >= LEFT_OUT_S * found.rate_hz:
        more = f"{sound.foreign_bytes} bytes more lie behind, which are no chunks"
        yield f"contradicts itself: its header promises {lengths[0]}, and {more}; {AGAIN}"
    elif sound.promised_frames is not None and sound.promised_frames != held:
        said = f"its header promises {_length(sound.promised_frames, found.rate_hz)}"
        yield f"is cut short or contradicts itself: {said}, and its sound chunk holds {lengths[1]}; {AGAIN}"


def _remarks(sound: SoundChunk, frame_bytes: int, rate_hz: int) -> Iterator[Remark]:
    """What is to be told of how a container of chunks was taken."""
    frames, over = divmod(sound.held_bytes, frame_bytes) if frame_bytes else (0, 0)
    if sound.promised_bytes is None and frame_bytes:
        how = f"the header says {sound.stated} bytes; it is taken to last to the end of the file"
        yield "note", _unwritten(frames, rate_hz, how)
    if over and not sound.missing_bytes:
        words = f"ends in the middle of a frame, {over} of its {frame_bytes} bytes: it may have been cut short"
        yield "warning", f"{words}; see that {frames / rate_hz:.3f} s is all of it"
    if sound.foreign_bytes and frame_bytes:
        words = f"{sound.foreign_bytes} bytes behind its sound are neither sound nor tags, and are left out"
        yield "warning", f"{words}; see that {frames / rate_hz:.3f} s is all of it"


def _unwritten(frames: int, rate_hz: int, how: str) -> str:
    return (
        f"does not say how long it is, as when a program writes to a stream: {how}, "
        f"{_length(frames, rate_hz)}; see that this is all of it"
    )


def _length(frames: int, rate_hz: int) -> str:
    return f"{frames} samples ({frames / max(1, rate_hz):.3f} s)"
