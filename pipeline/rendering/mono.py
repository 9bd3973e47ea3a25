"""Where nothing but mono is heard in a programme: there both channels are delivered alike, to the last bit."""

from collections.abc import Sequence
from itertools import pairwise

from pipeline.intake.mixes import Mix
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.rendering.spans import Span, left_by


def mono_spans(plan: Plan, programme: PlannedProgramme, mixes: Sequence[Mix]) -> tuple[Span, ...]:
    """From which frame up to which, at the delivery rate, all that sounds is mono, in order.

    A pause belongs to the mix before it, and what is before the first mix to the first.
    """
    clips = programme.clips
    begins = [0, *(clip.start for clip in clips[1:]), programme.frames]
    stereo = [
        (begin, max(end, clip.start + clip.length))
        for clip, (begin, end) in zip(clips, pairwise(begins), strict=True)
        if not mixes[plan.mix_number(clip)].is_mono
    ]
    return tuple(
        (begin * plan.rate_hz // programme.rate_hz, end * plan.rate_hz // programme.rate_hz)
        for begin, end in left_by((0, programme.frames), stereo)
    )
