"""Delivered files as a certificate names them: by path, hash and size."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from albums import Frozen
from pipeline.intake.mixes import fingerprint


class DeliveredFile(Frozen):
    """One delivered file: its path from the delivered folder, its hash and its size."""

    path: Annotated[str, Field(min_length=1)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0)]


def files_in(folder: Path, root: Path) -> tuple[DeliveredFile, ...]:
    """Every file below `folder`, by its path from `root`, in the order of their paths."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return tuple(_delivered(path, path.relative_to(root).as_posix()) for path in paths)


def as_it_lies(file: DeliveredFile, root: Path) -> DeliveredFile | None:
    """What now lies at the path of `file` below `root`; None when nothing is there that can be read, or elsewhere."""
    try:
        path = (root / file.path).resolve()
        inside = path.is_relative_to(root.resolve()) and path.is_file()
        return _delivered(path, file.path) if inside else None
    except (OSError, ValueError):  # no name that a disk takes
        return None


def _delivered(path: Path, name: str) -> DeliveredFile:
    return DeliveredFile(path=name, sha256=fingerprint(path), bytes=path.stat().st_size)
