"""What commands share: their arguments, exit codes, and the progress and the signals of work that takes minutes."""

import gc
import shlex
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, Any

import typer

from albums import Approval
from pipeline.cli.shown import door
from pipeline.cli.shown.log import Log
from pipeline.cli.shown.progress import progress
from pipeline.cli.shown.stages import Stage, Stages
from pipeline.system.progress import JobProgress, Stopped

PASSED, FAILED, BAD_INPUT = 0, 1, 2
INTERNAL, UNWRITTEN = 70, 74  # EX_SOFTWARE and EX_IOERR of BSD's sysexits.h
STOPPED = 130  # 128 + SIGINT, as shells have it


def _profile_names() -> list[str]:
    """For a shell that completes words."""
    from profiles import names

    return list(names())


AlbumFolder = Annotated[
    Path, typer.Argument(metavar="ALBUM", help="The album's folder, with album.toml and the mixes.")
]
FilesetFolder = Annotated[
    Path, typer.Argument(metavar="DIR", help="A folder with a DDP fileset, or with disc-1, disc-2 and so on.")
]
ProfileNames = Annotated[
    list[str] | None,
    typer.Option(
        "--profile",
        "-p",
        metavar="NAME",
        help="A profile to make; may be repeated. Default: album.toml's.",
        autocompletion=_profile_names,
    ),
]
ProfileName = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="Show this one whole.", autocompletion=_profile_names)
]
ProfileFolder = Annotated[
    Path | None, typer.Option("--profile-dir", metavar="DIR", help="A folder with more profiles (TOML files).")
]
OperatorsApproval = Annotated[
    Approval | None,
    typer.Option("--approval", help="Whether masters wait for approval here, whatever the manifest asks for less."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document to standard output, nothing else there.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Tell verdicts and faults, nothing else.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell of each piece of work.")]
LogFile = Annotated[
    Path | None, typer.Option("--log", metavar="FILE", help="Append all that is told to this file, with times.")
]


def tells(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with options for how much it tells; these are heeded here, and it knows nothing of them."""

    @wraps(command)
    def told(*, quiet: bool, verbose: bool, log: Path | None, **given: Any) -> None:
        door.telling.quiet, door.telling.verbose = quiet, verbose and not quiet
        if log is not None:
            door.telling.log = Log(log)
            door.telling.log.write(shlex.join(map(door.errors.shown, door.telling.words)))
        command(**given)

    options = {"quiet": (Quiet, False), "verbose": (Verbose, False), "log": (LogFile, None)}
    own = signature(command)
    more = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (kind, default) in options.items()
    ]
    told.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined]
    told.__annotations__ = command.__annotations__ | {name: kind for name, (kind, _) in options.items()}
    return told


@contextmanager
def stoppable() -> Iterator[Event]:
    """What Ctrl-C or a termination sets for as long as the block lasts; asked twice, the work is not waited for."""
    stop = Event()

    def heed(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's form
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        door.errors.say("Stopping; once more to stop at once.")

    before = {each: signal.signal(each, heed) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def working(stages: Sequence[Stage]) -> Iterator[tuple[JobProgress, Stages]]:
    """Work in `stages` that is shown, and that Ctrl-C or a termination stops; asked twice, it is not waited for."""
    told = Stages(stages)
    with stoppable() as stop:
        with progress(told) as watcher:
            yield JobProgress(watcher, stop), told
        if stop.is_set():  # also by work that never looks, such as hashing or deciding
            raise Stopped


@contextmanager
def imports_for_good() -> Iterator[None]:
    """Modules imported here stay: the garbage collector looks at them neither meanwhile nor ever after."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
