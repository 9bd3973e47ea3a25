"""The command in the process of the tests."""

import sys

import pytest

from pipeline.__main__ import main
from pipeline.cli import app


@pytest.fixture
def glassmaster(monkeypatch, capsys):
    """`glassmaster WORDS`, told in lines of 160: exit code, standard output and standard error."""
    monkeypatch.setenv("COLUMNS", "160")

    def run(*words):
        code = app.run([*map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def typed(monkeypatch, capsys):
    """The same through its door, in lines as long as they are; one that is stopped there ends the process at once."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["glassmaster", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return ended.value.code or 0, said.out, said.err

    return run
