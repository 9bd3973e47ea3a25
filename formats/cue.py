"""The CD image: the whole disc as one 16-bit WAV with a CUE sheet, for plants and burners that take no DDP.

The sheet's words are ISO 8859-1, and `check` notes each text that is written differently. The image begins with track
1's first sample; the two seconds of pause before it are the burner's.

Source: IEC 60908 for the disc; `formats._cuesheet` for the sheet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from albums import Album
from albums.codes import ean
from albums.faults import Fault, Refusal, refuse
from formats import Layout, Programme, Reading, _cuesheet, _marks, _redbook, _wav
from formats._files import beside, content, only
from formats._names import ascii_file_name
from formats._texts import CUE_BYTES, by_place, latin

SPOKEN = ("title", "artist", "songwriter")  # what is words and no code
LARGEST_SHEET_BYTES = 2**20  # 99 tracks with all texts take 50 kB


def check(album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """Refusals for what no disc holds, and a note for each text that the sheet has in other words."""
    faults = [*_marks.one_programme(layouts), *_marks.faults(layouts, len(album.tracks))]
    for layout in layouts:
        faults += [*_redbook.faults(layout), *_wav.faults(layout)]
    return (*faults, *_rewordings(album))


def texts(album: Album, layouts: Sequence[Layout]) -> dict[str, str]:  # noqa: ARG001 - the protocol's
    """The texts as the sheet has them: words in ISO 8859-1, the UPC as the 13 digits of an EAN."""
    codes = by_place(album, (), ("isrc",))
    if album.release.upc:
        codes["album.upc"] = ean(album.release.upc)
    return {place: written for place, text in _words(album).items() if (written := latin(text))} | codes


def write(folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
    """Write image and sheet into `folder`; raises Refusal with what `check` refuses."""
    layouts = [programme.layout for programme in programmes]
    refuse(check(album, layouts))
    name = f"{album.release.artist} - {album.release.title}"
    image = ascii_file_name(name, ".wav")
    sheet = _cuesheet.Sheet(image, texts(album, layouts), layouts[0].marks)
    _wav.write(folder / image, programmes[0])
    (folder / ascii_file_name(name, ".cue")).write_bytes(_cuesheet.encode(sheet))


def read(folder: Path) -> Reading:
    """The disc in `folder`; raises Refusal when sheet or image are not as `write` writes them."""
    path = only(folder, "*.cue")
    sheet = _cuesheet.decode(content(path, LARGEST_SHEET_BYTES), path.name)
    if not sheet.marks:
        raise Refusal([Fault(path.name, "has no track")])
    image = beside(path, sheet.file)
    layout = replace(_wav.layout_of(image), marks=sheet.marks)
    refuse([*_marks.faults([layout], len(sheet.marks)), *_redbook.faults(layout)])
    return Reading((Programme(layout, partial(_wav.blocks, image)),), sheet.texts)


def _words(album: Album) -> dict[str, str]:
    return by_place(album, SPOKEN, SPOKEN)


def _rewordings(album: Album) -> Iterator[Fault]:
    limits = f"a CUE sheet holds ISO 8859-1 without quotation marks, at most {CUE_BYTES} bytes"
    for place, text in _words(album).items():
        written = latin(text)
        if written != text:
            becomes = f"is written as {written!r}" if written else "is left out"
            yield Fault(place, f"{text!r} {becomes}: {limits}", "note")
