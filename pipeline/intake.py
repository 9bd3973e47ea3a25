"""A first `album.toml` for a folder of mixes, in the order and with the titles and codes that tags and names give.

Tags come before names. What a file name says is read by these rules, which are taste:

- Underscores are spaces. An ISRC anywhere in the name is the track's, and no part of its title.
- A number at the start is the track's place only if every file has one; else it may be a title ("99 Luftballons").
- At the end, signs of the studio are no title: in brackets ("[24-96]", "(final mix)"), after a dash ("- master"), as
  no other word can be meant ("v2", "48k"), or two and more together ("final mix"). "mix" alone may be a word of the
  title ("In the Mix") and goes only if every name ends in such a sign.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import mutagen
import soundfile
import tomlkit
from pydantic import TypeAdapter, ValidationError
from tomlkit.items import AoT, Table

import profiles
from albums import LONGEST_TEXT, MANIFEST, MOST_TRACKS, FileName, Intent
from albums.codes import checked_isrc, checked_upc
from albums.faults import Fault, Refusal

SOUNDS = {".wav", ".wave", ".aif", ".aiff", ".aifc", ".flac", ".rf64", ".w64", ".caf"}
COVERS = ("cover.png", "cover.jpg", "cover.jpeg", "folder.png", "folder.jpg", "folder.jpeg")
MASTERS = "masters"  # where the deliverables go, unless told otherwise

# Where a text stands: names of Vorbis comments (also libsndfile's for RIFF INFO, AIFF and CAF), then ID3v2.4 frames.
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

_ISRC = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}-?[A-Za-z0-9]{3}-?[0-9]{2}-?[0-9]{5}(?![A-Za-z0-9])")
_NUMBER = re.compile(r"([0-9]{1,3})(?=[\s.)-]|$)[\s.)-]*")
_BRACKETED = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]$")
_SURE = (
    r"(?:v|rev|ver|mix|master|version)[ .]?[0-9]{1,2}|(?:16|24|32)[ -]?(?:bits?|float|f)|mixdown|unmastered|premaster"
    r"|(?:16|24|32)[ -](?:44|48|88|96|176|192)k?|(?:44|44[.]1|48|88|88[.]2|96|176|176[.]4|192) ?k(?:hz)?"
)
_MAYBE = r"mix|final|master|mastered|stereo|bounce|print|rough"
_LAST = re.compile(rf"(?:^|(?P<dash>\s[-–]\s*)|[\s,+-])(?:(?P<sure>{_SURE})|{_MAYBE})$", re.IGNORECASE)

OPENING = """\
An album as Glassmaster reads it, written from the names and tags of the files in this folder.
Read it through and mend what is wrong; tracks are played in the order that they have here.
Then `glassmaster check` says what is amiss, and `glassmaster master` makes the masters.\
"""
MORE_OF_ALBUM = {
    "upc": '"..."                 # the product\'s 12 or 13 digits',
    "catalogue_number": '"..."',
    "label": '"..."',
    "release_date": "2026-11-27",
    "genre": '"..."',
    "language": '"en"             # of the words that are sung',
    "copyright": '"2026 ..."      # the (c) line',
    "phonogram": '"2026 ..."      # the (p) line',
    "cover": '"cover.png"         # a square, 1400 pixels a side or more',
}
CHECKS: dict[str, Callable[[str], str | date]] = {
    "upc": checked_upc,
    "release_date": lambda text: date.fromisoformat(text[:10]),
}
MORE_OF_TRACK = """\
A track may also have: artist, songwriter, composer, arranger (left out, they are the album's); isrc;
gap_s = 3.0 (silence before it), or crossfade_s = 4.0 (overlap with the track before);
fade_in_s, fade_out_s, trim_start_s, trim_end_s; level_wish_lu = -2.0 (quieter than the album's level);
side = "A" (vinyl); explicit = true.\
"""


@dataclass(frozen=True)
class Found:
    """One mix in the folder: its path there, the texts of its tags by the keys of TAGS, and what its name says."""

    mix: str
    tags: dict[str, str]
    number: tuple[int, ...]
    title: str
    isrc: str


def write_manifest(folder: Path) -> Path:
    """Write `manifest_for(folder)` as the folder's `album.toml`, whole or not at all, and return its path.

    Raises Refusal as `manifest_for` does, when there is an `album.toml` (it is never overwritten), or when none can be
    written.
    """
    target, aside = folder / MANIFEST, folder / f".{MANIFEST}.{os.getpid()}"
    if target.is_symlink() or target.exists():
        raise Refusal([_there(target)])
    text = manifest_for(folder)
    try:
        with aside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        _move(aside, target)
    except FileExistsError:
        raise Refusal([_there(target)]) from None
    except OSError as error:
        raise Refusal([Fault(str(target), f"cannot be written: {error.strerror}")]) from None
    finally:
        aside.unlink(missing_ok=True)
    return target


def manifest_for(folder: Path) -> str:
    """The text of an `album.toml` for the mixes in `folder` and its subfolders, hidden ones and `masters` left out.

    Raises Refusal when the folder cannot be read, holds no mixes or too many, or a mix cannot be named in a manifest.
    """
    try:
        mixes = _mixes(folder)
    except OSError as error:
        raise Refusal([Fault(str(folder), f"cannot be read: {error.strerror}")]) from None
    if not 1 <= len(mixes) <= MOST_TRACKS:
        raise Refusal([Fault(str(folder), f"holds {len(mixes)} sound files ({_kinds()}); wanted 1 to {MOST_TRACKS}")])
    faults = list(_unnameable(mixes))
    if faults:
        raise Refusal(faults)
    found = _ordered(_found(folder, mixes))
    document = tomlkit.document()
    _remark(document, OPENING)
    document.add(tomlkit.nl())
    document.add("deliverables", tomlkit.item(list(profiles.names())))
    document.add("album", _album(folder, found))
    document.add("intent", _intent())
    document.add("tracks", _tracks(found, document["album"]["artist"]))
    return tomlkit.dumps(document)


def _there(path: Path) -> Fault:
    return Fault(str(path), "is there already and is not overwritten; move it away to have a new one written")


def _move(aside: Path, target: Path) -> None:
    """Give `aside` the name `target`, which must be free; a plain rename would overwrite."""
    try:
        target.hardlink_to(aside)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, as on memory sticks
        if target.exists():
            raise FileExistsError from None
        aside.rename(target)


def _kinds() -> str:
    return ", ".join(sorted(SOUNDS))


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
    """A key that sorts 2 before 10: numbers at the odd places compare as such."""
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


def _found(folder: Path, mixes: list[Path]) -> list[Found]:
    names = [mix.stem.replace("_", " ") for mix in mixes]
    isrcs = [match[0] if (match := _ISRC.search(name)) else "" for name in names]
    bare = [_clean(_ISRC.sub(" ", name, count=1)).strip(" -.") for name in names]
    numbers, titles = _numbered(bare)
    alike = len(mixes) > 1 and all(_last(title)[1] for title in titles)
    return [
        Found(mix.as_posix(), _tags(folder / mix), number, _without_signs(title, alike), isrc)
        for mix, number, title, isrc in zip(mixes, numbers, titles, isrcs, strict=True)
    ]


def _numbered(names: list[str]) -> tuple[list[tuple[int, ...]], list[str]]:
    """Numbers that start all names, and what is left of these; a second number counts while the first is no order.

    So "1-02 Rain" is track 2 of disc 1, but in "02 99 Luftballons" 99 is left where it is.
    """
    numbers: list[tuple[int, ...]] = [() for _ in names]
    while True:
        matches = [match for name in names if (match := _NUMBER.match(name))]
        if len(matches) < len(names):
            return numbers, names
        numbers = [(*number, int(match[1])) for number, match in zip(numbers, matches, strict=True)]
        names = [match.string[match.end() :] for match in matches]
        if len(set(numbers)) == len(numbers):
            return numbers, names


def _last(name: str) -> tuple[str, int]:
    """`name` without the sign of the studio that it ends in, and how sure that is one: 2 sure, 1 maybe, 0 is none."""
    if bracketed := _BRACKETED.search(name):
        inner, weight = bracketed[1].strip(), 1
        while inner and weight:
            inner, weight = _last(inner)
        return (name, 0) if inner else (name[: bracketed.start()].rstrip(), 2)
    match = _LAST.search(name)
    if not match:
        return name, 0
    return name[: match.start()].rstrip(" ,+-–"), 2 if match["sure"] or match["dash"] else 1


def _without_signs(name: str, alike: bool) -> str:
    """`name` without the signs of the studio at its end, if they are sure or all names have them; never empty by it."""
    left, weight, total = *_last(name), 0
    while weight:
        total += weight
        left, weight = _last(left)
    return left if left and (alike or total > 1) else name


def _tags(path: Path) -> dict[str, str]:
    """The texts of the file's tags by the keys of TAGS; what cannot be read is not there."""
    raw: dict[str, str] = {}
    for reader in (_by_libsndfile, _by_mutagen):
        with suppress(Exception):  # a stranger's tags: parsers raise whatever broken ones lead them to
            raw |= reader(path)
    chosen = {key: next((raw[name] for name in names if raw.get(name)), "") for key, names in TAGS.items()}
    return {key: text for key, text in chosen.items() if text}


def _by_libsndfile(path: Path) -> dict[str, str]:
    with soundfile.SoundFile(path) as file:
        return {key: _clean(text) for key, text in file.copy_metadata().items()}


def _by_mutagen(path: Path) -> dict[str, str]:
    file = mutagen.File(path)
    tags: Any = file.tags if file is not None and file.tags is not None else {}
    return {key.lower(): _clean(_first(value)) for key, value in tags.items() if key.lower() in KNOWN_TAGS}


def _first(value: Any) -> str:
    """The first text of a Vorbis comment or an ID3 frame; a genre that is a number becomes its name."""
    texts = getattr(value, "genres", None) or getattr(value, "text", value)
    return str(texts[0] if isinstance(texts, list) and texts else texts)


def _clean(text: str) -> str:
    """One line of plain text: blanks made single, control and direction characters dropped, joiners kept, cut."""
    spaced = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    kept = "".join(c for c in spaced if unicodedata.category(c) not in ("Cf", "Cs") or c in "\u200c\u200d")
    return unicodedata.normalize("NFC", " ".join(kept.split()))[:LONGEST_TEXT].rstrip()


def _ordered(found: list[Found]) -> list[Found]:
    """By the tags' disc and track number, else by the names' number, each if all have one of their own; else as is."""

    def tagged(one: Found) -> tuple[int, ...]:
        numbers = [re.match(r"[0-9]{1,4}(?![0-9])", one.tags.get(key, "")) for key in ("disc", "track")]
        return (int(numbers[0][0]) if numbers[0] else 1, int(numbers[1][0])) if numbers[1] else ()

    orders: tuple[Callable[[Found], tuple[int, ...]], ...] = (tagged, lambda one: one.number)
    for order in orders:
        places = {order(one) for one in found}
        if () not in places and len(places) == len(found):
            return sorted(found, key=order)
    return found


def _remark(table: Any, text: str) -> None:
    for line in text.splitlines():
        table.add(tomlkit.comment(line))


def _agreed(found: list[Found], key: str) -> str:
    """What all files' tags say alike, or nothing."""
    texts = {one.tags.get(key, "") for one in found}
    return texts.pop() if len(texts) == 1 else ""


def _album(folder: Path, found: list[Found]) -> Table:
    table = tomlkit.table()
    named = tomlkit.item(_clean(folder.resolve().name) or "Untitled")
    table.add("title", _agreed(found, "album") or named.comment("the folder's name"))
    unknown = tomlkit.item("Unknown Artist").comment("fill this in")
    table.add("artist", _agreed(found, "album_artist") or _agreed(found, "artist") or unknown)
    for key, example in MORE_OF_ALBUM.items():
        text = _cover(folder) if key == "cover" else _agreed(found, key)
        try:
            value = CHECKS.get(key, str)(text)
        except ValueError as error:
            value = ""
            if text:
                _remark(table, f"{key} is left out, the tags have none that is right: {error}")
        if value:
            table.add(key, value)
        else:
            _remark(table, f"{key} = {example}")
    return table


def _cover(folder: Path) -> str:
    """The name of the cover in `folder`, the first of COVERS that is a file there, or nothing."""
    names = {path.name.lower(): path.name for path in folder.iterdir() if path.is_file() and not path.is_symlink()}
    return next((names[name] for name in COVERS if name in names), "")


def _intent() -> Table:
    table = tomlkit.table()
    _remark(table, "How much the machine may do; these are the defaults.")
    for key, field in Intent.model_fields.items():
        _remark(table, f"{key} = {field.default}")
    return table


def _tracks(found: list[Found], artist: str) -> AoT:
    tracks, isrcs = tomlkit.aot(), set[str]()
    for place, one in enumerate(found, 1):
        table = tomlkit.table()
        table.add("mix", one.mix)
        table.add("title", one.tags.get("title") or one.title or f"Track {place}")
        if one.tags.get("artist", artist) != artist:
            table.add("artist", one.tags["artist"])
        isrc, remark = _isrc(one, isrcs)
        if isrc:
            table.add("isrc", isrc)
        _remark(table, remark)
        if place == 1:
            _remark(table, MORE_OF_TRACK)
        tracks.append(table)
        isrcs.add(isrc)
    return tracks


def _isrc(one: Found, taken: set[str]) -> tuple[str, str]:
    """The ISRC of the file's tags, else of its name, and a remark on one that is none or another track's."""
    remark = ""
    for text in filter(None, (one.tags.get("isrc", ""), one.isrc)):
        try:
            code = checked_isrc("".join(text.split()))
        except ValueError as error:
            remark = f"isrc is left out: {error}"
        else:
            if code not in taken:
                return code, remark
            remark = f"isrc is left out: {code} is an earlier track's"
    return "", remark
