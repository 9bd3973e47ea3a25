"""Encodings of tables: those that say what they are, those that can be told, and those in doubt."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums.faults import Refusal
from pipeline.intake.spreadsheet.files.encodings import decoded

TABLE = "Titel;Künstler\r\nGrüße aus Köln;Die Ärzte\r\nCafé – “Straße”;Mötley Crüe\r\n"


def told(text: str, encoding: str) -> tuple[str, list[str]]:
    found = decoded(text.encode(encoding), "x.csv")
    return found.text, [f"{note.severity} {note}" for note in found.notes]


def refused(data: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        decoded(data, "x.csv")
    return str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_what_says_its_encoding_is_read_without_a_word(encoding: str) -> None:
    assert told(TABLE, encoding) == (TABLE, [])
    russian = "Название;ISRC\r\nРека;GBXXX2600001\r\n"
    assert told(russian, encoding) == (russian, [])


def test_windows_1252_is_told() -> None:
    assert told(TABLE, "cp1252") == (
        TABLE,
        ["note x.csv: is not UTF-8; it is read as Windows-1252: 'Künstler' in line 1"],
    )


def test_mac_roman_and_dos_are_told_from_windows() -> None:
    text = "Titel;Künstler\rGrüße aus Köln;Die Ärzte\r"
    assert told(text, "mac_roman") == (
        text,
        ["note x.csv: is not UTF-8; it is read as Mac Roman: 'Künstler' in line 1"],
    )
    found, (note,) = told("Titel;Künstler\r\nGrüße aus Köln;Mädchen\r\n", "cp850")
    assert found == "Titel;Künstler\r\nGrüße aus Köln;Mädchen\r\n"
    assert "read as MS-DOS (850): 'Künstler' in line 1" in note


def test_central_european_is_told_from_western() -> None:
    found, (note,) = told("Tytuł;Wykonawca\r\nŁódź;Krzysztof Późny\r\nJesień;X\r\n", "cp1250")
    assert found.startswith("Tytuł")
    assert "read as Windows-1250" in note


def test_letters_that_may_be_others_are_told_with_both_readings() -> None:
    found, (note,) = told("Titre;Artiste\nMère;Anaïs\n", "cp1252")
    assert "Mère" in found
    assert note == (
        "warning x.csv: is not UTF-8; it is read as Windows-1252: 'Mère' in line 2, which as Windows-1250 would be "
        "'Mčre'; read its letters through, or save it as UTF-8 (in Excel: Save as, \"CSV UTF-8\")"
    )


@pytest.mark.parametrize(
    "data",
    [
        "Название;Река\nМузыка;Город\n".encode("cp1251"),
        "Название;Река\n".encode("koi8-r"),
        "曲名;夜\n夜想曲;海\n".encode("cp932"),
    ],
)
def test_what_reads_well_in_none_is_refused_with_its_line(data: bytes) -> None:
    assert refused(b"ok\n" + data).startswith("x.csv: line 2: is not UTF-8 (byte 0x")


def test_zero_bytes_and_broken_marks_are_refused() -> None:
    assert refused(b"Title\nA\0\0\0\0B") == "x.csv: line 2: holds zero bytes: it is no table of text"
    assert "begins as UTF-16 and is not" in refused(b"\xff\xfeA\0\x00\xd8B\0")
    assert "begins as UTF-8 and is not" in refused(b"\xef\xbb\xbf\xff")


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    with suppress(Refusal):
        assert "\0" not in decoded(data, "x.csv").text or b"\0" in data
