"""What the artist sent: an album folder, its manifest and the wishes in it.

`load` reads `album.toml`, checks all of it before any audio is opened, and reports every fault with its place. The
schema is public: labels write these files by hand and by machine.
"""

import os
import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from albums.codes import checked_isrc, checked_upc
from albums.faults import Fault, Refusal, faults_of, place, refuse

MANIFEST = "album.toml"
SIGNATURE = "signature.json"  # how the album was released, see `pipeline.signature`
LARGEST_MANIFEST_BYTES = 4 * 2**20  # a thousand tracks with credits take about half a megabyte
CREDITS = ("artist", "songwriter", "composer", "arranger")
MOST_TRACKS = 999
MOST_REFERENCES = 99
MOST_BANDS = 16  # a guard: more than any hand sets; all at their highest, samples still fit single precision
MOST_INDEXES = 98  # a CD counts them from 02 to 99
LONGEST_TEXT = 500  # characters; a guard against hostile input, far above any title


class Frozen(BaseModel):
    """A value that cannot change, whose types are meant as written and whose keys are all known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


def _one_line(text: str) -> str:
    bad = sorted({f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")})
    if bad:
        raise ValueError(f"holds control characters ({', '.join(bad[:3])}); wanted one line of plain text")
    if not text.strip():
        raise ValueError("is empty; leave the key out or write a text")
    return text


def _printable(text: str) -> str:
    return _one_line(unicodedata.normalize("NFC", text).strip())


def _some(tracks: "tuple[Track, ...]") -> "tuple[Track, ...]":
    if not 1 <= len(tracks) <= MOST_TRACKS:
        raise ValueError(f"has {len(tracks)} tracks; wanted 1 to {MOST_TRACKS}")
    return tracks


Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_printable)]
FileName = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_one_line)]  # as the disk has it: not composed
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Seconds = Annotated[float, Field(ge=0.0, le=3600.0)]
Gap = Seconds | Literal["auto"]
Side = Annotated[str, Field(pattern=r"^[A-Z]$")]


class Release(Frozen):
    """The album as a product: what the sleeve, the tags and the distributor say of it."""

    title: Text
    artist: Text
    songwriter: Text = ""
    composer: Text = ""
    arranger: Text = ""
    upc: Annotated[str, AfterValidator(checked_upc)] = ""
    catalogue_number: Text = ""
    label: Text = ""
    release_date: date | None = None
    genre: Text = ""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = ""
    copyright: Text = ""
    phonogram: Text = ""
    cover: FileName = ""


class EqBand(Frozen):
    """One band of a track's equaliser, as `pipeline.process.equaliser.Band`, within bounds a hand may set."""

    kind: Literal["bell", "low-shelf", "high-shelf"]
    frequency_hz: Annotated[float, Field(ge=10.0, le=20000.0)]
    gain_db: Annotated[float, Field(ge=-24.0, le=24.0)]
    q: Annotated[float, Field(ge=0.1, le=20.0)] = 0.7


class Intent(Frozen):
    """How much the machine may do; every default is taste, chosen to be hard to regret.

    What the tone is brought towards is the album's own centre, unless `reference` names recordings in the album's
    folder that are measured and never delivered, or `target_curve` a file of frequencies and levels.
    """

    tone_match: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    level_match: Annotated[float, Field(ge=0.0, le=1.0)] = 0.7
    eq_limit_db: Annotated[float, Field(ge=0.0, le=12.0)] = 3.0
    reduction_limit_db: Annotated[float, Field(ge=0.0, le=24.0)] = 6.0
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
    """What stands before index 1 of a track, so that whoever skips to the track does not hear it: one of three.

    A recording in the album's folder (a count-in, applause; before track 1 it is a hidden track), silence, or the first
    seconds of the track's own mix.
    """

    mix: FileName = ""
    silence_s: Seconds = 0.0
    of_mix_s: Seconds = 0.0


class Track(Frozen):
    """One song: its mix and what the artist wishes for it. Credits left out are the album's.

    `gain_db` and `eq` are locks: what they say is done to the mix, no less and no more. `tone_exempt` leaves its tone
    alone, or has it matched whatever the album's plan would say. `indexes_s` count from the start of the mix as it was
    sent.
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
        """What stands before its index 1; a pregap of nothing where the manifest has none."""
        return self.pregap or Pregap()


class Album(Frozen):
    """A whole album as its manifest describes it; `folder` is where its files lie and is no part of the manifest."""

    deliverables: tuple[Name, ...] = ()
    release: Annotated[Release, Field(alias="album")]
    intent: Intent = Intent()
    tracks: Annotated[tuple[Track, ...], AfterValidator(_some)]
    folder: Annotated[Path, Field(exclude=True)] = Path()

    def gap_before_s(self, number: int) -> Gap:
        """The silence wished before track `number` (from 1): its own, else the album's; none before the first."""
        wished = self.tracks[number - 1].gap_s
        return wished if wished is not None else (self.intent.gap_s if number > 1 else 0.0)

    def joins(self, number: int) -> bool:
        """Whether track `number` is wished to follow the one before it without any silence: butted, or overlapping."""
        return number > 1 and (bool(self.tracks[number - 1].crossfade_s) or self.gap_before_s(number) == 0)


def load(folder: Path) -> Album:
    """The album in `folder`, its manifest valid as a whole and every file that it names in its place.

    Raises Refusal with every fault found. Opens no audio.
    """
    document = _document(folder)
    faults = [*_crossed(document), *_files(document, folder)]
    document.pop("folder", None)  # a field of Album and no key
    try:
        album = Album.model_validate(document, by_alias=True, by_name=False)
    except ValidationError as error:
        faults = faults_of(error, MANIFEST, Album) + faults
        raise Refusal(faults) from None
    refuse(faults)
    return album.model_copy(update={"folder": folder, "tracks": tuple(_inherit(album))})


def _document(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        if not path.is_file():
            raise Refusal(
                [Fault(str(path), "is not there; `glassmaster new FOLDER` writes one from a folder of mixes")]
            )
        if path.stat().st_size > LARGEST_MANIFEST_BYTES:
            raise Refusal([Fault(MANIFEST, f"is larger than {LARGEST_MANIFEST_BYTES} bytes; that is no manifest")])
        document: dict[str, Any] = _as_tuples(tomllib.loads(path.read_text("utf-8-sig")))
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, thousands of digits; thousands of levels
        raise Refusal([Fault(MANIFEST, f"is not valid TOML: {error}")]) from None
    except OSError as error:
        raise Refusal([Fault(str(path), f"cannot be read: {error.strerror}")]) from None
    return document


def _as_tuples(found: Any) -> Any:
    """Lists as tuples, which is what a frozen value holds; strict types refuse the one for the other."""
    if isinstance(found, dict):
        return {key: _as_tuples(value) for key, value in found.items()}
    return tuple(map(_as_tuples, found)) if isinstance(found, list) else found


def _raw_tracks(document: dict[str, Any]) -> list[dict[str, Any]]:
    tracks = document.get("tracks")
    return [t if isinstance(t, dict) else {} for t in tracks] if isinstance(tracks, tuple) else []


def _crossed(document: dict[str, Any]) -> Iterator[Fault]:
    """Faults that only show when two fields are held side by side; works on what may otherwise be broken."""
    if "folder" in document:
        yield Fault(place(MANIFEST, ["folder"]), "unknown key; the album's folder is the one this file lies in")
    tracks = _raw_tracks(document)
    yield from _twice(tracks, "isrc", lambda isrc: isrc.replace("-", "").upper())
    deliverables = document.get("deliverables")
    names = [d for d in deliverables if isinstance(d, str)] if isinstance(deliverables, tuple) else []
    for name, count in Counter(names).items():
        if count > 1:
            yield Fault(place(MANIFEST, ["deliverables"]), f"{name!r} stands there {count} times; once is enough")
    for index, track in enumerate(tracks):
        yield from _joint(track, index)
        yield from _locks(track, index)
        yield from _before_index_1(track, index)
    yield from _forwards(tracks, "side", "A", lambda side: isinstance(side, str) and re.fullmatch("[A-Z]", side))
    yield from _forwards(tracks, "disc", 1, lambda disc: isinstance(disc, int) and disc > 0)
    intent = document.get("intent")
    if isinstance(intent, dict) and intent.get("reference") and intent.get("target_curve"):
        yield Fault(place(MANIFEST, ["intent"]), "has both reference and target_curve; an album has one target")


def _joint(track: dict[str, Any], index: int) -> Iterator[Fault]:
    here: list[str | int] = ["tracks", index]
    if "crossfade_s" in track and "gap_s" in track:
        yield Fault(
            place(MANIFEST, here), "has both gap_s and crossfade_s; a track follows a gap or overlaps, not both"
        )
    if "crossfade_s" in track and index == 0:
        yield Fault(place(MANIFEST, [*here, "crossfade_s"]), "the first track has no track before it to overlap")
    if "crossfade_shape" in track and "crossfade_s" not in track:
        yield Fault(place(MANIFEST, [*here, "crossfade_shape"]), "stands without crossfade_s; say how long, or drop it")


def _locks(track: dict[str, Any], index: int) -> Iterator[Fault]:
    here: list[str | int] = ["tracks", index]
    if "gain_db" in track and track.get("level_wish_lu"):
        yield Fault(place(MANIFEST, here), "has both gain_db and level_wish_lu; a gain that is set leaves no wish")
    if "eq" in track and track.get("tone_exempt") is False:
        yield Fault(
            place(MANIFEST, here), "has both eq and tone_exempt = false; an equaliser that is set stays as it is"
        )


def _before_index_1(track: dict[str, Any], index: int) -> Iterator[Fault]:
    """Faults of a pregap and of indexes that contradict each other."""
    here: list[str | int] = ["tracks", index]
    pregap, indexes = track.get("pregap"), track.get("indexes_s")
    if isinstance(pregap, dict):
        if len([value for value in pregap.values() if value]) != 1:
            yield Fault(place(MANIFEST, [*here, "pregap"]), "wanted just one of mix, silence_s and of_mix_s")
        if "crossfade_s" in track:
            yield Fault(place(MANIFEST, here), "has both pregap and crossfade_s; music that overlaps has no pause")
    numbers = [i for i in indexes if isinstance(i, int | float)] if isinstance(indexes, tuple) else []
    if numbers != sorted(set(numbers)):
        yield Fault(place(MANIFEST, [*here, "indexes_s"]), f"found {numbers}; wanted seconds that rise")


def _forwards(tracks: list[dict[str, Any]], key: str, latest: Any, is_one: Callable[[Any], object]) -> Iterator[Fault]:
    """Faults where a letter or number of `key` comes after a later one, or a disc is left out."""
    for index, track in enumerate(tracks):
        found = track.get(key)
        if not is_one(found):
            continue
        if found < latest:
            words = (
                f"{found!r} comes after {key} {latest!r}; tracks are played in order, so a {key} may only go forwards"
            )
            yield Fault(place(MANIFEST, ["tracks", index, key]), words)
        elif key == "disc" and found > latest + 1:
            words = f"{found!r} comes after disc {latest!r}; discs are numbered without a hole"
            yield Fault(place(MANIFEST, ["tracks", index, key]), words)
        latest = max(found, latest)


def _twice(tracks: list[dict[str, Any]], key: str, canonical: Any) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, track in enumerate(tracks):
        value = track.get(key)
        if not isinstance(value, str):
            continue
        earlier = first.setdefault(canonical(value), index)
        if earlier != index:
            yield Fault(
                place(MANIFEST, ["tracks", index, key]), f"{value!r} is also tracks[{earlier + 1}].{key}; each is once"
            )


def _files(document: dict[str, Any], folder: Path) -> Iterator[Fault]:
    tracks = _raw_tracks(document)
    for index, track in enumerate(tracks):
        yield from _inside(folder, track.get("mix"), ["tracks", index, "mix"])
        pregap = track.get("pregap")
        if isinstance(pregap, dict):
            yield from _inside(folder, pregap.get("mix") or None, ["tracks", index, "pregap", "mix"])
    yield from _twice(tracks, "mix", lambda mix: os.path.realpath(folder / mix.replace("\0", "")))
    release, intent = document.get("album"), document.get("intent")
    if isinstance(release, dict):
        yield from _inside(folder, release.get("cover"), ["album", "cover"])
    if isinstance(intent, dict):
        yield from _inside(folder, intent.get("target_curve") or None, ["intent", "target_curve"])
        references = intent.get("reference")
        for index, name in enumerate(references if isinstance(references, tuple) else ()):
            yield from _inside(folder, name, ["intent", "reference", index])


def _inside(folder: Path, name: Any, location: list[str | int]) -> Iterator[Fault]:
    if not isinstance(name, str) or "\0" in name or len(name) > LONGEST_TEXT:
        return  # the schema reports it
    where = place(MANIFEST, location)
    try:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            yield Fault(where, f"{name!r} lies outside the album's folder; copy it inside and name it from there")
        elif not path.exists():
            yield Fault(where, f"{name!r} does not exist in {folder}")
        elif not path.is_file():
            yield Fault(where, f"{name!r} is not a file")
    except (OSError, RuntimeError) as error:
        yield Fault(where, f"{name!r} cannot be looked up: {getattr(error, 'strerror', None) or error}")


def _inherit(album: Album) -> Iterator[Track]:
    for track in album.tracks:
        yield track.model_copy(update={c: getattr(track, c) or getattr(album.release, c) for c in CREDITS})
