"""The corpus on disk: each style's album folder, made of its sounds, kept in the work folder from run to run."""

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

from pipeline.dsp.decibels import amplitude
from tests.bench.excerpts import Sound
from tests.bench.judgement.sounds import RATE_HZ, Absent, Sounds, write_sound
from tests.bench.judgement.styles import Sketch, Style, texts
from tests.bench.measure import ROOT
from tests.bench.tone import loud_passages_lufs, loudness

FEWEST_TRACKS = 3
FADE_S = 6.0  # taste: at the end of a track that is cut
MANIFEST = '[album]\ntitle = "{name}"\nartist = "Various Artists"\n'
TRACK = '\n[[tracks]]\nmix = "mixes/{number:02d}.wav"\ntitle = "{title}"\n'
STAMP, MADE = "stamp", 1  # raised by whoever changes how an album is made of its sounds


@dataclass(frozen=True)
class MadeAlbum:
    """An album folder, and the sketch of each of its tracks; none for an album that was not made here."""

    name: str
    folder: Path
    tracks: tuple[Sketch, ...] = ()

    @property
    def interludes(self) -> tuple[int, ...]:
        """Which of its tracks, from 0, stand quiet among songs."""
        return tuple(n for n, track in enumerate(self.tracks) if track.interlude)


def corpus(styles: Sequence[Style], sounds: Sounds, work: Path) -> Iterator[MadeAlbum]:
    """The album of each style; what is absent is said, and an album with fewer than three tracks left is left out."""
    for style in styles:
        present = tuple(track for track in style.tracks if _is_there(track, sounds, style.name))
        if len(present) < FEWEST_TRACKS:
            print(f"left out: {style.name}, {len(present)} of its {len(style.tracks)} tracks are there")
            continue
        yield make_album(Style(style.name, present), sounds, work)


def composed() -> list[MadeAlbum]:
    """The composed example albums, where their mixes have been made."""
    return [MadeAlbum(mixes.parent.name, mixes.parent) for mixes in sorted(ROOT.glob("albums/*/mixes"))]


def _is_there(track: Sketch, sounds: Sounds, style: str) -> bool:
    try:
        for origin in (track.sound, track.bed):
            if origin:
                sounds.sound(origin)
    except Absent as absent:
        print(f"absent: {absent}, for {style}")
        return False
    return True


def make_album(style: Style, sounds: Sounds, work: Path) -> MadeAlbum:
    """Make the folder of a style whose sounds are all there; one that is the same already is left as it is."""
    folder = work / "albums" / style.name.replace(" ", "-")
    made = MadeAlbum(style.name, folder, style.tracks)
    stamp = hashlib.sha256(f"{MADE} {style} {texts()}".encode()).hexdigest()
    if (folder / STAMP).exists() and (folder / STAMP).read_text("ascii") == stamp:
        return made
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "mixes").mkdir(parents=True)
    usual_lufs = median(_loud_lufs(_track(track, sounds)) for track in style.tracks if track.under_lu is None)
    manifest = MANIFEST.format(name=style.name)
    for number, track in enumerate(style.tracks, start=1):
        sound = _track(track, sounds)
        if track.under_lu is not None:
            sound = sound * amplitude(usual_lufs - track.under_lu - _loud_lufs(sound))
        write_sound(folder / f"mixes/{number:02d}.wav", sound)
        manifest += TRACK.format(number=number, title=f"{number} {track.title}")
    (folder / "album.toml").write_text(manifest, "utf-8")
    (folder / STAMP).write_text(stamp, "ascii")
    return made


def _loud_lufs(sound: Sound) -> float:
    return loud_passages_lufs(loudness(sound, RATE_HZ))


def _track(track: Sketch, sounds: Sounds) -> Sound:
    """A sound as it stands in an album: over its bed, faded out where it is cut."""
    sound, is_cut = _beginning(sounds, track.sound, track.longest_s)
    if track.bed:
        bed, _ = _beginning(sounds, track.bed, len(sound) / RATE_HZ)
        bed = bed * amplitude(_loud_lufs(sound) - track.bed_lu - _loud_lufs(bed))
        sound = sound + np.pad(bed, ((0, len(sound) - len(bed)), (0, 0)))
        is_cut = True
    return _faded(sound) if is_cut else sound


def _beginning(sounds: Sounds, origin: str, longest_s: float) -> tuple[Sound, bool]:
    """The first `longest_s` of a sound, and whether more would have followed."""
    path = sounds.sound(origin)
    sound, _ = soundfile.read(path, always_2d=True)
    length = round(longest_s * RATE_HZ)
    return sound[:length], len(sound) > length or sounds.end(origin) != path


def _faded(sound: Sound) -> Sound:
    faded = sound.copy()
    fall = 0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, min(len(faded), round(FADE_S * RATE_HZ))))
    faded[len(faded) - len(fall) :] *= fall[:, None]
    return faded
