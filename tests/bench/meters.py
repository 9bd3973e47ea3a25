"""One meter over one file, in a process of its own: integrated loudness, range and true peak, as a line of JSON.

`python -m tests.bench.meters NAME FILE`; `NAME` is a key of `METERS`. Each function imports what it measures with, and
no more, so that a process costs what its meter costs, and runs where only that meter is installed.
"""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

import soundfile

Figures = tuple[float | None, float | None, float | None]
"""LUFS, LU and dBTP; None is not measured, or undefined."""

BLOCK = 65_536
PYLOUDNORM_S = 600.0
"""How much of a file pyloudnorm is given: it takes 70 bytes of memory a frame, 4 GB for ten minutes at 96 kHz."""


def full_analysis(path: Path) -> Figures:
    """Everything that `glassmaster check` measures in a mix, read as it reads it."""
    from pipeline.analysis.analysis import analyse
    from pipeline.intake.mixes import open_mix

    mix = open_mix(path, path.name)
    found = analyse(mix.blocks(), mix.rate_hz)
    return found.loudness.integrated_lufs, found.loudness.range_lu, found.true_peak.true_peak_dbtp


def three_figures(path: Path) -> Figures:
    """Glassmaster's meters of the three figures alone."""
    from pipeline.analysis.meters.loudness import LoudnessMeter
    from pipeline.analysis.meters.true_peak import TruePeakMeter
    from pipeline.intake.mixes import open_mix

    mix = open_mix(path, path.name)
    loudness, true_peak = LoudnessMeter(mix.rate_hz), TruePeakMeter(mix.rate_hz)
    for block in mix.blocks():
        loudness.add(block)
        true_peak.add(block)
    found = loudness.result()
    return found.integrated_lufs, found.range_lu, true_peak.result().true_peak_dbtp


def libebur128(path: Path) -> Figures:
    """libebur128 through pyebur128."""
    import pyebur128
    from pyebur128 import MeasurementMode as Mode

    with soundfile.SoundFile(path) as file:
        state = pyebur128.R128State(2, file.samplerate, Mode.MODE_I | Mode.MODE_LRA | Mode.MODE_TRUE_PEAK)
        for block in file.blocks(BLOCK):
            state.add_frames(block.ravel(), len(block))
    peak = max(pyebur128.get_true_peak(state, channel) for channel in (0, 1))
    return pyebur128.get_loudness_global(state), pyebur128.get_loudness_range(state), 20.0 * math.log10(peak)


def pyloudnorm(path: Path) -> Figures:
    """pyloudnorm's two figures, of the first `PYLOUDNORM_S` seconds; it measures no true peak."""
    from pyloudnorm import Meter

    rate_hz = soundfile.info(path).samplerate
    sound = soundfile.read(path, frames=round(PYLOUDNORM_S * rate_hz))[0]
    meter = Meter(rate_hz, filter_class="DeMan")
    return float(meter.integrated_loudness(sound)), float(meter.loudness_range(sound)), None


def reference_peak(path: Path) -> Figures:
    """The true peak alone, 8x with 96 taps a phase in double precision: slow and plain."""
    import numpy as np

    from tests.support.true_peak_reference import true_peak_dbtp

    piece, edge = 2**20, 2**12
    # A cut in full sound would overshoot: pieces are faded, and each fade lies within another piece's full sound.
    rise = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, edge))[:, None]
    peaks_dbtp = [-math.inf]
    with soundfile.SoundFile(path) as file:
        for start in range(0, file.frames, piece):
            file.seek(max(0, start - 3 * edge))
            sound = file.read(start + piece - file.tell())
            if start:
                sound[:edge] *= rise
            if file.tell() < file.frames:
                sound[-edge:] *= rise[::-1]
            if sound.any():
                peaks_dbtp.append(true_peak_dbtp(sound, oversampling=8))
    return None, None, max(peaks_dbtp)


METERS: dict[str, Callable[[Path], Figures]] = {
    "full-analysis": full_analysis,
    "three-figures": three_figures,
    "pyebur128": libebur128,
    "pyloudnorm": pyloudnorm,
    "reference-peak": reference_peak,
}

if __name__ == "__main__":
    print(json.dumps(METERS[sys.argv[1]](Path(sys.argv[2]))))
