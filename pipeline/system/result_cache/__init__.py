"""What is remembered from run to run, as files in a folder that others may use as well: found, counted, let go of.

An entry's name says whose it is, by which version of the program it was made, and what kind of work it is of. All that
is not named like that is somebody else's, and is neither counted nor removed.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

OURS = "glassmaster-"
DIGITS = 8  # of a program's hash, in the names of its entries
_NAME = re.compile(OURS + r"(?:([0-9a-f]{8})-)?([a-z]+)-[0-9a-f]{64}")


@dataclass(frozen=True)
class Entry:
    """One remembered result: how large it is, and when it was last used, in seconds since 1970.

    `program` is the beginning of the hash of the program that made it; "" before names had one.
    """

    path: Path
    program: str
    kind: str
    bytes: int
    used_s: float


def entry_name(program: str, kind: str, digest: str) -> str:
    """What an entry is called: of the program whose hash is or begins with `program`, by the `digest` of its key.

    Digits are hexadecimal; the digest has 64 of them, and the program at least DIGITS.
    """
    return f"{OURS}{program[:DIGITS]}-{kind}-{digest}"


def entries(folder: Path) -> Iterator[Entry]:
    """Our entries in `folder`, in no order; none where there is no such folder. Raises OSError where it is closed."""
    try:
        found = [*os.scandir(folder)]
    except (FileNotFoundError, NotADirectoryError):
        return
    for each in found:
        named = _NAME.fullmatch(each.name)
        with suppress(FileNotFoundError):  # others remove them at the same time
            if named and S_ISREG((about := each.stat(follow_symlinks=False)).st_mode):
                yield Entry(Path(each.path), named[1] or "", named[2], about.st_size, about.st_mtime)


def mark_used(folder: Path, names: Iterable[str]) -> None:
    """Have those entries called `names` that are there count as used just now."""
    for name in names:
        with suppress(OSError):  # there is none, or it is another user's: then its age is as its owner used it
            os.utime(folder / name)


def remove(unwanted: Iterable[Entry]) -> tuple[list[Entry], list[OSError]]:
    """Remove entries: those that are gone by it, and why others are not. What others have removed counts as neither."""
    gone, failed = list[Entry](), list[OSError]()
    for entry in unwanted:
        try:
            entry.path.unlink()
            gone.append(entry)
        except FileNotFoundError:
            continue
        except OSError as error:
            failed.append(error)
    return gone, failed
