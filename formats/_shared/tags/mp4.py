"""MP4 atoms of metadata of pairs, and back.

Source: Apple, "QuickTime File Format", metadata (the atoms that begin with "©"); MusicBrainz Picard documentation,
appendix A, for the others and for the freeform atoms.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from mutagen.mp4 import MP4Cover, MP4FreeForm

from formats._shared.cover import Cover
from formats._shared.tags.pairs import grouped
from formats._shared.tags.table import COUNTS, LOUDNESS, MEAN, TABLE

ADVISORY, COMPILATION, COVERS = "rtng", "cpil", "covr"
ATOMS = {"trkn": COUNTS["TRCK"], "disk": COUNTS["TPOS"]}
KINDS = {"image/jpeg": MP4Cover.FORMAT_JPEG, "image/png": MP4Cover.FORMAT_PNG}
_ROWS = tuple(row for row in TABLE if row.atom not in ATOMS)


def atoms_of(pairs: Iterable[tuple[str, str]], cover: Cover | None) -> dict[str, Any]:
    """The atoms, as mutagen has them, that hold `pairs` and the cover."""
    values = grouped(pairs)
    found: dict[str, Any] = {row.atom: _atom(row.atom, values[row.vorbis]) for row in _ROWS if row.vorbis in values}
    found |= {MEAN + name: _atom(MEAN + name, values[name]) for name in LOUDNESS if name in values}
    for atom, (number, total, _) in ATOMS.items():
        if number in values:
            found[atom] = [(int(values[number][0]), int(values[total][0]))]
    if cover:
        found[COVERS] = [MP4Cover(cover.data, KINDS[cover.mime])]  # type: ignore[no-untyped-call]
    return found


def pairs_of(tags: Any) -> Iterator[tuple[str, str]]:
    """What `atoms_of` was given; atoms of others are passed over."""
    atoms = {row.atom: row.vorbis for row in _ROWS} | {MEAN + name: name for name in LOUDNESS}
    for atom, value in tags.items():
        if atom in ATOMS:
            for number, total in value:
                yield from zip(ATOMS[atom], map(str, (number, total, total)), strict=True)
        elif atom == COMPILATION and value:
            yield atoms[atom], "1"
        elif atom in atoms and atom.startswith(MEAN):
            yield from ((atoms[atom], bytes(data).decode()) for data in value)
        elif atom in atoms:
            yield from ((atoms[atom], str(text)) for text in value)


def _atom(atom: str, said: list[str]) -> Any:
    if atom == COMPILATION:
        return True
    if atom == ADVISORY:
        return [int(said[0])]
    if atom.startswith(MEAN):
        return [MP4FreeForm(text.encode()) for text in said]  # type: ignore[no-untyped-call]
    return said
