"""How alike two mixes are where they overlap: the measurement behind `crossfade_shape = "auto"`."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from albums import Album
from pipeline.ingest import Block, Source
from pipeline.process.resample import resample


def correlations(
    album: Album, used: Sequence[Source], advance: Callable[[float], None] = lambda _: None
) -> tuple[float | None, ...]:
    """For each track the correlation of its head with the tail it overlaps; None where nothing has to be known."""
    return tuple(
        overlap_correlation(used[index - 1], used[index], track.crossfade_s, advance)
        if track.crossfade_s and track.crossfade_shape in (None, "auto")
        else None
        for index, track in enumerate(album.tracks)
    )


def overlap_correlation(
    leaving: Source, entering: Source, overlap_s: float, advance: Callable[[float], None] = lambda _: None
) -> float:
    """The correlation of `leaving`'s last `overlap_s` with `entering`'s first, both channels together, from 0 to 1.

    Below nought it is nought: a law that boosts against cancellation would lift whatever does not cancel. To two
    decimals, so that equal albums get equal plans on any machine.
    """
    tail = min(round(overlap_s * leaving.mix.rate_hz), leaving.stop - leaving.start)
    head = min(round(overlap_s * entering.mix.rate_hz), entering.stop - entering.start)
    out = leaving.mix.blocks(leaving.stop - tail, leaving.stop)
    into = entering.mix.blocks(entering.start, entering.start + head)
    into = resample(into, entering.mix.rate_hz, leaving.mix.rate_hz, head)
    products = np.zeros(3)
    for one, other in _paired(out, into):
        products += (np.vdot(one, other), np.vdot(one, one), np.vdot(other, other))
        advance(len(one) / leaving.mix.rate_hz)
    power = float(np.sqrt(products[1] * products[2]))
    return round(max(0.0, float(products[0]) / power), 2) if power else 0.0


def _paired(ones: Iterator[Block], others: Iterator[Block]) -> Iterator[tuple[Block, Block]]:
    """Blocks of equal length from two streams, up to the end of the shorter."""
    one, other = np.empty((0, 2)), np.empty((0, 2))
    while True:
        one = one if len(one) else next(ones, one)
        other = other if len(other) else next(others, other)
        frames = min(len(one), len(other))
        if not frames:
            return
        yield one[:frames], other[:frames]
        one, other = one[frames:], other[frames:]
