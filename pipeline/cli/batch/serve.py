"""`glassmaster serve`: a label's night shift, by schedule and by watching its inbox."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.shown import door
from pipeline.settings.schema import NO_SETTINGS, Settings


class _Told(logging.Handler):
    """Log records told through the one door."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell it."""
        door.errors.say(record.getMessage())


def serve(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="A TOML file: inbox, out, cron, watch and so on.")],
    settings: Settings = NO_SETTINGS,
) -> None:
    """Work off an inbox by schedule, and as albums arrive; it serves Prefect deployments until it is ended."""
    from pipeline.batch.config import read_config

    read = read_config(config)
    watching = logging.getLogger("glassmaster.watch")
    watching.setLevel(logging.INFO)
    watching.addHandler(_Told())
    watching.propagate = False
    from pipeline.flows.serve import serve_night_shift

    door.errors.say(f"serving {read.inbox}; end it with Ctrl-C")
    serve_night_shift(read, settings)
