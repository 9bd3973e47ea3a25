"""ID3v2 frames of pairs, and back: version 2.4, or 2.3 for players of old.

Version 2.3 has no lists: several values stand in one text with "/" between, as its frames of people have it. It has no
TPRO and only the year of TDOR, and no TMCL: these go into frames that are described, and performers among the involved
people.

Source: id3.org, "ID3v2.4.0 native frames" (4.2, 4.2.2: involved people and musicians) and "ID3v2.3.0", 4.2.1, 4.4.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from mutagen import id3

from albums.faults import Fault
from formats._shared.cover import Cover
from formats._shared.tags.pairs import grouped
from formats._shared.tags.table import COUNTS, FRONT_COVER, LOUDNESS, TABLE

Version = Literal["2.3", "2.4"]
UTF_8 = id3.Encoding.UTF8
BETWEEN = "/"  # ID3v2.3.0, 4.2.1: several persons in one frame
NOT_IN_2_3 = ("TPRO", "TDOR", "TSOA", "TSOP", "TSOT", "TSOC", "TSO2")  # some of it, or nothing
PEOPLE, MUSICIANS = "TIPL", "TMCL"
_COUNT = re.compile("([0-9]{1,4})/([0-9]{1,4})")
_PLAYS = re.compile(r"(.+) \(([^()]+)\)", re.DOTALL)
_ROLES = {row.frame.partition(":")[2]: row.vorbis for row in TABLE if row.frame.startswith(f"{PEOPLE}:")}
_PERFORMER = next(row.vorbis for row in TABLE if row.frame == MUSICIANS)
_TEXTS = tuple(row for row in TABLE if row.frame[:4] not in (*COUNTS, PEOPLE, MUSICIANS))
_FIELDS = {(row.of, row.field) for row in _TEXTS}


def held(texts: Mapping[str, str], version: Version) -> dict[str, str]:
    """The `texts` by place as a tag of `version` holds them: 2.3 has lists only of people with their roles."""
    if version == "2.4":
        return dict(texts)
    return {place: _joined(text) if _field(place) in _FIELDS else text for place, text in texts.items()}


def notes(texts: Mapping[str, str], version: Version) -> Iterator[Fault]:
    """A note for each of the `texts` that a tag of `version` holds in another form."""
    for place, text in held(texts, version).items():
        if text != texts[place]:
            yield Fault(place, f"is written as {text!r}: ID3v2.3 has no lists", "note")


def _field(place: str) -> tuple[str, str]:
    of, _, field = place.rpartition(".")
    return ("album" if of == "album" else "track"), field


def _joined(text: str) -> str:
    return text.replace("\n", BETWEEN)


def tags_of(pairs: Iterable[tuple[str, str]], cover: Cover | None, version: Version) -> Any:
    """The tag, as mutagen has it, that holds `pairs` and the cover; save it with `options(version)`."""
    values = grouped(pairs)
    tags: Any = id3.ID3()  # type: ignore[no-untyped-call]
    for frame in _frames(values, version):
        tags.add(frame)
    if cover:
        tags.add(_frame("APIC", cover.mime, FRONT_COVER, "", cover.data))
    if version == "2.3":
        _changed(tags, tags.update_to_v23)
    return tags


def read(file: Any) -> Any:
    """The tag of the open `file`, in the frames of version 2.4."""
    tags: Any = id3.ID3(file, translate=False)  # type: ignore[no-untyped-call]
    if tags.version < (2, 4, 0):
        _changed(tags, tags.update_to_v24)
    return tags


def _changed(tags: Any, change: Callable[[], object]) -> None:
    """Have mutagen change `tags` to another version, but for genres: ours are words, and "(17)" is no Rock."""
    genres = [list(frame.text) for frame in tags.getall("TCON")]
    change()
    for frame, texts in zip(tags.getall("TCON"), genres, strict=True):
        frame.text = texts


def options(version: Version) -> dict[str, Any]:
    """What mutagen's `save` is told to write a tag of `version`, and none of version 1."""
    return {"v1": 0, "v2_version": int(version[-1]), "v23_sep": BETWEEN}


def pairs_of(tags: Any) -> Iterator[tuple[str, str]]:
    """What `tags_of` was given; frames of others are passed over. Lists of version 2.3 come as one value."""
    described = {frame.desc.upper(): frame for frame in tags.getall("TXXX")}
    for row in _TEXTS:
        kind, _, more = row.frame.partition(":")
        instead = described.get(more.upper() if more else row.vorbis if kind in NOT_IN_2_3 else "")
        frames = [instead] if instead else [] if more else tags.getall(kind)
        yield from ((row.vorbis, str(text)) for frame in frames for text in frame.text)
    yield from ((name, str(text)) for name in LOUDNESS if name in described for text in described[name].text)
    yield from _people_of(tags)
    for kind, names in COUNTS.items():
        for text in (str(text) for frame in tags.getall(kind) for text in frame.text):
            parts = _COUNT.fullmatch(text)
            yield from zip(names, (parts[1], parts[2], parts[2]) if parts else (text, text, text), strict=True)


def front_covers(tags: Any) -> list[bytes]:
    """The pictures that a tag holds as front covers."""
    return [picture.data for picture in tags.getall("APIC") if picture.type == FRONT_COVER]


def _frames(values: Mapping[str, Sequence[str]], version: Version) -> Iterator[Any]:
    for row in (row for row in _TEXTS if row.vorbis in values):
        kind, _, more = row.frame.partition(":")
        yield _text_frame(kind, more, values[row.vorbis])
        if version == "2.3" and kind in NOT_IN_2_3:
            yield _text_frame("TXXX", row.vorbis, values[row.vorbis])
    for name in (name for name in LOUDNESS if name in values):
        yield _text_frame("TXXX", name, values[name])
    yield from _people(values, version)
    for kind, (number, total, _) in COUNTS.items():
        if number in values:
            yield _frame(kind, [f"{values[number][0]}/{values[total][0]}"])


def _people(values: Mapping[str, Sequence[str]], version: Version) -> Iterator[Any]:
    """The involved people, each a role and a name, and the musicians, each an instrument and a name."""
    involved = [[role, who] for role, name in _ROLES.items() for who in values.get(name, ())]
    musicians = [_played(who) for who in values.get(_PERFORMER, ())]
    if version == "2.3":
        involved, musicians = involved + musicians, []
    if involved:
        yield _frame(PEOPLE, involved)
    if musicians:
        yield _frame(MUSICIANS, musicians)


def _people_of(tags: Any) -> Iterator[tuple[str, str]]:
    played = [pair for frame in tags.getall(MUSICIANS) for pair in frame.people]
    for what, who in (pair for frame in tags.getall(PEOPLE) for pair in frame.people):
        if what in _ROLES:
            yield _ROLES[what], who
        else:  # in version 2.3 musicians stand among the involved people
            played.append([what, who])
    yield from ((_PERFORMER, f"{who} ({what})" if what else who) for what, who in played)


def _text_frame(kind: str, described: str, said: Sequence[str]) -> Any:
    return _frame(kind, described, list(said)) if described else _frame(kind, list(said))


def _frame(name: str, *fields: object) -> Any:
    return getattr(id3, name)(UTF_8, *fields)


def _played(performer: str) -> list[str]:
    """What "Ann Lee (violin)" plays, and the name."""
    found = _PLAYS.fullmatch(performer)
    return [found[2], found[1]] if found else ["", performer]
