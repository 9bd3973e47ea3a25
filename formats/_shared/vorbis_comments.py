"""Vorbis comments: which text of the album stands under which name, and back.

Source: MusicBrainz Picard documentation, appendix A (tag mapping), for all but two: ITUNESADVISORY and PRODUCEDNOTICE
are the names that tag editors give iTunes' advisory and ID3v2.4's TPRO, the phonogram line. A songwriter is Picard's
WRITER, for one who may have written words, music or both.
"""

from collections.abc import Iterable, Iterator, Mapping

from albums import Album
from albums.faults import Fault, Refusal
from albums.various_artists import is_by_various_artists
from formats._shared.texts import by_place

ALBUM = {
    "title": "ALBUM",
    "artist": "ALBUMARTIST",
    "upc": "BARCODE",
    "catalogue_number": "CATALOGNUMBER",
    "label": "LABEL",
    "release_date": "DATE",
    "genre": "GENRE",
    "language": "LANGUAGE",
    "copyright": "COPYRIGHT",
    "phonogram": "PRODUCEDNOTICE",
    "compilation": "COMPILATION",  # 1 for various artists; elsewhere it is not there
}
TRACK = {
    "title": "TITLE",
    "artist": "ARTIST",
    "songwriter": "WRITER",
    "composer": "COMPOSER",
    "arranger": "ARRANGER",
    "isrc": "ISRC",
    "disc": "DISCNUMBER",
    "explicit": "ITUNESADVISORY",  # 1 explicit, 0 not
}
NUMBER, TOTALS = "TRACKNUMBER", ("TRACKTOTAL", "TOTALTRACKS")  # half the players know one name, half the other
OURS = {*ALBUM.values(), *TRACK.values(), NUMBER, *TOTALS}


def texts(album: Album) -> dict[str, str]:
    """What comments say of `album`, by place; of one by various artists also that it is a compilation."""
    various = {"album.compilation": "1"} if is_by_various_artists(album.release.artist) else {}
    return by_place(album, [field for field in ALBUM if field != "compilation"], TRACK) | various


def comments(texts: Mapping[str, str], number: int, total: int) -> Iterator[tuple[str, str]]:
    """The names and values for the file of track `number` of `total`, from `texts` by place."""
    tables = ((TRACK, f"tracks[{number}]"), (ALBUM, "album"))
    for table, place in tables:
        for field, name in table.items():
            if f"{place}.{field}" in texts:
                yield name, texts[f"{place}.{field}"]
    yield NUMBER, str(number)
    yield from ((name, str(total)) for name in TOTALS)


def texts_of(found: Iterable[tuple[str, str]], number: int, total: int, file: str) -> dict[str, str]:
    """What `comments` was given for this track; raises Refusal naming `file` unless it is track `number` of `total`.

    Names that are not ours are passed over, however often they stand there; ours are refused with two values.
    """
    values: dict[str, str] = {}
    for name, value in found:
        if name.upper() in OURS and values.setdefault(name.upper(), value) != value:
            raise Refusal([Fault(file, f"has {name.upper()} twice: {values[name.upper()]!r} and {value!r}")])
    for name, wanted in ((NUMBER, number), *((name, total) for name in TOTALS)):
        if values.get(name) != str(wanted):
            raise Refusal([Fault(file, f"has {name} {values.get(name)!r}, expected '{wanted}'")])
    tables = ((ALBUM, "album"), (TRACK, f"tracks[{number}]"))
    return {
        f"{place}.{field}": values[name] for table, place in tables for field, name in table.items() if name in values
    }
