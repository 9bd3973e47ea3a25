"""A folder held by one process at a time, on any system, by a lock file in it that is gone afterwards.

The file says who holds it. A process that was stopped for long, or whose machine was cut off from a shared disk, may
have lost its lock to another meanwhile: `lost` tells.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.system.processes.this_process import called

LOCK = ".lock"
CLAIM = re.compile(r"(process [0-9]+ on [A-Za-z0-9_-]+) [0-9a-f]{16}")  # the last part is unique to one holding
LONGEST_CLAIM_BYTES = 200
LOOK_S = 0.2  # between looks at whether a folder has become free
_NO_LINK = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK"))
_claims = dict[Path, str]()  # what this process has written into the locks that it holds


class FolderHeldError(BlockingIOError):
    """Another holds the folder; `in_brackets` says who, for the end of a phrase, as far as that is known."""

    def __init__(self, by: str) -> None:
        """`by` is a process and its machine, or nothing."""
        super().__init__(0, f"is held{f' by {by}' if by else ''}")
        self.in_brackets = f" ({by})" if by else ""


@contextmanager
def locked(folder: Path, patience_s: float = 0.0) -> Iterator[None]:
    """Hold `folder` for as long as the block lasts; raises OSError.

    That is FolderHeldError where another holds it for as long as `patience_s`.
    """
    path = folder / LOCK
    descriptor = _descriptor(path, patience_s)
    folder = folder.resolve()
    claim = f"{called()} {secrets.token_hex(8)}"
    try:
        _write(descriptor, claim)
        _claims[folder] = claim
        yield
    finally:
        if not lost(folder):
            with suppress(OSError):  # Windows removes no file that is open
                path.unlink()
        if _claims.get(folder) == claim:  # else a thread of this process has it by now
            del _claims[folder]
        os.close(descriptor)


def lost(folder: Path) -> str:
    """Who has taken `folder`, which this process held, meanwhile; nothing while it is held, or never was."""
    claim = _claims.get(folder.resolve())
    if claim is None:
        return ""
    try:
        found = _read(folder / LOCK)
    except PermissionError:  # Windows lets nobody read what is locked, and takes no lock away
        return ""
    except OSError:
        return "another run, which has ended"
    return "" if found == claim else _holder(folder / LOCK) or "another run"


def _holder(path: Path) -> str:
    """Who holds the lock at `path`, as it says itself; nothing where it says nothing of the kind."""
    try:
        found = CLAIM.fullmatch(_read(path))
    except OSError:
        return ""
    return found[1] if found else ""


def _descriptor(path: Path, patience_s: float) -> int:
    until_s = time.monotonic() + patience_s
    while True:
        try:
            return _locked_now(path)
        except FolderHeldError:
            if time.monotonic() >= until_s:
                raise
        time.sleep(LOOK_S)


def _locked_now(path: Path) -> int:
    from filelock import lock_descriptor  # a tenth of a second, in which mixes are being measured already

    while True:
        if path.is_symlink():
            raise OSError(0, "is a link, which is not followed; remove it", str(path))
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o644)
        try:
            if not lock_descriptor(descriptor, blocking=False):
                raise FolderHeldError(_holder(path))
            if _is_still_there(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _write(descriptor: int, claim: str) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.truncate(descriptor, 0)
    os.write(descriptor, claim.encode("ascii", "replace"))
    os.fsync(descriptor)  # a shared disk's other machines are to see it


def _read(path: Path) -> str:
    """What the lock says, opened anew: only then is it certain that a shared disk is asked; raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | _NO_LINK)
    try:
        return os.read(descriptor, LONGEST_CLAIM_BYTES).decode("ascii", "replace")
    finally:
        os.close(descriptor)


def _is_still_there(path: Path, descriptor: int) -> bool:
    """Whether `path` is the file that was locked: whoever held it may have taken it away before that."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
