"""The chain of processors for one mix, in the order that its treatment has."""

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.dsp.decibels import amplitude
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.types import Block
from pipeline.plan.treatment import Treatment
from pipeline.processors.compressor import compress
from pipeline.processors.equaliser import equalise
from pipeline.processors.low_end import tighten_low_end


def treated(treatment: Treatment, blocks: Iterator[Block], reduction: GainReduction | None = None) -> Iterator[Block]:
    """`blocks` of a mix, at its own rate: rid of DC and rumble, shaped, equalised, compressed, at its level.

    What the compressor takes off goes to `reduction`.
    """
    offset, factor, rate_hz = np.array(treatment.dc_offset), amplitude(treatment.gain_db), treatment.rate_hz
    if offset.any():
        blocks = (block - offset for block in blocks)
    blocks = tighten_low_end(
        blocks, rate_hz, elliptic_corner_hz=treatment.mono_below_hz, rumble_corner_hz=treatment.high_pass_hz
    )
    if treatment.width_db:
        blocks = _widened(blocks, amplitude(treatment.width_db))
    blocks = equalise(blocks, treatment.equaliser(), rate_hz)
    if treatment.compression:
        blocks = compress(blocks, treatment.compression.compressor(), rate_hz, reduction=reduction)
    for block in blocks:
        yield block * factor


def _widened(blocks: Iterable[Block], factor: float) -> Iterator[Block]:
    """The side times a factor, the middle as it was."""
    own, other = (1.0 + factor) / 2.0, (1.0 - factor) / 2.0
    for block in blocks:
        yield own * block + other * block[:, ::-1]
