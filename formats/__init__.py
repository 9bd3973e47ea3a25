"""Formats: what every deliverable can do, and the nouns for what is delivered: programmes, layouts, marks and blocks.

A package here is one deliverable, with the functions of `Format`: `check`, `texts`, `write`, `read`. Packages with an
underscore hold what several deliverables share; nothing outside `formats` imports them.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from albums import Album
from albums.faults import Fault
from formats._shared.marks import faults as mark_faults
from formats._shared.marks import timecode
from formats._shared.programme import (
    BLOCK,
    FRAMES_PER_SECOND,
    Block,
    Blocks,
    Layout,
    Mark,
    Programme,
    Reading,
    canonical_bytes,
    split,
)
from formats._shared.tags.loudness import StatedLoudness
from profiles import TAGGED, Profile

__all__ = [
    "BLOCK",
    "FORMATS",
    "FRAMES_PER_SECOND",
    "SHEETS",
    "Block",
    "Blocks",
    "Format",
    "Layout",
    "Mark",
    "Programme",
    "Reading",
    "StatedLoudness",
    "TaggedFormat",
    "canonical_bytes",
    "delivered_cover",
    "judged",
    "mark_faults",
    "named",
    "split",
    "tagged",
    "timecode",
]

FORMATS = {
    "aac": "formats.aac",
    "broadcast-wav": "formats.broadcast_wav",
    "cue": "formats.cue",
    "ddp": "formats.ddp",
    "flac": "formats.flac",
    "lathe": "formats.lathe",
    "mp3": "formats.mp3",
    "opus": "formats.opus",
    "vorbis": "formats.vorbis",
    "wav": "formats.wav",
}


SHEETS = {"ddp": "PQ-SHEET.txt", "lathe": "cutting-sheet.txt"}
"""The deliverables that hold a sheet for people, with the file that it is: there stand an album's `sheets`."""


class Format(Protocol):
    """A kind of deliverable: what it can carry, how it is written and how it is read."""

    def check(self, album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
        """What would not fit, before anything is rendered: refusals, and notes on what is written differently."""

    def texts(self, album: Album, layouts: Sequence[Layout]) -> dict[str, str]:
        """What `read` must find in the written deliverable, by place: `tracks[1].isrc`, `album.title`."""

    def write(self, folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
        """Write the deliverable into `folder`, which exists and is empty. The same input gives the same bytes."""

    def read(self, folder: Path) -> Reading:
        """Open what `write` wrote, from the files alone; raises Refusal when it cannot be read."""


class TaggedFormat(Format, Protocol):
    """A deliverable of tagged tracks, whose tags are written anew without a touch on the sound."""

    def as_stated(self, loudness: StatedLoudness) -> StatedLoudness:
        """What `read` finds where `loudness` was stated: a kind of file holds not all of it, and that rounded."""

    def state_loudness(self, folder: Path, layout: Layout, loudness: Sequence[StatedLoudness]) -> None:
        """Have each track in `folder` say how loud it is. Raises Refusal where its sound would change, and OSError."""

    def retag(self, source: Path, folder: Path, album: Album, layout: Layout) -> None:
        """Copy the tracks of `source` into the empty `folder`, with what `album` says now and nothing of loudness."""


def tagged(name: str) -> TaggedFormat | None:
    """The deliverable called `name` in a profile where it is one of tagged tracks."""
    return cast(TaggedFormat, import_module(FORMATS[name])) if name in TAGGED else None


def named(name: str) -> Format:
    """The deliverable called `name` in a profile; raises KeyError for a name that is not in FORMATS."""
    return cast(Format, import_module(FORMATS[name]))


def delivered_cover(profile: Profile, album: Album) -> tuple[bytes, str, tuple[str, ...]] | None:
    """The album's cover as the profile has it delivered: its bytes, its suffix, and in words what was changed.

    None where the album has none. Raises Refusal where it is broken, or cannot be converted.
    """
    from formats._shared.cover_rules import fitted_cover  # what decodes pictures takes its time to import

    found = fitted_cover(album, profile.cover)
    return (found.cover.data, found.cover.suffix, found.changes) if found else None


def judged(profile: Profile, album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """What `check` of the profile's format finds, and where the album's cover breaks the profile's own rules."""
    found = named(profile.format).check(album, layouts)
    if profile.cover is None:
        return found
    from formats._shared.cover_rules import faults_by_rules  # what decodes pictures takes its time to import

    return (*found, *faults_by_rules(album, profile.cover, profile.name))
