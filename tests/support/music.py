"""Seeded music-like sound, and album folders made of it."""

import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import soundfile
import tomlkit

from profiles import text_of

RATE_HZ = 48000


def music(seconds, rate_hz=RATE_HZ, seed=1, level_db=-18.0, tilt=1.0):
    """Seeded stereo sound with music's outline: beats over a sustained bed that rolls off from 15 kHz, in ±1."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    time_s = np.arange(frames) / rate_hz
    spectrum = np.fft.rfft(rng.standard_normal((frames, 2)), axis=0)
    frequency_hz = np.fft.rfftfreq(frames, 1 / rate_hz)[:, None]
    shape = (
        1.0 / np.maximum(frequency_hz, 60.0) ** (0.5 * tilt) * (frequency_hz > 40) / (1 + (frequency_hz / 15000) ** 6)
    )
    bed = np.fft.irfft(spectrum * shape, frames, axis=0)
    since_beat = (time_s * 2.0) % 1.0
    beats = (np.exp(-since_beat * 6.0) * (1 - np.exp(-since_beat * 400.0)))[:, None]
    sound = bed / np.abs(bed).max() * (0.3 + beats)
    sound *= 10 ** (level_db / 20) / np.sqrt(np.mean(sound**2))
    edge = min(frames // 4, round(0.05 * rate_hz))
    ramp = np.sin(np.linspace(0, np.pi / 2, edge))[:, None] ** 2
    sound[:edge] *= ramp
    sound[-edge:] *= ramp[::-1]
    return sound * min(1.0, 0.9 / np.abs(sound).max(initial=0.9))


MANIFEST = {
    "deliverables": ["streaming"],
    "album": {"title": "Test Pressing", "artist": "The Meters", "upc": "036000291452", "catalogue_number": "GM-001",
              "release_date": date(2026, 11, 27)},
    "intent": {"head_s": 0.0, "tail_s": 0.0},
    "tracks": [],
}  # fmt: skip


def unchecked(profile: str) -> str:
    """A shipped profile's text without its codec check, which takes its time and has tests of its own."""
    document = tomlkit.parse(text_of(profile))
    document.pop("codec_check", None)
    return tomlkit.dumps(document)


class AlbumFolder:
    """An album folder in the making: mixes by number, and a manifest that may be changed before it is read.

    Its own `streaming` has no codec check.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "mixes").mkdir(parents=True)
        (folder / "profiles").mkdir()
        (folder / "profiles" / "streaming.toml").write_text(unchecked("streaming"), "utf-8")
        self.manifest = tomllib.loads(tomlkit.dumps(MANIFEST))

    def add(self, sound, rate_hz=RATE_HZ, subtype="PCM_24", **keys):
        number = len(self.manifest["tracks"]) + 1
        mix = keys.pop("mix", f"mixes/{number:02d}.wav")
        if subtype == "PCM_24":  # rounded here: libsndfile cuts floats off
            sound = np.round(np.asarray(sound) * 2**23).astype(np.int32) << 8
        soundfile.write(self.folder / mix, sound, rate_hz, subtype=subtype)
        track = {"mix": mix, "title": f"Song {number}", "isrc": f"QZGLM26{number:05d}", **keys}
        self.manifest["tracks"].append(track)
        self.write()
        return self

    def write(self):
        (self.folder / "album.toml").write_text(tomlkit.dumps(self.manifest), "utf-8")
        return self.folder


def three_songs(folder):
    """Three songs unlike in level and tone, with a crossfade into the third."""
    songs = AlbumFolder(folder)
    songs.add(music(7.0, seed=1, level_db=-24.0, tilt=1.0))
    songs.add(music(6.0, seed=2, level_db=-14.0, tilt=1.4), gap_s=1.5)
    songs.add(music(8.0, seed=3, level_db=-19.0, tilt=0.7), crossfade_s=2.0)
    return songs
