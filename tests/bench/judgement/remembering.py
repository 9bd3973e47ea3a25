"""Workers that keep what they measured from run to run: what a bench repeats most is measuring the same mixes."""

import hashlib
import pickle
from collections.abc import Sequence
from pathlib import Path

from pipeline.analysis.analysis import Analysis
from pipeline.deliverables.make import Receipt
from pipeline.intake.album_mixes import AlbumSources
from pipeline.intake.mixes import Source
from pipeline.mastering.job import Job
from pipeline.mastering.measuring import measure_mix
from pipeline.mastering.steps import Decided, Measured, Order, decide_job
from pipeline.mastering.workers import ThreadWorkers
from pipeline.plan.plan import Plan
from pipeline.system.parallel import parallel_map, processors
from pipeline.system.progress import JobProgress
from tests.bench.measure import ROOT

MEASURES = ("pipeline/analysis", "pipeline/dsp", "pipeline/intake", "pipeline/mastering/measuring.py")


class RememberingWorkers:
    """Threads; what was measured of a file is kept in `folder`, and holds as long as the code that measures does."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._threads, self._code = folder, ThreadWorkers(), _code_hash()
        self.analyses: list[Analysis] = []
        """What was measured last."""
        self.plans: tuple[Plan, ...] = ()
        """What was decided last."""
        folder.mkdir(parents=True, exist_ok=True)

    def measure(self, recordings: Sequence[Source]) -> list[Analysis]:
        self.analyses = list(parallel_map(self._measured, recordings, processors()))
        return self.analyses

    def decide(self, job: Job, sources: AlbumSources, measured: Measured) -> Decided:
        decided = decide_job(job, sources, measured)
        self.plans = decided.plans
        return decided

    def deliver(self, orders: Sequence[Order]) -> list[Receipt]:
        return self._threads.deliver(orders)

    def _measured(self, recording: Source) -> Analysis:
        key = f"{recording.sha256}-{recording.start}-{recording.stop}-{self._code}"
        kept = self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.pickle"
        if kept.exists():
            known: Analysis = pickle.loads(kept.read_bytes())  # noqa: S301 - our own, from our own folder
            return known
        found = measure_mix(recording, JobProgress())
        part = kept.with_suffix(".part")
        part.write_bytes(pickle.dumps(found))
        part.rename(kept)
        return found


def _code_hash() -> str:
    """A hash of all the code that measures."""
    rooms = [ROOT / room for room in MEASURES]
    files = sorted(file for room in rooms for file in (room.rglob("*.py") if room.is_dir() else [room]))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
