"""What streaming services do to loudness when they play, as data: `services.toml`, each entry with source and day."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from albums import Frozen, Text
from albums.documents import as_tuples, read_toml
from albums.faults import Refusal
from albums.schema_faults import faults_of
from profiles import LARGEST_PROFILE_BYTES, SERVICES, SHIPPED
from profiles.parts import ProfilePart

TABLE = SHIPPED / f"{SERVICES}.toml"

Certainty = Literal["own page", "others say", "uncertain"]
Lufs = Annotated[float, Field(ge=-40.0, le=-5.0)]
Peak = Annotated[float, Field(ge=-20.0, le=0.0)]


class Service(ProfilePart):
    """One service in one of its modes; without `target_lufs` it plays masters as they are.

    `gain` says whether an album gets one gain, by its `anchor`, or each track its own. `raises` says what becomes of
    music under the target: it stays, or it rises until its true peak is at `headroom_dbtp`, or it rises to the target
    into a limiter at `limiter_dbfs`. `assumed` is what no source says.
    """

    name: Text
    mode: Text
    target_lufs: Lufs | None = None
    gain: Literal["album", "track"] | None = None
    anchor: Literal["album", "loudest-track"] | None = None
    raises: Literal["never", "to-headroom", "into-limiter"] | None = None
    headroom_dbtp: Peak | None = None
    limiter_dbfs: Peak | None = None
    certainty: Certainty
    read: date
    assumed: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Service":
        normalises = self.target_lufs is not None
        if (self.gain is not None) != normalises or (self.raises is not None) != normalises:
            raise ValueError("gain and raises go with target_lufs, and with it only")
        if (self.anchor is not None) != (self.gain == "album"):
            raise ValueError('anchor goes with gain = "album", and with it only')
        if (self.headroom_dbtp is not None) != (self.raises == "to-headroom"):
            raise ValueError('headroom_dbtp goes with raises = "to-headroom", and with it only')
        if (self.limiter_dbfs is not None) != (self.raises == "into-limiter"):
            raise ValueError('limiter_dbfs goes with raises = "into-limiter", and with it only')
        return self


class _Table(Frozen):
    """All of them, in the order in which they are shown."""

    services: Annotated[tuple[Service, ...], Field(min_length=1, max_length=99)]

    @model_validator(mode="after")
    def _told_apart(self) -> "_Table":
        count = Counter((service.name, service.mode) for service in self.services)
        twice = [f"{name} ({mode})" for (name, mode), times in count.items() if times > 1]
        if twice:
            raise ValueError(f"each service has each mode once; found more of {', '.join(twice)}")
        return self


def load_services(path: Path = TABLE) -> tuple[Service, ...]:
    """The services in the table at `path`, in its order; raises Refusal with every fault in it."""
    document = read_toml(path, LARGEST_PROFILE_BYTES, path.name)
    try:
        return _Table.model_validate(as_tuples(document)).services
    except ValidationError as error:
        raise Refusal(faults_of(error, path.name, _Table)) from None
