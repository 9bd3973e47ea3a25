"""File names from texts of any content: readable, safe on every system, never leading out of their folder.

Source: Microsoft, "Naming Files, Paths, and Namespaces" (reserved characters and names), the strictest of the systems.
Which character stands in for another is taste.
"""

import re
import unicodedata

from anyascii import anyascii

from albums import Album

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
    return f"_{stem}{suffix}" if RESERVED.fullmatch(stem) else stem + suffix


def track_file_name(album: Album, number: int, suffix: str) -> str:
    """The file name of track `number`, which it begins with: "07 Title.flac"; three digits in an album of a hundred."""
    digits = max(2, len(str(len(album.tracks))))
    return file_name(f"{number:0{digits}d} {album.tracks[number - 1].display_title}", suffix)


def ascii_file_name(text: str, suffix: str) -> str:
    """The same in ASCII, for a name that a sheet in another encoding has to give."""
    return file_name(anyascii(text), suffix)
