"""What the file names of an album's mixes say: which place each has, its title and its ISRC.

The rules are taste:

- Underscores are spaces. An ISRC anywhere in the name is the track's, and not part of its title.
- A number at the start is the track's place only if every file has one; else it may be a title ("99 Luftballons").
- At the end, signs of the studio are not part of the title: in brackets ("[24-96]", "(final mix)"), after a dash
  ("- master"), where no other word can be meant ("v2", "48k"), or two and more together ("final mix"). "mix" alone may
  be a word of the title ("In the Mix") and is left out only if every name ends in such a sign.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from albums import LONGEST_TEXT

_ISRC = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}-?[A-Za-z0-9]{3}-?[0-9]{2}-?[0-9]{5}(?![A-Za-z0-9])")
_NUMBER = re.compile(r"([0-9]{1,3})(?=[\s.)-]|$)[\s.)-]*")
_BRACKETED = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]$")
_SURE = (
    r"(?:v|rev|ver|mix|master|version)[ .]?[0-9]{1,2}|(?:16|24|32)[ -]?(?:bits?|float|f)|mixdown|unmastered|premaster"
    r"|(?:16|24|32)[ -](?:44|48|88|96|176|192)k?|(?:44|44[.]1|48|88|88[.]2|96|176|176[.]4|192) ?k(?:hz)?"
)
_MAYBE = r"mix|final|master|mastered|stereo|bounce|print|rough"
_LAST = re.compile(rf"(?:^|(?P<dash>\s[-–]\s*)|[\s,+-])(?:(?P<sure>{_SURE})|{_MAYBE})$", re.IGNORECASE)


LONGEST_RAW = 20 * LONGEST_TEXT  # characters that are looked at: a tag may hold megabytes


@dataclass(frozen=True)
class MixName:
    """What one file name says: its number as (), (track,) or (disc, track), title, and ISRC, unchecked, or ""."""

    number: tuple[int, ...]
    title: str
    isrc: str


def read_names(stems: Sequence[str]) -> list[MixName]:
    """What the names of an album's mixes, all of them and without their suffixes, say when read together."""
    names = [stem.replace("_", " ") for stem in stems]
    isrcs = [match[0] if (match := _ISRC.search(name)) else "" for name in names]
    bare = [plain(_ISRC.sub(" ", name, count=1)).strip(" -.") for name in names]
    numbers, titles = _numbered(bare)
    alike = len(names) > 1 and all(_last(title)[1] for title in titles)
    return [
        MixName(number, _without_signs(title, alike), isrc)
        for number, title, isrc in zip(numbers, titles, isrcs, strict=True)
    ]


def plain(text: str) -> str:
    """One line of plain text: blanks made single, control and direction characters dropped, joiners kept; then cut."""
    spaced = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text[:LONGEST_RAW])
    kept = "".join(c for c in spaced if unicodedata.category(c) not in ("Cf", "Cs") or c in "\u200c\u200d")
    return unicodedata.normalize("NFC", " ".join(kept.split()))[:LONGEST_TEXT].rstrip()


def _numbered(names: list[str]) -> tuple[list[tuple[int, ...]], list[str]]:
    """The numbers that start all names, and the rest of the names; a second number counts if the first is not unique.

    So "1-02 Rain" is track 2 of disc 1, but in "02 99 Luftballons" 99 is left where it is.
    """
    numbers: list[tuple[int, ...]] = [() for _ in names]
    while True:
        matches = [match for name in names if (match := _NUMBER.match(name))]
        if len(matches) < len(names):
            return numbers, names
        numbers = [(*number, int(match[1])) for number, match in zip(numbers, matches, strict=True)]
        names = [match.string[match.end() :] for match in matches]
        if len(set(numbers)) == len(numbers):
            return numbers, names


def _last(name: str) -> tuple[str, int]:
    """`name` without the sign of the studio that it ends in, and how sure that is: 2 sure, 1 maybe, 0 none at all."""
    if bracketed := _BRACKETED.search(name):
        inner, weight = bracketed[1].strip(), 1
        while inner and weight:
            inner, weight = _last(inner)
        return (name, 0) if inner else (name[: bracketed.start()].rstrip(), 2)
    match = _LAST.search(name)
    if not match:
        return name, 0
    return name[: match.start()].rstrip(" ,+-–"), 2 if match["sure"] or match["dash"] else 1


def _without_signs(name: str, alike: bool) -> str:
    """`name` without the signs of the studio at its end, if they are sure or all names have them; never empty."""
    left, weight, total = *_last(name), 0
    while weight:
        total += weight
        left, weight = _last(left)
    return left if left and (alike or total > 1) else name
