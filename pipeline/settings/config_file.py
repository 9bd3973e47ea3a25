"""Where a user's config lies, and what it says: a file that is named, or the one where the platform keeps such.

A file that is named must be there; where the platform keeps settings there need be none.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platformdirs import user_config_path

from albums.documents import read_toml
from albums.faults import Fault, Refusal
from albums.regular_files import unreadable
from pipeline.settings.schema import NO_SETTINGS, Settings, settings_in

CONFIG = "config.toml"
FOLDER = "glassmaster"
OPTION, VARIABLE = "--config", "GLASSMASTER_CONFIG"
LARGEST_CONFIG_BYTES = 2**20

NamedBy = Literal["--config", "GLASSMASTER_CONFIG", "platform"]


@dataclass(frozen=True)
class ConfigFile:
    """Where a config is looked for, and by whose word; None where the platform has no place for it: without a home."""

    path: Path | None
    named_by: NamedBy

    @property
    def is_none(self) -> bool:
        """Whether no config is wanted: /dev/null was named, as other programs take it."""
        return self.path == Path(os.devnull)

    def is_there(self) -> bool:
        """Whether something lies there. Raises Refusal where that cannot be seen."""
        if self.path is None or self.is_none:
            return False
        try:
            self.path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise Refusal([Fault(str(self.path), unreadable(error))]) from None
        return True


def config_file(given: Path | None, environment: Mapping[str, str]) -> ConfigFile:
    """The config that is looked for: the one `given` on the command line, or by the environment, or the platform's."""
    if given is not None:
        return ConfigFile(given, "--config")
    if named := environment.get(VARIABLE):
        return ConfigFile(Path(named), "GLASSMASTER_CONFIG")
    folder = user_config_path(FOLDER, appauthor=False)
    # Without a home it would be one below the working directory, where a stranger's file may lie.
    return ConfigFile(folder / CONFIG if folder.is_absolute() else None, "platform")


def read_settings(file: ConfigFile) -> Settings:
    """What is set in `file`; nothing where none is wanted, or none lies where the platform would keep it.

    Raises Refusal with every fault, and where a file that was named is not there.
    """
    path = file.path
    if path is None or not file.is_there():
        if path is not None and file.named_by != "platform" and not file.is_none:
            raise Refusal([Fault(str(path), f"is not there; {file.named_by} names it as your config")])
        return NO_SETTINGS
    return settings_in(read_toml(path, LARGEST_CONFIG_BYTES, str(path)), str(path), path.parent)
