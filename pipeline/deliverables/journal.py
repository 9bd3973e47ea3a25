"""The journal of an output folder: a line for each delivery, with its time, its machine and its certificate's hash.

The certificate itself holds no time of day, so that equal runs give equal bytes. A line is on the disk itself before a
run ends. A delivery that is made again and comes out equal has its line already.
"""

import hashlib
import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from albums import Frozen
from pipeline.deliverables.certificate import Certificate
from pipeline.system.placing import sync_folder
from pipeline.system.processes.this_process import called

JOURNAL = "journal.jsonl"
LONGEST_LINE_BYTES = 2**16  # a line of a hundred deliverables takes a tenth of it
_FLAGS = os.O_RDWR | os.O_CREAT | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK"))


class Entry(Frozen):
    """One delivery: when it was certified (UTC, RFC 3339), by which process of which machine, and what."""

    when: str
    by: str
    certificate_sha256: str
    source: str
    deliverables: tuple[str, ...]
    passed: bool


def certificate_hash(certificate: Certificate) -> str:
    """The SHA-256 of the certificate as it is written, in hexadecimal."""
    return hashlib.sha256(certificate.json_text().encode()).hexdigest()


def enter(out: Path, certificate: Certificate) -> None:
    """Enter the delivery of `certificate`, unless the last line is of it already; raises OSError.

    What a killed run has left of a line is taken away.
    """
    sha256 = certificate_hash(certificate)
    descriptor = os.open(out / JOURNAL, _FLAGS, 0o644)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "is no regular file; remove it", str(out / JOURNAL))
        end, last = _whole_lines(descriptor)
        if (known := _entry(last)) and known.certificate_sha256 == sha256:
            return
        entry = Entry(
            when=datetime.now(UTC).isoformat(timespec="seconds"),
            by=called(),
            certificate_sha256=sha256,
            source=certificate.source,
            deliverables=tuple(certificate.deliverables),
            passed=certificate.passed,
        )
        os.truncate(descriptor, end)
        os.lseek(descriptor, end, os.SEEK_SET)
        os.write(descriptor, entry.model_dump_json().encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(out)


def last_entry(out: Path) -> Entry | None:
    """The last delivery that was entered; None where there is none, or no journal that can be read."""
    with suppress(OSError):
        descriptor = os.open(out / JOURNAL, _FLAGS & ~os.O_CREAT & ~os.O_RDWR | os.O_RDONLY)
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return _entry(_whole_lines(descriptor)[1])
        finally:
            os.close(descriptor)
    return None


def _whole_lines(descriptor: int) -> tuple[int, bytes]:
    """Where the last whole line ends, in bytes, and that line."""
    size = os.fstat(descriptor).st_size
    begin = max(0, size - 2 * LONGEST_LINE_BYTES)
    os.lseek(descriptor, begin, os.SEEK_SET)
    text = os.read(descriptor, size - begin)
    end = text.rfind(b"\n") + 1
    return begin + end, text[:end].rstrip(b"\n").rpartition(b"\n")[2]


def _entry(line: bytes) -> Entry | None:
    try:
        return Entry.model_validate_json(line)
    except ValidationError:
        return None
