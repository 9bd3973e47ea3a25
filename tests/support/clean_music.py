"""Music that no defect was put into, and in which no detector may find one."""

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]
RATE_HZ = 44_100


def music(seed: int, duration_s: float = 8.0, rate_hz: int = RATE_HZ) -> Signal:
    """Chords and a bass under a beat of noise, faded in and out; peaks near -3 dBFS."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(round(duration_s * rate_hz)) / rate_hz
    sound = 0.05 * rng.standard_normal((len(seconds), 2)) * np.exp(-8 * (seconds % 0.4))[:, None]
    for tone_hz in [*rng.uniform(40, 120, 2), *rng.uniform(150, 3000, 8)]:
        pan = rng.uniform(0.3, 1.0, 2) / (1 + tone_hz / 400)
        beat = 1 + 0.8 * np.sin(2 * np.pi * rng.uniform(0.1, 3) * seconds)
        sound += pan * (beat * np.sin(2 * np.pi * tone_hz * seconds + rng.uniform(0, 6)))[:, None]
    fade = np.minimum(1.0, np.minimum(seconds, seconds[::-1]) / 0.5)
    return np.ascontiguousarray(sound * (0.7 * fade / np.abs(sound).max())[:, None])


def in_16_bits(signal: Signal, seed: int = 1) -> Signal:
    """`signal` in 16 bits with TPDF dither, as a mix comes from a workstation."""
    rng = np.random.default_rng(seed)
    dithered = signal * 32_767 + rng.random(signal.shape) - rng.random(signal.shape)
    return np.asarray(np.clip(np.round(dithered), -32_768, 32_767) / 32_768)
