"""`glassmaster profiles`: the targets, with their sources."""

from typing import Annotated

import typer

import profiles
from pipeline.cli import console
from pipeline.cli.options import ProfileFolder


def list_profiles(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Show this one whole.")] = None,
    profile_dir: ProfileFolder = None,
) -> None:
    """List the targets, or show one with its sources."""
    folders = [profile_dir] if profile_dir else []
    if name is None:
        console.print_profiles(profiles.load_all(profiles.names(folders), folders))
    else:
        profiles.load(name, folders)
        console.output.print(profiles.text_of(name, folders), markup=False, soft_wrap=True)
