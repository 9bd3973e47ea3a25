"""A first `album.toml` for a folder of mixes, in the order and with the titles and codes that tags and names give.

What tags say comes before what names say, and what they leave open is written as a comment, to be filled in.
"""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

import profiles
from albums import MANIFEST
from albums.codes import checked_isrc, checked_upc
from albums.faults import Fault, Refusal, short, shortened
from pipeline.intake.manifest_lines import OF_ALBUM, OF_JOB, OF_TRACK, of_intent
from pipeline.intake.mix_folder import Found, cover_in, look_into
from pipeline.intake.mix_names import plain
from pipeline.system.placing import write_new

OPENING = """\
An album as Glassmaster reads it, written from the names and tags of the files in this folder.
Read it through and mend what is wrong; tracks are played in the order that they have here.
Then `glassmaster check` says what is amiss, and `glassmaster master` makes the masters.\
"""
MORE = "Take the # off a line to use it; a line with a colon says what may be written, as key = value."
MOST_NAMED = 5  # files whose tags say otherwise than most


@dataclass(frozen=True)
class NewManifest:
    """A manifest's text, and what its reader should be told: files left out, and mixes that cannot be mastered."""

    text: str
    notes: tuple[Fault, ...]


def write_manifest(folder: Path) -> tuple[Fault, ...]:
    """Write `manifest_for(folder)` as the folder's `album.toml`, whole or not at all, and return its notes.

    Raises Refusal as `manifest_for` does, when there is an `album.toml` (it is never overwritten), or when none can be
    written.
    """
    target = folder / MANIFEST
    if os.path.lexists(target):
        raise Refusal([_there(target)])
    new = manifest_for(folder)
    try:
        write_new(target, new.text)
    except FileExistsError:
        raise Refusal([_there(target)]) from None
    except OSError as error:
        raise Refusal([Fault(str(target), f"cannot be written: {error.strerror}")]) from None
    return new.notes


def manifest_for(folder: Path) -> NewManifest:
    """The text of an `album.toml` for the mixes in `folder`; raises Refusal as `look_into` does."""
    seen = look_into(folder)
    amiss = [Fault(short(one.mix), f"is taken, but cannot be mastered: {one.amiss}", "warning")
             for one in seen.mixes if one.amiss]  # fmt: skip
    left_out = shortened(seen.left_out)
    document = tomlkit.document()
    _remark(document, OPENING)
    for fault in left_out:
        _remark(document, f"Left out: {fault}")
    document.add(tomlkit.nl())
    document.add("deliverables", tomlkit.item(list(profiles.names())))
    _remark(document, "\n".join(map(str, OF_JOB)))
    document.add("album", _album(folder, seen.mixes))
    document.add("intent", _intent())
    document.add("tracks", _tracks(seen.mixes, document["album"]["artist"]))
    left = (replace(fault, words=f"left out: {fault.words}") if fault.where else fault for fault in left_out)
    return NewManifest(tomlkit.dumps(document), (*shortened(amiss), *left))


def _there(path: Path) -> Fault:
    return Fault(str(path), "is there already and is not overwritten; move it away to have a new one written")


def _remark(table: Any, text: str) -> None:
    for line in text.splitlines():
        table.add(tomlkit.comment("".join(c if c.isprintable() else "\ufffd" for c in line)))


def _most_say(found: Sequence[Found], key: str) -> tuple[str, str]:
    """What the tags of more than half of the files say alike, or nothing; and a remark where some say otherwise."""
    texts = Counter(one.tags[key] for one in found if one.tags.get(key))
    if not texts:
        return "", ""
    text, times = texts.most_common(1)[0]
    if 2 * times <= len(found):
        said = ", ".join(f"{short(other)} ({many} of {len(found)})" for other, many in texts.most_common(MOST_NAMED))
        return "", f"{key}: the tags do not agree: {said}"
    others = [one for one in found if one.tags.get(key, text) != text]
    said = "; ".join(f"{short(one.mix)} says {short(one.tags[key])}" for one in others[:MOST_NAMED])
    more = f"; so do {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
    return text, f"{key}: as most files have it, but {said}{more}" if others else ""


def _album(folder: Path, found: Sequence[Found]) -> Table:
    table = tomlkit.table()
    title, remark = _most_say(found, "album")
    named = tomlkit.item(plain(folder.resolve().name) or "Untitled")
    table.add("title", title or named.comment("the folder's name"))
    _remark(table, remark.replace("album:", "title:"))
    artist, remark = _most_say(found, "album_artist")
    if not artist:
        artist, remark = _most_say(found, "artist")
    unknown = tomlkit.item("Unknown Artist").comment("fill this in")
    table.add("artist", artist or unknown)
    _remark(table, remark.replace("album_artist:", "artist:"))
    _remark(table, MORE)
    for line in OF_ALBUM:
        text, remark = (cover_in(folder), "") if line.key == "cover" else _most_say(found, line.key)
        _remark(table, remark)
        try:
            value = CHECKS.get(line.key, str)(text) if text else ""
        except ValueError as error:
            value = ""
            _remark(table, f"{line.key} is left out, the tags have none that is right: {error}")
        if value:
            table.add(line.key, value)
        else:
            _remark(table, str(line))
    return table


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise ValueError(f"{short(text)} is no whole date, 2026-11-27") from None


CHECKS: dict[str, Callable[[str], str | date]] = {"upc": checked_upc, "release_date": _date}


def _intent() -> Table:
    table = tomlkit.table()
    _remark(table, "How much the machine may do; these are the defaults.")
    for line in of_intent():
        _remark(table, str(line))
    return table


def _tracks(found: Sequence[Found], artist: str) -> AoT:
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
        _remark(table, one.amiss and f"it cannot be mastered as it is: {one.amiss}")
        if place == 1:
            _remark(table, "\n".join(map(str, OF_TRACK)))
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
