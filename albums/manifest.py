"""The schema of `album.toml`: what an artist may say of an album, with types, bounds and defaults.

The schema is public: labels write these files by hand and by machine.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from albums.codes import checked_isrc, checked_iswc, checked_upc, quoted_upc
from albums.ddex import Ddex
from albums.value_types import Approval, FileName, Frozen, Gap, Language, Name, Names, Packing, Seconds, Side, Text
from albums.various_artists import is_by_various_artists

MANIFEST = "album.toml"
MASTERS = "masters"  # where masters go, in the album's folder, unless another place is named
SIGNATURE = "signature.json"  # says how the album was released, see `pipeline.matching.baseline`
OPERATORS_KEYS = frozenset({"deliverables", "approval", "priority", "delivery", "ddex"})
"""Keys of a manifest that are for whoever runs the job: no sample, tag or file's name depends on them."""
CREDITS = ("artist", "songwriter", "composer", "arranger")  # that a disc can hold
GROUPS = (("artist", "artist_sort", "artists"), ("composer", "composer_sort"))
"""Of these, what a track leaves out is the album's only where it says none of the group itself."""
INHERITED = (
    *("songwriter", "lyricist", "arranger", "producer", "engineer", "mixer", "performers"),
    *("genre", "language", "copyright", "phonogram"),
)
"""What a track leaves out is the album's."""
FIRST_RECORDING = 1857  # the phonautograph; a year before it is a slip
MOST_TRACKS = 999
MOST_REFERENCES = 99
MOST_DELIVERABLES = 99
MOST_BANDS = 16  # a guard: more than are set by hand; with all at their highest, samples still fit single precision
MOST_INDEXES = 98  # a CD counts them from 02 to 99


class Credits(Frozen):
    """Who made it, and what the tags say of all of an album or of one track of it.

    `artist` is as the sleeve has it, `artists` are its main ones, each by itself, where there are several; sort names
    are what an artist, a composer or a title is filed under ("Beatles, The"). `performers` name what they play in
    brackets: "Ann Lee (violin)".
    """

    title_sort: Text = ""
    artist_sort: Text = ""
    artists: Names = ()
    songwriter: Names = ()
    composer: Names = ()
    composer_sort: Text = ""
    lyricist: Names = ()
    arranger: Names = ()
    producer: Names = ()
    engineer: Names = ()
    mixer: Names = ()
    performers: Names = ()
    genre: Names = ()
    language: Language = ""
    copyright: Text = ""
    phonogram: Text = ""


class Release(Credits):
    """The album as a product: what the sleeve, the tags and the distributor say of it.

    `original_date` is when it first came out, a date or a year. `compilation`, where it is not said, is whether its
    artist stands for many.
    """

    title: Text
    version: Text = ""
    artist: Text
    kind: Literal["album", "ep", "single"] | None = None
    compilation: bool | None = None
    upc: Annotated[str, AfterValidator(checked_upc), BeforeValidator(quoted_upc)] = ""
    catalogue_number: Text = ""
    label: Text = ""
    release_date: date | None = None
    original_date: date | Annotated[int, Field(ge=FIRST_RECORDING, le=2999)] | None = None
    cover: FileName = ""

    @property
    def display_title(self) -> str:
        """The title as people read it, with the version."""
        return titled(self.title, self.version)

    @property
    def is_compilation(self) -> bool:
        """Whether players are to keep it together although its tracks have artists of their own."""
        return is_by_various_artists(self.artist) if self.compilation is None else self.compilation


def titled(title: str, version: str) -> str:
    """ "Song (Live)" of "Song" and "Live"; a version that the title ends with is not said twice."""
    return f"{title} ({version})" if version and not title.casefold().endswith(f"({version})".casefold()) else title


class EqBand(Frozen):
    """One band of a track's equaliser, as `pipeline.processors.equaliser.Band`, within bounds for settings by hand."""

    kind: Literal["bell", "low-shelf", "high-shelf"]
    frequency_hz: Annotated[float, Field(ge=10.0, le=20000.0)]
    gain_db: Annotated[float, Field(ge=-24.0, le=24.0)]
    q: Annotated[float, Field(ge=0.1, le=20.0)] = 0.7


def _none_if_off(found: object) -> object:
    """None for "off", which says of something that is done only where asked for that nobody asks."""
    return None if found == "off" else found


MonoBelow = Annotated[float, Field(ge=20.0, le=300.0)]
HighPass = Annotated[float, Field(ge=5.0, le=80.0)]


class Intent(Frozen):
    """How much the machine may do; every default is taste, chosen to be hard to regret.

    The tone is brought towards the album's own centre, unless `reference` names recordings in the album's folder that
    are measured and never delivered, or `target_curve` a file of frequencies and levels.
    """

    tone_match: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    level_match: Annotated[float, Field(ge=0.0, le=1.0)] = 0.7
    eq_limit_db: Annotated[float, Field(ge=0.0, le=12.0)] = 3.0
    reduction_limit_db: Annotated[float, Field(ge=0.0, le=24.0)] = 6.0
    loudness: Literal["auto", "as-profile"] = "auto"
    compression: Literal["off", "auto", "all"] = "auto"
    mono_below_hz: Annotated[
        MonoBelow | None, BeforeValidator(_none_if_off, json_schema_input_type=MonoBelow | Literal["off"] | None)
    ] = None
    high_pass_hz: Annotated[
        HighPass | None, BeforeValidator(_none_if_off, json_schema_input_type=HighPass | Literal["off"] | None)
    ] = None
    width_db: Annotated[float, Field(ge=-12.0, le=6.0)] = 0.0
    reference: Annotated[tuple[FileName, ...], Field(max_length=MOST_REFERENCES)] = ()
    target_curve: FileName = ""
    gap_s: Gap = 2.0
    head_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.4
    tail_s: Annotated[float, Field(ge=0.0, le=60.0)] = 1.5


class SheetTexts(Frozen):
    """What the PQ sheet of a disc and the cutting sheet of a record say of the job, to the people at the plant.

    Each is one text, or a list of lines; an empty list says that there is none.
    """

    client: Names = ()
    """For whom the masters are made."""
    studio: Names = ()
    """Where they are made."""
    engineer: Names = ()
    """Who answers for them."""
    contact: Names = ()
    """Where whoever has a question turns to: a telephone number, an address."""
    notes: Names = ()
    """What else the plant is to know."""


class Pregap(Frozen):
    """What stands before index 1 of a track, which a listener who skips to the track does not hear: one of three.

    A recording in the album's folder (a count-in, applause; before track 1 it is a hidden track), silence, or the first
    seconds of the track's own mix.
    """

    mix: FileName = ""
    silence_s: Seconds = 0.0
    of_mix_s: Seconds = 0.0


class Track(Credits):
    """One song: its mix and what the artist wishes for it. Credits left out are the album's.

    `explicit` says whether its words are, true or false, or "clean" for a cleaned version of a track whose are.
    `gain_db` and `eq` are locks: what they say is done to the mix, no less and no more. `tone_exempt`, if true, leaves
    its tone alone, and if false has it matched, whatever would be decided without it. `indexes_s` count from the start
    of the mix as it was sent.
    """

    mix: FileName
    title: Text
    version: Text = ""
    artist: Text = ""
    featured_artists: Names = ()
    isrc: Annotated[str, AfterValidator(checked_isrc)] = ""
    iswc: Annotated[str, AfterValidator(checked_iswc)] = ""
    gap_s: Gap | None = None
    pregap: Pregap | None = None
    indexes_s: Annotated[tuple[Seconds, ...], Field(max_length=MOST_INDEXES)] = ()
    crossfade_s: Annotated[float, Field(gt=0.0, le=60.0)] | None = None
    crossfade_shape: Literal["equal-power", "equal-gain", "auto"] | None = None
    fade_in_s: Seconds = 0.0
    fade_out_s: Seconds = 0.0
    trim_start_s: Seconds = 0.0
    trim_end_s: Seconds = 0.0
    level_wish_lu: Annotated[float, Field(ge=-24.0, le=24.0)] = 0.0
    gain_db: Annotated[float, Field(ge=-60.0, le=60.0)] | None = None
    eq: Annotated[tuple[EqBand, ...], Field(max_length=MOST_BANDS)] | None = None
    tone_exempt: bool | None = None
    side: Side | None = None
    disc: Annotated[int, Field(ge=1, le=99)] | None = None
    explicit: bool | Literal["clean"] = False

    @property
    def display_title(self) -> str:
        """The title as people read it, with the version."""
        return titled(self.title, self.version)

    @property
    def lead_in(self) -> Pregap:
        """What stands before its index 1; an empty pregap where the manifest has none."""
        return self.pregap or Pregap()


def _some(tracks: "tuple[Track, ...]") -> "tuple[Track, ...]":
    if not 1 <= len(tracks) <= MOST_TRACKS:
        raise ValueError(f"has {len(tracks)} tracks; wanted 1 to {MOST_TRACKS}")
    return tracks


class Album(Frozen):
    """A whole album as its manifest describes it; `folder` is where its files lie and is not part of the manifest.

    With `approval = "required"` masters wait until a person approves them. Otherwise the operator says whether they do:
    a manifest comes from outside and takes nothing off what the operator requires. `priority` is the album's place in
    a batch, the highest first. `delivery` is how masters are packed where they are sent: as they lie, or for a receiver
    of DDEX messages, as `ddex` says.
    """

    deliverables: Annotated[tuple[Name, ...], Field(max_length=MOST_DELIVERABLES)] = ()
    approval: Approval | None = None
    priority: Annotated[int, Field(ge=-50, le=50)] = 0  # the bounds of AWS MediaConvert's queues
    delivery: Packing | None = None
    ddex: Ddex = Ddex()
    release: Annotated[Release, Field(alias="album")]
    intent: Intent = Intent()
    sheets: SheetTexts = SheetTexts()
    tracks: Annotated[tuple[Track, ...], AfterValidator(_some)]
    folder: Annotated[Path, Field(exclude=True)] = Path()

    def gap_before_s(self, number: int) -> Gap:
        """The silence wished before track `number` (from 1): its own, else the album's; none before the first."""
        wished = self.tracks[number - 1].gap_s
        return wished if wished is not None else (self.intent.gap_s if number > 1 else 0.0)

    def needs_approval(self, operator: Approval | None = None) -> bool:
        """Whether its masters wait for approval: the manifest asks for it, or the `operator` requires it."""
        return "required" in (self.approval, operator)

    def joins(self, number: int) -> bool:
        """Whether track `number` is wished to follow the one before it without any silence: butted, or overlapping."""
        return number > 1 and (bool(self.tracks[number - 1].crossfade_s) or self.gap_before_s(number) == 0)
