"""A stream cut into windows that overlap, for work that looks both ways."""

from collections.abc import Iterable, Iterator

import numpy as np

from pipeline.dsp.types import Block


def overlapping_windows(blocks: Iterable[Block], core: int, reach: int) -> Iterator[Block]:
    """Blocks of shape (frames, 2) in windows of `core` frames and `reach` more on either side.

    The stream is taken to be preceded and followed by silence; the last core may be shorter.
    """
    held = [np.zeros((reach, 2))]
    frames = reach
    for block in blocks:
        held.append(block)
        frames += len(block)
        if frames >= core + 2 * reach:
            joined = np.concatenate(held)
            while len(joined) >= core + 2 * reach:
                yield joined[: core + 2 * reach]
                joined = joined[core:]
            held, frames = [joined], len(joined)
    joined = np.concatenate([*held, np.zeros((reach, 2))])
    while len(joined) > 2 * reach:
        yield joined[: core + 2 * reach]
        joined = joined[core:]
