"""`glassmaster new --metadata` with sheets as programs export them: the manifest loads and says what they say."""

import csv
import io
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import albums
from albums.faults import Refusal
from pipeline.__main__ import main
from pipeline.intake.new_manifest import write_manifest
from pipeline.intake.spreadsheet.release import read_release
from tests.support.sound_files import mix

ENGLISH = ["Track", "File name", "Title", "Version", "Artist", "Featured Artist", "Composer", "ISRC", "Explicit", "UPC",
           "Album", "Release Date", "Label", "Catalog Number", "Genre", "Language", "P Line", "C Line"]  # fmt: skip
GERMAN = ["Nr.", "Dateiname", "Titel", "Fassung", "Künstler", "Gastkünstler", "Komponist", "ISRC", "Explizit", "EAN",
          "Album", "VÖ-Datum", "Label", "Katalog-Nr.", "Genre", "Sprache", "P-Zeile", "C-Zeile"]  # fmt: skip
OF_ALL = ("Label GmbH", "GM-001", "Folk", "German", "2026 Label GmbH", "2026 Label GmbH")
FILES = ("01 groesse.wav", "02 rain.wav", "03 cafe.wav")


def rows(header: list[str], dates: str, upc: Any = "036000291452", yes: str = "yes", no: str = "no") -> list[list[Any]]:
    of_all: list[Any] = [upc, "Zimmer", dates, *OF_ALL]
    return [
        header,
        ["1", FILES[0], "Größe", "", "Die Gruppe", "", "Ann Lee; Bo Berg", "GB-XXX-26-00001", no, *of_all],
        ["2", FILES[1], "Rain; or Sun, and Snow", "Live", "Die Gruppe", "Cy", "Ann Lee", "GBXXX2600002", yes, *of_all],
        ["3", FILES[2], 'Café "Été"', "", "Die Gruppe & Bo", "", "AC/DC", "gbxxx2600003", "clean", *of_all],
    ]


def delimited(table: list[list[Any]], separator: str, encoding: str, before: str = "") -> bytes:
    file = io.StringIO()
    csv.writer(file, delimiter=separator, lineterminator="\r\n").writerows(table)
    return (before + file.getvalue()).encode(encoding)


def excel(table: list[list[Any]], change: Callable[[Any], object] = lambda _: None) -> bytes:
    book: Any = openpyxl.Workbook()
    for row in table:
        book.active.append(row)
    change(book.active)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _titled(sheet: Any) -> None:
    """A title above, in merged cells, and a second row of merged cells above the header."""
    sheet.insert_rows(1, 3)
    sheet["A1"] = "Zimmer: label copy"
    sheet.merge_cells("A1:R1")
    sheet["A3"], sheet["J3"] = "Track", "Release"
    sheet.merge_cells("A3:I3")
    sheet.merge_cells("J3:R3")


AS_SENT = {
    "excel-german": delimited(rows(GERMAN, "27.11.2026", "36000291452", "ja", "nein"), ";", "cp1252"),
    "excel-german-utf-8": delimited(rows(GERMAN, "27.11.2026", "36000291452", "ja", "nein"), ";", "utf-8-sig"),
    "excel-unicode-text": delimited(rows(GERMAN, "27.11.2026"), "\t", "utf-16"),
    "excel-american": delimited(rows(ENGLISH, "11/27/2026", "36000291452"), ",", "cp1252"),
    "excel-declared": delimited(rows(ENGLISH, "2026-11-27"), "|", "utf-8-sig", "sep=|\r\n"),
    "libreoffice": delimited(rows(ENGLISH, "2026-11-27"), ",", "utf-8"),
    "google-sheets": delimited(rows(ENGLISH, "27/11/2026", "036000291452", "TRUE", "FALSE"), ",", "utf-8"),
    "numbers": delimited([["Tabelle 1", *[""] * 17], *rows(GERMAN, "27.11.2026")], ";", "utf-8"),
    "utf-16-without-mark": delimited(rows(ENGLISH, "2026-11-27"), "\t", "utf-16-le"),
    "workbook": excel(rows(ENGLISH, "2026-11-27")),
    "workbook-with-values": excel(rows(GERMAN, date(2026, 11, 27), 36000291452)),  # type: ignore[arg-type]
    "workbook-with-serials": excel(rows(ENGLISH, 46353, 36000291452)),  # type: ignore[arg-type]
    "workbook-with-a-title": excel(rows(ENGLISH, "27.11.2026"), _titled),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        mix(tmp_path / "album" / name)
    return tmp_path / "album"


@pytest.mark.parametrize("kind", AS_SENT)
def test_sheets_as_programs_export_them_say_the_same(folder: Path, kind: str) -> None:
    path = folder.parent / ("release.xlsx" if kind.startswith("workbook") else "release.csv")
    path.write_bytes(AS_SENT[kind])
    write_manifest(folder, read_release(path))
    album = albums.load(folder)
    release = album.release.model_dump(exclude_defaults=True)
    assert release == {
        "title": "Zimmer",
        "artist": "Die Gruppe",
        "upc": "036000291452",
        "release_date": date(2026, 11, 27),
        "label": OF_ALL[0],
        "catalogue_number": OF_ALL[1],
        "genre": ("Folk",),
        "language": "de",
        "phonogram": OF_ALL[4],
        "copyright": OF_ALL[5],
    }
    assert [(t.mix, t.title, t.version, t.isrc, t.explicit) for t in album.tracks] == [
        (FILES[0], "Größe", "", "GBXXX2600001", False),
        (FILES[1], "Rain; or Sun, and Snow", "Live", "GBXXX2600002", True),
        (FILES[2], 'Café "Été"', "", "GBXXX2600003", "clean"),
    ]
    assert [t.composer for t in album.tracks] == [("Ann Lee", "Bo Berg"), ("Ann Lee",), ("AC/DC",)]
    assert [t.artist for t in album.tracks] == ["Die Gruppe", "Die Gruppe", "Die Gruppe & Bo"]
    assert album.tracks[1].featured_artists == ("Cy",)


def sheet_of(folder: Path, text: str) -> Any:
    (folder.parent / "r.csv").write_text(text, "utf-8")
    return read_release(folder.parent / "r.csv")


def refused(folder: Path, text: str) -> str:
    with pytest.raises(Refusal) as refusal:
        write_manifest(folder, sheet_of(folder, text))
    assert not (folder / "album.toml").exists()
    return str(refusal.value)


def test_faults_of_cells_and_rows_without_mixes_are_told_together(folder: Path) -> None:
    (folder / "old.mp3").write_bytes(b"")
    told = refused(folder, "Title;ISRC\ngroesse;GBXXX26\nrain;GBXXX2600002\nwind;GBXXX2600003\n")
    assert "r.csv: row 2, column B (ISRC): 'GBXXX26' has 7 characters" in told
    assert "r.csv: row 4, column A (Title): 'wind' fits no mix; the nearest is '03 cafe.wav'" in told
    assert "'03 cafe.wav': fits no row of r.csv; the nearest is row 4, 'wind'" in told
    assert "'old.mp3': has lost some of the sound" in told


def test_a_sheet_comes_before_tags_and_contradictions_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "album"
    for number in (1, 2):
        mix(folder / f"{number}.flac", title=f"Song {number}", artist="Ann", artistsort="Ann, A", genre="Pop",
            label="Hause", producer="Hal", isrc=f"GBXXX260000{number}", composer="Old",
            barcode="0036000291452")  # fmt: skip
    sheet = sheet_of(folder, """\
File;Title;Artist;Genre;Label;ISRC;UPC
1.flac;Song 1 (Live);Bo;Folk;Haus;GBXXX2600001;036000291452
2.flac;Song 2;Ann;Folk;Haus;GBXXX2600009;036000291452
""")  # fmt: skip
    notes = [str(note) for note in write_manifest(folder, sheet)]
    album, text = albums.load(folder), (folder / "album.toml").read_text("utf-8")
    assert (album.release.label, album.release.genre, album.release.upc) == ("Haus", ("Folk",), "036000291452")
    assert (album.release.producer, album.release.composer) == (("Hal",), ("Old",))
    assert [(t.title, t.artist, t.artist_sort, t.isrc) for t in album.tracks] == [
        ("Song 1 (Live)", "Bo", "", "GBXXX2600001"),
        ("Song 2", "Ann", "Ann, A", "GBXXX2600009"),
    ]
    assert notes == [
        "album.toml: album.label: r.csv has 'Haus'; tags say 'Hause' (2 of 2)",
        "album.toml: tracks[1].title: r.csv has 'Song 1 (Live)', the file's tags 'Song 1'",
        "album.toml: tracks[1].artist: r.csv has 'Bo', the file's tags 'Ann'",
        "album.toml: tracks[1].genre: r.csv has 'Folk', the file's tags 'Pop'",
        "album.toml: tracks[2].genre: r.csv has 'Folk', the file's tags 'Pop'",
        "album.toml: tracks[2].isrc: r.csv has GBXXX2600009, the file GBXXX2600002",
    ]
    assert "# label: r.csv has 'Haus'; tags say 'Hause' (2 of 2)\n" in text
    assert "# isrc: r.csv has GBXXX2600009, the file GBXXX2600002\n" in text


def test_a_title_that_the_sheet_has_in_two_columns_is_the_tag_s(tmp_path: Path) -> None:
    mix(tmp_path / "album" / "1.flac", title="Rain (Live)")
    assert write_manifest(tmp_path / "album", sheet_of(tmp_path / "album", "Title;Version\nRain;Live\n")) == ()
    (track,) = albums.load(tmp_path / "album").tracks
    assert (track.title, track.version) == ("Rain", "Live")


def test_discs_a_cover_and_a_length_that_does_not_fit(folder: Path) -> None:
    (folder / "front.png").write_bytes(b"")
    sheet = sheet_of(folder, """\
Disc;No;Title;Length;Cover
1;1;rain;3:45;front.png
2;1;groesse;0:00:01;front.png
2;2;cafe;0:01;front.png
""")  # fmt: skip
    notes = [str(note) for note in write_manifest(folder, sheet)]
    album = albums.load(folder)
    assert [(t.disc, t.title) for t in album.tracks] == [(1, "rain"), (2, "groesse"), (2, "cafe")]
    assert album.release.cover == "front.png"
    assert notes == ["r.csv: row 2, column D (Length): says 3:45, but '02 rain.wav' lasts 0:00; is it the right mix?"]


@pytest.mark.parametrize("name", ["front.png", "../secret.png", "/etc/passwd", "x" * 450])
def test_a_cover_that_is_not_in_the_folder_is_left_out_and_told(folder: Path, name: str) -> None:
    (folder.parent / "secret.png").write_bytes(b"")
    sheet = sheet_of(folder, f"Title;Cover\nrain;{name}\ngroesse;\ncafe;\n")
    (note,) = write_manifest(folder, sheet)
    assert "is not in the folder; the cover is left out" in str(note)
    assert albums.load(folder).release.cover == ""


def test_a_formula_is_never_written_as_anything_but_refused(folder: Path) -> None:
    told = refused(folder, 'Title;Label\nrain;"=HYPERLINK(""http://evil.example"";""x"")"\ngroesse;\ncafe;\n')
    assert "r.csv: row 2, column B (Label): '=HYPERLINK(" in told
    assert "is a formula, which is not calculated here" in told


def test_the_command_takes_a_sheet(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["glassmaster", "new", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), capsys.readouterr().err

    sheet = folder.parent / "r.xlsx"
    sheet.write_bytes(excel([["Title"], ["rain"], ["cafe"]]))
    code, told = run(folder, "--metadata", sheet)
    assert (code, told.splitlines()) == (2, [
        "refusal '01 groesse.wav': fits no row of r.xlsx; the nearest is row 2, 'rain' "
        "(--unlisted keep, or leave-out, takes it so)"
    ])  # fmt: skip
    assert run(folder, "--metadata", sheet, "--sheet", "Nowhere")[0] == 2
    assert run(folder, "--sheet", "Sheet")[1] == "refusal --sheet: stands without --metadata, which it is about\n"
    code, told = run(folder, "--metadata", sheet, "--unlisted", "leave-out")
    assert (code, told) == (0, "note '01 groesse.wav': has no row in r.xlsx, and is left out\n")
    assert [track.mix for track in albums.load(folder).tracks] == ["02 rain.wav", "03 cafe.wav"]


CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["Rain", "GBXXX2600001", "27.11.2026", "36000291452", "yes", "clean", "a; b", "-", "3", "Ann / Bo"]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=st.lists(st.sampled_from(ENGLISH), min_size=1, max_size=8, unique=True),
       body=st.lists(st.lists(CELLS, min_size=8, max_size=8), min_size=1, max_size=3))  # fmt: skip
def test_any_sheet_gives_a_manifest_that_loads_or_is_refused(
    folder: Path, header: list[str], body: list[list[str]]
) -> None:
    table = [["File name", *[name for name in header if name != "File name"]]]
    table += [[FILES[index], *row[: len(table[0]) - 1]] for index, row in enumerate(body)]
    path = folder.parent / "release.csv"
    path.write_bytes(delimited(table, ";", "utf-8", "\ufeff").replace(b"\0", b""))
    (folder / "album.toml").unlink(missing_ok=True)
    with suppress(Refusal):
        write_manifest(folder, read_release(path), "keep")
        assert len(albums.load(folder).tracks) == 3
