"""Texts from outside made fit for a terminal: nothing in them moves its cursor, turns its lines round or hides.

File names, titles, a certificate's paths, a disc's master id and the words of errors may hold anything. What a terminal
would obey or not show is shown as Python writes it, `\\x1b`, `\\u202e`. Source for what is invisible: Unicode's general
categories Cc, Cf, Cs, Zl and Zp, and its property Default_Ignorable_Code_Point.
"""

import re
import unicodedata

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
# Invisible, but of other categories; the selectors FE0E and FE0F, which emoji are written with, do no harm.
_IGNORED = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0d\uffa0\ufff0-\ufff8]")
_TAGS = range(0xE0000, 0xE1000)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What this program writes itself, for terminals that know ASCII alone.
_PLAIN = str.maketrans({"–": "-", "—": "-", "−": "-", "…": ".", "×": "x", "’": "'", "‘": "'", "“": '"', "”": '"'})


def visible(text: str) -> str:
    """`text` on one line, with all that is no visible character written as an escape."""
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)


def in_charset(text: str, encoding: str) -> str:
    """`text` in characters that `encoding` has; others are written plainly, or as an escape."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.translate(_PLAIN).encode(encoding, "backslashreplace").decode(encoding)
    return text


def json_safe(text: str, encoding: str) -> str:
    """A JSON text whose strings hold no invisible character raw, and none that `encoding` lacks; it means the same."""
    if text.isascii() and "\x7f" not in text:  # JSON itself escapes what is below a blank
        return text
    escaped = "".join(_json_escape(c) if c != "\n" and _is_unseen(c) else c for c in text)
    try:
        escaped.encode(encoding)
    except UnicodeEncodeError:
        return "".join(c if c.isascii() else _json_escape(c) for c in escaped)
    return escaped


def _is_unseen(character: str) -> bool:
    if unicodedata.category(character) in _UNSEEN or ord(character) in _TAGS:
        return True
    return _IGNORED.match(character) is not None


def _json_escape(character: str) -> str:
    if character > "\uffff":  # two surrogates, as JSON has it
        code = ord(character) - 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{ord(character):04x}"


def _escape(character: str) -> str:
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


class _Shown(dict[int, str]):
    """For `str.translate`: each character as it is shown, looked up once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        self[code] = _escape(character) if _is_unseen(character) else character
        return self[code]


_SHOWN = _Shown()
