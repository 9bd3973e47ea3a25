"""Delivered files as a certificate names them: by path, hash and size; and what they are, as read back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import Field

from albums import Frozen, Side
from formats import Layout
from pipeline.intake.mix_hashes import fingerprint
from profiles import Profile


class DeliveredFile(Frozen):
    """One delivered file."""

    path: Annotated[str, Field(min_length=1)]
    """Its path from the folder that the certificate lies in, parted by /."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """The SHA-256 of its content, in hexadecimal."""
    bytes: Annotated[int, Field(ge=0)]
    """Its size in bytes."""


def file_of(path: str, data: bytes) -> DeliveredFile:
    """The file at `path` that holds `data`."""
    return DeliveredFile(path=path, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))


class ProgrammeForm(Frozen):
    """One disc, one side of a record, or all tracks where there is neither."""

    side: Side | None
    """The letter of the side; null where it is none."""
    disc: Annotated[int, Field(ge=1, le=99)] | None
    """The number of the disc where there are several; null where there are not."""
    tracks: Annotated[int, Field(ge=0)]
    """How many tracks it holds."""
    frames: Annotated[int, Field(ge=0)]
    """How long it is, in samples of a channel."""
    duration_s: Annotated[float, Field(ge=0.0)]
    """How long it is, in seconds, to a thousandth."""


class Form(Frozen):
    """What the files of a deliverable are, as read back."""

    format: str
    """The kind of files, as profiles have it: "flac", "ddp"."""
    codec: str | None
    """The codec of lossy files and its one number, "mp3-320"; null where they hold the samples as they are."""
    rate_hz: Annotated[int, Field(ge=1)]
    """The sample rate, in Hz."""
    bits: Annotated[int, Field(ge=1)] | None
    """The bits of a sample; null for lossy files, which have none."""
    duration_s: Annotated[float, Field(ge=0.0)]
    """How long all programmes last together, in seconds, to a thousandth."""
    programmes: Annotated[tuple[ProgrammeForm, ...], Field(min_length=1)]
    """The discs or sides, in order; one where there is neither."""


def form_of(profile: Profile, layouts: Sequence[Layout]) -> Form | None:
    """What the files of a deliverable are whose programmes were read back as `layouts`; None where none were."""
    if not layouts:
        return None
    return Form(
        format=profile.format,
        codec=profile.codec.name if profile.codec else None,
        rate_hz=layouts[0].rate_hz,
        bits=None if profile.codec else layouts[0].bits,
        duration_s=round(sum(layout.frames / layout.rate_hz for layout in layouts), 3),
        programmes=tuple(
            ProgrammeForm(
                side=layout.side or None,
                disc=layout.disc or None,
                tracks=len(layout.marks),
                frames=layout.frames,
                duration_s=round(layout.frames / layout.rate_hz, 3),
            )
            for layout in layouts
        ),
    )


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
