"""A programme that was limited once and lies on disk, finished as often as it takes, whole or a stretch of it.

Any stretch comes out as it does in the whole programme, to the last bit, so that tracks can be encoded side by side.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

import formats
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.types import Block
from pipeline.processors.dips import Dips, dip, reach
from pipeline.rendering.finish import Finish
from pipeline.system.spool import SpooledStream


@dataclass
class ShapedProgramme:
    """The finished samples of a programme, dips included; made anew each time they are asked for.

    `limited` is the programme after its limiter, which took off the `reduction`.
    """

    limited: SpooledStream[np.float32]
    rate_hz: int
    finish: Finish
    reduction: GainReduction
    dips: Dips
    digest: str = field(default="", init=False)
    """BLAKE3 of all samples, once they have passed."""

    def __call__(self, start: int = 0) -> Iterator[formats.Block]:
        """The blocks from sample `start` to the end."""
        if start:
            yield from self.stretch(start, self.limited.frames)
            return
        digest = blake3()
        for block in self.stretch(0, self.limited.frames):
            digest.update(formats.canonical_bytes(block))
            yield block
        self.digest = digest.hexdigest()

    def stretch(self, start: int, stop: int) -> Iterator[formats.Block]:
        """The blocks from sample `start` up to `stop`."""
        return self.finish(self.floats(start, stop), start)

    def floats(self, start: int, stop: int) -> Iterator[Block]:
        """The same before they are quantised: float64, full scale 1.0."""
        edge = reach(self.rate_hz)
        first, last = max(0, start - edge), min(self.limited.frames, stop + edge)
        heard = (block.astype(np.float64) for block in _cut(self.limited(first), 0, last - first))
        return _cut(dip(heard, self.rate_hz, self.dips, first), start - first, stop - first)


def _cut(blocks: Iterator[NDArray[Any]], start: int, stop: int) -> Iterator[NDArray[Any]]:
    position = 0
    for block in blocks:
        if position + len(block) > start:
            yield block[max(0, start - position) : stop - position]
        position += len(block)
        if position >= stop:
            return
