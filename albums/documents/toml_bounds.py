"""What a TOML text may hold before it is parsed: the parser takes half a minute and gigabytes for 80 kB of dots.

The standard library's parser works on every part of a dotted key anew for each of them, and calls itself for every
bracket. So the text is looked through first, once, by tokens: what stands in quotation marks or comments counts for
nothing. The bounds lie far above what any schema here takes; within them a text of the largest size is parsed in about
a second (measured, CPython 3.11).
"""

import re
from dataclasses import dataclass

from albums.faults import Fault, Refusal

MOST_PARTS = 4  # of a key, parted by dots: `tracks.pregap.mix` has three
MOST_DEPTH = 16  # of brackets within brackets
MOST_MARKS = 60_000  # keys, values and brackets: a thousand tracks with all that they may have take half of that
MOST_LINES = 100_000
LONGEST_TEXT = 20_000  # characters with their quotation marks: far above what any schema takes
LONGEST_WORD = 10_000  # characters without quotation marks: a number or a key

# Possessive throughout: a token is taken as it is found, whatever follows it, and an open string runs to the end.
TOKEN = re.compile(
    r'''
    """(?:[^"\\]++|\\.|"(?!""))*+(?:"{3,5}+)?
    |\'\'\'(?:[^']++|'(?!\'\'))*+(?:'{3,5}+)?
    |"(?:[^"\\\n]++|\\[^\n])*+"?
    |'[^'\n]*+'?
    |\#[^\n]*+
    |[\n=,.\[\]{}]
    |[^\s"'\#=,.\[\]{}]++
    ''',
    re.VERBOSE | re.DOTALL,
)


@dataclass
class _Count:
    """Where the scan is: in which line, within how many brackets, how many dots after what parts two keys."""

    line: int = 1
    depth: int = 0
    dots: int = 0
    marks: int = 0

    def take(self, piece: str) -> str:
        """Count a token; what is wrong by now, or ""."""
        if piece[0] in "\"'":
            if len(piece) > LONGEST_TEXT:
                return f"holds a text of {len(piece):,} characters; that is more than is taken. Is it closed?"
            self.line += piece.count("\n")
        elif piece == "\n":
            self.line, self.dots = self.line + 1, 0
            return f"is beyond {MOST_LINES:,} lines; that is more than is taken" if self.line > MOST_LINES else ""
        elif piece in "=,.[]{}":
            return self._mark(piece)
        elif piece[0] != "#" and len(piece) > LONGEST_WORD:
            return f"holds {len(piece):,} characters without a quotation mark or a blank; that is more than is taken"
        return ""

    def _mark(self, mark: str) -> str:
        self.marks += 1
        self.dots = self.dots + 1 if mark == "." else 0
        self.depth += (mark in "[{") - (mark in "]}" and self.depth > 0)
        if self.dots >= MOST_PARTS:
            return f"holds a key of more than {MOST_PARTS} parts, parted by dots; no key here has so many"
        if self.depth > MOST_DEPTH:
            return f"lies within more than {MOST_DEPTH} brackets; close one before it, nothing here is nested so deep"
        if self.marks > MOST_MARKS:
            return f"is beyond {MOST_MARKS:,} keys, values and brackets; that is more than is taken"
        return ""


def check_bounds(text: str, file: str) -> None:
    """Raise Refusal, with the line, where `text` holds what the parser should never be given."""
    count = _Count()
    for token in TOKEN.finditer(text):
        if wrong := count.take(token[0]):
            raise Refusal([Fault(f"{file}: line {count.line}", wrong)])
