"""Pairs of mixes whose transition is known: seeded music in layers that fades, rings out, stops, runs on or is cut.

Nothing here knows how the detector works. The truth is taken from the clean sound, before noise is added: by octave
filters and plain RMS.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, lfilter, oaconvolve, sosfilt

Sound = NDArray[np.float64]

KINDS = ("fade", "ring-out", "cold", "segue", "hard-cut")
RATES_HZ = (44100, 44100, 44100, 44100, 44100, 44100, 44100, 48000, 48000, 96000)
STYLES = ("band", "piano", "ambient", "strings", "club", "acoustic")
CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 11), (0, 3, 7, 10), (0, 5, 7))
DEGREES = (0, 5, 7, 9, 2, 4)
TEMPI_BPM = (69.0, 76.0, 84.0, 93.0, 104.0, 112.0, 121.0, 128.0, 139.0, 152.0, 167.0)
LEVEL_STEP_S = 0.005


@dataclass(frozen=True)
class Pair:
    """Two mixes placed end to end: sounds of shape (frames, 2), rates, and what is true of them."""

    kind: str
    name: str
    leaving: Sound
    leaving_hz: int
    entering: Sound
    entering_hz: int
    clean: Sound | None = None  # the leaving mix without its noise, where it ends
    audible: int | None = None  # one past the last frame heard
    floor_dbfs: float = -np.inf


@dataclass(frozen=True)
class Song:
    """What a performance is made of; the same seed plays the same."""

    seed: int
    style: str
    rate_hz: int
    bpm: float
    root_hz: float
    reverb_s: float

    @property
    def beat(self) -> int:
        return round(60.0 / self.bpm * self.rate_hz)


def song(number):
    """The song of this number: its style, tempo, key and room, and the rate that it was recorded at."""
    rng = np.random.default_rng((number, 17))
    rate_hz = int(rng.choice(RATES_HZ))
    root_hz = 55.0 * 2 ** (rng.integers(0, 12) / 12)
    return Song(
        number, STYLES[number % len(STYLES)], rate_hz, rng.choice(TEMPI_BPM), root_hz, rng.choice([0.0, 0.4, 1.2])
    )


# Instruments ----------------------------------------------------------------------------------------------------------


def _time(seconds, rate_hz):
    return np.arange(round(seconds * rate_hz)) / rate_hz


@lru_cache(maxsize=400)
def plucked(rate_hz, pitch_hz, seconds, bright, decay_s):
    """A struck string: its partials are a little sharp, and decay the sooner the higher they are."""
    time_s = _time(seconds, rate_hz)
    rng = np.random.default_rng(round(pitch_hz * 100))
    out = np.zeros_like(time_s)
    once = np.exp(-time_s * (6.9 * 0.35 / decay_s))
    fall = np.exp(-time_s * (6.9 * 0.65 / decay_s))
    for n in range(1, 9):
        partial_hz = n * pitch_hz * np.sqrt(1 + 0.0004 * n * n)
        if partial_hz > min(16000, 0.45 * rate_hz):
            break
        fall *= once
        out += bright ** (n - 1) * fall * _sine(partial_hz * time_s + rng.random())
    out *= np.minimum(1.0, time_s / 0.002)
    return out * _landing(len(out), rate_hz)


@lru_cache(maxsize=250)
def bowed(rate_hz, pitch_hz, seconds, bright, attack_s):
    """A held tone with vibrato: strings, a voice, a pad; it stops in a fifth of a second."""
    time_s = _time(seconds, rate_hz)
    turns = pitch_hz * time_s + 0.003 * pitch_hz / 5.3 * _sine(5.3 * time_s)
    phase = np.arange(4096) / 4096
    table = sum(bright ** (n - 1) * np.sin(2 * np.pi * (n * phase + 0.37 * n * n)) for n in range(1, 8))
    out = np.interp(turns % 1.0 * 4096, np.arange(4096), np.asarray(table))
    return 0.4 * out * np.minimum(1.0, time_s / attack_s) * np.clip((time_s[-1] - time_s) / 0.2, 0.0, 1.0)


def _sine(turns):
    return np.sin(((turns % 1.0) * (2 * np.pi)).astype(np.float32))


@lru_cache(maxsize=60)
def drum(rate_hz, name, seed):
    rng = np.random.default_rng(seed)
    decay_s = {"kick": 0.3, "snare": 0.25, "hat": 0.08, "shaker": 0.06, "crash": 3.5, "stick": 0.05}[name]
    time_s = _time(decay_s * 1.4, rate_hz)
    fall = np.exp(-time_s * 6.9 / decay_s)
    noise = rng.standard_normal(len(time_s))
    if name == "kick":
        sweep_hz = 48 + 120 * np.exp(-time_s / 0.02)
        return fall * np.sin(2 * np.pi * np.cumsum(sweep_hz) / rate_hz) + 0.1 * noise * np.exp(-time_s / 0.004)
    if name == "stick":
        return fall * np.sin(2 * np.pi * 1900 * time_s)
    low_hz = {"snare": 300, "hat": 6000, "shaker": 4000, "crash": 1500}[name]
    bright = sosfilt(butter(2, low_hz, "highpass", fs=rate_hz, output="sos"), noise)
    if name == "crash":  # its highest partials decay first
        dark = sosfilt(butter(1, 3500, fs=rate_hz, output="sos"), bright)
        return bright * np.exp(-time_s * 6.9 / 1.6) * 0.3 + dark * fall
    return bright * fall * 0.5 + (0.5 * fall * np.sin(2 * np.pi * 190 * time_s) if name == "snare" else 0.0)


def _landing(frames, rate_hz):
    ramp = np.ones(frames)
    edge = min(frames, round(0.01 * rate_hz))
    ramp[frames - edge :] = np.linspace(1, 0, edge)
    return ramp


# Playing --------------------------------------------------------------------------------------------------------------


def _put(out, sound, place, gain, pan):
    place = max(0, place)
    frames = min(len(sound), len(out) - place)
    if frames > 0:
        out[place : place + frames, 0] += gain * np.cos(pan * np.pi / 2) * sound[:frames]
        out[place : place + frames, 1] += gain * np.sin(pan * np.pi / 2) * sound[:frames]


@lru_cache(maxsize=3)
def play(song):
    """Sixteen seconds of the song from its start, shape (frames, 2), dry."""
    rng = np.random.default_rng((song.seed, 3))
    out = np.zeros((16 * song.rate_hz, 2))
    for start in range(0, len(out), 4 * song.beat):
        _bar(song, out, start, rng)
    return out


@lru_cache(maxsize=3)
def play_in_room(song):
    """The same, in the song's room."""
    return reverberated(np.random.default_rng((song.seed, 4)), play(song), song.rate_hz, song.reverb_s)


def _bar(song, out, start, rng):
    def hit(sound, beats, gain, pan=0.5):
        place = start + round((beats + rng.normal(0, 0.008)) * song.beat)
        _put(out, sound, place, gain * rng.uniform(0.75, 1.0), pan)

    root_hz = song.root_hz * 2 ** (DEGREES[rng.integers(len(DEGREES))] / 12)
    pitches_hz = [root_hz * 4 * 2 ** (step / 12) for step in CHORDS[rng.integers(len(CHORDS))]]
    if song.style in ("band", "club"):
        _drums(song, hit, rng)
        for beats in (0, 1.5, 2, 3.5) if song.style == "band" else np.arange(0, 4, 0.5):
            hit(plucked(song.rate_hz, root_hz, 1.0, 0.6, 1.2), beats, 0.5)
    if song.style in ("band", "ambient", "strings"):
        _held(song, hit, root_hz, pitches_hz)
    if song.style in ("piano", "acoustic"):
        _picked(song, hit, rng, root_hz, pitches_hz)
    if song.style in ("strings", "club", "band"):
        for _ in range(int(rng.integers(0, 4))):
            lead_hz = pitches_hz[rng.integers(len(pitches_hz))] * 2
            hit(bowed(song.rate_hz, lead_hz, 0.6, 0.5, 0.03), rng.integers(0, 8) / 2, 0.18, 0.6)


def _held(song, hit, root_hz, pitches_hz):
    held_s = round(4 * song.beat / song.rate_hz + 0.15, 2)
    attack_s = {"band": 0.05, "ambient": 0.8, "strings": 0.12}[song.style]
    for n, pitch_hz in enumerate(pitches_hz):
        hit(bowed(song.rate_hz, pitch_hz / 2, held_s, 0.55, attack_s), 0, 0.16, 0.2 + 0.2 * n)
    if song.style == "ambient":
        hit(bowed(song.rate_hz, root_hz, held_s, 0.4, attack_s), 0, 0.4)


def _picked(song, hit, rng, root_hz, pitches_hz):
    hit(plucked(song.rate_hz, root_hz * 2, 3.0, 0.5, 3.5), 0, 0.5, 0.4)
    for n, beats in enumerate(np.arange(0, 4, 0.5 if song.style == "piano" else 1.0)):
        if rng.random() < 0.8:
            hit(plucked(song.rate_hz, pitches_hz[n % len(pitches_hz)], 2.5, 0.55, 2.5), beats, 0.4, 0.3 + 0.1 * (n % 4))
    if song.style == "acoustic":
        for beats in np.arange(0, 4, 0.5):
            hit(drum(song.rate_hz, "shaker", int(rng.integers(3))), beats, 0.12, 0.7)


def _drums(song, hit, rng):
    rate_hz, club = song.rate_hz, song.style == "club"
    for beats in (0, 1, 2, 3) if club else (0, 2.5):
        hit(drum(rate_hz, "kick", 1), beats, 0.9)
    for beats in (1, 3):
        hit(drum(rate_hz, "snare", int(rng.integers(3))), beats, 0.5)
    for beats in np.arange(0, 4, 0.5):
        hit(drum(rate_hz, "hat", int(rng.integers(4))), beats, 0.2, 0.65)


def applause(rng, seconds, rate_hz):
    """Hundreds of hands: dense short claps over a murmur, its density swelling slowly."""
    frames = round(seconds * rate_hz)
    swell = np.interp(np.arange(frames), np.linspace(0, frames, 6), rng.uniform(0.8, 1.2, 6))
    out = np.zeros((frames, 2))
    for channel in range(2):
        claps = (rng.random(frames) < 400 / rate_hz) * rng.uniform(0.2, 1.0, frames)
        clap = rng.standard_normal(round(0.02 * rate_hz)) * np.exp(
            -np.arange(round(0.02 * rate_hz)) / (0.004 * rate_hz)
        )
        clap = sosfilt(butter(1, [700, 3500], "bandpass", fs=rate_hz, output="sos"), clap)
        murmur = sosfilt(butter(1, [150, 900], "bandpass", fs=rate_hz, output="sos"), rng.standard_normal(frames))
        out[:, channel] = swell * (fftconvolve(claps, clap)[:frames] + 0.02 * murmur)
    return out


def reverberated(rng, sound, rate_hz, reverb_s, wet=0.25):
    """A room: noise that decays by 60 dB in `reverb_s`, its highs in half the time."""
    if not reverb_s:
        return sound
    time_s = _time(reverb_s * 1.3, rate_hz)
    dark = lfilter([0.12], [1, -0.88], rng.standard_normal((len(time_s), 2)), axis=0) * 2.5
    bright = rng.standard_normal((len(time_s), 2)) * np.exp(-time_s * 13.8 / reverb_s)[:, None] * 0.3
    room = dark * np.exp(-time_s * 6.9 / reverb_s)[:, None] + bright
    room *= wet / np.sqrt((room**2).sum(axis=0))
    return sound + oaconvolve(sound, room, axes=0)[: len(sound)]


# Noise and truth ------------------------------------------------------------------------------------------------------


def noise_floor(rng, frames, rate_hz, level_dbfs):
    """Steady noise: hiss, hum with harmonics, or a dark room."""
    if np.isinf(level_dbfs):
        return np.zeros((frames, 2))
    time_s = np.arange(frames) / rate_hz
    kind = rng.choice(["hiss", "hum", "room"])
    noise = rng.standard_normal((frames, 2))
    if kind == "hum":
        mains_hz = rng.choice([50.0, 60.0])
        hum = sum(0.5**n * np.sin(2 * np.pi * (n * mains_hz * time_s + rng.random())) for n in (1, 2, 3, 5))
        noise = 0.1 * noise + np.asarray(hum)[:, None]
    elif kind == "room":
        noise = lfilter([1.0], [1, -0.97], noise, axis=0)
    return noise / np.sqrt(np.mean(noise**2)) * 10 ** (level_dbfs / 20)


def level_dbfs(sound, rate_hz, window_s=0.05):
    """RMS of both channels in windows of 50 ms, in dBFS, one every 5 ms: centres are 25 ms + n x 5 ms."""
    step, window = round(LEVEL_STEP_S * rate_hz), round(window_s * rate_hz)
    power = np.concatenate(([0.0], np.cumsum(0.5 * np.einsum("ij,ij->i", sound, sound))))
    starts = np.arange(0, max(1, len(sound) - window), step)
    mean = (power[np.minimum(starts + window, len(sound))] - power[starts]) / window
    return 10 * np.log10(np.maximum(mean, 1e-20))


def loud_dbfs(clean, rate_hz):
    return float(np.percentile(level_dbfs(clean, rate_hz), 95))


def audible_end(clean, floor, rate_hz):
    """One past the last frame heard: above -65 dBFS, over 50 dB below the loud part, over the noise in some octave."""
    threshold_db = max(-65.0, loud_dbfs(clean, rate_hz) - 50.0)
    heard = np.flatnonzero(level_dbfs(clean, rate_hz) > threshold_db)
    step, middle = round(LEVEL_STEP_S * rate_hz), round(0.025 * rate_hz)
    last = int(heard[-1]) if len(heard) else 0
    if not floor.any():
        return min(len(clean), last * step + middle)
    noise = np.median(octaves(floor[: 2 * rate_hz], rate_hz), axis=0)
    start = max(0, last * step - 6 * rate_hz)
    music = octaves(clean[start : last * step + 2 * middle], rate_hz)
    stands = np.flatnonzero((music > np.maximum(2 * noise, 10 ** (threshold_db / 10) / 4)).any(axis=1))
    return min(len(clean), start + 2 * step * int(stands[-1] if len(stands) else 0) + middle)


def octaves(sound, rate_hz):
    """Power in nine octaves about 62.5 Hz to 16 kHz, in windows of 50 ms, one every 10 ms; shape (windows, 9)."""
    window, step = 2 * round(0.025 * rate_hz), 2 * round(LEVEL_STEP_S * rate_hz)
    taper = np.hanning(window)
    cells = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=1), window)[::step] * taper
    power = 2 * np.abs(np.fft.rfft(cells)) ** 2 / (window * (taper**2).sum())
    octave = np.clip(np.floor(np.log2(np.maximum(np.fft.rfftfreq(window, 1 / rate_hz), 1) / 44.2)), -1, 8).astype(int)
    return np.stack([power[:, octave == n].sum(axis=1) for n in range(9)], axis=1)


def blips(rng, frames, rate_hz, first, level):
    """Clicks and a mouse button somewhere after `first`, short and well under the music."""
    out = np.zeros((frames, 2))
    for _ in range(int(rng.integers(1, 3))):
        if frames - first > rate_hz:
            place = int(rng.integers(first + rate_hz // 2, frames - rate_hz // 4))
            length = round(rng.uniform(0.001, 0.03) * rate_hz)
            knock = rng.standard_normal(length) * np.exp(-np.arange(length) / (0.3 * length))
            out[place : place + length] += level * rng.uniform(0.01, 0.06) * knock[:, None]
    return out


# Pairs ----------------------------------------------------------------------------------------------------------------


def pair(seed, kind):
    """The pair of this seed and kind; two neighbouring seeds share a song."""
    rng = np.random.default_rng((seed, KINDS.index(kind)))
    make = {"fade": _fade, "ring-out": _ring_out, "cold": _cold, "segue": _segue, "hard-cut": _hard_cut}[kind]
    return make(rng, song(seed // 2))


def _finish(rng, kind, name, clean, it):
    """Give a clean leaving mix its level, noise, blips and faults, and find the truth."""
    rate_hz = it.rate_hz
    clean = clean * _gain_to(clean, rng.uniform(-35, -10), rate_hz)
    shape = rng.choice(["stereo", "stereo", "stereo", "mono", "left alone"])
    clean = _shaped(clean, shape)
    floor_dbfs = float(rng.choice([-np.inf, -np.inf, rng.uniform(-95, -75), rng.uniform(-75, -55)]))
    floor_dbfs = min(floor_dbfs, loud_dbfs(clean, rate_hz) - 25.0)  # no mix is noisier
    floor = noise_floor(rng, len(clean), rate_hz, floor_dbfs)
    audible = audible_end(clean, floor, rate_hz)
    leaving = clean + floor + rng.choice([0.0, 0.0, 0.003])
    if rng.random() < 0.4:
        leaving = leaving + blips(rng, len(clean), rate_hz, audible, float(np.abs(clean).max()))
    if np.isinf(floor_dbfs) and rng.random() < 0.3:
        leaving = np.concatenate((leaving, np.zeros((round(rng.uniform(0.2, 4) * rate_hz), 2))))
    entering, entering_hz = _next_song(rng, it)
    return Pair(kind, name, _stored(leaving), rate_hz, _stored(entering), entering_hz, clean, audible, floor_dbfs)


def _stored(sound):
    """In the 24 bits of a file, peaks under full scale."""
    return np.round(np.clip(sound, -0.99, 0.99) * 2**23) / 2**23


def _shaped(sound, shape):
    if shape == "mono":
        return np.repeat(sound.mean(axis=1, keepdims=True), 2, axis=1)
    return sound * (1.0, 0.0) if shape == "left alone" else sound


def _gain_to(sound, dbfs, rate_hz):
    gain = 10 ** ((dbfs - loud_dbfs(sound, rate_hz)) / 20)
    return min(gain, 0.97 / np.abs(sound).max())


def _next_song(rng, it):
    """Another song's start, at once or after a moment, or the middle of it; and its rate."""
    other = song(it.seed + 1)
    start = round(rng.choice([0.0, 1.3, 2.0]) * other.rate_hz)
    whole = play(other)[start : start + 5 * other.rate_hz]
    whole = np.concatenate((np.zeros((round(rng.choice([0.0, 0.1, 0.6]) * other.rate_hz), 2)), whole))
    return whole * _gain_to(whole, rng.uniform(-30, -10), other.rate_hz), other.rate_hz


def _fade(rng, it):
    rate_hz, seconds = it.rate_hz, 13.0
    fade_s, rest_s, start = rng.uniform(3.0, 10.0), rng.choice([0.0, 0.5, 2.0]), round(rng.uniform(0, 2) * it.rate_hz)
    music = play_in_room(it)[start : start + round(seconds * rate_hz)]
    left = np.clip((seconds - rest_s - np.arange(len(music)) / rate_hz) / fade_s, 0.0, 1.0)
    shape = rng.choice(["linear", "cosine", "exponential", "hybrid"])
    gain = {
        "linear": left,
        "cosine": np.sin(left * np.pi / 2) ** 2,
        "exponential": 10 ** (-(1 - left) * 70 / 20) * (left > 0),
        "hybrid": 10 ** (-(1 - left) * 30 / 20) * left,
    }[shape]
    return _finish(rng, "fade", f"{it.style} {shape} {fade_s:.1f} s", music * gain[:, None], it)


def _ring_out(rng, it):
    rate_hz, decay_s = it.rate_hz, round(rng.uniform(2.0, 6.0), 1)
    music, cut = play(it)[: 14 * rate_hz].copy(), round(rng.uniform(6.0, 8.0) * rate_hz)
    music[cut:] *= np.exp(-np.arange(len(music) - cut) / (0.04 * rate_hz))[:, None]  # all but the last notes are damped
    last = ["piano", "guitar", "cymbal", "band", "reverb", "let go"][rng.integers(6)]
    scale = _rms(music[:cut]) * rng.choice([1.5, 3.0])
    if last in ("piano", "guitar", "band"):
        for n, step in enumerate((-12, 0, 7, 12, 16)):
            string = plucked(
                rate_hz, it.root_hz * 4 * 2 ** (step / 12), 7.0, 0.6 if last == "guitar" else 0.45, decay_s
            )
            _put(music, string, cut + round(rng.uniform(0, 0.04) * rate_hz), scale * 0.4, 0.3 + 0.1 * n)
    if last in ("cymbal", "band"):
        _put(music, drum(rate_hz, "crash", 5), cut, scale * 0.5, 0.5)
        _put(music, drum(rate_hz, "kick", 1), cut, scale, 0.5)
    if last == "reverb":
        _put(music, drum(rate_hz, "snare", 2), cut, scale, 0.5)
        _put(music, bowed(rate_hz, it.root_hz * 4, 0.5, 0.6, 0.01), cut, scale, 0.4)
    if last == "let go":  # a chord held, then its echo in the room
        for step in (0, 4, 7):
            _put(music, bowed(rate_hz, it.root_hz * 4 * 2 ** (step / 12), 1.5, 0.5, 0.05), cut, scale * 0.4, 0.5)
    is_room = last in ("reverb", "let go")
    music = reverberated(rng, music, rate_hz, rng.uniform(2, 4) if is_room else it.reverb_s, 0.4 if is_room else 0.25)
    return _finish(rng, "ring-out", f"{it.style} {last} {decay_s:.1f} s", music, it)


def _cold(rng, it):
    rate_hz, room_s = it.rate_hz, float(rng.choice([0.0, 0.25, 0.4]))
    stop = round(rng.uniform(8.0, 11.0) * rate_hz)
    music = play(it)[: stop + round((room_s + rng.choice([0.15, 0.6, 2.5])) * rate_hz)].copy()
    if rng.random() < 0.5:  # a last stroke, damped
        stab = sum(plucked(rate_hz, it.root_hz * 4 * 2 ** (step / 12), 1.0, 0.6, 1.5) for step in (0, 7, 12))
        _put(music, stab, stop - round(rng.uniform(0.1, 0.3) * rate_hz), 1.5 * _rms(music), 0.5)
    release = rng.uniform(0.003, 0.04) * rate_hz
    music[stop:] *= np.exp(-np.arange(len(music) - stop) / release)[:, None]
    music = reverberated(rng, music, rate_hz, room_s, 0.15)
    return _finish(rng, "cold", f"{it.style} room {room_s:.2f} s", music, it)


def _segue(rng, it):
    rate_hz, live = it.rate_hz, rng.random() < 0.3
    music = applause(rng, 13.0, rate_hz) if live else play_in_room(it)
    music = music * _gain_to(music, rng.uniform(-35, -10), rate_hz)
    if not live and rng.random() < 0.3:  # a crowd under the music
        crowd = applause(rng, len(music) / rate_hz, rate_hz)
        music = music + crowd * (0.1 * _rms(music) / _rms(crowd))
    music = _shaped(music, rng.choice(["stereo", "stereo", "stereo", "mono", "left alone"]))
    music = music + noise_floor(rng, len(music), rate_hz, float(rng.choice([-np.inf, -75.0, -60.0])))
    cut = round(rng.uniform(7.5, 9.5) * rate_hz)
    if rng.random() < 0.3:  # as an editor cuts: a moment before a beat
        cut = round(cut / it.beat) * it.beat - round(rng.uniform(0.005, 0.03) * rate_hz)
    gain_db = float(rng.choice([0.0, 0.0, 0.0, rng.uniform(-2.5, 2.5)]))
    leaving, entering = music[:cut], music[cut : cut + 4 * rate_hz] * 10 ** (gain_db / 20)
    name, entering_hz = f"{'applause' if live else it.style} {gain_db:+.1f} dB", rate_hz
    if rng.random() < 0.1:
        entering_hz = 48000 if rate_hz != 48000 else 44100
        entering = soxr.resample(entering, rate_hz, entering_hz, quality="VHQ")
        name += " at another rate"
    return Pair("segue", name, _stored(leaving), rate_hz, _stored(entering), entering_hz)


def _hard_cut(rng, it):
    """In full sound to the last sample; what follows is another song, in full sound or not, or the same elsewhere."""
    rate_hz, music = it.rate_hz, play_in_room(it)
    leaving = music[: round(rng.uniform(8.0, 9.5) * rate_hz)]
    follows, entering_hz = rng.choice(["song", "song", "song's start", "same elsewhere", "crowd"]), rate_hz
    if follows == "crowd":
        entering = applause(rng, 4.0, rate_hz)
    elif follows == "same elsewhere":
        entering = music[round(rng.uniform(11.0, 12.0) * rate_hz) :]
    else:
        entering_hz = song(it.seed + 1).rate_hz
        start = 0 if follows == "song's start" else round(rng.uniform(1.5, 3.0) * entering_hz)
        entering = play(song(it.seed + 1))[start : start + 4 * entering_hz]
    gain = _gain_to(leaving, rng.uniform(-35, -10), rate_hz)
    after = gain if follows == "same elsewhere" else _gain_to(entering, rng.uniform(-35, -10), entering_hz)
    name = f"{it.style} to {follows}"
    return Pair("hard-cut", name, _stored(leaving * gain), rate_hz, _stored(entering * after), entering_hz)


def _rms(sound):
    return float(np.sqrt(np.mean(sound**2)))
