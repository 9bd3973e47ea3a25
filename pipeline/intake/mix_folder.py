"""What lies in a folder of mixes: the sound files in the order to be played, what tags and names say, and a cover.

Tags come before names when the order is sought; hidden files, `masters` and links that leave the folder are skipped.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mutagen
import soundfile
from pydantic import TypeAdapter, ValidationError

from albums import LONGEST_TEXT, MANIFEST, MOST_TRACKS, FileName
from albums.faults import Fault, Refusal, refuse
from pipeline.intake.mix_names import MixName, plain, read_names

SOUNDS = {".wav", ".wave", ".aif", ".aiff", ".aifc", ".flac", ".rf64", ".w64", ".caf"}
COVERS = ("cover.png", "cover.jpg", "cover.jpeg", "folder.png", "folder.jpg", "folder.jpeg")
MASTERS = "masters"  # where the deliverables go, unless told otherwise

# Where a text is found: names of Vorbis comments (also libsndfile's for RIFF INFO, AIFF and CAF), then ID3v2.4 frames.
TAGS = {
    "title": ("title", "tit2"),
    "artist": ("artist", "tpe1"),
    "album": ("album", "talb"),
    "album_artist": ("albumartist", "album artist", "tpe2"),
    "release_date": ("date", "tdrl", "tdrc"),
    "genre": ("genre", "tcon"),
    "label": ("label", "organization", "publisher", "tpub"),
    "upc": ("barcode", "upc", "ean", "txxx:barcode", "txxx:upc", "txxx:ean"),
    "catalogue_number": ("catalognumber", "txxx:catalognumber"),
    "copyright": ("copyright", "tcop"),
    "isrc": ("isrc", "tsrc"),
    "track": ("tracknumber", "trck"),
    "disc": ("discnumber", "tpos"),
}
KNOWN_TAGS = {name for names in TAGS.values() for name in names}


@dataclass(frozen=True)
class Found:
    """One mix in the folder: its path there, the texts of its tags by the keys of TAGS, and what its name says."""

    mix: str
    tags: dict[str, str]
    name: MixName


def mixes_in(folder: Path) -> list[Found]:
    """The mixes in `folder` and its subfolders, hidden ones and `masters` left out, in the order to be played.

    Raises Refusal when the folder cannot be read, holds no mixes or too many, or a mix cannot be named in a manifest.
    """
    try:
        mixes = _mixes(folder)
    except OSError as error:
        raise Refusal([Fault(str(folder), f"cannot be read: {error.strerror}")]) from None
    if not 1 <= len(mixes) <= MOST_TRACKS:
        kinds = ", ".join(sorted(SOUNDS))
        raise Refusal([Fault(str(folder), f"holds {len(mixes)} sound files ({kinds}); wanted 1 to {MOST_TRACKS}")])
    refuse(_unnameable(mixes))
    names = read_names([mix.stem for mix in mixes])
    return _ordered([Found(mix.as_posix(), _tags(folder / mix), name) for mix, name in zip(mixes, names, strict=True)])


def cover_in(folder: Path) -> str:
    """The name of the cover in `folder`, the first of COVERS that is a file there, or ""."""
    names = {path.name.lower(): path.name for path in folder.iterdir() if path.is_file() and not path.is_symlink()}
    return next((names[name] for name in COVERS if name in names), "")


def _mixes(folder: Path) -> list[Path]:
    """The sound files, relative to `folder`, in natural order, each once; links count if they stay in the folder."""
    inside, found = folder.resolve(), dict[Path, Path]()
    for path in sorted(_sounds(folder), key=lambda path: (path.is_symlink(), str(path))):
        if path.is_file() and path.resolve().is_relative_to(inside):
            found.setdefault(path.resolve(), path.relative_to(folder))
    return sorted(found.values(), key=_natural)


def _sounds(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        raise error

    for place, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".") and name.lower() != MASTERS]
        for path in (Path(place, name) for name in files if not name.startswith(".")):
            if path.suffix.lower() in SOUNDS:
                yield path


def _natural(path: Path) -> tuple[list[str | int], str]:
    """A key that sorts 2 before 10: the parts at odd places are numbers and compare as such."""
    parts = re.split(r"([0-9]+)", path.as_posix().casefold())
    return [int(part) if index % 2 else part for index, part in enumerate(parts)], path.as_posix()


def _unnameable(mixes: Iterable[Path]) -> Iterator[Fault]:
    nameable = TypeAdapter[str](FileName)
    for mix in mixes:
        try:
            nameable.validate_python(mix.as_posix())
        except ValidationError:
            words = f"cannot be named in {MANIFEST}: it is longer than {LONGEST_TEXT} characters, or holds control"
            yield Fault(ascii(mix.as_posix()), f"{words} characters or bytes that are no UTF-8; rename it")


def _ordered(found: list[Found]) -> list[Found]:
    """By the tags' disc and track numbers, else by the names' numbers, if every mix has its own; else unchanged."""

    def tagged(one: Found) -> tuple[int, ...]:
        numbers = [re.match(r"[0-9]{1,4}(?![0-9])", one.tags.get(key, "")) for key in ("disc", "track")]
        return (int(numbers[0][0]) if numbers[0] else 1, int(numbers[1][0])) if numbers[1] else ()

    orders: tuple[Callable[[Found], tuple[int, ...]], ...] = (tagged, lambda one: one.name.number)
    for order in orders:
        places = {order(one) for one in found}
        if () not in places and len(places) == len(found):
            return sorted(found, key=order)
    return found


def _tags(path: Path) -> dict[str, str]:
    """The texts of the file's tags by the keys of TAGS; what cannot be read is left out."""
    raw: dict[str, str] = {}
    for reader in (_by_libsndfile, _by_mutagen):
        with suppress(Exception):  # tags may come from any program: on broken ones, parsers raise anything
            raw |= reader(path)
    chosen = {key: next((raw[name] for name in names if raw.get(name)), "") for key, names in TAGS.items()}
    return {key: text for key, text in chosen.items() if text}


def _by_libsndfile(path: Path) -> dict[str, str]:
    with soundfile.SoundFile(path) as file:
        return {key: plain(text) for key, text in file.copy_metadata().items()}


def _by_mutagen(path: Path) -> dict[str, str]:
    file = mutagen.File(path)
    tags: Any = file.tags if file is not None and file.tags is not None else {}
    return {key.lower(): plain(_first(value)) for key, value in tags.items() if key.lower() in KNOWN_TAGS}


def _first(value: Any) -> str:
    """The first text of a Vorbis comment or an ID3 frame; a genre that is a number becomes its name."""
    texts = getattr(value, "genres", None) or getattr(value, "text", value)
    return str(texts[0] if isinstance(texts, list) and texts else texts)
