"""What is known of one track while room is made for codecs: what they made of it, and which are to be asked next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.dsp.decibels import amplitude, decibels
from pipeline.dsp.reduction_smoothing import ONE
from pipeline.processors.dips import HOPS_PER_S, Patch
from pipeline.rendering.codecs.reading import CodecReading, Stretch
from profiles.codecs import Codec

MOST_NOISE_TIMES = 3.0  # of a codec's local noise: with 2 more is left over, with 4 more is lost (by trial)
HIGHEST_TIMES = 1.4  # so many times what the highest place asked for: under drums and noise peaks rise by less of it
SPARE_DB = 0.05  # so far under what is promised a ceiling aims: a quarter fewer encodes, for 0.01 LU (by trial)
FIRMLY, BEYOND_DB = 2.0, 0.05  # a patch takes so much of what is over, and this: exactly as much takes twice the passes
LEAST_NOISE = 1e-9  # a guard against division by nothing
# Codecs up to so many times the lowest bit rate are the noisy ones, from which room is foreseen, and up to so many the
# next, which are asked with them once there is room. So single places are left of Vorbis q5 beside 128 kbit/s (in six
# of ten tracks at -9 LUFS): too few to encode it first, too many to ask it last.
ALIKE, NEXT = 1.2, 1.3
MOST_PASSES = 24  # a guard: music takes one to seven

VORBIS_KBPS = (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500)  # q0 to q10, libvorbis' own table for stereo
LAME_KBPS = (245, 225, 190, 175, 165, 130, 115, 100, 85, 65)  # V0 to V9, as LAME's documentation has them


def nominal_kbps(codec: Codec) -> int:
    """About how many kbit/s a codec takes: the fewer, the more it adds to the sound."""
    if codec.quality is None:
        return codec.kbps or 0
    return (LAME_KBPS if codec.kind == "mp3" else VORBIS_KBPS)[codec.quality]


def noisy(codecs: Sequence[Codec], times: float = ALIKE) -> tuple[Codec, ...]:
    """Those of `codecs` that add the most: up to so many `times` the lowest bit rate."""
    lowest = min(map(nominal_kbps, codecs))
    return tuple(codec for codec in codecs if nominal_kbps(codec) <= times * lowest)


@dataclass
class TrackRoom:
    """One track: its place, and what codecs made of it as it is now (`known`) and as it was (`latest`)."""

    number: int
    programme: int
    stretch: Stretch
    codecs: tuple[Codec, ...]
    known: dict[Codec, CodecReading] = field(default_factory=dict)
    latest: dict[Codec, CodecReading] = field(default_factory=dict)
    before_dbtp: dict[Codec, float] = field(default_factory=dict)
    passes: int = 0
    patches: list[Patch] = field(default_factory=list)

    def due(self) -> tuple[Codec, ...]:
        """The codecs to be asked next: those that were over, then noisy ones, then all; none once all are known.

        A patch of a few places hardly ever takes a codec over that was not, however little it was under.
        """
        if self.passes >= MOST_PASSES:
            return ()
        first = noisy(self.codecs, NEXT)
        over = [codec for codec in self.unknown if codec in self.latest and len(self.latest[codec].frames)]
        return tuple(over or [codec for codec in self.unknown if codec in first] or self.unknown)

    @property
    def unknown(self) -> tuple[Codec, ...]:
        """The codecs that were not asked about the track as it is."""
        return tuple(codec for codec in self.codecs if codec not in self.known)

    def told(self, readings: Mapping[Codec, CodecReading]) -> None:
        """What codecs made of the track as it is."""
        self.passes += 1
        self.known |= readings
        self.latest |= readings

    def changed(self) -> None:
        """The track is another now: nothing is known of it."""
        self.known.clear()

    def foreseen(self, highest: float) -> NDArray[np.float64]:
        """The ceiling for each hop from the stretch's first on, from what the noisy codecs added and where it was over.

        Nowhere lower than by twice what is over in all: no decoded peak asks for more.
        """
        noise = np.max([reading.noise for reading in self.known.values()], axis=0)
        over_db = max(reading.true_peak_dbtp for reading in self.known.values()) - decibels(highest)
        lowest = highest * amplitude(-FIRMLY * over_db - BEYOND_DB)
        expected = highest * amplitude(-SPARE_DB) - self._noise_times(noise, highest) * noise
        found: NDArray[np.float64] = np.maximum(expected, lowest)
        return found

    def _noise_times(self, noise: NDArray[np.float64], highest: float) -> float:
        """How many times the noise of its hop a peak may rise by, from those that did."""
        rises = [0.0]
        for reading in self.known.values():
            hops = reading.frames * HOPS_PER_S // self.stretch.rate_hz - reading.first_hop
            rises += ((reading.peaks - highest) / np.maximum(noise[hops], LEAST_NOISE)).tolist()
        return min(MOST_NOISE_TIMES, HIGHEST_TIMES * max(rises))

    def patch(self, highest: float) -> Patch | None:
        """A patch for all places that are over by what is known of the track; None where there is none."""
        return patch_of(self.known.values(), highest)


def patch_of(readings: Iterable[CodecReading], highest: float) -> Patch | None:
    """A patch for all places at which a decoded peak was over; None where there is none."""
    found = [(reading.frames, reading.peaks) for reading in readings if len(reading.frames)]
    if not found:
        return None
    frames, places = np.unique(np.concatenate([each for each, _ in found]), return_inverse=True)
    peaks = np.full(len(frames), highest)
    np.maximum.at(peaks, places, np.concatenate([each for _, each in found]))
    kept = (highest / peaks) ** FIRMLY * amplitude(-BEYOND_DB)
    return Patch(frames, np.ceil((1.0 - kept) * ONE).astype(np.int32))
