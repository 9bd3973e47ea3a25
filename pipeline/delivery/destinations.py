"""One album's folder where it is delivered to: on this machine, or anywhere that fsspec has a driver for.

Drivers take credentials from the environment as they do by themselves (AWS_*, an SSH agent and keys), or from options
that the caller hands in. Whatever they raise is told without secrets.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from albums.faults import Fault, Refusal
from albums.regular_files import open_regular
from pipeline.delivery.addresses import ADDRESS, Address
from pipeline.delivery.redaction import Redactor
from pipeline.system.placing import own_folder, remove, sync_folder
from pipeline.system.progress import Stopped

PIECE_BYTES = 2**20
BLOCK_BYTES = 8 * 2**20  # what a driver holds of a file; S3 takes parts of 5 MiB and more
MOST_PARTS = 9000  # S3 takes 10,000 of a file
REQUEST_BYTES, WINDOW_BYTES = 2**15, 2**22  # over SSH: in one request, and in those that are under way at once
ASIDE = ".arriving.part"
# Buckets have no folders to be made, and some drivers would make the bucket, misspelt or not.
OBJECT_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "oci"})
FINAL = frozenset({0, errno.ENOSPC, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG})  # 0: a link
OVER_SSH = frozenset({"sftp", "ssh"})


class DestinationFailed(Exception):  # noqa: N818 - as Refusal and Stopped
    """Something did not succeed there: why, without secrets, and whether trying again may help."""

    def __init__(self, words: str, *, is_final: bool = False) -> None:
        """The words are those that people read."""
        super().__init__(words)
        self.is_final = is_final


class Destination(Protocol):
    """One album's folder there. Paths are a package's own, with slashes; all raise DestinationFailed."""

    def size(self, path: str) -> int | None:
        """How many bytes the file has; None where there is none."""

    def read(self, path: str) -> Iterator[bytes]:
        """The file's bytes, in pieces."""

    def write(self, path: str, pieces: Iterable[bytes], size: int) -> None:
        """Have a file of `size` bytes there; what raises among `pieces` is raised, and leaves no whole file."""

    def remove(self, path: str) -> None:
        """Have no file there."""


def destination(address: Address, name: str, options: Mapping[str, Any], redact: Redactor) -> Destination:
    """The folder `name` at `address`; raises Refusal where a local folder is not there or a driver is missing.

    `options` are the driver's; `redact` knows their secrets.
    """
    if address.folder is not None:
        if not address.folder.is_dir():
            raise Refusal([Fault(str(address), "is no folder; masters are delivered into one that is there")])
        return LocalFolder(address.folder, name)
    return RemoteFolder(address, name, options, redact)


class LocalFolder:
    """A folder on this machine: files are written aside and renamed, no link is followed."""

    def __init__(self, root: Path, name: str) -> None:
        """The folder `name` in `root`, which is there."""
        self._root, self._name = root, name

    def size(self, path: str) -> int | None:
        """How many bytes the file has; None where there is none, or no file."""
        with _failing(path):
            try:
                found = self._place(path).lstat()
            except FileNotFoundError:
                return None
            return found.st_size if stat.S_ISREG(found.st_mode) else None

    def read(self, path: str) -> Iterator[bytes]:
        """The file's bytes, in pieces."""
        with _failing(path), open_regular(self._place(path)) as file:
            while piece := file.read(PIECE_BYTES):
                yield piece

    def write(self, path: str, pieces: Iterable[bytes], size: int) -> None:  # noqa: ARG002 - as its like
        """Have the file there, on the disk itself."""
        with _failing(path):
            final, aside = self._place(path), own_folder(self._root, self._name) / ASIDE
            remove(aside)
            try:
                with aside.open("xb") as file:
                    file.writelines(pieces)
                    file.flush()
                    os.fsync(file.fileno())
                aside.replace(final)
            finally:
                remove(aside)
            sync_folder(final.parent)

    def remove(self, path: str) -> None:
        """Have no file there, and no folder that is empty without it."""
        with _failing(path):
            place = self._place(path)
            place.unlink(missing_ok=True)
            with suppress(OSError):  # others are still in it
                for folder in place.parents[: len(PurePosixPath(path).parts) - 1]:
                    folder.rmdir()
            sync_folder(self._root / self._name)

    def _place(self, path: str) -> Path:
        *folders, last = PurePosixPath(path).parts
        return own_folder(self._root, self._name, *folders) / last


class RemoteFolder:
    """A folder that fsspec reaches; after a failure it is connected to anew."""

    def __init__(self, address: Address, name: str, options: Mapping[str, Any], redact: Redactor) -> None:
        """Nothing is connected yet."""
        self._address, self._name, self._options, self._redact = address, name, {**options}, redact
        self._connection: tuple[Any, str] | None = None

    def size(self, path: str) -> int | None:
        """How many bytes the file has; None where there is none."""
        with self._failing(path):
            driver, place = self._at(path)
            driver.invalidate_cache()  # what it has listed may have changed
            try:
                found = driver.info(place)
            except FileNotFoundError:
                return None
            return int(found["size"]) if found.get("type", "file") == "file" else None

    def read(self, path: str) -> Iterator[bytes]:
        """The file's bytes, in pieces."""
        with self._failing(path):
            driver, place = self._at(path)
            with driver.open(place, "rb", block_size=BLOCK_BYTES) as file:
                if hasattr(file, "readv"):  # paramiko's: else each 32 KiB are asked for when those before are there
                    yield from _in_windows(file)
                while piece := file.read(PIECE_BYTES):
                    yield piece

    def write(self, path: str, pieces: Iterable[bytes], size: int) -> None:
        """Have the file there."""
        with self._failing(path):
            driver, place = self._at(path)
            if self._address.protocol not in OBJECT_STORES:
                driver.makedirs(place.rpartition("/")[0], exist_ok=True)
            file = driver.open(place, "wb", block_size=max(BLOCK_BYTES, -(-size // MOST_PARTS)))
            try:
                if hasattr(file, "set_pipelined"):  # paramiko's: else each 32 KiB wait for the answer to those before
                    file.set_pipelined(True)
                for piece in pieces:
                    file.write(piece)
            except BaseException:
                _abandon(file)
                raise
            file.close()

    def remove(self, path: str) -> None:
        """Have no file there."""
        with self._failing(path):
            driver, place = self._at(path)
            with suppress(FileNotFoundError):
                driver.rm_file(place)

    def _at(self, path: str) -> tuple[Any, str]:
        """The driver, connected, and the file's place for it."""
        if self._connection is None:
            from fsspec.core import url_to_fs  # a tenth of a second that a local folder need not pay

            options = self._options
            if self._address.protocol in OVER_SSH and "host_key_policy" not in options:
                from pipeline.delivery.known_hosts import known_hosts_only

                options = {**options, "host_key_policy": known_hosts_only()}
            # Without the cache of drivers: one that has lost its connection would be had again.
            driver, root = url_to_fs(self._address.url, skip_instance_cache=True, **options)
            self._connection = driver, str(root).rstrip("/")
        driver, root = self._connection
        return driver, f"{root}/{self._name}/{path}"

    @contextmanager
    def _failing(self, path: str) -> Iterator[None]:
        try:
            yield
        except (Refusal, Stopped, DestinationFailed):
            raise
        except ImportError as error:
            words = f"the driver for {self._address.protocol}:// is not installed: {self._redact(str(error))}"
            raise Refusal(
                [Fault(ADDRESS, f"{words}; `pip install glassmaster[delivery]` has those for S3 and SFTP")]
            ) from None
        except Exception as error:  # a driver may raise anything, with anything in its text
            self._connection = None
            words = self._redact(f"{type(error).__name__}: {' '.join(str(error).split())}")
            raise DestinationFailed(f"{path}: {words}", is_final=_is_final(error)) from None


@contextmanager
def _failing(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DestinationFailed(f"{path}: {error.strerror or error}", is_final=_is_final(error)) from None


def _in_windows(file: Any) -> Iterator[bytes]:
    """The bytes of a paramiko file, many requests at once; `prefetch` would keep what is read ahead without a bound."""
    size = file.stat().st_size
    for start in range(0, size, WINDOW_BYTES):
        stop = min(size, start + WINDOW_BYTES)
        yield from file.readv([(at, min(REQUEST_BYTES, stop - at)) for at in range(start, stop, REQUEST_BYTES)])


def _is_final(error: Exception) -> bool:
    """Whether trying again cannot help: not allowed, or nothing there to write to. Some hosts bar who tries often."""
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    is_final = isinstance(error, PermissionError | FileNotFoundError) or "Auth" in names or "Credential" in names
    return is_final or (isinstance(error, OSError) and error.errno in FINAL)


def _abandon(file: Any) -> None:
    """Close a file that was not written to its end, as far as the driver can without keeping it as a whole one."""
    from fsspec.spec import AbstractBufferedFile

    with suppress(Exception):  # what failed before is what is told
        if isinstance(file, AbstractBufferedFile):
            file.closed = True  # else it would be sent as far as it came when it goes away
            file.discard()
        else:
            file.close()
