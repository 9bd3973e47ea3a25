"""Sounds that are made so and look damaged: pulses, chip music, drones, organ pedals, walls of noise, gated voices.

Each maker takes a seed, which sets frequencies, levels and places, and gives undamaged sound of shape (frames, 2).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter

from tests.support.clean_music import RATE_HZ, Signal

Mono = NDArray[np.float64]
Maker = Callable[[int], Signal]
RNG = np.random.Generator


def seconds(duration_s: float) -> Mono:
    return np.arange(round(duration_s * RATE_HZ)) / RATE_HZ


def without_dc(sound: Mono, corner_hz: float) -> Mono:
    """What a capacitor leaves."""
    return np.asarray(lfilter(*butter(1, corner_hz, "high", fs=RATE_HZ), sound, axis=0))


def panned(sound: Mono, place: float) -> Signal:
    return np.stack([1.4 * (1.0 - place) * sound, 1.4 * place * sound], axis=1)


def faded(sound: Signal, fade_s: float, peak: float = 0.5) -> Signal:
    ramp = np.minimum(1.0, np.minimum(np.arange(len(sound)), np.arange(len(sound))[::-1]) / (fade_s * RATE_HZ))
    return np.ascontiguousarray(sound * (peak / np.abs(sound).max() * ramp)[:, None])


def pulses(seed: int) -> Signal:
    """Pulse waves of a unipolar converter, behind a capacitor, in both channels or each at its place."""
    rng, time_s = np.random.default_rng(seed), seconds(6.0)
    sound = np.zeros((len(time_s), 2))
    for _ in range(rng.integers(1, 5)):
        width = rng.choice([0.05, 0.125, 0.25, 0.5, rng.uniform(0.05, 0.5)])
        wave = rng.uniform(0.1, 0.25) * ((time_s * rng.uniform(30.0, 500.0) + rng.random()) % 1.0 < width)
        sound += panned(wave, rng.uniform(0.1, 0.9) if seed % 2 else 0.45)
    return faded(without_dc(sound, rng.choice([5.0, 20.0, 40.0])), 0.01)


def dull_pulses(seed: int) -> Signal:
    """The same through a low-pass filter."""
    rng = np.random.default_rng(seed)
    return np.asarray(lfilter(*butter(2, rng.uniform(2000.0, 12_000.0), fs=RATE_HZ), pulses(seed), axis=0))


def chip_tune(seed: int) -> Signal:
    """Two pulse voices with envelopes of 16 steps over a stepped triangle, and drums of held noise."""
    rng, time_s = np.random.default_rng(seed), seconds(8.0)
    step = round(rng.uniform(0.08, 0.25) * RATE_HZ)
    sound = np.zeros((len(time_s), 2))
    for start in range(0, len(time_s), step):
        note = slice(start, min(len(time_s), start + step))
        since_s = time_s[note] - time_s[start]
        for width, place in ((rng.choice([0.125, 0.25, 0.5]), 0.35), (0.5, 0.65)):
            level = np.ceil(15.0 * np.exp(-since_s * rng.choice([0.0, 3.0, 8.0]))) / 15.0
            pitch_hz = 110.0 * 2.0 ** (rng.integers(0, 36) / 12.0)
            sound[note] += panned(0.12 * level * (time_s[note] * pitch_hz % 1.0 < width), place)
        phase = np.floor(32.0 * (time_s[note] * 55.0 * 2.0 ** (rng.integers(0, 24) / 12.0) % 1.0))
        sound[note] += panned(0.2 / 15.0 * np.minimum(phase, 31.0 - phase), 0.5)
        if rng.random() < 0.5:
            held = np.repeat(rng.integers(0, 2, len(since_s) // 8 + 1), 8)[: len(since_s)]
            sound[note] += panned(0.1 * held * np.ceil(15.0 * np.exp(-30.0 * since_s)) / 15.0, 0.5)
    return faded(without_dc(without_dc(sound, 37.0), rng.choice([10.0, 90.0])), 0.01)


def crushed(seed: int) -> Signal:
    """A chord in few bits, each sample held for a while."""
    rng, time_s = np.random.default_rng(seed), seconds(6.0)
    lowest_hz = rng.uniform(50.0, 400.0)
    chord = sum(np.sin(2 * np.pi * lowest_hz * n * time_s + rng.uniform(0, 6)) / n for n in (1.0, 1.25, 1.5, 2.0))
    steps, held = 2.0 ** rng.integers(2, 6), int(rng.integers(1, 24))
    coarse = np.round(0.2 * np.asarray(chord) * steps) / steps
    return faded(panned(np.repeat(coarse[::held], held)[: len(time_s)], 0.45), 0.01)


def bent_waves(seed: int) -> Signal:
    """Low waves that pass zero flatly, lie still for half of the time, or skip what is small."""
    rng, time_s = np.random.default_rng(seed), seconds(6.0)
    wave = np.sin(2 * np.pi * rng.uniform(25.0, 120.0) * time_s)
    bent = (
        wave ** rng.choice([3, 5, 7]),
        without_dc(np.maximum(wave, 0.0), 20.0),
        np.sign(wave) * np.maximum(np.abs(wave) - rng.uniform(0.05, 0.5), 0.0),
    )
    return faded(panned(bent[seed % 3], 0.45), 0.01)


def drone(seed: int) -> Signal:
    """Oscillators left and right that are out of tune by little, with their partials."""
    rng, time_s = np.random.default_rng(seed), seconds(16.0)
    pitch_hz, off_hz = rng.uniform(40.0, 250.0), rng.choice([0.05, 0.1, 0.2, 0.5, 1.0]) * rng.uniform(0.7, 1.4)
    sound = np.zeros((len(time_s), 2))
    for n in range(1, rng.integers(2, 8)):
        # The partials as a string's, or as of oscillators of their own.
        other_hz = n * (pitch_hz + off_hz) if seed % 2 else n * pitch_hz + rng.uniform(0.05, 0.3)
        sound += np.sin(2 * np.pi * np.outer(time_s, [n * pitch_hz, other_hz]) + seed % 2) / n
    return faded(sound, 1.0) + 1e-5 * rng.standard_normal(sound.shape)


def pad(seed: int) -> Signal:
    """A chord of oscillators out of tune, each at its place."""
    rng, time_s = np.random.default_rng(seed), seconds(12.0)
    sound = np.zeros((len(time_s), 2))
    for pitch_hz in np.repeat(110.0 * 2.0 ** (rng.integers(0, 24, 4) / 12.0), 3):
        tuned_hz = pitch_hz * 2.0 ** (rng.uniform(-10.0, 10.0) / 1200.0)
        tones = sum(np.sin(2 * np.pi * tuned_hz * n * time_s + rng.uniform(0, 6)) / n**1.5 for n in range(1, 6))
        sound += panned(np.asarray(tones), rng.choice([0.0, 1.0, rng.random()]))
    return faded(sound, 1.0)


def moving(seed: int) -> Signal:
    """A tone that is panned to and fro, turned by a rotary loudspeaker, or another in either ear."""
    rng, time_s = np.random.default_rng(seed), seconds(12.0)
    swing = 2 * np.pi * rng.choice([rng.uniform(0.1, 1.0), 6.7]) * time_s
    pitch_hz, both = rng.uniform(80.0, 300.0), [swing, swing + np.pi * rng.uniform(0.4, 1.0)]
    if seed % 3 == 0:
        sides = [(0.5 + 0.45 * np.sin(phase)) * np.sin(2 * np.pi * pitch_hz * time_s) for phase in (swing, -swing)]
    elif seed % 3 == 1:
        sides = [
            sum(np.sin(2 * np.pi * n * pitch_hz * (time_s + 0.0005 * np.sin(phase))) / n for n in range(1, 7))
            * (1.0 + 0.4 * np.sin(phase))
            for phase in both
        ]
    else:
        sides = [np.sin(2 * np.pi * hz * time_s) for hz in (pitch_hz, pitch_hz + rng.uniform(0.5, 30.0))]
    return faded(np.stack(sides, axis=1), 1.0)


def deep_tone(seed: int) -> Signal:
    """A bass as deep as organs go, held or swelling, alone or under a chord."""
    rng, time_s = np.random.default_rng(seed), seconds(20.0)
    phase = 2 * np.pi * rng.uniform(15.5, 32.0) * time_s
    bass = (np.sin(phase) + rng.choice([0.0, 0.3]) * np.sin(2 * phase)) * (
        1.0 + rng.choice([0.0, 0.6]) * np.sin(2 * np.pi * rng.uniform(0.05, 0.3) * time_s)
    )
    chord = sum(np.sin(2 * np.pi * 260.0 * n * time_s) for n in (1.0, 1.25, 1.5))
    sound = panned(bass, rng.uniform(0.4, 0.6)) + rng.choice([0.0, 0.1]) * panned(np.asarray(chord), 0.5)
    whole: Signal = faded(sound, 1.0, rng.uniform(0.1, 0.7)) + 1e-4 * rng.standard_normal(sound.shape)
    return whole


def pedal_melody(seed: int) -> Signal:
    """Notes between 16 and 31 Hz with overtones, one every three seconds."""
    rng, note_s = np.random.default_rng(seed), seconds(3.0)
    envelope = np.minimum(1.0, np.minimum(note_s / 0.1, (3.0 - note_s) / 0.3))
    pitches_hz = 16.35 * 2.0 ** (rng.integers(0, 12, 7) / 12.0)
    notes = [
        envelope * sum(level * np.sin(2 * np.pi * n * hz * note_s) for n, level in ((1, 1.0), (2, 0.2), (4, 0.1)))
        for hz in pitches_hz
    ]
    sound = panned(np.concatenate(notes), 0.48)
    return faded(sound, 0.1) + 5e-4 * rng.standard_normal(sound.shape)


def noise_wall(seed: int) -> Signal:
    """Loud noise of any colour between white and brown, some of it driven into distortion."""
    rng = np.random.default_rng(seed)
    length = 16 * RATE_HZ
    spectrum = np.fft.rfft(rng.standard_normal((length + rng.integers(RATE_HZ, 9 * RATE_HZ), 2)), axis=0)
    frequency_hz = np.arange(len(spectrum))[:, None] * RATE_HZ / 2.0 / len(spectrum)
    spectrum *= np.maximum(frequency_hz, rng.choice([0.2, 1.0, 5.0])) ** -rng.uniform(0.0, 1.0)
    noise = np.fft.irfft(spectrum, axis=0)[:length] @ [[1.0, 0.4], [0.4, 1.0]]
    noise /= noise.std()
    return faded(np.tanh(rng.uniform(1.0, 5.0) * noise) if seed % 2 else noise, 0.05, 0.9)


def voice(rng: RNG, duration_s: float) -> Mono:
    """Syllables: pulses through two resonances, with pauses between; at most 0.5."""
    sound, start = np.zeros(round(duration_s * RATE_HZ)), round(0.2 * RATE_HZ)
    while start < len(sound) - RATE_HZ:
        time_s = seconds(rng.uniform(0.15, 0.6))
        phase = np.cumsum(rng.uniform(90.0, 230.0) * (1.0 + 0.1 * np.sin(2 * np.pi * rng.uniform(1.0, 4.0) * time_s)))
        opens = np.sin(np.pi * np.minimum(phase / RATE_HZ % 1.0 / 0.6, 1.0)) ** 2
        syllable = np.diff(opens, prepend=0.0) + 3e-4 * rng.standard_normal(len(time_s))
        for centre_hz in (rng.uniform(300.0, 800.0), rng.uniform(900.0, 2200.0)):
            pole = np.exp(-100.0 * np.pi / RATE_HZ)
            syllable = lfilter([1.0], [1.0, -2 * pole * np.cos(2 * np.pi * centre_hz / RATE_HZ), pole**2], syllable)
        syllable *= np.minimum(1.0, np.minimum(time_s / 0.02, time_s[::-1] / 0.05))
        sound[start : start + len(time_s)] = syllable * rng.uniform(0.15, 0.5) / np.abs(syllable).max()
        start += len(time_s) + round(rng.choice([0.02, 0.1, 0.4]) * rng.uniform(0.5, 1.5) * RATE_HZ)
    return sound


def in_a_room(rng: RNG, sound: Mono, level: float) -> Signal:
    decay = np.exp(-25.0 * seconds(0.25))[:, None] * rng.standard_normal((round(0.25 * RATE_HZ), 2))
    wet = np.stack([fftconvolve(sound, side)[: len(sound)] for side in decay.T], axis=1)
    return np.asarray(level * wet / np.abs(wet).max())


def conversation(seed: int) -> Signal:
    """Two voices at their places, each muted at once while the other speaks or at any time."""
    rng = np.random.default_rng(seed)
    one, other = voice(rng, 14.0), voice(rng, 14.0)
    turns = np.repeat(rng.integers(0, 2, 30), RATE_HZ // 2)[: len(one)]
    listening = 1 - turns if seed % 2 else np.repeat(rng.integers(0, 2, 30), RATE_HZ // 2)[: len(one)]
    place = rng.uniform(0.1, 0.4)
    sound = panned(one * turns, place) + panned(other * listening, 1.0 - place)
    return sound + in_a_room(rng, one * turns + other * listening, rng.choice([0.001, 0.05]))


def muted_voice(seed: int) -> Signal:
    """A voice with its room, one channel or both of it muted at once for a while."""
    rng = np.random.default_rng(seed)
    dry = voice(rng, 14.0)
    sound = panned(dry, rng.uniform(0.3, 0.7)) + in_a_room(rng, dry, 0.05)
    for channels in ([0], [1], [0, 1]):
        start = rng.integers(RATE_HZ, len(sound) - 3 * RATE_HZ)
        sound[start : start + rng.integers(RATE_HZ // 10, 2 * RATE_HZ), channels] = 0.0
    return sound


def gated_voice(seed: int) -> Signal:
    """A voice with its room behind a gate that opens and shuts at once."""
    rng = np.random.default_rng(seed)
    dry = voice(rng, 14.0)
    sound = panned(dry, 0.45) + in_a_room(rng, dry, 0.05)
    level = lfilter([0.002], [1.0, -0.998], np.abs(sound).max(axis=1))
    return np.asarray(sound * (level > rng.uniform(0.003, 0.015))[:, None])


def drums(seed: int) -> Signal:
    """A deep bass drum, straight from a synthesiser: each beat is more up than down."""
    rng = np.random.default_rng(seed)
    since_s = seconds(12.0) % rng.uniform(0.3, 0.8)
    phase = rng.uniform(30.0, 55.0) * since_s + 3.0 * (1.0 - np.exp(-20.0 * since_s))
    beats = np.sin(2 * np.pi * phase) * np.exp(-rng.uniform(5.0, 12.0) * since_s)
    return faded(panned(beats, 0.5), 0.01, 0.8)
