"""The one reader for TOML from outside: manifests and profiles."""

import re
import tomllib
from pathlib import Path
from typing import Any

from albums.documents.encoding import read_text
from albums.documents.toml_bounds import check_bounds
from albums.documents.toml_slips import line_of_open_text, slip
from albums.faults import Fault, Refusal, short

LONGEST_HINT = 250  # characters: it may quote a key, and a key may be long
_PLACE = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$")


def read_toml(path: Path, largest_bytes: int, file: str) -> dict[str, Any]:
    """The document in the regular file at `path`, which messages call `file`.

    Raises Refusal for what cannot be read or is no TOML: with the line, what stands there, and what to write instead.
    """
    return parsed(read_text(path, largest_bytes, file), file)


def parsed(text: str, file: str) -> dict[str, Any]:
    """The document in `text`; raises Refusal as `read_toml` does."""
    check_bounds(text, file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Refusal([_no_toml(str(error), text.replace("\r\n", "\n"), file)]) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets within brackets
        raise Refusal([Fault(file, f"is not valid TOML: {error}")]) from None


def as_tuples(found: Any) -> Any:
    """`found` with its lists as tuples, as frozen values hold them: strict types do not take the one for the other."""
    if isinstance(found, dict):
        return {key: as_tuples(value) for key, value in found.items()}
    return tuple(map(as_tuples, found)) if isinstance(found, list) else found


def _no_toml(said: str, text: str, file: str) -> Fault:
    words, lines = _PLACE.sub("", said), text.split("\n")
    number, column = _place(said, text, lines)
    line = lines[number - 1] if number <= len(lines) else ""
    start = max(0, column - 40) if len(line) > 60 else 0
    hint = (slip(lines, number, column, words) or words[:1].lower() + words[1:])[:LONGEST_HINT]
    return Fault(f"{file}: line {number}, column {column}", f"is not valid TOML: {short(line[start:].strip())}: {hint}")


def _place(said: str, text: str, lines: list[str]) -> tuple[int, int]:
    """The line and the column, from 1, that the parser speaks of; where it only saw the end, what was left open."""
    match = _PLACE.search(said)
    if match and match[1]:
        return int(match[1]), int(match[2])
    left_open = line_of_open_text(text) if said.startswith('Expected "\'"') else 0
    last = max((number for number, line in enumerate(lines, 1) if line.strip()), default=1)
    number = left_open or last
    return number, len(lines[number - 1]) + 1
