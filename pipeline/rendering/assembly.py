"""From mixes to one continuous programme: each mix treated at its own rate, then laid where the sequence has it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from math import gcd

import numpy as np

from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.types import Block
from pipeline.intake.mixes import Mix
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import Clip, PlannedProgramme
from pipeline.plan.treatment import Treatment
from pipeline.processors.fades import (
    FadeShape,
    correlated_gains,
    fade_in,
    fade_out,
    gain_in,
    gain_out,
    positions,
)
from pipeline.processors.low_end import tighten_low_end
from pipeline.processors.resampling import resample, resampled_length
from pipeline.rendering.mix_chain import treated
from pipeline.system.page_cache import drop_from_page_cache
from pipeline.system.parallel import prefetch

BLOCK = 65536  # frames laid down at a time; no result depends on it
FADE: FadeShape = "cosine"  # of fades in and out; taste: no corner at either end
HEARD_S = 1.0  # beyond a joint, by filters that run over it: they settle in a tenth of that
HEARD_COMPRESSED_S = 15.0  # by a compressor: its slow release is down by 70 dB after that

GainLaw = Callable[[Block], Block]
CompressionKey = tuple[Treatment, Treatment | None]
Compression = dict[CompressionKey, GainReduction]
"""What the compressor took off each mix, by its treatment and by that of the mix that runs on into it, if one does."""


def conditioned(plan: Plan, blocks: Iterator[Block]) -> Iterator[Block]:
    """A programme at the delivery rate, made fit for a groove where it is to be cut into one."""
    groove = plan.profile.groove
    if groove is None:
        return blocks
    return tighten_low_end(
        blocks,
        plan.rate_hz,
        elliptic_corner_hz=groove.elliptic_corner_hz,
        rumble_corner_hz=groove.rumble_corner_hz,
    )


def assemble(
    plan: Plan, programme: PlannedProgramme, mixes: Sequence[Mix], compression: Compression | None = None
) -> Iterator[Block]:
    """The clips summed at their places, at the working rate, silence where there are none.

    What the compressor takes off each clip goes to `compression` once the clip has passed.
    """
    compression = {} if compression is None else compression
    takers = [
        (clip.start, clip.start + clip.length, _taker(_clip_blocks(plan, programme, index, mixes, compression)))
        for index, clip in enumerate(programme.clips)
    ]
    for position in range(0, programme.frames, BLOCK):
        end = min(position + BLOCK, programme.frames)
        laid = np.zeros((end - position, 2))
        for start, stop, take in takers:
            first, last = max(start, position), min(stop, end)
            if first < last:
                laid[first - position : last - position] += take(last - first)
        takers = [taker for taker in takers if taker[1] > end]  # lets go of the file
        yield laid


def compression_of(plan: Plan, compression: Compression) -> tuple[GainReduction | None, ...]:
    """What the compressor took off each track of `plan` when it was assembled; None where there is no compressor."""
    found: dict[int, GainReduction | None] = {}
    for programme in plan.programmes:
        for index, clip in enumerate(programme.clips):
            if not clip.pregap:
                found[clip.track] = compression.get(_compression_key(plan, programme, index))
    return tuple(found.get(treatment.track) for treatment in plan.treatments)


def _compression_key(plan: Plan, programme: PlannedProgramme, index: int) -> CompressionKey:
    before = _neighbour(plan, programme.clips, index, index - 1)
    return plan.treatment_of(programme.clips[index]), None if before is None else plan.all_treatments[before]


def _clip_blocks(
    plan: Plan, programme: PlannedProgramme, index: int, mixes: Sequence[Mix], compression: Compression
) -> Iterator[Block]:
    clip, reduction = programme.clips[index], GainReduction()
    treatment, before = key = _compression_key(plan, programme, index)
    lead_s = _heard(before, programme.rate_hz) / treatment.rate_hz
    blocks = _converted(plan, programme, index, mixes, reduction)
    blocks = fade_in(blocks, clip.fade_in, FADE)
    blocks = fade_out(blocks, clip.fade_out, clip.length, FADE)
    blocks = _ridden(blocks, 0, clip.overlap, _rising(clip))
    for following in programme.clips[index + 1 : index + 2]:
        blocks = _ridden(blocks, clip.length - following.overlap, following.overlap, _falling(following))
    try:
        yield from blocks
    finally:  # a reader that takes no more than the clip's length never asks for the end
        drop_from_page_cache(mixes[plan.mix_number(clip)].path)
        if treatment.compression:
            compression[key] = reduction.between(lead_s, lead_s + treatment.duration_s)


def _converted(
    plan: Plan, programme: PlannedProgramme, index: int, mixes: Sequence[Mix], reduction: GainReduction
) -> Iterator[Block]:
    """A clip treated, at the working rate; where music runs on over a joint, no filter begins or ends there.

    The filters then hear a little of the mix before and of the mix after, which is cut off again.
    """
    own, rate_hz = plan.mix_number(programme.clips[index]), programme.rate_hz
    before, after = (_neighbour(plan, programme.clips, index, other) for other in (index - 1, index + 1))
    treatments = plan.all_treatments
    treatment = treatments[own]
    lead, tail = (_heard(None if each is None else treatments[each], rate_hz) for each in (before, after))
    heard = [
        () if before is None else mixes[before].blocks(treatments[before].stop - lead, treatments[before].stop),
        mixes[own].blocks(treatment.start, treatment.stop),
        () if after is None else mixes[after].blocks(treatments[after].start, treatments[after].start + tail),
    ]
    frames = lead + treatment.stop - treatment.start + tail
    blocks = treated(treatment, prefetch(chain(*heard)), reduction)
    blocks = resample(blocks, treatment.rate_hz, rate_hz, frames)
    return _cut(blocks, resampled_length(lead, treatment.rate_hz, rate_hz), programme.clips[index].length)


def _neighbour(plan: Plan, clips: Sequence[Clip], index: int, other: int) -> int | None:
    """The mix of the clip at `other`, beside the one at `index`, where music runs on between them; else None."""
    if not 0 <= other < len(clips):
        return None
    earlier, later = clips[min(index, other)], clips[max(index, other)]
    one, two = (plan.treatment_of(clip) for clip in (earlier, later))
    alike = one.filters == two.filters
    return plan.mix_number(clips[other]) if alike and earlier.start + earlier.length == later.start else None


def _heard(neighbour: Treatment | None, rate_hz: int) -> int:
    """How many frames of a neighbour are heard: whole ones at its own rate and at `rate_hz` alike."""
    if neighbour is None:
        return 0
    unit = neighbour.rate_hz // gcd(neighbour.rate_hz, rate_hz)
    heard_s = HEARD_COMPRESSED_S if neighbour.compression else HEARD_S
    return min(neighbour.stop - neighbour.start, round(heard_s * neighbour.rate_hz)) // unit * unit


def _cut(blocks: Iterable[Block], start: int, length: int) -> Iterator[Block]:
    """`length` frames from `start` on."""
    position = 0
    for block in blocks:
        yield block[max(start - position, 0) : max(start + length - position, 0)]
        position += len(block)


def _rising(clip: Clip) -> GainLaw:
    if clip.shape == "correlated":
        return lambda position: correlated_gains(position, clip.correlation)[1]
    shape = clip.shape
    return lambda position: gain_in(shape, position)


def _falling(clip: Clip) -> GainLaw:
    if clip.shape == "correlated":
        return lambda position: correlated_gains(position, clip.correlation)[0]
    shape = clip.shape
    return lambda position: gain_out(shape, position)


def _ridden(blocks: Iterable[Block], begin: int, length: int, law: GainLaw) -> Iterator[Block]:
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
