"""The parts of a profile: samples, level, lengths, groove, codecs, each with bounds for what a person may write."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from albums.shown import LINES, Shown
from albums.value_types import one_line
from profiles.codecs import PATTERN, codec_named
from profiles.file_names import pieces_of

LARGEST_SIDE_PX = 8000  # what `formats` decodes at all
MOST_CODECS = 16  # a guard: each takes its time
LONGEST_SOURCE = 5000  # characters: a guard, far above any reference
FINEST_TOLERANCE_LU = 0.03  # the search for the drive stops so near the target, see `pipeline.rendering.drive_search`

Shape = Literal["none", "tpdf", "lipshitz-5", "f-weighted-9", "modified-e-9", "improved-e-9"]
Rate = Annotated[int, Field(ge=44100, le=192000), Shown(multipleOf=75)]


def _lines(text: str) -> str:
    """`text`, whose lines hold something to read and nothing else."""
    one_line(text.replace("\n", " "))
    return text


Source = Annotated[str, Field(max_length=LONGEST_SOURCE), AfterValidator(_lines), Shown(pattern=LINES)]


class ProfilePart(BaseModel):
    """A part of a profile: frozen, every key known, types as written, and `source` says where the values come from."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    source: Source
    """Where the values come from: a standard, a page and the day it was read, or whose practice or taste it is."""


class Pcm(ProfilePart):
    """The samples as delivered."""

    rate_hz: Rate | Literal["native"]
    """The sample rate, in Hz: a multiple of 75 from 44100 to 192000; or "native", the album's own."""
    rates_hz: Annotated[tuple[Rate, ...], Field(min_length=1, max_length=99)] = (
        44100,
        48000,
        88200,
        96000,
        176400,
        192000,
    )
    """The rates that a "native" one is raised to, a list in Hz: the lowest that is not under the album's own."""
    bits: Literal[16, 24]
    """The bits of a sample. What is encoded lossy is made from 24."""
    dither: Shape
    """The dither that is added before rounding, by the shape of its noise; "tpdf" is not shaped."""
    upsampling: bool = True
    """Whether a mix may be raised to the rate of delivery. If false, an album with a lower mix is refused."""

    @model_validator(mode="after")
    def _whole_frames(self) -> "Pcm":
        rates = [*self.rates_hz, *([self.rate_hz] if isinstance(self.rate_hz, int) else [])]
        odd = [rate for rate in rates if rate % 75]
        if odd:
            raise ValueError(f"rates must be whole multiples of 75 Hz, the grid that marks stand on; found {odd}")
        return self


class LevelTarget(ProfilePart):
    """How loud, and how high the peaks go."""

    anchor: Literal["loudest-track", "album", "peak"]
    """What stands at the target loudness: the loudest track, or the album as a whole; or "peak": none, and the highest
    peak stands at the ceiling."""
    target_lufs: Annotated[float, Field(ge=-40.0, le=-5.0)] | None = None
    """The target loudness, in LUFS: -40 to -5. It goes with every anchor but "peak"."""
    tolerance_lu: Annotated[float, Field(gt=0.0, le=2.0)] = 0.05
    """How far the delivered files may be off the target, in LU: 0.03 to 2."""
    ceiling_dbtp: Annotated[float, Field(ge=-20.0, le=0.0)]
    """The highest true peak, in dBTP: -20 to 0."""
    limiter: bool
    """Whether peaks over the ceiling are limited. True with a target loudness, false with the anchor "peak"."""

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
    """The most tracks: 1 to 999."""
    minimum_track_s: Annotated[float, Field(ge=0.0)] = 0.0
    """The shortest track that is taken, in seconds."""
    maximum_programme_s: Annotated[float, Field(gt=0.0)] | None = None
    """The longest disc or side, in seconds. Without it, there is no limit."""
    warning_programme_s: Annotated[float, Field(gt=0.0)] | None = None
    """A longer disc or side is warned of, in seconds. Without it, none is."""
    sides: bool = False
    """Whether the album is parted into the sides of records. It goes with the format "lathe", and with it only."""

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
    """Bass below this is brought to the middle, by 6 dB an octave, in Hz: more than 0, to 1000. Without it, none is."""
    rumble_corner_hz: Annotated[float, Field(gt=0.0, le=100.0)] | None = None
    """What lies below this is cut, in Hz: more than 0, to 100. Without it, nothing is."""


class CoverRules(ProfilePart):
    """What a shop takes as a cover. With `convert`, what breaks the rules is converted where that can be."""

    kinds: Annotated[tuple[Literal["jpeg", "png"], ...], Field(min_length=1, max_length=2)] = ("jpeg", "png")
    """The kinds of picture that are taken, a list."""
    square: bool = False
    """Whether width and height must be the same."""
    smallest_px: Annotated[int, Field(ge=1, le=LARGEST_SIDE_PX)] = 1
    """The least width and height, in pixels: 1 to 8000."""
    advised_px: Annotated[int, Field(ge=1, le=LARGEST_SIDE_PX)] | None = None
    """A smaller width or height is taken and warned of, in pixels: 1 to 8000. Without it, none is."""
    largest_px: Annotated[int, Field(ge=1, le=LARGEST_SIDE_PX)] = LARGEST_SIDE_PX
    """The largest width and height, in pixels: 1 to 8000."""
    largest_bytes: Annotated[int, Field(ge=1, le=2**24)] | None = None
    """The largest file, in bytes: 1 to 16777216. Without it, any that a format takes."""
    colours: Literal["any", "srgb"] = "any"
    """With "srgb" it has to be RGB in sRGB, of 8 bits, opaque, upright and a single picture."""
    convert: bool = False
    """Whether a cover that breaks these rules is converted where that can be: never enlarged, and never cut."""

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
    """How the files of tracks are named."""

    names: Annotated[str, AfterValidator(_names_files)]
    """What a name is made of, as in "{track:02} {title}"; the fields are in `profiles/README.md`."""


class Tags(ProfilePart):
    """How files are tagged."""

    replay_gain: bool = False
    """Whether each file says how loud it is: by ReplayGain 2.0, by R128 gains in Opus files, by bext in Broadcast WAV.
    The sound itself is not changed."""
    id3: Literal["2.3", "2.4"] = "2.4"
    """The version of ID3v2 tags in MP3 files."""


def _codec(name: str) -> str:
    """`name`, which is that of a codec."""
    codec_named(name)
    return name


CodecName = Annotated[str, AfterValidator(_codec), Shown(pattern=PATTERN)]


class Encoding(ProfilePart):
    """How a lossy file is encoded: a codec and its one number, `mp3-320`."""

    name: CodecName
    """The codec and its one number: aac-64 to aac-320, opus-48 to opus-320, mp3-320, mp3-v0 to mp3-v9, vorbis-q0 to
    vorbis-q10."""


class CodecCheck(ProfilePart):
    """What listeners hear of the masters: the codecs that services make of them, and the true peak after decoding."""

    codecs: Annotated[tuple[CodecName, ...], Field(min_length=1, max_length=MOST_CODECS), Shown(uniqueItems=True)]
    """The codecs that services make of the masters, a list of 1 to 16."""
    ceiling_dbtp: Annotated[float, Field(ge=-20.0, le=0.0)]
    """The highest true peak of any track after decoding, in dBTP: -20 to 0, and at most 3 dB under the level's."""

    @model_validator(mode="after")
    def _each_once(self) -> "CodecCheck":
        if twice := sorted({name for name in self.codecs if self.codecs.count(name) > 1}):
            raise ValueError(f"codecs names {', '.join(twice)} more than once")
        return self
