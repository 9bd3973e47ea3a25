"""What the artist sent: an album folder, its manifest and the wishes in it."""

from albums.ddex import Ddex
from albums.loading import LARGEST_MANIFEST_BYTES, load
from albums.manifest import (
    CREDITS,
    MANIFEST,
    MASTERS,
    MOST_BANDS,
    MOST_TRACKS,
    OPERATORS_KEYS,
    SIGNATURE,
    Album,
    Credits,
    EqBand,
    Intent,
    Pregap,
    Release,
    Track,
)
from albums.value_types import LONGEST_TEXT, Approval, FileName, Frozen, Gap, Name, Names, Packing, Side, Text

__all__ = [
    "CREDITS",
    "LARGEST_MANIFEST_BYTES",
    "LONGEST_TEXT",
    "MANIFEST",
    "MASTERS",
    "MOST_BANDS",
    "MOST_TRACKS",
    "OPERATORS_KEYS",
    "SIGNATURE",
    "Album",
    "Approval",
    "Credits",
    "Ddex",
    "EqBand",
    "FileName",
    "Frozen",
    "Gap",
    "Intent",
    "Name",
    "Names",
    "Packing",
    "Pregap",
    "Release",
    "Side",
    "Text",
    "Track",
    "load",
]
