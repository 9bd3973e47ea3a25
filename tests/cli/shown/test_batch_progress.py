"""How far a batch is: lines where there is no terminal, bars where there is one, and no name of a stranger obeyed."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from rich.live import Live

from pipeline.batch.inbox import InboxAlbum
from pipeline.batch.outcome import Outcome
from pipeline.cli.shown import batch_progress, door
from pipeline.cli.shown.batch_progress import BatchBars, BatchLines

NAME = "north/one\x1b[31m"


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand, in seconds."""
    now = [100.0]
    monkeypatch.setattr(batch_progress, "monotonic", lambda: now[0])
    return now


def albums():
    return [InboxAlbum(name, Path(name), size_bytes=10_000_000) for name in (NAME, "two")]


def test_each_album_is_a_line_as_it_begins_and_ends_with_the_time_that_is_left(clock, capsys):
    lines, (one, two) = BatchLines(), albums()
    lines.end(Outcome("held", "held"))
    lines.expect([one, two])
    lines.begin(one)
    clock[0] += 60.0
    lines.advance(one, "rendering 1 of 2: cd-wav", 0.5)
    lines.end(Outcome(NAME, "delivered", took_s=65.0))
    lines.begin(two)
    lines.close()
    lines.end(Outcome("two", "failed"))
    assert capsys.readouterr().err.splitlines() == [
        "known already (as they were, held, refused): 1; to be mastered: 2",
        "north/one\\x1b[31m: begins",
        "north/one\\x1b[31m: delivered in 1:05; 2 of 3 albums, about 1:00 left",
        "two: begins, about 1:00 left",
    ]


def test_stages_are_told_to_those_who_ask_for_more(clock, capsys, monkeypatch):
    monkeypatch.setattr(door.telling, "verbose", True)
    lines, (one, _) = BatchLines(), albums()
    lines.expect([one])
    lines.begin(one)
    for words in ("measuring 1 of 3: Song", "measuring 2 of 3: Song", "rendering 1 of 1: cd-wav"):
        lines.advance(one, words, 0.01)
    assert [line for line in capsys.readouterr().err.splitlines() if "ing" in line and " of " in line] == [
        "north/one\\x1b[31m: measuring 1 of 3: Song",
        "north/one\\x1b[31m: rendering 1 of 1: cd-wav",
    ]
    assert clock


def test_on_a_terminal_all_that_is_at_work_is_drawn(clock):
    drawn_on = io.StringIO()
    console = Console(file=drawn_on, force_terminal=True, width=100)
    with Live(console=console, auto_refresh=False) as live:
        bars, (one, two) = BatchBars(live), albums()
        bars.expect([one, two])
        bars.begin(one)
        clock[0] += 30.0
        bars.advance(one, "rendering 1 of 2: cd-wav", 0.5)
        live.refresh()
    drawn = drawn_on.getvalue()
    assert "0 of 2 albums  25%, about 1:30 left" in drawn
    assert "north/one\\x1b[31m  rendering 1 of 2: cd-wav" in drawn
    assert "50%" in drawn
