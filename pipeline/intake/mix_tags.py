"""What the tags of a mix say, by whichever program they were written; what cannot be read is left out."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import mutagen
import soundfile

from albums.regular_files import BoundedReads, open_regular
from pipeline.intake.mix_names import plain

LARGEST_TAG_BYTES = 2**26  # taste: larger than any cover in a tag

# Where a text is found: names of Vorbis comments (also libsndfile's for RIFF INFO, AIFF and CAF), then ID3v2.4 frames.
TAGS = {
    "title": ("title", "tit2"),
    "artist": ("artist", "tpe1"),
    "album": ("album", "talb"),
    "album_artist": ("albumartist", "album artist", "album_artist", "tpe2"),
    "release_date": ("date", "tdrl", "tdrc"),
    "genre": ("genre", "tcon"),
    "label": ("label", "organization", "publisher", "tpub"),
    "upc": ("barcode", "upc", "ean", "txxx:barcode", "txxx:upc", "txxx:ean"),
    "catalogue_number": ("catalognumber", "txxx:catalognumber"),
    "copyright": ("copyright", "tcop"),
    "isrc": ("isrc", "tsrc", "txxx:isrc"),
    "track": ("tracknumber", "trck"),
    "disc": ("discnumber", "tpos"),
}
KNOWN_TAGS = {name for names in TAGS.values() for name in names}


def tags_of(path: Path) -> dict[str, str]:
    """The texts of the file's tags by the keys of TAGS; what cannot be read is left out."""
    raw: dict[str, str] = {}
    for reader in (_by_libsndfile, _by_mutagen):
        with suppress(Exception):  # tags may come from any program: on broken ones, parsers raise anything
            raw |= reader(path)
    chosen = {key: next((raw[name] for name in names if raw.get(name)), "") for key, names in TAGS.items()}
    return {key: text for key, text in chosen.items() if text}


def _by_libsndfile(path: Path) -> dict[str, str]:
    with open_regular(path) as raw, soundfile.SoundFile(raw.fileno(), closefd=False) as file:
        return {key: plain(text) for key, text in file.copy_metadata().items()}


def _by_mutagen(path: Path) -> dict[str, str]:
    with open_regular(path) as raw:
        file = mutagen.File(BoundedReads(raw, LARGEST_TAG_BYTES))
    tags: Any = file.tags if file is not None and file.tags is not None else {}
    return {key.lower(): plain(_first(value)) for key, value in tags.items() if key.lower() in KNOWN_TAGS}


def _first(value: Any) -> str:
    """The first text of a Vorbis comment or an ID3 frame; a genre that is a number becomes its name."""
    texts = getattr(value, "genres", None) or getattr(value, "text", value)
    return str(texts[0] if isinstance(texts, list) and texts else texts)
