"""The voice: sings a whole line in one breath, from vowel to vowel; glottal harmonics under the formants of an alto.

A sound is mono, float64 at `RATE`, about ±1.0 at full force. Every number without a source is taste. All randomness
comes from the generator that is passed in, so the same score gives the same samples.
"""

from collections.abc import Sequence

import numpy as np
from scipy import signal

from albums.examples.desk import RATE, Sound, filtered
from albums.examples.score import Note

HOP = 64  # pitch, level and mouth have one control value in this many frames
PHRASE = 256  # control values are taken this many at a time, and passed over where nothing is sung
HARMONICS = 28  # the voice has this many
SILENT = 1e-5  # the voice rests below this level

# Formants of an alto: frequency, level and bandwidth of each (Csound manual, appendix "Formant Values").
FORMANTS = {
    "a": ((800.0, 1150.0, 2800.0, 3500.0, 4950.0), (0.0, -4.0, -20.0, -36.0, -60.0), (80.0, 90.0, 120.0, 130.0, 140.0)),
    "e": (
        (400.0, 1600.0, 2700.0, 3300.0, 4950.0),
        (0.0, -24.0, -30.0, -35.0, -60.0),
        (60.0, 80.0, 120.0, 150.0, 200.0),
    ),
    "i": (
        (350.0, 1700.0, 2700.0, 3700.0, 4950.0),
        (0.0, -20.0, -30.0, -36.0, -60.0),
        (50.0, 100.0, 120.0, 150.0, 200.0),
    ),
    "o": ((450.0, 800.0, 2830.0, 3500.0, 4950.0), (0.0, -9.0, -16.0, -28.0, -55.0), (70.0, 80.0, 100.0, 130.0, 135.0)),
    "u": ((325.0, 700.0, 2530.0, 3500.0, 4950.0), (0.0, -12.0, -30.0, -40.0, -64.0), (50.0, 60.0, 170.0, 180.0, 200.0)),
}


def sing(
    notes: Sequence[Note],
    frames: int,
    rng: np.random.Generator,
    vibrato_cents: float = 28.0,
    glide_s: float = 0.05,
    breath: float = 0.03,
    size: float = 1.0,
) -> Sound:
    """The whole line as sung: glottal harmonics under moving formants, with vibrato, portamento and breath; mono.

    `size` scales the formants (below 1 a larger, darker head). Harmonics are summed by the recurrence
    sin(kx) = 2 cos(x) sin((k-1)x) - sin((k-2)x).
    """
    pitch, level, mouth = _gestures(notes, frames // HOP + 2, vibrato_cents, glide_s, rng)
    pitch_hz = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    turn = np.cumsum(_between(pitch_hz, frames)) * (2.0 * np.pi / RATE)
    sung = breath * filtered(rng.standard_normal(frames), 1800.0, 7000.0) * _between(level, frames)
    for start in range(0, frames, PHRASE * HOP):
        stop = min(start + PHRASE * HOP, frames)
        ticks = slice(start // HOP, start // HOP + PHRASE + 1)
        if level[ticks].max() > SILENT:
            sung[start:stop] += _harmonics(turn[start:stop], pitch_hz[ticks] / size, level[ticks], mouth[:, :, ticks])
    return sung


def _harmonics(turn: Sound, throat_hz: Sound, level: Sound, mouth: Sound) -> Sound:
    """The harmonics of a stretch of the line; its pitch as `turn` in radians per frame and in Hz per tick."""
    before, now, twice_cos = np.zeros(len(turn)), np.sin(turn), 2.0 * np.cos(turn)
    strengths = _between(level * _throat(np.arange(1, HARMONICS + 1)[:, None] * throat_hz, mouth), len(turn))
    sung = np.zeros(len(turn))
    for strength in strengths:
        sung += now * strength
        before, now = now, twice_cos * now - before
    return sung


def _gestures(
    notes: Sequence[Note], ticks: int, vibrato_cents: float, glide_s: float, rng: np.random.Generator
) -> tuple[Sound, Sound, Sound]:
    """Pitch (MIDI), level and formants (3, 5, ticks) at every tick."""
    pitch, level, age_s = np.full(ticks, notes[0].pitch), np.zeros(ticks), np.zeros(ticks)
    mouth = np.repeat(np.array(FORMANTS[notes[0].vowel])[:, :, None], ticks, axis=2)
    for note in notes:
        first, last = round(note.start_s * RATE / HOP), round((note.start_s + note.length_s) * RATE / HOP)
        time_s = np.arange(max(0, min(last, ticks) - first)) * HOP / RATE
        pitch[first:], mouth[:, :, first:] = note.pitch, np.array(FORMANTS[note.vowel])[:, :, None]
        swell = 0.75 + 0.25 * np.sin(np.pi * np.minimum(1.0, time_s / note.length_s))
        level[first : first + len(time_s)] = note.force * swell * (time_s < note.length_s - 0.05)
        age_s[first : first + len(time_s)] = time_s
    sway = np.sin(2.0 * np.pi * 5.4 * np.arange(ticks) * HOP / RATE) * np.clip((age_s - 0.2) / 0.5, 0.0, 1.0)
    drift = _eased(rng.standard_normal(ticks), 0.15) * 1.2
    return _eased(pitch, glide_s) + (vibrato_cents * sway / 100.0 + drift), _eased(level, 0.04), _eased(mouth, 0.06)


def _eased(control: Sound, time_s: float) -> Sound:
    """Control values that approach each new value with a time constant, beginning at the first."""
    pole = np.exp(-HOP / (RATE * time_s))
    rest = control[..., :1] * pole
    return np.asarray(signal.lfilter([1.0 - pole], [1.0, -pole], control, axis=-1, zi=rest)[0])


def _throat(partial_hz: Sound, mouth: Sound) -> Sound:
    """The strength of each partial (harmonics, ticks) under the formants (3, 5, ticks), at every tick."""
    strength = 0.02 * (400.0 / (400.0 + partial_hz))
    for centre_hz, level_db, width_hz in mouth.swapaxes(0, 1):
        strength += 10.0 ** (level_db / 20.0) / (1.0 + ((partial_hz - centre_hz) / (1.3 * width_hz)) ** 2)
    return strength


def _between(control: Sound, frames: int) -> Sound:
    """Control values drawn out to one per frame, in straight lines along the last axis."""
    slope = np.arange(HOP) / HOP
    lines = control[..., :-1, None] + np.diff(control)[..., None] * slope
    return lines.reshape(*control.shape[:-1], -1)[..., :frames]
