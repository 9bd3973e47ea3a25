"""What limiters are compared on: the peakiest stretch of each recording, and synthetic drums."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from pipeline.analysis.meters.loudness import LoudnessMeter
from pipeline.dsp.decibels import decibels

Sound = NDArray[np.float64]

EXCERPT_S = 20.0
STEP_S = 1.0  # from one candidate to the next
FADE_S = 0.01  # at either end, lest the cut itself be a peak between samples
DRUMS_RATE_HZ = 44_100
BEAT_S = 0.25


@dataclass(frozen=True, eq=False)
class Item:
    """A name and a sound, (frames, 2), at its rate."""

    name: str
    sound: Sound
    rate_hz: int


def items(recordings: Sequence[Path]) -> list[Item]:
    """The excerpts of `recordings`, and the drums."""
    return [*(excerpt(recording) for recording in recordings), Item("drums", drums(), DRUMS_RATE_HZ)]


def excerpt(recording: Path) -> Item:
    """The `EXCERPT_S` with the highest ratio of sample peak to integrated loudness; mono is heard from both sides."""
    sound, rate_hz = soundfile.read(recording, always_2d=True)
    sound = np.ascontiguousarray(np.broadcast_to(sound, (len(sound), 2)))
    length, step = round(EXCERPT_S * rate_hz), round(STEP_S * rate_hz)
    starts = range(0, max(1, len(sound) - length + 1), step)
    start = max(starts, key=lambda start: _peak_to_loudness_db(sound[start : start + length], rate_hz))
    piece = sound[start : start + length].copy()
    rise = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, round(FADE_S * rate_hz)))[:, None]
    piece[: len(rise)] *= rise
    piece[-len(rise) :] *= rise[::-1]
    return Item(recording.stem, piece, rate_hz)


def integrated_lufs(sound: Sound, rate_hz: int) -> float:
    """Gated loudness; ValueError for what has none."""
    meter = LoudnessMeter(rate_hz)
    meter.add(sound)
    if (loudness_lufs := meter.result().integrated_lufs) is None:
        raise ValueError("a sound is silent, expected one with a loudness")
    return loudness_lufs


def _peak_to_loudness_db(sound: Sound, rate_hz: int) -> float:
    try:
        return decibels(float(np.abs(sound).max())) - integrated_lufs(sound, rate_hz)
    except ValueError:
        return -np.inf


def drums() -> Sound:
    """Kick, snare and hi-hat, each stroke a little unlike: peaks over silence, as hard as a limiter meets them."""
    rng = np.random.default_rng(3)
    strokes = round(EXCERPT_S / BEAT_S)
    since_s = np.arange(round(BEAT_S * DRUMS_RATE_HZ)) / DRUMS_RATE_HZ
    beats = []
    for stroke in range(strokes):
        noise = rng.standard_normal((len(since_s), 2))
        hat = np.diff(noise, axis=0, prepend=0.0) * np.exp(-since_s * 60.0)[:, None]
        kick = np.sin(2.0 * np.pi * (50.0 * since_s - 8.0 * np.exp(-30.0 * since_s))) * np.exp(-9.0 * since_s)
        tone = np.sin(2.0 * np.pi * 190.0 * since_s)[:, None]
        snare = (0.5 * noise + 0.6 * tone) * np.exp(-25.0 * since_s)[:, None]
        played = kick[:, None] * [0.8, 0.7] if stroke % 2 == 0 else 0.6 * snare
        beats.append(rng.uniform(0.7, 1.0) * played + rng.uniform(0.05, 0.15) * hat)
    return 0.5 * np.concatenate(beats)
