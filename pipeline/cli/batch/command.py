"""`glassmaster batch`: every album of an inbox, and at the end a list of those that need a person."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from albums.faults import Fault, Refusal
from pipeline.cli.options import FAILED, PASSED, AsJson, OperatorsApproval, stoppable
from pipeline.cli.shown import door
from pipeline.settings.schema import NO_SETTINGS, Settings
from pipeline.system.memory import available_bytes
from pipeline.system.parallel import processors
from pipeline.system.progress import Stopped

if TYPE_CHECKING:
    from pipeline.batch.outcome import Outcomes

MOST_WORKERS = 256


def batch(
    inbox: Annotated[Path, typer.Argument(metavar="INBOX", help="A folder of album folders.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Masters of INBOX/NAME go to DIR/NAME. Default: INBOX/NAME/masters."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=MOST_WORKERS, help="Albums at once. Default: one for each processor."),
    ] = None,
    retry: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Only the albums that failed by this batch.json.")
    ] = None,
    approval: OperatorsApproval = None,
    as_json: AsJson = False,
    settings: Settings = NO_SETTINGS,
) -> None:
    """Master every album folder below INBOX, side by side as memory allows; one bad album never sinks the others."""
    _refuse_file(out)
    from pipeline.cli.shown.batch_progress import batch_progress

    with stoppable() as stop, batch_progress() as watcher:
        from pipeline.batch.request import Request
        from pipeline.flows.batch import run_batch
        from pipeline.flows.cache_folder import cache_folder

        places = inbox, cache_folder(), out
        request = Request(*places, workers or processors(), retry, approval, settings=settings)
        try:
            outcomes = run_batch(request, available_bytes(), watcher, stop)
        except Stopped:
            watcher.close()
            _tell_stopped(request.folder)
            raise
    _tell(outcomes, request.folder, as_json=as_json)
    raise typer.Exit(FAILED if outcomes.of("failed") else PASSED)


def _refuse_file(out: Path | None) -> None:
    if out is not None and out.exists() and not out.is_dir():
        raise Refusal([Fault(str(out), "is a file; masters want a folder: choose another --out")])


def _tell(outcomes: "Outcomes", folder: Path, *, as_json: bool) -> None:
    if as_json:
        door.print_json(outcomes.document.json_document())
        return
    from pipeline.cli.shown.tables.batch import print_batch

    print_batch(outcomes, folder)


def _tell_stopped(folder: Path) -> None:
    from pipeline.batch.outcome import BATCH

    door.errors.say(f"What was finished is delivered; {folder / BATCH} says what waits for the next batch.")
