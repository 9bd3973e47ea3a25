"""What cells say: names, codes, advisories, numbers; and what is refused rather than guessed."""

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums.codes import check_digit
from pipeline.intake.spreadsheet.cells import DateRules, Said, read_cell
from pipeline.intake.spreadsheet.dates import DateOrder, lengths_s
from pipeline.intake.spreadsheet.table import Cell, Table, cell_of

RULES = DateRules(DateOrder(), Table("x.csv", ()))


def said(meaning: str, text: str, held: Any = None) -> Said:
    return read_cell(meaning, cell_of(text, held), meaning, RULES)


def refused(meaning: str, text: str, held: Any = None) -> str:
    with pytest.raises(ValueError) as error:
        said(meaning, text, held)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Lee", ("Ann Lee",)),
        ("Ann Lee; Bo Berg", ("Ann Lee", "Bo Berg")),
        ("Ann Lee;Bo Berg;", ("Ann Lee", "Bo Berg")),
        ("Ann Lee / Bo Berg", ("Ann Lee", "Bo Berg")),
        ("Ann Lee\nBo Berg\n", ("Ann Lee", "Bo Berg")),
        ("Ann Lee; Ann Lee", ("Ann Lee",)),
        ("AC/DC", ("AC/DC",)),
        ("Tyler, The Creator", ("Tyler, The Creator",)),
        ("Simon & Garfunkel", ("Simon & Garfunkel",)),
    ],
)
def test_several_names_in_a_cell(text: str, names: tuple[str, ...]) -> None:
    assert said("composer", text).values == {"composer": names}


def test_one_name_that_may_be_several_is_told() -> None:
    assert "is taken as one name" in said("composer", "Lennon/McCartney").remark
    assert "is taken as one name" in said("composer", "John Lennon, Paul McCartney").remark
    assert said("composer", "Ann Lee; Berg, Bo").remark == ""
    assert said("genre", "Hip-Hop/Rap") == Said({"genre": ("Hip-Hop/Rap",)})


def test_an_artist_is_as_the_sleeve_has_it_unless_several_are_listed() -> None:
    assert said("artist", "AC/DC").values == {"artist": "AC/DC"}
    assert said("artist", "Ann / Bo").values == {"artist": "Ann / Bo"}
    assert said("artist", "Ann; Bo; Cy").values == {"artist": "Ann, Bo & Cy", "artists": ("Ann", "Bo", "Cy")}


@given(st.integers(10**7, 10**10 - 1))
def test_zeros_that_the_check_digit_proves_are_put_back(digits: int) -> None:
    code = f"{digits}{check_digit(str(digits))}"
    if len(code) > 8 and not code.endswith("00000"):
        found = said("album.upc", code)
        assert found.values == {"upc": code.zfill(12)}
        assert "the check digit proves" in found.remark
        wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
        assert refused("album.upc", wrong)


@pytest.mark.parametrize("text", ["036000291452", "36000291452", "36000291452.0", "36000291452,00", '="036000291452"'])
def test_one_code_however_a_spreadsheet_shows_it(text: str) -> None:
    assert said("album.upc", text).values == {"upc": "036000291452"}


def test_codes_that_a_spreadsheet_has_broken_are_refused() -> None:
    assert "what a spreadsheet shows of a long number" in refused("album.upc", "3.60003E+10")
    assert "what a spreadsheet shows of a long number" in refused("album.upc", "1,23457E+11")
    assert "a spreadsheet has rounded" in refused("album.upc", "123457000000")
    assert "check digit" in refused("album.upc", "036000291453")
    assert "at place 1" in refused("isrc", "1BXXX2600001")
    assert "check digit" in refused("iswc", "T-034.524.680-2")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[(text, True) for text in ("yes", "Ja", "OUI", "sí", "E", "Explicit", "1", "x", "TRUE", "Parental Advisory")],
        *[(text, False) for text in ("no", "nein", "Non", "0", "false", "Not Explicit", "None", "NoAdviceAvailable")],
        *[(text, "clean") for text in ("clean", "Clean Version", "edited", "2", "ExplicitContentEdited")],
    ],
)
def test_whether_words_are_explicit(text: str, value: object) -> None:
    assert said("explicit", text).values == {"explicit": value}


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    assert refused("explicit", "maybe") == (
        'found \'maybe\'; wanted yes (or "explicit", E), no, or "clean" for a cleaned version'
    )
    assert "wanted yes or no" in refused("album.compilation", "perhaps")
    assert "wanted album, EP or single" in refused("album.kind", "Boxset")
    assert 'a code as in "en"' in refused("language", "Klingon")


@pytest.mark.parametrize(("text", "code"), [("Englisch", "en"), ("DE", "de"), ("pt-br", "pt-BR"), ("français", "fr"),
                                            ("Instrumental", "zxx"), ("spa", "es"), ("日本語", "ja")])  # fmt: skip
def test_languages_by_name_and_by_code(text: str, code: str) -> None:
    assert said("language", text).values == {"language": code}


@pytest.mark.parametrize(("text", "number"), [("3", 3), ("03", 3), ("3.", 3), ("3/12", 3), ("3 of 12", 3), ("3.0", 3)])
def test_track_numbers(text: str, number: int) -> None:
    assert said("number", text).values == {"number": number}
    assert said("number", "2-03").values == {"number": 3, "disc": 2}
    assert "wanted a number" in refused("number", "A1")
    assert "a date or time" in refused("number", "2026-03-02", date(2026, 3, 2))


def test_what_a_spreadsheet_made_of_a_text_is_refused() -> None:
    assert "a date or time (2026-07-11), no text" in refused("title", "2026-07-11", date(2026, 7, 11))
    assert "a truth value (TRUE), no text" in refused("title", "TRUE", True)
    assert said("title", "1979", 1979).values == {"title": "1979"}
    assert "an error of the spreadsheet" in refused("title", "#NAME?")
    assert "an error of the spreadsheet" in refused("title", "#BEZUG!")
    assert "a formula, which is not calculated here" in refused("title", '=HYPERLINK("http://x.example","Rain")')
    assert said("title", "=").values == {"title": "="}


def test_what_says_that_there_is_nothing() -> None:
    assert said("isrc", "-") == said("composer", "n/a") == Said({})
    assert said("title", "-").values == {"title": "-"}
    assert "write it when it is known" in refused("isrc", "TBC")


def test_control_characters_and_line_breaks_have_no_place_in_a_title() -> None:
    assert refused("title", "Rain\nSun") == (
        "holds control characters (U+000A, a line break); wanted one line of plain text"
    )


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        (Cell("3:45"), (225,)),
        (Cell("03:45"), (225,)),
        (Cell("0:03:45"), (225,)),
        (Cell("3'45\""), (225,)),
        (Cell("3m45s"), (225,)),
        (Cell("3 min 45 s"), (225,)),
        (Cell("225"), (225,)),
        (Cell("1:02:03"), (3723,)),
        (Cell("03:45:00"), (13500, 225)),  # as a spreadsheet has 3:45
        (Cell("03:45:00", time(3, 45)), (13500, 225)),
        (Cell("00:03:45", time(0, 3, 45)), (225,)),
    ],
)
def test_lengths(cell: Cell, seconds: tuple[float, ...]) -> None:
    assert lengths_s(cell) == seconds


@pytest.mark.parametrize("text", ["long", "", "3:99", "3:45:99", "-3"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="wanted a length"):
        lengths_s(Cell(text))


def test_a_time_of_day_is_no_date() -> None:
    assert "has a time of day" in refused("album.release_date", "2026-11-27 12:30:00", datetime(2026, 11, 27, 12, 30))
