"""Codes: what a journey through spreadsheets adds is taken off, what it takes away or changes is told."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums.codes import check_digit, checked_isrc, checked_iswc, checked_upc, ean, quoted_upc


@pytest.mark.parametrize(
    "text",
    [
        "gb-xxx-26-00001",
        "GB XXX 26 00001 ",
        "\ufeffGBXXX2600001\u200b",
        "GB\u00a0XXX\u202f26\u00ad00001",
        "GB–XXX—26‑00001",
        "\u202aGBXXX2600001\u202c",
        "ＧＢＸＸＸ２６００００１",
        "ISRC GB-XXX-26-00001",
        "isrc: gbxxx2600001",
        "'GBXXX2600001",
        "“GBXXX2600001”",
        "GB_XXX_26_00001\t",
    ],
)
def test_an_isrc_as_it_arrives(text: str) -> None:
    assert checked_isrc(text) == "GBXXX2600001"


def test_an_isrc_of_iceland_is_no_name_of_a_code() -> None:
    assert checked_isrc("ISRC12600001") == "ISRC12600001"
    assert checked_isrc("ISRC ISRC12600001") == "ISRC12600001"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'' is no code; leave the key out where there is none"),
        (" - ", "' - ' is no code"),
        ("n/a", "'n/a' is no code"),
        ("GBXXX260000", "'GBXXX260000' has 11 characters, expected 12: two letters, three let"),
        ("GB XXX 26 0000", "'GB XXX 26 0000', read as 'GBXXX260000', has 11 characters, expected 12"),
        ("1BXXX2600001", "'1BXXX2600001' has '1' at place 1, expected a letter, A to Z"),
        ("GBXXX26000O1", "'GBXXX26000O1' has 'O' at place 11, expected a digit (is it 0?)"),
        ("0BXXX2600001", "has '0' at place 1, expected a letter, A to Z (is it O?)"),
        ("GВXXX2600001", "has 'В', cyrillic capital letter ve, at place 2, expected a letter, A to Z"),
        ("ßXXX26000001", "'ßXXX26000001' has 'ß', latin small letter sharp s, at place 1, expected a letter, A to Z"),
        ("GBXXX26٠٠٠٠١", "has '٠', arabic-indic digit zero, at place 8, expected a digit"),
        ("GB/XXX/26/00001", "has '/', solidus, at place 3, expected a letter, A to Z, or a digit"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_isrc(text: str, words: str) -> None:
    with pytest.raises(ValueError) as error:
        checked_isrc(text)
    assert words in str(error.value)


def test_upc_and_ean() -> None:
    # GS1 General Specifications, 7.9: 629104150021 is followed by 3
    assert check_digit("629104150021") == 3
    assert checked_upc("6291041500213") == "6291041500213"
    assert checked_upc("036000291452") == "036000291452"
    assert (ean("036000291452"), ean("6291041500213"), ean("")) == ("0036000291452", "6291041500213", "")


@pytest.mark.parametrize(
    "text",
    [
        "0 36000 29145 2",
        "0-36000-29145-2",
        "036000291452\u200b\n",
        "０３６０００２９１４５２",
        "036000291452.0",
        "UPC 036000291452",
        "UPC: 036000291452",
        "UPC/EAN: 036000291452",
        "Barcode: 036000291452",
        "'036000291452",
    ],
)
def test_a_upc_as_it_arrives(text: str) -> None:
    assert checked_upc(text) == "036000291452"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'' is no code; leave the key out where there is none"),
        ("tba", "'tba' is no code"),
        ("000000000000", "is all zeros; leave the key out when there is no code"),
        ("36000291452", "has 11 digits, expected 12 (UPC) or 13 (EAN); a leading zero seems lost: '036000291452'"),
        ("3600029145", "has 10 digits, expected 12 (UPC) or 13 (EAN)"),
        ("614141007", "has 9 digits, expected 12 (UPC) or 13 (EAN); leading zeros seem lost: '000614141007'"),
        ("03600029145", "has 11 digits, expected 12 (UPC) or 13 (EAN); if the check digit is missing, it is 2"),
        ("00036000291452", "has 14 digits, expected 12 (UPC) or 13 (EAN); without its first zero it is an EAN: '0036"),
        ("036000291453", "'036000291453' ends in check digit 3, expected 2"),
        ("0 36000 29145 3", "'0 36000 29145 3', read as '036000291453', ends in check digit 3, expected 2"),
        ("0360002914O2", "has 'O' at place 11, expected a digit (is it 0?)"),
        ("03600029145٢", "has '٢', arabic-indic digit two, at place 12, expected a digit"),
        ("6.02446E+11", "'6.02446E+11' is what a spreadsheet shows of a long number; its column wants the format Text"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_upc(text: str, words: str) -> None:
    with pytest.raises(ValueError) as error:
        checked_upc(text)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("number", "written"),
    [(602445790115, '"602445790115"'), (36000291452, '"036000291452"'), (6291041500213, '"6291041500213"')],
)
def test_a_number_is_told_to_be_written_as_a_text(number: int, written: str) -> None:
    with pytest.raises(ValueError, match=written):
        quoted_upc(number)


@given(st.integers(0, 10**11 - 1), st.integers(0, 10), st.integers(1, 9))
def test_no_single_wrong_digit_passes(number: int, position: int, step: int) -> None:
    digits = f"{number:011d}"
    code = f"{digits}{check_digit(digits)}"
    wrong = f"{code[:position]}{(int(code[position]) + step) % 10}{code[position + 1 :]}"
    with pytest.raises(ValueError):
        checked_upc(wrong)


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_no_code(text: str) -> None:
    for check in (checked_isrc, checked_upc):
        with suppress(ValueError):
            assert check(text).isascii()


@pytest.mark.parametrize("text", ["T-034.524.680-1", "T0345246801", "iswc t-034524680-1", " T-034.524.680-1"])
def test_an_iswc_as_it_arrives(text: str) -> None:
    assert checked_iswc(text) == "T0345246801"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("T-034.524.680-2", "ends in check digit 2, expected 1"),
        ("034524680", "is no ISWC"),
        ("T-034.524.68O-1", "is no ISWC"),
    ],
)
def test_an_iswc_that_is_none(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        checked_iswc(text)
