"""How far a run is, on standard error: one bar on a terminal; elsewhere a line where each stage begins."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Lock

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from pipeline.cli.shown import door
from pipeline.cli.shown.stages import Stages
from pipeline.system.progress import Watcher
from pipeline.system.times import clock


class Lines:
    """A watcher that says a line where a stage or unforeseen work begins, and one for each piece if asked for more."""

    def __init__(self, stages: Stages) -> None:
        """Tell of `stages`; the first begins now."""
        self.stages, self._lock, self._is_over = stages, Lock(), False
        self._stage()

    def close(self) -> None:
        """Tell nothing more: what was begun and turned out to be known may still be at work."""
        with self._lock:
            self._is_over = True

    def begin(self, work: str, sound_s: float) -> None:
        """A piece of work starts."""
        with self._lock:
            if self.stages.begin(work, sound_s):
                self._stage()
            if self.stages.is_foreseen(work):
                self._piece(f"  {self.stages.words}")
            elif self.stages.is_part(work):
                self._piece(f"    {work}")
            else:
                self._line(work)
            self._changed()

    def advance(self, work: str, sound_s: float) -> None:
        """It has come on."""
        with self._lock:
            self.stages.advance(work, sound_s)
            self._changed()

    def end(self, work: str) -> None:
        """It is done."""
        with self._lock:
            is_new = self.stages.end(work)
            if self.stages.is_foreseen(work):
                self._piece(f"  done: {self.stages.piece(work).label}")
            if is_new:
                self._stage()
            self._changed()

    def _stage(self) -> None:
        self._line(self.stages.stages[self.stages.at].told)

    def _line(self, words: str) -> None:
        self._tell(words, said=self._says_stages())

    def _piece(self, words: str) -> None:
        self._tell(words, said=door.telling.verbose)

    def _tell(self, words: str, *, said: bool) -> None:
        if self._is_over:
            return
        if said:
            door.errors.say(words)
        elif door.telling.log:
            door.telling.log.write(door.errors.shown(words))

    def _says_stages(self) -> bool:
        return not door.telling.quiet

    def _changed(self) -> None:
        """Nothing is drawn."""


class Bar(Lines):
    """A watcher that draws one bar for all of the run."""

    def __init__(self, stages: Stages, progress: Progress) -> None:
        """Draw on `progress`."""
        self._progress = progress
        self._task = progress.add_task("", total=stages.fraction is not None or None, left="")
        super().__init__(stages)
        self._changed()

    def _says_stages(self) -> bool:
        return door.telling.verbose

    def _changed(self) -> None:
        fraction, left_s = self.stages.fraction, self.stages.left_s
        left = f"{clock(left_s)} left" if left_s is not None else ""
        if fraction is None and self.stages.done_s:
            left = f"{clock(self.stages.done_s)} of sound"
        words = door.errors.shown(self.stages.words)
        self._progress.update(self._task, description=words, completed=fraction or 0.0, left=left)


class _Left(ProgressColumn):
    """The time that is left, where it can be told."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """A few characters."""
        return Text(str(task.fields.get("left", "")), style="cyan")


@contextmanager
def progress(stages: Stages) -> Iterator[Watcher]:
    """A watcher of the run that consists of `stages`, shown for as long as the block lasts."""
    if door.telling.quiet or not door.errors.console.is_terminal:
        with closing(Lines(stages)) as lines:
            yield lines
        return
    words = TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True))
    bar = BarColumn(bar_width=24)
    percent = TextColumn("{task.percentage:>3.0f}%")
    bars = Progress(words, bar, percent, _Left(), console=door.errors.console, transient=True, expand=True)
    with bars, closing(Bar(stages, bars)) as drawn:
        yield drawn
