"""Delivered files as a certificate names them: by path, hash and size."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import Field

from albums import Frozen
from pipeline.intake.mix_hashes import fingerprint


class DeliveredFile(Frozen):
    """One delivered file: its path from the delivered folder, its hash and its size."""

    path: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]


def files_in(folder: Path, root: Path) -> tuple[DeliveredFile, ...]:
    """Every file below `folder`, by its path from `root`, in the order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return tuple(_delivered(path, path.relative_to(root).as_posix()) for path in paths)


@dataclass(frozen=True)
class Lying:
    """What lies at a path: its size, and its hash if the size is the one that was certified."""

    bytes: int
    sha256: str = ""

    def __str__(self) -> str:
        """As a finding has it."""
        return f"{self.sha256}, {self.bytes} bytes" if self.sha256 else f"{self.bytes} bytes"


def as_it_lies(file: DeliveredFile, root: Path) -> Lying | None:
    """What now lies at the path of `file` below `root`; None when nothing is there that can be read, or elsewhere."""
    try:
        path = (root / file.path).resolve()
        if not path.is_relative_to(root.resolve()) or not path.is_file():
            return None
        size = path.stat().st_size
        return Lying(size, fingerprint(path)) if size == file.bytes else Lying(size)
    except (OSError, ValueError, RuntimeError):  # no name that a disk takes, or a link that leads to itself
        return None


def is_as_certified(file: DeliveredFile, root: Path) -> bool:
    """Whether `file` is in its place below `root`, byte for byte."""
    return as_it_lies(file, root) == Lying(file.bytes, file.sha256)


def is_below(file: DeliveredFile, folder: str) -> bool:
    """Whether the path of `file` plainly leads into `folder` on any system: a certificate may come from anywhere."""
    parts = PurePosixPath(file.path).parts
    plain = file.path == "/".join(parts) and not {".", ".."} & {*parts} and "\\" not in file.path
    return plain and file.path.isprintable() and len(parts) > 1 and parts[0] == folder


def has_no_link(file: DeliveredFile, root: Path) -> bool:
    """Whether neither the file nor a folder that leads to it below `root` is a link."""
    parts = PurePosixPath(file.path).parts
    return not any(root.joinpath(*parts[:count]).is_symlink() for count in range(1, len(parts) + 1))


def _delivered(path: Path, name: str) -> DeliveredFile:
    return DeliveredFile(path=name, sha256=fingerprint(path), bytes=path.stat().st_size)
