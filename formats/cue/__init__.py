"""The CD image: each disc whole as one 16-bit WAV with a CUE sheet and a TOC, for plants and burners that take no DDP.

Both sheets say where the tracks are and what they are called, in ISO 8859-1; `check` notes each text that is written
differently. The CUE sheet keeps to what every reader takes; the TOC, which cdrdao reads, also has the indexes above 01,
the composers and the arrangers. The image begins with track 1's first sample, or with what is hidden before it; the
two seconds of pause before that are the burner's. An album of several discs has a folder for each, `disc-1` and on,
with its tracks counted from 1, as a disc counts them.

Source: IEC 60908 for the disc; `formats._cd.cue_sheet` and `formats.cue.toc_file` for the sheets.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from albums import Album
from albums.codes import ean
from albums.faults import Fault, Refusal, refuse
from formats._cd import cue_sheet, red_book
from formats._shared import marks, wav
from formats._shared.file_names import ascii_file_name
from formats._shared.files import beside, content, of_disc, only
from formats._shared.marks import timecode
from formats._shared.programme import Layout, Mark, Programme, Reading
from formats._shared.texts import CUE_BYTES, by_place, latin, unheld
from formats.cue import toc_file

SPOKEN = tuple(toc_file.WORDS.values())  # these fields are words, not codes
IN_TOC_ALONE = ("composer", "arranger")  # cdrdao refuses a CUE sheet with a command for them
LARGEST_SHEET_BYTES = 2**20  # 99 tracks with all texts and indexes take 250 kB

_DISC = re.compile("disc-([1-9][0-9]{0,2})")


def check(album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """Refusals for what no disc holds; notes on texts in other words and on what only the TOC has."""
    faults = (*_faults(layouts, len(album.tracks)), *_rewordings(album), *_in_toc_alone(album, layouts))
    return (*faults, *unheld(album, "a CUE sheet"))


def texts(album: Album, layouts: Sequence[Layout]) -> dict[str, str]:  # noqa: ARG001 - the protocol's
    """The texts as the sheets have them: words in ISO 8859-1, the UPC as the 13 digits of an EAN."""
    codes = by_place(album, (), ("isrc",))
    if album.release.upc:
        codes["album.upc"] = ean(album.release.upc)
    return {place: written for place, text in _words(album).items() if (written := latin(text))} | codes


def write(folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
    """Write each disc's image and sheets into `folder`; raises Refusal with what `check` refuses."""
    layouts = [programme.layout for programme in programmes]
    refuse(check(album, layouts))
    said = texts(album, layouts)
    name = f"{album.release.artist} - {album.release.title}"
    for programme in programmes:
        disc = programme.layout.disc
        inside = of_disc(folder, disc)
        inside.mkdir(exist_ok=True)
        _write_disc(inside, partial(_file_name, name, disc), said, programme)


def read(folder: Path) -> Reading:
    """The discs in `folder`; raises Refusal when sheets or images are not as `write` writes them."""
    programmes: list[Programme] = []
    said: dict[str, str] = {}
    tracks = 0
    for inside, disc in _discs(folder):
        programme, on_disc = _read_disc(inside, disc, tracks)
        if programmes:
            refuse(_differences(inside.name, _of_album(on_disc), "the disc before", _of_album(said)))
        programmes.append(programme)
        said |= on_disc
        tracks += len(programme.layout.marks)
    refuse(_faults([heard.layout for heard in programmes], tracks))
    return Reading(tuple(programmes), said)


def _write_disc(folder: Path, name: Callable[[str], str], said: Mapping[str, str], programme: Programme) -> None:
    layout = programme.layout
    numbers = {mark.track: number for number, mark in enumerate(layout.marks, 1)}
    marks = tuple(replace(mark, track=numbers[mark.track]) for mark in layout.marks)
    on_disc = _renumbered(said, numbers)
    image = name(".wav")
    wav.write(folder / image, programme)
    (folder / name(".cue")).write_bytes(cue_sheet.encode(cue_sheet.Sheet(image, on_disc, marks)))
    (folder / name(".toc")).write_bytes(toc_file.encode(toc_file.Toc(image, layout.frames, on_disc, marks)))


def _read_disc(folder: Path, disc: int, before: int) -> tuple[Programme, dict[str, str]]:
    """The disc in `folder` and its texts, its tracks counted on from the `before` tracks of earlier discs."""
    path, toc_path = only(folder, "*.cue"), only(folder, "*.toc")
    sheet = cue_sheet.decode(content(path, LARGEST_SHEET_BYTES), path.name)
    if not sheet.marks:
        raise Refusal([Fault(path.name, "has no track")])
    toc = toc_file.decode(content(toc_path, LARGEST_SHEET_BYTES), toc_path.name)
    in_both = {place: text for place, text in toc.texts.items() if not place.endswith(IN_TOC_ALONE)}
    refuse(_differences(path.name, _statements(sheet.file, sheet.marks, sheet.texts),
                        toc_path.name, _statements(toc.file, toc.marks, in_both)))  # fmt: skip
    image = beside(path, sheet.file)
    found = wav.layout_of(image)
    if found.frames != toc.frames:
        raise Refusal([Fault(image.name, f"has {found.frames} samples; {toc_path.name} says {toc.frames}")])
    marks = tuple(replace(mark, track=mark.track + before) for mark in toc.marks)
    said = _renumbered(toc.texts, {mark.track: mark.track + before for mark in toc.marks})
    return Programme(replace(found, marks=marks, disc=disc), partial(wav.blocks, image)), said


def _discs(folder: Path) -> list[tuple[Path, int]]:
    """The folder of each disc and its number: `folder` itself and 0 when there is only one."""
    named = [(path, _DISC.fullmatch(path.name)) for path in folder.glob("disc-*") if path.is_dir()]
    found = sorted((int(name[1]), path) for path, name in named if name)
    return [(path, number) for number, path in found] or [(folder, 0)]


def _file_name(name: str, disc: int, suffix: str) -> str:
    return ascii_file_name(name, f" (disc {disc}){suffix}" if disc else suffix)


def _renumbered(said: Mapping[str, str], numbers: Mapping[int, int]) -> dict[str, str]:
    """`said` with each track numbered as `numbers` has it, without the tracks that it lacks."""
    places = {"album": "album"} | {f"tracks[{old}]": f"tracks[{new}]" for old, new in numbers.items()}
    apart = [(*place.split("."), text) for place, text in said.items()]
    return {f"{places[place]}.{field}": text for place, field, text in apart if place in places}


def _of_album(said: Mapping[str, str]) -> dict[str, str]:
    return _renumbered(said, {})


def _statements(file: str, marks: Sequence[Mark], said: Mapping[str, str]) -> dict[str, str]:
    """What a sheet says that both sheets have, by place; times as they write them."""
    places = {f"tracks[{mark.track}].start": mark.start for mark in marks}
    places |= {f"tracks[{mark.track}].pause": mark.pause for mark in marks if mark.pause is not None}
    times = {place: timecode(position, red_book.RATE_HZ) for place, position in places.items()}
    return {"file": file, **times, **said}


def _differences(name: str, found: Mapping[str, str], other: str, wanted: Mapping[str, str]) -> Iterator[Fault]:
    """A refusal for each place where the sheet called `name` differs from the one called `other`."""
    for place in {**found, **wanted}:
        words = [repr(said[place]) if place in said else "left out" for said in (found, wanted)]
        if words[0] != words[1]:
            yield Fault(f"{name}: {place}", f"is {words[0]}; in {other} it is {words[1]}")


def _faults(layouts: Sequence[Layout], tracks: int) -> Iterator[Fault]:
    yield from marks.discs(layouts)
    yield from marks.faults(layouts, tracks)
    for layout in layouts:
        for fault in (*red_book.faults(layout), *red_book.many_indexes(layout), *wav.faults(layout)):
            yield replace(fault, where=fault.where or layout.part)


def _words(album: Album) -> dict[str, str]:
    return by_place(album, SPOKEN, SPOKEN)


def _rewordings(album: Album) -> Iterator[Fault]:
    limits = f"a disc's sheets hold ISO 8859-1 without quotation marks, at most {CUE_BYTES} bytes"
    for place, text in _words(album).items():
        written = latin(text)
        if written != text:
            becomes = f"is written as {written!r}" if written else "is left out"
            yield Fault(place, f"{text!r} {becomes}: {limits}", "note")


def _in_toc_alone(album: Album, layouts: Sequence[Layout]) -> Iterator[Fault]:
    if any(latin(text) for text in by_place(album, IN_TOC_ALONE, IN_TOC_ALONE).values()):
        yield Fault("", "composers and arrangers are in the TOC alone: a CUE sheet has no word for them that all "
                    "its readers know", "note")  # fmt: skip
    for mark in (mark for layout in layouts for mark in layout.marks if mark.indexes):
        yield Fault(f"tracks[{mark.track}]", "has its indexes above 01 in the TOC alone: not all readers of a CUE "
                    "sheet take them", "note")  # fmt: skip
