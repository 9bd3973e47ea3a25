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


def forms_of(text: str) -> set[str]:
    """`text` without case, blanks, signs and accents, with umlauts spelt out, and in ASCII; empty of an empty text."""
    small = unicodedata.normalize("NFKC", text).casefold().replace("&", " and ")
    bare = "".join(c for c in unicodedata.normalize("NFD", small) if not "\u0300" <= c <= "\u036f")
    forms = {_letters(form) for form in (bare, small.translate(_GERMAN), anyascii(small).casefold())} - {""}
    return forms or {small.strip()} - {""}


def forms_of_row(row: SheetRow, album_artist: str) -> set[str]:
    """The forms of a row's title: alone, with its version, without guests, and with its artist before or after it."""
    version = str(row.values.get("version", ""))
    titles = {row.title, titled(row.title, version), f"{row.title} {version}", _FEATURED.sub("", row.title)} - {""}
    artists = {str(row.values.get("artist", "")), album_artist} - {""}
    with_artist = (each for title in titles for artist in artists for each in (artist + title, title + artist))
    return _forms([*titles, *with_artist]) if row.title else set()


def forms_of_mix(mix: Found) -> set[str]:
    """The forms of the titles that a mix's tags and its name give it; none where neither does."""
    titles = mix.tags.get("title", ())
    versions = mix.tags.get("version", ())
    return _forms([*titles, *(titled(title, version) for title in titles for version in versions), mix.name.title])


def _forms(texts: Iterable[str]) -> set[str]:
    return {form for text in texts for form in forms_of(text)}


def _letters(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c)[0] in "LNM")
