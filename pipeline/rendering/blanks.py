"""Where a programme is delivered as digital silence: a track that was sent as that, and nothing else sounds in it."""

from pipeline.plan.plan import Plan
from pipeline.plan.sequence import Clip, PlannedProgramme
from pipeline.processors.dither import Spans
from pipeline.rendering.spans import Span, left_by


def blank_spans(plan: Plan, programme: PlannedProgramme) -> Spans:
    """From and up to which samples, at the delivery rate, `programme` is not dithered where it is silent.

    That is the whole of each track whose mix is digital silence, but for what other mixes put into it.
    """
    layout = programme.layout(plan.rate_hz, plan.profile.pcm.bits)
    silent = {clip.track for clip in programme.tracks if _is_silence(plan, clip)}
    spans = [(start, stop) for mark, start, stop in layout.apart.spans() if mark.track in silent]
    spans += [_span(plan, programme, clip) for clip in programme.clips if clip.pregap and _is_silence(plan, clip)]
    sounding = [_span(plan, programme, clip) for clip in programme.clips if not _is_silence(plan, clip)]
    return tuple(sorted(free for span in spans for free in left_by(span, sounding)))


def _is_silence(plan: Plan, clip: Clip) -> bool:
    return plan.treatment_of(clip).without_loudness == "silence"


def _span(plan: Plan, programme: PlannedProgramme, clip: Clip) -> Span:
    """A clip's samples at the delivery rate, those that it has a part of included."""
    start, stop = clip.start * plan.rate_hz, (clip.start + clip.length) * plan.rate_hz
    return start // programme.rate_hz, -(-stop // programme.rate_hz)
