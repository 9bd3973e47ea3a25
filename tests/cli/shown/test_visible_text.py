import json
import sys
import unicodedata

import pytest

from pipeline.cli.shown.visible_text import in_charset, json_safe, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("one\ntwo\r\tthree", r"one\ntwo\r\tthree"),
        ("\x9b31m, \x85 and \x7f", r"\x9b31m, \x85 and \x7f"),
        ("\u202egnp.exe\u202c \u2066x\u2069 \u200f", r"\u202egnp.exe\u202c \u2066x\u2069 \u200f"),
        ("a\u200bb\u200dc\ufeffd\u2060\u00ade", r"a\u200bb\u200dc\ufeffd\u2060\xade"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\udc80\ud800", r"\udc80\ud800"),
        ("\U000e0041\U000e0100", r"\U000e0041\U000e0100"),
        ("\u3164\u115f\u034f", r"\u3164\u115f\u034f"),
        ("[bold]:fire:[/]", "[bold]:fire:[/]"),
        ("Café 夜の歌 ❤\ufe0f 🔥 e\u0301 \u00a0\u3000", "Café 夜の歌 ❤\ufe0f 🔥 e\u0301 \u00a0\u3000"),
        ("Å Ω ﷺ עברית عربى", "Å Ω ﷺ עברית عربى"),
        (r"C:\new\x1b", r"C:\new\x1b"),
    ],
)
def test_what_a_terminal_obeys_or_hides_is_written_out(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown


def test_of_all_of_unicode_nothing_that_is_obeyed_or_hidden_comes_through():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    through = set(visible(everything))
    assert {unicodedata.category(c) for c in through} & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()
    letters = {c for c in everything if unicodedata.category(c) in ("Lu", "Ll", "Lt", "Nd", "Sm", "So", "Zs")}
    assert letters <= through


def test_characters_that_a_terminal_lacks_are_written_plainly_or_as_escapes():
    assert in_charset("a – b … ‘x’ × 夜 é 🔥", "ascii") == r"a - b . 'x' x \u591c \xe9 \U0001f525"
    assert in_charset("é 夜", "latin-1") == r"é \u591c"
    assert in_charset("é 夜 –", "utf-8") == "é 夜 –"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_json_says_the_same_without_a_character_that_a_terminal_obeys(encoding):
    document = {"title": "夜 é 🔥 \x1b[31m \x7f\x85 \u202e \U000e0041 \n \u2028", "paths": ["\udc80"]}
    text = json_safe(json.dumps(document, indent=1, ensure_ascii=False), encoding)
    assert json.loads(text) == document
    assert visible(text.replace("\n", "")) == text.replace("\n", "")
    assert ("夜" in text) == (encoding == "utf-8")
    text.encode(encoding)
