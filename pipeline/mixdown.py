"""From mixes to one continuous programme: each mix treated at its own rate, then laid where the sequence has it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

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
LEAD_S = 1.0  # of the track before, for an equaliser to settle on: its lowest shelf does so in a tenth of that

Law = Callable[[Block], Block]
NOTHING: Block = np.zeros((0, 2))


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
    takers = [
        (clip.start, clip.start + clip.length, _taker(_clip_blocks(plan, programme, index, mixes)))
        for index, clip in enumerate(programme.clips)
    ]
    for position in range(0, programme.frames, BLOCK):
        end = min(position + BLOCK, programme.frames)
        laid = np.zeros((end - position, 2))
        for start, stop, take in takers:
            first, last = max(start, position), min(stop, end)
            if first < last:
                laid[first - position : last - position] += take(last - first)
        yield laid


def treated(treatment: Treatment, mix: Mix, lead: Block = NOTHING) -> Iterator[Block]:
    """The stretch of the mix that is used, at its own rate: DC removed, equalised, at its level.

    `lead` is what sounds right before it, where the music runs on: the equaliser hears it, and it is left out.
    """
    offset, factor = np.array(treatment.dc_offset), amplitude(treatment.gain_db)
    centred: Iterator[Block] = chain([lead], mix.blocks(treatment.start, treatment.stop))
    if offset.any():
        centred = (block - offset for block in centred)
    for block in islice(equalise(centred, tuple(band.band() for band in treatment.bands), mix.rate_hz), 1, None):
        yield block * factor


def _lead(plan: Plan, before: Clip, clip: Clip, mixes: Sequence[Mix]) -> Block:
    """The end of the mix before, where `clip` runs on from it and is equalised alike: no filter starts at the joint."""
    leaving, entering = plan.treatments[before.track - 1], plan.treatments[clip.track - 1]
    runs_on = before.start + before.length == clip.start
    if not runs_on or (leaving.rate_hz, leaving.bands) != (entering.rate_hz, entering.bands):
        return NOTHING
    start = max(leaving.start, leaving.stop - round(LEAD_S * leaving.rate_hz))
    return np.concatenate([NOTHING, *mixes[before.track - 1].blocks(start, leaving.stop)])


def _clip_blocks(plan: Plan, programme: Programme, index: int, mixes: Sequence[Mix]) -> Iterator[Block]:
    clip = programme.clips[index]
    treatment, mix = plan.treatments[clip.track - 1], mixes[clip.track - 1]
    lead = _lead(plan, programme.clips[index - 1], clip, mixes) if index else NOTHING
    blocks = treated(treatment, mix, lead)
    blocks = resample(blocks, mix.rate_hz, programme.rate_hz, treatment.stop - treatment.start)
    blocks = fade_in(blocks, clip.fade_in, FADE)
    blocks = fade_out(blocks, clip.fade_out, clip.length, FADE)
    blocks = _ridden(blocks, 0, clip.overlap, _rising(clip))
    for following in programme.clips[index + 1 : index + 2]:
        blocks = _ridden(blocks, clip.length - following.overlap, following.overlap, _falling(following))
    yield from blocks


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
