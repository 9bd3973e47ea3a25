"""One recording measured, as a piece of a job: the first thing that a run sets out to do.

It imports the meters alone, so that they are at work while the rest of the program is still imported.
"""

from pipeline.analysis.analysis import Analysis, analyse
from pipeline.intake.mixes import Stretch
from pipeline.system.progress import JobProgress


def measure_mix(recording: Stretch, work: JobProgress) -> Analysis:
    """Everything measured about one recording, as a piece of `work`."""
    rate_hz = recording.mix.rate_hz
    with work.at_work(recording.mix.path.name, recording.duration_s) as advance:
        return analyse(recording.blocks(), rate_hz, lambda frames: advance(frames / rate_hz))
