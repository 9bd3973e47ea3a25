"""A cdrdao TOC restricted to what every reader takes: what it says as a value, its bytes, and back.

It says what a CUE sheet cannot: composers, arrangers, and indexes above 01. Statements, their order and their form were
tried on cdrdao 1.2.4, cuetools 1.4.1 and libcdio 2.1: the language map on one line, because libcdio takes a line that
begins with a number for an error; the language as a number, because cuetools does not know its name; words bare and not
escaped, because only cdrdao undoes escapes; a word that any track has stands in all, empty where there is none. libcdio
still takes `//` within words for a comment. As in a CUE sheet, 00:00:00 is the first sample of the file.

The reader is strict by construction: a file as it was read, written again, must give the same bytes.

Source: cdrdao's manual page, "TOC-FILES".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from albums.faults import Fault, Refusal, refuse
from formats._cd.red_book import RATE_HZ
from formats._shared.files import unlike
from formats._shared.marks import position, timecode
from formats._shared.programme import Mark

ENCODING = "iso-8859-1"
NEWLINE = "\n"
CODES = {"CATALOG": "upc", "ISRC": "isrc"}
WORDS = {"TITLE": "title", "PERFORMER": "artist", "SONGWRITER": "songwriter", "COMPOSER": "composer",
         "ARRANGER": "arranger"}  # fmt: skip
LANGUAGE_MAP = "LANGUAGE_MAP { 0 : 9 }"  # language 0 of this file is the CD-Text's 9, English
FLAGS = ("NO COPY", "NO PRE_EMPHASIS", "TWO_CHANNEL_AUDIO")
START_OF_TRACK = "TRACK AUDIO"

_TIME = "([0-9]{2}:[0-9]{2}:[0-9]{2})"
_SAYING_NOTHING = ("", "CD_DA", "CD_TEXT {", LANGUAGE_MAP, "LANGUAGE 0 {", "}", *FLAGS)
_VALUES = {
    "CATALOG": re.compile('"([0-9]{13})"'),
    "ISRC": re.compile('"([A-Z]{2}[A-Z0-9]{3}[0-9]{7})"'),
    "FILE": re.compile(f'"([^"]+)" {_TIME} {_TIME}'),
    "START": re.compile(_TIME),
    "INDEX": re.compile(_TIME),
    **dict.fromkeys(WORDS, re.compile('"([^"]*)"')),
}

Section = dict[str, list[tuple[str, ...]]]  # the statements from one TRACK to the next, each with all its values


@dataclass(frozen=True)
class Toc:
    """What a TOC says: the image's file name and length in samples, texts by place, and marks in samples of it."""

    file: str
    frames: int
    texts: Mapping[str, str]
    marks: tuple[Mark, ...]


def encode(toc: Toc) -> bytes:
    """The TOC's bytes; its texts must be in ISO 8859-1 without quotes and backslashes, its marks on CD frames."""
    words = {word: name for word, name in WORDS.items() if any(place.endswith(f".{name}") for place in toc.texts)}
    lines = ["CD_DA", *_code("CATALOG", toc.texts.get("album.upc"))]
    lines += _cd_text([LANGUAGE_MAP], "album", words, toc.texts)
    ends = [*map(_first, toc.marks), toc.frames][1:]
    for mark, end in zip(toc.marks, ends, strict=True):
        place = f"tracks[{mark.track}]"
        lines += ["", START_OF_TRACK, *FLAGS, *_code("ISRC", toc.texts.get(f"{place}.isrc"))]
        lines += _cd_text([], place, words, toc.texts)
        lines.append(f'FILE "{toc.file}" {_time(_first(mark))} {_time(end - _first(mark))}')
        if mark.pause is not None:
            lines.append(f"START {_time(mark.start - mark.pause)}")
        lines += [f"INDEX {_time(index - mark.start)}" for index in mark.indexes]
    return "".join(line + NEWLINE for line in lines).encode(ENCODING)


def decode(data: bytes, name: str) -> Toc:
    """The TOC whose bytes are `data`; raises Refusal with `name` and the line for what `encode` never writes."""
    disc, *tracks = _sections(_lines(data.removesuffix(NEWLINE.encode())), name)
    sections = [("album", disc), *((f"tracks[{number}]", track) for number, track in enumerate(tracks, 1))]
    texts = {
        f"{place}.{field}": section[keyword][-1][0]
        for place, section in sections
        for keyword, field in (CODES | WORDS).items()
        if keyword in section and section[keyword][-1][0]
    }
    marks = tuple(_mark(number, track) for number, track in enumerate(tracks, 1))
    file, start, length = _part((tracks or [disc])[-1])
    toc = Toc(file, _position(start) + _position(length), texts, marks)
    refuse(unlike(name, _lines(data), _lines(encode(toc))))
    return toc


def _first(mark: Mark) -> int:
    """Where the file's part for a track begins: with its pause."""
    return mark.start if mark.pause is None else mark.pause


def _code(statement: str, code: str | None) -> list[str]:
    return [f'{statement} "{code}"'] if code else []


def _cd_text(opening: Sequence[str], place: str, words: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[str]:
    if words:
        yield "CD_TEXT {"
        yield from (f"  {line}" for line in (*opening, "LANGUAGE 0 {"))
        yield from (f'    {word} "{texts.get(f"{place}.{name}", "")}"' for word, name in words.items())
        yield from ("  }", "}")


def _lines(data: bytes) -> list[str]:
    return data.decode(ENCODING).split(NEWLINE)


def _sections(lines: Sequence[str], name: str) -> list[Section]:
    sections: list[Section] = [{}]
    for number, line in enumerate(lines, 1):
        statement = line.lstrip(" ")
        if statement == START_OF_TRACK:
            sections.append({})
        elif statement not in _SAYING_NOTHING:
            keyword, _, value = statement.partition(" ")
            found = _VALUES[keyword].fullmatch(value) if keyword in _VALUES else None
            if not found:
                raise Refusal([Fault(f"{name}: line {number}", f"{line!r} is no line of a TOC that is written here")])
            sections[-1].setdefault(keyword, []).append(found.groups())
    return sections


def _mark(number: int, track: Section) -> Mark:
    first = _position(_part(track)[1])
    pause = _position(track["START"][-1][0]) if "START" in track else 0
    start = first + pause
    indexes = tuple(start + _position(time) for (time,) in track.get("INDEX", ()))
    return Mark(number, start, first if "START" in track else None, indexes)


def _part(track: Section) -> tuple[str, ...]:
    """File, start and length; a track without FILE gets one here, and is refused by the comparison."""
    return track["FILE"][-1] if "FILE" in track else ("", "00:00:00", "00:00:00")


def _time(place: int) -> str:
    return timecode(place, RATE_HZ)


def _position(time: str) -> int:
    return position(time, RATE_HZ)
