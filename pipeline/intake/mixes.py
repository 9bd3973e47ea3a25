"""Opening a mix: a stream of blocks that can be read again and again, or a refusal that says what to send instead."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path

import numpy as np
import soundfile

from albums import MANIFEST
from albums.faults import Fault, Refusal
from albums.regular_files import Identity, identity_of, open_regular, unreadable
from pipeline.dsp.types import Block
from pipeline.intake.sound_files import Described, Unusable, described, flac_reason, flac_shortfall, open_sound
from pipeline.intake.sound_files.acceptance import WANTED, reasons_against, remarks_on
from pipeline.intake.sound_files.channels import STEREO, channel_names, sounding
from pipeline.intake.sound_files.container_header import Correction
from pipeline.intake.sound_files.flac_stream import UNSET_MD5, FlacStream, SoundDigest, flac_stream_in, frames_found
from pipeline.intake.sound_files.raised_rate import raised, raised_length, raised_rate_hz
from pipeline.system.times import clock_cs

BLOCK = 65536  # frames that are read at a time; no result depends on it
LOWEST_KEPT_HZ = 32000  # broadcast and DAT long play: from here on, a mix is measured and treated at its own rate
COPY_FLAC = "copy it again, or test it with `flac -t`"


@dataclass(frozen=True)
class Length:
    """Frames, and at which rate."""

    frames: int
    rate_hz: int


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
    channels: tuple[int, ...] = STEREO
    """Which of the file's channels are left and right; one, where the mix is mono."""
    corrections: tuple[Correction, ...] = ()
    """What is read in the file's header instead of what its writer left there."""
    remarks: tuple[Fault, ...] = ()
    """What is to be told of how the file was taken: notes and warnings."""
    raised_from: Length | None = None
    """The file's own length and rate, where it is raised to `rate_hz` as it is read."""

    @property
    def is_mono(self) -> bool:
        """Whether it has one channel, which is heard on both sides."""
        return len(self.channels) == 1

    @property
    def own(self) -> Length:
        """How long the file is, at its own rate."""
        return self.raised_from or Length(self.frames, self.rate_hz)

    @property
    def piece(self) -> str:
        """What a watcher is told that is at work: the file's name, and its place, since names may be alike."""
        return f"{self.path.name} ({self.where.removeprefix(f'{MANIFEST}: ')})"

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[Block]:
        """The samples from `start` up to `stop` in blocks of shape (frames, 2), full scale at 1.0; mono in both.

        Raises Refusal when the file ends or breaks before its length, naming the time in seconds, and when it is no
        longer the file that was judged.
        """
        stop = self.frames if stop is None else stop
        if self.raised_from is None:
            yield from self._own_blocks(start, stop)
        else:
            frames, own_hz = self.raised_from.frames, self.raised_from.rate_hz
            yield from raised(self._own_blocks, frames, (own_hz, self.rate_hz), start, stop)

    def proven_blocks(self, start: int, stop: int) -> Iterator[Block]:
        """As `blocks`; of a FLAC the whole file passes, and is held against the length and the MD5 in its header.

        Raises Refusal as well where they are not those of its sound.
        """
        stream = self._as_flac()
        if stream is None or self.raised_from:
            yield from self.blocks(start, stop)
        if stream is None:
            return
        digest, position = SoundDigest(stream.bits), 0
        for block in self.file_blocks(0, self.own.frames):
            if stream.md5 != UNSET_MD5:
                digest.add(block)
            first, last = max(start - position, 0), min(stop - position, len(block))
            if first < last and not self.raised_from:
                yield self._heard(block[first:last])
            position += len(block)
        if stream.md5 not in (UNSET_MD5, digest.digest()):
            words = f"its header has the MD5 {stream.md5.hex()}, and its samples have {digest.digest().hex()}"
            raise self._refusal(f"holds other sound than its encoder wrote: {words}; {COPY_FLAC}")

    def file_blocks(self, start: int, stop: int) -> Iterator[Block]:
        """The samples of all the file's channels, as `blocks` reads them."""
        position = start
        try:
            with open_regular(self.path) as raw, open_sound(raw, self.corrections) as file:
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

    def _own_blocks(self, start: int, stop: int) -> Iterator[Block]:
        return map(self._heard, self.file_blocks(start, stop))

    def _heard(self, block: Block) -> Block:
        if self.is_mono:
            return np.repeat(block[:, self.channels[0]][:, None], 2, axis=1)
        return block if block.shape[1] == len(STEREO) else np.ascontiguousarray(block[:, self.channels])

    def _as_flac(self) -> FlacStream | None:
        """What the file says of itself as a FLAC; None for other files. Raises Refusal where its frames say more."""
        with self._open() as raw:
            stream = flac_stream_in(raw)
            if stream and stream.frames:  # where it says nothing, they were counted when it was opened
                reason = flac_reason(stream, frames_found(raw, stream), self.own.rate_hz)
                if reason:
                    raise self._refusal(reason)
            return stream

    @contextmanager
    def _open(self) -> Iterator[BufferedReader]:
        try:
            with open_regular(self.path) as file:
                self.refuse_another(file.fileno())
                yield file
        except OSError as error:
            raise self._refusal(unreadable(error)) from None

    def _refusal(self, words: str) -> Refusal:
        return Refusal([Fault(self.where, f"{self.path.name!r} {words}")])

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
        return self._refusal("was replaced or written to during the run; see that it is the right one, run again")

    def _broken(self, position: int, why: str) -> Refusal:
        with self._open() as raw:
            stream = flac_stream_in(raw)
            held = frames_found(raw, stream).frames if stream else 0
        found, wanted = position / self.own.rate_hz, self.own.frames / self.own.rate_hz
        if stream and held < self.own.frames:
            return self._refusal(flac_shortfall(self.own.frames, held, self.own.rate_hz))
        if stream:
            return self._refusal(f"is damaged somewhere after {clock_cs(found)} of {clock_cs(wanted)}; {COPY_FLAC}")
        return self._refusal(f"breaks off at {clock_cs(found)} of {clock_cs(wanted)} ({why}); copy or bounce it again")


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

    def proven_blocks(self) -> Iterator[Block]:
        """Its samples, while the whole mix is held against what its file says of it: see `Mix.proven_blocks`."""
        return self.mix.proven_blocks(self.start, self.stop)


@dataclass(frozen=True)
class Source(Stretch):
    """One track's mix as it will be used: the stretch that the trims leave of it, and the file's hash."""

    sha256: str

    @property
    def stretch(self) -> Stretch:
        """The stretch alone."""
        return Stretch(self.mix, self.start, self.stop)


def open_mix(path: Path, where: str) -> Mix:
    """The mix at `path`; raises Refusal when it is no finished mix, with every reason found.

    A file of more than two channels is read through: those that are silent throughout are dropped.
    """
    try:
        with open_regular(path) as raw:
            identity = identity_of(raw.fileno())
            found = described(raw)
    except Unusable as error:
        raise Refusal([Fault(where, f"{path.name!r} {error}")]) from None
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        reason = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
        raise Refusal(
            [Fault(where, f"{path.name!r} cannot be read as sound ({reason.rstrip('.')}); {WANTED}")]
        ) from None
    reasons = list(reasons_against(found))
    if reasons:
        raise Refusal(Fault(where, f"{path.name!r} {reason}") for reason in reasons)
    mix = Mix(where, path, found.rate_hz, found.frames, found.encoding, identity, corrections=found.corrections)
    channels = _channels_heard(mix, found)
    remarks = remarks_on(found, channels)
    mix = replace(mix, channels=channels, remarks=tuple(Fault(where, words, severity) for severity, words in remarks))
    if found.rate_hz >= LOWEST_KEPT_HZ:
        return mix
    rate_hz = raised_rate_hz(found.rate_hz)
    frames = raised_length(found.frames, found.rate_hz, rate_hz)
    return replace(mix, rate_hz=rate_hz, frames=frames, raised_from=Length(found.frames, found.rate_hz))


def _channels_heard(mix: Mix, found: Described) -> tuple[int, ...]:
    """Which channels are left and right, or the only one; raises Refusal where more of them hold sound."""
    if found.channels <= len(STEREO):
        return STEREO[: found.channels]
    heard = sounding(mix.file_blocks(0, mix.frames))
    if len(heard) > len(STEREO):
        names = channel_names(heard, found.container, found.channels, found.channel_mask)
        words = f"has sound in {len(heard)} of its {found.channels} channels, {names}; wanted one or two"
        raise Refusal([Fault(mix.where, f"{mix.path.name!r} {words}: bounce it as stereo")])
    return heard or STEREO
