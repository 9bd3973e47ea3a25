"""An album's texts as pairs of a Vorbis comment's name and its value, and back: what every system of tags is made from.

Several values of one field are several pairs of one name, as Vorbis comments have it; in a text by place they stand on
lines of their own, since no text of a manifest holds a line break.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from albums import Album, Release, Track
from albums.faults import Fault, Refusal
from albums.manifest import OF_THE_RELEASE
from formats._shared.tags.table import BY_NAME, DISC, DISC_TOTALS, LOUDNESS, NUMBER, TABLE, TOTALS, Row

OURS = {*BY_NAME, NUMBER, *TOTALS, *DISC_TOTALS, *LOUDNESS}


def is_ours(name: str) -> bool:
    """Whether this program writes a comment of that name, in capitals or not."""
    return name.upper() in OURS


def grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The values of each name, both in their order."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def texts(album: Album) -> dict[str, str]:
    """What tags say of `album`, by place; what is empty is left out."""
    release = album.release
    found = {f"album.{row.field}": _text(release, row) for row in TABLE if row.of == "album"}
    for number, track in enumerate(album.tracks, 1):
        for row in (row for row in TABLE if row.of == "track"):
            said = _text(track, row)
            # A certificate of old gives it to the release alone, and its manifest is not merged.
            inherits = not said and row.field in OF_THE_RELEASE
            found[f"tracks[{number}].{row.field}"] = _text(release, row) if inherits else said
    return {place: text for place, text in found.items() if text}


def pairs(texts: Mapping[str, str], number: int, total: int) -> Iterator[tuple[str, str]]:
    """The names and values for the file of track `number` of `total`, from `texts` by place."""
    for row in TABLE:
        if text := texts.get(_place(row, number)):
            yield from ((row.vorbis, value) for value in text.split("\n"))
    yield NUMBER, str(number)
    yield from ((name, str(total)) for name in TOTALS)
    if f"tracks[{number}].disc" in texts:
        discs = max(int(texts.get(f"tracks[{each}].disc", 0)) for each in range(1, total + 1))
        yield from ((name, str(discs)) for name in DISC_TOTALS)


def texts_of(found: Iterable[tuple[str, str]], number: int, total: int, file: str) -> dict[str, str]:
    """What `pairs` was given for this track; raises Refusal naming `file` unless it is track `number` of `total`.

    Names that are not ours are passed over, however often they stand there; ours are refused with two values where a
    field has one.
    """
    values = grouped((name.upper(), value) for name, value in found if is_ours(name))
    for name, wanted in ((NUMBER, number), *((name, total) for name in TOTALS)):
        if {*values.get(name, [])} != {str(wanted)}:
            have = values.get(name, [None])
            raise Refusal([Fault(file, f"has {name} {have[-1]!r}, expected '{wanted}'")])
    for name, said in values.items():
        one = not (name in BY_NAME and BY_NAME[name].several)
        if one and (other := next((value for value in said if value != said[0]), None)) is not None:
            raise Refusal([Fault(file, f"has {name} twice: {said[0]!r} and {other!r}")])
    return {
        _place(row, number): "\n".join(values[row.vorbis] if row.several else values[row.vorbis][:1])
        for row in TABLE
        if row.vorbis in values
    }


def wrong_discs(files: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> Iterator[Fault]:
    """Refusals for `files`, each a name and its pairs, that do not say of how many discs theirs is one, as others do.

    How many there are is told by the files' own numbers.
    """
    tags = [(file, {name.upper(): value for name, value in found}) for file, found in files]
    numbers = [int(tag[DISC]) for _, tag in tags if re.fullmatch("[0-9]{1,3}", tag.get(DISC, ""))]
    if not any(name in tag for _, tag in tags for name in DISC_TOTALS):
        return  # a file of old
    for file, tag in tags:
        wanted = str(max(numbers, default=0)) if DISC in tag else None
        for name in DISC_TOTALS:
            if tag.get(name) != wanted:
                yield Fault(file, f"has {name} {tag.get(name)!r}, expected {wanted!r}")


def _place(row: Row, number: int) -> str:
    return f"album.{row.field}" if row.of == "album" else f"tracks[{number}].{row.field}"


def _text(of: Release | Track, row: Row) -> str:
    if row.field == "title":
        return of.display_title
    if row.field == "compilation" and isinstance(of, Release):
        return "1" if of.is_compilation else ""
    value = getattr(of, row.field)
    if row.field == "explicit":
        return "2" if value == "clean" else str(int(value))
    return "\n".join(value) if isinstance(value, tuple) else str(value or "")
