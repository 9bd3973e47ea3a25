"""The pages of a PQ sheet as PDF: a heading, a legend, and a table whose head stands on each page.

Each document has fonts of its own, so that sheets drawn side by side share nothing. They are embedded as TrueType
subsets, since some plants take no Type 3 fonts. No date, no version and nothing made by chance is in the file.

DejaVu Sans has the letters of Europe, the Caucasus and the Near East. What it lacks is transliterated and stands in
brackets, which a line of the legend then explains.

Source: ISO 32000-1 (PDF); DejaVu Fonts 2.37, whose licence lies beside them.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import accumulate, zip_longest
from pathlib import Path
from typing import NamedTuple

from anyascii import anyascii
from fpdf import FPDF
from fpdf.fonts import TTFFont
from fpdf.output import OutputProducer, PDFInfo

FONTS = Path(__file__).parent / "fonts"
FAMILY, PLAIN, BOLD = "dejavu", "", "B"
FACES = {PLAIN: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}

PAGE_PT = (841.89, 595.28)  # this is A4 in landscape
# Taste, from here on: sizes in points, greys from 0 (black) to 255.
MARGIN_PT = 38.0
LINE_PT, LEGEND_LINE_PT, TITLE_LINE_PT, SPACE_PT = 12.0, 10.0, 26.0, 8.0
SIZE_PT, LEGEND_SIZE_PT, TITLE_SIZE_PT = 8.0, 7.0, 14.0
GUTTER_PT = 6.0
LABEL_PT, FOOT_PT = 70.0, 300.0  # where the heading's values begin, and the name at the foot
FOOT_AT_PT = PAGE_PT[1] - MARGIN_PT - LINE_PT
INK, SOFT, HAIR = 0, 90, 200

STANDS_IN = "[In brackets]: other letters in place of those that this sheet lacks; the text sheet has the album's own."
UNKNOWN, NOTHING = "?", "-"
CREATOR, LANGUAGE = "Glassmaster", "en-GB"
NO_JOINER = "\N{ZERO WIDTH NON-JOINER}"  # parts letters of one word: Persian needs it

Cells = Sequence[str]


@dataclass(frozen=True)
class Sheet:
    """What the pages say, in the album's own words. `columns` are the table's heads, with their widths in points.

    `heading` has a label for each of its lines, or "" where a line goes with the one before it.
    `blocks` are the table's rows: those of a block stay on one page if they can. `name` stands at every foot.
    """

    title: str
    heading: Sequence[tuple[str, str]]
    legend: Sequence[str]
    columns: Mapping[str, float]
    blocks: Sequence[Sequence[Cells]]
    name: str
    written_by: str


@dataclass(frozen=True)
class _Style:
    face: str = PLAIN
    size_pt: float = SIZE_PT
    grey: int = INK
    line_pt: float = LINE_PT


@dataclass(frozen=True)
class _Line:
    """A line of a page: pieces of text, each with its distance from the margin in points; `rule` is drawn under it."""

    pieces: tuple[tuple[float, _Style, str], ...]
    height_pt: float
    rule: int | None = None


_Block = Sequence[_Line]
_SPACE = _Line((), SPACE_PT)
TITLE, HEAD = _Style(BOLD, TITLE_SIZE_PT, line_pt=TITLE_LINE_PT), _Style(BOLD)
ROW, LABEL = _Style(), _Style(grey=SOFT)
SMALL = _Style(size_pt=LEGEND_SIZE_PT, grey=SOFT, line_pt=LEGEND_LINE_PT)


def pdf(sheet: Sheet) -> bytes:
    """The pages of `sheet` as a PDF file; the same sheet gives the same bytes."""
    document = _Document()
    width_pt = sum(sheet.columns.values())
    name = document.shortened(sheet.name, SMALL, width_pt - FOOT_PT)
    pages = _pages(document, sheet)
    for number, page in enumerate(pages, 1):
        foot = f"{sheet.title}, page {number} of {len(pages)}. {sheet.written_by}"
        document.add_page(page, _Line(((0, SMALL, foot), (FOOT_PT, SMALL, name)), LINE_PT), width_pt)
    return document.data()


def _pages(document: "_Document", sheet: Sheet) -> list[list[_Line]]:
    width_pt = sum(sheet.columns.values())
    heading = [
        line
        for label, value in sheet.heading
        for line in document.abreast((label, value), (LABEL_PT, width_pt - LABEL_PT), (LABEL, ROW))
    ]
    widths_pt, count = tuple(sheet.columns.values()), len(sheet.columns)
    head = [_Line((), 0.0, rule=INK), *_ruled(document.abreast(tuple(sheet.columns), widths_pt, (HEAD,) * count), INK)]
    table = [
        _ruled([line for row in block for line in document.abreast(row, widths_pt, (ROW,) * count)], HAIR)
        for block in sheet.blocks
    ]
    legend = [*sheet.legend, *([STANDS_IN] if document.stands_in else [])]
    opening = [
        *document.abreast((sheet.title,), (width_pt,), (TITLE,)),
        *heading,
        _SPACE,
        *(line for words in legend for line in document.abreast((words,), (width_pt,), (SMALL,))),
        _SPACE,
    ]
    return _flowed(_flowed([[]], [[line] for line in opening], ()), [[*head, *table[0]], *table[1:]], head)


def _ruled(block: _Block, grey: int) -> _Block:
    return [*block[:-1], replace(block[-1], rule=grey)]


def _flowed(pages: list[list[_Line]], blocks: Iterable[_Block], head: _Block) -> list[list[_Line]]:
    """`pages` and, on the last of them and on new ones that begin with `head`, the lines of `blocks`.

    A block is parted only if it is longer than a page.
    """
    for block in blocks:
        if not _fits([*pages[-1], *block]) and _fits([*head, *block]):
            pages.append([*head])
        for line in block:
            if not _fits([*pages[-1], line]):
                pages.append([*head])
            pages[-1].append(line)
    return pages


def _fits(lines: Sequence[_Line]) -> bool:
    return sum(line.height_pt for line in lines) <= FOOT_AT_PT - MARGIN_PT - SPACE_PT


class _Undated(OutputProducer):
    """Writes documents that do not say when they were made."""

    def _add_info(self) -> PDFInfo:
        info = super()._add_info()
        info.creation_date = None  # type: ignore[assignment] # what is None is not written
        return info


class _Document:
    """A document being written, its fonts, and what they can draw."""

    def __init__(self) -> None:
        self._file = FPDF("landscape", "pt", "A4")
        self._file.set_creator(CREATOR)
        self._file.set_lang(LANGUAGE)
        self._file.set_creation_date(datetime.fromtimestamp(0, UTC))  # rather than now; it goes into the file's id
        self._file.set_auto_page_break(False)
        self._file.c_margin = 0
        self._file.str_alias_nb_pages = ""  # nothing that a title may say is replaced
        self._characters = {}
        for face, name in FACES.items():
            self._file.add_font(FAMILY, face, FONTS / name)
            font = self._file.fonts[FAMILY + face]
            self._characters[face] = frozenset(map(chr, font.cmap)) if isinstance(font, TTFFont) else frozenset()
        self.stands_in = False
        """Whether anything had to be written in other letters so far."""

    def abreast(self, cells: Cells, widths_pt: Sequence[float], styles: Sequence[_Style]) -> list[_Line]:
        """The lines of a row whose cells stand side by side, as many as the tallest of them takes."""
        columns = [
            self._wrapped(cell, style, width_pt - GUTTER_PT) if cell else []
            for cell, width_pt, style in zip(cells, widths_pt, styles, strict=True)
        ]
        places = list(accumulate(widths_pt, initial=0.0))[:-1]
        height_pt = max(style.line_pt for style in styles)
        return [
            _Line(
                tuple((x, style, words) for x, style, words in zip(places, styles, line, strict=True) if words),
                height_pt,
            )
            for line in zip_longest(*columns, fillvalue="")
        ]

    def shortened(self, words: str, style: _Style, width_pt: float) -> str:
        """`words` in one line, ended by an ellipsis where they are too long for it."""
        first, *rest = self._wrapped(words, style, width_pt)
        return f"{self._wrapped(words, style, width_pt - 2 * style.size_pt)[0]}…" if rest else first

    def add_page(self, lines: Sequence[_Line], foot: _Line, width_pt: float) -> None:
        """One more page: `lines` from the top margin down, and `foot` at its end."""
        self._file.add_page()
        y_pt = MARGIN_PT
        for line in lines:
            self._draw(line, y_pt, width_pt)
            y_pt += line.height_pt
        self._draw(_Line((), 0.0, rule=HAIR), FOOT_AT_PT, width_pt)
        self._draw(foot, FOOT_AT_PT, width_pt)

    def data(self) -> bytes:
        """The file."""
        return bytes(self._file.output(output_producer_class=_Undated))

    def _draw(self, line: _Line, y_pt: float, width_pt: float) -> None:
        for x_pt, style, words in line.pieces:
            self._set(style, words)
            self._file.set_text_color(style.grey)
            self._file.set_xy(MARGIN_PT + x_pt, y_pt)
            self._file.cell(width_pt, line.height_pt, words)
        if line.rule is not None:
            under_pt = y_pt + line.height_pt
            self._file.set_draw_color(line.rule)
            self._file.set_line_width(0.5)
            self._file.line(MARGIN_PT, under_pt, MARGIN_PT + width_pt, under_pt)

    def _wrapped(self, words: str, style: _Style, width_pt: float) -> list[str]:
        drawn = drawable(words, self._characters[style.face])
        self.stands_in |= drawn.stands_in
        self._set(style, drawn.words)
        return wrapped(drawn.words, width_pt, self._file.get_string_width)

    def _set(self, style: _Style, words: str) -> None:
        self._file.set_font(FAMILY, style.face, style.size_pt)
        # The language is given, as it would be that of the process otherwise.
        self._file.set_text_shaping(any(map(_is_shaped, words)), language=LANGUAGE)


def _is_shaped(character: str) -> bool:
    """Whether it joins others, runs from right to left, or stands on a letter; to shape all the rest takes longer."""
    return unicodedata.bidirectional(character) in ("R", "AL", "AN", "NSM", "BN")


class Drawn(NamedTuple):
    """Words as a font can draw them; `stands_in`: some in other letters."""

    words: str
    stands_in: bool


def drawable(words: str, characters: Set[str]) -> Drawn:
    """`words` as a font with `characters` draws them, transliterated in brackets what it lacks; never empty.

    Controls, and all else that is not seen, are left out.
    """
    seen = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", words) if c.isspace() or _seen(c))
    kinds = "".join("·" if c == " " else "x" if c in characters else "?" for c in seen)
    drawn, lacks = "", False
    for found in re.finditer(r"\?(?:·*\?)*|[x·]+", kinds):  # blanks between what is lacking belong to it
        part = seen[slice(*found.span())]
        lacks |= found[0][0] == "?"
        drawn += f"[{anyascii(part).strip() or UNKNOWN}]" if found[0][0] == "?" else part
    return Drawn(drawn.strip(f" {NO_JOINER}") or NOTHING, lacks)


def _seen(character: str) -> bool:
    unseen = unicodedata.category(character) in ("Cc", "Cf") or "\ufe00" <= character <= "\ufe0f"
    return character == NO_JOINER or not unseen


def wrapped(words: str, width_pt: float, width_of: Callable[[str], float]) -> list[str]:
    """`words` in lines of at most `width_pt`, broken at spaces where there are any, and before no accent."""
    lines = []
    while width_of(words) > width_pt and len(words) > 1:
        fit = max(1, bisect_right(range(len(words)), width_pt, key=_widths_of(words, width_of)) - 1)
        fit = max(0, words.rfind(" ", 0, fit + 1)) or fit
        while fit > 1 and unicodedata.category(words[fit]).startswith("M"):
            fit -= 1
        lines.append(words[:fit].rstrip())
        words = words[fit:].lstrip()
    return [*lines, words] if words else lines


def _widths_of(words: str, width_of: Callable[[str], float]) -> Callable[[int], float]:
    return lambda count: width_of(words[:count])
