"""How far a batch is, on standard error: on a terminal a bar for all and a line for each album at work; else lines."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from rich.console import Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pipeline.batch.inbox import InboxAlbum
from pipeline.batch.outcome import Outcome
from pipeline.cli.shown import door
from pipeline.system.times import clock

SOON = 0.02  # so much is done before a time is guessed at (taste)
AT_LEAST_BYTES = 10_000_000  # what an album costs besides its length, in bytes of recordings (taste)
A_SECOND = 4  # times that a terminal is drawn anew


class BatchLines:
    """A watcher of a batch that says a line where an album is begun, and one when it is known what came of it."""

    def __init__(self) -> None:
        """Nothing has begun."""
        self._lock, self._is_over = Lock(), False
        self._costs, self._share, self._words = dict[str, float](), dict[str, float](), dict[str, str]()
        self._count = 0
        self._began_s = monotonic()

    def expect(self, albums: list[InboxAlbum]) -> None:
        """These are to be worked at."""
        with self._lock:
            self._costs = {album.name: _costs(album) for album in albums}
            self._began_s = monotonic()
            if albums:
                self._say(f"known already (as they were, held, refused): {self._count}; to be mastered: {len(albums)}")

    def begin(self, album: InboxAlbum) -> None:
        """An album's process begins."""
        with self._lock:
            self._share[album.name], self._words[album.name] = 0.0, "begins"
            self._say(f"{album.name}: begins{self._left()}")
            self._draw()

    def advance(self, album: InboxAlbum, words: str, fraction: float) -> None:
        """It has come on."""
        with self._lock:
            before = self._words.get(album.name, "").split(" ")[0]
            self._share[album.name], self._words[album.name] = fraction, words
            if door.telling.verbose and words.split(" ")[0] != before:
                self._say(f"{album.name}: {words}")
            self._draw()

    def end(self, outcome: Outcome) -> None:
        """It is known what came of an album."""
        with self._lock:
            self._words.pop(outcome.name, None)
            self._count += 1
            if outcome.name in self._costs:
                self._share[outcome.name] = 1.0
                took = f" in {clock(outcome.took_s)}" if outcome.took_s else ""
                self._say(f"{outcome.name}: {outcome.kind}{took}; {self._count} of {self._all()} albums{self._left()}")
            self._draw()

    def close(self) -> None:
        """Tell nothing more."""
        with self._lock:
            self._is_over = True

    def _all(self) -> int:
        return self._count + sum(1 for name in self._costs if self._share.get(name, 0.0) < 1.0)

    def _fraction(self) -> float:
        whole = sum(self._costs.values())
        return sum(cost * self._share.get(name, 0.0) for name, cost in self._costs.items()) / whole if whole else 1.0

    def _left(self) -> str:
        """About how long it takes yet, from what was done so far; nothing where that says nothing."""
        done = self._fraction()
        if not SOON < done < 1.0:
            return ""
        return f", about {clock((monotonic() - self._began_s) * (1.0 - done) / done)} left"

    def _say(self, words: str) -> None:
        if self._is_over:
            return
        if not door.telling.quiet:
            door.errors.say(words)
        elif door.telling.log:
            door.telling.log.write(door.errors.shown(words))

    def _draw(self) -> None:
        """Nothing is drawn."""


class BatchBars(BatchLines):
    """A watcher of a batch that draws how far it is, and says a line for what is known."""

    def __init__(self, live: Live) -> None:
        """Draw on `live`."""
        super().__init__()
        self._live = live

    def _say(self, words: str) -> None:
        if not words.endswith("begins" + self._left()):  # that is drawn
            super()._say(words)

    def _draw(self) -> None:
        table = Table.grid(padding=(0, 1))
        done = self._fraction()
        for name, words in self._words.items():
            share = self._share.get(name, 0.0)
            shown = Text(door.errors.shown(f"{name}  {words}"), overflow="ellipsis", no_wrap=True)
            table.add_row(shown, ProgressBar(1.0, share, width=16), Text(f"{share:.0%}"))
        head = Text(f"{self._count} of {self._all()} albums  {done:.0%}{self._left()}", style="cyan")
        self._live.update(Group(head, table))


def _costs(album: InboxAlbum) -> float:
    return (album.size_bytes + AT_LEAST_BYTES) * max(1, len(album.album.deliverables) if album.album else 1)


@contextmanager
def batch_progress() -> Iterator[BatchLines]:
    """A watcher of a batch, shown for as long as the block lasts."""
    if door.telling.quiet or not door.errors.console.is_terminal:
        yield BatchLines()
        return
    with Live(console=door.errors.console, transient=True, refresh_per_second=A_SECOND) as live:
        drawn = BatchBars(live)
        try:
            yield drawn
        finally:
            drawn.close()
