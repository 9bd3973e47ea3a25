"""The instruments: each turns a note into a sound that begins where the note begins and rings as long as it would.

A sound is mono (frames,) or stereo (2, frames), float64 at `RATE`, about ±1.0 at full force. Every number without a
source is taste. All randomness comes from the generator that is passed in, so the same score gives the same samples.
"""

from collections.abc import Callable

import numpy as np

from albums.examples.desk import RATE, Sound, fall, filtered
from albums.examples.score import Note

TABLE = 4096  # one period of an oscillator has this many points
PAD = 1 << 17  # a pad's loop has this many frames
TOP_HZ = 14_000.0

# Drawbars 16' 5 1/3' 8' 4' 2 2/3' 2' 1 1/3' 1' as harmonics of the sub-octave, with their loudness.
DRAWBARS = {1: 8.0, 3: 5.0, 2: 8.0, 4: 6.0, 6: 4.0, 8: 2.0, 12: 1.0, 16: 2.0}


def _time_s(length_s: float) -> Sound:
    return np.arange(round(length_s * RATE)) / RATE


def _held(note: Note, attack_s: float, release_s: float) -> Sound:
    """An envelope that rises, holds for the note's length and falls; as long as note and release."""
    frames = round((note.length_s + release_s) * RATE)
    rise, held = round(attack_s * RATE) + 1, round(note.length_s * RATE)
    envelope = np.ones(frames)
    envelope[held:] = np.exp(np.arange(frames - held) * (-5.0 / (release_s * RATE)))
    envelope[:rise] *= (np.arange(rise) / rise)[:frames]
    return envelope * _landing(frames)


def _landing(frames: int) -> Sound:
    """Ones that end in a short ramp to zero, so that no sound stops with a click."""
    ones, ramp = np.ones(frames), round(0.01 * RATE)
    ones[-ramp:] = (np.arange(ramp, 0, -1) / ramp)[-frames:]
    return ones


def _noise(rng: np.random.Generator, length_s: float, low_cut_hz: float, high_cut_hz: float) -> Sound:
    return filtered(rng.standard_normal(round(length_s * RATE)), low_cut_hz, high_cut_hz)


def _swept(length_s: float, pitch_hz: float, sweep: float, sweep_s: float) -> Sound:
    """A sine that falls to its pitch from `1 + sweep` times as high: the skin of a drum."""
    frames = round(length_s * RATE)
    return np.sin(np.cumsum(pitch_hz * (1.0 + sweep * fall(frames, sweep_s))) * (2.0 * np.pi / RATE))


def kick(
    note: Note, rng: np.random.Generator, pitch_hz: float = 50.0, decay_s: float = 0.5, click: float = 0.25
) -> Sound:
    """Bass drum: a skin that falls in pitch, and the beater."""
    body = _swept(decay_s, pitch_hz, 3.5 * note.force, 0.12)
    frames = len(body)
    beater = _noise(rng, decay_s, 800.0, 6000.0) * fall(frames, 0.02)
    return np.tanh(1.6 * body * fall(frames, decay_s)) * _landing(frames) + click * beater


def tom(note: Note, rng: np.random.Generator, pitch_hz: float = 110.0, decay_s: float = 0.7) -> Sound:
    """Tom-tom: longer and drier than the bass drum."""
    body = _swept(decay_s, pitch_hz, 0.6 * note.force, 0.2)
    return (0.8 * body + 0.25 * _noise(rng, decay_s, 200.0, 3000.0) * fall(len(body), 0.1)) * fall(len(body), decay_s)


def snare(
    note: Note, rng: np.random.Generator, pitch_hz: float = 190.0, decay_s: float = 0.25, wires: float = 0.7
) -> Sound:
    """Snare drum: two modes of the skin under the rattle of the wires."""
    frames = round(decay_s * RATE)
    skin = _swept(decay_s, pitch_hz, 0.5, 0.05) + 0.5 * _swept(decay_s, 1.78 * pitch_hz, 0.3, 0.05)
    rattle = _noise(rng, decay_s, 1200.0, round(5000.0 + 6000.0 * note.force, -2))
    return 0.5 * skin * fall(frames, 0.6 * decay_s) + wires * rattle * fall(frames, decay_s) * _landing(frames)


def brush(note: Note, rng: np.random.Generator, bright_hz: float = 6000.0) -> Sound:
    """A brush drawn over the snare's skin for the length of the note, and lifted."""
    length_s = note.length_s + 0.08
    stroke = np.sin(np.pi * np.linspace(0.0, 1.0, round(length_s * RATE)) ** 0.5) ** 1.5
    return 0.5 * _noise(rng, length_s, 900.0, bright_hz) * stroke


def hat(note: Note, rng: np.random.Generator, decay_s: float = 0.08) -> Sound:
    """Hi-hat: high noise, a little longer when struck harder."""
    decay_s *= 0.6 + 0.6 * note.force
    return 0.6 * _noise(rng, decay_s, 7000.0, TOP_HZ) * fall(round(decay_s * RATE), decay_s)


def cymbal(note: Note, rng: np.random.Generator, decay_s: float = 2.5, ping: float = 0.3) -> Sound:
    """Ride or crash: noise that darkens as it rings, with a bell of inharmonic partials."""
    time_s = _time_s(decay_s)
    wash = _noise(rng, decay_s, 3000.0, 9000.0) * fall(len(time_s), decay_s)
    edge = _noise(rng, decay_s, 8000.0, TOP_HZ) * fall(len(time_s), 0.4 * decay_s)
    partials_hz = rng.uniform(2500.0, 9000.0, (8, 1))
    dome = np.sin(2.0 * np.pi * partials_hz * time_s).sum(axis=0) * fall(len(time_s), 0.5)
    return np.asarray((0.4 * wash + 0.4 * note.force * edge + 0.25 * ping * dome) * _landing(len(time_s)))


def clap(note: Note, rng: np.random.Generator, decay_s: float = 0.22) -> Sound:
    """Hand clap: three hands not quite together, then the tail."""
    frames = round(decay_s * RATE)
    hands = fall(frames, decay_s)
    for late_s in (0.011, 0.023):
        late = round(late_s * RATE)
        hands[:late] *= fall(late, 0.03)
    return 0.8 * note.force * _noise(rng, decay_s, 900.0, 5000.0) * hands


def plucked(
    note: Note,
    rng: np.random.Generator,
    brightness: float = 0.6,
    decay_s: float = 4.0,
    pick: float = 0.17,
    damp_s: float = 0.15,
) -> Sound:
    """A plucked string: noise that runs round a delay line (Karplus and Strong, Computer Music Journal 7(2), 1983).

    The loop's two-point average and its fractional delay are one filter of three taps; a block as long as the
    delay depends on earlier frames only, so it is computed at once.
    """
    period = RATE / note.pitch_hz
    blur = 0.5 - 0.42 * brightness
    delay = int(period - blur)
    part = period - blur - delay
    taps = np.convolve((1.0 - blur, blur), (1.0 - part, part)) * fall(2, decay_s)[1] ** period
    string = np.zeros(round((note.length_s + damp_s) * RATE) + delay + 2)
    string[: delay + 2] = _strike(rng, delay + 2, 1500.0 + 9000.0 * brightness * note.force, pick)
    for start in range(delay + 2, len(string), delay):  # runs so often that np.convolve, which checks more, is too slow
        stop = min(start + delay, len(string))
        string[start:stop] = np.correlate(string[start - delay - 2 : stop - delay], taps[::-1])
    return string[delay + 2 :] * _held(note, 0.001, damp_s)


def _strike(rng: np.random.Generator, frames: int, bright_hz: float, pick: float) -> Sound:
    """The string's shape at the stroke: softened noise, without the harmonics that have a node at the pick."""
    noise = filtered(np.tile(rng.uniform(-1.0, 1.0, frames), 2), 0.0, min(round(bright_hz, -2), TOP_HZ))[frames:]
    shape = noise - np.roll(noise, max(1, round(pick * frames)))
    return np.asarray((shape - shape.mean()) / np.abs(shape).max())


def electric_piano(
    note: Note, _rng: np.random.Generator, bark: float = 1.0, tremolo: float = 0.25, tremolo_hz: float = 4.6
) -> Sound:
    """Electric piano by frequency modulation (J. Chowning, JAES 21(7), 1973): a tone bar, and a brief tine."""
    held = _held(note, 0.002, 0.25)
    time_s = np.arange(len(held)) / RATE
    turn = 2.0 * np.pi * note.pitch_hz * time_s
    ring = fall(len(held), 6.0 * (220.0 / note.pitch_hz) ** 0.5)
    bar = np.sin(turn + bark * note.force * fall(len(held), 1.8) * np.sin(turn))
    tine = np.sin(turn * min(14.0, TOP_HZ // note.pitch_hz)) * fall(len(held), 0.35)
    mono = (0.7 * bar + 0.12 * note.force * tine) * ring * held
    sway = tremolo * np.sin(2.0 * np.pi * tremolo_hz * time_s)
    return np.stack((mono * (1.0 - sway), mono * (1.0 + sway)))


def bell(note: Note, _rng: np.random.Generator, ratio: float = 3.53, decay_s: float = 3.0) -> Sound:
    """A bell by frequency modulation at a ratio that is not whole."""
    time_s = _time_s(decay_s)
    ring = fall(len(time_s), decay_s) * _landing(len(time_s))
    turn = 2.0 * np.pi * note.pitch_hz * time_s
    return 0.5 * np.sin(turn + 2.2 * note.force * ring * np.sin(ratio * turn)) * ring * np.minimum(1.0, time_s / 0.002)


def organ(note: Note, _rng: np.random.Generator, rotor_hz: float = 5.9, rotor: float = 0.15) -> Sound:
    """Drawbar organ through a turning loudspeaker: pitch and side sway together."""
    held = _held(note, 0.008, 0.06)
    time_s = np.arange(len(held)) / RATE
    sway = np.sin(2.0 * np.pi * rotor_hz * time_s)
    tone = _oscillator(DRAWBARS, 0.5 * note.pitch_hz * time_s + 0.02 * sway) * held
    return np.stack((tone * (1.0 + rotor * sway), tone * (1.0 - rotor * sway)))


def synth_bass(note: Note, _rng: np.random.Generator, bright: float = 0.6, decay_s: float = 0.5) -> Sound:
    """Synthesiser bass: a saw whose upper half fades, over its own fundamental."""
    held = _held(note, 0.004, 0.06)
    turns = note.pitch_hz * np.arange(len(held)) / RATE
    saw = _oscillator({k: 1.0 / k for k in range(2, 25)}, turns)
    return 0.6 * (np.sin(2.0 * np.pi * turns) + bright * note.force * saw * fall(len(held), 2.0 * decay_s)) * held


def _oscillator(harmonics: dict[int, float], turns: Sound) -> Sound:
    """A periodic tone of the given harmonics, at most ±1.0, read from a table at each phase in turns."""
    phase = np.arange(TABLE + 1) * (2.0 * np.pi / TABLE)
    table = np.sum([level * np.sin(k * phase) for k, level in harmonics.items()], axis=0)
    place = (turns % 1.0) * TABLE
    index = place.astype(np.intp)
    low = table[index]
    return np.asarray((low + (place - index) * (table[index + 1] - low)) / np.abs(table).max())


def pad(
    note: Note,
    rng: np.random.Generator,
    width_cents: float = 22.0,
    tilt: float = 1.4,
    attack_s: float = 0.7,
    release_s: float = 1.2,
) -> Sound:
    """A string pad drawn as a spectrum: each harmonic a hump of random phase (N. O. Paul, PADsynth, 2003)."""
    step_hz = RATE / PAD
    level = np.zeros(round(1.1 * TOP_HZ / step_hz))
    for k in range(1, int(TOP_HZ / note.pitch_hz) + 1):
        centre, width = k * note.pitch_hz / step_hz, k * note.pitch_hz * width_cents / 1200.0 / step_hz
        bins = np.arange(max(1, int(centre - 3.0 * width)), int(centre + 3.0 * width) + 2)
        strength = k**-tilt / (1.0 + (k * note.pitch_hz / 4000.0) ** 4) / np.sqrt(width)
        level[bins] += strength * np.exp(-(((bins - centre) / width) ** 2))
    real, imaginary = level * rng.standard_normal((2, 2, len(level)))
    loop = np.fft.irfft(real + 1.0j * imaginary, PAD, axis=1)
    held = _held(note, attack_s, release_s)
    turns = -(-len(held) // PAD)
    return np.asarray(np.tile(loop, turns)[:, : len(held)] * (0.25 / np.sqrt(np.mean(loop**2)) * held))


PLAYED: dict[str, Callable[..., Sound]] = {
    "kick": kick,
    "tom": tom,
    "snare": snare,
    "brush": brush,
    "hat": hat,
    "cymbal": cymbal,
    "clap": clap,
    "plucked": plucked,
    "bell": bell,
    "synth-bass": synth_bass,
    "electric-piano": electric_piano,
    "organ": organ,
    "pad": pad,
}
STEREO = frozenset(("electric-piano", "organ", "pad"))
