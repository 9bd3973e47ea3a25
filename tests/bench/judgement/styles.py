"""The albums of the corpus as data: `styles.toml` says which sounds stand in each, and how quiet the quiet ones are."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("styles.toml")
LONGEST_S = 150.0  # of a track: with more, a run takes longer and tells no more
MOST_TRACKS = 8
RECORDINGS = "recordings"
SAID = ("piano", "thunder")  # kinds that a title says: the same name may be played by a band, or says nothing


@dataclass(frozen=True)
class Sketch:
    """One track: the sound it is made of, and where it is to stand in its album."""

    sound: str
    longest_s: float = LONGEST_S
    under_lu: float | None = None
    """How far its loud passages are put under the median of the album's other tracks'; None: it stays as it is."""
    interlude: bool = False
    bed: str = ""
    bed_lu: float = 0.0

    @property
    def title(self) -> str:
        kind, name = self.sound.split(":", 1)
        stem = Path(name.replace(":", " ")).stem
        return f"{kind} {stem}" if kind in SAID else stem


@dataclass(frozen=True)
class Style:
    """An album of the corpus."""

    name: str
    tracks: tuple[Sketch, ...]


def styles() -> list[Style]:
    """Those of the table, in its order."""
    found = tomllib.loads(TABLE.read_text("utf-8"))["style"]
    return [Style(each["name"], tuple(Sketch(**track) for track in each["tracks"])) for each in found]


def texts() -> dict[str, str]:
    """What is spoken, by its name."""
    return dict(tomllib.loads(TABLE.read_text("utf-8"))["texts"])


def of_recordings(files: Iterable[Path]) -> Style:
    """An album of recordings as they are, those that come first."""
    return Style(RECORDINGS, tuple(Sketch(f"music:{file.stem}") for file in files)[:MOST_TRACKS])
