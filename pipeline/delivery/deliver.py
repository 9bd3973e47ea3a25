"""Finished masters delivered: each file sent, read back and compared, the marker last; what is there is not sent again.

While a delivery is not whole, INCOMPLETE.json stands in place of COMPLETE.json and names all that may lie there, so
that a delivery that is cut off forgets no file of the one before.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular, unreadable
from pipeline.deliverables.files import DeliveredFile, file_of
from pipeline.deliverables.output_folder import held
from pipeline.delivery.addresses import Address, address_of, refuse_name
from pipeline.delivery.destinations import PIECE_BYTES, Destination, DestinationFailed, destination
from pipeline.delivery.packages import COMPLETE, INCOMPLETE, Marker, Package, is_deliverys, package_of, read_marker
from pipeline.delivery.redaction import Redactor, logs_redacted
from pipeline.system.progress import Advance

Result = TypeVar("Result")

TRIES = 5
FIRST_PAUSE_S = 1.0  # and twice as long after each further failure: 15 s in all
PASSES = 3  # how often a file's bytes are gone through: hashed here, sent, read back
LARGEST_MARKER_BYTES = 16 * 2**20  # as of a certificate, which names the same files


@dataclass
class Delivery:
    """What came of a delivery: where it lies, and which files were sent, were there already, and were removed.

    `notes` are on what was taken for said though it was not.
    """

    address: str
    name: str
    marker: Marker
    notes: tuple[Fault, ...] = ()
    sent: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    @property
    def is_unchanged(self) -> bool:
        """Whether it was there already, whole."""
        return not self.sent and not self.kept


def deliver(
    out: Path,
    to: str,
    name: str,
    *,
    needs_approval: bool = False,
    options: Mapping[str, Any] | None = None,
    advance: Advance = lambda _: None,
    pause: Callable[[float], None] = time.sleep,
) -> Delivery:
    """Deliver the masters in `out` to the folder `name` at the address `to`, and see that they have arrived.

    `options` are handed to fsspec's driver, for credentials that are not in the environment. `advance` is told of
    bytes, PASSES times those of the package in all; `pause` waits for seconds between tries. Raises Refusal where
    masters do not stand or are not approved, and where they cannot be sent; what has arrived by then is not sent again.
    """
    address = address_of(to)
    refuse_name(name)
    refuse_within(out, address)
    redact = Redactor(options or {})
    with held(out), logs_redacted(redact):
        package = package_of(out, needs_approval=needs_approval, advance=advance)
        there = destination(address, name, options or {}, redact)
        try:
            return Sending(package, there, there, advance, pause).sent(Delivery(str(address), name, package.marker))
        except DestinationFailed as failure:
            raise Refusal([Fault(f"{address}/{name}", str(failure))]) from None


def refuse_within(out: Path, address: Address) -> None:
    """Raise Refusal where `address` is a folder among the masters in `out` themselves."""
    if address.folder is not None and address.folder.resolve().is_relative_to(out.resolve()):
        raise Refusal([Fault(str(address), "lies in the folder of the masters themselves; deliver to another place")])


class Sending:
    """A package on its way."""

    def __init__(
        self,
        package: Package,
        there: Destination,
        markers: Destination,
        advance: Advance,
        pause: Callable[[float], None],
        is_own: Callable[[DeliveredFile], bool] = is_deliverys,
    ) -> None:
        """`markers` is where COMPLETE.json and INCOMPLETE.json lie: the place itself, where the receiver minds none.

        `is_own` says which files a package of this kind may have; a marker that names others is none.
        """
        self._package, self._there, self._markers = package, there, markers
        self._advance, self._pause, self._is_own = advance, pause, is_own

    def is_another(self) -> bool:
        """Whether a package was announced there that is not this one: by its last file, or sent to its end and gone."""
        marked, last = self._marker(COMPLETE), self._package.marker.files[-1]
        if self._size(last) is None:
            return marked is not None
        if marked is not None:
            return marked != self._package.marker or not self.is_whole()
        return not all(self._tried(self._is_there, file) for file in self._package.marker.files)

    def is_whole(self) -> bool:
        """Whether every file of the package lies there, by its size."""
        return all(self._size(file) == file.bytes for file in self._package.marker.files)

    def sent(self, delivery: Delivery) -> Delivery:
        """Have the package there, whole and nothing of earlier ones beside it; `delivery` is filled in and returned."""
        marker = self._package.marker
        earlier, begun = self._marker(COMPLETE), self._marker(INCOMPLETE)
        if earlier == marker and begun is None and self.is_whole():
            self._advance((PASSES - 1) * self._package.bytes)
            return delivery
        known = {file.path: file for each in (earlier, begun) if each for file in each.files}
        own = {file.path: file for file in marker.files}
        self._write_marker(
            INCOMPLETE, Marker(certificate_sha256=marker.certificate_sha256, files=tuple({**known, **own}.values()))
        )
        self._tried(self._markers.remove, COMPLETE)
        for path in sorted(known.keys() - own.keys()):  # first: the last file may say that all is whole
            self._tried(self._there.remove, path)
            delivery.removed.append(path)
        for file in marker.files:
            (delivery.sent if self._tried(self._arrives, file) else delivery.kept).append(file.path)
        self._write_marker(COMPLETE, marker)
        self._tried(self._markers.remove, INCOMPLETE)
        return delivery

    def _arrives(self, file: DeliveredFile) -> bool:
        """Have `file` there and read it back; whether it had to be sent."""
        if self._is_there(file):
            self._advance((PASSES - 1) * file.bytes)
            return False
        self._there.write(file.path, self._pieces(file), file.bytes)
        if not self._is_there(file):
            raise DestinationFailed(f"{file.path}: other bytes have arrived than were sent")
        self._advance(file.bytes)
        return True

    def _is_there(self, file: DeliveredFile) -> bool:
        return self._lies(self._there, file)

    def _lies(self, place: Destination, file: DeliveredFile) -> bool:
        return place.size(file.path) == file.bytes and self._digest(place, file.path) == file.sha256

    def _digest(self, place: Destination, path: str) -> str:
        digest = hashlib.sha256()
        for piece in place.read(path):
            digest.update(piece)
            self._advance(0)  # looks whether to stop
        return digest.hexdigest()

    def _pieces(self, file: DeliveredFile) -> Iterator[bytes]:
        """The bytes of a file of the package; raises Refusal where they are not those that were certified."""
        path, digest = self._package.source(file), hashlib.sha256()
        if isinstance(path, bytes):
            yield path
            return
        try:
            with open_regular(path) as source:
                while piece := source.read(PIECE_BYTES):
                    digest.update(piece)
                    yield piece
                    self._advance(len(piece))
        except OSError as error:
            raise Refusal([Fault(str(path), unreadable(error))]) from None
        if digest.hexdigest() != file.sha256:
            raise Refusal([Fault(str(path), "was changed while it was being sent; see that it is the right one")])

    def _size(self, file: DeliveredFile) -> int | None:
        return self._tried(self._there.size, file.path)

    def _marker(self, name: str) -> Marker | None:
        """A marker that lies there; None where there is none that can be relied on."""
        return self._tried(self._read_marker, name)

    def _read_marker(self, name: str) -> Marker | None:
        size = self._markers.size(name)
        if size is None or size > LARGEST_MARKER_BYTES:
            return None
        data = bytearray()
        with closing(self._markers.read(name)) as pieces:  # type: ignore[type-var]
            for piece in pieces:
                data += piece
                if len(data) > LARGEST_MARKER_BYTES:
                    return None
        return read_marker(data.decode("utf-8", "replace"), self._is_own)

    def _write_marker(self, name: str, marker: Marker) -> None:
        """Have a marker there and read it back."""
        data = marker.json_text().encode()
        file = file_of(name, data)

        def written() -> None:
            self._markers.write(name, (data,), len(data))
            if not self._lies(self._markers, file):
                raise DestinationFailed(f"{name}: other bytes have arrived than were sent")

        self._tried(written)

    def _tried(self, action: Callable[..., Result], *given: object) -> Result:
        """What `action` returns, tried again after pauses; raises DestinationFailed where that does not help."""
        for number in range(TRIES - 1):
            try:
                return action(*given)
            except DestinationFailed as failure:
                if failure.is_final:
                    raise
                self._advance(0)
                self._pause(FIRST_PAUSE_S * 2**number)
        return action(*given)
