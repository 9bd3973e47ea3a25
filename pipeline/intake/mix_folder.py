"""What lies in a folder of mixes: the sound files in the order to be played, what tags and names say, and a cover.

Tags come before names when the order is sought; hidden files, `masters` and links that leave the folder are passed by,
and named.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from albums import LONGEST_TEXT, MANIFEST, MOST_TRACKS, FileName
from albums.faults import Fault, Refusal, refuse
from albums.regular_files import unreadable
from pipeline.intake.left_out import SOUNDS, left_out, sight
from pipeline.intake.mix_names import MixName, read_names
from pipeline.intake.mix_tags import Texts, tags_of
from pipeline.intake.mixes import open_mix

COVERS = ("cover.png", "cover.jpg", "cover.jpeg", "folder.png", "folder.jpg", "folder.jpeg")


@dataclass(frozen=True)
class Found:
    """One mix in the folder: its path there, the texts of its tags by the keys of TAGS, and what its name says.

    `amiss` is why it cannot be mastered as it is, in words, or "".
    """

    mix: str
    tags: Texts
    name: MixName
    amiss: str = ""


@dataclass(frozen=True)
class MixFolder:
    """What lies in a folder: the mixes in the order to be played, and a note on each file of sound that is none."""

    mixes: tuple[Found, ...]
    left_out: tuple[Fault, ...]


def look_into(folder: Path) -> MixFolder:
    """The mixes in `folder` and its subfolders, hidden ones and `masters` left out, in the order to be played.

    Raises Refusal when the folder cannot be read, holds no mixes or too many, or a mix cannot be named in a manifest.
    """
    try:
        sighted = sight(folder)
        mixes = _mixes(folder, sighted.files)
    except OSError as error:
        raise Refusal([Fault(str(folder), unreadable(error))]) from None
    others = (*left_out(folder, sighted.files, mixes), *sighted.unseen)
    kinds = ", ".join(sorted(SOUNDS))
    if not mixes:
        words = f"holds no sound file that can be mastered ({kinds})"
        raise Refusal([Fault(str(folder), words), *(Fault(fault.where, fault.words) for fault in others)])
    if len(mixes) > MOST_TRACKS:
        raise Refusal([Fault(str(folder), f"holds {len(mixes)} sound files ({kinds}); wanted 1 to {MOST_TRACKS}")])
    refuse(_unnameable(mixes))
    names = read_names([mix.stem for mix in mixes])
    found = [
        Found(mix.as_posix(), tags_of(folder / mix), name, _amiss(folder / mix))
        for mix, name in zip(mixes, names, strict=True)
    ]
    return MixFolder(tuple(_ordered(found)), others)


def cover_in(folder: Path) -> str:
    """The name of the cover in `folder`, the first of COVERS that is a file there, or ""."""
    names = {path.name.lower(): path.name for path in folder.iterdir() if path.is_file() and not path.is_symlink()}
    return next((names[name] for name in COVERS if name in names), "")


def _mixes(folder: Path, files: Iterable[Path]) -> list[Path]:
    """Those of `files` that are sound, in natural order, each once; links count if they stay in the folder."""
    inside, found = folder.resolve(), dict[Path, Path]()
    sounds = (folder / file for file in files if file.suffix.lower() in SOUNDS)
    for path in sorted(sounds, key=lambda path: (path.is_symlink(), str(path))):
        with suppress(RuntimeError):  # a link to itself
            if path.is_file() and path.resolve().is_relative_to(inside):
                found.setdefault(path.resolve(), path.relative_to(folder))
    return sorted(found.values(), key=_natural)


def _amiss(path: Path) -> str:
    """Why the mix cannot be opened as it is, or ""."""
    try:
        open_mix(path, "")
    except Refusal as refusal:
        return "; ".join(fault.words for fault in refusal.faults)
    return ""


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
        said = [one.tags.get(key, ("",))[0] for key in ("disc", "number")]
        numbers = [re.match(r"[0-9]{1,4}(?![0-9])", text) for text in said]
        return (int(numbers[0][0]) if numbers[0] else 1, int(numbers[1][0])) if numbers[1] else ()

    orders: tuple[Callable[[Found], tuple[int, ...]], ...] = (tagged, lambda one: one.name.number)
    for order in orders:
        places = {order(one) for one in found}
        if () not in places and len(places) == len(found):
            return sorted(found, key=order)
    return found
