"""What a codec makes of a stretch of a programme: encoded, decoded to float, and held against what went in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import formats
from albums.faults import Fault, Refusal
from formats.codecs import FRAME_BYTES, decoded, encode_exact
from pipeline.analysis.meters.loudness import LoudnessMeter
from pipeline.analysis.meters.true_peak import TruePeakMeter
from pipeline.dsp.overlap import overlapping_windows
from pipeline.dsp.oversampling import MARGIN, envelope
from pipeline.dsp.types import Block
from pipeline.processors.dips import HOPS_PER_S
from pipeline.processors.resampling import resample
from pipeline.system.progress import Advance
from profiles.codecs import Codec

OPUS_HZ, HIGHEST_HZ = 48000, 48000
BLIND = MARGIN + 1
WINDOW = 32768  # frames that are searched together: speed only
FULL_SCALE = 2.0**31


@dataclass(frozen=True)
class Stretch:
    """Samples `start` up to `stop` of a programme at `rate_hz`: a track.

    It is encoded with `lead` samples before it and `tail` after it, as where music runs on; they are not heard.
    """

    start: int
    stop: int
    rate_hz: int
    lead: int = 0
    tail: int = 0

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return (self.stop - self.start) / self.rate_hz


@dataclass(frozen=True, eq=False)
class CodecReading:
    """What a codec made of a stretch.

    `loudness_lufs` is the decoded sound's, None where there is none.
    `frames` and `peaks`, of shape (places,): where a decoded peak was over, in samples of the programme, and how high.
    `noise` of shape (hops,): rms of what the codec added in each 1/250 s of the programme, from `first_hop` on.
    """

    true_peak_dbtp: float
    loudness_lufs: float | None
    frames: NDArray[np.int64]
    peaks: NDArray[np.float64]
    first_hop: int
    noise: NDArray[np.float64]


def codec_rate_hz(codec: Codec, rate_hz: int) -> int:
    """At which rate a service encodes what it was sent at `rate_hz`."""
    if codec.kind == "opus":
        return OPUS_HZ
    if rate_hz <= HIGHEST_HZ:
        return rate_hz
    return 44100 if rate_hz % 44100 == 0 else HIGHEST_HZ


def read_codecs(
    finished: Callable[[int, int], Iterator[formats.Block]],
    bits: int,
    stretch: Stretch,
    codecs: Sequence[Codec],
    highest: float,
    folder: Path,
    advance: Advance,
) -> dict[Codec, CodecReading]:
    """What each of `codecs` makes of a stretch of finished samples; peaks over the amplitude `highest` are noted.

    `folder` is empty and is so again afterwards. `advance` is told the seconds of each codec, and may raise to stop.
    """
    found = {}
    for rate_hz in sorted({codec_rate_hz(codec, stretch.rate_hz) for codec in codecs}):
        raw = folder / f"{rate_hz}.raw"
        blocks = finished(stretch.start - stretch.lead, stretch.stop + stretch.tail)
        _write_raw(raw, blocks, bits, stretch, rate_hz)
        due = [codec for codec in codecs if codec_rate_hz(codec, stretch.rate_hz) == rate_hz]
        around = stretch.lead, stretch.tail
        for codec, path in encode_exact(raw, rate_hz, due, folder, *around, lambda: advance(0.0)).items():
            found[codec] = _reading(path, codec, raw, stretch, rate_hz, highest)
            path.unlink()
            advance(stretch.duration_s)
        raw.unlink()
    return found


def _write_raw(path: Path, blocks: Iterator[formats.Block], bits: int, stretch: Stretch, rate_hz: int) -> None:
    """The samples as int32 of full scale 2^31; at another rate rounded to that, no dither under 24 bits and more."""
    with path.open("wb") as file:
        if rate_hz == stretch.rate_hz:
            for block in blocks:
                file.write(formats.canonical_bytes(block << (32 - bits)))
            return
        sound = (block * np.float64(2.0 ** (1 - bits)) for block in blocks)
        frames = stretch.lead + stretch.stop - stretch.start + stretch.tail
        for converted in resample(sound, stretch.rate_hz, rate_hz, frames):
            scaled = np.clip(np.rint(converted * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1.0)
            file.write(formats.canonical_bytes(scaled.astype(np.int32)))


def _reading(path: Path, codec: Codec, raw: Path, stretch: Stretch, rate_hz: int, highest: float) -> CodecReading:
    sent = raw.stat().st_size // FRAME_BYTES - stretch.lead - stretch.tail
    meter, noise, energy = TruePeakMeter(rate_hz), _Noise(stretch, rate_hz), LoudnessMeter(rate_hz)
    frames, peaks = list[NDArray[np.int64]](), list[NDArray[np.float64]]()

    def heard() -> Iterator[Block]:
        position = 0
        with raw.open("rb") as file:  # which is not mapped: what is read of a mapped file counts as memory
            file.seek(stretch.lead * FRAME_BYTES)
            for floats in decoded(path, codec.kind):
                before = np.frombuffer(file.read(len(floats) * FRAME_BYTES), "<i4").reshape(-1, 2)
                start, position = position, position + len(floats)
                if position > sent:
                    break
                sound = floats.astype(np.float64)
                meter.add(sound)
                energy.add(sound)
                noise.add(sound - before / FULL_SCALE, start)
                yield sound
        if position != sent:
            words = f"decodes to {position} samples{' or more' if position > sent else ''}"
            raise Refusal([Fault(path.name, f"{words} of the {sent} that were encoded")])

    for number, window in enumerate(overlapping_windows(heard(), WINDOW, BLIND)):
        at, high = _over(window, highest)
        frames.append(stretch.start + (at + number * WINDOW) * stretch.rate_hz // rate_hz)
        peaks.append(high)
    return CodecReading(
        true_peak_dbtp=meter.result().true_peak_dbtp,
        loudness_lufs=energy.result().integrated_lufs,
        frames=np.concatenate(frames),
        peaks=np.concatenate(peaks),
        first_hop=noise.first,
        noise=noise.rms(),
    )


def _over(window: Block, highest: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The frames of a window's core at which the waveform is over `highest`, and how high it is there."""
    channels = np.ascontiguousarray(window.T, dtype=np.float32)
    top = np.maximum(*(envelope(samples, highest) for samples in channels))[BLIND : len(window) - BLIND]
    at = np.flatnonzero(top > highest)
    return at, top[at].astype(np.float64)


class _Noise:
    """The energy of what a codec added, hop by hop of the programme; the higher channel's."""

    def __init__(self, stretch: Stretch, rate_hz: int) -> None:
        self._stretch, self._rate_hz = stretch, rate_hz
        self.first = stretch.start * HOPS_PER_S // stretch.rate_hz
        hops = stretch.stop * HOPS_PER_S // stretch.rate_hz - self.first + 1
        self._energy, self._frames = np.zeros((2, hops)), np.zeros(hops)

    def add(self, added: Block, position: int) -> None:
        """What was added to the frames from `position` of the stretch on."""
        ratio = self._stretch.rate_hz * HOPS_PER_S
        begin = self._stretch.start * HOPS_PER_S * self._rate_hz
        at = begin + (position + np.arange(len(added), dtype=np.int64)) * ratio
        hops = at // (self._stretch.rate_hz * self._rate_hz) - self.first
        for channel in range(2):
            self._energy[channel] += np.bincount(hops, added[:, channel] ** 2, len(self._frames))
        self._frames += np.bincount(hops, minlength=len(self._frames))

    def rms(self) -> NDArray[np.float64]:
        found: NDArray[np.float64] = np.sqrt(self._energy.max(axis=0) / np.maximum(self._frames, 1.0))
        return found
