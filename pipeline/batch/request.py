"""A batch that is asked for: its albums in their order, what is known of them before any is worked at, and its end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from threading import Event

from albums import MASTERS, Approval
from albums.faults import Fault, Refusal
from pipeline.batch.admission import Admission
from pipeline.batch.afterwards import NOTHING, Afterwards
from pipeline.batch.config import DONE, FAILED
from pipeline.batch.inbox import InboxAlbum, albums_in
from pipeline.batch.night import BatchWatcher, Night
from pipeline.batch.outcome import BATCH, Outcome, Outcomes, failed_albums
from pipeline.batch.remembered import is_unchanged
from pipeline.deliverables.approval import Approved, approval_state
from pipeline.mastering.job import job_for
from pipeline.settings.merging import with_defaults
from pipeline.settings.schema import NO_SETTINGS, Settings
from pipeline.system.placing import write_whole
from pipeline.system.processes.folder_lock import LOCK, FolderHeldError, locked

# Of memory, for the batch itself, its server and what albums are forked from. Seen: 190, 200 and 190 to 220 MiB, of
# which the forked ones share the last; the rest is to spare, and what a process promises holds without sharing.
RESERVED_BYTES = 620 * 2**20


class AnotherBatchError(Refusal):
    """Another batch is at work where this one would be."""


@dataclass(frozen=True)
class Request:
    """A batch that is asked for: its inbox, where masters go, how many albums at once, and a list of those alone.

    `memory` is the folder of what is remembered, `approval` what the operator requires of all albums, and `afterwards`
    what follows after each. `settings` are the user's, with which every album is opened.
    """

    inbox: Path
    memory: Path
    out: Path | None = None
    workers: int = 1
    retry: Path | None = None
    approval: Approval | None = None
    afterwards: Afterwards = NOTHING
    settings: Settings = NO_SETTINGS

    @property
    def folder(self) -> Path:
        """Where batch.json goes."""
        return self.out or self.inbox

    @property
    def apart(self) -> set[Path]:
        """Folders in the inbox that hold no albums that are to be mastered."""
        moved = {self.inbox / DONE, self.inbox / FAILED} if self.afterwards.moves_in else set[Path]()
        return moved | ({self.out} if self.out else set())

    def masters_of(self, album: InboxAlbum) -> Path:
        """Where masters of an album go."""
        return self.out / album.name if self.out else album.folder / MASTERS

    def albums(self) -> list[InboxAlbum]:
        """The albums of the inbox, in their order."""
        return albums_in(self.inbox, self.apart)

    def folder_named(self, name: str) -> Path:
        """The folder of that name in the inbox; raises Refusal where the name leads elsewhere."""
        path = self.inbox / name
        way = [path, *path.parents][: len(PurePosixPath(name).parts)]
        is_below = ".." not in path.parts and self.inbox in path.parents
        if not is_below or any(map(Path.is_symlink, way)):
            words = f"is no folder in {self.inbox}; wanted an album's path from there"
            raise Refusal([Fault(f"name: {name!r}", words)])
        return path

    def night(self, budget_bytes: int, watcher: BatchWatcher, stop: Event) -> Night:
        """The batch at work, in which nothing is known yet."""
        admission = Admission(budget_bytes - RESERVED_BYTES)
        return Night(self.masters_of, admission, watcher, stop, self.approval, self.afterwards, self.settings)


@contextmanager
def batch_at_work(
    request: Request, budget_bytes: int, watcher: BatchWatcher, stop: Event
) -> Iterator[tuple[Night, list[InboxAlbum]]]:
    """A batch, and the albums of which it is not known yet what comes of them; at its end batch.json is written.

    Albums of which that is still not known then wait for the next batch. Raises AnotherBatchError where one is at work.
    """
    wanted = failed_albums(request.retry) if request.retry else None
    with _held(request.folder):
        night = request.night(budget_bytes, watcher, stop)
        left = known_before(night, request, _found(request, wanted))
        try:
            yield night, left
        finally:
            for album in left:
                if album.name not in night.outcomes.known:
                    night.know(Outcome(album.name, "waiting"))
            _write(request.folder, night.outcomes)


def known_before(night: Night, request: Request, albums: Sequence[InboxAlbum]) -> list[InboxAlbum]:
    """The albums that have to be looked at by a process; of the others it is known already what comes of them."""
    left = list[InboxAlbum]()
    for album in albums:
        if album.is_held:
            night.know(Outcome(album.name, "held"))
        elif album.album is None:
            night.know_finally(album, Outcome(album.name, "failed", tuple(map(str, album.faults))))
        elif found := remembered_outcome(request, album):
            night.know_finally(album, found)
        else:
            left.append(album)
    return left


def remembered_outcome(request: Request, album: InboxAlbum) -> Outcome | None:
    """What came of an album that is as it was; None where that is not remembered, or a run is at work there or died."""
    out = request.masters_of(album)
    try:
        if album.album is None:
            return None
        opened = with_defaults(album.album, request.settings)
        job = job_for(opened, out=out, approval=request.approval, settings=request.settings)
        if (job.out / LOCK).exists() or not is_unchanged(request.memory, job, opened):
            return None  # what a run that died has left is cleared by one that takes its place
        is_waiting = job.final is not None and not isinstance(approval_state(out), Approved)
    except Refusal:
        return None
    return Outcome(album.name, "waiting" if is_waiting else "unchanged")


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            yield
    except FolderHeldError as other:
        words = f"another batch is at work there{other.in_brackets}; wait for it"
        raise AnotherBatchError([Fault(str(folder), words)]) from None


def _found(request: Request, wanted: Sequence[str] | None) -> list[InboxAlbum]:
    """The albums of the inbox, in their order; those of a list alone, where there is one."""
    albums = request.albums()
    if wanted is None:
        return albums
    known = {album.name for album in albums}
    words = f"is in {request.retry}, and no longer in the inbox"
    gone = [InboxAlbum(name, request.inbox / name, None, (Fault(name, words),)) for name in wanted if name not in known]
    return [album for album in albums if album.name in wanted] + gone


def _write(folder: Path, outcomes: Outcomes) -> None:
    try:
        write_whole(folder / BATCH, outcomes.document.json_text())
    except OSError as error:
        raise Refusal([Fault(str(folder / BATCH), f"cannot be written: {error.strerror}")]) from None
