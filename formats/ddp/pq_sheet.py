"""The PQ sheet of a disc: what a person at the plant reads and compares with the disc, as text and as PDF.

Times are the disc's own: it starts with the pause before track 1, so the programme's first sample stands at 00:02:00.
The text has each title as the album has it; the PDF marks what its font lacks (`formats.ddp.pq_pages`). Neither holds
a date or a version: the same disc gives the same bytes.

Source: IEC 60908 for the times; for the columns, the sheets of WaveLab, Sonoris DDP Creator and HOFA CD-Burn.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from albums import Album, Track
from albums.codes import ean
from formats._cd.red_book import FIRST_PAUSE, RATE_HZ
from formats._shared.marks import timecode
from formats._shared.programme import Layout, Mark
from formats._shared.texts import SHEETS

TEXT, PDF = "PQ-SHEET.txt", "PQ-SHEET.pdf"
TITLE = "PQ SHEET"
LEGEND = (
    "Times are minutes, seconds and frames of 1/75 s (mm:ss:ff) from the start of the disc.",
    "A length runs from index 01 to the next track's index 00, or to its index 01 if it has no pause.",
    "Gap: the pause before the track, from index 00 to index 01. Copy: digital copy permitted. Emph: pre-emphasis.",
)
WRITTEN_BY = "Written by Glassmaster."
NONE = "-"

# The columns, with their widths in points in the PDF.
COLUMNS = {"Track": 32, "Index": 32, "Start": 52, "Length": 52, "Gap": 52, "ISRC": 84, "Copy": 30, "Emph": 32,
           "Title": 222, "Artist": 176}  # fmt: skip
HEADER = tuple(COLUMNS)
WIDEST = 60  # taste: columns of the text are no wider, for narrow screens; what is longer runs past its column

Row = tuple[str, ...]


def write(folder: Path, album: Album, layout: Layout, discs: int = 0) -> None:
    """Write the sheet of the disc `layout`, one of `discs`, into `folder`: TEXT in UTF-8 with CRLF, and PDF."""
    (folder / TEXT).write_bytes(text(album, layout, discs).replace("\n", "\r\n").encode())
    _write_pdf(folder / PDF, album, layout, discs)


def text(album: Album, layout: Layout, discs: int = 0) -> str:
    """The sheet as lines of plain text, in the album's own words."""
    heading = [f"{label:<12}{value}" for label, value in _heading(album, layout, discs)]
    table = _aligned([HEADER, *_rows(album.tracks, layout)])
    return "\n\n".join("\n".join(lines) for lines in ([TITLE], heading, LEGEND, table, [WRITTEN_BY])) + "\n"


def _heading(album: Album, layout: Layout, discs: int) -> list[tuple[str, str]]:
    """The lines above the table, each with its label; further lines under one label have none."""
    release = album.release
    said = {
        "Title": release.display_title,
        "Artist": release.artist,
        "Catalogue": release.catalogue_number,
        "Label": release.label,
        "UPC/EAN": ean(release.upc),
        "Disc": f"{layout.disc} of {discs}" if discs else str(layout.disc or ""),
        "Tracks": str(len(layout.marks)),
        "Total time": timecode(layout.frames, RATE_HZ),
        "Lead-out": _disc_time(layout.frames),
    }
    heading = [(f"{label}:", value) for label, value in said.items() if value]
    for label, field in SHEETS.items():
        lines = getattr(album.sheets, field)
        heading += zip([f"{label}:", *[""] * len(lines)], lines, strict=False)
    return heading


def _rows(tracks: Sequence[Track], layout: Layout) -> Iterator[Row]:
    """A row for each index, in COLUMNS; what is said of the track stands at index 01."""
    pauses = [-FIRST_PAUSE, *(mark.pause for mark in layout.marks[1:])]
    firsts = [mark.start if mark.pause is None else mark.pause for mark in layout.marks]
    ends = [*firsts[1:], layout.frames]
    for number, (mark, pause, end) in enumerate(zip(layout.marks, pauses, ends, strict=True), 1):
        of_track = _of_track(tracks[mark.track - 1], mark, pause, end)
        if pause is not None:
            yield _row(number, 0, pause, {})
        for index, start in enumerate((mark.start, *mark.indexes), 1):
            yield _row(number, index, start, of_track if index == 1 else {})


def _row(number: int, index: int, start: int, said: Mapping[str, str]) -> Row:
    cells = {"Track": f"{number:02d}", "Index": f"{index:02d}", "Start": _disc_time(start), **said}
    return tuple(cells.get(column, "") for column in COLUMNS)


def _of_track(track: Track, mark: Mark, pause: int | None, end: int) -> dict[str, str]:
    return {
        "Length": timecode(end - mark.start, RATE_HZ),
        "Gap": NONE if pause is None else timecode(mark.start - pause, RATE_HZ),
        "ISRC": track.isrc or NONE,
        "Copy": "no",
        "Emph": "no",
        "Title": track.display_title,
        "Artist": track.artist or NONE,
    }


def _disc_time(place: int) -> str:
    return timecode(FIRST_PAUSE + place, RATE_HZ)


def _aligned(rows: Sequence[Row]) -> Iterator[str]:
    widths = [min(WIDEST, max(map(_width, column))) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip(" ")


def _width(cell: str) -> int:
    """The columns of a terminal that `cell` takes: letters of East Asia two, marks over a letter none."""
    seen = (c for c in cell if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in seen)


def _write_pdf(path: Path, album: Album, layout: Layout, discs: int) -> None:
    from formats.ddp.pq_pages import Sheet, pdf  # half a second that only who writes a disc should pay

    rows = groupby(_rows(album.tracks, layout), key=itemgetter(0))
    sheet = Sheet(
        title=TITLE,
        heading=_heading(album, layout, discs),
        legend=LEGEND,
        columns=COLUMNS,
        blocks=[tuple(of_track) for _, of_track in rows],
        name=f"{album.release.artist}: {album.release.title}",
        written_by=WRITTEN_BY,
    )
    path.write_bytes(pdf(sheet))
