"""A folder held by one process at a time, on any system, by a lock file in it that is gone afterwards."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".lock"
_FLAGS = os.O_RDWR | os.O_CREAT | sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK"))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` for as long as the block lasts; raises BlockingIOError where another does, and OSError."""
    path = folder / LOCK
    descriptor = _descriptor(path)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that is open
            path.unlink()
        os.close(descriptor)


def _descriptor(path: Path) -> int:
    from filelock import lock_descriptor  # a tenth of a second, in which mixes are being measured already

    while True:
        if path.is_symlink():
            raise OSError(0, "is a link, which is not followed; remove it", str(path))
        descriptor = os.open(path, _FLAGS, 0o644)
        try:
            if not lock_descriptor(descriptor, blocking=False):
                raise BlockingIOError
            if _is_still_there(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_still_there(path: Path, descriptor: int) -> bool:
    """Whether `path` is the file that was locked: whoever held it may have taken it away before that."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
