"""A small mixing desk: pan, filters, drive, a room, and the level of the finished mix.

Sounds are float64 arrays, mono (frames,) or stereo (2, frames), at `RATE`, ±1.0 = full scale. Shelves after
R. Bristow-Johnson, "Audio EQ Cookbook" (W3C note, 2021); the room is shaped noise after J. A. Moorer, "About This
Reverberation Business" (Computer Music Journal 3(2), 1979).
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

RATE = 48_000
ECHOES = 14  # taste: each channel has this many early reflections
ECHO_SPAN_S = 0.055  # taste: early reflections end here, as in a room of some ten metres

Sound = NDArray[np.float64]


@dataclass(frozen=True)
class Room:
    """How long a room rings (time to fall by 60 dB) at middle frequencies, and how much longer or shorter elsewhere."""

    decay_s: float = 1.2
    low_ratio: float = 1.2
    high_ratio: float = 0.45
    predelay_s: float = 0.012
    early: float = 0.7


def amplitude(level_db: float) -> float:
    """Amplitude ratio of a level."""
    return float(10.0 ** (level_db / 20.0))


def fall(frames: int, decay_s: float) -> Sound:
    """An exponential from 1.0 that has fallen by 60 dB after `decay_s`."""
    return np.asarray(np.exp(np.arange(frames) * (-np.log(1000.0) / (decay_s * RATE))))


def _peak(sound: Sound) -> float:
    return max(float(sound.max()), -float(sound.min()))


def placed(sound: Sound, pan: float) -> Sound:
    """Gains (2, 1) that place a sound between left (-1) and right (+1): mono at constant power, stereo by balance."""
    angle = (pan + 1.0) * np.pi / 4.0
    mono: Sound = np.array(((np.cos(angle),), (np.sin(angle),)))
    return mono if sound.ndim == 1 else np.minimum(1.0, np.array(((1.0 - pan,), (1.0 + pan,))))


def filtered(sound: Sound, low_cut_hz: float = 0.0, high_cut_hz: float = 0.0) -> Sound:
    """Second-order Butterworth low cut and high cut along time; 0 switches either off."""
    for corner_hz, kind in ((low_cut_hz, "highpass"), (high_cut_hz, "lowpass")):
        if corner_hz:
            sound = signal.sosfilt(_butterworth(corner_hz, kind), sound)
    return sound


@cache
def _butterworth(corner_hz: float, kind: str) -> Sound:
    return np.asarray(signal.butter(2, corner_hz, kind, fs=RATE, output="sos"))


def driven(sound: Sound, drive_db: float) -> Sound:
    """Soft saturation of an overloaded amplifier: the peaks stay, all else gets louder; 0 dB switches it off."""
    peak = _peak(sound)
    if not drive_db or not peak:
        return sound
    pushed = sound * (amplitude(drive_db) / peak)
    np.tanh(pushed, out=pushed)
    pushed *= peak / math.tanh(amplitude(drive_db))
    return pushed


def shelved(
    sound: Sound, low_db: float = 0.0, high_db: float = 0.0, low_hz: float = 180.0, high_hz: float = 3500.0
) -> Sound:
    """A low and a high shelf (slope 1) over the whole mix: what makes one mix boomy and another thin."""
    sections = np.stack((_shelf(low_hz, low_db, 1.0), _shelf(high_hz, high_db, -1.0)))
    return np.asarray(signal.sosfilt(sections, sound))


def _shelf(corner_hz: float, gain_db: float, side: float) -> Sound:
    """One section; `side` is 1 for a low shelf and -1 for a high shelf, its mirror about the corner."""
    a = 10.0 ** (gain_db / 40.0)
    cos = np.cos(2.0 * np.pi * corner_hz / RATE)
    slope = np.sqrt(2.0 * a) * np.sin(2.0 * np.pi * corner_hz / RATE)
    up, down = (a + 1.0), side * (a - 1.0) * cos
    numerator = (
        a * (up - down + slope),
        2.0 * a * side * ((a - 1.0) - side * (a + 1.0) * cos),
        a * (up - down - slope),
    )
    denominator = (up + down + slope, -2.0 * side * ((a - 1.0) + side * (a + 1.0) * cos), up + down - slope)
    section: Sound = np.array((*numerator, *denominator)) / denominator[0]
    return section


def reverberated(send: NDArray[np.float32], room: Room, rng: np.random.Generator) -> NDArray[np.float32]:
    """What comes back from the room, as long as what was sent; stereo, in single precision to save time."""
    response = _response(room, rng).astype(np.float32)
    return np.asarray(signal.oaconvolve(send, response, axes=1)[:, : send.shape[1]])


def _response(room: Room, rng: np.random.Generator) -> Sound:
    """Early echoes, then noise in three bands, each of which rings for its own time; different in the two channels."""
    start = round((room.predelay_s + 0.02) * RATE)
    frames = round(room.decay_s * max(1.0, room.low_ratio) * RATE)
    response = np.zeros((2, start + frames))
    noise = rng.standard_normal((2, frames))
    for low_cut_hz, high_cut_hz, ratio in (
        (60.0, 400.0, room.low_ratio),
        (400.0, 4e3, 1.0),
        (4e3, 14e3, room.high_ratio),
    ):
        response[:, start:] += filtered(noise, low_cut_hz, high_cut_hz) * fall(frames, room.decay_s * ratio)
    response[:, start:] *= np.minimum(1.0, np.arange(frames) / (0.03 * RATE))
    response /= np.sqrt(np.mean(np.sum(response**2, axis=1)))
    for side in response:
        times_s = room.predelay_s + np.sort(rng.uniform(0.003, ECHO_SPAN_S, ECHOES))
        gains = rng.choice((-1.0, 1.0), ECHOES) * np.linspace(1.0, 0.25, ECHOES)
        np.add.at(side, np.round(times_s * RATE).astype(np.intp), room.early * gains / np.sqrt(ECHOES))
    return response


def levelled(mix: Sound, peak_dbfs: float) -> Sound:
    """The mix with its highest sample at `peak_dbfs`."""
    return mix * (amplitude(peak_dbfs) / _peak(mix))


def ended(mix: Sound, fade_s: float = 0.8) -> Sound:
    """The mix with the last of its tail faded to nothing, as at every mix-down."""
    frames = round(fade_s * RATE)
    mix[:, -frames:] *= 0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, frames))
    return mix


def overloaded(mix: Sound, from_s: float, to_s: float, drive_db: float, clip_dbfs: float) -> Sound:
    """The defect of a passage recorded too hot: pushed up for a while, and cut flat at the converter's ceiling."""
    edges_s = np.array((from_s - 0.3, from_s, to_s, to_s + 0.3))
    push_db = np.interp(np.arange(mix.shape[1]) / RATE, edges_s, (0.0, drive_db, drive_db, 0.0))
    ceiling = amplitude(clip_dbfs)
    return np.asarray(np.clip(mix * 10.0 ** (push_db / 20.0), -ceiling, ceiling))


def offset(mix: Sound, left_dc: float) -> Sound:
    """The defect of a faulty converter: a constant added to the left channel, as a part of full scale."""
    constant: Sound = np.array(((left_dc,), (0.0,)))
    return mix + constant
