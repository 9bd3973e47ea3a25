"""One peer's limiter over one sound, in a Python that has it.

`python tests/bench/peer.py NAME GIVEN.npy MADE.npy RATE_HZ CEILING_DB`; `NAME` is a key of `PEERS`, sounds have the
shape (frames, 2). The modules are imported by name, as Glassmaster does not need them.
"""

import sys
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]


def matchering(sound: Sound, rate_hz: int, ceiling_db: float) -> Sound:
    config = import_module("matchering").Config(internal_sample_rate=rate_hz, threshold=10 ** (ceiling_db / 20))
    return np.asarray(import_module("matchering.limiter").limit(sound, config))


def limiter(sound: Sound, rate_hz: int, ceiling_db: float) -> Sound:
    """Its own ceiling is always full scale, by a clipper: gains before and after it make another."""
    ceiling = 10 ** (ceiling_db / 20)
    return _pedalboard("Limiter", sound / ceiling, rate_hz, threshold_db=0.0) * ceiling


def brickwall_limiter(sound: Sound, rate_hz: int, ceiling_db: float) -> Sound:
    return _pedalboard("BrickwallLimiter", sound, rate_hz, ceiling_db=ceiling_db, true_peak=True)


def _pedalboard(name: str, sound: Sound, rate_hz: int, **settings: float) -> Sound:
    plugin = getattr(import_module("pedalboard"), name)(**settings)
    return np.asarray(plugin(sound.astype(np.float32).T, rate_hz), np.float64).T


PEERS = {"matchering": matchering, "Limiter": limiter, "BrickwallLimiter": brickwall_limiter}

if __name__ == "__main__":
    name, given, made, rate_hz, ceiling_db = sys.argv[1:]
    np.save(made, PEERS[name](np.load(given), int(rate_hz), float(ceiling_db)))
