"""`glassmaster config`: what holds for all albums or for one, and whose word it is."""

import os
from pathlib import Path
from typing import Annotated

import typer

from albums.faults import Fault, Refusal
from pipeline.cli.naming import album_folder
from pipeline.cli.options import AsJson
from pipeline.cli.settings.option import ConfigOption
from pipeline.cli.shown import door
from pipeline.settings.config_file import ConfigFile, config_file, read_settings
from pipeline.settings.merging import held

WHOSE = {"--config": "--config names it", "GLASSMASTER_CONFIG": "GLASSMASTER_CONFIG names it"}

AnAlbum = Annotated[
    Path | None, typer.Argument(metavar="[ALBUM]", help="Show what holds for this one, with what its album.toml says.")
]
OnlyPath = Annotated[bool, typer.Option("--path", help="Print where your config is looked for, and do not read it.")]


def show(
    album: AnAlbum = None,
    path: OnlyPath = False,
    as_json: AsJson = False,
    given: ConfigOption = None,
) -> None:
    """Print each key that you can set for all albums, what holds, and from where: your config, album.toml, default."""
    file = config_file(given, os.environ)
    if path:
        _print_path(file, as_json=as_json)
        return
    settings = read_settings(file)
    opened = None
    if album is not None:
        from albums import load

        opened = load(album_folder(album), recordings=False)
    found = [*held(settings, opened)]
    if as_json:
        keys = {each.key: {"value": each.value, "from": each.origin} for each in found}
        door.print_json({"passed": True, **_document(file), "keys": keys})
        return
    from pipeline.cli.settings.table import print_held

    door.output.say(_words(file))
    print_held(found)


def _print_path(file: ConfigFile, *, as_json: bool) -> None:
    if as_json:
        door.print_json({"passed": True, **_document(file)})
    elif file.path is None:
        words = "there is no home, so no place for settings is known; name a file with --config or GLASSMASTER_CONFIG"
        raise Refusal([Fault("", words)])
    else:
        door.output.say(str(file.path))


def _document(file: ConfigFile) -> dict[str, object]:
    path = None if file.path is None else str(file.path.absolute())
    return {"config": path, "named_by": file.named_by, "is_there": file.is_there()}


def _words(file: ConfigFile) -> str:
    if file.path is None:
        return "no config: there is no home, and none is named"
    whose = WHOSE.get(file.named_by, "where your system keeps settings")
    lacking = "; none is wanted" if file.is_none else "" if file.is_there() else "; it is not there"
    return f"config: {file.path} ({whose}{lacking})"
