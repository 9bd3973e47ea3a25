"""Reading `album.toml`: all of it is checked before any audio is opened, every fault reported with its place."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from albums.codes import bare_isrc
from albums.documents import as_tuples, read_toml
from albums.faults import Fault, Refusal, place, refuse, short
from albums.manifest import GROUPS, INHERITED, MANIFEST, MOST_REFERENCES, MOST_TRACKS, Album, Track
from albums.regular_files import unreadable
from albums.schema_faults import faults_of
from albums.value_types import LONGEST_TEXT

LARGEST_MANIFEST_BYTES = 2 * 2**20  # a thousand tracks with credits take about half a megabyte


def load(folder: Path, *, recordings: bool = True) -> Album:
    """The album in `folder`, its manifest valid as a whole and every file that it names in its place.

    Without `recordings`, those need not be there. Raises Refusal with every fault found. Opens no audio.
    """
    document = _document(folder)
    files = _files(document, folder) if recordings else _cover(document, folder)
    faults = [*_too_many(document), *_crossed(document), *files]
    document.pop("folder", None)  # a field of Album, but no key of a manifest
    try:
        album = Album.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        faults = faults_of(error, MANIFEST, Album) + faults
        raise Refusal(faults) from None
    refuse(faults)
    return album.model_copy(update={"folder": folder, "tracks": tuple(_inherit(album))})


def _document(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        words = "is not there; `glassmaster new FOLDER` writes one from a folder of mixes"
        raise Refusal([Fault(str(path), words)]) from None
    except OSError as error:
        raise Refusal([Fault(str(path), unreadable(error))]) from None
    document: dict[str, Any] = as_tuples(read_toml(path, LARGEST_MANIFEST_BYTES, MANIFEST))
    return document


def _raw_tracks(document: dict[str, Any]) -> list[dict[str, Any]]:
    tracks = document.get("tracks")
    return [t if isinstance(t, dict) else {} for t in tracks] if isinstance(tracks, tuple) else []


def _too_many(document: dict[str, Any]) -> Iterator[Fault]:
    """A fault where there are more tracks than an album may have; those beyond are taken off, and looked at no more."""
    tracks = document.get("tracks")
    if isinstance(tracks, tuple) and len(tracks) > MOST_TRACKS:
        yield Fault(place(MANIFEST, ["tracks"]), f"has {len(tracks)} tracks; wanted 1 to {MOST_TRACKS}")
        document["tracks"] = tracks[:MOST_TRACKS]


def _crossed(document: dict[str, Any]) -> Iterator[Fault]:
    """Faults that show only when two fields are compared; works on a document that may be broken elsewhere."""
    if "folder" in document:
        yield Fault(place(MANIFEST, ["folder"]), "unknown key; the album's folder is the one this file lies in")
    tracks = _raw_tracks(document)
    yield from _twice(tracks, "isrc", bare_isrc)
    deliverables = document.get("deliverables")
    names = [d for d in deliverables if isinstance(d, str)] if isinstance(deliverables, tuple) else []
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(place(MANIFEST, ["deliverables"]), f"{short(name)} stands there {count} times; once is enough")
    alike = {name.casefold(): name for name in names}
    for name in dict.fromkeys(names):
        if (other := alike[name.casefold()]) != name:
            words = (
                f"{short(other)} and {short(name)} differ in capitals alone, and some disks keep one folder for both"
            )
            yield Fault(place(MANIFEST, ["deliverables"]), words)
    for index, track in enumerate(tracks):
        yield from _joint(track, index)
        yield from _locks(track, index)
        yield from _before_index_1(track, index)
    yield from _forwards(tracks, "side", "A", lambda side: isinstance(side, str) and re.fullmatch("[A-Z]", side))
    yield from _forwards(tracks, "disc", 1, lambda disc: isinstance(disc, int) and disc > 0)
    intent = document.get("intent")
    if isinstance(intent, dict) and intent.get("reference") and intent.get("target_curve"):
        yield Fault(place(MANIFEST, ["intent"]), "has both reference and target_curve; an album has one target")


def _joint(track: dict[str, Any], index: int) -> Iterator[Fault]:
    here: list[str | int] = ["tracks", index]
    if "crossfade_s" in track and "gap_s" in track:
        yield Fault(
            place(MANIFEST, here), "has both gap_s and crossfade_s; a track follows a gap or overlaps, not both"
        )
    if "crossfade_s" in track and index == 0:
        yield Fault(place(MANIFEST, [*here, "crossfade_s"]), "the first track has no track before it to overlap")
    if "crossfade_shape" in track and "crossfade_s" not in track:
        yield Fault(place(MANIFEST, [*here, "crossfade_shape"]), "stands without crossfade_s; say how long, or drop it")


def _locks(track: dict[str, Any], index: int) -> Iterator[Fault]:
    here: list[str | int] = ["tracks", index]
    if "gain_db" in track and track.get("level_wish_lu"):
        yield Fault(place(MANIFEST, here), "has both gain_db and level_wish_lu; a gain that is set leaves no wish")
    if "eq" in track and track.get("tone_exempt") is False:
        yield Fault(
            place(MANIFEST, here), "has both eq and tone_exempt = false; an equaliser that is set stays as it is"
        )


def _before_index_1(track: dict[str, Any], index: int) -> Iterator[Fault]:
    """Faults of a pregap and of indexes that contradict each other."""
    here: list[str | int] = ["tracks", index]
    pregap, indexes = track.get("pregap"), track.get("indexes_s")
    if isinstance(pregap, dict):
        if len([value for value in pregap.values() if value]) != 1:
            yield Fault(place(MANIFEST, [*here, "pregap"]), "wanted just one of mix, silence_s and of_mix_s")
        if "crossfade_s" in track:
            yield Fault(place(MANIFEST, here), "has both pregap and crossfade_s; music that overlaps has no pause")
    numbers = [i for i in indexes if isinstance(i, int | float)] if isinstance(indexes, tuple) else []
    if numbers != sorted(set(numbers)):
        yield Fault(place(MANIFEST, [*here, "indexes_s"]), f"found {short(numbers)}; wanted seconds that rise")


def _forwards(tracks: list[dict[str, Any]], key: str, latest: Any, is_one: Callable[[Any], object]) -> Iterator[Fault]:
    """Faults where a letter or number of `key` comes after a later one, or a disc is left out."""
    for index, track in enumerate(tracks):
        found = track.get(key)
        if not is_one(found):
            continue
        if found < latest:
            words = (
                f"{short(found)} comes after {key} {short(latest)}; tracks play in order, a {key} only goes forwards"
            )
            yield Fault(place(MANIFEST, ["tracks", index, key]), words)
        elif key == "disc" and found > latest + 1:
            words = f"{short(found)} comes after disc {short(latest)}; discs are numbered without a hole"
            yield Fault(place(MANIFEST, ["tracks", index, key]), words)
        latest = max(found, latest)


def _twice(tracks: list[dict[str, Any]], key: str, canonical: Any) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, track in enumerate(tracks):
        value = track.get(key)
        if not isinstance(value, str):
            continue
        earlier = first.setdefault(canonical(value), index)
        if earlier != index:
            yield Fault(
                place(MANIFEST, ["tracks", index, key]),
                f"{short(value)} is also tracks[{earlier + 1}].{key}; each is once",
            )


def _files(document: dict[str, Any], folder: Path) -> Iterator[Fault]:
    tracks = _raw_tracks(document)
    for index, track in enumerate(tracks):
        yield from _inside(folder, track.get("mix"), ["tracks", index, "mix"])
        pregap = track.get("pregap")
        if isinstance(pregap, dict):
            yield from _inside(folder, pregap.get("mix") or None, ["tracks", index, "pregap", "mix"])
    yield from _twice(tracks, "mix", lambda mix: os.path.realpath(folder / mix.replace("\0", "")))
    yield from _cover(document, folder)
    intent = document.get("intent")
    if isinstance(intent, dict):
        yield from _inside(folder, intent.get("target_curve") or None, ["intent", "target_curve"])
        references = intent.get("reference")
        for index, name in enumerate(references[:MOST_REFERENCES] if isinstance(references, tuple) else ()):
            yield from _inside(folder, name, ["intent", "reference", index])


def _cover(document: dict[str, Any], folder: Path) -> Iterator[Fault]:
    release = document.get("album")
    if isinstance(release, dict):
        yield from _inside(folder, release.get("cover"), ["album", "cover"])


def _inside(folder: Path, name: Any, location: list[str | int]) -> Iterator[Fault]:
    if not isinstance(name, str) or "\0" in name or len(name) > LONGEST_TEXT:
        return  # the schema reports it
    where = place(MANIFEST, location)
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            yield Fault(where, f"{name!r} lies outside the album's folder; copy it inside and name it from there")
        elif not path.exists():
            meant = "; folders are parted by /, not by \\" if (folder / name.replace("\\", "/")).exists() else ""
            yield Fault(where, f"{name!r} does not exist in {folder}{meant}")
        elif not path.is_file():
            yield Fault(where, f"{name!r} is not a file")
    except (OSError, RuntimeError) as error:
        yield Fault(where, f"{name!r} cannot be looked up: {getattr(error, 'strerror', None) or error}")


def _inherit(album: Album) -> Iterator[Track]:
    for track in album.tracks:
        taken = [name for group in GROUPS if not any(getattr(track, each) for each in group) for name in group]
        taken += [name for name in INHERITED if not getattr(track, name)]
        yield track.model_copy(update={name: getattr(album.release, name) for name in taken})
