"""What a label's night shift is to do, as a TOML file says it: the inbox, where masters go, when, and who is told."""

from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, ValidationError

from albums import Ddex, Frozen, Packing
from albums.documents import read_toml
from albums.faults import Fault, Refusal
from albums.schema_faults import faults_of

LARGEST_CONFIG_BYTES = 2**20
DONE, FAILED = "done", "failed"  # where originals go, in the inbox, if they are to be moved


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f'found {name!r}; wanted a time zone as in "Europe/Berlin" or "UTC"')
    return str(ZoneInfo(name))


class Schedule(Frozen):
    """When the whole inbox is worked off: five fields of cron, and where on earth they are meant."""

    cron: str = ""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"


class Watch(Frozen):
    """How an album is taken as soon as it is there: looked for every so often, and still for so long, in seconds."""

    every_s: Annotated[float, Field(ge=0.2, le=3600.0)] = 10.0
    still_s: Annotated[float, Field(ge=0.5, le=86400.0)] = 30.0


class Notify(Frozen):
    """Prefect's blocks that tell people, as `slack-webhook/label`; after how many hours a batch ought to have ended."""

    blocks: tuple[str, ...] = ()
    ends_within_h: Annotated[float, Field(gt=0.0, le=168.0)] = 12.0


class Delivery(Frozen):
    """Where masters are sent once they passed: a folder, or an address that fsspec knows."""

    to: Annotated[str, Field(min_length=1)]
    credentials: str = ""
    """A Prefect block that holds what the address asks for; nothing: what the environment says."""
    package: Packing = "folder"
    """How masters are packed, where an album does not say so itself."""
    ddex: Ddex = Ddex()
    """What a package for DDEX says, where an album does not say so itself."""
    schemas: Path | None = None
    """A folder with DDEX's own schemas, against which each message is checked as well."""


class ServeConfig(Frozen):
    """A label's night shift."""

    inbox: Path
    out: Path | None = None
    workers: Annotated[int, Field(ge=1, le=256)] = 1
    schedule: Schedule = Schedule()
    watch: Watch | None = None
    notify: Notify = Notify()
    approval: Literal["required", "none"] = "none"
    delivery: Delivery | None = None
    move_originals: bool = False


def read_config(path: Path) -> ServeConfig:
    """The file at `path`; folders in it are meant from where it lies. Raises Refusal with all its faults."""
    document = _with_short_forms(read_toml(path, LARGEST_CONFIG_BYTES, str(path)))
    try:
        config = ServeConfig.model_validate(document, strict=False)
    except ValidationError as error:
        raise Refusal(faults_of(error, str(path), ServeConfig)) from None
    if not config.schedule.cron and config.watch is None:
        words = 'says neither when (cron = "0 22 * * *") nor watch = true: nothing would ever be done'
        raise Refusal([Fault(str(path), words)])
    here = path.absolute().parent
    out = None if config.out is None else here / config.out.expanduser()
    delivery = config.delivery
    if delivery and delivery.schemas:
        delivery = delivery.model_copy(update={"schemas": here / delivery.schemas.expanduser()})
    return config.model_copy(update={"inbox": here / config.inbox.expanduser(), "out": out, "delivery": delivery})


def _with_short_forms(document: dict[str, Any]) -> dict[str, Any]:
    """`cron`, `watch = true` and `notify = [...]` at the top, as most write them."""
    found = dict(document)
    if isinstance(found.get("cron"), str):
        found["schedule"] = {"cron": found.pop("cron"), **found.get("schedule", {})}
    if "timezone" in found:
        found["schedule"] = {**found.get("schedule", {}), "timezone": found.pop("timezone")}
    if isinstance(found.get("watch"), bool):
        found["watch"] = {} if found["watch"] else None
    if isinstance(found.get("notify"), list):
        found["notify"] = {"blocks": found["notify"]}
    return found
