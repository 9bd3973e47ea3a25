"""The schema of a user's config: keys of album.toml, for albums that leave them out, and a folder of profiles.

It is kept apart from what an artist sends and from what the world requires: whoever runs the program has set it, and
it says nothing of any one album.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from albums import MOST_DELIVERABLES, FileName, Frozen, Intent, Name, SheetTexts
from albums.documents import as_tuples
from albums.faults import Fault, Refusal, place, refuse
from albums.schema_faults import faults_of

OF_ONE_ALBUM = ("reference", "target_curve")
"""Of an intent, what names files in an album's folder: no default for others."""


class Settings(Frozen):
    """What holds where an album.toml says nothing. What is not set here is left to the program's own defaults.

    `profile_dir` is a folder of profiles, looked into after the album's own and before the shipped ones.
    """

    deliverables: Annotated[tuple[Name, ...], Field(max_length=MOST_DELIVERABLES)] = ()
    """The profiles to make."""
    intent: Intent = Intent()
    """How much the machine may do."""
    sheets: SheetTexts = SheetTexts()
    """What PQ sheets and cutting sheets say of the job."""
    profile_dir: FileName = ""
    """A folder with more profiles."""

    @property
    def profile_folders(self) -> tuple[Path, ...]:
        """The folder of profiles, if there is one."""
        return (Path(self.profile_dir),) if self.profile_dir else ()

    def document(self) -> dict[str, Any]:
        """What is set, and nothing else, as plain values: what `settings_in` makes the same settings of."""
        return self.model_dump(mode="json", exclude_unset=True)


NO_SETTINGS = Settings()


def settings_in(document: Mapping[str, Any], file: str, here: Path | None = None) -> Settings:
    """The settings that `document` holds, called `file` in messages; a profile_dir is meant from the folder `here`.

    Without `here` it is to be an absolute path. Raises Refusal with every fault.
    """
    given = as_tuples(dict(document))
    faults = [*_of_one_album(given, file), *_profile_dir(given, file, here)]
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        raise Refusal([*faults_of(error, file, Settings), *faults]) from None
    refuse(faults)
    return settings


def _of_one_album(document: dict[str, Any], file: str) -> Iterator[Fault]:
    """Faults of keys that an intent has, but no default."""
    intent = document.get("intent")
    if not isinstance(intent, dict):
        return  # the schema reports it
    for key in OF_ONE_ALBUM:
        if key in intent:
            words = "names a file in one album's folder; it stands in that album's album.toml"
            yield Fault(place(file, ["intent", key]), words)


def _profile_dir(document: dict[str, Any], file: str, here: Path | None) -> Iterator[Fault]:
    """A fault where there is no such folder; in `document` its path is absolute afterwards."""
    given = document.get("profile_dir")
    if not isinstance(given, str) or not given or "\0" in given:
        return  # the schema reports it
    where = place(file, ["profile_dir"])
    try:
        path = Path(given).expanduser()
    except RuntimeError:
        yield Fault(where, f"{given!r} lies in a home, and there is none; write the whole path")
        return
    if here is None and not path.is_absolute():
        yield Fault(where, f"found {given!r}; wanted a whole path: a file's own folder is not known here")
        return
    path = path if here is None else here.absolute() / path
    document["profile_dir"] = str(path)
    try:
        found = "" if path.is_dir() else "is no folder" if path.exists() else "is not there"
    except OSError as error:  # a name that no disk takes, a folder above it that may not be looked into
        found = f"cannot be looked into: {error.strerror}"
    if found:
        yield Fault(where, f"{str(path)!r} {found}; wanted a folder of profiles (TOML files)")
