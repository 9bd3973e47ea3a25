"""An album's texts by their place in the manifest, and in which words a deliverable says them.

A place is `album.title` or `tracks[3].isrc`, as `Format.texts` and `Reading.texts` have it. Texts that are empty are
left out.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from anyascii import anyascii

from albums import Album, Release, Track
from albums.faults import Fault

TAGGED_ALONE = (
    *("title_sort", "artist_sort", "composer_sort", "artists", "featured_artists", "lyricist", "producer", "engineer"),
    *("mixer", "performers", "iswc", "copyright", "phonogram", "kind", "original_date"),
)
"""Fields that tags have a place for, and few other kinds of deliverable."""
CUE_BYTES = 80  # cdrdao refuses a longer text
# Dashes, the ellipsis, the hard space, the soft hyphen; curly quotes and primes: what word processors write for what
# ASCII has.
_DASHES = {**dict.fromkeys("‐‑‒–—―−", "-"), "…": "...", "\xa0": " ", "\xad": None}
_DOUBLE_QUOTES, _SINGLE_QUOTES = "“”„‟″", "‘’‚‛′"
STAND_INS = str.maketrans(_DASHES | dict.fromkeys(_DOUBLE_QUOTES, '"') | dict.fromkeys(_SINGLE_QUOTES, "'"))
# No quote may stand within quotes in a CUE sheet, and cdrdao takes a backslash for the start of an escape.
_CUE_STAND_INS = str.maketrans(_DASHES | dict.fromkeys(f'"{_DOUBLE_QUOTES}{_SINGLE_QUOTES}', "'") | {"\\": "/"})


SHEETS = {"Client": "client", "Studio": "studio", "Engineer": "engineer", "Contact": "contact", "Notes": "notes"}
"""What sheets for people at a plant say of the job: each line's label, and the field of `SheetTexts` that it is of."""


def of_sheets(album: Album) -> dict[str, str]:
    """The lines that a sheet says of the job, by place: `sheets.notes[2]`, in the order in which they stand there."""
    return {
        f"sheets.{field}[{number}]": line
        for field in SHEETS.values()
        for number, line in enumerate(getattr(album.sheets, field), 1)
    }


def by_place(album: Album, of_release: Iterable[str], of_track: Iterable[str]) -> dict[str, str]:
    """The fields of `album` called `of_release`, and of each track those called `of_track`, that are not empty."""
    tracks = list(of_track)
    texts = {f"album.{field}": said(album.release, field) for field in of_release}
    for number, track in enumerate(album.tracks, 1):
        texts |= {f"tracks[{number}].{field}": said(track, field) for field in tracks}
    return {place: text for place, text in texts.items() if text}


def said(of: Release | Track, field: str) -> str:
    """A field where there is room for one text: a title with its version, several names with commas between."""
    value = of.display_title if field == "title" else getattr(of, field)
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(int(value)) if isinstance(value, bool) else str(value or "")


def unheld(album: Album, what: str, held: Iterable[str] = ()) -> Iterator[Fault]:
    """A note on the fields of `album` that `what`, a kind of deliverable, has no place for, where any are filled in.

    `held` are those of TAGGED_ALONE that it has a place for, as all kinds of tags do.
    """
    names = [name for name in TAGGED_ALONE if name not in held]
    lost = [name for name in names if any(getattr(of, name, ()) for of in (album.release, *album.tracks))]
    if lost:
        yield Fault("", f"{what} has no place for {', '.join(lost)}: they are in the certificate alone", "note")


def latin(text: str) -> str:
    """`text` as every CUE reader takes it: ISO 8859-1 without `"`, backslash and controls, 80 bytes.

    Characters that ISO 8859-1 lacks are transliterated; what cannot be is left out, so the result may be empty.
    """
    return in_latin(text, _CUE_STAND_INS)[:CUE_BYTES].rstrip()


def in_latin(text: str, stand_ins: Mapping[int, str | None] = STAND_INS) -> str:
    """`text` in ISO 8859-1 without controls: `stand_ins` are put in, the rest transliterated or left out."""
    text = unicodedata.normalize("NFC", text).translate(stand_ins)
    text = "".join(c if _in_latin(c) else anyascii(c) for c in text).translate(stand_ins)
    return "".join(c for c in text if c.isprintable()).strip()


def _in_latin(character: str) -> bool:
    return ord(character) < 0x100
