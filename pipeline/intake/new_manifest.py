"""A first `album.toml` for a folder of mixes, in the order and with the titles and codes that tags and names give.

What tags say comes before what names say, and what they leave open is written as a comment, to be filled in.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

import profiles
from albums import MANIFEST, Intent
from albums.codes import checked_isrc, checked_upc
from albums.faults import Fault, Refusal
from pipeline.intake.mix_folder import Found, cover_in, mixes_in
from pipeline.intake.mix_names import plain
from pipeline.system.placing import write_new

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
gap_s = 3.0 (silence before it) or "auto", or crossfade_s = 4.0 (overlap with the track before);
pregap = {mix = "applause.wav"} (before index 1), indexes_s = [61.5] (further indexes);
fade_in_s, fade_out_s, trim_start_s, trim_end_s; level_wish_lu = -2.0 (quieter than the album's level);
side = "A" (vinyl), disc = 1 (CD); explicit = true.\
"""


def write_manifest(folder: Path) -> Path:
    """Write `manifest_for(folder)` as the folder's `album.toml`, whole or not at all, and return its path.

    Raises Refusal as `manifest_for` does, when there is an `album.toml` (it is never overwritten), or when none can be
    written.
    """
    target = folder / MANIFEST
    if target.is_symlink() or target.exists():
        raise Refusal([_there(target)])
    text = manifest_for(folder)
    try:
        write_new(target, text)
    except FileExistsError:
        raise Refusal([_there(target)]) from None
    except OSError as error:
        raise Refusal([Fault(str(target), f"cannot be written: {error.strerror}")]) from None
    return target


def manifest_for(folder: Path) -> str:
    """The text of an `album.toml` for the mixes in `folder`; raises Refusal as `mixes_in` does."""
    found = mixes_in(folder)
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


def _remark(table: Any, text: str) -> None:
    for line in text.splitlines():
        table.add(tomlkit.comment(line))


def _agreed(found: list[Found], key: str) -> str:
    """What all files' tags say alike, or nothing."""
    texts = {one.tags.get(key, "") for one in found}
    return texts.pop() if len(texts) == 1 else ""


def _album(folder: Path, found: list[Found]) -> Table:
    table = tomlkit.table()
    named = tomlkit.item(plain(folder.resolve().name) or "Untitled")
    table.add("title", _agreed(found, "album") or named.comment("the folder's name"))
    unknown = tomlkit.item("Unknown Artist").comment("fill this in")
    table.add("artist", _agreed(found, "album_artist") or _agreed(found, "artist") or unknown)
    for key, example in MORE_OF_ALBUM.items():
        text = cover_in(folder) if key == "cover" else _agreed(found, key)
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
        table.add("title", one.tags.get("title") or one.name.title or f"Track {place}")
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
    """The ISRC of the file's tags, else of its name, and a remark on one that is invalid or an earlier track's."""
    remark = ""
    for text in filter(None, (one.tags.get("isrc", ""), one.name.isrc)):
        try:
            code = checked_isrc("".join(text.split()))
        except ValueError as error:
            remark = f"isrc is left out: {error}"
        else:
            if code not in taken:
                return code, remark
            remark = f"isrc is left out: {code} is an earlier track's"
    return "", remark
