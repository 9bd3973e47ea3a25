"""Files and folders put where they belong: made aside, whole, on the disk itself, then given their name in one step.

No link is followed and nothing that exists is written into: what lies where something new is to be written goes first.
After every step there stands, under each name, the old or the new, whole; also if the power fails between two of them.
"""

import ctypes
import glob
import os
import shutil
from contextlib import suppress
from pathlib import Path

from pipeline.system.processes.this_process import aside_name, has_ended, name_made_aside

AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h


def remove(path: Path) -> None:
    """Remove what is at `path`, if anything is: a link itself, not what it leads to; a folder with all in it."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def fresh_folder(path: Path) -> Path:
    """An empty folder at `path`, which is returned, whatever was there before; raises OSError."""
    remove(path)
    path.mkdir()
    return path


def own_folder(root: Path, *names: str) -> Path:
    """The folder below `root` that `names` lead to, made if need be; raises OSError where one of them is a link.

    A link in a stranger's folder may lead anywhere.
    """
    path = root
    for name in names:
        path /= name
        if path.is_symlink():
            raise OSError(0, f"{name} is a link, which is not followed", str(path))
        path.mkdir(exist_ok=True)
    return path


def write_whole(path: Path, text: str) -> None:
    """Have `text` at `path`, on the disk itself, in place of what is there; raises OSError and leaves that as it is."""
    _remove_left(path)
    aside = path.with_name(aside_name(path.name))
    try:
        _write(aside, text)
        aside.replace(path)
    finally:
        remove(aside)
    sync_folder(path.parent)


def write_new(path: Path, text: str) -> None:
    """Have `text` at `path`, whole or not at all; raises FileExistsError where something is, and OSError."""
    _remove_left(path)
    aside = path.with_name(aside_name(path.name))
    try:
        _write(aside, text)
        try:
            path.hardlink_to(aside)  # a rename would take the place of what is there
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links, as on memory sticks
            path.touch(exist_ok=False)  # the name is taken first, and what bears it is ours
            aside.replace(path)
    finally:
        remove(aside)
    sync_folder(path.parent)


def _remove_left(path: Path) -> None:
    """Remove what killed processes of this machine have left where they wrote what was to be called `path`."""
    for left in path.parent.glob(glob.escape(f".{path.name}.") + "*.part"):
        if name_made_aside(left) == path.name and has_ended(left):
            with suppress(OSError):
                remove(left)


def _write(path: Path, text: str) -> None:
    remove(path)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def take_place(new: Path, final: Path, old: Path) -> None:
    """Give `new` the name `final`; what had it before, if anything, is at `old` afterwards.

    There is no moment at which neither has it, where the system can exchange two names; else `restore` mends that.
    Raises OSError, and leaves what is there under its name.
    """
    if not os.path.lexists(final):
        new.rename(final)
    else:
        new.rename(old)
        if not exchange(old, final):
            old.rename(new)
            final.rename(old)
            try:
                new.rename(final)
            except OSError:
                old.rename(final)
                raise
        sync_folder(old.parent)
    sync_folder(final.parent)


def restore(old: Path, final: Path) -> None:
    """Give `old` its name back where `take_place` was cut off between two renames."""
    if os.path.lexists(old) and not os.path.lexists(final):
        old.rename(final)
        sync_folder(final.parent)


def exchange(one: Path, other: Path) -> bool:
    """Exchange what two names stand for, in one step; False where the system or the file system cannot."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # not Linux, or an older C library
        return False
    return bool(renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0)


def sync_folder(path: Path) -> None:
    """Have the names in `path` on the disk itself, so that they outlive a power cut; where a system can be told to."""
    with suppress(OSError):  # Windows opens no folder; some file systems have no such request
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
