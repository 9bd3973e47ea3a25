"""The schema of `album.toml`: what an artist may say of an album, with types, bounds and defaults.

The schema is public: labels write these files by hand and by machine. The text under a key is what `glassmaster schema
manifest` and an editor say of it.

Over 300 lines: a key, its bounds and what it means stand together, and all keys in one place.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from albums.codes import checked_isrc, checked_iswc, checked_upc, quoted_upc
from albums.ddex import Ddex
from albums.shown import FIRST_OVERLAPS_NOTHING, INTENT_RULES, ISRC, ISWC, PREGAP_RULES, TRACK_RULES, UPC, Shown
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
OF_THE_RELEASE = ("genre", "language", "copyright", "phonogram")
"""What an album usually has as a whole, though a track may have its own."""
INHERITED = (
    *("songwriter", "lyricist", "arranger", "producer", "engineer", "mixer", "performers"),
    *OF_THE_RELEASE,
)
"""What a track leaves out is the album's."""
FIRST_RECORDING = 1857  # the phonautograph; a year before it is a slip
MOST_TRACKS = 999
MOST_REFERENCES = 99
MOST_DELIVERABLES = 99
MOST_BANDS = 16  # a guard: more than are set by hand; with all at their highest, samples still fit single precision
MOST_INDEXES = 98  # a CD counts them from 02 to 99


class Credits(Frozen):
    """Who made it, and what the tags say of all of an album or of one track of it."""

    title_sort: Text = ""
    """What the title is filed under: "Wall, The". Without it, players sort by the title."""
    artist_sort: Text = ""
    """What the artist is filed under: "Beatles, The". Without it, players sort by the artist."""
    artists: Names = ()
    """The main artists, each by itself, where `artist` names several. Without it, there is one: `artist`."""
    songwriter: Names = ()
    """Who wrote words and music: a name, or a list. A track without it has the album's."""
    composer: Names = ()
    """Who wrote the music: a name, or a list. A track without it has the album's."""
    composer_sort: Text = ""
    """What the composer is filed under: "Bach, Johann Sebastian"."""
    lyricist: Names = ()
    """Who wrote the words: a name, or a list. A track without it has the album's."""
    arranger: Names = ()
    """Who arranged it: a name, or a list. A track without it has the album's."""
    producer: Names = ()
    """Who produced it: a name, or a list. A track without it has the album's."""
    engineer: Names = ()
    """Who recorded it: a name, or a list. A track without it has the album's."""
    mixer: Names = ()
    """Who mixed it: a name, or a list. A track without it has the album's."""
    performers: Names = ()
    """Who played, each with what they play in brackets: "Ann Lee (violin)". A track without it has the album's."""
    genre: Names = ()
    """One genre, or a list of several. A track without it has the album's."""
    language: Language = ""
    """The language of the words, as a code: "en", "de", "pt-BR". A track without it has the album's."""
    copyright: Text = ""
    """The (c) line, without the sign: words, music, artwork. "2026 Some Label". A track without it has the album's."""
    phonogram: Text = ""
    """The (p) line, without the sign: this recording. "2026 Some Label". A track without it has the album's."""


class Release(Credits):
    """The album as a product: what the sleeve, the tags and the distributor say of it."""

    title: Text
    """The album's title, without its version."""
    version: Text = ""
    """What tells this edition from others: "Deluxe Edition". It is written in brackets behind the title."""
    artist: Text
    """The album's artist as the sleeve has it; "Various Artists" for a collection of many."""
    kind: Literal["album", "ep", "single"] | None = None
    """What shops list it as. Without it, nothing says so."""
    compilation: bool | None = None
    """Whether players keep the album together although its tracks have artists of their own. Without it: if `artist`
    stands for many."""
    upc: Annotated[str, AfterValidator(checked_upc), BeforeValidator(quoted_upc), Shown(pattern=UPC)] = ""
    """The product's code in quotation marks: 12 digits of a UPC or 13 of an EAN, the last of them the check digit."""
    catalogue_number: Text = ""
    """The label's number for the album: "LL-014"."""
    label: Text = ""
    """The label that releases it."""
    release_date: date | None = None
    """When it comes out: a date, 2026-11-27, without quotation marks."""
    original_date: date | Annotated[int, Field(ge=FIRST_RECORDING, le=2999)] | None = None
    """When it first came out: a date, 2026-11-27, or a year, without quotation marks. Without it, nothing says so."""
    cover: FileName = ""
    """The front cover: a JPEG or PNG file, by its path in the album's folder. Without it, there is no cover."""

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
    """What it raises or lowers: around its frequency (bell), below it (low-shelf) or above it (high-shelf)."""
    frequency_hz: Annotated[float, Field(ge=10.0, le=20000.0)]
    """The centre of a bell, the middle of a shelf's slope, in Hz: 10 to 20000."""
    gain_db: Annotated[float, Field(ge=-24.0, le=24.0)]
    """By how much, in dB: -24 to 24."""
    q: Annotated[float, Field(ge=0.1, le=20.0)] = 0.7
    """How narrow a bell, how steep a shelf is: 0.1 to 20."""


def _none_if_off(found: object) -> object:
    """None for "off", which says of something that is done only where asked for that nobody asks."""
    return None if found == "off" else found


MonoBelow = Annotated[float, Field(ge=20.0, le=300.0)]
HighPass = Annotated[float, Field(ge=5.0, le=80.0)]


class Intent(Frozen):
    """How much the machine may do; every default is taste, chosen to be hard to regret."""

    model_config = ConfigDict(json_schema_extra=INTENT_RULES)

    tone_match: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    """How far each mix's tone is brought towards the album's centre: 0 leaves it alone, 1 asks for all of the way."""
    level_match: Annotated[float, Field(ge=0.0, le=1.0)] = 0.7
    """How far loud passages are brought to one level: 0 keeps the mixes' levels, 1 asks for all of the way."""
    eq_limit_db: Annotated[float, Field(ge=0.0, le=12.0)] = 3.0
    """The most that is heard of the equaliser at any frequency, in dB: 0 to 12."""
    reduction_limit_db: Annotated[float, Field(ge=0.0, le=24.0)] = 6.0
    """The most that the limiter takes off in the worst second, in dB: 0 to 24. Where that does not suffice, the album
    stays under the profile's loudness."""
    loudness: Literal["auto", "as-profile"] = "auto"
    """Whether music of wide range stays under the profile's loudness ("auto"), or is brought to it all the same."""
    compression: Literal["off", "auto", "all"] = "auto"
    """Which tracks the album's compressor holds together: none, those of wide range, or all."""
    mono_below_hz: Annotated[
        MonoBelow | None, BeforeValidator(_none_if_off, json_schema_input_type=MonoBelow | Literal["off"] | None)
    ] = None
    """Bring the bass below this to the middle, in Hz: 20 to 300; or "off". Without it, that is left alone."""
    high_pass_hz: Annotated[
        HighPass | None, BeforeValidator(_none_if_off, json_schema_input_type=HighPass | Literal["off"] | None)
    ] = None
    """Cut what lies below this, in Hz: 5 to 80; or "off". Without it, nothing is cut."""
    width_db: Annotated[float, Field(ge=-12.0, le=6.0)] = 0.0
    """The gain of the sides against the middle, in dB: -12 to 6."""
    reference: Annotated[tuple[FileName, ...], Field(max_length=MOST_REFERENCES)] = ()
    """A list of recordings in the album's folder, whose tone is the target; they are measured and never delivered.
    Without them and a target curve, the target is the album's own centre."""
    target_curve: FileName = ""
    """A file of frequencies and levels in the album's folder, whose tone is the target. Not beside references."""
    gap_s: Gap = 2.0
    """The silence before each track but the first, in seconds: 0 to 3600, or "auto" for one by ear."""
    head_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.4
    """The silence before the first note, in seconds: 0 to 10."""
    tail_s: Annotated[float, Field(ge=0.0, le=60.0)] = 1.5
    """The silence after the last note, in seconds: 0 to 60."""


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

    model_config = ConfigDict(json_schema_extra=PREGAP_RULES)

    mix: FileName = ""
    """A recording, by its path in the album's folder; it is treated as the track that it leads into."""
    silence_s: Seconds = 0.0
    """So much silence, in seconds: more than 0, to 3600."""
    of_mix_s: Seconds = 0.0
    """So much of the beginning of the track's own mix, in seconds: more than 0, to 3600."""


class Track(Credits):
    """One song: its mix and what the artist wishes for it. Credits left out are the album's."""

    model_config = ConfigDict(json_schema_extra=TRACK_RULES)

    mix: FileName
    """The finished stereo mix, by its path in the album's folder, parted by /: "mixes/01.wav"."""
    title: Text
    """The track's title, without its version and without featured artists."""
    version: Text = ""
    """What tells this recording from others of the song: "Live", "Radio Edit". It is written in brackets behind it."""
    artist: Text = ""
    """The track's artist as the sleeve has it. Without it, the album's."""
    featured_artists: Names = ()
    """Guests whom the title line names: a name, or a list."""
    isrc: Annotated[str, AfterValidator(checked_isrc), Shown(pattern=ISRC)] = ""
    """The code of this recording: 12 letters and digits, with or without hyphens, "QZ-GLM-26-00001". Each once."""
    iswc: Annotated[str, AfterValidator(checked_iswc), Shown(pattern=ISWC)] = ""
    """The code of the work: T and ten digits, the last one a check digit, "T-034.524.680-1"."""
    gap_s: Gap | None = None
    """The silence before this track, in seconds: 0 (laid end to start) to 3600, or "auto". Without it, the album's."""
    pregap: Pregap | None = None
    """What stands before the track's index 1, on the CD. Without it, nothing but the gap."""
    indexes_s: Annotated[tuple[Seconds, ...], Field(max_length=MOST_INDEXES), Shown(uniqueItems=True)] = ()
    """Further CD indexes, a list of seconds from the start of the mix as it was sent, rising."""
    crossfade_s: Annotated[float, Field(gt=0.0, le=60.0)] | None = None
    """How long this track overlaps the one before it, in seconds: more than 0, to 60. Not together with a gap."""
    crossfade_shape: Literal["equal-power", "equal-gain", "auto"] | None = None
    """How the two are faded where they overlap; "auto" goes by how alike they are. Without it: "auto"."""
    fade_in_s: Seconds = 0.0
    """A fade of the track's beginning, in seconds: 0 (none) to 3600."""
    fade_out_s: Seconds = 0.0
    """A fade of the track's end, in seconds: 0 (none) to 3600."""
    trim_start_s: Seconds = 0.0
    """How much of the mix's beginning is left out, in seconds: 0 to 3600."""
    trim_end_s: Seconds = 0.0
    """How much of the mix's end is left out, in seconds: 0 to 3600."""
    level_wish_lu: Annotated[float, Field(ge=-24.0, le=24.0)] = 0.0
    """How much louder or quieter than decided the track is wished, in LU: -24 to 24."""
    gain_db: Annotated[float, Field(ge=-60.0, le=60.0)] | None = None
    """A lock: the gain that the mix gets before the album's drive, in dB: -60 to 60. Without it, it is decided."""
    eq: Annotated[tuple[EqBand, ...], Field(max_length=MOST_BANDS)] | None = None
    """A lock: the bands of the mix's equaliser, no more and no less; [] for none. Without it, they are decided."""
    tone_exempt: bool | None = None
    """If true, the track's tone is left alone; if false, it is matched. Without it, that is decided."""
    side: Side | None = None
    """The side of the record that it is cut on: one capital letter. Without it, the plan chooses."""
    disc: Annotated[int, Field(ge=1, le=99)] | None = None
    """The disc that it is on, 1 to 99, where an album has several CDs. Without it, the plan chooses."""
    explicit: bool | Literal["clean"] = False
    """Whether its words are explicit; "clean" for a cleaned version of a track whose words are."""

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
    """A whole album as its manifest describes it."""

    deliverables: Annotated[tuple[Name, ...], Field(max_length=MOST_DELIVERABLES), Shown(uniqueItems=True)] = ()
    """What to make: a list of profiles' names, see `glassmaster profiles`. Without it, the command names them."""
    approval: Approval | None = None
    """With "required", masters wait until a person approves them. Otherwise the operator says whether they do: a
    manifest comes from outside and takes nothing off what the operator requires."""
    priority: Annotated[int, Field(ge=-50, le=50)] = 0  # the bounds of AWS MediaConvert's queues
    """The album's place in a batch, the highest first: -50 to 50."""
    delivery: Packing | None = None
    """How masters are packed where they are sent: as they lie ("folder"), or for a receiver of DDEX messages ("ddex").
    Without it, whoever runs the job says so, or they are sent as they lie."""
    ddex: Ddex = Ddex()
    """What a package for a receiver of DDEX messages says. Without it, whoever runs the job says it."""
    release: Annotated[Release, Field(alias="album")]
    """The album as a product."""
    intent: Intent = Intent()
    """How much the machine may do to the mixes. Without it, its defaults hold."""
    sheets: SheetTexts = SheetTexts()
    """What sheets for the plant say of the job. Without it, they say nothing of it."""
    tracks: Annotated[
        tuple[Track, ...], AfterValidator(_some), Shown(minItems=1, maxItems=MOST_TRACKS), FIRST_OVERLAPS_NOTHING
    ]
    """The songs, in the order of the album: 1 to 999, each beginning with [[tracks]]."""
    folder: Annotated[SkipJsonSchema[Path], Field(exclude=True)] = Path()
    """Where the album's files lie, which is no part of the manifest."""

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
