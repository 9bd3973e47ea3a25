"""Masters delivered as a batch of DDEX: resources first, then the message, and last the file that says it is whole.

Nothing but the batch is put at the receiver's: what is known of a delivery, its time and whether it came to its end,
lies beside the masters. One that was cut off is taken up under its own name and time; what was announced is never
written into again, and what differs from it is another batch.
"""

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, ValidationError

from albums import Album, Ddex, Frozen
from albums.documents import checked_json, read_text
from albums.faults import Fault, Refusal, refuse
from pipeline.deliverables.certificate import Certificate, read_certificate
from pipeline.deliverables.files import DeliveredFile, file_of, is_below
from pipeline.deliverables.output_folder import held
from pipeline.deliverables.verify import certified_album
from pipeline.delivery.addresses import Address, address_of, refuse_name
from pipeline.delivery.ddex.checks.agreement import agreement_faults, resource_faults
from pipeline.delivery.ddex.checks.official import official_faults, official_schema
from pipeline.delivery.ddex.checks.structure import structure_faults
from pipeline.delivery.ddex.layout import Laid, batch_name, laid_out
from pipeline.delivery.ddex.message.elements import read_message
from pipeline.delivery.ddex.message.new_release import Dispatch, new_release_message, time_number
from pipeline.delivery.ddex.resources import Resources, Stored, resources_of
from pipeline.delivery.ddex.submission import Submission, defaults_of, missing_of, submission_of
from pipeline.delivery.deliver import Delivery, Sending, refuse_within
from pipeline.delivery.destinations import Destination, DestinationFailed, LocalFolder, destination
from pipeline.delivery.packages import Marker, Package, package_of
from pipeline.delivery.redaction import Redactor, logs_redacted
from pipeline.system.placing import own_folder, write_whole
from pipeline.system.progress import Advance

SENT = ".ddex"  # in the folder of the masters: a folder for each address, with what is known of deliveries there
DISPATCH = "dispatch.json"
LARGEST_DISPATCH_BYTES = 2**16


class Remembered(Frozen):
    """The last batch of an address: its name, and when its message was made."""

    created: AwareDatetime
    batch: Annotated[str, Field(min_length=1)]


@dataclass(frozen=True)
class _Place:
    """Where batches go, and how they are sent."""

    address: Address
    options: Mapping[str, Any]
    redact: Redactor
    advance: Advance
    pause: Callable[[float], None]

    def sending(self, package: Package, memory: Path, batch: str) -> Sending:
        there: Destination = destination(self.address, batch, self.options, self.redact)
        return Sending(package, there, LocalFolder(memory, batch), self.advance, self.pause, is_batchs)


def is_batchs(file: DeliveredFile) -> bool:
    """Whether a batch may have a file at this path."""
    return is_below(file.model_copy(update={"path": f"batch/{file.path}"}), "batch")


def deliver_ddex(
    out: Path,
    to: str,
    ddex: Ddex,
    now: datetime,
    *,
    schemas: Path | None = None,
    needs_approval: bool = False,
    options: Mapping[str, Any] | None = None,
    advance: Advance = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
) -> Delivery:
    """Deliver the masters in `out` to the address `to` as a batch made `now`, as `ddex` says, and see that it arrived.

    The message is checked by its form and by what it says, and where `schemas` is a folder by the official schema
    there. All else is as of `pipeline.delivery.deliver.deliver`. Raises Refusal with all that is missing for a message.
    """
    address = address_of(to)
    refuse_within(out, address)
    redact = Redactor(options or {})
    place = _Place(address, options or {}, redact, advance, pause)
    with held(out), logs_redacted(redact):
        masters = package_of(out, needs_approval=needs_approval, advance=advance)
        certificate = read_certificate(out)
        album = certified_album(certificate)
        given = submission_of(album, ddex, _resources(out, certificate, album, ddex))
        batches = _Batches(out, given, masters.marker.certificate_sha256, schemas)
        try:
            return batches.delivered(place, now, tuple(defaults_of(album, ddex)))
        except DestinationFailed as failure:
            raise Refusal([Fault(str(address), str(failure))]) from None


def _resources(out: Path, certificate: Certificate, album: Album, ddex: Ddex) -> Resources:
    """The files; where they cannot be had, all else that is missing is told with the reason."""
    try:
        return resources_of(out, certificate, ddex.deliverable, ddex.hash)
    except Refusal as refusal:
        raise Refusal([*missing_of(album, ddex), *refusal.faults]) from None


@dataclass(frozen=True)
class _Batches:
    """The batches of one album: the one that is under way, or the next."""

    out: Path
    given: Submission
    certificate_sha256: str
    schemas: Path | None

    def delivered(self, place: _Place, now: datetime, notes: tuple[Fault, ...]) -> Delivery:
        """Have the release there: the batch that is known taken up, or a new one of `now`."""
        where = hashlib.sha256(str(place.address).encode()).hexdigest()[:16]
        try:
            memory = own_folder(self.out, SENT, where)
            dispatch = _remembered(memory / DISPATCH)
            package = self.package(dispatch) if dispatch else None
            sending = place.sending(package, memory, dispatch.batch) if package and dispatch else None
            if not (dispatch and package and sending) or sending.is_another():
                dispatch = self._new(now)
                package = self.package(dispatch)
                remembered = Remembered(created=dispatch.created, batch=dispatch.batch)
                write_whole(memory / DISPATCH, remembered.model_dump_json() + "\n")
                sending = place.sending(package, memory, dispatch.batch)
        except OSError as error:
            raise Refusal([Fault(str(self.out / SENT), f"cannot be kept there: {error.strerror or error}")]) from None
        return sending.sent(Delivery(str(place.address), dispatch.batch, package.marker, notes))

    def _new(self, now: datetime) -> Dispatch:
        batch = batch_name(self.given, time_number(now))
        refuse_name(batch)
        return Dispatch(now, batch)

    @property
    def stored(self) -> tuple[Stored, ...]:
        """The files of the recordings, then the cover's."""
        return (*(each.stored for each in self.given.resources.recordings), self.given.cover.stored)

    def package(self, dispatch: Dispatch) -> Package:
        """All that is sent, its message checked; raises Refusal where one of the checks finds something."""
        laid = laid_out(self.given, dispatch)
        message = new_release_message(self.given, dispatch, laid.uris)
        refuse(self._faults(message, dispatch, laid))
        made = {laid.message: message, **({laid.complete: b""} if laid.complete else {})}
        files = [each.file.model_copy(update={"path": laid.resources[each.file.path]}) for each in self.stored]
        files += [file_of(path, data) for path, data in made.items()]
        sources: dict[str, Path | bytes] = {
            laid.resources[each.file.path]: self.out / each.file.path for each in self.stored
        }
        return Package(
            self.out, Marker(certificate_sha256=self.certificate_sha256, files=tuple(files)), {**sources, **made}
        )

    def _faults(self, message: bytes, dispatch: Dispatch, laid: Laid) -> list[Fault]:
        root = read_message(message)
        found = [*structure_faults(root), *agreement_faults(root, self.given, dispatch, laid.uris)]
        lying = {laid.uris[each.file.path]: (each.file.bytes, each.digest) for each in self.stored}
        found += resource_faults(root, lambda uri, _: lying.get(uri))
        if self.schemas is not None:
            found += official_faults(root, official_schema(self.schemas))
        return [Fault(f"{laid.message}: {fault.where}", fault.words) for fault in found]


def _remembered(path: Path) -> Dispatch | None:
    """What was last sent to an address; None where nothing is known of it."""
    if not path.is_file():
        return None
    try:
        text = checked_json(read_text(path, LARGEST_DISPATCH_BYTES, str(path)), str(path))
        found = Remembered.model_validate_json(text)
        refuse_name(found.batch)
    except (Refusal, ValidationError):
        return None
    return Dispatch(found.created, found.batch)
