"""Bytes as text: what is not UTF-8 is refused with its line, and with how to save it."""

import os
from pathlib import Path

import pytest

from albums.documents.encoding import decoded, read_text
from albums.faults import Refusal

TEXT = '[album]\ntitle = "Café del Mar"\nartist = "Ärzte & Søn"\n'


def refused(data: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        decoded(data, "album.toml")
    return str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_texts_with_and_without_their_mark(encoding: str) -> None:
    message = refused(TEXT.encode(encoding))
    assert message.startswith(f"album.toml: is {encoding[:6].upper()}")
    assert message.endswith("save it as UTF-8 (in Notepad: Save as, encoding UTF-8)")


@pytest.mark.parametrize(
    ("data", "line", "what"),
    [
        (TEXT.encode("cp1252"), 2, "byte 0xE9, 'é' in Windows-1252"),
        (b"a = 1\n\nb = '\x93x\x94'\n", 3, "byte 0x93, '“' in Windows-1252"),
        (b"a = 1\r\nb = '\x81'", 2, "byte 0x81"),
        (TEXT.encode()[:21], 2, "byte 0xC3, 'Ã' in Windows-1252"),
    ],
)
def test_other_encodings_are_named_with_their_line(data: bytes, line: int, what: str) -> None:
    wanted = f"album.toml: line {line}: is not UTF-8 ({what}); save it as UTF-8 (in Notepad: Save as, encoding UTF-8)"
    assert refused(data) == wanted


def test_what_no_text_of_lines_has() -> None:
    assert refused(b"a = 1\nb = \x001\n").startswith("album.toml: line 2: holds a control character (U+0000)")
    assert refused(b"a = 1\rb = 2\r").startswith("album.toml: line 1: ends in a carriage return alone (CR)")
    assert refused(b"a = 1\n\r\r\nb = 2").startswith("album.toml: line 2: ends in a carriage return alone (CR)")


@pytest.mark.parametrize("data", [b"", b"x", b"\xef\xbb\xbfa = 1\r\n", "a = '日本語 \U0001f525'\n\t".encode()])
def test_plain_text_comes_as_it_is(data: bytes) -> None:
    assert decoded(data, "x") == data.decode("utf-8-sig")


def test_what_is_no_file_is_told_in_words(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_bytes(b"x" * 11)
    told = {}
    for name in ("pipe", "large", "none", "."):
        with pytest.raises(Refusal) as refusal:
            read_text(tmp_path / name, 10, "it")
        told[name] = str(refusal.value)
    assert told == {
        "pipe": "it: is a named pipe, no file",
        "large": "it: takes 11 bytes; at most 10 are taken",
        "none": "it: cannot be read: No such file or directory",
        ".": "it: is a folder, no file",
    }
