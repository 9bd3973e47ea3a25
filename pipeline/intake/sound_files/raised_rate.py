"""Mixes at less than any rate of today, raised as they are read: nothing further on has to know of 8 kHz.

libsoxr does it at its best setting, a piece of some seconds at a time, each with the second before and after it, so
that any part can be read by itself and is always the same. Pieces meet within 150 dB under full scale.
"""

from collections.abc import Callable, Iterator

import numpy as np

from pipeline.dsp.types import Block

PIECE_S, AROUND_S = 10, 1  # whole seconds begin at whole frames at every rate
RAISED_TO_HZ = (44100, 48000)

Read = Callable[[int, int], Iterator[Block]]
"""The samples from a frame up to another, at the file's own rate."""


def raised_rate_hz(own_hz: int) -> int:
    """The rate to which `own_hz` is raised: the lowest that is a multiple of it, or else the lowest."""
    return next((rate_hz for rate_hz in RAISED_TO_HZ if rate_hz % own_hz == 0), RAISED_TO_HZ[0])


def raised_length(frames: int, own_hz: int, raised_hz: int) -> int:
    """How many frames come of `frames`: to the nearest, halves upwards."""
    return (2 * frames * raised_hz + own_hz) // (2 * own_hz)


def raised(read: Read, frames: int, rates_hz: tuple[int, int], start: int, stop: int) -> Iterator[Block]:
    """The frames from `start` up to `stop` at the second of `rates_hz`, of a mix of `frames` at the first."""
    own_hz, raised_hz = rates_hz
    for piece in range(start // (PIECE_S * raised_hz), -(-stop // (PIECE_S * raised_hz))):
        first_s, last_s = piece * PIECE_S, (piece + 1) * PIECE_S
        heard_s = max(0, first_s - AROUND_S)
        sound = np.concatenate(list(read(heard_s * own_hz, min(frames, (last_s + AROUND_S) * own_hz))))
        first, last = max(start, first_s * raised_hz), min(stop, last_s * raised_hz)
        yield _resampled(sound, rates_hz)[first - heard_s * raised_hz : last - heard_s * raised_hz]


def _resampled(sound: Block, rates_hz: tuple[int, int]) -> Block:
    """`sound` at the new rate, `raised_length` of it: soxr may end a frame early or late."""
    import soxr  # only here: few mixes are raised

    length = raised_length(len(sound), *rates_hz)
    found = soxr.resample(sound, *rates_hz, quality="VHQ")[:length]
    return np.concatenate([found, np.zeros((length - len(found), sound.shape[1]))])
