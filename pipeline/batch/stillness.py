"""Which albums of an inbox are whole: nothing of them has moved for a while, or a file READY says so.

It only looks, and never waits: whoever asks it does so again and again. A folder is known by the names, sizes and times
of all that lies in it, so that an album that is changed later is a new one.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from albums import MASTERS
from pipeline.batch.inbox import InboxAlbum, is_unfinished

READY = "READY"
MOST_FILES = 100_000  # that are looked at of one album: a guard


@dataclass
class Stillness:
    """What was seen of each album, and since when it has been so; `clock` gives seconds."""

    still_s: float
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[str, float, int]] = field(default_factory=dict)
    """For each album its fingerprint, when that was seen first, and in how many looks it was seen."""

    def still(self, albums: list[InboxAlbum]) -> dict[str, str]:
        """The albums that have been still for long enough, or are ready, by name, each with its fingerprint."""
        now_s, before = self.clock(), self._seen
        self._seen = {}
        for album in albums:
            found = fingerprint(album.folder)
            known, since_s, looks = before.get(album.name, ("", now_s, 0))
            self._seen[album.name] = (found, since_s, looks + 1) if found == known else (found, now_s, 1)
        return {album.name: self._seen[album.name][0] for album in albums if self._is_whole(album, now_s)}

    def _is_whole(self, album: InboxAlbum, now_s: float) -> bool:
        _, since_s, looks = self._seen[album.name]
        is_still = looks > 1 and now_s - since_s >= self.still_s
        return (is_still or is_ready(album.folder)) and not is_being_copied(album.folder)


def is_ready(folder: Path) -> bool:
    """Whether somebody says that all of it is there."""
    return os.path.lexists(folder / READY)


def is_settled(folder: Path, still_s: float, now_s: float) -> bool:
    """Whether nothing of it has changed for so long, by the times of its file system, at `now_s` of the clock."""
    changed_s = [0.0]
    for place, folders, files in os.walk(folder):
        if Path(place) == folder and MASTERS in folders:
            folders.remove(MASTERS)
        changed_s += [_changed_s(Path(place, name)) for name in files if not _is_own(name)]
    return now_s - max(changed_s) >= still_s and not is_being_copied(folder)


def _changed_s(path: Path) -> float:
    try:
        return path.lstat().st_ctime
    except OSError:
        return 0.0


def fingerprint(folder: Path) -> str:
    """The names, sizes and times of all files below `folder` but its masters, as one hash."""
    digest = hashlib.sha256()
    for number, line in enumerate(_lines(folder, folder)):
        if number > MOST_FILES:
            break
        digest.update(line)
    return digest.hexdigest()


def _lines(root: Path, folder: Path) -> Iterator[bytes]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in found:
        path = Path(entry.path)
        if (folder == root and entry.name == MASTERS) or _is_own(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _lines(root, path)
            continue
        try:
            seen = entry.stat(follow_symlinks=False)
        except OSError:
            continue
        yield os.fsencode(f"{path.relative_to(root)}\0{seen.st_size}\0{seen.st_mtime_ns}\0")


def _is_own(name: str) -> bool:
    """Whether a file is one that says what is to be done with an album, and no part of it."""
    return name in (READY, "RUSH", "HOLD")


def is_being_copied(folder: Path) -> bool:
    """Whether a file in `folder` is, by its name, one that a program still copies."""
    return any(is_unfinished(name) for _, _, files in os.walk(folder) for name in files)
