"""Where nothing but mono is heard in a programme: there both channels are delivered alike, to the last bit."""

from collections.abc import Sequence

from pipeline.intake.mixes import Mix
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.rendering.spans import Span, left_by


def mono_spans(plan: Plan, programme: PlannedProgramme, mixes: Sequence[Mix]) -> tuple[Span, ...]:
    """From which frame up to which, at the delivery rate, all that sounds is mono, in order.

    A pause beside a mono mix is mono, since its file may hold the end of the one and the beginning of the other.
    """
    mono = [mixes[plan.mix_number(clip)].is_mono for clip in programme.clips]
    sounding = [(clip.start, clip.start + clip.length) for clip in programme.clips]
    starts, stops = zip(*sounding, strict=True)
    pauses = zip((0, *stops), (*starts, programme.frames), strict=True)
    beside = zip((False, *mono), (*mono, False), strict=True)
    stereo = [span for span, is_mono in zip(sounding, mono, strict=True) if not is_mono]
    stereo += [pause for pause, sides in zip(pauses, beside, strict=True) if not any(sides)]
    return tuple(
        (begin * plan.rate_hz // programme.rate_hz, end * plan.rate_hz // programme.rate_hz)
        for begin, end in left_by((0, programme.frames), sorted(stereo))
    )
