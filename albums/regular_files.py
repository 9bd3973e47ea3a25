"""The one door for files that come from outside: regular files alone, of a bounded size, never waited for.

A FIFO or a terminal in an album's folder would keep its reader waiting for ever, a device would fill the memory. What
is no regular file is refused as a file that is missing is: by an OSError whose `strerror` says what was found.
"""

import errno
import os
import stat
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

# Not waiting for a writer at a FIFO's other end, not taking a terminal as this process's own.
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


@dataclass(frozen=True)
class Identity:
    """What tells a file from another that was put in its place, and from itself once it was written to.

    The time of its last change of any kind cannot be set back, as the time of the last writing can.
    """

    device: int
    inode: int
    size_bytes: int
    written_ns: int
    changed_ns: int


def identity_of(file: int | Path) -> Identity:
    """The identity of an open file, by its descriptor, or of what now lies at a path; raises OSError."""
    found = os.stat(file)  # noqa: PTH116 - a descriptor as well
    return Identity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def open_descriptor(path: Path, largest_bytes: int | None = None) -> int:
    """A file descriptor for reading the regular file at `path`, which the caller closes.

    Raises OSError, its `strerror` fit for a message, where there is none, where it is something else, and where it is
    larger than `largest_bytes`.
    """
    kind = _kind(os.stat(path).st_mode)  # before it is opened: opening a device may do something  # noqa: PTH116
    if kind:
        raise OSError(errno.EINVAL, f"is {kind}, no file", str(path))
    descriptor = os.open(path, _FLAGS)
    try:
        found = os.fstat(descriptor)
        if kind := _kind(found.st_mode):
            raise OSError(errno.EINVAL, f"is {kind}, no file", str(path))
        if largest_bytes is not None and found.st_size > largest_bytes:
            words = f"takes {found.st_size} bytes; at most {largest_bytes} are taken"
            raise OSError(errno.EFBIG, words, str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def open_regular(path: Path, largest_bytes: int | None = None) -> BufferedReader:
    """The regular file at `path`, open for reading; raises OSError as `open_descriptor` does."""
    return os.fdopen(open_descriptor(path, largest_bytes), "rb")


def read_regular(path: Path, largest_bytes: int) -> bytes:
    """All of the regular file at `path`; raises OSError as `open_descriptor` does, also where it grows meanwhile."""
    with open_regular(path, largest_bytes) as file:
        data = file.read(largest_bytes + 1)
    if len(data) > largest_bytes:
        raise OSError(errno.EFBIG, f"is larger than {largest_bytes} bytes; that is more than is taken", str(path))
    return data


def unreadable(error: OSError) -> str:
    """Why a file cannot be read, as a sentence about it, whether this module found that or the system."""
    words = error.strerror or str(error)
    return words if words.startswith(("is ", "takes ")) else f"cannot be read: {words}"


class BoundedReads:
    """An open file for libraries that ask for as many bytes as a damaged length says: they get no more than are there.

    Python would set memory aside for all that is asked for.
    """

    def __init__(self, file: BufferedReader, largest_bytes: int) -> None:
        """Give at most `largest_bytes` at a time, and what the file has."""
        self._file, self._largest_bytes, self.name = file, largest_bytes, file.name
        self._size_bytes = os.fstat(file.fileno()).st_size

    def read(self, size: int = -1) -> bytes:
        """As of a file; less where more is asked for than may be."""
        left = max(0, self._size_bytes - self._file.tell())
        return self._file.read(min(left if size < 0 else size, left, self._largest_bytes))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of a file."""
        return self._file.tell()


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return ""
    return next((words for is_one, words in _KINDS if is_one(mode)), "no regular file")
