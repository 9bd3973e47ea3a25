"""Every kernel compiled, once for an installation: `python -m pipeline.mastering.compile_kernels` at set-up.

A few seconds of sound are checked and mastered to profiles that reach nearly all of the program, in a folder that is
thrown away. What they do not reach is compiled when it is first used.
"""

import tempfile
from pathlib import Path

import numpy as np
import soundfile

from pipeline.mastering import steps
from pipeline.mastering.check import check_album
from pipeline.mastering.job import Job
from pipeline.mastering.workers import ThreadWorkers

RATES_HZ = 44100, 48000
PROFILES = "cd-ddp", "cd-wav", "streaming", "vinyl-12in-33"
SOUND_S = 4.0
MANIFEST = """
[album]
title = "Nothing"
artist = "Nobody"
"""
TRACK = """
[[tracks]]
title = "Noise at {rate_hz} Hz"
mix = "{rate_hz}.wav"
"""


def main() -> None:
    """Check and master a small album of noise."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_album(folder)
        check_album(folder, ThreadWorkers())
        steps.master(Job(folder, PROFILES, folder / "masters"), ThreadWorkers())


def write_album(folder: Path) -> None:
    """An album of two tracks that have some of everything: noise that comes and goes, clicks, clipped tops, a hole.

    One is darker than the other, so that there is something to equalise.
    """
    (folder / "album.toml").write_text(MANIFEST + "".join(TRACK.format(rate_hz=each) for each in RATES_HZ), "utf-8")
    for seed, rate_hz in enumerate(RATES_HZ):
        frames = int(SOUND_S * rate_hz)
        swell = 0.1 + 0.4 * np.abs(np.sin(np.linspace(0.0, 12.0, frames)))[:, np.newaxis]
        sound = np.random.default_rng(seed).normal(0.0, 1.0, (frames, 2)) * swell
        if seed:
            sound = np.cumsum(sound, axis=0) * 0.02
            sound -= sound.mean(axis=0)
        sound[rate_hz : rate_hz + 400] = 0.0
        quiet = slice(3 * rate_hz, 4 * rate_hz)
        sound[quiet] = 0.05 * np.sin(np.arange(rate_hz) / 40.0)[:, np.newaxis]  # a click stands out of a tone
        sound[3 * rate_hz + rate_hz // 3 :: 5000] = (0.7, -0.7)
        soundfile.write(folder / f"{rate_hz}.wav", np.clip(sound, -0.8, 0.8), rate_hz, subtype="PCM_24")


if __name__ == "__main__":
    main()
