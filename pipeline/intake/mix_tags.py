"""What the tags of a mix say, by whichever program they were written; what cannot be read is left out.

Sources: MusicBrainz Picard documentation, appendix A (tag mapping), for most names; mp3tag.de and the usual taggers for
the others, second and third of a line. What is said several times over is kept as several texts, each once.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import mutagen
import soundfile

from albums.regular_files import BoundedReads, open_regular
from pipeline.intake.mix_names import plain

Texts = dict[str, tuple[str, ...]]

LARGEST_TAG_BYTES = 2**26  # taste: larger than any cover in a tag
MOST_TEXTS = 200  # of one name that are looked at: twice what a manifest takes, so that too many are told as such

# Where a text is found: Vorbis comments (also libsndfile's names for RIFF INFO, AIFF and CAF), ID3v2.4 frames, MP4
# atoms. A role of TIPL follows its frame: "tipl:producer". A freeform atom is named without "----:com.apple.iTunes:".
TAGS = {
    "title": ("title", "tit2", "©nam"),
    "title_sort": ("titlesort", "tsot", "sonm"),
    "version": ("version", "txxx:version", "subtitle", "tit3"),
    "artist": ("artist", "tpe1", "©art"),
    "artist_sort": ("artistsort", "tsop", "txxx:artistsort", "soar"),
    "artists": ("artists", "txxx:artists"),
    "featured_artists": ("featuredartist", "txxx:featuredartist"),
    "songwriter": ("writer", "songwriter", "txxx:writer", "txxx:songwriter"),
    "composer": ("composer", "tcom", "©wrt"),
    "composer_sort": ("composersort", "tsoc", "txxx:composersort", "soco"),
    "lyricist": ("lyricist", "text"),
    "arranger": ("arranger", "tipl:arranger"),
    "producer": ("producer", "tipl:producer", "txxx:producer"),
    "engineer": ("engineer", "tipl:engineer", "txxx:engineer"),
    "mixer": ("mixer", "tipl:mix", "txxx:mixer"),
    "performers": ("performer", "tmcl"),
    "isrc": ("isrc", "tsrc", "txxx:isrc"),
    "iswc": ("iswc", "txxx:iswc"),
    "explicit": ("itunesadvisory", "txxx:itunesadvisory", "rtng"),
    "genre": ("genre", "tcon", "©gen"),
    "language": ("language", "txxx:language", "tlan"),
    "copyright": ("copyright", "tcop", "cprt"),
    "phonogram": ("producednotice", "phonogram", "tpro", "txxx:producednotice"),
    "album.title": ("album", "talb", "©alb"),
    "album.title_sort": ("albumsort", "tsoa", "txxx:albumsort", "soal"),
    "album.version": ("albumversion", "txxx:albumversion"),
    "album.artist": ("albumartist", "album artist", "album_artist", "tpe2", "aart"),
    "album.artist_sort": ("albumartistsort", "tso2", "txxx:albumartistsort", "soaa"),
    "album.artists": ("albumartists", "txxx:albumartists"),
    "album.kind": ("releasetype", "txxx:musicbrainz album type", "musicbrainz album type"),
    "album.compilation": ("compilation", "tcmp", "txxx:compilation", "cpil"),
    "album.upc": ("barcode", "upc", "ean", "txxx:barcode", "txxx:upc", "txxx:ean"),
    "album.catalogue_number": ("catalognumber", "txxx:catalognumber"),
    "album.label": ("label", "organization", "publisher", "tpub"),
    "album.release_date": ("date", "tdrl", "tdrc", "©day"),
    "album.original_date": ("originaldate", "originalyear", "tdor", "txxx:originalyear"),
    "number": ("tracknumber", "trck", "trkn"),
    "disc": ("discnumber", "tpos", "disk"),
}
_KNOWN = {name for names in TAGS.values() for name in names}
_MEAN = "----:com.apple.itunes:"  # begins the name of a freeform atom


def tags_of(path: Path) -> Texts:
    """The texts of the file's tags by the keys of TAGS; what cannot be read is left out."""
    raw: Texts = {}
    readers: tuple[Callable[[Path], Texts], ...] = (_by_libsndfile, _by_mutagen)
    for reader in readers:
        with suppress(Exception):  # tags may come from any program: on broken ones, parsers raise anything
            raw |= reader(path)
    chosen = {key: next((raw[name] for name in names if raw.get(name)), ()) for key, names in TAGS.items()}
    return {key: texts for key, texts in chosen.items() if texts}


def _by_libsndfile(path: Path) -> Texts:
    with open_regular(path) as raw, soundfile.SoundFile(raw.fileno(), closefd=False) as file:
        return {key: _cleaned([text]) for key, text in file.copy_metadata().items()}


def _by_mutagen(path: Path) -> Texts:
    with open_regular(path) as raw:
        file = mutagen.File(BoundedReads(raw, LARGEST_TAG_BYTES))
    found: Texts = {}
    tags: Mapping[str, Any] = file.tags if file is not None and file.tags is not None else {}
    for key, value in tags.items():
        name = key.lower().removeprefix(_MEAN)
        if hasattr(value, "people"):
            found |= _people(name, value.people)
        elif name in _KNOWN:
            found[name] = _cleaned(_texts(value))
    return found


def _people(frame: str, people: Iterable[Iterable[Any]]) -> Texts:
    """Those of TIPL by their roles; those of TMCL with what they play in brackets, as a Vorbis comment has them."""
    pairs = [(str(role), str(who)) for role, who in people if str(who).strip()]
    if frame == "tmcl":
        return {frame: _cleaned(f"{who} ({plays})" if plays.strip() else who for plays, who in pairs)}
    roles = dict.fromkeys(role.lower() for role, _ in pairs)
    return {f"{frame}:{role}": _cleaned(who for each, who in pairs if each.lower() == role) for role in roles}


def _texts(value: Any) -> list[str]:
    """The texts of a Vorbis comment, a frame or an atom; a genre that is a number becomes its name."""
    texts = getattr(value, "genres", None) or getattr(value, "text", value)
    return [_text(each) for each in (texts if isinstance(texts, list) else [texts])[:MOST_TEXTS]]


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, tuple):  # a number and a total
        return str(value[0] or "")
    return str(int(value)) if isinstance(value, bool) else str(value)


def _cleaned(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts on a line each, in their order, without empty ones, each once."""
    return tuple(dict.fromkeys(text for text in map(plain, texts) if text))
