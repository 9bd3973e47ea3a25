import io
import os
from pathlib import Path

import pytest

from pipeline.cli.shown.streams import GuardedStream


def piped(**how):
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "w", **how)


def test_a_reader_who_went_away_is_no_failure():
    reader, stream = piped(encoding="utf-8")
    reader.close()
    guarded = GuardedStream(stream)
    for _ in range(3):
        guarded.write("x" * 100_000)
        guarded.flush()
    assert guarded.failure == ""
    stream.close()  # what it still held goes nowhere, and nothing is raised at the process's end


def test_a_full_disk_is_named():
    with Path("/dev/full").open("w", encoding="utf-8") as stream:
        guarded = GuardedStream(stream)
        guarded.write("x")
        guarded.flush()
    assert guarded.failure == "No space left on device"


def test_a_stream_that_is_not_there_takes_everything():
    guarded = GuardedStream(None)
    assert guarded.write("x") == 1
    guarded.flush()
    assert not guarded.isatty()
    assert guarded.failure == "it is closed"
    with pytest.raises(io.UnsupportedOperation):
        guarded.fileno()


def test_a_stream_closed_meanwhile_is_no_terminal():
    stream = io.StringIO()
    guarded = GuardedStream(stream)
    stream.close()
    assert not guarded.isatty()
    guarded.write("x")
    assert "closed" in guarded.failure


@pytest.mark.parametrize(
    ("encoding", "written"), [("ascii", rb"\u591c \udc80"), ("utf-8", "夜 ".encode() + rb"\udc80")]
)
def test_characters_that_it_lacks_are_written_as_escapes(encoding, written):
    raw = io.BytesIO()
    guarded = GuardedStream(io.TextIOWrapper(raw, encoding=encoding))
    guarded.write("夜 \udc80")
    guarded.flush()
    assert raw.getvalue() == written
