"""What commands share: their arguments, exit codes, and the bars and the signals of work that takes minutes."""

import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated

import typer

from pipeline.cli import console
from pipeline.system.progress import JobProgress, Stopped

PASSED, FAILED, BAD_INPUT, STOPPED = 0, 1, 2, 130  # 130: 128 + SIGINT, as shells have it

AlbumFolder = Annotated[
    Path, typer.Argument(metavar="ALBUM", help="The album's folder, with album.toml and the mixes.")
]
FilesetFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder with a DDP fileset, or with disc-1, disc-2 and so on.")
]
ProfileNames = Annotated[
    list[str] | None,
    typer.Option("--profile", "-p", metavar="NAME", help="A profile to make; may be repeated. Default: album.toml's."),
]
ProfileFolder = Annotated[
    Path | None, typer.Option("--profile-dir", metavar="DIR", help="A folder with more profiles (TOML files).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output, nothing else there.")]


@contextmanager
def working() -> Iterator[JobProgress]:
    """Work that is shown in bars, and that Ctrl-C or a termination stops; asked twice, it is not waited for."""
    stop = Event()

    def heed(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's form
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        console.errors.print("Stopping; once more to stop at once.")

    before = {each: signal.signal(each, heed) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with console.bars() as bars:
            yield JobProgress(bars, stop)
        if stop.is_set():  # also by work that never looks, such as hashing or deciding
            raise Stopped
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def imports_for_good() -> Iterator[None]:
    """Modules imported here stay: the garbage collector looks at them neither meanwhile nor ever after."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
