"""Names of tracks' files as a profile writes them: text with fields in braces, `{track:02} {title}`.

Fields are words of this program and nothing of Python: none leads to anything else, whoever wrote the profile.
"""

import re
from dataclasses import dataclass
from string import Formatter

NUMBERS = ("track", "disc")
TEXTS = ("title", "artist", "album", "album_artist", "label", "catalogue_number", "upc", "isrc", "year")
DEFAULT = "{track} {title}"
LONGEST_TEMPLATE = 200
_WIDTH = re.compile("0[1-9]")
_FORBIDDEN = frozenset('/\\:*?"<>|')  # of Windows, the strictest of the systems


@dataclass(frozen=True)
class Piece:
    """Text as it stands, then a field, "" for none, and to how many digits a number is filled up, 0 for its own."""

    text: str
    field: str = ""
    digits: int = 0


def pieces_of(template: str) -> tuple[Piece, ...]:
    """The pieces of `template`; raises ValueError for one that names no file of a track."""
    if len(template) > LONGEST_TEMPLATE:
        raise ValueError(f"has {len(template)} characters; at most {LONGEST_TEMPLATE} are taken")
    try:
        parsed = [*Formatter().parse(template)]
    except ValueError as error:
        raise ValueError(f"{template!r} cannot be read: {error}; a brace itself is written {{{{ or }}}}") from None
    pieces = tuple(_piece(text, field, width, conversion) for text, field, width, conversion in parsed)
    bad = sorted({c for piece in pieces for c in piece.text if c in _FORBIDDEN or not c.isprintable()})
    if bad:
        raise ValueError(f"{template!r} has {', '.join(map(repr, bad))}, which no file's name can have everywhere")
    if not {"track", "title", "isrc"} & {piece.field for piece in pieces}:
        raise ValueError(f"{template!r} names all tracks alike; wanted {{track}}, {{title}} or {{isrc}} in it")
    return pieces


def _piece(text: str, field: str | None, width: str | None, conversion: str | None) -> Piece:
    if field is None:
        return Piece(text)
    if field not in (*NUMBERS, *TEXTS):
        raise ValueError(f"{{{field}}} is no field; known: {', '.join((*NUMBERS, *TEXTS))}")
    if conversion or (width and (field not in NUMBERS or not _WIDTH.fullmatch(width))):
        said = f"!{conversion}" if conversion else f":{width}"
        raise ValueError(f"{{{field}{said}}} has a form that is not known; numbers may be written {{track:02}}")
    return Piece(text, field, int(width) if width else 0)
