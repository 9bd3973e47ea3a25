"""Sounds to make albums of: recordings, games' music, MIDI files played, a voice that speaks, thunder.

Each is made once and kept in the work folder, as it is: neither faded nor cut but at `LONGEST_S`. All are at 44.1 kHz,
24 bits, stereo, 6 dB softer than their files, so that no decoder's overshoot is clipped. A sound is known by its name
alone: other recordings of the same names, or texts that were changed, want another work folder.
"""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import butter, sosfilt

from pipeline.dsp.decibels import amplitude
from tests.bench.excerpts import Sound, integrated_lufs
from tests.bench.judgement.styles import LONGEST_S, texts
from tests.bench.measure import SOUNDS

RATE_HZ = 44_100
SOFTER_DB = -6.0
FULL_SCALE = 2**23 - 1
END_S = 30.0  # of a recording that is cut, so much of its true end is kept too
SOUND_FONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
MIDI_PACKAGE = "openttd-openmsx"
# fluidsynth's router: drums, on channel 10 (9 from zero), are left out, and whatever is asked for is a grand piano.
PIANO = """router_clear
router_begin note
router_chan 0 8 1 0
router_end
router_begin note
router_chan 10 15 1 0
router_end
router_begin cc
router_end
router_begin prog
router_par1 0 127 0 0
router_end
"""
MIDI_GAIN = "0.4"  # taste: peaks stay near full scale
VOICE_LUFS = -20.0  # taste, before all is made softer
ROOM_DBFS = -66.0  # taste: no room is as still as a synthesised voice
WORDS_PER_MINUTE = "150"
RUMBLE_HZ, CRACK_HZ = 180.0, 2500.0
THUNDER_S, STRIKES = 40.0, 6


class Absent(Exception):  # noqa: N818 - nothing went wrong
    """What a sound is made of is not on this machine."""


def write_sound(path: Path, sound: Sound) -> None:
    """Write `sound`, (frames, 2) at 44.1 kHz, as 24 bits; it appears whole or not at all."""
    part = path.with_suffix(".part")
    samples = np.round(np.clip(sound, -1.0, 1.0) * FULL_SCALE).astype(np.int32) << 8
    soundfile.write(part, samples, RATE_HZ, "PCM_24", format="WAV")
    part.rename(path)


class Sounds:
    """The sounds in a work folder, made when first asked for; `music` is the folder of recordings, if there is one."""

    def __init__(self, work: Path, music: Path | None) -> None:
        self._folder, self._music = work / "sounds", music
        self._folder.mkdir(parents=True, exist_ok=True)

    def recordings(self) -> list[Path]:
        """The files in the folder of recordings."""
        found = sorted(self._music.iterdir()) if self._music else []
        return [file for file in found if file.suffix.lower() in SOUNDS]

    def sound(self, origin: str) -> Path:
        """The file that holds a sound, `LONGEST_S` of it at most; raises Absent with what is missing."""
        path = self._folder / f"{_slug(origin)}.wav"
        if not path.exists():
            whole = self._whole(origin)
            length = round(LONGEST_S * RATE_HZ)
            if len(whole) > length:
                write_sound(self._end(origin), whole[-round(END_S * RATE_HZ) :])
            write_sound(path, whole[:length])
        return path

    def end(self, origin: str) -> Path:
        """The file whose end is the true end of a sound, of which `sound` may be only the beginning."""
        whole = self.sound(origin)
        return end if (end := self._end(origin)).exists() else whole

    def _end(self, origin: str) -> Path:
        return self._folder / f"{_slug(origin)}.end.wav"

    def _whole(self, origin: str) -> Sound:
        kind, name = origin.split(":", 1)
        makers: dict[str, Callable[[str], Sound]] = {
            "music": self._recording,
            "band": lambda stem: _played(stem, as_piano=False, folder=self._folder),
            "piano": lambda stem: _played(stem, as_piano=True, folder=self._folder),
            "speech": lambda spoken: _spoken(spoken, self._folder),
            "thunder": lambda seed: thunder(int(seed)),
        }
        make = makers.get(kind)
        made = make(name) if make else _decoded(_of_package(kind, name))
        return np.asarray(made * amplitude(SOFTER_DB))

    def _recording(self, stem: str) -> Sound:
        named = [file for file in self.recordings() if file.stem == stem]
        if not named:
            raise Absent(f"the recording {stem} (--music)")
        return _decoded(named[0])


def _slug(origin: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in origin)


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise Absent(name)
    return found


@cache
def _files_of(package: str) -> tuple[str, ...]:
    listed = subprocess.run([_program("dpkg"), "-L", package], capture_output=True, text=True, check=False)
    return tuple(listed.stdout.splitlines())


def _of_package(package: str, end: str) -> Path:
    found = [file for file in _files_of(package) if file.endswith(f"/{end}")]
    if not found:
        raise Absent(f"the package {package} ({end})")
    return Path(found[0])


def _decoded(file: Path) -> Sound:
    """A file as ffmpeg decodes it, not clipped."""
    command = [_program("ffmpeg"), "-v", "error", "-nostdin", "-i", str(file), "-map", "0:a:0"]
    done = subprocess.run(
        [*command, "-ac", "2", "-ar", str(RATE_HZ), "-f", "f32le", "-"], capture_output=True, check=True
    )
    return np.frombuffer(done.stdout, "<f4").reshape(-1, 2).astype(np.float64)


def _played(stem: str, *, as_piano: bool, folder: Path) -> Sound:
    """A MIDI file by fluidsynth, rendered faster than it plays."""
    midi, program = _of_package(MIDI_PACKAGE, f"{stem}.mid"), _program("fluidsynth")
    if not SOUND_FONT.exists():
        raise Absent(str(SOUND_FONT))
    router, out = folder / "piano.router", folder / "played.part.wav"
    router.write_text(PIANO, "ascii")
    routed = ["-f", str(router)] if as_piano else []
    written = ["-F", str(out), "-T", "wav", "-O", "float", "-r", str(RATE_HZ), "-g", MIDI_GAIN]
    _run([program, "-ni", "-q", *routed, *written, str(SOUND_FONT), str(midi)])
    return _taken(out)


def _spoken(spoken: str, folder: Path) -> Sound:
    """`VOICE:TEXT` by espeak-ng, in a room that is not quite still."""
    voice, name = spoken.split(":")
    out = folder / "spoken.part.wav"
    _run([_program("espeak-ng"), "-v", voice, "-s", WORDS_PER_MINUTE, "-w", str(out), " ".join(texts()[name].split())])
    voiced = _decoded(out)
    out.unlink()
    levelled = voiced * amplitude(VOICE_LUFS - integrated_lufs(voiced, RATE_HZ))
    room = np.random.default_rng(len(voice)).standard_normal(levelled.shape) * amplitude(ROOM_DBFS)
    return np.asarray(levelled + room)


def _run(command: Sequence[str]) -> None:
    subprocess.run(command, capture_output=True, check=True)


def _taken(file: Path) -> Sound:
    sound, _ = soundfile.read(file, always_2d=True)
    file.unlink()
    return np.asarray(sound)


def thunder(seed: int) -> Sound:
    """Noise that rolls: some strikes, each a short crack and a long rumble, over rain."""
    rng = np.random.default_rng(seed)
    frames = round(THUNDER_S * RATE_HZ)
    time_s = np.arange(frames)[:, None] / RATE_HZ
    rumble, crack = np.zeros((frames, 2)), np.zeros((frames, 2))
    for start_s in np.sort(rng.uniform(0.5, THUNDER_S - 8.0, STRIKES)):
        since_s = np.maximum(time_s - start_s, 0.0)
        strength = rng.uniform(0.3, 1.0) * (time_s >= start_s)
        rumble += strength * (1.0 - np.exp(-since_s / 0.3)) * np.exp(-since_s / rng.uniform(1.5, 4.0))
        crack += 0.2 * strength * np.exp(-since_s / 0.15)
    low = butter(2, RUMBLE_HZ, fs=RATE_HZ, output="sos")
    high = butter(1, CRACK_HZ, fs=RATE_HZ, output="sos")
    white, bright = rng.standard_normal((2, frames, 2))
    rolled = 4.0 * rumble * sosfilt(low, white, axis=0) + crack * sosfilt(high, bright, axis=0) + 0.004 * bright
    return np.asarray(0.5 * rolled / np.abs(rolled).max())
