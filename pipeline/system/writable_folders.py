"""Where libraries keep files of their own, on a machine where they find no place: a private folder for temporary files.

In a container the program is often installed where its user may not write, and that user has no home. Numba would then
refuse to work, and Prefect would find no place for its database.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
WITH_KERNELS = ("formats", "pipeline")
ONLY_MINE = 0o700
OF_OTHERS = 0o077
_lost = list[str]()  # what finds no place at all


def choose() -> None:
    """Name a folder to each library that would find none; by the environment, so that child processes share it.

    Nothing changes where they find one, or where the user has named one.
    """
    if not os.environ.get("NUMBA_CACHE_DIR") and not _numba_finds_one():
        _keep_kernels(private_folder())
    if not os.environ.get("PREFECT_HOME") and not can_be_made(_in_home(".prefect")) and (folder := private_folder()):
        os.environ["PREFECT_HOME"] = str(folder / "prefect")


def kernels_are_kept() -> bool:
    """Whether what is compiled is found again by the next process."""
    return not _lost


def private_folder() -> Path | None:
    """A folder for temporary files that no other user can read or write, the same in every run; None if there is none.

    What lies in it is believed, kernels among it: a folder that another user has made there first is not taken.
    """
    import tempfile  # a hundredth of a second that every command would pay

    try:
        where = Path(tempfile.gettempdir())
    except FileNotFoundError:
        return None
    if where == Path.cwd():  # where nothing else can be written to; what is there belongs to what somebody works at
        return None
    user = os.getuid() if hasattr(os, "getuid") else "user"  # Windows has a folder for temporary files for each user
    folder = where / f"glassmaster-{user}"
    with suppress(OSError):
        folder.mkdir(mode=ONLY_MINE)
    return folder if _is_mine(folder) else None


def _is_mine(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    if hasattr(os, "getuid") and (found.st_uid != os.getuid() or found.st_mode & OF_OTHERS):
        return False
    return folder.is_dir() and not folder.is_symlink() and os.access(folder, os.W_OK | os.X_OK)


def _keep_kernels(folder: Path | None) -> None:
    if folder:
        os.environ["NUMBA_CACHE_DIR"] = str(folder / "numba")
        if config := sys.modules.get("numba.core.config"):  # a host has imported it: it does not look again at once
            config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]  # type: ignore[attr-defined]
        return
    from numba.core.dispatcher import Dispatcher

    # Kernels are compiled in every process: numba would refuse to define them.
    _lost.append("kernels")
    Dispatcher.enable_caching = lambda _: None  # type: ignore[method-assign,assignment]


def _numba_finds_one() -> bool:
    """As numba looks for one: in the user's folder for caches, or else beside the source of each kernel."""
    if sys.platform == "win32":
        caches = Path(os.environ.get("LOCALAPPDATA") or _in_home("AppData", "Local"))
    elif sys.platform == "darwin":
        caches = _in_home("Library", "Caches")
    else:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or _in_home(".cache"))
    if can_be_made(caches / "numba"):
        return True
    rooms = (folder for top in WITH_KERNELS for folder, _, files in os.walk(ROOT / top) if "__init__.py" in files)
    return all(can_be_made(Path(room, "__pycache__")) for room in rooms)


def _in_home(*parts: str) -> Path:
    """A place in the user's home; one that cannot be, where there is no home."""
    try:
        return Path.home().joinpath(*parts)
    except RuntimeError:
        return Path(os.devnull, *parts)


def can_be_made(folder: Path) -> bool:
    """Whether `folder` can be written to, or can be made: whether the nearest of its parents that is there can be."""
    # Python 3.11's Path.exists raises where a folder above may not be looked into.
    there = next((each for each in (folder, *folder.parents) if os.path.exists(each)), folder)  # noqa: PTH110
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
