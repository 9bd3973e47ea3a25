"""The small files of a deliverable that is opened again: its sheet, and the files that the sheet names."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from albums.faults import Fault, Refusal
from albums.regular_files import read_regular, unreadable


def of_disc(folder: Path, disc: int) -> Path:
    """Where the files of a disc lie: a folder of its own if it is numbered, as one of several is."""
    return folder / f"disc-{disc}" if disc else folder


def only(folder: Path, pattern: str) -> Path:
    """The one file in `folder` that matches `pattern`; raises Refusal when there is none or more than one."""
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise Refusal([Fault(str(folder), f"should hold one file {pattern}; found {names}")])
    return found[0]


def content(path: Path, largest_bytes: int) -> bytes:
    """The bytes of `path`; raises Refusal when it cannot be read or is larger than `largest_bytes`."""
    try:
        return read_regular(path, largest_bytes)
    except OSError as error:
        raise Refusal([Fault(path.name, unreadable(error))]) from None


def beside(sheet: Path, name: str) -> Path:
    """The file `name` beside the `sheet` that names it; raises Refusal unless it is a plain name that is there."""
    if not name or name in (".", "..") or any(c in name for c in "/\\\0"):
        raise Refusal([Fault(sheet.name, f"names {name!r}, which is no plain file name")])
    path = sheet.parent / name
    if not path.is_file():
        raise Refusal([Fault(sheet.name, f"names {name!r}, which is not there")])
    return path


def unlike(name: str, found: Sequence[str], wanted: Sequence[str]) -> Iterator[Fault]:
    """A refusal for the first line in which the sheet called `name` is not as it would be written again."""
    for number, (is_, should_be) in enumerate(zip_longest(found, wanted), 1):
        if is_ != should_be:
            words = ["the end" if line is None else repr(line) for line in (is_, should_be)]
            yield Fault(f"{name}: line {number}", f"{words[0]} stands where {words[1]} is expected")
            return
