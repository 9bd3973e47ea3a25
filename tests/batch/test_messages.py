"""What is said is what is heard, and what a library prints is no message."""

import pytest

from pipeline.batch.messages import Ended, Needs, Stage, line_of, message_in


@pytest.mark.parametrize("message", [
    Needs("Ti\ntle \u2028 é", 7), Stage("rendering 1 of 2: cd", 0.5), Ended(2, ("one", "two"), is_unchanged=True),
])  # fmt: skip
def test_a_message_is_one_line(message):
    line = line_of(message)
    assert line.count(b"\n") == 1
    assert message_in(line) == message


@pytest.mark.parametrize("line", [
    b"", b"\n", b"hello\n", b"\xff\xfe", b"[1]", b"{}", b'{"kind": "Nothing"}', b'{"kind": "Stage"}', b'{"kind": 1}',
    b'{"kind": "Ended", "code": 0, "more": 1}', b"null",
])  # fmt: skip
def test_what_is_no_message_is_passed_over(line):
    assert message_in(line) is None
