"""Change the sample rate of a whole programme: no delay, exact length, the same bits for any block size.

libsoxr does the work, at its best setting ("VHQ", 28 bits: linear phase, flat within 0.01 dB to 0.907 of the lower
Nyquist frequency, aliases and images below -150 dB), by the python-soxr wrapper. A programme is resampled before it is
cut into tracks: a filter that starts at a cut would click there.
"""

from collections.abc import Iterator

import numpy as np
import soxr

from pipeline.dsp.types import Block

CHUNK = 16384  # frames handed to soxr at a time, counted from the programme's start whatever the blocks' sizes


def resampled_length(frames: int, rate_in_hz: int, rate_out_hz: int) -> int:
    """frames * rate_out / rate_in, rounded to the nearest integer, halves upwards, in whole numbers."""
    return (2 * frames * rate_out_hz + rate_in_hz) // (2 * rate_in_hz)


def resample(blocks: Iterator[Block], rate_in_hz: int, rate_out_hz: int, frames_in: int) -> Iterator[Block]:
    """Blocks of shape (frames, channels) at the new rate, `resampled_length` of `frames_in` in all.

    Equal rates pass bit for bit. Output frame n sounds at the time n / rate_out_hz of the input. soxr may end a frame
    early or late: the programme is then closed with silence or cut. Raises ValueError when the blocks do not
    hold `frames_in` frames.
    """
    if rate_in_hz == rate_out_hz:
        yield from _counted(blocks, frames_in)
        return
    missing = resampled_length(frames_in, rate_in_hz, rate_out_hz)
    stream: soxr.ResampleStream | None = None
    for chunk, last in _chunks(_counted(blocks, frames_in), frames_in):
        if stream is None:
            stream = soxr.ResampleStream(rate_in_hz, rate_out_hz, chunk.shape[1], dtype="float64", quality="VHQ")
        converted = stream.resample_chunk(chunk, last=last)[:missing]
        missing -= len(converted)
        yield np.concatenate((converted, np.zeros((missing, chunk.shape[1])))) if last and missing else converted


def _counted(blocks: Iterator[Block], frames_in: int) -> Iterator[Block]:
    """The blocks as they are, refused when there are more or fewer frames than promised."""
    counted = 0
    for block in blocks:
        counted += len(block)
        if counted > frames_in:
            break
        yield block
    if counted != frames_in:
        raise ValueError(f"{counted} frames or more came to be resampled, expected {frames_in}")


def _chunks(blocks: Iterator[Block], frames_in: int) -> Iterator[tuple[Block, bool]]:
    """The same frames in chunks of CHUNK, and whether each is the last."""
    held: list[Block] = []
    ready = done = 0
    for block in blocks:
        held.append(block)
        ready += len(block)
        while ready >= CHUNK or (ready and done + ready == frames_in):
            joined = held[0] if len(held) == 1 else np.concatenate(held)
            chunk, rest = joined[:CHUNK], joined[CHUNK:]
            held, ready, done = [rest], len(rest), done + len(chunk)
            yield np.ascontiguousarray(chunk), done == frames_in
