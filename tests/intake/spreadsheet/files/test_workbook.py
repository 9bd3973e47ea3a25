"""Workbooks as openpyxl writes them, and altered ones: sheets, formulas, dates, numbers; hostile ones are refused."""

import io
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from albums.faults import Refusal
from pipeline.intake.spreadsheet.files import read_table
from pipeline.intake.spreadsheet.files.workbook import read_workbook
from pipeline.intake.spreadsheet.files.workbook_parts import MOST_MARKS
from pipeline.intake.spreadsheet.table import Cell, Table

HEADER = ["Title", "ISRC"]
SHEET = "xl/worksheets/sheet1.xml"


def workbook(*sheets: tuple[str, list[list[Any]]], states: dict[str, str] | None = None, mac: bool = False) -> bytes:
    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        sheet.sheet_state = (states or {}).get(name, "visible")
        for row in rows:
            sheet.append(row)
    if mac:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def altered(data: bytes, change: Callable[[dict[str, bytes]], object]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def read(data: bytes, sheet: str = "") -> Table:
    return read_workbook(data, "x.xlsx", sheet)


def refused(data: bytes, sheet: str = "") -> str:
    with pytest.raises(Refusal) as refusal:
        read(data, sheet)
    assert len(str(refusal.value)) < 400
    return str(refusal.value)


def test_values_are_what_was_stored() -> None:
    row = [
        "Rain",
        36000291452,
        3.0,
        0.25,
        True,
        date(2026, 11, 27),
        datetime(2026, 11, 27, 12, 30),
        time(0, 3, 45),
        "  x  ",
    ]
    found = read(workbook(("S", [HEADER, [], row])))
    assert [cell.text for cell in found.rows[1].cells] == [
        *("Rain", "36000291452", "3", "0.25", "TRUE", "2026-11-27", "2026-11-27 12:30:00", "00:03:45", "x")
    ]
    assert [r.number for r in found.rows] == [1, 3]
    assert found.rows[1].cells[5].held == date(2026, 11, 27)
    assert found.file == "x.xlsx"
    assert found.day_zero == datetime(1899, 12, 30)
    assert read(workbook(("S", [HEADER]), mac=True)).day_zero == datetime(1904, 1, 1)


def test_a_formula_is_its_value_and_one_without_is_amiss() -> None:
    data = workbook(("S", [HEADER, ["=A1&B1", "=1/0"]]))
    assert "never calculated" in read(data).rows[1].cells[0].amiss
    calculated = altered(data, lambda parts: parts.update({
        SHEET: parts[SHEET].replace(b"<f>A1&amp;B1</f><v />", b"<f>A1&amp;B1</f><v>Rain</v>")
                           .replace(b"<f>A1&amp;B1</f><v></v>", b"<f>A1&amp;B1</f><v>Rain</v>")
                           .replace(b'r="A2"', b'r="A2" t="str"')
    }))  # fmt: skip
    assert read(calculated).rows[1].cells[0] == Cell("Rain")
    assert "never calculated" in read(calculated).rows[1].cells[1].amiss


def test_escaped_characters_are_read() -> None:
    assert read(workbook(("S", [HEADER, ["Ann_x000D_\nBo", "x"]]))).rows[1].cells[0].text == "Ann\nBo"
    assert "U+0007" in refused(workbook(("S", [HEADER, ["Rain_x0007_", "x"]])))


def test_of_several_sheets_the_one_with_a_header_is_taken_and_told() -> None:
    notes, tracks = [["Please read"], ["all of it"]], [HEADER, ["Rain", "GBXXX2600001"]]
    found = read(workbook(("Notes", notes), ("Tracks", tracks), ("Old", tracks), states={"Old": "hidden"}))
    assert found.file == "x.xlsx, sheet 'Tracks'"
    assert list(map(str, found.notes)) == ["x.xlsx: sheet 'Tracks' is read; left out: 'Notes', 'Old' (hidden)"]
    both = workbook(("A", tracks), ("B", [HEADER, ["Sun", "x"]]))
    assert refused(both) == "x.xlsx: has a header in 2 sheets, 'A' and 'B'; say which by --sheet NAME"
    assert read(both, "b").rows[1].texts == ["Sun", "x"]
    assert refused(both, "C") == "x.xlsx: has no sheet 'C'; it has 'A', 'B'"
    hidden = workbook(("A", notes), ("B", notes), ("C", tracks), states={"C": "veryHidden"})
    assert "the hidden sheet 'C' does: take it by --sheet" in refused(hidden)
    assert read(hidden, "C").rows[1].texts == ["Rain", "GBXXX2600001"]


def test_links_to_elsewhere_are_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read")
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath" '
        f'Target="file://{secret}" TargetMode="External"/></Relationships>'
    )
    data = altered(workbook(("S", [HEADER, ["Rain", "x"]])),
                   lambda parts: parts.update({"xl/worksheets/_rels/sheet1.xml.rels": link.encode()}))  # fmt: skip
    assert [row.texts for row in read(data).rows] == [HEADER, ["Rain", "x"]]


BASE = workbook(("S", [HEADER, ["Rain", "x"]]))
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;">]>'
HOSTILE = {
    "unpacks to": lambda parts: parts.update({SHEET: b" " * 2**26}),
    "a document type": lambda parts: parts.update({SHEET: LAUGHS + parts[SHEET]}),
    "a document type ": lambda parts: parts.update({"xl/workbook.xml": LAUGHS + parts["xl/workbook.xml"]}),
    "XML that is not UTF-8": lambda parts: parts.update({SHEET: parts[SHEET].decode().encode("utf-16")}),
    "XML that is not UTF-8 ": lambda parts: parts.update({SHEET: b'<?xml version="1.0" encoding="UTF-7"?><a/>'}),
    "marks of XML": lambda parts: parts.update({"x.xml": b"<a/>" * (MOST_MARKS + 1)}),
    "cannot be read as a workbook": lambda parts: parts.update({SHEET: b"<worksheet"}),
    "cannot be read as a workbook ": lambda parts: parts.pop("[Content_Types].xml"),
    "further down": lambda parts: parts.update({SHEET: parts[SHEET].replace(b'<row r="2"', b'<row r="99999999999"')}),
    "no album needs": lambda parts: parts.update({
        SHEET: parts[SHEET].replace(b"</sheetData>", b'<row r="3"><c r="XFD3"><v>1</v></c></row></sheetData>')
    }),
    "is a binary workbook": lambda parts: parts.update({"xl/workbook.bin": b""}),
    "is an OpenDocument file": lambda parts: parts.update({"content.xml": b"<a/>"}),
    "Strict Open XML": lambda parts: parts.update({
        "xl/workbook.xml": b'<a xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"/>'
    }),
}  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_and_strange_archives_are_refused_in_a_sentence(words: str) -> None:
    assert words.strip() in refused(altered(BASE, HOSTILE[words]))


def test_a_part_that_is_no_xml_by_its_name_is_never_parsed() -> None:
    def hide(parts: dict[str, bytes]) -> None:
        parts["xl/worksheets/sheet1.png"] = LAUGHS + parts.pop(SHEET)
        for name, part in parts.items():
            parts[name] = part.replace(b"sheet1.xml", b"sheet1.png")

    refused(altered(BASE, hide))


def test_broken_archives_and_other_kinds_of_file_are_told(tmp_path: Path) -> None:
    kinds = {
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest": "is an old workbook (.xls), or one with a password",
        b"PK\x03\x04broken": "is a broken archive",
        BASE[: len(BASE) // 2]: "is a broken archive",
        b"%PDF-1.7": "is a PDF",
        b"<html><table>": "is a web page",
        b'<?xml version="1.0"?><Workbook/>': "is XML and no table",
    }
    for data, words in kinds.items():
        (tmp_path / "release.csv").write_bytes(data)
        with pytest.raises(Refusal, match=words.replace("(", r"\(").replace(")", r"\)")):
            read_table(tmp_path / "release.csv")
    with pytest.raises(Refusal, match="No such file"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(Refusal, match="is a folder"):
        read_table(tmp_path)


def test_a_workbook_is_one_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "release.csv").write_bytes(BASE)
    assert read_table(tmp_path / "release.csv").rows[1].texts == ["Rain", "x"]
    (tmp_path / "release.xlsx").write_text("Title;ISRC\nSun;y\n")
    assert read_table(tmp_path / "release.xlsx").rows[1].texts == ["Sun", "y"]
    with pytest.raises(Refusal, match="has no sheets"):
        read_table(tmp_path / "release.xlsx", "S")


@pytest.mark.parametrize("seed", range(40))
def test_damaged_workbooks_are_read_or_refused(seed: int) -> None:
    rng, data = random.Random(seed), bytearray(BASE)  # noqa: S311 - of no secret
    for _ in range(8):
        data[rng.randrange(len(data))] = rng.randrange(256)
    with suppress(Refusal):
        assert read(bytes(data)).rows
