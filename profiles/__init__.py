"""Profiles: the targets and limits of a deliverable as data, each with its source.

A profile is one TOML file. The shipped ones lie beside this module; an album's `profiles/` folder or any other may
hold more. A copy of a shipped one under another name, with another number in it, is a profile.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from albums import Text
from albums.documents import read_text, read_toml
from albums.faults import Fault, Refusal
from albums.regular_files import unreadable
from albums.schema_faults import faults_of
from profiles.codecs import Codec, codec_named
from profiles.parts import CodecCheck, CoverRules, Encoding, Files, Groove, LevelTarget, Limits, Pcm, ProfilePart, Tags

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
LOSSY = ("aac", "mp3", "opus", "vorbis")
TAGGED = ("aac", "broadcast-wav", "flac", "mp3", "opus", "vorbis")
HIGHEST_LOSSY_HZ = 48000  # what MP3 and Opus hold
MOST_BELOW_DB = 3.0  # taste: what is more is limiting, and the limiter does that better
ARRAYS = (
    ("pcm", "rates_hz"),
    ("codec_check", "codecs"),
    ("cover", "kinds"),
)  # TOML has lists; a profile cannot be changed
LARGEST_PROFILE_BYTES = 2**20
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Profile(ProfilePart):
    """One kind of deliverable: its format, and what is required of it."""

    name: Annotated[str, Field(pattern=f"^{NAME.pattern}$")]
    """The profile's name, which is its file's and its deliverable's folder's."""
    title: Text
    """What the deliverable is, in a line."""
    format: Literal["aac", "broadcast-wav", "cue", "ddp", "flac", "lathe", "mp3", "opus", "vorbis", "wav"]
    """The kind of files: a DDP fileset, a WAV with a CUE sheet, a WAV for each side of a record (lathe), or a file for
    each track. A CD (ddp, cue) is 44100 Hz and 16 bit."""
    pcm: Pcm
    """The samples."""
    level: LevelTarget
    """How loud it is, and how high its peaks go."""
    layout: Limits
    """How much it holds."""
    groove: Groove | None = None
    """What is done for a groove to be cut. It goes with the format "lathe"; without it, nothing is."""
    cover: CoverRules | None = None
    """What the cover must be like. Without it, any that can be read is taken. Not with discs and records."""
    codec: Encoding | None = None
    """The codec of lossy files. It goes with the formats aac, mp3, opus and vorbis, and with them only."""
    codec_check: CodecCheck | None = None
    """What the masters must be like once services have encoded them. Without it, nothing is promised of that."""
    tags: Tags | None = None
    """How files are tagged. Without it, they say nothing of their loudness, and MP3 files have ID3v2.4."""
    files: Files | None = None
    """How the files of tracks are named. Without it, `{track:02} {title}`."""

    @property
    def states_loudness(self) -> bool:
        """Whether each file says how loud it is."""
        return self.tags is not None and self.tags.replay_gain

    @property
    def lossy(self) -> Codec | None:
        """The codec of the files themselves; None where they hold the samples as they are."""
        return codec_named(self.codec.name) if self.codec else None

    @property
    def checked_codecs(self) -> tuple[Codec, ...]:
        """The codecs after which the true peak is promised: a lossy file's own, or those that services use."""
        if self.lossy:
            return (self.lossy,)
        return tuple(map(codec_named, self.codec_check.codecs)) if self.codec_check else ()

    @property
    def decoded_ceiling_dbtp(self) -> float:
        """The highest true peak that a track may have after a codec."""
        return self.codec_check.ceiling_dbtp if self.codec_check else self.level.ceiling_dbtp

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
        if self.cover and (self.is_disc or self.format == "lathe"):
            raise ValueError("[cover] goes with tracks that a cover lies beside: no disc and no record")
        if self.files and (self.is_disc or self.format == "lathe"):
            raise ValueError("[files] goes with one file per track: no disc and no record")
        if self.tags and self.format not in TAGGED:
            raise ValueError(f"[tags] goes with the formats {', '.join(TAGGED)}, and with them only")
        if self.tags and self.tags.id3 != "2.4" and self.format != "mp3":
            raise ValueError('tags.id3 goes with format = "mp3", and with it only')
        return self

    @model_validator(mode="after")
    def _can_be_encoded(self) -> "Profile":
        if (self.codec is not None) != (self.format in LOSSY):
            raise ValueError(f"[codec] goes with the formats {', '.join(LOSSY)}, and with them only")
        if self.lossy is None:
            return self
        if self.lossy.kind != self.format:
            raise ValueError(f"codec.name = {self.lossy.name!r} goes with format = {self.lossy.kind!r}")
        if self.codec_check:
            raise ValueError("[codec_check] goes with files that are not lossy: a lossy file's own codec is checked")
        if self.pcm.bits != 24:
            raise ValueError("a lossy file is made from 24 bits")
        rates_hz = [self.pcm.rate_hz] if isinstance(self.pcm.rate_hz, int) else self.pcm.rates_hz
        if self.format == "opus" and [*rates_hz] != [48000]:
            raise ValueError("Opus is 48000 Hz: wanted rate_hz = 48000")
        if max(rates_hz) > HIGHEST_LOSSY_HZ:
            raise ValueError(f"rates go up to {max(rates_hz)} Hz; a lossy file has {HIGHEST_LOSSY_HZ} Hz at most")
        return self

    @model_validator(mode="after")
    def _can_be_checked(self) -> "Profile":
        if not self.checked_codecs:
            return self
        if self.is_disc or self.format == "lathe":
            raise ValueError("[codec_check] goes with what services encode: no disc and no record")
        if not self.level.limiter:
            raise ValueError("a codec wants limiter = true: peaks that it would raise are lowered")
        if self.pcm.dither not in ("tpdf", "none"):
            raise ValueError('a codec wants dither = "tpdf" or "none": a shaper passes each change on for ever')
        if self.codec_check and self.codec_check.ceiling_dbtp < self.level.ceiling_dbtp - MOST_BELOW_DB:
            raise ValueError(
                f"codec_check.ceiling_dbtp lies more than {MOST_BELOW_DB:g} dB under level.ceiling_dbtp: "
                "lower that as well"
            )
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
    for table, key in ARRAYS:
        part = document.get(table)
        if isinstance(part, dict) and isinstance(part.get(key), list):
            part[key] = tuple(part[key])
    try:
        return Profile.model_validate({**document, "name": path.stem})
    except ValidationError as error:
        raise Refusal(faults_of(error, path.name, Profile)) from None
