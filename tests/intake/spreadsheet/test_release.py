"""What a sheet says of an album and its tracks, and every fault with its row and column."""

from datetime import date
from pathlib import Path

from albums.faults import Refusal
from pipeline.intake.spreadsheet.release import ReleaseSheet, read_release

PATH = "release.csv"


def sheet(folder: Path, text: str) -> ReleaseSheet:
    (folder / PATH).write_text(text, "utf-8")
    return read_release(folder / PATH)


def told(found: ReleaseSheet) -> list[str]:
    return [f"{fault.severity} {fault}" for fault in found.faults]


def test_what_stands_in_every_row_is_the_album_s(tmp_path: Path) -> None:
    found = sheet(tmp_path, """\
Album;Album Artist;Release Date;Original release date;Type;Title;Artist;ISRC;Genre;Subgenre;P Line
Rooms;Ann;27.11.2026;1998;EP;Rain;Ann;GB-XXX-26-00001;Folk;Americana;2026 Haus
Rooms;;27.11.2026;;EP;Sun;Bo;GBXXX2600002;Pop;;
""")  # fmt: skip
    assert found.album == {
        "title": "Rooms",
        "artist": "Ann",
        "release_date": date(2026, 11, 27),
        "original_date": 1998,
        "kind": "ep",
        "phonogram": "2026 Haus",
    }
    assert [row.values for row in found.rows] == [
        {"title": "Rain", "artist": "Ann", "isrc": "GBXXX2600001", "genre": ("Folk", "Americana")},
        {"title": "Sun", "artist": "Bo", "isrc": "GBXXX2600002", "genre": ("Pop",)},
    ]
    assert told(found) == [
        "note release.csv: row 2, column K (P Line): phonogram stands in this row alone, and is taken as the album's"
    ]


def test_a_row_of_the_album_alone_says_what_it_says_of_that(tmp_path: Path) -> None:
    found = sheet(tmp_path, "Album;Label;Genre;Title\nRooms;Haus;Folk;\n;;;Rain\n;;;Sun\n")
    assert found.album == {"title": "Rooms", "label": "Haus", "genre": ("Folk",)}
    assert [row.title for row in found.rows] == ["Rain", "Sun"]
    assert told(found) == []


def test_a_compilation_is_no_kind_but_a_flag(tmp_path: Path) -> None:
    assert sheet(tmp_path, "Title;Type\nRain;Compilation\n").album == {"compilation": True}


def test_rows_that_disagree_on_the_album_are_refused_and_named(tmp_path: Path) -> None:
    found = sheet(tmp_path, "Title;Label\nRain;Haus\nSun;Haus\nSnow;Hause\n")
    assert told(found) == [
        "refusal release.csv: row 2, column B (Label): an album has one, and rows differ: rows 2 to 3 (2) have 'Haus', "
        "row 4 has 'Hause'; rows of another album go into a sheet of their own"
    ]


def test_all_faults_are_told_at_once_with_row_and_column(tmp_path: Path) -> None:
    found = sheet(tmp_path, """\
Nr;Titel;ISRC;EAN;Explizit;VÖ;Länge
1;Regen;GBXXX26;3,6E+10;vielleicht;31.02.2026;lang
x;Sonne;GBXXX2600001;;nein;;
3;;GBXXX2600001;;ja;;
""")  # fmt: skip
    assert [fault.where for fault in found.faults] == [
        "release.csv: row 2, column C (ISRC)",
        "release.csv: row 2, column D (EAN)",
        "release.csv: row 2, column E (Explizit)",
        "release.csv: row 2, column F (VÖ)",
        "release.csv: row 2, column G (Länge)",
        "release.csv: row 3, column A (Nr)",
        "release.csv: row 4, column C (ISRC)",
    ]
    assert "'GBXXX2600001' is also in row 3; each recording has its own" in str(found.faults[-1])


def test_sums_and_remarks_are_left_out_and_told(tmp_path: Path) -> None:
    found = sheet(tmp_path, "Title;ISRC;Length;Price\nRain;GBXXX2600001;3:00;1\nTotal;;3:00;1\n;;3:00;\n;;;see mail\n")
    assert [row.title for row in found.rows] == ["Rain", "Total"]
    assert found.rows[1].may_be_total
    words = "is taken for a sum or a remark, and left out"
    assert [text for text in told(found) if words in text] == [
        f"note release.csv: row 4: {words}: '3:00'",
        f"note release.csv: row 5: {words}: 'see mail'",
    ]
    numbered = sheet(tmp_path, "No;Title;Length\n1;Rain;3:00\nGesamt:;;3:00\n")
    assert f"note release.csv: row 3: {words}: 'Gesamt: 3:00'" in told(numbered)
    assert [row.title for row in numbered.rows] == ["Rain"]


def test_a_row_that_cannot_be_told_from_others_is_refused(tmp_path: Path) -> None:
    (fault,) = sheet(tmp_path, "Title;Composer\nRain;Ann\n;Bo\n").faults
    assert str(fault).startswith("release.csv: row 3: has none of title, ISRC, file name and track number")


def test_a_header_that_is_said_again_is_no_row(tmp_path: Path) -> None:
    assert [row.title for row in sheet(tmp_path, "Title;ISRC\nRain;x\nTitle;ISRC\nSun;y\n").rows] == ["Rain", "Sun"]


def test_numbered_columns_are_one_list(tmp_path: Path) -> None:
    (row,) = sheet(tmp_path, "Title;Composer 1;Composer 2\nRain;Ann;Bo; Cy\n".replace("Bo; Cy", '"Bo; Ann"')).rows
    assert row.values["composer"] == ("Ann", "Bo")


def test_an_encoding_that_was_mistaken_before_is_told(tmp_path: Path) -> None:
    (text,) = told(sheet(tmp_path, "Title;ISRC\nGrÃ¼ÃŸe;GBXXX2600001\n"))
    assert text.startswith("warning release.csv: row 2, column A (Title): 'GrÃ¼ÃŸe' looks like 'Grüße'")


def test_clean_in_doubt_is_told(tmp_path: Path) -> None:
    (text,) = told(sheet(tmp_path, "Title;Explicit\nRain;E\nSun;Clean\n"))
    assert text.startswith('note release.csv: column B (Explicit): "clean" is read as a cleaned version')
    assert told(sheet(tmp_path, "Title;Explicit\nRain;E\nSun;Clean\nSnow;no\n")) == []


def test_a_table_without_a_header_says_what_was_found(tmp_path: Path) -> None:
    for text, words in (("a;b\nc;d\n", "row 1 has 'a', 'b'"), ("", "it is empty"), (";;\n", "it is empty")):
        try:
            sheet(tmp_path, text)
        except Refusal as refusal:
            assert words in str(refusal)  # noqa: PT017 - each of several
        else:
            raise AssertionError(text)
    (fault,) = sheet(tmp_path, "Title;ISRC\n").faults
    assert str(fault) == "release.csv: row 1: has no rows of tracks under it"
