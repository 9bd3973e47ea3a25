"""An album and a user's settings brought together: album.toml holds, then the config, then the program's defaults.

They meet when an album is opened, and never later: from then on the album says what holds, in keys under which results
are remembered, on sheets and in the certificate alike. So a certificate can be verified where there is no such config.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from albums import Album, Frozen
from pipeline.settings.schema import Settings

Origin = Literal["album", "config", "default"]
TABLES = ("intent", "sheets")

Table = TypeVar("Table", bound=Frozen)


@dataclass(frozen=True)
class Held:
    """A key as album.toml would have it, the value that holds, as plain data, and whose word that is."""

    key: str
    value: Any
    origin: Origin


def with_defaults(album: Album, settings: Settings) -> Album:
    """`album`, with the settings' values for what its manifest leaves out."""
    merged: dict[str, Any] = {table: _filled(getattr(album, table), getattr(settings, table)) for table in TABLES}
    if "deliverables" not in album.model_fields_set:
        merged["deliverables"] = settings.deliverables
    return album.model_copy(update=merged)


def held(settings: Settings, album: Album | None = None) -> Iterator[Held]:
    """Every key that may be set, with what holds of it: for `album`, as its manifest alone has it, or for any album."""
    said = album.model_fields_set if album else set[str]()
    whole = with_defaults(album, settings) if album else settings
    plain = whole.model_dump(mode="json", include={"deliverables", *TABLES})
    yield Held("deliverables", plain["deliverables"], _origin("deliverables", said, settings.model_fields_set))
    for table in TABLES:
        by_album = getattr(album, table).model_fields_set if album else set[str]()
        by_config = getattr(settings, table).model_fields_set
        for key, value in plain[table].items():
            yield Held(f"{table}.{key}", value, _origin(key, by_album, by_config))
    yield Held("profile_dir", settings.profile_dir, _origin("profile_dir", set(), settings.model_fields_set))


def _filled(of_album: Table, of_config: Table) -> Table:
    """A table of the album, with the config's values for its keys that are not there."""
    left_out = of_config.model_fields_set - of_album.model_fields_set
    return of_album.model_copy(update={key: getattr(of_config, key) for key in sorted(left_out)})


def _origin(key: str, by_album: set[str], by_config: set[str]) -> Origin:
    if key in by_album:
        return "album"
    return "config" if key in by_config else "default"
