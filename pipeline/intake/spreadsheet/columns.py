"""What each column of a table means, by what its header says: one meaning, or none that is known here."""

import re
import unicodedata
from collections.abc import Sequence

from pipeline.intake.spreadsheet.column_names import NAMES, OF_ALBUM, OF_TRACK

SEVERAL = frozenset({"artists", "featured_artists", "songwriter", "composer", "lyricist", "arranger", "producer",
                     "engineer", "mixer", "performers", "genre", "album.artists"})  # fmt: skip
"""Meanings that several columns may have, "Composer 1" and "Composer 2": a list of names."""
IN_BOTH = frozenset({"title", "version", "title_sort", "artist", "artist_sort", "artists", "songwriter", "composer",
                     "composer_sort", "lyricist", "arranger", "producer", "engineer", "mixer", "performers", "genre",
                     "language", "copyright", "phonogram"})  # fmt: skip
"""Meanings that an album may have as well as a track."""
LONGEST_NAME = 80  # characters of a header that is looked up: a longer one is a sentence
_SIGNS = {"℗": " p ", "©": " c ", "#": " number ", "№": " no ", "°": "o"}
_ASIDE = re.compile(r"\([^()]{2,}\)|\[[^\[\]]*\]")  # "ISRC (optional)"; but of "(P)" nothing would be left
_ENDING = re.compile(r"\((s|es|in|innen|n)\)|[:*/_]in(nen)?\b")  # "Composer(s)", "Komponist:in"
_NUMBERED = re.compile(r"(.*?[^\W\d])\W*[1-9][0-9]?\W*", re.DOTALL)  # "Composer 2"


def bare(text: str) -> str:
    """`text` as names of columns are compared: letters and digits alone, small, without accents."""
    spelt = "".join(_SIGNS.get(c, c) for c in text)
    letters = unicodedata.normalize("NFKD", spelt).casefold()
    return "".join(c for c in letters if unicodedata.category(c)[0] in "LN")


_MEANINGS = {bare(name): meaning for meaning, names in NAMES.items() for name in (meaning, *names)}
_ALBUM, _TRACK = tuple(map(bare, OF_ALBUM)), tuple(map(bare, OF_TRACK))


def meaning_of(text: str, above: str = "") -> str:
    """What the column called `text` means, "" if that is not known; `above` stands over it in a header of two rows."""
    if len(text) > LONGEST_NAME or len(above) > LONGEST_NAME or not text.strip():
        return ""
    group = bare(above)
    if group in _ALBUM:
        return _of_album(_named(text)) or _named(f"{above} {text}") or _named(text)
    if group in _TRACK or not group:
        return _named(text)
    return _named(f"{above} {text}") or _named(f"{text} {above}") or _named(text)


def groups_columns(texts: Sequence[str]) -> bool:
    """Whether a row of a header says which columns are about the album, and which about a track."""
    found = [bare(text) for text in texts if text]
    return 1 < len(found) <= len(texts) // 2 and any(name in _ALBUM for name in found)


def _of_album(meaning: str) -> str:
    return f"album.{meaning}" if meaning in IN_BOTH else meaning if meaning.startswith("album.") else ""


def _named(text: str) -> str:
    """By the whole name, or without what is said beside it; else by its parts, if all mean one: "Titel / Title"."""
    for form in (text, _ENDING.sub("", text), _ASIDE.sub(" ", text)):
        if meaning := _looked_up(form):
            return meaning
    parts = {_looked_up(part) for part in re.split(r"[/|\n]", text)}
    return parts.pop() if len(parts) == 1 else ""


def _looked_up(form: str) -> str:
    name = bare(form)
    if name in _MEANINGS:
        return _MEANINGS[name]
    numbered = _NUMBERED.fullmatch(form.strip())
    if numbered and (meaning := _MEANINGS.get(bare(numbered[1]), "")):
        meaning = f"{meaning}s" if meaning.endswith("artist") else meaning
        return meaning if meaning in SEVERAL else ""
    for prefix in _ALBUM:
        if name.startswith(prefix) and (meaning := _of_album(_MEANINGS.get(name.removeprefix(prefix), ""))):
            return meaning
    for prefix in _TRACK:
        meaning = _MEANINGS.get(name.removeprefix(prefix), "") if name.startswith(prefix) else ""
        if meaning and not meaning.startswith("album."):
            return meaning
    return ""
