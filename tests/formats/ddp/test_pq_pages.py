"""The PDF's pages: whatever a title says is drawn or marked, no line is too wide, and no track is parted."""

import re
import subprocess
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from formats.ddp.pq_pages import FACES, FONTS, STANDS_IN, Sheet, drawable, pdf, wrapped
from tests.support.programmes import needs

COLUMNS = {"Track": 80.0, "Title": 600.0}


def sheet(*titles: str, name: str = "The Band: Quiet Rooms") -> Sheet:
    blocks = [[(f"{number}", ""), (f"{number}", title)] for number, title in enumerate(titles, 1)]
    return Sheet("PQ SHEET", [("Title:", "Quiet Rooms")], ("Told once.",), COLUMNS, blocks, name, "Written here.")


def told(path: Path, of: Sheet) -> list[str]:
    """What others read on each page."""
    path.write_bytes(pdf(of))
    read = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return read.stdout.decode().split("\f")[:-1]


@pytest.fixture(scope="module")
def characters() -> frozenset[str]:
    return frozenset(map(chr, TTFont(FONTS / FACES[""]).getBestCmap()))


@pytest.mark.parametrize(
    ("words", "drawn"),
    [
        ("Café, naïve & Ħal Għaxaq", "Café, naïve & Ħal Għaxaq"),
        ("Дом – ½ “x”…", "Дом – ½ “x”…"),
        ("Ελλάς", "Ελλάς"),
        ("שלום", "שלום"),
        ("سلام", "سلام"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        (r"$\frac{1}{2}$ $ \$ _x^y {nb} **b**", r"$\frac{1}{2}$ $ \$ _x^y {nb} **b**"),
        ("e\u0301", "é"),
        ("東京", "[DongJing]"),
        ("Live in 東京 夜 (2026)", "Live in [DongJing Ye] (2026)"),
        ("हिन्दी", "[hindi]"),
        ("🎹 live", "[:musical_keyboard:] live"),
        ("𝒩ight", "[N]ight"),
        ("\ue000 x", "[?] x"),
        ("\u200d\u2066\u200c", "-"),
        ("❤\ufe0f", "❤"),
        ("soft\xadhyphen", "softhyphen"),
        ("hard\xa0space\u2028line", "hard space line"),
    ],
)
def test_what_the_font_lacks_is_written_in_other_letters_and_marked(
    characters: frozenset[str], words: str, drawn: str
) -> None:
    assert drawable(words, characters) == (drawn, "[" in drawn)


@given(st.text(max_size=60))
def test_whatever_is_drawn_the_font_has(characters: frozenset[str], words: str) -> None:
    drawn = drawable(words, characters).words
    assert drawn
    assert set(drawn) <= characters | {" "}


@given(st.text(min_size=1, max_size=200), st.floats(1, 300))
def test_lines_hold_all_words_and_are_no_wider_than_told(words: str, width: float) -> None:
    def width_of(line: str) -> float:
        return sum(4 + ord(character) % 5 for character in line)

    lines = wrapped(words, width, width_of)
    assert all(len(line) <= 1 or width_of(line) <= width for line in lines)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", words)


def test_a_line_breaks_at_a_space_and_before_no_accent() -> None:
    assert wrapped("one two three", 7, len) == ["one two", "three"]
    assert wrapped("onetwothree", 7, len) == ["onetwot", "hree"]
    assert wrapped("one", 0, len) == ["o", "n", "e"]
    assert wrapped("abcx\u0353de", 4, len) == ["abc", "x\u0353de"]


@needs("pdftotext")
@pytest.mark.parametrize(
    "title",
    ["Ağrı — ş ğ “x” №", "Việt Nam ß ﬁ Office", "Ελλάς, Дом, Հայ, ქართ", "{nb} $x^2$ **bold** [a]", "שלום", "مرحبا"],
)
def test_titles_of_many_scripts_are_searched_for_and_found(tmp_path: Path, title: str) -> None:
    (page,) = told(tmp_path / "sheet.pdf", sheet(title))
    assert title in re.sub("[\u202a-\u202e]", "", page)
    assert STANDS_IN not in page


@needs("pdftotext")
def test_what_stands_in_is_explained_where_there_is_any(tmp_path: Path) -> None:
    (page,) = told(tmp_path / "sheet.pdf", sheet("夜の歌"))
    assert "[YenoGe]" in page
    assert STANDS_IN in page


@needs("pdftotext")
def test_a_track_stays_on_one_page_and_the_head_stands_on_each(tmp_path: Path) -> None:
    pages = told(tmp_path / "sheet.pdf", sheet(*[f"Song {number} " + "la " * (number * 7) for number in range(1, 30)]))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert len(re.findall("^Track +Title$", page, re.M)) == 1
        assert f"page {number} of {len(pages)}. Written here." in page
        numbers = re.findall(r"^ *(\d+)(?: +Song (\d+))?", page, re.M)
        assert numbers[0::2] == [(song, "") for _, song in numbers[1::2]]
        assert all(number == song for number, song in numbers[1::2])


@needs("pdftotext")
def test_a_title_longer_than_a_page_is_continued(tmp_path: Path) -> None:
    words = " ".join(f"word{number}" for number in range(1200))
    pages = told(tmp_path / "sheet.pdf", sheet(words))
    assert len(pages) > 2
    assert re.findall(r"word\d+", "".join(pages)) == words.split()


@needs("pdftotext")
def test_a_name_too_long_for_the_foot_ends_in_an_ellipsis(tmp_path: Path) -> None:
    (page,) = told(tmp_path / "sheet.pdf", sheet("One", name="The Band and everyone who plays with them: " * 9))
    assert re.search(r"The Band and everyone.*…$", page, re.M)
