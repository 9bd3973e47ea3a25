"""A line for each delivery, whole, and one alone however often it is entered."""

import json
import os

import pytest

from pipeline.deliverables.certificate import Certificate
from pipeline.deliverables.journal import JOURNAL, LONGEST_LINE_BYTES, certificate_hash, enter, last_entry


def certificate(source: str = "one") -> Certificate:
    return Certificate(passed=True, source=source, album={}, deliverables={}, tracks=(), versions={})


def sources(folder) -> list[str]:
    return [json.loads(line)["source"] for line in (folder / JOURNAL).read_text().splitlines()]


def test_a_delivery_is_entered_once(tmp_path):
    enter(tmp_path, certificate())
    enter(tmp_path, certificate())
    enter(tmp_path, certificate("two"))
    assert sources(tmp_path) == ["one", "two"]
    found = last_entry(tmp_path)
    assert found
    assert found.certificate_sha256 == certificate_hash(certificate("two"))
    assert found.by.startswith(f"process {os.getpid()} on ")
    enter(tmp_path, certificate())
    assert sources(tmp_path) == ["one", "two", "one"]


@pytest.mark.parametrize("torn", [b'{"when": "20', b'{"when": "2026-11-30T03:00:00+00:00", "by": "x"}', b"\xff\0"])
def test_a_torn_line_is_taken_away(tmp_path, torn):
    enter(tmp_path, certificate())
    with (tmp_path / JOURNAL).open("ab") as file:
        file.write(torn)
    assert (last_entry(tmp_path) or certificate("none")).source == "one"
    enter(tmp_path, certificate("two"))
    assert sources(tmp_path) == ["one", "two"]


def test_lines_that_are_none_stay_and_are_no_entry(tmp_path):
    (tmp_path / JOURNAL).write_text("written by hand\n")
    assert last_entry(tmp_path) is None
    enter(tmp_path, certificate())
    assert (tmp_path / JOURNAL).read_text().startswith("written by hand\n{")


def test_of_a_long_journal_the_end_is_read(tmp_path):
    line = json.dumps({"source": "x" * 1000}) + "\n"
    (tmp_path / JOURNAL).write_text(line * (4 * LONGEST_LINE_BYTES // len(line)))
    size = (tmp_path / JOURNAL).stat().st_size
    enter(tmp_path, certificate())
    assert (tmp_path / JOURNAL).read_bytes()[size:].startswith(b'{"when"')


def test_no_link_and_no_pipe_is_written_to(tmp_path):
    (tmp_path / "treasure").write_text("mine")
    (tmp_path / JOURNAL).symlink_to("treasure")
    with pytest.raises(OSError, match=JOURNAL):
        enter(tmp_path, certificate())
    assert last_entry(tmp_path) is None
    (tmp_path / JOURNAL).unlink()
    os.mkfifo(tmp_path / JOURNAL)
    with pytest.raises(OSError, match="is no regular file"):
        enter(tmp_path, certificate())
    assert last_entry(tmp_path) is None
    assert (tmp_path / "treasure").read_text() == "mine"
