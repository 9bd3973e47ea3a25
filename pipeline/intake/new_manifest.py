"""A first `album.toml` for a folder of mixes: order, titles, credits and codes as a sheet, tags and names give them.

What a sheet says comes before what tags say, and that before names; what they leave open is written as a comment, to be
filled in.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import AoT, Table

import profiles
from albums import MANIFEST, Release, Track
from albums.faults import Fault, Refusal, place, refuses, short, shortened
from pipeline.intake.manifest_lines import (
    OF_ALBUM,
    OF_FIRST_TRACK,
    OF_JOB,
    OF_SECOND_TRACK,
    OF_SHEETS,
    OF_TRACK,
    Line,
    of_intent,
)
from pipeline.intake.mix_folder import Found, cover_in, look_into
from pipeline.intake.mix_names import plain
from pipeline.intake.mixes import open_mix
from pipeline.intake.precedence import Known, isrc_against, isrc_of, of_album, of_track, settle
from pipeline.intake.spreadsheet.column_names import DURATION
from pipeline.intake.spreadsheet.release import ReleaseSheet, SheetRow
from pipeline.intake.spreadsheet.rows_to_mixes import Matched, Unlisted, match
from pipeline.system.placing import write_new

OPENING = """\
An album as Glassmaster reads it, written from {sources} of the files in this folder.
Read it through and mend what is wrong; tracks are played in the order that they have here.
Then `glassmaster check` says what is amiss, and `glassmaster master` makes the masters.\
"""
BEGUN_WITH = ("cd-ddp", "streaming", "vinyl-12in-33")  # a disc, services, a record: taste; the rest is named beside
MORE = "Take the # off a line to use it; a line with a colon says what may be written, as key = value."
MOST_APART_S, MOST_APART = 5.0, 0.05  # of a mix's length from the sheet's: what a fade or a count-in takes; taste


@dataclass(frozen=True)
class NewManifest:
    """A manifest's text, and what its reader should be told: files left out, and mixes that cannot be mastered."""

    text: str
    notes: tuple[Fault, ...]


@dataclass(frozen=True)
class _Begun:
    """What a manifest is made of: the mixes in their order, what is known of each and of the album, and the sheet."""

    folder: Path
    pairs: tuple[tuple[Found, SheetRow | None], ...]
    album: Known
    tracks: tuple[Known, ...]
    sheet: ReleaseSheet | None


def write_manifest(
    folder: Path, sheet: ReleaseSheet | None = None, unlisted: Unlisted = "refuse", own: Sequence[str] = ()
) -> tuple[Fault, ...]:
    """Write `manifest_for` the folder as its `album.toml`, whole or not at all, and return its notes.

    Raises Refusal as `manifest_for` does, when there is an `album.toml` (it is never overwritten), or when none can be
    written.
    """
    target = folder / MANIFEST
    if os.path.lexists(target):
        raise Refusal([_there(target)])
    new = manifest_for(folder, sheet, unlisted, own)
    try:
        write_new(target, new.text)
    except FileExistsError:
        raise Refusal([_there(target)]) from None
    except OSError as error:
        raise Refusal([Fault(str(target), f"cannot be written: {error.strerror}")]) from None
    return new.notes


def manifest_for(
    folder: Path, sheet: ReleaseSheet | None = None, unlisted: Unlisted = "refuse", own: Sequence[str] = ()
) -> NewManifest:
    """The text of an `album.toml` for the mixes in `folder`, each with its row of `sheet` if there is one.

    It names a profile for a disc, for services and for a record, unless the user's config names deliverables of their
    `own`: then these hold.

    Raises Refusal as `look_into` does, with every fault of the sheet, and where a row fits no mix or, unless `unlisted`
    says what becomes of it, a mix no row.
    """
    seen = look_into(folder)
    matched = match(sheet, seen.mixes, unlisted) if sheet else Matched(tuple((mix, None) for mix in seen.mixes), ())
    told = [*(sheet.faults if sheet else ()), *matched.faults]
    if refuses(told):
        raise Refusal([*(fault for fault in told if fault.severity == "refusal"), *seen.left_out])
    if sheet:
        told += _lengths_apart(folder, matched)
    begun = _begun(folder, matched.pairs, sheet)
    left_out = shortened(seen.left_out)
    told += [Fault(short(one.mix), f"is taken, but cannot be mastered: {one.amiss}", "warning")
             for one, _ in begun.pairs if one.amiss]  # fmt: skip
    told += _contradictions(begun)
    left = (replace(fault, words=f"left out: {fault.words}") if fault.where else fault for fault in left_out)
    return NewManifest(_text(begun, left_out, own), (*shortened(told), *left))


def _begun(folder: Path, pairs: tuple[tuple[Found, SheetRow | None], ...], sheet: ReleaseSheet | None) -> _Begun:
    album = of_album([mix for mix, _ in pairs], sheet)
    tracks, taken = list[Known](), set[str]()
    for mix, row in pairs:
        known = of_track(mix, row, sheet)
        code, remark = isrc_of(mix, row, taken)
        if code:
            taken.add(code)
            known.values["isrc"] = code
            if row and sheet and "isrc" in row.values and (other := isrc_against(mix, code)):
                known.contradicted["isrc"] = f"{sheet.file} has {code}, the file {other}"
        known.remarks += [remark] if remark else []
        tracks.append(known)
    if any(row and row.disc > 1 for _, row in pairs):
        for known, (_, row) in zip(tracks, pairs, strict=True):
            known.values |= {"disc": row.disc} if row else {}
    settle(album.values, [known.values for known in tracks])
    return _Begun(folder, pairs, album, tuple(tracks), sheet)


def _there(path: Path) -> Fault:
    return Fault(str(path), "is there already and is not overwritten; move it away to have a new one written")


def _contradictions(begun: _Begun) -> Iterator[Fault]:
    for key, words in begun.album.contradicted.items():
        yield Fault(place(MANIFEST, ["album", key]), words, "note")
    for index, known in enumerate(begun.tracks):
        for key, words in known.contradicted.items():
            yield Fault(place(MANIFEST, ["tracks", index, key]), words, "note")
    if begun.sheet and (cover := begun.sheet.album.get("cover")) and not _is_inside(begun.folder, cover):
        where = begun.sheet.places.get("cover", begun.sheet.file)
        yield Fault(where, f"{short(cover)} is not in the folder; the cover is left out", "warning")


def _lengths_apart(folder: Path, matched: Matched) -> Iterator[Fault]:
    """A warning for each mix that is longer or shorter than its row says by more than a fade or a count-in takes."""
    for mix, row in matched.pairs:
        if row is None or not row.lengths_s or mix.amiss:
            continue
        try:
            own = open_mix(folder / mix.mix, "").own
        except Refusal:
            continue
        lasts_s = own.frames / own.rate_hz
        said_s = min(row.lengths_s, key=lambda length_s: abs(length_s - lasts_s))
        if abs(said_s - lasts_s) > max(MOST_APART_S, MOST_APART * lasts_s):
            words = f"says {_minutes(said_s)}, but {short(mix.mix)} lasts {_minutes(lasts_s)}; is it the right mix?"
            yield Fault(row.place(DURATION), words, "warning")


def _minutes(length_s: float) -> str:
    return f"{round(length_s) // 60}:{round(length_s) % 60:02}"


def _text(begun: _Begun, left_out: Iterable[Fault], own: Sequence[str]) -> str:
    document = tomlkit.document()
    sources = f"{begun.sheet.file} and the names and tags" if begun.sheet else "the names and tags"
    _remark(document, OPENING.format(sources=sources))
    for fault in left_out:
        _remark(document, f"Left out: {fault}")
    document.add(tomlkit.nl())
    names = tomlkit.item(list(own or BEGUN_WITH))
    others = ", ".join(name for name in profiles.names() if name not in (own or BEGUN_WITH))
    _remark(document, f"What to make. There are also: {others}; `glassmaster profiles` says what each is.")
    if own:
        _remark(document, str(Line("deliverables", names.as_string(), "as your config has it")))
    else:
        document.add("deliverables", names)
    _remark(document, "\n".join(map(str, OF_JOB)))
    document.add("album", _album(begun))
    document.add("intent", _intent())
    document.add("sheets", _sheets())
    document.add("tracks", _tracks(begun))
    return tomlkit.dumps(document)


def _remark(table: Any, text: str) -> None:
    for line in text.splitlines():
        table.add(tomlkit.comment("".join(c if c.isprintable() else "\ufffd" for c in line)))


def _remarks_on(known: Known) -> list[str]:
    return [*known.remarks, *(f"{key}: {words}" for key, words in known.contradicted.items())]


def _album(begun: _Begun) -> Table:
    table, known = tomlkit.table(), begun.album
    values = dict(known.values)
    if cover := _cover(begun):
        values["cover"] = cover
    named = tomlkit.item(plain(begun.folder.resolve().name) or "Untitled").comment("the folder's name")
    table.add("title", values.get("title") or named)
    table.add("artist", values.get("artist") or tomlkit.item("Unknown Artist").comment("fill this in"))
    _add(table, values, [key for key in Release.model_fields if key not in ("title", "artist")])
    for remark in _remarks_on(known):
        _remark(table, remark)
    _remark(table, MORE)
    _remark(table, _lines(OF_ALBUM, values))
    return table


def _cover(begun: _Begun) -> str:
    """The cover that the sheet names, if it is there, else the one that its name says to be a cover."""
    said = begun.sheet.album.get("cover", "") if begun.sheet else ""
    return said if said and _is_inside(begun.folder, said) else cover_in(begun.folder)


def _is_inside(folder: Path, name: str) -> bool:
    try:
        path = (folder / name).resolve()
        return path.is_file() and path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def _intent() -> Table:
    table = tomlkit.table()
    _remark(table, "How much the machine may do; these are the defaults, or examples of what is off without them.")
    for line in of_intent():
        _remark(table, str(line))
    return table


def _sheets() -> Table:
    table = tomlkit.table()
    _remark(table, "On the sheets that go to the plant with a disc or a record; examples.")
    for line in OF_SHEETS:
        _remark(table, str(line))
    return table


def _tracks(begun: _Begun) -> AoT:
    tracks = tomlkit.aot()
    for number, ((mix, _), known) in enumerate(zip(begun.pairs, begun.tracks, strict=True), 1):
        table = tomlkit.table()
        table.add("mix", mix.mix)
        table.add("title", known.values.get("title") or f"Track {number}")
        _add(table, known.values, [key for key in Track.model_fields if key not in ("mix", "title")])
        for remark in _remarks_on(known):
            _remark(table, remark)
        _remark(table, mix.amiss and f"it cannot be mastered as it is: {mix.amiss}")
        if number == 1:
            _remark(table, _lines((*OF_TRACK, *(OF_FIRST_TRACK if len(begun.pairs) == 1 else ())), known.values))
        if number == 2:
            _remark(table, _lines(OF_SECOND_TRACK, known.values))
        tracks.append(table)
    return tracks


def _add(table: Table, values: dict[str, Any], keys: Iterable[str]) -> None:
    """Write the `values` that there are, in the order of `keys`; a list of one as the one."""
    for key in keys:
        value = values.get(key)
        if isinstance(value, tuple):
            value = value[0] if len(value) == 1 else list(value)
        if value not in (None, "", []):
            table.add(key, value)


def _lines(lines: Sequence[Line], values: dict[str, Any]) -> str:
    """Those of the commented lines whose keys are not written already: a key stands once in a table."""
    return "\n".join(str(line) for line in lines if line.key not in values)
