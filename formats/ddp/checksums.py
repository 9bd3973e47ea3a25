"""Checksums beside the files of a fileset: how they are made while a file is written, and how those of others are read.

They are not part of DDP, but plants ask for them. cue2ddp's names and forms are written: `CHECKSUM.MD5` for
`md5sum -c`, `CHECKSUM.TXT` with CRC-32. Also read are Sonoris' `MD5-Checksum.md5`, HOFA's `MD5_CHECKSUM.MD5` with CRLF,
and md5sum's own two spaces; hexadecimal digits may be in upper or lower case.

Source: ddp-reverse-eng/ddp-reverse-eng, spec/ddp2.md, sections 9 and N6.
"""

import hashlib
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from albums.faults import Fault
from albums.regular_files import open_regular

MD5_FILE = "CHECKSUM.MD5"
CRC32_FILE = "CHECKSUM.TXT"
CRC32_HEADER = "[CRC32 Checksum]"
CHUNK_BYTES = 2**20

_MD5_LINE = re.compile(r"(?P<digest>[0-9A-Fa-f]{32})[ \t]+\*?(?P<name>.+)")
_CRC32_LINE = re.compile(r"(?P<name>[^=]+)=(?P<digest>[0-9A-Fa-f]{8})")
_NO_LINE = re.compile(r"\s*|[;#\[].*|Version=.*")  # blanks, comments and headings hold no checksum


@dataclass(frozen=True)
class Sums:
    """The MD5 of a file in lower-case hexadecimal digits, and its CRC-32 in upper-case ones."""

    md5: str
    crc32: str


def write(path: Path, chunks: Iterable[bytes | memoryview]) -> Sums:
    """Write `chunks` to `path`; the checksums of what was written."""
    with path.open("wb") as file:
        return _sums(chunks, file.write)


def of(path: Path) -> Sums:
    """The checksums of an existing file; raises OSError when it cannot be read."""
    return _sums(_chunks(path), len)


def encode_md5(sums: Mapping[str, Sums]) -> bytes:
    """The list that `md5sum -c` takes, of files by name."""
    return "".join(f"{found.md5} *{name}\n" for name, found in sums.items()).encode("ascii")


def encode_crc32(sums: Mapping[str, Sums]) -> bytes:
    """The list of CRC-32 of files by name."""
    lines = [CRC32_HEADER, *(f"{name}={found.crc32}" for name, found in sums.items())]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def decode(data: bytes, name: str) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """The digests in the list called `name` by file, in lower case, and a warning for each line that holds none."""
    form = _CRC32_LINE if name.upper() == CRC32_FILE else _MD5_LINE
    digests, faults = {}, []
    for number, line in enumerate(data.decode("latin-1").splitlines(), 1):
        found = form.fullmatch(line.rstrip())
        if found:
            digests[found["name"]] = found["digest"].lower()
        elif not _NO_LINE.fullmatch(line):
            faults.append(Fault(f"{name}: line {number}", f"{line[:60]!r} is no checksum", "warning"))
    return digests, tuple(faults)


def lists(names: Iterable[str]) -> list[str]:
    """Which of the files `names` are lists of checksums; one whose name cannot be printed does not count."""
    found = (name for name in names if name.upper().endswith(".MD5") or name.upper() == CRC32_FILE)
    return sorted(name for name in found if name.isprintable())


def mismatches(digests: Mapping[str, str], sums: Mapping[str, Sums], name: str) -> Iterator[Fault]:
    """Refusals for files whose `sums` differ from the `digests` of the list `name`; warnings for what only one has."""
    for file, digest in digests.items():
        if file not in sums:
            yield Fault(name, f"names {file!r}, which is no file of the set", "warning")
        elif digest not in (sums[file].md5, sums[file].crc32.lower()):
            found = sums[file].md5 if len(digest) == len(sums[file].md5) else sums[file].crc32
            yield Fault(name, f"has {digest} for {file!r}, whose checksum is {found}: it was changed or damaged")
    for file in sorted(sums.keys() - digests.keys()):
        yield Fault(name, f"has no checksum of {file!r}", "warning")


def _sums(chunks: Iterable[bytes | memoryview], take: Callable[[bytes | memoryview], object]) -> Sums:
    md5, crc32 = hashlib.md5(usedforsecurity=False), 0
    for chunk in chunks:
        take(chunk)
        md5.update(chunk)
        crc32 = zlib.crc32(chunk, crc32)
    return Sums(md5.hexdigest(), f"{crc32:08X}")


def _chunks(path: Path) -> Iterator[bytes]:
    with open_regular(path) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
