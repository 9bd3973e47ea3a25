"""Profiles: the targets and limits of a deliverable as data, each with its source.

A profile is one TOML file. The shipped ones lie beside this module; an album's `profiles/` folder or any other may
hold more. A copy of a shipped one under another name, with another number in it, is a profile.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from albums import Text
from albums.documents import read_text, read_toml
from albums.faults import Fault, Refusal
from albums.manifest import one_line
from albums.regular_files import unreadable
from albums.schema_faults import faults_of

SHIPPED = Path(__file__).parent
RESERVED, REVIEW = "superseded", "review"
SERVICES = "services"  # the table that lies among the shipped profiles and is none, see `profiles.services`
TAKEN = frozenset(
    {
        REVIEW,
        "complete.json",
        "incomplete.json",
        "approval.json",
        "certificate.json",
        "report.html",
        "plan.json",
        "signature.json",
        "album.toml",
    }
)
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # no folder's name on Windows
DISCS = ("cue", "ddp")
LARGEST_PROFILE_BYTES = 2**20
LONGEST_SOURCE = 5000  # characters: a guard, far above any reference
FINEST_TOLERANCE_LU = 0.03  # the search for the drive stops so near the target, see `pipeline.rendering.drive_search`
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

Shape = Literal["none", "tpdf", "lipshitz-5", "f-weighted-9", "modified-e-9", "improved-e-9"]
Rate = Annotated[int, Field(ge=44100, le=192000)]


def _lines(text: str) -> str:
    """`text`, whose lines hold something to read and nothing else."""
    one_line(text.replace("\n", " "))
    return text


Source = Annotated[str, Field(max_length=LONGEST_SOURCE), AfterValidator(_lines)]


class ProfilePart(BaseModel):
    """A part of a profile: frozen, every key known, types as written, and `source` says where the values come from."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    source: Source


class Pcm(ProfilePart):
    """The samples as delivered. `rate_hz` is a rate, or "native": the album's own, raised to one of `rates_hz`."""

    rate_hz: Rate | Literal["native"]
    rates_hz: Annotated[tuple[Rate, ...], Field(min_length=1, max_length=99)] = (
        44100,
        48000,
        88200,
        96000,
        176400,
        192000,
    )
    bits: Literal[16, 24]
    dither: Shape

    @model_validator(mode="after")
    def _whole_frames(self) -> "Pcm":
        rates = [*self.rates_hz, *([self.rate_hz] if isinstance(self.rate_hz, int) else [])]
        odd = [rate for rate in rates if rate % 75]
        if odd:
            raise ValueError(f"rates must be whole multiples of 75 Hz, the grid that marks stand on; found {odd}")
        return self


class LevelTarget(ProfilePart):
    """How loud, and how high the peaks go. `anchor` says what stands at `target_lufs`, or that only the peak is set."""

    anchor: Literal["loudest-track", "album", "peak"]
    target_lufs: Annotated[float, Field(ge=-40.0, le=-5.0)] | None = None
    tolerance_lu: Annotated[float, Field(gt=0.0, le=2.0)] = 0.05
    ceiling_dbtp: Annotated[float, Field(ge=-20.0, le=0.0)]
    limiter: bool

    @model_validator(mode="after")
    def _consistent(self) -> "LevelTarget":
        if (self.anchor == "peak") == (self.target_lufs is not None):
            raise ValueError('target_lufs goes with anchor "loudest-track" or "album", and with them only')
        if self.target_lufs is not None and not self.limiter:
            raise ValueError('a loudness target needs limiter = true; without a limiter the anchor is "peak"')
        if self.anchor == "peak" and self.limiter:
            raise ValueError('anchor "peak" brings the highest peak to the ceiling: wanted limiter = false with it')
        if self.target_lufs is not None and self.tolerance_lu < FINEST_TOLERANCE_LU:
            words = (
                f"tolerance_lu = {self.tolerance_lu:g} is finer than the level is set; wanted {FINEST_TOLERANCE_LU:g}"
            )
            raise ValueError(f"{words} or more")
        return self


class Limits(ProfilePart):
    """What fits on one disc, one side or in one set of files: lengths and counts."""

    maximum_tracks: Annotated[int, Field(ge=1, le=999)] = 999
    minimum_track_s: Annotated[float, Field(ge=0.0)] = 0.0
    maximum_programme_s: Annotated[float, Field(gt=0.0)] | None = None
    warning_programme_s: Annotated[float, Field(gt=0.0)] | None = None
    sides: bool = False

    @model_validator(mode="after")
    def _some_album_fits(self) -> "Limits":
        longest_s = self.maximum_programme_s or float("inf")
        for key, length_s in (
            ("minimum_track_s", self.minimum_track_s),
            ("warning_programme_s", self.warning_programme_s or 0.0),
        ):
            if length_s > longest_s:
                raise ValueError(f"{key} = {length_s:g} lies above maximum_programme_s = {longest_s:g}")
        return self


class Groove(ProfilePart):
    """What a lathe needs of the signal: bass in the middle, nothing below the music."""

    elliptic_corner_hz: Annotated[float, Field(gt=0.0, le=1000.0)] | None = None
    rumble_corner_hz: Annotated[float, Field(gt=0.0, le=100.0)] | None = None


class Profile(ProfilePart):
    """One kind of deliverable: its format, and what is required of it."""

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    title: Text
    format: Literal["cue", "ddp", "flac", "lathe"]
    pcm: Pcm
    level: LevelTarget
    layout: Limits
    groove: Groove | None = None

    @property
    def is_disc(self) -> bool:
        """Whether it is a compact disc: only a disc has indexes, and only there may something stand before track 1."""
        return self.format in DISCS

    @property
    def is_streamed(self) -> bool:
        """Whether streaming services can be sent it: it is neither a compact disc nor a record."""
        return not self.is_disc and self.format != "lathe"

    @model_validator(mode="after")
    def _fits_its_format(self) -> "Profile":
        if why := _reserved(self.name):
            raise ValueError(f"no profile can be called {self.name!r}: {why}")
        if self.is_disc and (self.pcm.rate_hz, self.pcm.bits) != (44100, 16):
            raise ValueError("a CD is 44100 Hz and 16 bit; for other samples take another format")
        if self.layout.sides != (self.format == "lathe"):
            raise ValueError('sides = true goes with format = "lathe", and with it only')
        if self.groove and self.format != "lathe":
            raise ValueError('[groove] goes with format = "lathe", and with it only')
        return self


def _reserved(name: str) -> str:
    """Why a deliverable's folder cannot have this name; "" if it can. Some disks do not tell capitals from others."""
    if name.lower() == RESERVED:
        return "masters of earlier albums are kept under that name"
    if name.lower() in TAKEN:
        return "that is another file's or folder's name where the masters go"
    if name.lower() == SERVICES:
        return "the table of what streaming services play has that name"
    if DEVICES.fullmatch(name):
        return "Windows keeps that name for a device"
    return "Windows drops a dot at the end of a folder's name" if name.endswith(".") else ""


def names(folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """The names of all profiles in `folders` and of the shipped ones, in alphabetical order."""
    listed = (path for folder in (*folders, SHIPPED) for path in folder.glob("*.toml") if path.is_file())
    found = (path.stem for path in listed if path.parent != SHIPPED or path.stem != SERVICES)
    return tuple(sorted({name for name in found if NAME.fullmatch(name)}))


def load(name: str, folders: Sequence[Path] = ()) -> Profile:
    """The profile called `name`: from the first of `folders` that has it, else the shipped one.

    Raises Refusal when there is none, or with every fault in it.
    """
    return _read(path_of(name, folders))


def path_of(name: str, folders: Sequence[Path] = ()) -> Path:
    """What bears the name of the profile called `name`, a file or not; raises Refusal when there is nothing."""
    for path in _places(name, folders):
        try:
            path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise Refusal([Fault(str(path), unreadable(error))]) from None
        return path
    raise Refusal([Fault("", f"there is no profile {name!r}; known: {', '.join(names(folders))}")])


def text_of(name: str, folders: Sequence[Path] = ()) -> str:
    """The profile called `name` as it is written; raises Refusal as `load` does, but for faults in it."""
    path = path_of(name, folders)
    return read_text(path, LARGEST_PROFILE_BYTES, path.name)


def load_all(wanted: Sequence[str], folders: Sequence[Path] = ()) -> tuple[Profile, ...]:
    """The profiles called `wanted`, in that order; raises Refusal with the faults of all of them."""
    loaded: list[Profile] = []
    faults: list[Fault] = []
    for name in wanted:
        try:
            loaded.append(load(name, folders))
        except Refusal as refusal:
            faults += refusal.faults
    if faults:
        raise Refusal(faults)
    return tuple(loaded)


def _places(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    if NAME.fullmatch(name):
        yield from (folder / f"{name}.toml" for folder in folders)
        if name.lower() != SERVICES:
            yield SHIPPED / f"{name}.toml"


def _read(path: Path) -> Profile:
    document = read_toml(path, LARGEST_PROFILE_BYTES, path.name)
    if "name" in document:
        raise Refusal([Fault(f"{path.name}: name", "unknown key; a profile's name is its file's")])
    pcm = document.get("pcm")
    if isinstance(pcm, dict) and isinstance(pcm.get("rates_hz"), list):
        pcm["rates_hz"] = tuple(pcm["rates_hz"])
    try:
        return Profile.model_validate({**document, "name": path.stem})
    except ValidationError as error:
        raise Refusal(faults_of(error, path.name, Profile)) from None
