import io
import json

import pytest
from rich.console import Console
from rich.progress import Progress

from albums.faults import Fault
from pipeline.cli import console
from pipeline.cli.console import Bars


@pytest.fixture
def progress():
    return Progress(console=Console(file=io.StringIO()))


def test_a_bar_waits_near_its_end_until_the_work_is_done(progress):
    bars = Bars(progress)
    bars.begin("cd-wav", 10.0)
    for _ in range(30):
        bars.advance("cd-wav", 1.0)
    assert progress.tasks[0].percentage == pytest.approx(99.0)
    bars.end("cd-wav")
    assert progress.finished


def test_a_bar_of_unknown_length_pulses_and_ends(progress):
    bars = Bars(progress)
    bars.begin("verify", 0.0)
    bars.advance("verify", 3.0)
    assert progress.tasks[0].total is None
    bars.end("verify")
    assert progress.finished


def test_texts_of_strangers_are_no_markup(capsys):
    console.print_faults([Fault("[red]album.toml", "[/] is [bold]'x'[/bold]")])
    assert "refusal [red]album.toml: [/] is [bold]'x'[/bold]" in capsys.readouterr().err


def test_json_is_one_document_in_any_script(capsys):
    console.print_json({"title": "日本語", "faults": console.fault_document([Fault("a", "b", "note")])})
    said = capsys.readouterr()
    assert json.loads(said.out) == {"title": "日本語", "faults": [{"where": "a", "words": "b", "severity": "note"}]}
    assert not said.err
