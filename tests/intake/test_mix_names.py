"""What a file name says and what it does not: names as studios give them, and titles that look like such names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.mix_names import plain, read_names


def titles(*stems: str) -> list[str]:
    return [name.title for name in read_names(stems)]


def numbers(*stems: str) -> list[tuple[int, ...]]:
    return [name.number for name in read_names(stems)]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("In_the_Mix", "In the Mix"),
        ("The Final", "The Final"),
        ("Master of Puppets", "Master of Puppets"),
        ("Love_final_mix", "Love"),
        ("Love - master", "Love"),
        ("Love (Final Mix) [24-96]", "Love"),
        ("Love (Extended Mix)", "Love (Extended Mix)"),
        ("Love_v12", "Love"),
        ("Love 24bit 96kHz", "Love"),
        ("Love_24_96", "Love"),
        ("Love_mix3", "Love"),
        ("Love-unmastered", "Love"),
        ("Love ()", "Love"),
        ("Final Mix", "Final Mix"),
        ("v2", "v2"),
        ("1979", "1979"),
        ("3am", "3am"),
        ("Re\u0301veil", "Réveil"),
        ("Love [GB-XXX-26-00009]", "Love"),
        ("  Love  __ me  ", "Love me"),
    ],
)
def test_titles_from_names(name: str, title: str) -> None:
    assert titles(name, "Other") == [title, "Other"]


def test_a_sign_that_all_names_end_in_is_no_title() -> None:
    assert titles("In_the_rain_mix", "Love_mix", "Zoo_v2") == ["In the rain", "Love", "Zoo"]


def test_a_number_that_not_all_names_have_may_be_a_title() -> None:
    assert titles("99 Luftballons", "Nena") == ["99 Luftballons", "Nena"]


def test_a_number_in_a_title_is_no_second_track_number() -> None:
    assert titles("01 50 Ways", "02 99 Luftballons") == ["50 Ways", "99 Luftballons"]


def test_numbers_are_places_if_all_names_have_one() -> None:
    assert numbers("01 - Love", "10. Rain", "2") == [(1,), (10,), (2,)]
    assert numbers("1-01 Love", "1-02 Rain", "2-01 Sun") == [(1, 1), (1, 2), (2, 1)]
    assert numbers("01 Love", "Rain") == [(), ()]


def test_an_isrc_is_found_wherever_it_stands() -> None:
    names = read_names(["01_gbxxx2600001_Love_mix_v2", "02 Rain (GB-XXX-26-00002)", "03 AGBXXX2600003"])
    assert [name.isrc for name in names] == ["gbxxx2600001", "GB-XXX-26-00002", ""]
    assert [name.title for name in names] == ["Love", "Rain", "AGBXXX2600003"]


def test_no_names_say_nothing() -> None:
    assert read_names([]) == []


@given(st.text())
def test_plain_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    line = plain(text)
    assert plain(line) == line
    assert len(line) <= 500
    assert not set(line) & set("\n\r\t\x00\x1b\x85\u2028\u2029\u202e\ufeff")
