"""One recording measured, as a piece of a job: the first thing that a run sets out to do.

It imports the meters alone, so that they are at work while the rest of the program is still imported.
"""

from pipeline.analysis.analysis import Analysis, analyse
from pipeline.analysis.diagnosis import Known
from pipeline.intake.mixes import Stretch
from pipeline.system.progress import JobProgress

CARRIED = 0.45  # a recording carries sound up to this share of its rate: the filter before its converter ends there


def measure_mix(recording: Stretch, work: JobProgress) -> Analysis:
    """Everything measured about one recording, as a piece of `work`; raises Refusal where its file is not whole."""
    mix = recording.mix
    with work.at_work(mix.piece, recording.duration_s) as advance:
        ends_hz = CARRIED * mix.raised_from.rate_hz if mix.raised_from else None
        known = Known(mono=mix.is_mono, ends_hz=ends_hz)
        blocks = recording.proven_blocks()
        return analyse(blocks, mix.rate_hz, lambda frames: advance(frames / mix.rate_hz), known)
