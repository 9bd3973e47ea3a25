"""What a run works at before Prefect is there: the mixes are hashed, and measured one after another.

Prefect's import and the start of its server take seconds, in which a processor would have nothing to do.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from threading import Lock

from pipeline.analysis.analysis import Analysis, analyse
from pipeline.intake.mixes import Source, Stretch
from pipeline.system.parallel import settle
from pipeline.system.progress import JobProgress


class HeadStart:
    """The sources of an album and, of some of their stretches, the analysis; for whoever wants them later."""

    def __init__(self, used: Future[tuple[Source, ...]], wanted: Sequence[Stretch], work: JobProgress) -> None:
        """Nothing is measured yet of what is `wanted`; `used` are the album's sources, being hashed.

        `work` is told of what is done.
        """
        self._used, self._wanted, self._work = used, wanted, work
        self._begun: dict[Stretch, Future[Analysis]] = {}
        self._is_over, self._lock = False, Lock()

    def sources(self) -> tuple[Source, ...]:
        """The album's mixes, hashed; raises Refusal where one is none."""
        return self._used.result()

    def analysis(self, stretch: Stretch) -> Analysis | None:
        """What was measured of `stretch`, waited for if need be; None if it was not begun, and now never will be."""
        with self._lock:
            self._is_over = True
        found = self._begun.get(stretch)
        return found.result() if found else None

    def measure(self) -> None:
        """Measure one stretch after another, until all are or somebody asks for one."""
        for stretch in self._wanted:
            future: Future[Analysis] = Future()
            with self._lock:
                if self._is_over:
                    return
                self._begun[stretch] = future
            settle(future, partial(measured, self._work, stretch))


def measured(work: JobProgress, stretch: Stretch) -> Analysis:
    """The analysis of `stretch`, as a piece of `work`."""
    rate_hz = stretch.mix.rate_hz
    with work.at_work(stretch.mix.path.name, stretch.duration_s) as tell:
        return analyse(stretch.blocks(), rate_hz, lambda frames: tell(frames / rate_hz))
