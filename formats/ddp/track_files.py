"""A disc taken apart: a tagged WAV for each track, and the CUE sheet that puts them together again.

A track's file runs from its index 01 to the next track's, so that laid end to end the files are the disc; what stands
before track 1 is a file of its own, number 00. The sheet has each pause in the file of the track before it, the form
that Exact Audio Copy calls "multiple WAV files with gaps" and that most players read.

Source: ID3v2.4 native frames for the names of the tags, in an `id3 ` chunk, where mutagen and most players look.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from mutagen import id3
from mutagen.wave import WAVE

from formats._cd.cue_sheet import DISC, ENCODING, NEWLINE, TRACK, text_lines
from formats._shared import wav
from formats._shared.file_names import ascii_file_name
from formats._shared.marks import timecode
from formats._shared.programme import Block, Layout, Mark, Programme
from formats._shared.texts import latin

HIDDEN = "Hidden track"
SHEET = "disc.cue"
ORIGINAL = " (MS-JIS)"  # ends the place of a text in its own language, where a disc has both
OF_ALBUM = {"title": "TALB", "artist": "TPE2", "genre": "TCON", "upc": "TXXX:BARCODE",
            "catalogue_number": "TXXX:CATALOGNUMBER"}  # fmt: skip
OF_TRACK = {"title": "TIT2", "artist": "TPE1", "songwriter": "TEXT", "composer": "TCOM", "isrc": "TSRC"}


def write(folder: Path, programme: Programme, texts: Mapping[str, str]) -> None:
    """Write the tracks of a disc and its sheet into `folder`; `texts` by place, as `Reading` has them."""
    layout, first = programme.layout, programme.layout.marks[0].track
    files: dict[int, str] = {}
    for mark, start, stop in layout.apart.spans():
        number = mark.track and mark.track - first + 1
        title = texts.get(f"tracks[{mark.track}].title", f"Track {number:02d}") if number else HIDDEN
        files[number] = ascii_file_name(f"{number:02d} {title}", ".wav")
        path = folder / files[number]
        wav.write(path, _piece(programme, start, stop))
        place = f"tracks[{mark.track}]" if number else ""
        _tag(path, _frames(number, len(layout.marks), texts, place))
    said = {place: latin(text) for place, text in texts.items()}
    (folder / SHEET).write_bytes("".join(line + NEWLINE for line in _sheet(layout, said, files)).encode(ENCODING))


def _piece(programme: Programme, start: int, stop: int) -> Programme:
    layout = replace(programme.layout, frames=stop - start, marks=(Mark(1, 0),))
    return Programme(layout, partial(_from, programme, start, stop))


def _from(programme: Programme, first: int, stop: int, start: int = 0) -> Iterator[Block]:
    return programme.cut(first + start, stop)


def _tag(path: Path, frames: Iterable[tuple[str, str]]) -> None:
    """Write frames, each as (name, text); after a colon a name has the description of a TXXX frame."""
    file = WAVE(path)  # type: ignore[no-untyped-call]
    file.add_tags()  # type: ignore[no-untyped-call]
    for name, text in frames:
        kind, _, described = name.partition(":")
        more = {"desc": described} if described else {}
        file.tags.add(getattr(id3, kind)(encoding=id3.Encoding.UTF8, text=[text], **more))  # type: ignore[attr-defined]
    file.save()


def _frames(number: int, total: int, texts: Mapping[str, str], place: str) -> Iterator[tuple[str, str]]:
    for of, table in (("album", OF_ALBUM), (place, OF_TRACK)):
        for field, name in table.items():
            if text := _text(texts, f"{of}.{field}"):
                yield name, text
    if not number:
        yield OF_TRACK["title"], HIDDEN
    yield "TRCK", f"{number}/{total}"


def _text(texts: Mapping[str, str], place: str) -> str:
    """A text in its own language; from the Latin block where the MS-JIS one has only wide Latin letters, or nothing."""
    original = texts.get(place + ORIGINAL, "")
    is_latin = all(ord(c) < 0x100 for c in unicodedata.normalize("NFKC", original))
    return texts.get(place, "") if is_latin else original


def _sheet(layout: Layout, texts: Mapping[str, str], files: Mapping[int, str]) -> Iterator[str]:
    yield from text_lines("", "album", DISC, texts)
    opened, begin = (0, 0) if 0 in files else (1, 0)
    yield f'FILE "{files[opened]}" WAVE'
    for number, mark in enumerate(layout.marks, 1):
        yield f"  TRACK {number:02d} AUDIO"
        yield from text_lines("    ", f"tracks[{mark.track}]", TRACK, texts)
        if mark.pause is not None:
            yield f"    INDEX 00 {timecode(mark.pause - begin, layout.rate_hz)}"
        if number != opened:
            yield f'FILE "{files[number]}" WAVE'
        opened, begin = number, mark.start
        for index, place in enumerate((mark.start, *mark.indexes), 1):
            yield f"    INDEX {index:02d} {timecode(place - begin, layout.rate_hz)}"
