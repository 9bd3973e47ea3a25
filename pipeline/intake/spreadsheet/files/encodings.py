"""The bytes of a text file as text: what its encoding is, if that can be told, and what is in doubt.

A byte order mark says it, and so do the zero bytes of UTF-16; what is valid UTF-8 is UTF-8. Beyond that nothing is
certain: the older encodings of Windows, Mac and DOS give every byte a letter. Each is tried, and passes if its letters
stand where letters of the Latin alphabet can ("MŸller" does not). Of several that pass the first of `_OLDER` is taken,
and how another would read is told. What reads well in none is refused.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice

from albums.faults import Fault, Refusal, short

# In the order of their chance: Excel on Windows in the West, in Central Europe; on a Mac; its "CSV (MS-DOS)".
_OLDER = {"cp1252": "Windows-1252", "cp1250": "Windows-1250", "mac_roman": "Mac Roman", "cp850": "MS-DOS (850)"}
_MARKS = {  # UTF-32 begins as UTF-16 does, and comes first
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"\xef\xbb\xbf": "utf-8-sig",
}
_SIGNS = frozenset("©®°€£$¢™§«»‹›¿¡ºª·…–—‘’“”„‚²³½¼¾×÷±№\xa0\xad")  # that stand in titles and names
_WITHIN = frozenset("’‘·–—…\xad-")  # of these, those that stand between two letters
_OPENING = frozenset("„‚¿¡")
_MOST_ODD = 0.05  # taste: of all letters beyond ASCII, a slip in a long table
_MOST_LOOKED_AT = 20_000  # letters beyond ASCII: what these do not tell, more would not
_WORD = re.compile(r"[^\s;,\t|\"]*[^\x00-\x7f][^\s;,\t|\"]*")
SAVE = 'save it as UTF-8 (in Excel: Save as, "CSV UTF-8")'


@dataclass(frozen=True)
class Decoded:
    """A file's text, and what is to be told of its encoding."""

    text: str
    notes: tuple[Fault, ...] = ()


def decoded(data: bytes, file: str) -> Decoded:
    """`data` as text; raises Refusal, with the line, where its encoding cannot be told."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return Decoded(_strictly(data, encoding, file))
    if b"\0" in data:
        return Decoded(_strictly(data, _byte_order(data, file), file))
    try:
        return Decoded(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        return _older(data, error, file)


def _strictly(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        name = encoding.upper().removesuffix("-SIG")
        words = f"begins as {name} and is not, from byte {error.start:,} on; {SAVE}"
        raise Refusal([Fault(file, words)]) from None


def _byte_order(data: bytes, file: str) -> str:
    """Which UTF-16 it is, by where the zero bytes of its digits and separators stand."""
    first, second = data[::2].count(0), data[1::2].count(0)
    if len(data) % 2 == 0 and max(first, second) > 8 * min(first, second):
        return "utf-16-le" if second > first else "utf-16-be"
    line = data.count(b"\n", 0, data.index(b"\0")) + 1
    raise Refusal([Fault(f"{file}: line {line}", "holds zero bytes: it is no table of text")])


def _older(data: bytes, error: UnicodeDecodeError, file: str) -> Decoded:
    read = {name: text for encoding, name in _OLDER.items() if (text := _in(data, encoding)) and _reads_well(text)}
    if not read:
        line = data.count(b"\n", 0, error.start) + 1
        words = f"is not UTF-8 (byte 0x{data[error.start]:02X}) and reads well in none of {', '.join(_OLDER.values())}"
        raise Refusal([Fault(f"{file}: line {line}", f"{words}; {SAVE}")])
    (name, text), *rest = read.items()
    others = [(other, rival) for other, rival in rest if rival != text]
    places = _strange(text)
    if others:
        differing = [i for i in places if any(rival[i] != text[i] for _, rival in others)]
        places, others = differing or places, others if differing else []
    place = next((i for i in places if text[i].isalpha()), places[0])
    said = f"is not UTF-8; it is read as {name}: {_word(text, place)} in line {_line(text, place)}"
    if not others:
        return Decoded(text, (Fault(file, said, "note"),))
    rival = next((other, each) for other, each in others if each[place] != text[place])
    doubt = f"which as {rival[0]} would be {_word(rival[1], place)}; read its letters through, or {SAVE}"
    return Decoded(text, (Fault(file, f"{said}, {doubt}", "warning"),))


def _in(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _word(text: str, place: int) -> str:
    return short(next(match[0] for match in _WORD.finditer(text) if match.start() <= place < match.end()))


def _line(text: str, place: int) -> int:
    return len(re.findall(r"\r\n|\r|\n", text[:place])) + 1


def _reads_well(text: str) -> bool:
    """Whether the letters and signs beyond ASCII stand as they do in words of Latin letters."""
    strange = _strange(text)
    odd = sum(_is_odd(text[i - 1 : i] or " ", text[i], text[i + 1 : i + 2] or " ") for i in strange)
    looked_at = text[: strange[-1] + 1]
    crowds = sum(len(match[0]) for match in re.finditer(r"[^\W\d_\x00-\x7f]{3,}", looked_at))  # Cyrillic, most likely
    return odd + crowds <= _MOST_ODD * len(strange)


def _strange(text: str) -> list[int]:
    """Where the first letters beyond ASCII stand, as many as are looked at."""
    return [match.start() for match in islice(re.finditer(r"[^\x00-\x7f]", text), _MOST_LOOKED_AT)]


def _is_odd(before: str, letter: str, after: str) -> bool:
    if not letter.isalpha() or letter in "ºª":
        between = before.isalpha() and after.isalpha()
        return letter not in _SIGNS or (between and letter not in _WITHIN) or (letter in _OPENING and before.isalpha())
    return not unicodedata.name(letter, "").startswith("LATIN") or (letter.isupper() and before.islower())
