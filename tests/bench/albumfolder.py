"""An album folder out of recordings: mixes of equal length at 24 bits, each of another stretch, and its manifest.

`python -m tests.bench.albumfolder FOLDER RATE_HZ TRACKS TRACK_S DELIVERABLE,... RECORDING...`

The recordings are joined and repeated, each time played slower than before, so that no two tracks have the same sound;
memory does not grow with the album.
"""

import itertools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.bench.programme import HEADROOM, LARGEST_WAV, resampled

ROOT = Path(__file__).resolve().parents[2]
SLOWER = 0.02  # each time the recordings are gone through
NOISE = 2e-6  # -114 dBFS: no room is as still as a resampled recording, and no two mixes have the same last bits
FADE_S = 0.05  # at either end, since the recordings are cut in full sound and finished mixes are not
QUIETEST = 0.6  # the first track's amplitude beside the last's: levels for the album to match
FULL_SCALE = 2**23 - 1
OWN_PROFILE = "flac-44"
CHANGES = {'rate_hz = "native"': "rate_hz = 44100", "at the album's native rate": "at 44.1 kHz"}


def write(
    folder: Path, rate_hz: int, tracks: int, track_s: float, deliverables: Sequence[str], recordings: Sequence[Path]
) -> None:
    """Write the album's mixes, its manifest and its own profile into `folder`, which is made."""
    for room in ("mixes", "profiles"):
        (folder / room).mkdir(parents=True)
    manifest = [f"deliverables = {list(deliverables)}".replace("'", '"')]
    manifest.append('[album]\ntitle = "Bench"\nartist = "Various"\n')
    sound = stretched(recordings, rate_hz)
    for number in range(1, tracks + 1):
        mix = f"mixes/{number:02d}.wav"
        write_mix(folder / mix, sound, rate_hz, round(track_s * rate_hz), number, number / tracks)
        manifest.append(f'[[tracks]]\nmix = "{mix}"\ntitle = "Track {number}"\n')
    (folder / "album.toml").write_text("\n".join(manifest), "utf-8")
    (folder / "profiles" / f"{OWN_PROFILE}.toml").write_text(profile_at_44_1_khz(), "utf-8")


def stretched(recordings: Sequence[Path], rate_hz: int) -> Iterator[NDArray[np.float64]]:
    """Blocks of the recordings for ever, slower each time: resampled to more frames than `rate_hz` asks for."""
    for time in itertools.count():
        for recording in recordings:
            yield from resampled(recording, round(rate_hz * (1.0 + SLOWER * time)))


def write_mix(
    out: Path, sound: Iterator[NDArray[np.float64]], rate_hz: int, frames: int, seed: int, place: float
) -> None:
    """The next `frames` of `sound` as one mix, what is left of the last block let go; `place` in the album up to 1."""
    rng, gain = np.random.default_rng(seed), HEADROOM * (QUIETEST + (1.0 - QUIETEST) * place)
    container = "WAV" if 6 * frames < LARGEST_WAV else "RF64"
    with soundfile.SoundFile(out, "w", rate_hz, 2, "PCM_24", format=container) as file:
        while file.frames < frames:
            block = next(sound)[: frames - file.frames]
            position = file.frames + np.arange(len(block))
            fade = np.clip(np.minimum(position, frames - 1 - position) / (FADE_S * rate_hz), 0.0, 1.0)
            block = gain * fade[:, None] * block + NOISE * rng.standard_normal(block.shape)
            file.write(np.round(np.clip(block, -1.0, 1.0) * FULL_SCALE).astype(np.int32) << 8)


def profile_at_44_1_khz() -> str:
    """The shipped streaming profile at the rate that most stores sell."""
    text = (ROOT / "profiles" / "streaming.toml").read_text("utf-8")
    for shipped, wanted in CHANGES.items():
        if shipped not in text:
            raise ValueError(f"profiles/streaming.toml does not say {shipped!r} any more")
        text = text.replace(shipped, wanted)
    return text


if __name__ == "__main__":
    folder, rate_hz, tracks, track_s, deliverables, *recordings = sys.argv[1:]
    write(
        Path(folder), int(rate_hz), int(tracks), float(track_s), deliverables.split(","), [Path(r) for r in recordings]
    )
