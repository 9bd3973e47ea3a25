"""Reads a score: from the lines of `score.toml` to notes with a time, a length, a pitch and a force.

The notation is this project's own. Chords are Roman numerals in the piece's mode ("ii7 V | I"), patterns are one
character per step and melodies are `degree:beats` with a vowel ("5:1a 6:.5o r:1"); a bar line is "|".
"""

import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
}
KEYS = {name: number for number, name in enumerate(("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B"))}
NUMERALS = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
FORCES = {"X": 1.0, "x": 0.8, "o": 0.5}  # taste: X is an accent, x a plain note, o a ghost note
OFF_BEAT = 0.92  # taste: what is not the first step of a bar is played a little softer
EVERYWHERE = "*"

_SUNG = re.compile(r"([1-7r])([',]*):([\d.]+)([aeiou]?)")


@dataclass(frozen=True)
class Note:
    """One note: MIDI pitch (60 = middle C, fractions allowed), force from 0 to 1, and the vowel if it is sung."""

    start_s: float
    length_s: float
    pitch: float
    force: float
    vowel: str = "a"

    @property
    def pitch_hz(self) -> float:
        """The pitch in equal temperament, A4 = 440 Hz (ISO 16)."""
        return float(440.0 * 2.0 ** ((self.pitch - 69.0) / 12.0))


@dataclass(frozen=True)
class Part:
    """One channel of the mix: what is played, on which instrument, and how it is placed in the room."""

    instrument: str
    play: dict[str, str]
    pitched: bool = True
    knobs: dict[str, float] = field(default_factory=dict)
    register: int = 60
    ring_s: float = 0.0
    strum_s: float = 0.0
    level_db: float = 0.0
    pan: float = 0.0
    room_db: float = -15.0
    drive_db: float = 0.0
    low_cut_hz: float = 0.0
    high_cut_hz: float = 0.0


@dataclass(frozen=True)
class Piece:
    """One continuous performance; `files` names the mixes it is cut into, at the bars of `cuts`."""

    files: tuple[str, ...]
    seed: int
    tempo_bpm: float
    key: str
    mode: str
    form: tuple[str, ...]
    chords: dict[str, str]
    parts: tuple[Part, ...]
    peak_dbfs: float
    room: dict[str, float]
    beats_per_bar: int = 4
    swing: float = 0.0
    looseness_s: float = 0.005
    tail_s: float = 3.0
    drive_db: float = 0.0
    cuts: tuple[int, ...] = ()
    dynamics: dict[str, float] = field(default_factory=dict)
    tone: dict[str, float] = field(default_factory=dict)
    defect: dict[str, float] = field(default_factory=dict)

    @property
    def bar_s(self) -> float:
        """Length of one bar."""
        return self.beats_per_bar * 60.0 / self.tempo_bpm

    @property
    def length_s(self) -> float:
        """Length of the whole performance, with the tail that rings on after the last bar."""
        return sum(len(self.chords[name].split("|")) for name in self.form) * self.bar_s + self.tail_s


def read(path: Path) -> tuple[Piece, ...]:
    """The pieces of a score; raises TypeError or KeyError on a key that the notation does not have."""
    return tuple(_piece(table) for table in tomllib.loads(path.read_text(encoding="utf-8"))["pieces"])


def _piece(table: dict[str, Any]) -> Piece:
    drums = tuple(Part(**part, pitched=False) for part in table.pop("drums", ()))
    parts = tuple(Part(**part) for part in table.pop("parts", ()))
    listed: dict[str, Any] = {name: tuple(table.pop(name, ())) for name in ("files", "form", "cuts")}
    return Piece(**table, **listed, parts=drums + parts)


def notes(piece: Piece, part: Part, rng: np.random.Generator) -> list[Note]:
    """Everything one part plays, in time order, with the small errors of a human hand."""
    found: list[Note] = []
    bar = 0
    for name in piece.form:
        text = part.play.get(name, part.play.get(EVERYWHERE, ""))
        bars = piece.chords[name].split("|")
        if text:
            read_text = _melody if ":" in text else _pattern
            force = piece.dynamics.get(name, 1.0)
            found += [_shifted(note, bar * piece.bar_s, force) for note in read_text(piece, part, bars, text)]
        bar += len(bars)
    return sorted((_human(note, piece.looseness_s, rng) for note in found), key=lambda note: note.start_s)


def _shifted(note: Note, start_s: float, force: float) -> Note:
    return replace(note, start_s=note.start_s + start_s, force=note.force * force)


def _human(note: Note, looseness_s: float, rng: np.random.Generator) -> Note:
    """The note a little early or late (never more than two deviations) and a little louder or softer."""
    late, loud = np.clip(rng.standard_normal(2), -2.0, 2.0)
    start_s = max(0.0, note.start_s + looseness_s * float(late))
    return replace(note, start_s=start_s, force=note.force * (1.0 + 0.07 * float(loud)))


def _melody(piece: Piece, part: Part, _bars: list[str], text: str) -> list[Note]:
    sung: list[Note] = []
    beat, beat_s = 0.0, 60.0 / piece.tempo_bpm
    for degree, octaves, beats, vowel in _SUNG.findall(text):
        if degree != "r":
            octave = octaves.count("'") - octaves.count(",")
            pitch = _tonic(piece, part.register) + MODES[piece.mode][int(degree) - 1] + 12 * octave
            sung.append(Note(beat * beat_s, float(beats) * beat_s + part.ring_s, pitch, 0.8, vowel or "a"))
        beat += float(beats)
    return sung


def _pattern(piece: Piece, part: Part, bars: list[str], text: str) -> list[Note]:
    played: list[Note] = []
    lines = text.replace(" ", "").split("|")
    for bar, chords in enumerate(bars):
        steps = lines[bar % len(lines)]
        step_s = piece.bar_s / len(steps)
        for step, length in _hits(steps):
            chord = chords.split()[step * len(chords.split()) // len(steps)]
            start_s = bar * piece.bar_s + step * step_s + _swing_s(piece, step * piece.beats_per_bar / len(steps))
            force = FORCES.get(steps[step], FORCES["x"]) * (1.0 if step == 0 else OFF_BEAT)
            for order, pitch in enumerate(_pitches(piece, part, chord, steps[step])):
                strum_s = order * part.strum_s
                played.append(Note(start_s + strum_s, length * step_s + part.ring_s - strum_s, pitch, force))
    return played


def _hits(steps: str) -> list[tuple[int, int]]:
    """(step, length in steps) of every hit of one bar; "-" holds what was struck, "." is a rest."""
    return [(found.start(), len(found.group())) for found in re.finditer(r"[^.-]-*", steps)]


def _swing_s(piece: Piece, beat: float) -> float:
    off = abs(beat % 1.0 - 0.5) < 1e-9
    return piece.swing * 30.0 / piece.tempo_bpm if off else 0.0


def _pitches(piece: Piece, part: Part, chord: str, mark: str) -> list[float]:
    """What one mark means over one chord: a digit is a scale step above its root, a letter is all of it."""
    if not part.pitched:
        return [60.0]
    numeral, size = re.fullmatch(r"([iv]+)(\d?)", chord.lower()).groups()  # type: ignore[union-attr]
    root = NUMERALS[numeral]
    if mark.isdigit():
        low = _near(_scale(piece, root), part.register)
        return [low + _scale(piece, root + int(mark) - 1) - _scale(piece, root)]
    thirds = range(0, {"": 5, "5": 6, "7": 7, "9": 9}[size], 4 if size == "5" else 2)
    return sorted(_near(_scale(piece, root + third), part.register) for third in thirds)


def _tonic(piece: Piece, register: int) -> float:
    return _near(KEYS[piece.key], register)


def _scale(piece: Piece, degree: int) -> float:
    """Semitones of a scale degree (0 = tonic, any octave) above the C below the keyboard."""
    return KEYS[piece.key] + 12 * (degree // 7) + MODES[piece.mode][degree % 7]


def _near(pitch: float, register: int) -> float:
    """The pitch in the octave nearest to the register: chords lead into each other by the shortest way."""
    return register + (pitch - register + 6) % 12 - 6
