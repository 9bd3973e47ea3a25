import io

import pytest
from rich.console import Console
from rich.progress import Progress

from pipeline.cli.shown import door, progress
from pipeline.cli.shown.log import Log
from pipeline.cli.shown.progress import Bar, Lines
from pipeline.cli.shown.stages import Piece, Stage, Stages

HOSTILE = "\x1b[2J:fire:[bold]\u202e"


@pytest.fixture(autouse=True)
def usual():
    with door.told(()) as telling:
        yield telling


def two_tracks():
    pieces = {"01.wav": Piece("Lamplight", 1.0), "02.wav": Piece(HOSTILE, 1.0)}
    return Stages([Stage("hashing", "hashing 2 recordings"), Stage("measuring", "measuring 2 recordings", pieces)])


def measured(watcher):
    for name in ("01.wav", "02.wav"):
        watcher.begin(name, 10.0)
        for _ in range(20):
            watcher.advance(name, 0.5)
        watcher.end(name)


def test_without_a_terminal_a_line_is_said_where_a_stage_begins(capsys):
    with progress.progress(two_tracks()) as watcher:
        measured(watcher)
    said = capsys.readouterr()
    assert said.err.splitlines() == ["hashing 2 recordings", "measuring 2 recordings"]
    assert said.out == ""


def test_nothing_is_told_of_work_that_goes_on_after_the_run(capsys, usual):
    usual.verbose = True
    with progress.progress(two_tracks()) as watcher:
        pass
    measured(watcher)
    assert capsys.readouterr().err.splitlines() == ["hashing 2 recordings"]


def test_asked_for_more_each_piece_has_its_lines(capsys, usual):
    usual.verbose = True
    with progress.progress(two_tracks()) as watcher:
        measured(watcher)
    lines = capsys.readouterr().err.splitlines()
    shown = r"\x1b[2J:fire:[bold]\u202e"
    assert lines[2:] == [
        "  measuring 1 of 2: Lamplight",
        "  done: Lamplight",
        f"  measuring 2 of 2: {shown}",
        f"  done: {shown}",
    ]


def test_asked_for_quiet_nothing_is_said(capsys, usual):
    usual.quiet = True
    with progress.progress(two_tracks()) as watcher:
        measured(watcher)
    assert capsys.readouterr().err == ""


def test_a_terminal_has_one_bar_for_all_of_the_run():
    file = io.StringIO()
    drawn = Progress(console=Console(file=file, force_terminal=True))
    bar = Bar(two_tracks(), drawn)
    (task,) = drawn.tasks
    assert task.description == "hashing 2 recordings"
    bar.begin("01.wav", 10.0)
    bar.advance("01.wav", 5.0)
    assert task.description == "measuring 1 of 2: Lamplight"
    assert task.percentage == pytest.approx(25.0)
    bar.end("01.wav")
    bar.begin("02.wav", 10.0)
    assert task.description == r"measuring 2 of 2: \x1b[2J:fire:[bold]\u202e"
    bar.end("02.wav")
    assert task.finished
    assert drawn.tasks == [task]


def test_a_bar_of_unknown_length_pulses():
    drawn = Progress(console=Console(file=io.StringIO()))
    bar = Bar(Stages([Stage("extracting", "extracting a disc")]), drawn)
    bar.begin("extract", 0.0)
    bar.advance("extract", 75.0)
    assert drawn.tasks[0].total is None
    assert drawn.tasks[0].fields["left"] == "1:15 of sound"
    bar.end("extract")


def test_a_log_is_told_of_every_piece_however_quiet_the_run(tmp_path, usual):
    usual.quiet = True
    usual.log = Log(tmp_path / "log.txt")
    measured(Lines(two_tracks()))
    text = (tmp_path / "log.txt").read_text()
    assert "hashing 2 recordings" in text
    assert "measuring 1 of 2: Lamplight" in text
    assert r"done: \x1b[2J:fire:[bold]\u202e" in text
