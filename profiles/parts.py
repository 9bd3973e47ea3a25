"""The parts of a profile: samples, level, lengths, groove, codecs, each with bounds for what a person may write."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from albums.value_types import one_line
from profiles.codecs import codec_named
from profiles.file_names import pieces_of

LARGEST_SIDE_PX = 8000  # what `formats` decodes at all
MOST_CODECS = 16  # a guard: each takes its time
LONGEST_SOURCE = 5000  # characters: a guard, far above any reference
FINEST_TOLERANCE_LU = 0.03  # the search for the drive stops so near the target, see `pipeline.rendering.drive_search`

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
    """The samples as delivered. `rate_hz` is a rate, or "native": the album's own, raised to one of `rates_hz`.

    Without `upsampling`, no mix may be raised to the rate of delivery.
    """

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
    upsampling: bool = True

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


class CoverRules(ProfilePart):
    """What a shop takes as a cover, by sides in pixels; one under `advised_px` is taken, and warned of.

    With `colours = "srgb"` it has to be RGB in sRGB, of 8 bits, opaque, upright and a single picture. With `convert`,
    what breaks these rules is converted where that can be: never enlarged, and never cut.
    """

    kinds: Annotated[tuple[Literal["jpeg", "png"], ...], Field(min_length=1, max_length=2)] = ("jpeg", "png")
    square: bool = False
    smallest_px: Annotated[int, Field(ge=1, le=LARGEST_SIDE_PX)] = 1
    advised_px: Annotated[int, Field(ge=1, le=LARGEST_SIDE_PX)] | None = None
    largest_px: Annotated[int, Field(ge=1, le=LARGEST_SIDE_PX)] = LARGEST_SIDE_PX
    largest_bytes: Annotated[int, Field(ge=1, le=2**24)] | None = None
    colours: Literal["any", "srgb"] = "any"
    convert: bool = False

    @model_validator(mode="after")
    def _some_cover_fits(self) -> "CoverRules":
        advised_px = self.smallest_px if self.advised_px is None else self.advised_px
        if not self.smallest_px <= advised_px <= self.largest_px:
            found = f"{self.smallest_px}, {advised_px} and {self.largest_px}"
            raise ValueError(f"smallest_px, advised_px and largest_px are {found}; wanted them in that order")
        return self


def _names_files(template: str) -> str:
    """`template`, if it can name the files of tracks."""
    pieces_of(template)
    return template


class Files(ProfilePart):
    """How the files of tracks are named, as in "{track:02} {title}"."""

    names: Annotated[str, AfterValidator(_names_files)]


class Tags(ProfilePart):
    """How files are tagged: the version of ID3v2 tags, and whether each file says how loud it is.

    That is ReplayGain 2.0, and R128 gains in Opus files; the sound itself is not changed.
    """

    replay_gain: bool = False
    id3: Literal["2.3", "2.4"] = "2.4"


def _codec(name: str) -> str:
    """`name`, which is that of a codec."""
    codec_named(name)
    return name


CodecName = Annotated[str, AfterValidator(_codec)]


class Encoding(ProfilePart):
    """How a lossy file is encoded: a codec and its one number, `mp3-320`."""

    name: CodecName


class CodecCheck(ProfilePart):
    """What listeners hear of the masters: the codecs that services make of them, and the true peak after decoding."""

    codecs: Annotated[tuple[CodecName, ...], Field(min_length=1, max_length=MOST_CODECS)]
    ceiling_dbtp: Annotated[float, Field(ge=-20.0, le=0.0)]

    @model_validator(mode="after")
    def _each_once(self) -> "CodecCheck":
        if twice := sorted({name for name in self.codecs if self.codecs.count(name) > 1}):
            raise ValueError(f"codecs names {', '.join(twice)} more than once")
        return self
