"""Slips that people make in TOML, told from the line that the parser stopped at: what is wrong, and what to write.

The commonest are known: quotation marks left out, or curled by a word processor; Windows' backslashes; a key without a
value, or twice; a quotation mark within a text; one pair of brackets for two. The rest are told in the parser's words.
"""

import re
import unicodedata
from collections.abc import Callable

from albums.documents.toml_bounds import TOKEN
from albums.schema_faults import AS_A_DATE

LONGEST_LINE = 2000  # characters: no hand wrote a longer one, and expressions below take longer the longer it is
_CURLED = "“”„‟«»‘’‚‛＂"
_KEY = r"\s*(?P<key>[A-Za-z0-9_.-]++|\"[^\"]*\")\s*"
_VALUE = re.compile(rf"{_KEY}=(?P<value>.*)$")
_NO_VALUE = re.compile(rf"{_KEY}=?\s*(#.*)?$")
_NO_EQUALS = re.compile(rf"{_KEY}(?P<sign>:=?|->|=>)?\s*(?P<value>[^\s=\[].*)$")
_DATE = re.compile(r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}")
_NUMBER = re.compile(r"[+-]?[0-9]*[.,]?[0-9]*")


def slip(lines: list[str], number: int, column: int, said: str) -> str:
    """What is wrong in line `number` (from 1), where the parser stopped at `column` and `said` why; "" if unknown."""
    line = lines[number - 1] if number <= len(lines) else ""
    if len(line) > LONGEST_LINE:
        return ""
    if said.startswith(("Unclosed", "Unterminated")) and (found := _left_open(lines, number)):
        return found
    if said.startswith("Cannot"):
        return _twice(lines, number)
    if "in a string" in said or "hex value" in said:
        return "in \"...\" a backslash begins an escape; write / between folders, or the text in single quotes, '...'"
    finders: tuple[Callable[[str, int], str], ...] = (
        _open_text,
        _strange,
        _header,
        _no_value,
        _no_equals,
        _stray,
        _value,
        _tail,
    )
    return next((found for find in finders if (found := find(line, column))), "")


def _bare(line: str) -> str:
    """The line with texts emptied and comments left out."""
    tokens = (token[0] for token in TOKEN.finditer(line + "\n"))
    return " ".join('""' if token[0] in "\"'" else token for token in tokens if token[0] not in "#\n")


def _open_text(line: str, _: int) -> str:
    ends = [token[0] for token in TOKEN.finditer(line) if token[0][0] in "\"'"]
    value = match["value"].strip() if (match := _VALUE.match(line)) else ""
    if not ends or value[:1] not in ("'", '"', "[", "{") or (len(ends[-1]) > 1 and ends[-1].endswith(ends[-1][0])):
        return ""
    if line.count(ends[-1][0]) > 2:  # an inner quotation mark opened it
        return _inner(ends[-1][0])
    curled = next((c for c in ends[-1] if c in _CURLED), "")
    return _typographic(curled) if curled else f"the text has no closing quotation mark ({ends[-1][0]})"


def _typographic(mark: str) -> str:
    return f'{mark} is a typographic quotation mark; write straight ones, "..."'


def _inner(mark: str) -> str:
    return (
        'a " within "..." is written \\"'
        if mark == '"'
        else "a text with an apostrophe stands in \"...\", not in '...'"
    )


def _strange(line: str, column: int) -> str:
    """A character where the parser stopped, or before it and outside of texts, that cannot be seen or is not ASCII."""
    bare = _bare(line)
    found = next((c for c in line[column - 1 : column] + bare if not c.isascii()), "")
    if found and found in _CURLED:
        return _typographic(found)
    if found and not (found.isalnum() and "=" in bare.partition(found)[0]):  # a word that lacks quotation marks
        name = unicodedata.name(found, "no name")
        kind = "is no part of a key without quotation marks" if found.isalnum() else "stands there; delete it"
        return f"U+{ord(found):04X} ({name}) {kind}"
    return ""


def _header(line: str, _: int) -> str:
    text = line.partition("#")[0].strip()
    if not text.startswith("[") or "=" in text:
        return ""
    return "a table's name stands in one pair of brackets, [album], or in two for each track, [[tracks]]"


def _no_value(line: str, _: int) -> str:
    match = _NO_VALUE.match(line)
    return f"{match['key']} has no value; write one after =, or delete the line" if match else ""


def _no_equals(line: str, _: int) -> str:
    match = _NO_EQUALS.match(line)
    return f"between a key and its value stands =, as in {match['key']} = ..." if match else ""


def _stray(line: str, column: int) -> str:
    rest = line[column - 1 :].strip()
    return f"nothing stands after a value; delete the {rest}" if rest in (",", ";") else ""


def _value(line: str, _: int) -> str:
    """A value that is no text in quotation marks and yet nothing else."""
    match = _VALUE.match(line)
    value = match["value"].partition("#")[0].strip() if match else ""
    if not match or not value or value[0] in "\"'[{":
        return ""
    if value.lower() in ("true", "false"):
        return f"{value.lower()} is written small"
    if value.lower() in ("yes", "no", "on", "off"):
        return "what is so or not is written true or false"
    if value.lower() in ("none", "null", "nil", "n/a", "-", "()"):
        return f"a key without a value is left out: delete the line, or put # before {match['key']}"
    if _DATE.fullmatch(value):
        return AS_A_DATE
    if _NUMBER.fullmatch(value):
        return _number(match["key"], value)
    if re.match(r"[+-]?[0-9]+([.,][0-9]+)?\s*[A-Za-z%]+$", value) and not value.startswith("0"):
        return f'a number has no unit here; a text stands in quotation marks: {match["key"]} = "{value}"'
    return f'a text stands in quotation marks: {match["key"]} = "{value[:60]}"'


def _number(key: str, value: str) -> str:
    if re.fullmatch(r"0[0-9]+", value):
        return f'a number has no leading zeros; a code is a text and stands in quotation marks: {key} = "{value[:60]}"'
    return "a number has a decimal point with digits on both sides of it, as in 0.5"


def _tail(line: str, column: int) -> str:
    """What follows a value that is complete."""
    rest, bare = line[column - 1 :].strip(), _bare(line)
    if bare.startswith("{") or "{" in bare:
        return "a table in {...} stands on one line, without a comma after its last value"
    before = line[: column - 1].rstrip()
    if _VALUE.match(rest):
        return "only one key and its value stand on a line"
    if before.endswith(('"', "'")) and before[-1] in rest:
        return _inner(before[-1])
    return "only one key and its value stand on a line; a remark begins with #" if "=" in bare else ""


def line_of_open_text(text: str) -> int:
    """The line of the first text in single quotation marks that is not closed on it; 0 if there is none."""
    line = 1
    for token in TOKEN.finditer(text):
        mark = token[0]
        if mark[0] == "'" and mark[:3] != "'''" and (len(mark) == 1 or mark[-1] != "'"):
            return line
        line += mark.count("\n")
    return 0


def _left_open(lines: list[str], number: int) -> str:
    """Which bracket or text before the end of line `number` was not closed."""
    line, opened = 1, list[tuple[str, int]]()
    for token in TOKEN.finditer("\n".join(lines[:number])):
        mark = token[0]
        if mark[:3] in ('"""', "'''") and not (len(mark) > 5 and mark.endswith(mark[:3])):
            opened.append((mark[:3], line))
        line += mark.count("\n")
        if mark in "[{":
            opened.append((mark, line))
        elif mark in "]}" and opened:
            opened.pop()
    return f"the {opened[-1][0]} of line {opened[-1][1]} is not closed on time" if opened else ""


def _twice(lines: list[str], number: int) -> str:
    """A key or a table that was there before, and in which line."""
    text = lines[number - 1].partition("#")[0].strip() if number <= len(lines) else ""
    if text.startswith("["):
        return _declared_twice(lines, number, text.strip("[] "))
    match = _VALUE.match(text)
    if not match:
        return ""
    for earlier in range(number - 1, 0, -1):
        if lines[earlier - 1].lstrip().startswith("["):
            break
        other = _VALUE.match(lines[earlier - 1])
        if other and other["key"] == match["key"]:
            return f"{match['key']} stands in line {earlier} already; delete one of them"
    return ""


def _declared_twice(lines: list[str], number: int, name: str) -> str:
    same = (
        n for n, line in enumerate(lines[: number - 1], 1) if re.match(rf"\s*(\[+\s*)?{re.escape(name)}\s*[]=]", line)
    )
    earlier = next(same, None)
    if name in ("track", "tracks", "song", "songs"):
        return "each track begins with [[tracks]], in two pairs of brackets"
    return f"[{name}] stands in line {earlier} already; put the keys of both under one" if earlier else ""
