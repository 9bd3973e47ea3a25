"""Names of columns and where headers are: synonyms, merged cells, titles above, sums below."""

from pathlib import Path

import pytest

from albums import Release, Track
from albums.faults import Fault
from pipeline.intake.spreadsheet.column_names import DURATION, FILE, NAMES, NUMBER, SUBGENRE
from pipeline.intake.spreadsheet.columns import IN_BOTH, SEVERAL, bare, meaning_of
from pipeline.intake.spreadsheet.header import Header, find_header, read_columns
from pipeline.intake.spreadsheet.table import Row, Table, cell_of, letters


def table(*rows: list[str]) -> Table:
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(row)]
    return Table("x.csv", tuple(Row(number, tuple(map(cell_of, row))) for number, row in filled))


def header_of(*rows: list[str]) -> Header:
    found = find_header(table(*rows))
    assert found
    return found


def faults(*rows: list[str]) -> list[Fault]:
    found = table(*rows)
    return list(read_columns(found, header_of(*rows)).faults)


def test_no_name_has_two_meanings_and_each_documented_one_is_found() -> None:
    spelt = [(bare(name), meaning) for meaning, names in NAMES.items() for name in names]
    assert len({name for name, _ in spelt}) == len(set(spelt))
    assert all(meaning_of(name) == meaning for meaning, names in NAMES.items() for name in names)


def test_every_meaning_is_a_key_of_the_manifest_and_all_that_sheets_can_say_have_one() -> None:
    own = {FILE, NUMBER, DURATION, SUBGENRE}
    of_album = {meaning.removeprefix("album.") for meaning in NAMES if meaning.startswith("album.")}
    of_track = {meaning for meaning in NAMES if not meaning.startswith("album.")} - own
    assert of_album == {*Release.model_fields} - (IN_BOTH - {"title", "title_sort", "version", "artist", "artist_sort",
                                                           "artists"})  # fmt: skip
    assert of_track == {*Track.model_fields} - {
        *("mix", "gap_s", "pregap", "indexes_s", "crossfade_s", "crossfade_shape", "fade_in_s", "fade_out_s"),
        *("trim_start_s", "trim_end_s", "level_wish_lu", "gain_db", "eq", "tone_exempt", "side"),
    }
    assert {*of_track, "album.artists"} >= SEVERAL


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("TRACK TITLE", "title"),
        ("trackTitle", "title"),
        ("Track #", NUMBER),
        ("N°", NUMBER),
        ("ISRC (optional)", "isrc"),
        ("ISRC *", "isrc"),
        ("Komponist:in", "composer"),
        ("Composer(s)", "composer"),
        ("Composer 2", "composer"),
        ("Primary Artist 2", "artists"),
        ("(P)", "phonogram"),
        ("℗-Line", "phonogram"),
        ("© Line", "copyright"),
        ("Album Genre", "album.genre"),
        ("Release: Language", "album.language"),
        ("Titel / Title", "title"),
        ("Veroffentlichungsdatum", "album.release_date"),
        ("Explicit (Y/N)", "explicit"),
        ("Digital release date\n(MM/DD/YYYY)", "album.release_date"),
        ("catalogue_number", "album.catalogue_number"),
        ("featured_artists", "featured_artists"),
        ("numero de piste", NUMBER),
        # What may mean one thing or another means nothing.
        ("Mix", ""),
        ("Lyrics", ""),
        ("Year", ""),
        ("Composer / Producer", ""),
        ("Track catalog number", ""),
        ("Label 2", ""),
        ("x" * 500, ""),
        ("", ""),
    ],
)
def test_names_however_they_are_spelt(name: str, meaning: str) -> None:
    assert meaning_of(name) == meaning


def test_a_title_above_is_left_out_and_told() -> None:
    rows = [["Quiet Rooms", "", ""], ["Label copy of 1 May", "", ""], [], ["No", "Title", "ISRC"], ["1", "Rain", "x"]]
    found = header_of(*rows)
    assert (found.row, found.meanings) == (4, (NUMBER, "title", "isrc"))
    assert [str(fault) for fault in faults(*rows)] == [
        "x.csv: row 1: stands above the header, which is row 4, and is left out: 'Quiet Rooms'; 'Label copy of 1 May'"
    ]


def test_merged_cells_above_say_what_columns_are_about() -> None:
    rows = [
        ["Release", "", "", "Track", "", "", ""],
        ["Title", "Artist", "UPC", "No.", "Title", "Artist", "ISRC"],
        ["Rooms", "Ann", "036000291452", "1", "Rain", "Bo", "GBXXX2600001"],
    ]
    found = header_of(*rows)
    assert found.meanings == ("album.title", "album.artist", "album.upc", NUMBER, "title", "artist", "isrc")
    assert (found.row, found.names[0]) == (2, "Release: Title")
    assert faults(*rows) == []


def test_merged_cells_above_count_where_names_below_are_not_twice() -> None:
    found = header_of(
        ["Album", "", "Track", "", ""], ["Artist", "UPC", "No.", "Title", "ISRC"], ["A", "0", "1", "R", "G"]
    )
    assert found.meanings == ("album.artist", "album.upc", NUMBER, "title", "isrc")


def test_cells_merged_over_two_rows_have_their_name_in_the_upper() -> None:
    found = header_of(["Title", "Artists", "", "ISRC"], ["", "Main", "Featured", ""], ["Rain", "Ann", "Bo", "x"])
    assert found.meanings == ("title", "artists", "featured_artists", "isrc")
    assert found.row == 2


def test_a_row_of_tracks_is_no_second_row_of_a_header() -> None:
    assert header_of(["Title", "ISRC"], ["Title", "x"], ["Rain", "y"]).row == 1


def test_a_header_needs_what_tells_rows_apart() -> None:
    assert find_header(table(["Label", "UPC"], ["Haus", "1"])) is None
    assert find_header(table(["a", "b"], ["c", "d"])) is None
    assert find_header(table()) is None


def test_two_columns_of_one_meaning_are_refused_unless_one_is_empty_or_they_are_numbered() -> None:
    (fault,) = faults(["Title", "Song", "ISRC"], ["Rain", "Sun", "x"])
    assert str(fault) == (
        "x.csv: row 1: columns A ('Title') and B ('Song') mean the same, 'title'; keep one, or rename the other"
    )
    assert fault.severity == "refusal"
    assert faults(["Title", "Song", "ISRC"], ["Rain", "", "x"]) == []
    assert faults(["Title", "Composer 1", "Composer 2"], ["Rain", "Ann", "Bo"]) == []
    assert len(faults(["Title", "Composer", "Composer"], ["Rain", "Ann", "Bo"])) == 1


def test_columns_that_are_not_known_are_told_by_name() -> None:
    rows = [["Title", "Spotify ID", "", "Catalouge number", "Empty"], ["Rain", "x", "y", "z", ""]]
    assert [str(fault) for fault in faults(*rows)] == [
        "x.csv: row 1: columns that mean nothing here are left out: B ('Spotify ID'), C, which has no name, "
        "D ('Catalouge number', is it 'catalogue number'?)"
    ]


def test_a_column_track_is_titles_where_it_holds_words() -> None:
    words = table(["Track", "ISRC"], ["Rain", "x"], ["Sun", "y"])
    numbers = table(["Track", "ISRC"], ["1", "x"], ["2", "y"])
    assert "title" in read_columns(words, header_of(["Track", "ISRC"], ["Rain", "x"])).places
    assert NUMBER in read_columns(numbers, header_of(["Track", "ISRC"], ["1", "x"])).places


def test_letters_of_columns() -> None:
    assert [letters(column) for column in (0, 25, 26, 701, 702, 16383)] == ["A", "Z", "AA", "ZZ", "AAA", "XFD"]


def test_the_readme_has_every_documented_name_and_no_other() -> None:
    page = (Path(__file__).resolve().parents[3] / "README.md").read_text("utf-8")
    table = page.partition("| column | what may stand in it |\n|---|---|\n")[2].partition("\n\n")[0]
    documented = [name.strip() for line in table.splitlines() for name in line.split("|")[1].split(",")]
    assert {meaning_of(name): name.casefold() for name in documented} == {
        meaning: names[0].casefold() for meaning, names in NAMES.items()
    }
