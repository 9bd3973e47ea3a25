"""An inbox of short albums, good ones and ones that are broken in different ways, and the command that works it off."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.deliverables.journal import JOURNAL
from tests.support.music import AlbumFolder, music
from tests.support.sessions import contents

SECONDS = 4.2


def good(folder: Path, seed: int = 1, tracks: int = 2) -> Path:
    """An album that can be mastered."""
    songs = AlbumFolder(folder)
    songs.manifest["album"]["title"] = f"Album {seed}"
    for number in range(tracks):
        songs.add(music(SECONDS, seed=100 * seed + number))
    return songs.folder


def without_a_mix(folder: Path) -> None:
    """The manifest names a file that is not there."""
    (good(folder) / "mixes" / "02.wav").unlink()


def with_a_garbled_manifest(folder: Path) -> None:
    """The manifest breaks off."""
    manifest = good(folder) / "album.toml"
    manifest.write_text(manifest.read_text()[:100] + '\ntitle = "')


def with_a_truncated_mix(folder: Path) -> None:
    """An upload broke off."""
    mix = good(folder) / "mixes" / "01.wav"
    mix.write_bytes(mix.read_bytes()[:-50_000])


def with_no_numbers(folder: Path) -> None:
    """A mix holds NaN."""
    songs = AlbumFolder(folder)
    sound = music(SECONDS)
    sound[1000:1010] = np.nan
    songs.add(sound, subtype="FLOAT")


def for_an_unknown_profile(folder: Path) -> None:
    """The manifest asks for what nobody knows."""
    songs = AlbumFolder(folder)
    songs.manifest["deliverables"] = ["eight-track"]
    songs.add(music(SECONDS))


def with_a_mix_of_others(folder: Path) -> None:
    """The manifest reaches into another folder."""
    songs = AlbumFolder(folder)
    songs.add(music(SECONDS))
    songs.manifest["tracks"][0]["mix"] = "../album-01/mixes/01.wav"
    songs.write()


BROKEN: dict[str, tuple[Callable[[Path], None], str]] = {
    "without-a-mix": (without_a_mix, "'mixes/02.wav' does not exist"),
    "garbled": (with_a_garbled_manifest, "is not valid TOML"),
    "truncated": (with_a_truncated_mix, "01.wav"),
    "no-numbers": (with_no_numbers, "NaN"),
    "unknown-profile": (for_an_unknown_profile, "eight-track"),
    "reaches-out": (with_a_mix_of_others, "../album-01/mixes/01.wav"),
}
"""How albums are broken, and a part of what is to be said of each."""


@dataclass(frozen=True)
class Label:
    """An inbox, a home for Prefect, and the command that works the one off with the other."""

    folder: Path
    home: str = "prefect"

    @property
    def inbox(self) -> Path:
        """Where albums lie."""
        return self.folder / "inbox"

    @property
    def environment(self) -> dict[str, str]:
        """What commands find."""
        return {**os.environ, "PREFECT_HOME": str(self.folder / self.home), "NO_COLOR": "1"}

    def start(self, out: Path, *words: str, command: str = "batch") -> "subprocess.Popen[str]":
        """The command, begun."""
        line = [sys.executable, "-m", "pipeline", command, str(self.inbox), "--out", str(out), *words]
        return subprocess.Popen(
            line,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, out: Path, *words: str) -> tuple[int, dict[str, Any], str]:
        """The batch from begin to end: its exit code, its document, and what it said."""
        process = self.start(out, "--json", *words)
        document, said = process.communicate(timeout=600)
        assert "Traceback" not in said, said
        return process.returncode, json.loads(document) if document else {}, said


def an_inbox(folder: Path, count: int, *, broken: bool = False) -> Label:
    """A label with `count` good albums, and with one of each broken kind, if asked for."""
    label = Label(folder)
    for number in range(1, count + 1):
        good(label.inbox / f"album-{number:02}", number)
    if broken:
        for name, (make, _) in BROKEN.items():
            make(label.inbox / name)
    return label


def delivered(out: Path) -> dict[str, dict[str, bytes]]:
    """Every file of every album below `out` that has some, but journals."""
    found = {path.name: contents(path) for path in sorted(out.iterdir()) if path.is_dir()}
    return {name: files for name, files in found.items() if files}


def journal_lines(out: Path) -> dict[str, int]:
    """How many deliveries each album below `out` has entered."""
    return {path.parent.name: len(path.read_text().splitlines()) for path in sorted(out.glob(f"*/{JOURNAL}"))}


def a_copy(label: Label, folder: Path) -> Label:
    """The same inbox elsewhere, with a home of its own."""
    shutil.copytree(label.inbox, folder / "inbox")
    return Label(folder)
