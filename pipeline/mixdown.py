"""From mixes to one continuous programme: each mix treated at its own rate, then laid where the sequence has it."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from pipeline.ingest import Block, Mix
from pipeline.level import amplitude
from pipeline.plan import Plan, Treatment
from pipeline.process.equaliser import equalise
from pipeline.process.fade import Shape, correlated_gains, fade_in, fade_out, gain_in, gain_out, positions
from pipeline.process.groove import condition
from pipeline.process.resample import resample
from pipeline.sequence import Clip, Programme

BLOCK = 65536  # frames laid down at a time; no result depends on it
FADE: Shape = "cosine"  # of fades in and out; taste: no corner at either end

Law = Callable[[Block], Block]


def programme_blocks(plan: Plan, programme: Programme, mixes: Sequence[Mix]) -> Iterator[Block]:
    """The programme before its drive, at the delivery rate: sequenced, converted as a whole, fit for a groove."""
    blocks = sequenced(plan, programme, mixes)
    blocks = resample(blocks, programme.rate_hz, plan.rate_hz, programme.frames)
    groove = plan.profile.groove
    if groove is None:
        return blocks
    return condition(
        blocks,
        plan.rate_hz,
        elliptic_corner_hz=groove.elliptic_corner_hz,
        rumble_corner_hz=groove.rumble_corner_hz,
    )


def sequenced(plan: Plan, programme: Programme, mixes: Sequence[Mix]) -> Iterator[Block]:
    """The clips summed at their places, at the working rate, silence where there are none."""
    followers: list[Clip | None] = [*programme.clips[1:], None]
    waiting = [
        (clip.start, clip.start + clip.length, _clip_blocks(plan, clip, following, programme.rate_hz, mixes))
        for clip, following in zip(programme.clips, followers, strict=True)
    ]
    takers = [(start, stop, _taker(blocks)) for start, stop, blocks in waiting]
    for position in range(0, programme.frames, BLOCK):
        end = min(position + BLOCK, programme.frames)
        laid = np.zeros((end - position, 2))
        for start, stop, take in takers:
            first, last = max(start, position), min(stop, end)
            if first < last:
                laid[first - position : last - position] += take(last - first)
        yield laid


def treated(treatment: Treatment, mix: Mix) -> Iterator[Block]:
    """The stretch of the mix that is used, at its own rate: DC removed, equalised, at its level."""
    offset, factor = np.array(treatment.dc_offset), amplitude(treatment.gain_db)
    centred: Iterator[Block] = mix.blocks(treatment.start, treatment.stop)
    if offset.any():
        centred = (block - offset for block in centred)
    for block in equalise(centred, tuple(band.band() for band in treatment.bands), mix.rate_hz):
        yield block * factor


def _clip_blocks(plan: Plan, clip: Clip, following: Clip | None, rate_hz: int, mixes: Sequence[Mix]) -> Iterator[Block]:
    treatment, mix = plan.treatments[clip.track - 1], mixes[clip.track - 1]
    blocks = resample(treated(treatment, mix), mix.rate_hz, rate_hz, treatment.stop - treatment.start)
    blocks = fade_in(blocks, clip.fade_in, FADE)
    blocks = fade_out(blocks, clip.fade_out, clip.length, FADE)
    blocks = _ridden(blocks, 0, clip.overlap, _rising(clip))
    if following is None:
        return blocks
    return _ridden(blocks, clip.length - following.overlap, following.overlap, _falling(following))


def _rising(clip: Clip) -> Law:
    if clip.shape == "correlated":
        return lambda position: correlated_gains(position, clip.correlation)[1]
    shape = clip.shape
    return lambda position: gain_in(shape, position)


def _falling(clip: Clip) -> Law:
    if clip.shape == "correlated":
        return lambda position: correlated_gains(position, clip.correlation)[0]
    shape = clip.shape
    return lambda position: gain_out(shape, position)


def _ridden(blocks: Iterable[Block], begin: int, length: int, law: Law) -> Iterator[Block]:
    """The frames from `begin` on, `length` of them, by a gain law over their position; the others bit for bit."""
    first = 0
    for block in blocks:
        start, stop = max(begin - first, 0), min(begin + length - first, len(block))
        if start < stop:
            block = block.copy()
            block[start:stop] *= law(positions(first + start - begin, stop - start, length))[:, None]
        first += len(block)
        yield block


def _taker(blocks: Iterator[Block]) -> Callable[[int], Block]:
    """A function that takes the next frames of a stream, as many as it is asked for."""
    held = np.empty((0, 2))

    def take(frames: int) -> Block:
        nonlocal held
        parts, missing = [held[:frames]], frames - len(held)
        held = held[frames:]
        while missing > 0:
            block = next(blocks)
            parts.append(block[:missing])
            held, missing = block[missing:], missing - len(block)
        return np.concatenate(parts)

    return take
