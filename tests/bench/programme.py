"""A long programme out of recordings: joined, brought to one rate and repeated, in memory that does not grow.

`python -m tests.bench.programme OUT RATE_HZ SECONDS RECORDING...`
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

BLOCK = 65_536
HEADROOM = 0.9  # resampled, a full-scale recording overshoots; so it is not clipped
LARGEST_WAV = 2**32 - 2**16  # bytes


def bytes_per_frame(rate_hz: int) -> int:
    """16 bits up to 48 kHz, 24 bits above: stereo."""
    return 4 if rate_hz <= 48_000 else 6


def write(out: Path, rate_hz: int, duration_s: float, recordings: Sequence[Path]) -> None:
    """Write `recordings`, stereo, again and again until `duration_s` is full: WAV, or RF64 where WAV ends."""
    frames, width = round(duration_s * rate_hz), bytes_per_frame(rate_hz)
    subtype = "PCM_16" if width == 4 else "PCM_24"
    container = "WAV" if frames * width < LARGEST_WAV else "RF64"
    once = out.with_suffix(".once")
    with soundfile.SoundFile(once, "w", rate_hz, 2, subtype, format="RF64") as file:
        for block in (block for recording in recordings for block in resampled(recording, rate_hz)):
            if file.frames >= frames:
                break
            file.write(HEADROOM * block)
    with (
        soundfile.SoundFile(once) as file,
        soundfile.SoundFile(out, "w", rate_hz, 2, subtype, format=container) as long,
    ):
        while long.frames < frames:
            block = file.read(min(BLOCK, frames - long.frames), dtype="int32")
            long.write(block)
            if not len(block):
                file.seek(0)
    once.unlink()


def resampled(recording: Path, rate_hz: int) -> Iterator[NDArray[np.float64]]:
    """The blocks of a stereo recording, at `rate_hz`."""
    with soundfile.SoundFile(recording) as file:
        if file.samplerate == rate_hz:
            yield from file.blocks(BLOCK)
            return
        stream = soxr.ResampleStream(file.samplerate, rate_hz, 2, dtype="float64", quality="VHQ")
        for block in file.blocks(BLOCK):
            yield stream.resample_chunk(block)
        yield stream.resample_chunk(np.empty((0, 2)), last=True)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), [Path(name) for name in sys.argv[4:]])
