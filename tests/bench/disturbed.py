"""Albums with errors of tone and level that are known: stretches of recordings, or noise that is gated like music.

Numbers without a source are taste. Everything random depends on a seed: the same seed makes the same album.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import soxr

from pipeline.dsp.decibels import amplitude
from pipeline.processors.equaliser import Band, equalise
from tests.bench.excerpts import FADE_S, Item, Sound

RATE_HZ = 44_100
TRACKS = 8
PEAK_DBFS = -14.0  # of every mix before it is disturbed: room for what the disturbance adds
FULL_SCALE = 2**23 - 1
KINDS: tuple[Literal["bell", "low-shelf", "high-shelf"], ...] = ("bell", "low-shelf", "high-shelf")
BANDS = 3
FREQUENCIES_HZ = (60.0, 12_000.0)  # log-uniform, like q
QS = (0.5, 1.4)
MOST_BAND_DB, MOST_GAIN_DB = 4.0, 6.0  # uniform, up and down

LOWEST_HZ = 30.0  # of the noise, which falls by 3 dB an octave from there on
ROUGHNESS_DB = 4.0  # standard deviation of a noise's spectrum from pink
KNOTS = 9  # where a noise's spectrum is drawn, evenly over log frequency: an octave and a little apart
SIDE_DB = -8.0
NOTE_S = (0.15, 0.6)
DECAYS = (2.0, 6.0)  # times that a note falls by 1/e before the next begins
ACCENT_DB = -9.0  # the softest note
PASSAGE_S = 5.0
PASSAGE_DB = (-12.0, -6.0, -3.0, 0.0)


@dataclass(frozen=True)
class Disturbance:
    """What is done to a mix that nobody wished for."""

    bands: tuple[Band, ...]
    gain_db: float

    def of(self, sound: Sound, rate_hz: int) -> Sound:
        return amplitude(self.gain_db) * next(equalise(iter([sound]), self.bands, rate_hz))


def disturbance(rng: np.random.Generator) -> Disturbance:
    """Three bands, each a bell or a shelf, and a gain."""

    def band() -> Band:
        kind = KINDS[rng.integers(len(KINDS))]
        frequency_hz, q = (float(np.exp(rng.uniform(*np.log(bounds)))) for bounds in (FREQUENCIES_HZ, QS))
        return Band(kind, frequency_hz, float(rng.uniform(-MOST_BAND_DB, MOST_BAND_DB)), q)

    return Disturbance(tuple(band() for _ in range(BANDS)), float(rng.uniform(-MOST_GAIN_DB, MOST_GAIN_DB)))


def disturbed(tracks: Sequence[Item], seed: int) -> list[Item]:
    """Every track with a disturbance of its own; one that would clip, which is rare, is drawn again."""

    def one(number: int, track: Item) -> Item:
        rng = np.random.default_rng([seed, number])
        while np.abs(sound := disturbance(rng).of(track.sound, track.rate_hz)).max() > 1.0:
            pass
        return Item(track.name, sound, track.rate_hz)

    return [one(number, track) for number, track in enumerate(tracks, start=1)]


def write_album(folder: Path, tracks: Sequence[Item], intent: Mapping[str, float]) -> None:
    """Write the tracks as mixes of 24 bits, and their manifest, into `folder`, which is made."""
    (folder / "mixes").mkdir(parents=True)
    manifest = ['deliverables = ["streaming"]\n[album]\ntitle = "Bench"\nartist = "Various"\n[intent]']
    manifest += [f"{key} = {float(value)}" for key, value in intent.items()]
    for number, track in enumerate(tracks, start=1):
        mix = f"mixes/{number:02d}.wav"
        samples = np.round(track.sound * FULL_SCALE).astype(np.int32) << 8
        soundfile.write(folder / mix, samples, track.rate_hz, "PCM_24")
        manifest.append(f'[[tracks]]\nmix = "{mix}"\ntitle = "{number} {track.name}"')
    (folder / "album.toml").write_text("\n".join(manifest) + "\n", "utf-8")


def recorded(recordings: Sequence[Path], track_s: float) -> list[Item]:
    """Eight stretches, as many of each recording as its length has room for, but one at least of the first eight.

    A recording that is shorter than `track_s` is taken whole.
    """
    recordings = recordings[:TRACKS]
    lengths_s = [soundfile.info(recording).duration for recording in recordings]
    counts = [1] * len(recordings)
    while sum(counts) < TRACKS:
        counts[int(np.argmax(np.array(lengths_s) / (np.array(counts) + 1)))] += 1
    return [
        stretch(recording, (index + 0.5) / count, track_s)
        for recording, count in zip(recordings, counts, strict=True)
        for index in range(count)
    ]


def stretch(recording: Path, middle: float, track_s: float) -> Item:
    """`track_s` of a recording about `middle`, from 0 to 1; mono is heard from both sides."""
    with soundfile.SoundFile(recording) as file:
        frames = min(file.frames, round(track_s * file.samplerate))
        file.seek(int(np.clip(round(middle * file.frames) - frames // 2, 0, file.frames - frames)))
        sound, rate_hz = file.read(frames, always_2d=True), file.samplerate
    sound = np.broadcast_to(sound, (len(sound), 2))
    return Item(recording.stem, _finished(soxr.resample(sound, rate_hz, RATE_HZ, quality="VHQ")), RATE_HZ)


def synthesised(track_s: float) -> list[Item]:
    """Eight tracks of gated noise, no two of one spectrum."""
    return [Item(f"noise {seed}", noise(track_s, seed), RATE_HZ) for seed in range(1, TRACKS + 1)]


def noise(track_s: float, seed: int) -> Sound:
    """Stereo noise, pink but for a smooth random curve, in notes and in softer and louder passages."""
    rng, frames = np.random.default_rng(seed), round(track_s * RATE_HZ)
    frequencies_hz = np.fft.rfftfreq(frames, 1 / RATE_HZ)
    octaves = np.log2(np.maximum(frequencies_hz, LOWEST_HZ) / LOWEST_HZ)
    knots = np.linspace(0.0, octaves[-1], KNOTS)
    shape_db = np.interp(octaves, knots, rng.normal(0.0, ROUGHNESS_DB, KNOTS)) - 3.0 * octaves
    shape = 10 ** (shape_db / 20) * (frequencies_hz >= LOWEST_HZ)
    spectra = shape[:, None] * np.fft.rfft(rng.standard_normal((frames, 2)), axis=0)
    mid, side = np.fft.irfft(spectra, frames, axis=0).T * [[1.0], [amplitude(SIDE_DB)]]
    return _finished(np.stack((mid + side, mid - side), axis=1) * _played(rng, frames)[:, None])


def _played(rng: np.random.Generator, frames: int) -> Sound:
    """The gain of every frame: notes of one length, each of another weight, and passages of several notes."""
    note = round(rng.uniform(*NOTE_S) * RATE_HZ)
    number, since = np.divmod(np.arange(frames), note)
    accents_db = rng.uniform(ACCENT_DB, 0.0, number[-1] + 1)
    attack = 1.0 - np.exp(-since / (0.002 * RATE_HZ))
    falling = np.exp(-rng.uniform(*DECAYS) * since / note)
    passage = np.arange(frames) // round(PASSAGE_S * RATE_HZ)
    order = rng.permutation(len(PASSAGE_DB))
    passages_db = np.array(PASSAGE_DB)[order[passage % len(order)]]
    return np.asarray(attack * falling * 10 ** ((accents_db[number] + passages_db) / 20))


def _finished(sound: Sound) -> Sound:
    """Faded at either end, and at the peak that all have before they are disturbed."""
    rise = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, round(FADE_S * RATE_HZ)))[:, None]
    finished = np.array(sound)
    finished[: len(rise)] *= rise
    finished[-len(rise) :] *= rise[::-1]
    finished *= amplitude(PEAK_DBFS) / np.abs(finished).max()
    return finished
