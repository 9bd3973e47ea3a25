"""CSV as programs export it: separators, quotation marks, blank rows; and what is refused, with its row."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums.faults import Refusal
from pipeline.intake.spreadsheet.files.delimited import read_delimited
from pipeline.intake.spreadsheet.table import LARGEST_BYTES, Table


def texts(data: bytes | str) -> list[tuple[int, list[str]]]:
    return [(row.number, row.texts) for row in table(data).rows]


def table(data: bytes | str) -> Table:
    return read_delimited(data.encode() if isinstance(data, str) else data, "x.csv")


def refused(data: bytes | str) -> str:
    with pytest.raises(Refusal) as refusal:
        table(data)
    return str(refusal.value)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_the_separator_is_found_whatever_stands_in_texts(separator: str, end: str) -> None:
    rows = [["Title", "Artist", "ISRC"], ["Rain; Sun, Snow | Hail", 'The "One"', "GBXXX2600001"], ["Sun", "", "-"]]
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator=end).writerows(rows)
    found = table(file.getvalue())
    assert [[cell.text for cell in row.cells] for row in found.rows] == rows
    assert found.separator == separator


def test_excel_s_line_of_the_separator_is_no_row() -> None:
    assert texts("sep=|\r\nTitle|Artist, Band\r\nRain|A;B\r\n") == [
        (1, ["Title", "Artist, Band"]),
        (2, ["Rain", "A;B"]),
    ]
    assert texts('"sep=;"\nTitle;ISRC\n') == [(1, ["Title", "ISRC"])]


def test_a_single_column_has_no_separator() -> None:
    assert [text for _, text in texts("Title\r\nHello, Goodbye\r\n")] == [["Title"], ["Hello, Goodbye"]]


def test_blank_rows_are_counted_and_left_out() -> None:
    assert texts(";;\r\nTitle;ISRC;\r\n;;\r\n\r\nRain;X;\r\n;;\r\n") == [(2, ["Title", "ISRC"]), (5, ["Rain", "X"])]


def test_rows_are_numbered_as_a_spreadsheet_numbers_them_with_line_breaks_in_cells() -> None:
    found = texts('Title,Composer\r\n"Rain","Ann\nBo"\r\nSun,Cy\r\n')
    assert found == [(1, ["Title", "Composer"]), (2, ["Rain", "Ann\nBo"]), (3, ["Sun", "Cy"])]


def test_a_code_kept_by_a_formula_is_the_code() -> None:
    assert texts('Title,UPC\nRain,"=""036000291452"""\n')[1] == (2, ["Rain", "036000291452"])


def test_broken_quotation_marks_are_refused_with_their_row() -> None:
    assert refused('Title;ISRC\nRain;X\n"Sun;Y\nSnow;Z\n') == (
        'x.csv: row 3: a quotation mark (") is opened here, or further down, and never closed'
    )
    assert refused('Title;ISRC\n"Rain"s;X\n').startswith("x.csv: row 2: a quotation mark")


def test_control_characters_are_refused_with_row_and_column() -> None:
    assert refused("Title;ISRC\nRain;X\x07\n") == (
        "x.csv: row 2, column B: holds a control character (U+0007), which no text has; delete it"
    )
    assert "(U+001B)" in refused("Title;Notes\nRain;\x1b[31m\n")


def test_what_is_too_large_is_refused() -> None:
    assert "at most 4,194,304 are taken" in refused(b"x" * (LARGEST_BYTES + 1))
    assert "is it a table?" in refused("Title;ISRC\n" + ";" * 20_000)
    assert "no album needs as many" in refused("Title;ISRC\n" + "a;b\n" * 6_000)
    assert "no album needs as many" in refused("Title;ISRC\n" + ";" * 600 + "x\n")
    assert "no album needs as many" in refused("Title;ISRC\n" + (";x" * 300 + "\n") * 400)
    assert "at most 32,767" in refused("Title;ISRC\n" + "x" * 40_000)


@given(st.text(max_size=300))
def test_any_text_is_a_table_or_refused(text: str) -> None:
    with suppress(Refusal):
        assert isinstance(table(text.encode("utf-8", "replace")), Table)
