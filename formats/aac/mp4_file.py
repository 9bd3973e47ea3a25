"""One MP4 file of AAC: its atoms of metadata, and the length that its edit list states.

Source: Apple, "QuickTime File Format", metadata (the atoms that begin with "©"); MusicBrainz Picard documentation,
appendix A, for the others and for the freeform atoms; `rtng` is 1 for explicit as iTunes has it. iTunSMPB is iTunes'
own: delay, padding and length in hexadecimal digits, which its encoder writes, and players read that heed no edit list.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mutagen import MutagenError
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm

from albums.faults import Fault, Refusal
from albums.regular_files import BoundedReads, open_regular, unreadable
from formats._lossy.lossy_file import LossyFile
from formats._shared.cover import Cover
from formats._shared.pcm import CHANNELS
from formats._shared.tagged_tracks import as_os_error, cover_hash
from formats.codecs.mp4_boxes import Edit, read_edit

TEXTS = {
    "TITLE": "©nam", "ARTIST": "©ART", "COMPOSER": "©wrt", "ALBUM": "©alb", "ALBUMARTIST": "aART", "DATE": "©day",
    "GENRE": "©gen", "COPYRIGHT": "cprt",
}  # fmt: skip
FREEFORM = ("WRITER", "ARRANGER", "ISRC", "BARCODE", "CATALOGNUMBER", "LABEL", "LANGUAGE", "PRODUCEDNOTICE")
MEAN = "----:com.apple.iTunes:"
HEARD = MEAN + "iTunSMPB"
FRAME = 1024  # samples, the last one whole as players of iTunSMPB count
AAC_LC = "mp4a.40.2"  # as mutagen has it: ISO 14496-3, 1.5.1.1
COUNTS = {"trkn": ("TRACKNUMBER", "TRACKTOTAL", "TOTALTRACKS"), "disk": ("DISCNUMBER", "DISCTOTAL", "TOTALDISCS")}
ADVISORY, COMPILATION, GAPLESS, COVERS = "rtng", "cpil", "pgap", "covr"
KINDS = {"image/jpeg": MP4Cover.FORMAT_JPEG, "image/png": MP4Cover.FORMAT_PNG}
PADDING_BYTES = 4096  # taste: room to change a tag without moving the sound
LARGEST_READ_BYTES = 2**25  # the largest cover, the texts and the table of frames


def tag(path: Path, comments: Iterable[tuple[str, str]], cover: Cover | None) -> None:
    """Put `comments`, pairs of a Vorbis comment's name and its value, and the cover into the file at `path`."""
    try:
        file: Any = MP4(path)  # type: ignore[no-untyped-call]
        if file.tags is None:
            file.add_tags()
        for name, value in _atoms(dict(comments)):
            file.tags[name] = value
        file.tags[HEARD] = [MP4FreeForm(_heard(read_edit(path)).encode())]  # type: ignore[no-untyped-call]
        if cover:
            file.tags[COVERS] = [MP4Cover(cover.data, KINDS[cover.mime])]  # type: ignore[no-untyped-call]
        file.save(padding=lambda _: PADDING_BYTES)
    except MutagenError as error:
        raise as_os_error(error) from None


def opened(path: Path) -> LossyFile:
    """What `path` says of itself; raises Refusal when it is no stereo MP4 with an edit list and tags."""
    edit = read_edit(path)
    try:
        with open_regular(path) as raw:
            file: Any = MP4(BoundedReads(raw, LARGEST_READ_BYTES))  # type: ignore[no-untyped-call]
        comments, channels, coding = tuple(_comments(file.tags)), int(file.info.channels), str(file.info.codec)
        heard = [bytes(data).decode() for data in file.tags.get(HEARD, [])]
        covers, gapless = [bytes(data) for data in file.tags.get(COVERS, [])], bool(file.tags.get(GAPLESS))
    except OSError as error:
        raise _refusal(path, unreadable(error)) from None
    except Exception:  # mutagen raises exceptions of any kind on broken input
        raise _refusal(path, "has no tags that can be read") from None
    if (channels, coding) != (CHANNELS, AAC_LC):
        raise _refusal(path, f"has {channels} channels of {coding}; wanted 2 of {AAC_LC}, which is AAC-LC")
    if not gapless:
        raise _refusal(path, f"does not say by {GAPLESS} that it is played without a gap")
    if heard != [_heard(edit)]:
        raise _refusal(path, "says by iTunSMPB that something else is heard than by its edit list")
    return LossyFile(path, "aac", edit.rate_hz, edit.frames, comments, cover_hash(path, covers, "covers"))


def _atoms(given: dict[str, str]) -> Iterator[tuple[str, Any]]:
    yield from ((atom, [given[name]]) for name, atom in TEXTS.items() if name in given)
    for name in FREEFORM:
        if name in given:
            yield MEAN + name, [MP4FreeForm(given[name].encode())]  # type: ignore[no-untyped-call]
    for atom, (number, total, _) in COUNTS.items():
        if number in given:
            yield atom, [(int(given[number]), int(given[total]))]
    if "ITUNESADVISORY" in given:
        yield ADVISORY, [int(given["ITUNESADVISORY"])]
    if "COMPILATION" in given:
        yield COMPILATION, True
    yield GAPLESS, True


def _heard(edit: Edit) -> str:
    """What the edit list says, as iTunes says it; the numbers after the length are not in use."""
    padding = -(-edit.decoded // FRAME) * FRAME - edit.media_time - edit.frames
    return f" 00000000 {edit.media_time:08X} {padding:08X} {edit.frames:016X}" + " 00000000" * 8


def _comments(tags: Any) -> Iterator[tuple[str, str]]:
    """What `_atoms` was given; atoms of others are passed over."""
    for name, atom in TEXTS.items():
        yield from ((name, str(text)) for text in tags.get(atom, []))
    for name in FREEFORM:
        yield from ((name, bytes(data).decode()) for data in tags.get(MEAN + name, []))
    for atom, names in COUNTS.items():
        for number, total in tags.get(atom, []):
            yield from zip(names, map(str, (number, total, total)), strict=True)
    yield from (("ITUNESADVISORY", str(value)) for value in tags.get(ADVISORY, []))
    if tags.get(COMPILATION):
        yield "COMPILATION", "1"


def _refusal(path: Path, words: str) -> Refusal:
    return Refusal([Fault(path.name, words)])
