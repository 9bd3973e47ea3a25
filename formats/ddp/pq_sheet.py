"""The PQ sheet of a disc: what a person at the plant reads and compares with the disc, as text and as PDF.

Times are the disc's own: it starts with the pause before track 1, so the programme's first sample stands at 00:02:00.
The text has each title as the album has it. The PDF has what its font can draw: other letters, and those that are
written from right to left, are transliterated. Neither holds a date or a version: the same disc gives the same bytes.

Source: IEC 60908 for the times; for the columns, the sheets of WaveLab, Sonoris DDP Creator and HOFA CD-Burn.
"""

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, pairwise, zip_longest
from pathlib import Path

from anyascii import anyascii

from albums import Album, Release, Track
from albums.codes import ean
from formats._cd.red_book import FIRST_PAUSE, RATE_HZ
from formats._shared.marks import timecode
from formats._shared.programme import Layout, Mark

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

PAGE_PT = (841.89, 595.28)  # this is A4 in landscape
MARGIN_PT = 38.0
LINE_PT = 12.0
SIZE_PT = 8.0
GUTTER_PT = 6.0
TABLE_PT = sum(COLUMNS.values())
LABEL_PT, FOOT_PT = 70.0, 250.0  # where the heading's values begin, and the album's name at the foot
LINES = 40  # a page has this many, without its foot

Row = tuple[str, ...]
Wrapped = Callable[[str, float], list[str]]  # words as the font can draw them, in lines of at most so many points
Line = tuple[tuple[float, str], ...]  # a page's line: pieces of text, each with its distance from the margin in points


def write(folder: Path, album: Album, layout: Layout, discs: int = 0) -> None:
    """Write the sheet of the disc `layout`, one of `discs`, into `folder`: TEXT in UTF-8 with CRLF, and PDF."""
    (folder / TEXT).write_bytes(text(album, layout, discs).replace("\n", "\r\n").encode())
    _write_pdf(folder / PDF, album, layout, discs)


def text(album: Album, layout: Layout, discs: int = 0) -> str:
    """The sheet as lines of plain text, in the album's own words."""
    heading = [f"{label + ':':<12}{value}" for label, value in _heading(album.release, layout, discs).items()]
    table = _aligned([HEADER, *_rows(album.tracks, layout)])
    return "\n\n".join("\n".join(lines) for lines in ([TITLE], heading, LEGEND, table, [WRITTEN_BY])) + "\n"


def _heading(release: Release, layout: Layout, discs: int) -> dict[str, str]:
    said = {
        "Title": release.title,
        "Artist": release.artist,
        "Catalogue": release.catalogue_number,
        "Label": release.label,
        "UPC/EAN": ean(release.upc),
        "Disc": f"{layout.disc} of {discs}" if discs else str(layout.disc or ""),
        "Tracks": str(len(layout.marks)),
        "Total time": timecode(layout.frames, RATE_HZ),
        "Lead-out": _disc_time(layout.frames),
    }
    return {label: value for label, value in said.items() if value}


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
        "Title": track.title,
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
    # Imported here, because it takes long and few runs write a PDF.
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.ft2font import FT2Font, LoadFlags

    # Set and left so: if set back, they would change while another thread draws. 42 is TrueType: some plants take no
    # Type 3 fonts; matplotlib 3.11 splits the fonts of a PDF by the setting for PostScript.
    matplotlib.rcParams["pdf.fonttype"] = matplotlib.rcParams["ps.fonttype"] = 42
    files = [
        Path(matplotlib.get_data_path(), "fonts", "ttf", name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
    ]
    plain, bold = (FontProperties(fname=file, size=SIZE_PT) for file in files)
    font = FT2Font(str(files[0]))
    font.set_size(SIZE_PT, 72)
    glyphs = frozenset(map(chr, font.get_charmap()))

    @cache
    def advance_pt(character: str) -> float:
        return font.load_char(ord(character), LoadFlags.NO_HINTING).linearHoriAdvance / 65536

    def wrapped(words: str, width_pt: float) -> list[str]:
        return _wrapped(_drawable(words, glyphs), width_pt, advance_pt)

    with PdfPages(path, metadata={"Creator": "Glassmaster", "Producer": None, "CreationDate": None}) as pdf:
        for page in _pages(album, layout, discs, wrapped):
            figure = Figure(figsize=(PAGE_PT[0] / 72, PAGE_PT[1] / 72), facecolor="white")
            for number, line in enumerate(page, 1):
                face = bold if tuple(words for _, words in line) in ((TITLE,), HEADER) else plain
                y = 1 - (MARGIN_PT + number * LINE_PT) / PAGE_PT[1]
                for x, words in line:
                    figure.text((MARGIN_PT + x) / PAGE_PT[0], y, words, font=face, parse_math=False, usetex=False)
            pdf.savefig(figure)


def _pages(album: Album, layout: Layout, discs: int, wrapped: Wrapped) -> Iterator[list[Line]]:
    release = album.release
    opening: list[Line] = [((0, TITLE),), ()]
    for label, value in _heading(release, layout, discs).items():
        opening += _abreast((f"{label}:", value), (LABEL_PT, TABLE_PT - LABEL_PT), wrapped)
    opening += [(), *(((0, line),) for line in LEGEND), ()]
    widths_pt = tuple(COLUMNS.values())
    header = next(_abreast(HEADER, widths_pt, wrapped))
    table = (line for row in _rows(album.tracks, layout) for line in _abreast(row, widths_pt, wrapped))
    lines = [*opening, header, *table]
    cuts = [0, *range(LINES, len(lines), LINES - 1), len(lines)]
    name = wrapped(f"{release.artist}: {release.title}", TABLE_PT - FOOT_PT)[0]
    for number, (start, stop) in enumerate(pairwise(cuts), 1):
        page = [*([header] if start else ()), *lines[start:stop]]
        foot = f"{TITLE}, page {number} of {len(cuts) - 1}. {WRITTEN_BY}"
        yield [*page, *[()] * (LINES + 1 - len(page)), ((0, foot), (FOOT_PT, name))]


def _abreast(cells: Row, widths_pt: Sequence[float], wrapped: Wrapped) -> Iterator[Line]:
    """The lines of a row whose cells stand side by side, as many as the tallest of them takes."""
    columns = [wrapped(cell, width - GUTTER_PT) if cell else [] for cell, width in zip(cells, widths_pt, strict=True)]
    places = list(accumulate(widths_pt, initial=0.0))[:-1]
    for line in zip_longest(*columns, fillvalue=""):
        yield tuple((x, words) for x, words in zip(places, line, strict=True) if words)


def _wrapped(words: str, width_pt: float, advance_pt: Callable[[str], float]) -> list[str]:
    """`words` in lines of at most `width_pt`, broken at spaces where there are any."""
    lines = []
    while words:
        fit = max(1, sum(end <= width_pt for end in accumulate(map(advance_pt, words))))
        if fit < len(words):
            fit = max(0, words.rfind(" ", 0, fit + 1)) or fit
        lines.append(words[:fit].rstrip())
        words = words[fit:].lstrip()
    return lines


def _drawable(words: str, glyphs: frozenset[str]) -> str:
    """`words` as a font with `glyphs` draws them letter by letter, from left to right; never empty."""
    drawn = (c if c in glyphs and _plain(c) else anyascii(c) for c in unicodedata.normalize("NFC", words))
    return "".join(c for c in "".join(drawn) if c.isprintable()).strip() or NONE


def _plain(character: str) -> bool:
    return character <= "\uffff" and unicodedata.bidirectional(character) not in ("R", "AL", "AN")
