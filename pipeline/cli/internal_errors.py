"""Errors of this program itself: one line for the person, all that is known of it in a log file.

It imports nothing of weight, and nothing of this program but the door when that is there: it must work when little else
does.
"""

import errno
import os
import platform
import shlex
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType

from albums.faults import Fault, Refusal

FOLDER = "glassmaster"
LIBRARIES = ("glassmaster", "numpy", "scipy", "numba", "soundfile", "soxr", "prefect", "pydantic", "typer", "rich")
ROOMS = Path(__file__).resolve().parents[1]  # this program's own files: one that is missing is no fault of the input
# What a machine runs out of, or what fails in it: the person can see to it, and a traceback does not help.
OF_THE_MACHINE = {
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EFBIG", "EIO", "EROFS", "EMFILE", "ENFILE", "ENOMEM", "ENODEV", "ESTALE")
    if hasattr(errno, name)
}


def leaves(error: BaseException) -> Iterator[BaseException]:
    """`error`, or all that a group of errors consists of."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from leaves(each)
    else:
        yield error


def bad_input(error: BaseException) -> Fault | None:
    """The fault that an operating system's error is where it names a file, or something that the machine lacks."""
    if not isinstance(error, OSError):
        return None
    names = [
        os.fsdecode(name) for name in (error.filename, error.filename2) if isinstance(name, str | bytes | os.PathLike)
    ]
    cause = error.strerror or str(error)
    if any(Path(name).is_relative_to(ROOMS) for name in names):
        return None
    if names:
        return Fault(" -> ".join(names), cause)
    return Fault("", cause) if error.errno in OF_THE_MACHINE else None


def faults_of(error: BaseException) -> tuple[Fault, ...]:
    """The faults that an error stands for; none where it is one of this program itself."""
    if isinstance(error, Refusal):
        return error.faults
    fault = bad_input(error)
    return () if fault is None else (fault,)


def reported(error: BaseException, words: Sequence[str], first: BaseException | None = None) -> tuple[str, str | None]:
    """The error told in one line on standard error, and written to a log file: what was said, and where that lies.

    `first` is what is told of a group of errors.
    """
    said = _words(first or next(leaves(error)))
    log, why = _written(error, words)
    where = f"the log is {log}" if log else f"no log could be written: {why}"
    line = f"{said}; {where}"
    try:
        from pipeline.cli.shown.door import errors

        errors.say(line)
    except Exception:  # whatever keeps the door from opening: the line is told all the same
        with suppress(OSError, ValueError, AttributeError):
            sys.stderr.write(line.encode("ascii", "backslashreplace").decode().replace("\x1b", "\\x1b") + "\n")
    return said, log


def _words(first: BaseException) -> str:
    """What happened and where, without the lines of a traceback."""
    if isinstance(first, MemoryError):
        asked = f" ({first})" if str(first) else ""
        return f"The memory did not suffice{asked}: close other programs, or give this one more"
    text = " ".join(str(first).split())
    frames = traceback.extract_tb(first.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOMS.parent)] or list(frames)
    place = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    return f"internal error: {type(first).__name__}{f': {text}' if text else ''}{place}"


def _written(error: BaseException, words: Sequence[str]) -> tuple[str | None, str]:
    """Where the log was written; or None, and why."""
    why = "there is no place for it"
    text = "".join(_text(error, words))
    for make in (_in_state_folder, _in_temporary_folder):
        try:
            number, path = make(words)
            with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(text)
        except (OSError, ValueError, RuntimeError) as failure:
            why = getattr(failure, "strerror", None) or str(failure)
        else:
            return path, ""
    return None, why


def _text(error: BaseException, words: Sequence[str]) -> Iterator[str]:
    yield f"time: {datetime.now().astimezone().isoformat()}\n"
    yield f"command: glassmaster {shlex.join(words)}\n"
    with suppress(OSError):
        yield f"folder: {Path.cwd()}\n"
    yield f"python: {sys.version}\n"
    yield f"system: {platform.platform()}\n"
    for name in LIBRARIES:
        with suppress(PackageNotFoundError):
            yield f"{name}: {version(name)}\n"
    yield "\n"
    yield from traceback.format_exception(error)


def state_folder() -> Path:
    """Where this system keeps what a program remembers of its runs; raises RuntimeError where the user has no home."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Logs" / FOLDER
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / FOLDER / "Logs"
    named = os.environ.get("XDG_STATE_HOME", "")  # XDG Base Directory Specification 0.8: a relative one is ignored
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".local" / "state") / FOLDER


def _in_state_folder(words: Sequence[str]) -> tuple[int, str]:
    folder = state_folder()
    given = [Path(word).resolve() for word in words if word and "\0" not in word and Path(word).is_dir()]
    if any(folder.resolve().is_relative_to(each) for each in given):
        raise OSError(errno.EPERM, "it would lie in a folder that the command is about")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return tempfile.mkstemp(prefix=f"error-{datetime.now():%Y%m%d-%H%M%S}-", suffix=".log", dir=folder)


def _in_temporary_folder(words: Sequence[str]) -> tuple[int, str]:  # noqa: ARG001 - as its like
    return tempfile.mkstemp(prefix=f"{FOLDER}-error-", suffix=".log")


@dataclass
class Threads:
    """What threads raised that nobody waited for."""

    failed: bool = False


@contextmanager
def threads_reported(words: Sequence[str]) -> Iterator[Threads]:
    """What ends a thread is reported as any internal error; one of this program's own threads fails the run.

    What is raised where nobody can catch it, as an object goes away, goes without a word: nothing depends on it.
    """
    threads = Threads()

    def ended(what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None and not isinstance(what.exc_value, SystemExit):
            threads.failed = threads.failed or _is_ours(what.exc_traceback)
            reported(what.exc_value, words)

    before = threading.excepthook, sys.unraisablehook
    threading.excepthook, sys.unraisablehook = ended, lambda _: None
    try:
        yield threads
    finally:
        threading.excepthook, sys.unraisablehook = before


def _is_ours(raised: TracebackType | None) -> bool:
    return any(Path(frame.filename).is_relative_to(ROOMS) for frame in traceback.extract_tb(raised))
