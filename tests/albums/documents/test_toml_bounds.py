"""What a TOML text may hold: refused, with the line, before the parser is given it."""

import tomllib
from typing import Never

import pytest

from albums.documents.toml_bounds import MOST_DEPTH, MOST_LINES, MOST_MARKS, MOST_PARTS
from albums.documents.toml_files import parsed
from albums.faults import Refusal

PARTS, DEPTH, MARKS = "holds a key of more than", "lies within more than", "is beyond 60,000 keys"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\n" + "a." * 40_000 + "a = 1", 2, PARTS),
        ("[" + "a." * 40_000 + "a]", 1, PARTS),
        ("[[" + "a . " * 40_000 + "a]]", 1, PARTS),
        ('"a".' * 40_000 + "a = 1", 1, PARTS),
        ("'a'\t.\t" * 40_000 + "a = 1", 1, PARTS),
        ("# a\n\nx = {" + "a." * 40_000 + "a = 1}", 3, PARTS),
        ("x = [1,\n{" + "a." * 40_000 + "a = 1}]", 2, PARTS),
        ('x = """\n\n"""\n' + "a." * 40_000 + "a = 1", 4, PARTS),
        ("x = " + "[" * 40_000, 1, DEPTH),
        ("x = [\n" * 40_000, 17, DEPTH),
        ("x = " + "{a = " * 40_000, 1, DEPTH),
        ("x = " + "[{a = " * 40_000, 1, DEPTH),
        ("a.b = 1\n" * 40_000, 30_001, MARKS),
        ("[[tracks]]\n" * 60_000, 15_001, MARKS),
        ("x = [" + "1," * 60_000 + "]", 1, MARKS),
        ("\n" * 200_000, 100_001, "is beyond 100,000 lines"),
        ('a = 1\nx = "' + "\\n" * 10_000 + '"', 2, "holds a text of 20,002 characters"),
        ("x = '''" + "\n" * 30_000, 1, "holds a text of 30,003 characters; that is more than is taken. Is it closed?"),
        ("x = " + "1" * 20_000, 1, "holds 20,000 characters without a quotation mark"),
    ],
)  # fmt: skip
def test_the_parser_is_never_given_what_it_cannot_bear(
    monkeypatch: pytest.MonkeyPatch, text: str, line: int, words: str
) -> None:
    def loads(_: str) -> Never:
        raise AssertionError("it was parsed")

    monkeypatch.setattr("tomllib.loads", loads)
    with pytest.raises(Refusal) as refusal:
        parsed(text, "album.toml")
    assert str(refusal.value).startswith(f"album.toml: line {line}: {words}")


@pytest.mark.parametrize(
    "text",
    [
        f'x = "{"." * 19_000}"',
        f"# {'[' * 70_000}",
        "x = '" + "a.[{" * 4000 + "'",
        'x = """' + '.""[' * 4000 + '"""',
        "x = '''" + ".''{" * 4000 + "'''",
        'x = "\\"' + "." * 19_000 + '"',
        'x = """"quoted""""' + "\n" + 'y = "."' + " # ...." * 9,
        ".".join("abcdefgh"[:MOST_PARTS]) + " = 1",
        "x = " + "[" * MOST_DEPTH + "]" * MOST_DEPTH,
        "x = [1.5, 2.5, 3.5, 4.5, 5.5]\ny = 2026-11-27T01:02:03.5",
        "x = [" + "1," * (MOST_MARKS - 3) + "]",
        "\n" * (MOST_LINES - 1),
    ],
)
def test_what_stands_within_the_bounds_is_parsed(text: str) -> None:
    assert parsed(text, "album.toml") == tomllib.loads(text)


def test_numbers_of_thousands_of_digits() -> None:
    with pytest.raises(Refusal, match=r"^album\.toml: is not valid TOML: Exceeds the limit"):
        parsed("x = " + "1" * 5000, "album.toml")
