"""One MP3 file: its ID3v2.4 tag, and the length that its Info tag states.

Source: id3.org, "ID3v2.4.0 native frames"; MusicBrainz Picard documentation, appendix A, for what has no frame of its
own. A language is not in TLAN, which wants the three letters of ISO 639-2: an album's is written as on the web, "de" or
"pt-BR". TCMP is iTunes' own frame.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mutagen import MutagenError, id3

from albums.faults import Fault, Refusal
from albums.regular_files import BoundedReads, open_regular, unreadable
from formats._lossy.lossy_file import LossyFile
from formats._shared.cover import Cover
from formats._shared.tagged_tracks import FRONT_COVER, as_os_error, cover_hash
from formats.codecs.info_tag import read_info

FRAMES = {
    "TITLE": "TIT2", "ARTIST": "TPE1", "COMPOSER": "TCOM", "ISRC": "TSRC", "ALBUM": "TALB", "ALBUMARTIST": "TPE2",
    "LABEL": "TPUB", "DATE": "TDRC", "GENRE": "TCON", "COPYRIGHT": "TCOP", "PRODUCEDNOTICE": "TPRO",
    "COMPILATION": "TCMP",
}  # fmt: skip
DESCRIBED = {  # by the description of a TXXX frame
    "WRITER": "Writer", "BARCODE": "BARCODE", "CATALOGNUMBER": "CATALOGNUMBER", "LANGUAGE": "LANGUAGE",
    "ITUNESADVISORY": "ITUNESADVISORY",
}  # fmt: skip
INVOLVED = {"ARRANGER": "arranger"}  # by the role in the TIPL frame
COUNTS = {"TRCK": ("TRACKNUMBER", "TRACKTOTAL", "TOTALTRACKS"), "TPOS": ("DISCNUMBER", "DISCTOTAL", "TOTALDISCS")}
PADDING_BYTES = 4096  # taste: room to change a tag without moving the sound
LARGEST_READ_BYTES = 2**28  # ID3v2.4.0, 3.1: a tag's size has 28 bits
UTF_8 = id3.Encoding.UTF8
_COUNT = re.compile("([0-9]{1,4})/([0-9]{1,4})")


def tag(path: Path, comments: Iterable[tuple[str, str]], cover: Cover | None) -> None:
    """Put `comments`, pairs of a Vorbis comment's name and its value, and the cover into the file at `path`."""
    tags: Any = id3.ID3()  # type: ignore[no-untyped-call]
    given = dict(comments)
    for frame in _frames(given):
        tags.add(frame)
    if cover:
        tags.add(_frame("APIC", cover.mime, FRONT_COVER, "", cover.data))
    try:
        tags.save(path, v1=0, v2_version=4, padding=lambda _: PADDING_BYTES)
    except MutagenError as error:
        raise as_os_error(error) from None


def opened(path: Path) -> LossyFile:
    """What `path` says of itself; raises Refusal when it is no stereo MP3 with an Info tag and an ID3v2 tag."""
    info = read_info(path)
    try:
        with open_regular(path) as raw:
            tags: Any = id3.ID3(BoundedReads(raw, LARGEST_READ_BYTES), translate=False)  # type: ignore[no-untyped-call]
        comments = tuple(_comments(tags))
        covers = [picture.data for picture in tags.getall("APIC") if picture.type == FRONT_COVER]
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None
    except Exception:  # mutagen raises exceptions of any kind on broken input
        raise _refusal(path, "has no ID3v2 tag that can be read") from None
    return LossyFile(path, "mp3", info.rate_hz, info.length, comments, cover_hash(path, covers))


def _frames(given: dict[str, str]) -> Iterator[Any]:
    for name, frame in FRAMES.items():
        if name in given:
            yield _frame(frame, [given[name]])
    for name, description in DESCRIBED.items():
        if name in given:
            yield _frame("TXXX", description, [given[name]])
    if people := [[role, given[name]] for name, role in INVOLVED.items() if name in given]:
        yield _frame("TIPL", people)
    for frame, (number, total, _) in COUNTS.items():
        if number in given:
            yield _frame(frame, [f"{given[number]}/{given[total]}"])


def _frame(name: str, *fields: object) -> Any:
    return getattr(id3, name)(UTF_8, *fields)


def _comments(tags: Any) -> Iterator[tuple[str, str]]:
    """What `_frames` was given; frames of others are passed over."""
    for name, frame in FRAMES.items():
        yield from ((name, str(text)) for found in tags.getall(frame) for text in found.text)
    for name, description in DESCRIBED.items():
        yield from ((name, str(text)) for found in tags.getall(f"TXXX:{description}") for text in found.text)
    for name, role in INVOLVED.items():
        yield from ((name, person) for found in tags.getall("TIPL") for as_, person in found.people if as_ == role)
    for frame, names in COUNTS.items():
        for text in (str(text) for found in tags.getall(frame) for text in found.text):
            parts = _COUNT.fullmatch(text)
            values = (parts[1], parts[2], parts[2]) if parts else (text, text, text)
            yield from zip(names, values, strict=True)


def _refusal(path: Path, words: str) -> Refusal:
    return Refusal([Fault(path.name, words)])
