"""What follows once it is known what came of an album: masters are sent and originals moved, as the operator asks."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

from albums.faults import Fault, Refusal
from albums.regular_files import read_regular
from pipeline.batch.config import DONE, FAILED
from pipeline.batch.inbox import InboxAlbum
from pipeline.batch.outcome import Outcome
from pipeline.deliverables.approval import certificate_sha256
from pipeline.delivery.addresses import address_of
from pipeline.delivery.ddex.sending import deliver_ddex
from pipeline.delivery.deliver import Delivery, deliver
from pipeline.delivery.requests import Packaging
from pipeline.mastering.program_key import program_key
from pipeline.system.placing import own_folder, sync_folder, write_whole
from pipeline.system.result_cache import entry_name

HASH_BYTES = 64
AS_THEY_LIE = Packaging()


@dataclass(frozen=True)
class Sending:
    """Where masters are sent; `options` are asked for with each delivery, so that no secret is kept meanwhile.

    What was sent is remembered in `memory`, so that masters are not read again each night to find them there. `now` is
    the clock by which messages are dated.
    """

    to: str
    memory: Path
    needs_approval: bool = False
    options: Callable[[], Mapping[str, Any]] = dict
    packaging: Packaging = AS_THEY_LIE
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def send(self, album: InboxAlbum, out: Path) -> None:
        """Have the masters in `out` there; raises Refusal where they cannot be sent."""
        sha256 = certificate_sha256(out)
        packaging = self.packaging.of(album.album)
        asked = [packaging.model_dump_json()] if packaging.kind != "folder" else []
        where = hashlib.sha256("\0".join([str(out.resolve()), self.to, *asked]).encode()).hexdigest()
        known = self.memory / entry_name(program_key(), "sent", where)
        if sha256 and _text(known) == sha256:
            return
        needs_approval = self.needs_approval or bool(album.album and album.album.needs_approval(None))
        delivered = self._batch if packaging.kind == "ddex" else self._folder
        sent = delivered(album, out, packaging, needs_approval=needs_approval)
        self.memory.mkdir(parents=True, exist_ok=True)
        write_whole(known, sent.marker.certificate_sha256)

    def _folder(self, album: InboxAlbum, out: Path, _: Packaging, *, needs_approval: bool) -> Delivery:
        path, place = PurePosixPath(album.name), address_of(self.to).folder
        to = "/".join([self.to.rstrip("/"), *path.parts[:-1]])
        if place is not None and place.is_dir():  # one that is not there was meant otherwise
            own_folder(place, *path.parts[:-1])
        return deliver(out, to, path.name, needs_approval=needs_approval, options=self.options())

    def _batch(self, _: InboxAlbum, out: Path, packaging: Packaging, *, needs_approval: bool) -> Delivery:
        ddex, schemas = packaging.ddex, packaging.schemas
        return deliver_ddex(
            out, self.to, ddex, self.now(), schemas=schemas, needs_approval=needs_approval, options=self.options()
        )


def _text(path: Path) -> str:
    try:
        return read_regular(path, HASH_BYTES).decode("ascii", "replace")
    except OSError:
        return ""


@dataclass(frozen=True)
class Afterwards:
    """What the operator asks for after each album; nothing, unless it is named."""

    sending: Sending | None = None
    moves_in: Path | None = None
    """The inbox in which originals are moved, to `done` or `failed`."""

    def follow(self, album: InboxAlbum, outcome: Outcome, out: Path) -> Outcome:
        """See to it; what came of the album with that: it has failed if its masters could not be sent."""
        if self.sending and outcome.kind in ("delivered", "unchanged"):
            outcome = _sent(self.sending, album, outcome, out)
        if self.moves_in and outcome.kind in ("delivered", "unchanged", "failed"):
            outcome = _moved(self.moves_in, album, outcome)
        return outcome


NOTHING = Afterwards()


def _sent(sending: Sending, album: InboxAlbum, outcome: Outcome, out: Path) -> Outcome:
    try:
        sending.send(album, out)
    except Refusal as refusal:
        reasons = tuple(f"mastered, but not sent: {fault}" for fault in refusal.faults)
        return replace(outcome, kind="failed", reasons=reasons)
    except OSError as error:
        reason = f"mastered, but not sent: {error.filename}: {error.strerror}"
        return replace(outcome, kind="failed", reasons=(reason,))
    return outcome


def _moved(inbox: Path, album: InboxAlbum, outcome: Outcome) -> Outcome:
    try:
        where = inbox / (FAILED if outcome.kind == "failed" else DONE)
        where.mkdir(exist_ok=True)
        parts = PurePosixPath(album.name).parts
        place = own_folder(where, *parts[:-1])
        free = next(
            name
            for number in count()
            if not (place / (name := parts[-1] if not number else f"{parts[-1]}-{number}")).exists()
        )
        album.folder.rename(place / free)
        sync_folder(place)
        sync_folder(album.folder.parent)
    except OSError as error:
        reason = str(Fault(str(album.folder), f"cannot be moved: {error.strerror}"))
        return replace(outcome, kind="failed", reasons=(*outcome.reasons, reason))
    report = outcome.report
    if report and report.is_relative_to(album.folder):
        report = place / free / report.relative_to(album.folder)
    return replace(outcome, report=report)
