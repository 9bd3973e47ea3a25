"""What a run works at before Prefect is there: the mixes are hashed, and measured one after another.

Prefect's import and the start of its server take seconds, in which a processor would have nothing to do.
"""

from concurrent.futures import Future
from threading import Event, Lock

from pipeline.analysis import Analysis, analyse
from pipeline.ingest import Source
from pipeline.progress import Run


class Beforehand:
    """The sources of an album and, of some of them, the analysis; for whoever wants them later."""

    def __init__(self, used: Future[tuple[Source, ...]], work: Run) -> None:
        """Nothing is measured yet; `used` are the album's sources, being hashed, and `work` is told of what is done."""
        self._used, self._work = used, work
        self._begun: dict[Source, Future[Analysis]] = {}
        self._over, self._lock = Event(), Lock()

    def sources(self) -> tuple[Source, ...]:
        """The album's mixes, hashed; raises Refusal where one is none."""
        return self._used.result()

    def analysis(self, source: Source) -> Analysis | None:
        """What was measured of `source`, waited for if need be; None if it was not begun, and now never will be."""
        self.end()
        found = self._begun.get(source)
        return found.result() if found else None

    def end(self) -> None:
        """Begin with no further mix."""
        with self._lock:
            self._over.set()

    def measure(self) -> None:
        """Measure one mix after another, until all are or the end is called."""
        for source in self._used.result():
            future: Future[Analysis] = Future()
            with self._lock:
                if self._over.is_set():
                    return
                self._begun[source] = future
            try:
                future.set_result(measured(self._work, source))
            except BaseException as error:
                future.set_exception(error)


def measured(work: Run, source: Source) -> Analysis:
    """The analysis of `source`, as a piece of `work`."""
    rate_hz = source.mix.rate_hz
    with work.at_work(source.mix.path.name, source.duration_s) as tell:
        return analyse(source.mix.blocks(source.start, source.stop), rate_hz, lambda frames: tell(frames / rate_hz))
