"""Titles of rows and of mixes in the forms in which they are compared, however a disk or a person spells them."""

import re
import unicodedata
from collections.abc import Iterable

from anyascii import anyascii

from albums.manifest import titled
from pipeline.intake.mix_folder import Found
from pipeline.intake.spreadsheet.release import SheetRow

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_FEATURED = re.compile(r"\s*[(\[]?\b(?:feat|ft|featuring)\b\.?.*$", re.IGNORECASE)

_NUMBER = re.compile(r"^[0-9]{1,3}[\s.)-]+")


def forms_of(text: str) -> set[str]:
    """`text` without case, blanks, signs and accents, with umlauts spelt out, and in ASCII; empty of an empty text."""
    small = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    bare = "".join(c for c in unicodedata.normalize("NFD", small) if not "\u0300" <= c <= "\u036f")
    forms = {_letters(form) for form in (bare, small.translate(_GERMAN), anyascii(small).casefold())} - {""}
    return forms or {small.strip()} - {""}


def forms_of_row(row: SheetRow, album_artist: str, *, loosely: bool = True) -> set[str]:
    """The forms of a row's title with its version, also with its artist before or after it; `loosely`, without guests
    and without its version too.
    """
    version = str(row.values.get("version", ""))
    titles = {titled(row.title, version), f"{row.title} {version}"} if version else {row.title}
    titles |= {row.title, _FEATURED.sub("", row.title)} if loosely else set()
    artists = {str(row.values.get("artist", "")), album_artist} - {""}
    with_artist = [each for title in titles for artist in artists for each in (artist + title, title + artist)]
    return _forms([*(title for title in titles if title), *with_artist]) if row.title else set()


def forms_of_mix(mix: Found, *, loosely: bool = True) -> set[str]:
    """The forms of the titles that a mix's tags, with their version, and its name give it; none where neither does.

    `loosely`, without a version of the tags, and without a number that the name begins with.
    """
    titles, versions = mix.tags.get("title", ()), mix.tags.get("version", ())
    whole = [titled(title, version) for title in titles for version in versions] if versions else [*titles]
    return _forms([*whole, mix.name.title, *([*titles, _NUMBER.sub("", mix.name.title)] if loosely else [])])


def _forms(texts: Iterable[str]) -> set[str]:
    return {form for text in texts for form in forms_of(text)}


def _letters(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c)[0] in "LNM")
