"""Bytes as text: UTF-8 alone, and for anything else the line, what was found there and how to save it."""

import re
from pathlib import Path

from albums.faults import Fault, Refusal
from albums.regular_files import read_regular, unreadable

SAVE = "save it as UTF-8 (in Notepad: Save as, encoding UTF-8)"
# The mark of UTF-32 begins as that of UTF-16 does, and comes first.
_MARKS = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONE_CR = re.compile(r"\r(?!\n)")


def read_text(path: Path, largest_bytes: int, file: str) -> str:
    """The text of the regular file at `path`, called `file` in messages, its line ends as they are.

    Raises Refusal when it cannot be read, is larger than `largest_bytes` or is no plain text, see `decoded`.
    """
    try:
        return decoded(read_regular(path, largest_bytes), file)
    except OSError as error:
        raise Refusal([Fault(file, unreadable(error))]) from None


def decoded(data: bytes, file: str) -> str:
    """`data` as text without a byte order mark; raises Refusal for what is not UTF-8, or no text of lines."""
    for mark, name in _MARKS.items():
        if data.startswith(mark):
            raise Refusal([Fault(file, f"is {name}; {SAVE}")])
    if _is_every_other_nul(data):
        raise Refusal([Fault(file, f"is UTF-16, or no text; {SAVE}")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refusal([_not_utf_8(data, error, file)]) from None
    if control := _CONTROL.search(text):
        words = (
            f"holds a control character (U+{ord(control[0]):04X}), which no text has; delete it, or save the file anew"
        )
        raise Refusal([Fault(f"{file}: line {line_at(text, control.start())}", words)])
    if lone := _LONE_CR.search(text):
        words = "ends in a carriage return alone (CR), which ends no line here; save it with line ends LF or CRLF"
        raise Refusal([Fault(f"{file}: line {line_at(text, lone.start())}", words)])
    return text


def line_at(text: str, place: int) -> int:
    """The number, from 1, of the line that holds the character at `place`."""
    return text.count("\n", 0, place) + 1


def _is_every_other_nul(data: bytes) -> bool:
    """Whether the beginning looks like UTF-16 without its mark, as text in Latin letters does."""
    head = data[:400]
    return len(head) > 3 and any(part.count(0) > 0.7 * len(part) for part in (head[::2], head[1::2]))


def _not_utf_8(data: bytes, error: UnicodeDecodeError, file: str) -> Fault:
    wrong = data[error.start]
    letter = bytes([wrong]).decode("cp1252", "replace")
    meant = f", {letter!r} in Windows-1252" if letter.isprintable() and letter != "\ufffd" else ""
    line = data.count(b"\n", 0, error.start) + 1
    return Fault(f"{file}: line {line}", f"is not UTF-8 (byte 0x{wrong:02X}{meant}); {SAVE}")
