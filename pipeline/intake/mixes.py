"""Opening a mix: a stream of blocks that can be read again and again, or a refusal that says what to send instead."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

import soundfile

from albums.faults import Fault, Refusal
from albums.regular_files import Identity, identity_of, open_regular
from pipeline.dsp.types import Block
from pipeline.intake.container_header import SoundChunk, sound_chunk_in

BLOCK = 65536  # frames that are read at a time; no result depends on it
PIECE_BYTES = 2**20  # hashed at a time: so large that other threads' work between two pieces costs little
LOWEST_RATE_HZ = 32000  # broadcast and DAT long play use it; no finished mix has less
HIGHEST_RATE_HZ = 384000
CONTAINERS = {"WAV", "WAVEX", "AIFF", "FLAC", "RF64", "W64", "CAF"}
ENCODINGS = {"PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAC_16", "ALAC_20", "ALAC_24", "ALAC_32"}
WIDTHS = {"PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}  # bytes that a sample takes
UNKNOWN_FRAMES = 2**63 - 1  # libsndfile: the file does not say
WANTED = "wanted a finished stereo mix as WAV, AIFF, FLAC, RF64, W64 or CAF, PCM or float, 16 bit or more"


@dataclass(frozen=True)
class Mix:
    """One mix on disk, judged readable: `where` is its place in the manifest, `frames` its length at `rate_hz`.

    `identity` is the file's as it was judged: no other sound is ever read under its name.
    """

    where: str
    path: Path
    rate_hz: int
    frames: int
    encoding: str
    identity: Identity | None = None

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[Block]:
        """The samples from `start` up to `stop` in blocks of shape (frames, 2), full scale at 1.0.

        Raises Refusal when the file ends or breaks before its length, naming the time in seconds, and when it is no
        longer the file that was judged.
        """
        position, stop = start, self.frames if stop is None else stop
        try:
            with open_regular(self.path) as raw, soundfile.SoundFile(raw.fileno(), closefd=False) as file:
                self.refuse_another(raw.fileno())
                file.seek(start)
                while position < stop:
                    block = file.read(min(BLOCK, stop - position), dtype="float64", always_2d=True)
                    self.refuse_another(raw.fileno())
                    if not len(block):
                        break
                    position += len(block)
                    yield block
        except (soundfile.LibsndfileError, OSError) as error:
            self._refuse_replaced()  # what broke may be a file that was never judged
            raise self._broken(position, str(error)) from None
        if position < stop:
            raise self._broken(position, "the file ends there")

    def refuse_another(self, descriptor: int) -> None:
        """Raise Refusal unless the open file is the one that was judged, not written to since."""
        if self.identity and identity_of(descriptor) != self.identity:
            raise self._another()

    def _refuse_replaced(self) -> None:
        try:
            now = identity_of(self.path)
        except OSError:
            return
        if self.identity and now != self.identity:
            raise self._another()

    def _another(self) -> Refusal:
        words = f"{self.path.name!r} was replaced or written to during the run; see that it is the right one, run again"
        return Refusal([Fault(self.where, words)])

    def _broken(self, position: int, why: str) -> Refusal:
        found, wanted = position / self.rate_hz, self.frames / self.rate_hz
        words = f"{self.path.name!r} breaks off at {found:.3f} s of {wanted:.3f} s ({why}); copy or bounce it again"
        return Refusal([Fault(self.where, words)])


@dataclass(frozen=True)
class Stretch:
    """What the trims leave of a mix: the frames from `start` up to `stop`."""

    mix: Mix
    start: int
    stop: int

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return (self.stop - self.start) / self.mix.rate_hz

    def blocks(self) -> Iterator[Block]:
        """Its samples, in blocks as those of the mix."""
        return self.mix.blocks(self.start, self.stop)


@dataclass(frozen=True)
class Source(Stretch):
    """One track's mix as it will be used: the stretch that the trims leave of it, and the file's hash."""

    sha256: str

    @property
    def stretch(self) -> Stretch:
        """The stretch alone."""
        return Stretch(self.mix, self.start, self.stop)


def open_mix(path: Path, where: str) -> Mix:
    """The mix at `path`; raises Refusal when it is not a finished stereo mix, with every reason found."""
    try:
        with open_regular(path) as raw, soundfile.SoundFile(raw.fileno(), closefd=False) as file:
            sound = sound_chunk_in(raw)
            identity = identity_of(raw.fileno())
            found = Mix(where, path, file.samplerate, _frames(file, sound), file.subtype, identity)
            container, channels = file.format, file.channels
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        reason = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
        raise Refusal(
            [Fault(where, f"{path.name!r} cannot be read as sound ({reason.rstrip('.')}); {WANTED}")]
        ) from None
    reasons = list(_reasons(found, container, channels, sound.missing_bytes if sound else 0))
    if reasons:
        raise Refusal(Fault(where, f"{path.name!r} {reason}") for reason in reasons)
    return found


def hashed(mix: Mix) -> str:
    """The SHA-256 of the file that was judged; raises Refusal where it cannot be read, or is another by now."""
    try:
        with open_regular(mix.path) as file:
            found = _digest(file)
            mix.refuse_another(file.fileno())
            return found
    except OSError as error:
        raise Refusal([Fault(mix.where, f"{mix.path.name!r} cannot be read: {error.strerror}")]) from None


def as_hashed(source: Source) -> Source:
    """`source` with its file as it lies there now, if that still has the hash; raises Refusal if not.

    A file that was copied elsewhere and back, or is seen from another machine, is the same as long as its bytes are.
    """
    mix = source.mix
    try:
        with open_regular(mix.path) as file:
            now = identity_of(file.fileno())
            if now == mix.identity:
                return source
            if _digest(file) == source.sha256:
                return replace(source, mix=replace(mix, identity=now))
    except OSError as error:
        raise Refusal([Fault(mix.where, f"{mix.path.name!r} cannot be read: {error.strerror}")]) from None
    words = f"{mix.path.name!r} is no longer the file that was measured; see that it is the right one, and run again"
    raise Refusal([Fault(mix.where, words)])


def fingerprint(path: Path) -> str:
    """The SHA-256 of the bytes of a regular file, in hexadecimal; raises OSError."""
    with open_regular(path) as file:
        return _digest(file)


def _digest(file: BufferedReader) -> str:
    digest, piece = hashlib.sha256(), memoryview(bytearray(PIECE_BYTES))
    while length := file.readinto(piece):
        digest.update(piece[:length])
    return digest.hexdigest()


def _frames(file: soundfile.SoundFile, sound: SoundChunk | None) -> int:
    """The frames in the data chunk; in a W64 file, libsndfile 1.2.2 also counts the chunks after it as sound."""
    if file.format != "W64" or sound is None or file.subtype not in WIDTHS:
        return int(file.frames)
    promised = sound.promised_bytes // (WIDTHS[file.subtype] * file.channels)
    return int(min(file.frames, promised))


def _reasons(mix: Mix, container: str, channels: int, missing: int) -> Iterator[str]:
    if container not in CONTAINERS or mix.encoding not in ENCODINGS:
        yield f"holds {container} {mix.encoding}; {WANTED}"
    if channels != 2:
        kind = "mono" if channels == 1 else f"{channels} channels"
        yield f"is {kind}; wanted 2 channels: bounce it as stereo" + (" (both channels alike)" * (channels == 1))
    if not LOWEST_RATE_HZ <= mix.rate_hz <= HIGHEST_RATE_HZ:
        yield f"runs at {mix.rate_hz} Hz; wanted {LOWEST_RATE_HZ} to {HIGHEST_RATE_HZ} Hz, as the session was recorded"
    if not mix.frames:
        yield "holds no samples; bounce it again"
    elif mix.frames == UNKNOWN_FRAMES:
        yield "does not say how long it is, as when an encoder writes to a stream; encode it again, to a file"
    elif missing:
        yield f"is cut short: its header promises {missing} bytes more than the file has; copy it again"
