"""A cutting sheet: one page of plain text that a person at a lathe reads, and that is also read back by program.

UTF-8 text of three kinds of paragraph: the album and the job, each side, and each side's table of tracks, whose columns
begin where the words in its first line begin. The sheet is the only carrier of a side's marks, so every time in it is
exact: starts and pauses stand on 75ths of a second; the side's length is also given in samples. The reader is strict by
construction: a sheet as it was read, written again, must give the same bytes.

Source: cutting rooms ask for starts in mm:ss.ff, lengths and where a band is wanted; the form is ours.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

from albums.faults import Fault, Refusal, refuse
from formats._shared.files import unlike
from formats._shared.marks import position, timecode
from formats._shared.programme import Layout, Mark
from formats._shared.texts import SHEETS

TITLE = "CUTTING SHEET"
LEGEND = """\
Times are minutes, seconds and 75ths of a second (mm:ss.ff) from the first sample of the side's file.
A length runs from a track's start to the pause after it, or to the next track, rounded down to a 75th.
Band: a second or more of pause comes before the track. No band: it follows without."""
ALBUM = {"Album": "title", "Artist": "artist", "Catalogue": "catalogue_number", "Label": "label"}
TRACK = {"ISRC": "isrc", "Title": "title", "Artist": "artist"}
COLUMNS = ("No", "Start", "Pause", "Length", "Band", *TRACK)
NONE = "-"

_SIDE = re.compile(
    r"SIDE ([A-Z])\nFile: +(\S.*)\nRate: +([0-9]{1,6}) Hz\nBits: +([0-9]{2})\nLength: +\S+, ([0-9]{1,12}) samples"
)
_NUMBER = re.compile(r"[0-9]{1,3}")
_TIME = re.compile(r"[0-9]{2,4}:[0-9]{2}\.[0-9]{2}")


@dataclass(frozen=True)
class Sheet:
    """What a cutting sheet says: texts by place, and each side's file name and layout."""

    texts: Mapping[str, str]
    sides: tuple[tuple[str, Layout], ...]


def encode(sheet: Sheet) -> bytes:
    """The sheet's bytes; its marks must stand on 75ths of a second, its texts be single lines."""
    paragraphs = [TITLE, "\n".join(_heading(sheet.texts)), LEGEND]
    for file, layout in sheet.sides:
        paragraphs += ["\n".join(_side(file, layout)), "\n".join(_table(layout, sheet.texts))]
    return ("\n\n".join(paragraphs) + "\n").encode()


def decode(data: bytes, name: str) -> Sheet:
    """The sheet whose bytes are `data`; raises Refusal with `name` and the line for what `encode` never writes."""
    try:
        _, heading, _, *rest = data.decode().removesuffix("\n").split("\n\n")
    except ValueError as error:  # also what broken UTF-8 raises
        raise Refusal([Fault(name, f"is no cutting sheet: {error}")]) from None
    texts = _read_heading(heading)
    sides = []
    for side, table in zip(rest[::2], rest[1::2], strict=False):
        rows = _read_table(table)
        sides.append(_read_side(side, rows, name))
        texts |= _read_texts(rows)
    sheet = Sheet(texts, tuple(sides))
    refuse(unlike(name, _lines(data), _lines(encode(sheet))))
    return sheet


def _lines(data: bytes) -> list[str]:
    return data.decode().split("\n")


def _line(label: str, value: str) -> str:
    return f"{label + ':':<12}{value}"


def _heading(texts: Mapping[str, str]) -> Iterator[str]:
    for label, field in ALBUM.items():
        if text := texts.get(f"album.{field}"):
            yield _line(label, text)
    for label, field in SHEETS.items():
        for number in count(1):
            if not (text := texts.get(f"sheets.{field}[{number}]")):
                break
            yield _line(label, text)


def _read_heading(paragraph: str) -> dict[str, str]:
    found, lines = dict[str, str](), Counter[str]()
    for label, _, value in (line.partition(":") for line in paragraph.split("\n")):
        if label in ALBUM:
            found[f"album.{ALBUM[label]}"] = value.strip(" ")
        elif label in SHEETS:
            lines[label] += 1
            found[f"sheets.{SHEETS[label]}[{lines[label]}]"] = value.strip(" ")
    return found


def _side(file: str, layout: Layout) -> Iterator[str]:
    yield f"SIDE {layout.side}"
    yield _line("File", file)
    yield _line("Rate", f"{layout.rate_hz} Hz")
    yield _line("Bits", str(layout.bits))
    yield _line("Length", f"{_time(layout.frames, layout)}, {layout.frames} samples")


def _read_side(paragraph: str, rows: Sequence[Mapping[str, str]], name: str) -> tuple[str, Layout]:
    found = _SIDE.fullmatch(paragraph)
    if not found or not rows or int(found[3]) == 0:
        raise Refusal([Fault(name, f"{paragraph[:200]!r} describes no side")])
    rate_hz = int(found[3])
    marks = tuple(_read_mark(row, rate_hz, name) for row in rows)
    return found[2], Layout(rate_hz, int(found[4]), int(found[5]), marks, found[1])


def _table(layout: Layout, texts: Mapping[str, str]) -> Iterator[str]:
    rows = [COLUMNS, *_rows(layout, texts)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(" ")


def _rows(layout: Layout, texts: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    ends = [mark.start if mark.pause is None else mark.pause for mark in layout.marks[1:]] + [layout.frames]
    for mark, end in zip(layout.marks, ends, strict=True):
        pause = NONE if mark.pause is None else _time(mark.pause, layout)
        length = _time(end - mark.start, layout)
        said = (texts.get(f"tracks[{mark.track}].{field}", NONE) for field in TRACK.values())
        yield (f"{mark.track:2d}", _time(mark.start, layout), pause, length, _band(mark, layout), *said)


def _band(mark: Mark, layout: Layout) -> str:
    if mark == layout.marks[0]:
        return "lead-in"
    pause = 0 if mark.pause is None else mark.start - mark.pause
    return "band" if pause >= layout.rate_hz else "no band"


def _read_table(paragraph: str) -> list[dict[str, str]]:
    header, *lines = paragraph.split("\n")
    starts = [*(word.start() for word in re.finditer(r"\S+", header)), None]
    slices = [slice(*ends) for ends in pairwise(starts)]
    return [dict(zip(COLUMNS, (line[part].strip(" ") for part in slices), strict=False)) for line in lines]


def _read_texts(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {
        f"tracks[{row.get('No')}].{field}": row[column]
        for row in rows
        for column, field in TRACK.items()
        if column in row and (row[column] != NONE or column != "ISRC")
    }


def _read_mark(row: Mapping[str, str], rate_hz: int, name: str) -> Mark:
    number, start, pause = (row.get(column, "") for column in ("No", "Start", "Pause"))
    if not (_NUMBER.fullmatch(number) and _TIME.fullmatch(start) and (pause == NONE or _TIME.fullmatch(pause))):
        raise Refusal([Fault(name, f"{' '.join(row.values())[:200]!r} is no track of a side")])
    return Mark(int(number), position(start, rate_hz), None if pause == NONE else position(pause, rate_hz))


def _time(place: int, layout: Layout) -> str:
    return timecode(place, layout.rate_hz, ".")
