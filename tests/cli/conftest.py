"""The command in the process of the tests."""

import pytest

from pipeline.cli import app


@pytest.fixture
def glassmaster(capsys, monkeypatch):
    """`glassmaster WORDS`, told in lines of 160: its exit code, its standard output and its standard error."""
    monkeypatch.setenv("COLUMNS", "160")

    def run(*words):
        code = app.run([*map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run
