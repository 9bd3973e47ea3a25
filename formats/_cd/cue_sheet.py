"""A CUE sheet restricted to what every reader takes: what it says as a value, its bytes, and back.

Commands, their order and their form were tried on cdrdao 1.2.4, cuetools 1.4.1, libcdio 2.1, libburn 1.5.4 and metaflac
1.4: `CATALOG` of 13 digits before `FILE`, texts before codes before indexes, ISRC bare, no index above 01, no command
that only some readers know. A reader counts from the first sample of the file, and a burner puts the disc's first two
seconds before that, so `INDEX 01 00:00:00` is track 1's first sample.

The reader is strict by construction: a sheet as it was read, written again, must give the same bytes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from albums.faults import Fault, Refusal, refuse
from formats._cd.red_book import RATE_HZ
from formats._shared.files import unlike
from formats._shared.marks import position, timecode
from formats._shared.programme import Mark

ENCODING = "iso-8859-1"
NEWLINE = "\r\n"
DISC = {"CATALOG": "upc", "TITLE": "title", "PERFORMER": "artist", "SONGWRITER": "songwriter"}
TRACK = {"TITLE": "title", "PERFORMER": "artist", "SONGWRITER": "songwriter", "ISRC": "isrc"}
BARE = {"CATALOG": "[0-9]{13}", "ISRC": "[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"}

_TIME = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2})")
_QUOTED = re.compile(r'"([^"]+)"')
_VALUES = {
    "FILE": re.compile(r'"([^"]+)" WAVE'),
    "TRACK": re.compile(r"([0-9]{2}) AUDIO"),
    "INDEX00": _TIME,
    "INDEX01": _TIME,
    **{command: re.compile(f"({BARE[command]})") if command in BARE else _QUOTED for command in DISC | TRACK},
}

Section = dict[str, str]  # the commands from one TRACK to the next, each with its value


@dataclass(frozen=True)
class Sheet:
    """What a CUE sheet says: the image's file name, texts by place, and marks in samples of the image."""

    file: str
    texts: Mapping[str, str]
    marks: tuple[Mark, ...]


def encode(sheet: Sheet) -> bytes:
    """The sheet's bytes; its texts must be in ISO 8859-1 without quotes, its marks on CD frames."""
    lines = [*text_lines("", "album", DISC, sheet.texts), f'FILE "{sheet.file}" WAVE']
    for mark in sheet.marks:
        lines.append(f"  TRACK {mark.track:02d} AUDIO")
        lines += text_lines("    ", f"tracks[{mark.track}]", TRACK, sheet.texts)
        if mark.pause is not None:
            lines.append(f"    INDEX 00 {timecode(mark.pause, RATE_HZ)}")
        lines.append(f"    INDEX 01 {timecode(mark.start, RATE_HZ)}")
    return "".join(line + NEWLINE for line in lines).encode(ENCODING)


def decode(data: bytes, name: str) -> Sheet:
    """The sheet whose bytes are `data`; raises Refusal with `name` and the line for what `encode` never writes."""
    disc, *tracks = _sections(_lines(data.removesuffix(NEWLINE.encode())), name)
    sections = [(DISC, "album", disc)]
    sections += [(TRACK, f"tracks[{number}]", track) for number, track in enumerate(tracks, 1)]
    texts = {
        f"{place}.{field}": section[command]
        for table, place, section in sections
        for command, field in table.items()
        if command in section
    }
    marks = tuple(Mark(number, *_indexes(track)) for number, track in enumerate(tracks, 1))
    sheet = Sheet(disc.get("FILE", ""), texts, marks)
    refuse(unlike(name, _lines(data), _lines(encode(sheet))))
    return sheet


def text_lines(indent: str, place: str, table: Mapping[str, str], texts: Mapping[str, str]) -> Iterator[str]:
    """The lines of a section that say the texts of `place`, of those that `table` has commands for."""
    for command, field in table.items():
        text = texts.get(f"{place}.{field}")
        if text:
            yield f"{indent}{command} {text}" if command in BARE else f'{indent}{command} "{text}"'


def _lines(data: bytes) -> list[str]:
    return data.decode(ENCODING).split(NEWLINE)


def _sections(lines: list[str], name: str) -> list[Section]:
    sections: list[Section] = [{}]
    for number, line in enumerate(lines, 1):
        command, _, value = line.lstrip(" ").replace("INDEX ", "INDEX", 1).partition(" ")
        found = _VALUES[command].fullmatch(value) if command in _VALUES else None
        if not found:
            raise Refusal([Fault(f"{name}: line {number}", f"{line!r} is no line of a CUE sheet that is written here")])
        if command == "TRACK":
            sections.append({})
        if command in sections[-1]:
            raise Refusal([Fault(f"{name}: line {number}", f"has {command} a second time")])
        sections[-1][command] = found[1]
    return sections


def _indexes(track: Section) -> tuple[int, int | None]:
    """Start and pause in samples; a track without INDEX 01 gets one here, and is refused by the comparison."""
    start = position(track.get("INDEX01", "00:00:00"), RATE_HZ)
    return start, position(track["INDEX00"], RATE_HZ) if "INDEX00" in track else None
