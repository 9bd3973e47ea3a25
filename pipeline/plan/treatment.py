"""What is done to each mix, and why: tone, dynamics and level of every track, alike in every deliverable."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from albums import MOST_BANDS, EqBand, Frozen, Text
from albums.faults import Fault
from pipeline.intake.sound_files.acceptance import HIGHEST_RATE_HZ, LOWEST_RATE_HZ
from pipeline.processors.compressor import Compressor
from pipeline.processors.equaliser import Band, response_db, sections

Offset = Annotated[float, Field(ge=-100.0, le=100.0)]  # an offset may be as high as the samples of a mix
Corner = Annotated[float, Field(ge=5.0, le=1000.0)]


LIMIT_DB = 2.5
MOST_BOOST_DB = 60.0  # of a whole equaliser: with what the faders may add, samples stay far within single precision
MOST_GAIN_DB = 60.0
PROBED_HZ = np.geomspace(5.0, 20000.0, 500)


class CompressorSettings(Frozen):
    """A track's compressor, as `pipeline.processors.compressor.Compressor`, within bounds for editing by hand."""

    threshold_dbfs: Annotated[float, Field(ge=-90.0, le=60.0)]
    """The level over which it takes off, in dBFS: -90 to 60."""
    ratio: Annotated[float, Field(ge=1.0, le=20.0)] = Compressor.ratio
    """How many dB over the threshold come out as one: 1 to 20."""
    knee_db: Annotated[float, Field(ge=0.1, le=40.0)] = Compressor.knee_db
    """How wide the bend at the threshold is, in dB: 0.1 to 40."""
    attack_s: Annotated[float, Field(ge=0.001, le=1.0)] = Compressor.attack_s
    """The time constant with which it takes off, in seconds: 0.001 to 1."""
    release_s: Annotated[float, Field(ge=0.01, le=2.0)] = Compressor.release_s
    """The time constant with which it lets go, in seconds: 0.01 to 2."""
    side_chain_hz: Annotated[float, Field(ge=0.0, le=1000.0)] = Compressor.side_chain_hz
    """What lies below this does not set it off, in Hz: 0 (all does) to 1000."""
    limit_db: Annotated[float, Field(ge=0.1, le=24.0)] = LIMIT_DB
    """The most that it takes off, in dB: 0.1 to 24."""

    def compressor(self) -> Compressor:
        """The settings as the compressor takes them."""
        return Compressor(**self.model_dump())


def is_none(value: object) -> bool:
    """Whether a key is left out of a document: one that says nothing, so that older documents stay as they are."""
    return value is None


class Treatment(Frozen):
    """What is done to one mix, and why.

    In this order: the stretch used (frames at its own rate), DC removed, a high-pass, bass brought to the middle, the
    width set, bands, compression, gain.
    """

    track: Annotated[int, Field(ge=1)]
    """The track's number on the album, from 1."""
    pregap: bool = False
    """Whether this is what stands before index 1 of the track, and not the track's own mix."""
    title: Text
    """The track's title, for people."""
    mix_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """SHA-256 of the mix: another file is refused."""
    rate_hz: Annotated[int, Field(ge=LOWEST_RATE_HZ, le=HIGHEST_RATE_HZ)]
    """The sample rate of the mix, in Hz."""
    start: Annotated[int, Field(ge=0)]
    """The first frame of the mix that is used, from 0."""
    stop: Annotated[int, Field(ge=1)]
    """One past the last frame that is used."""
    dc_offset: tuple[Offset, Offset]
    """What is taken off every sample, left and right, where full scale is 1: -100 to 100."""
    high_pass_hz: Corner | None = None
    """What lies below this is cut, in Hz: 5 to 1000. Where it is null, nothing is."""
    mono_below_hz: Corner | None = None
    """Bass below this is brought to the middle, in Hz: 5 to 1000. Where it is null, none is."""
    width_db: Annotated[float, Field(ge=-60.0, le=12.0)] = 0.0
    """The gain of the sides against the middle, in dB: -60 to 12."""
    bands: Annotated[tuple[EqBand, ...], Field(max_length=MOST_BANDS)]
    """The bands of the equaliser: 0 to 16."""
    compression: CompressorSettings | None = None
    """The compressor. Where it is null, there is none."""
    gain_db: Annotated[float, Field(ge=-MOST_GAIN_DB, le=MOST_GAIN_DB)]
    """The gain of the track before the album's drive, in dB: -60 to 60."""
    without_loudness: Annotated[Literal["sound", "silence"] | None, Field(exclude_if=is_none)] = None
    """What has no loudness passes as it is and has no part in the album's level: sound shorter than 0.4 s or under
    -70 LUFS throughout, or digital silence, which is written without dither. Left out for all other mixes."""
    reasons: tuple[str, ...]
    """Why the mix is treated as it is, in sentences; they are read by people alone."""

    def equaliser(self) -> tuple[Band, ...]:
        """The bands as the equaliser takes them."""
        return bands_of(self.bands)

    @property
    def duration_s(self) -> float:
        """How long the stretch lasts."""
        return (self.stop - self.start) / self.rate_hz

    @property
    def filters(self) -> tuple[object, ...]:
        """The settings of all that has a memory: where two treatments agree in them, music may run on between them."""
        return self.rate_hz, self.high_pass_hz, self.mono_below_hz, self.width_db, self.bands, self.compression


WHERE = {"low-shelf": "below", "bell": "at", "high-shelf": "above"}


def bands_of(eq: Sequence[EqBand]) -> tuple[Band, ...]:
    """The bands of a manifest or a plan as the equaliser takes them."""
    return tuple(Band(band.kind, band.frequency_hz, band.gain_db, band.q) for band in eq)


def eq_of(bands: Sequence[Band]) -> tuple[EqBand, ...]:
    """The equaliser's bands as a manifest or a plan has them."""
    return tuple(EqBand(kind=b.kind, frequency_hz=b.frequency_hz, gain_db=b.gain_db, q=b.q) for b in bands)


def equaliser_faults(eq: Sequence[EqBand], rate_hz: int, where: str) -> Iterator[Fault]:
    """What keeps bands set by hand from being rendered at a mix's rate: no filter, or a boost beyond all music."""
    bands = bands_of(eq)
    try:
        sections(bands, rate_hz)
    except ValueError as error:
        yield Fault(where, f"{error}, half the rate of the mix" if "frequency_hz" in str(error) else str(error))
        return
    probed_hz = np.concatenate([PROBED_HZ, [band.frequency_hz for band in bands]])
    probed_hz = probed_hz[probed_hz < rate_hz / 2.0]
    response = response_db(bands, rate_hz, probed_hz)
    highest = int(np.argmax(response))
    if response[highest] > MOST_BOOST_DB:
        at = hertz(round(float(probed_hz[highest])))
        words = f"its bands together raise {at} by {response[highest]:.0f} dB; wanted {MOST_BOOST_DB:.0f} dB at most"
        yield Fault(where, words)


def in_words(bands: Sequence[Band]) -> str:
    """Bands in a few words: `-1.2 dB below 90 Hz, +0.8 dB at 3.15 kHz`; `as mixed` where there are none."""
    return ", ".join(f"{b.gain_db:+.1f} dB {WHERE[b.kind]} {hertz(b.frequency_hz)}" for b in bands) or "as mixed"


def hertz(frequency_hz: float) -> str:
    """A frequency in words: `90 Hz`, `3.15 kHz`."""
    return f"{frequency_hz / 1000:g} kHz" if frequency_hz >= 1000 else f"{frequency_hz:g} Hz"


def tone_words(treatment: Treatment) -> str:
    """A track's equaliser and compressor in a few words."""
    words = in_words(treatment.equaliser())
    return f"{words}; glued over {treatment.compression.threshold_dbfs:g} dBFS" if treatment.compression else words
