"""The limiters compared: Glassmaster's, and those that people use today where they can be run."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soxr
from scipy.signal import fftconvolve

from pipeline.dsp.decibels import amplitude
from pipeline.processors.limiter import limit
from tests.bench.excerpts import Sound

Process = Callable[[Sound, int, float], Sound]
"""Limits a sound, (frames, 2), at a rate in Hz, to a ceiling in dB as that limiter takes it; as long, and aligned."""

TAIL_S = 0.5  # of silence after the sound, for what a peer lets out late
FINE_RATE_HZ = 192_000
DPL = r"lv2=p='http\://gareus.org/oss/lv2/dpl#stereo'"


@dataclass(frozen=True)
class Limiter:
    """A limiter with its settings."""

    name: str
    process: Process
    lacks: Callable[[], str] = str
    """What it takes to run it and is not here; empty if nothing."""


def limiters(peers: str) -> list[Limiter]:
    """All of them, ours first. `peers` is the Python that has the modules."""
    matchering, pedalboard = (partial(_lacks_module, peers, module) for module in ("matchering", "pedalboard"))
    return [
        Limiter("Glassmaster", _glassmaster),
        Limiter("alimiter", _alimiter, _lacks_ffmpeg),
        Limiter("alimiter at 192k", _alimiter_at_192k, _lacks_ffmpeg),
        Limiter("x42 dpl, 10 ms", partial(_aligned, partial(_dpl, 0.010)), _lacks_dpl),
        Limiter("x42 dpl, 50 ms", partial(_aligned, partial(_dpl, 0.050)), _lacks_dpl),
        Limiter("matchering", _by_python(peers, "matchering"), matchering),
        Limiter("pedalboard Limiter", _by_python(peers, "Limiter"), pedalboard),
        Limiter("pedalboard Brickwall", _by_python(peers, "BrickwallLimiter"), pedalboard),
    ]


def _lacks_ffmpeg() -> str:
    return "" if shutil.which("ffmpeg") else "ffmpeg"


def _lacks_dpl() -> str:
    try:
        _dpl(0.010, np.zeros((4096, 2)), 44_100, -1.0)
    except (OSError, subprocess.CalledProcessError):
        return "x42-plugins, and an ffmpeg with the filter lv2"
    return ""


def _lacks_module(peers: str, module: str) -> str:
    absent = subprocess.run([peers, "-c", f"import {module}"], capture_output=True).returncode
    return f"{module} (pip install {module}, or --peers with a Python that has it; {peers} has not)" if absent else ""


def _glassmaster(sound: Sound, rate_hz: int, ceiling_dbtp: float) -> Sound:
    return np.concatenate(list(limit([sound], rate_hz, ceiling_dbtp)))


def _alimiter(sound: Sound, rate_hz: int, ceiling_db: float) -> Sound:
    """Its release smoothed ("asc"), its make-up gain off, and its delay taken out by itself.

    At 192 kHz the delay is not a whole number of the slower rate's frames, so it could not be taken out later.
    """
    return _ffmpeg(f"alimiter=limit={amplitude(ceiling_db):.9f}:asc=1:level=0:latency=1", sound, rate_hz)


def _alimiter_at_192k(sound: Sound, rate_hz: int, ceiling_db: float) -> Sound:
    fine = soxr.resample(sound, rate_hz, FINE_RATE_HZ, quality="VHQ")
    limited = soxr.resample(_alimiter(fine, FINE_RATE_HZ, ceiling_db), FINE_RATE_HZ, rate_hz, quality="VHQ")
    return _fitted(limited, len(sound))


def _dpl(release_s: float, sound: Sound, rate_hz: int, ceiling_dbtp: float) -> Sound:
    controls = f"threshold={ceiling_dbtp:.6f}|release={release_s}|truepeak=1"
    return _ffmpeg(f"{DPL}:c={controls}", sound, rate_hz)


def _ffmpeg(graph: str, sound: Sound, rate_hz: int) -> Sound:
    raw = ["-f", "f64le", "-ar", str(rate_hz), "-ac", "2"]
    command = ["ffmpeg", "-v", "error", "-nostdin", *raw, "-i", "pipe:0", "-af", graph, *raw, "pipe:1"]
    out = subprocess.run(command, input=sound.tobytes(), capture_output=True, check=True).stdout
    return np.frombuffer(out).reshape(-1, 2)


def _by_python(peers: str, name: str) -> Process:
    """A limiter of `peer.py`, in the Python that has it."""

    def process(sound: Sound, rate_hz: int, ceiling_db: float) -> Sound:
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder, "given.npy"), Path(folder, "made.npy")
            np.save(given, sound)
            script = Path(__file__).with_name("peer.py")
            command = [peers, str(script), name, str(given), str(made), str(rate_hz), str(ceiling_db)]
            subprocess.run(command, check=True)
            return np.asarray(np.load(made))

    return partial(_aligned, process)


def _aligned(process: Process, sound: Sound, rate_hz: int, ceiling_db: float) -> Sound:
    """What `process` makes of `sound`, moved back by its latency: the shift at which the two are most alike."""
    tail = np.zeros((round(TAIL_S * rate_hz), 2))
    heard = process(np.concatenate([sound, tail]), rate_hz, ceiling_db)
    likeness = fftconvolve(heard.sum(axis=1), sound.sum(axis=1)[::-1])[len(sound) - 1 :]
    return _fitted(heard[int(likeness[: len(tail)].argmax()) :], len(sound))


def _fitted(sound: Sound, frames: int) -> Sound:
    return np.pad(sound[:frames], ((0, max(0, frames - len(sound))), (0, 0)))
