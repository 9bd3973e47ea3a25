"""An inbox: the folder in which a label leaves albums, and what lies in it, in the order in which it is to be done.

No audio is opened here. What strangers left there is looked at by name, size and manifest alone, so that nothing in it
can take the whole batch with it.
"""

import os
from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path

from albums import MANIFEST, Album, load
from albums.faults import Fault, Refusal
from pipeline.intake.left_out import SOUNDS

RUSH, HOLD = "RUSH", "HOLD"  # files in an album's folder: do it first; leave it alone
DEEPEST = 4  # folders below the inbox in which albums are looked for (taste)
MOST_FOLDERS = 100_000  # that are looked into: a guard against hostile trees
UNFINISHED = (".part", ".partial", ".filepart", ".crdownload", ".tmp")  # as programs name what they still copy


@dataclass(frozen=True)
class InboxAlbum:
    """One album of an inbox: `name` is its path from there, `album` its manifest, or `faults` why there is none."""

    name: str
    folder: Path
    album: Album | None = None
    faults: tuple[Fault, ...] = ()
    is_rush: bool = False
    is_held: bool = False
    since_ns: int = 0
    """When its manifest was written last, in nanoseconds of the system's clock."""
    size_bytes: int = 0
    """How much the recordings take that it names."""

    @property
    def title(self) -> str:
        """What people call it."""
        return self.album.release.title if self.album else self.name

    @property
    def turn(self) -> tuple[object, ...]:
        """What albums are ordered by: those in a rush, then by priority, then those that have waited longest."""
        priority = self.album.priority if self.album else 0
        return not self.is_rush, -priority, self.since_ns, self.name


def albums_in(inbox: Path, apart: Set[Path] = frozenset()) -> list[InboxAlbum]:
    """Every album folder below `inbox`, in their order; a folder that ought to be one and is none has faults.

    Folders in `apart`, those whose names begin with a dot, and what is still being copied by its name are passed over.
    Raises Refusal where `inbox` is no folder, or an album itself.
    """
    if not inbox.is_dir():
        words = "is no folder; the inbox is the folder that holds album folders"
        raise Refusal([Fault(str(inbox), words if inbox.exists() else "is not there")])
    if (inbox / MANIFEST).is_file():
        words = "is an album itself, and an inbox is a folder of albums; master it with `glassmaster master`"
        raise Refusal([Fault(str(inbox), words)])
    return sorted(_Search(inbox, {path.resolve() for path in apart}).found(), key=lambda each: each.turn)


class _Search:
    """A walk through an inbox."""

    def __init__(self, inbox: Path, apart: Set[Path]) -> None:
        self._inbox, self._apart, self._left = inbox, apart, MOST_FOLDERS

    def found(self) -> Iterator[InboxAlbum]:
        for folder in self._folders(self._inbox):
            below = [*self._look(folder, 1)]
            yield from below
            if not below and not folder.is_symlink():
                words = f"holds no {MANIFEST} and no sound files; put an album there, or take it away"
                yield self._no_album(folder, words)

    def _folders(self, folder: Path) -> list[Path]:
        """The folders in `folder` that are looked into, in the order of their names; links to folders among them."""
        try:
            with os.scandir(folder) as entries:
                named = sorted(entry.name for entry in entries if entry.is_dir())
        except OSError:
            return []
        self._left -= len(named)
        if self._left < 0:
            raise Refusal([Fault(str(self._inbox), f"holds more than {MOST_FOLDERS} folders; name one below it")])
        paths = [folder / name for name in named if not is_passed_over(name)]
        return [path for path in paths if path.resolve() not in self._apart]

    def _look(self, folder: Path, depth: int) -> Iterator[InboxAlbum]:
        if folder.is_symlink():
            yield self._no_album(folder, "is a link, which is not followed; move the album itself here")
            return
        if os.path.lexists(folder / MANIFEST):
            yield inbox_album(self._inbox, folder)
            return
        inner = self._folders(folder) if depth < DEEPEST else []
        below = [album for each in inner for album in self._look(each, depth + 1)]
        yield from below
        count = _sounds(folder)
        if count and not below:
            files = "1 sound file" if count == 1 else f"{count} sound files"
            yield self._no_album(folder, f"holds {files} and no {MANIFEST}; `glassmaster new FOLDER` writes one")

    def _no_album(self, folder: Path, words: str) -> InboxAlbum:
        is_held = os.path.lexists(folder / HOLD)
        return InboxAlbum(_name(self._inbox, folder), folder, None, (Fault(str(folder), words),), is_held=is_held)


def inbox_album(inbox: Path, folder: Path) -> InboxAlbum:
    """The album in `folder`, as it lies in `inbox`: its manifest read, its recordings looked at by their size alone."""
    album, faults = None, tuple[Fault, ...]()
    try:
        album = load(folder)
    except Refusal as refusal:
        faults = refusal.faults
    return InboxAlbum(
        _name(inbox, folder),
        folder,
        album,
        faults,
        is_rush=os.path.lexists(folder / RUSH),
        is_held=os.path.lexists(folder / HOLD),
        since_ns=_written_ns(folder / MANIFEST),
        size_bytes=sum(_size_bytes(folder / track.mix) for track in album.tracks) if album else 0,
    )


def is_passed_over(name: str) -> bool:
    """Whether a file or folder of this name is none that was left there: hidden, or still being copied."""
    return name.startswith((".", "~")) or is_unfinished(name)


def is_unfinished(name: str) -> bool:
    """Whether a file or folder of this name is one that a program still copies."""
    return name.lower().endswith(UNFINISHED)


def _name(inbox: Path, folder: Path) -> str:
    return folder.relative_to(inbox).as_posix()


def _sounds(folder: Path) -> int:
    try:
        return sum(path.suffix.lower() in SOUNDS for path in folder.iterdir() if not is_passed_over(path.name))
    except OSError:
        return 0


def _written_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
