"""The schema of `album.toml`: what an artist may say of an album, with types, bounds and defaults.

The schema is public: labels write these files by hand and by machine.
"""

import re
import unicodedata
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from albums.codes import checked_isrc, checked_upc, quoted_upc
from albums.faults import short
from albums.schema_faults import EMPTY

MANIFEST = "album.toml"
OPERATORS_KEYS = frozenset({"deliverables", "priority"})  # what says nothing of the sound and the texts
MASTERS = "masters"  # where masters go, in the album's folder, unless another place is named
SIGNATURE = "signature.json"  # says how the album was released, see `pipeline.matching.baseline`
OPERATORS_KEYS = frozenset({"deliverables", "approval", "priority"})
"""Keys of a manifest that are for whoever runs the job: no sample, tag or file's name depends on them."""
CREDITS = ("artist", "songwriter", "composer", "arranger")
MOST_TRACKS = 999
MOST_REFERENCES = 99
MOST_DELIVERABLES = 99
MOST_BANDS = 16  # a guard: more than are set by hand; with all at their highest, samples still fit single precision
MOST_INDEXES = 98  # a CD counts them from 02 to 99
LONGEST_TEXT = 500  # characters: a guard against hostile input, which lies far above any title
_ESCAPES = frozenset("\b\t\n\f\r\x1b")  # what "\b", "\t" ... in a text become
_CONTROLS = {"\0": "NUL", "\t": "a tab", "\n": "a line break", "\r": "a line break", "\x1b": "escape"}


class Frozen(BaseModel):
    """A value that cannot change, whose types are meant as written and whose keys are all known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


def one_line(text: str) -> str:
    """`text`, if it is one line that holds something to read."""
    bad = sorted({_named(c) for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")})
    if bad:
        meant = '; a backslash in "..." begins an escape: double it, or write /' if set(text) & _ESCAPES else ""
        raise ValueError(f"holds control characters ({', '.join(bad[:3])}); wanted one line of plain text{meant}")
    if not any(unicodedata.category(c) not in ("Cf", "Zs") for c in text):
        raise PydanticCustomError(EMPTY, "is empty")
    return text


def _named(letter: str) -> str:
    name = _CONTROLS.get(letter)
    return f"U+{ord(letter):04X}" + (f", {name}" if name else "")


def _printable(text: str) -> str:
    return one_line(unicodedata.normalize("NFC", text).strip())


def _some(tracks: "tuple[Track, ...]") -> "tuple[Track, ...]":
    if not 1 <= len(tracks) <= MOST_TRACKS:
        raise ValueError(f"has {len(tracks)} tracks; wanted 1 to {MOST_TRACKS}")
    return tracks


def _formed(pattern: str, wanted: str) -> AfterValidator:
    """A check of a text's form that says in words what is wanted."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"found {short(text)}; wanted {wanted}")
        return text

    return AfterValidator(check)


Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_printable)]
FileName = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(one_line)]  # as the disk has it: no NFC
Name = Annotated[
    str,
    _formed(
        r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
        "a profile's name: 1 to 64 of A-Z, a-z, 0-9, dot, _ and -, a letter or digit first",
    ),
]
Seconds = Annotated[float, Field(ge=0.0, le=3600.0)]
Gap = Seconds | Literal["auto"]
Side = Annotated[str, _formed("[A-Z]", "one capital letter, A for the first side")]
Approval = Literal["required", "none"]
Language = Annotated[str, _formed("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", 'a code as in "en", "de" or "pt-BR"')]


class Release(Frozen):
    """The album as a product: what the sleeve, the tags and the distributor say of it."""

    title: Text
    artist: Text
    songwriter: Text = ""
    composer: Text = ""
    arranger: Text = ""
    upc: Annotated[str, AfterValidator(checked_upc), BeforeValidator(quoted_upc)] = ""
    catalogue_number: Text = ""
    label: Text = ""
    release_date: date | None = None
    genre: Text = ""
    language: Language = ""
    copyright: Text = ""
    phonogram: Text = ""
    cover: FileName = ""


class EqBand(Frozen):
    """One band of a track's equaliser, as `pipeline.processors.equaliser.Band`, within bounds for settings by hand."""

    kind: Literal["bell", "low-shelf", "high-shelf"]
    frequency_hz: Annotated[float, Field(ge=10.0, le=20000.0)]
    gain_db: Annotated[float, Field(ge=-24.0, le=24.0)]
    q: Annotated[float, Field(ge=0.1, le=20.0)] = 0.7


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
    mono_below_hz: Annotated[float, Field(ge=20.0, le=300.0)] | None = None
    high_pass_hz: Annotated[float, Field(ge=5.0, le=80.0)] | None = None
    width_db: Annotated[float, Field(ge=-12.0, le=6.0)] = 0.0
    reference: Annotated[tuple[FileName, ...], Field(max_length=MOST_REFERENCES)] = ()
    target_curve: FileName = ""
    gap_s: Gap = 2.0
    head_s: Annotated[float, Field(ge=0.0, le=10.0)] = 0.4
    tail_s: Annotated[float, Field(ge=0.0, le=60.0)] = 1.5


class Pregap(Frozen):
    """What stands before index 1 of a track, which a listener who skips to the track does not hear: one of three.

    A recording in the album's folder (a count-in, applause; before track 1 it is a hidden track), silence, or the first
    seconds of the track's own mix.
    """

    mix: FileName = ""
    silence_s: Seconds = 0.0
    of_mix_s: Seconds = 0.0


class Track(Frozen):
    """One song: its mix and what the artist wishes for it. Credits left out are the album's.

    `gain_db` and `eq` are locks: what they say is done to the mix, no less and no more. `tone_exempt`, if true, leaves
    its tone alone, and if false has it matched, whatever would be decided without it. `indexes_s` count from the start
    of the mix as it was sent.
    """

    mix: FileName
    title: Text
    artist: Text = ""
    songwriter: Text = ""
    composer: Text = ""
    arranger: Text = ""
    isrc: Annotated[str, AfterValidator(checked_isrc)] = ""
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
    explicit: bool = False

    @property
    def lead_in(self) -> Pregap:
        """What stands before its index 1; an empty pregap where the manifest has none."""
        return self.pregap or Pregap()


class Album(Frozen):
    """A whole album as its manifest describes it; `folder` is where its files lie and is not part of the manifest.

    With `approval = "required"` masters wait until a person approves them. Otherwise the operator says whether they do:
    a manifest comes from outside and takes nothing off what the operator requires. `priority` is the album's place in
    a batch, the highest first.
    """

    deliverables: Annotated[tuple[Name, ...], Field(max_length=MOST_DELIVERABLES)] = ()
    approval: Approval | None = None
    priority: Annotated[int, Field(ge=-50, le=50)] = 0  # the bounds of AWS MediaConvert's queues
    release: Annotated[Release, Field(alias="album")]
    intent: Intent = Intent()
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
