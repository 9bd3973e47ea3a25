"""What a delivery is asked to be: how masters are packed, by the manifest, by a file of settings, by whoever asks."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import ConfigDict, ValidationError

from albums import LARGEST_MANIFEST_BYTES, MANIFEST, Album, Ddex, Frozen, Packing
from albums.documents import read_toml
from albums.faults import Refusal
from albums.schema_faults import faults_of

LARGEST_SETTINGS_BYTES = 2**20
Model = TypeVar("Model", bound=Frozen)


class Packaging(Frozen):
    """How masters are packed: `kind` and `ddex` where an album does not say so itself, and a folder of schemas."""

    kind: Packing = "folder"
    ddex: Ddex = Ddex()
    schemas: Path | None = None

    def of(self, album: "Album | OwnWishes | None") -> "Packaging":
        """The packaging of an album's masters: as its manifest says, and else as here."""
        if album is None:
            return self
        return Packaging(kind=album.delivery or self.kind, ddex=album.ddex.over(self.ddex), schemas=self.schemas)


class OwnWishes(Frozen):
    """What a manifest says of delivery, whatever else is in it: its mixes need not be there any more."""

    model_config = ConfigDict(extra="ignore")

    approval: Any = None
    delivery: Packing | None = None
    ddex: Ddex = Ddex()

    @property
    def needs_approval(self) -> bool:
        """Whether masters are delivered only when they were approved."""
        return bool(self.approval == "required")


def wishes_in(album: Path | None) -> OwnWishes:
    """What the manifest in the folder `album` says of delivery; raises Refusal with its faults."""
    if album is None:
        return OwnWishes()
    return _validated(OwnWishes, read_toml(album / MANIFEST, LARGEST_MANIFEST_BYTES, MANIFEST), MANIFEST)


def read_settings(path: Path | None) -> Ddex:
    """The settings for DDEX in the TOML file at `path`, as under [ddex] in a manifest; raises Refusal."""
    if path is None:
        return Ddex()
    return _validated(Ddex, read_toml(path, LARGEST_SETTINGS_BYTES, str(path)), str(path))


def _validated(kind: type[Model], document: dict[str, Any], file: str) -> Model:
    try:
        return kind.model_validate(document, strict=False)  # TOML has lists, a frozen value tuples
    except ValidationError as error:
        raise Refusal(faults_of(error, file, kind)) from None
