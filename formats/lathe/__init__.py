"""The premaster for the cutting room: one continuous WAV per side and a cutting sheet that says what is on them.

Source: cutting houses' delivery notes: 24-bit WAV at the native rate, one file per side named by catalogue number and
side, a sheet with the starts in mm:ss.ff.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from albums import Album
from albums.faults import Fault, Refusal, refuse
from formats._shared import marks, wav
from formats._shared.file_names import file_name
from formats._shared.files import beside, content
from formats._shared.programme import Layout, Programme, Reading
from formats._shared.texts import by_place, of_sheets, unheld
from formats.lathe import cutting_sheet

SHEET = "cutting-sheet.txt"
_LETTER = re.compile("[A-Z]")
LARGEST_SHEET_BYTES = 2**23  # holds 999 tracks padded to the longest title that a manifest may have


def check(album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """Refusals for sides that are not A, B, ... in order, that differ in kind, or that a sheet or WAV cannot hold."""
    return (*_faults(layouts, len(album.tracks)), *unheld(album, "a cutting sheet"))


def texts(album: Album, layouts: Sequence[Layout]) -> dict[str, str]:  # noqa: ARG001 - the protocol's
    """The texts as the cutting sheet has them, in the manifest's own words."""
    return by_place(album, cutting_sheet.ALBUM.values(), cutting_sheet.TRACK.values()) | of_sheets(album)


def write(folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
    """Write the sides and the sheet into `folder`; raises Refusal with what `check` refuses."""
    layouts = [programme.layout for programme in programmes]
    refuse(check(album, layouts))
    names = [_file_name(album, layout) for layout in layouts]
    for name, programme in zip(names, programmes, strict=True):
        wav.write(folder / name, programme)
    sheet = cutting_sheet.Sheet(texts(album, layouts), tuple(zip(names, layouts, strict=True)))
    (folder / SHEET).write_bytes(cutting_sheet.encode(sheet))


def read(folder: Path) -> Reading:
    """The sides in `folder`; raises Refusal when sheet or files are not as `write` writes them."""
    path = folder / SHEET
    sheet = cutting_sheet.decode(content(path, LARGEST_SHEET_BYTES), path.name)
    layouts = [layout for _, layout in sheet.sides]
    refuse(_faults(layouts, sum(len(layout.marks) for layout in layouts)))
    return Reading(tuple(_programme(path, name, layout) for name, layout in sheet.sides), sheet.texts)


def _file_name(album: Album, layout: Layout) -> str:
    stem = file_name(album.release.catalogue_number or album.release.title, "")
    # All of this stays, however little room it leaves to the title: two sides of one name would be one file.
    return file_name(stem[:60], f"_Side{layout.side}_{layout.bits}-{layout.rate_hz / 1000:g}.wav")


def _programme(sheet: Path, name: str, layout: Layout) -> Programme:
    path = beside(sheet, name)
    found = wav.layout_of(path)
    if (found.rate_hz, found.bits, found.frames) != (layout.rate_hz, layout.bits, layout.frames):
        raise Refusal([Fault(name, f"has {found.frames} samples at {found.rate_hz} Hz and {found.bits} bit; "
                             f"{SHEET} says {layout.frames}, {layout.rate_hz} and {layout.bits}")])  # fmt: skip
    return Programme(layout, partial(wav.blocks, path))


def _faults(layouts: Sequence[Layout], tracks: int) -> Iterator[Fault]:
    yield from marks.faults(layouts, tracks)
    sides = [layout.side for layout in layouts]
    if not sides or sides != sorted(set(sides)) or not all(_LETTER.fullmatch(side) for side in sides):
        yield Fault("", f"sides {', '.join(map(repr, sides)) or 'none'}; wanted letters, each once, in order")
    kinds = sorted({(layout.rate_hz, layout.bits) for layout in layouts})
    if len(kinds) > 1:
        yield Fault("", f"sides of {kinds} Hz and bits; one record is cut from one kind of file")
    for layout in layouts:
        yield from marks.off_grid(layout)
        yield from wav.faults(layout)
