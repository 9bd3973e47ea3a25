"""Slips in TOML: the line, what stands there, and what to write instead."""

import pytest

from albums.documents.toml_files import parsed
from albums.faults import Refusal

TYPOGRAPHIC = 'is a typographic quotation mark; write straight ones, "..."'
BACKSLASH = 'in "..." a backslash begins an escape; write / between folders, or'
A_TEXT = "a text stands in quotation marks: "
INNER = 'a " within "..." is written \\"'


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("title = Quiet Rooms", A_TEXT + 'title = "Quiet Rooms"'),
        ("title = Café del Mar  # a bar", A_TEXT + 'title = "Café del Mar"'),
        ("title=Don't", A_TEXT + 'title = "Don\'t"'),
        ("title = 99 Luftballons", 'a text stands in quotation marks: title = "99 Luftballons"'),
        ("isrc = GBXXX2600001", A_TEXT + 'isrc = "GBXXX2600001"'),
        ("upc = 036000291452", 'a code is a text and stands in quotation marks: upc = "036000291452"'),
        ("title = “Quiet Rooms”", "“ " + TYPOGRAPHIC),
        ('title = "Quiet Rooms”', "” " + TYPOGRAPHIC),
        ("deliverables = [‘streaming’]", "‘ " + TYPOGRAPHIC),
        ('mix = "mixes\\01.wav"', BACKSLASH),
        ('mix = "C:\\Users\\me\\1.wav"', BACKSLASH),
        ("title =", "title has no value; write one after =, or delete the line"),
        ("title", "title has no value"),
        ("title = # to come", "title has no value"),
        ('title: "x"', "between a key and its value stands =, as in title = ..."),
        ('title "x"', "between a key and its value stands ="),
        ('title = "The "Best" Of"', INNER),
        ("title = 'Don't'", "a text with an apostrophe stands in \"...\", not in '...'"),
        ('title = "Quiet', 'the text has no closing quotation mark (")'),
        ("title = 'Quiet", "the text has no closing quotation mark (')"),
        ("explicit = True", "true is written small"),
        ("explicit = yes", "what is so or not is written true or false"),
        ("label = None", "a key without a value is left out: delete the line, or put # before label"),
        ("release_date = 27.11.2026", "a date is written 2026-11-27, without quotation marks"),
        ("release_date = 2026-11-7", "a date is written 2026-11-27"),
        ("gap_s = 2,5", "a number has a decimal point with digits on both sides of it"),
        ("gap_s = .5", "a number has a decimal point"),
        ("gain_db = 3 dB", "a number has no unit here"),
        ('title = "x",', "nothing stands after a value; delete the ,"),
        ("gap_s = 3;", "nothing stands after a value; delete the ;"),
        ('title = "x" artist = "y"', "only one key and its value stand on a line"),
        ("[album", "a table's name stands in one pair of brackets, [album], or in two for each track, [[tracks]]"),
        ("[[tracks]", "a table's name stands in one pair of brackets"),
        ("größe = 1", "U+00F6 (LATIN SMALL LETTER O WITH DIAERESIS) is no part of a key without quotation marks"),
        ("\u00a0gap_s = 1", "U+00A0 (NO-BREAK SPACE) stands there; delete it"),
        ("gap_s =\u00a01", "U+00A0 (NO-BREAK SPACE) stands there; delete it"),
        ("\ufefftitle = 1", "U+FEFF (ZERO WIDTH NO-BREAK SPACE) stands there; delete it"),
        ("pregap = {silence_s = 1,}", "a table in {...} stands on one line, without a comma after its last value"),
        ("<html>", "invalid statement"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line_and_what_to_write(line: str, hint: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parsed(f'first = "x"\n{line}\nlast = 1\n', "album.toml")
    (fault,) = refusal.value.faults
    assert fault.where.startswith("album.toml: line 2, column ")
    assert fault.words.startswith("is not valid TOML: ")
    assert hint in fault.words


@pytest.mark.parametrize(
    ("text", "line", "hint"),
    [
        ("a = 1\nb = 2\na = 3\n", 3, "a stands in line 1 already; delete one of them"),
        ("[album]\nx = 1\n[other]\n[album]\n", 4, "[album] stands in line 1 already; put the keys of both under one"),
        ("[tracks]\na = 1\n[tracks]\n", 3, "each track begins with [[tracks]], in two pairs of brackets"),
        ("[track]\na = 1\n[track]\n", 3, "each track begins with [[tracks]], in two pairs of brackets"),
        ('a = ["x",\n"y"\nb = 1\n', 3, "the [ of line 1 is not closed on time"),
        ('a = 1\nb = """x\ny\n', 3, 'the """ of line 2 is not closed on time'),
        ("a = 1\nb = [1, 2", 2, "the [ of line 2 is not closed on time"),
    ],
)  # fmt: skip
def test_what_stands_twice_or_is_left_open_is_told_with_the_other_line(text: str, line: int, hint: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parsed(text, "album.toml")
    (fault,) = refusal.value.faults
    assert fault.where.startswith(f"album.toml: line {line}, column ")
    assert fault.words.endswith(hint)


def test_a_line_of_a_megabyte_is_not_told_whole() -> None:
    with pytest.raises(Refusal) as refusal:
        parsed("title = " + " " * 2**20 + "x", "album.toml")
    assert len(str(refusal.value)) < 200
