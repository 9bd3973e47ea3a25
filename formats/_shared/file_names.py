"""File names from texts of any content: readable, safe on every system, never leading out of their folder.

Source: Microsoft, "Naming Files, Paths, and Namespaces" (reserved characters and names), the strictest of the systems.
Which character stands in for another is taste.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from anyascii import anyascii
from pathvalidate import sanitize_filename

from albums import Album
from albums.faults import Fault
from profiles.file_names import DEFAULT, Piece, pieces_of

LONGEST_BYTES = 120  # taste: this lies well under the 255 that file systems take, to leave room for a folder's path
STAND_INS = str.maketrans({"/": "-", "\\": "-", "|": "-", ":": "-", '"': "'", "<": "(", ">": ")", "?": None, "*": None})
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])( *\..*| *)", re.IGNORECASE)


def file_name(text: str, suffix: str) -> str:
    """A file name of `text` and `suffix` (".wav"), at most LONGEST_BYTES in UTF-8; "untitled" when nothing is left."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    stem = re.sub(" +", " ", text.translate(STAND_INS)).lstrip(" .-")
    room = LONGEST_BYTES - len(suffix.encode()) - 1  # one for the underscore before a reserved name
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(" .") or "untitled"
    name = f"_{stem}{suffix}" if RESERVED.fullmatch(stem) else stem + suffix
    # What the library knows of systems and this table does not, it takes out; nothing is lost to it today.
    return str(sanitize_filename(name, platform="universal", fs_encoding="utf-8"))


def track_file_name(album: Album, number: int, suffix: str, template: str = DEFAULT) -> str:
    """The file name of track `number` by a profile's `template`: "07 Title.flac", "007 Title.flac" of a hundred.

    What of it a name cannot hold is left out or stands as something like it, see `file_name`.
    """
    said = (piece.text + _said(album, number, piece) for piece in pieces_of(template or DEFAULT))
    return file_name("".join(said), suffix)


def name_faults(album: Album, suffix: str, template: str) -> Iterator[Fault]:
    """What keeps a profile's `template` from naming the files of `album`: a field that is empty, two names alike (also
    on disks that do not tell capitals from others), and names that do not stand in the order of the tracks.
    """
    pieces = pieces_of(template or DEFAULT)
    for number, _ in enumerate(album.tracks, 1):
        for piece in pieces:
            if piece.field and not _said(album, number, piece):
                yield Fault(f"tracks[{number}]", f"files are named {template}, and {{{piece.field}}} is empty here")
    names = [track_file_name(album, number, suffix, template) for number in range(1, len(album.tracks) + 1)]
    first = dict[str, int]()
    for number, name in enumerate(names, 1):
        other = first.setdefault(name.casefold(), number)
        if other != number:
            yield Fault(f"tracks[{number}]", f"its file would be named {name!r}, as that of track {other} is")
    if names != sorted(names):
        at = next(number for number, (one, other) in enumerate(pairwise(names), 2) if one > other)
        words = f"its file {names[at - 1]!r} would stand before that of the track before it, {names[at - 2]!r}"
        yield Fault(f"tracks[{at}]", f"{words}; begin the profile's files.names with {{track:02}} or {{disc:02}}")


def _said(album: Album, number: int, piece: Piece) -> str:
    release, track = album.release, album.tracks[number - 1]
    if piece.field == "track":
        return f"{number:0{piece.digits or max(2, len(str(len(album.tracks))))}d}"
    if piece.field == "disc":
        return f"{track.disc or 1:0{piece.digits or 1}d}"
    year = release.release_date.year if release.release_date else ""
    texts = {
        "title": track.display_title,
        "artist": track.artist or release.artist,
        "album": release.display_title,
        "album_artist": release.artist,
        "label": release.label,
        "catalogue_number": release.catalogue_number,
        "upc": release.upc,
        "isrc": track.isrc,
        "year": str(year),
    }
    return texts.get(piece.field, "")


def ascii_file_name(text: str, suffix: str) -> str:
    """The same in ASCII, for a name that a sheet in another encoding has to give."""
    return file_name(anyascii(text), suffix)
