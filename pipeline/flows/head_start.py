"""What a run works at before Prefect is there: the mixes are hashed, and measured one after another.

Prefect's import and the start of its server take seconds, in which a processor would have nothing to do.
"""

from concurrent.futures import Future
from functools import partial
from threading import Lock

from pipeline.analysis.analysis import Analysis
from pipeline.intake.album_mixes import AlbumMixes, AlbumSources
from pipeline.intake.mixes import Stretch
from pipeline.mastering.measuring import measure_mix
from pipeline.system.parallel import settle
from pipeline.system.progress import JobProgress


class HeadStart:
    """The sources of an album and, of some of their stretches, the analysis, to be asked for later."""

    def __init__(self, opened: AlbumMixes, sources: Future[AlbumSources], work: JobProgress) -> None:
        """Nothing is measured yet of `opened`, which is being hashed as `sources`; `work` is told of what is done."""
        album = opened.album
        self.title = album.release.title
        titled = zip(opened.mixes, album.tracks, strict=True)
        self.names = {mix.piece: f"{number:02} {track.title}" for number, (mix, track) in enumerate(titled, start=1)}
        self._sources, self._wanted, self._work = sources, opened.stretches, work
        self._begun: dict[Stretch, Future[Analysis]] = {}
        self._is_over, self._lock = False, Lock()

    def sources(self) -> AlbumSources:
        """The album's recordings, hashed; raises Refusal where one cannot be used."""
        return self._sources.result()

    def analysis(self, stretch: Stretch) -> Analysis | None:
        """What was measured of `stretch`, waited for if need be; None if it was not begun, and now never will be."""
        with self._lock:
            self._is_over = True
        found = self._begun.get(stretch)
        return found.result() if found else None

    def measure(self) -> None:
        """Measure one stretch after another, until all are or a caller asks for one."""
        for stretch in self._wanted:
            future: Future[Analysis] = Future()
            with self._lock:
                if self._is_over:
                    return
                self._begun[stretch] = future
            settle(future, partial(measure_mix, stretch, self._work))
