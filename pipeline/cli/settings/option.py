"""The option `--config`, which every command has: a config with a fault is refused before anything else is done."""

import os
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.settings.config_file import OPTION, read_settings
from pipeline.settings.config_file import config_file as looked_for

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        OPTION,
        metavar="FILE",
        help="Your own defaults, a TOML file. Default: what GLASSMASTER_CONFIG names, or where your system keeps such.",
    ),
]
NAME, GIVEN = "config_file", "settings"  # of the parameter that is added, and of the one that a command may have


def configured(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the option; where it has a parameter `settings`, it is given what the config says."""
    own = signature(command)
    wants = GIVEN in own.parameters

    @wraps(command)
    def told(*, config_file: Path | None, **given: Any) -> None:
        settings = read_settings(looked_for(config_file, os.environ))
        command(**given, **({GIVEN: settings} if wants else {}))

    option = Parameter(NAME, Parameter.KEYWORD_ONLY, default=None, annotation=ConfigOption)
    kept = [parameter for name, parameter in own.parameters.items() if name != GIVEN]
    told.__signature__ = own.replace(parameters=[*kept, option])  # type: ignore[attr-defined]
    annotations = {name: kind for name, kind in command.__annotations__.items() if name != GIVEN}
    told.__annotations__ = annotations | {NAME: ConfigOption}
    return told
