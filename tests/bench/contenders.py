"""What masters an album in the bench: Glassmaster, four outputs in one run, and what people use today, one output."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.cost import Cost, cost_of
from tests.bench.measure import has

OURS = "Glassmaster"


@dataclass(frozen=True)
class Contender:
    """A name, the command that masters an album folder into another folder, and how many outputs that makes."""

    name: str
    command: Callable[[Path, Path], Sequence[str]]
    outputs: int = 1

    def run(self, album: Path, out: Path) -> Cost:
        """Master `album` anew: no earlier output, no remembered results, nothing left to write to disk.

        What stays is Prefect's database, which a user's first run makes.
        """
        home = out.with_name("home")
        for folder in (out, home / "storage"):
            shutil.rmtree(folder, ignore_errors=True)
        for folder in (out, home):
            folder.mkdir(exist_ok=True)
        for mix in _mixes(album):
            _into_page_cache(mix)
        os.sync()
        return cost_of(self.command(album, out), os.environ | {"PREFECT_HOME": str(home)}, home / "log")


def glassmaster(outputs: int) -> Contender:
    command = [sys.executable, "-m", "pipeline", "master"]
    return Contender(OURS, lambda album, out: [*command, str(album), "--out", str(out)], outputs)


def peers(python: str) -> Iterator[Contender]:
    """The peers that can be run here; what is absent is said to be. `python` is the one that has matchering."""
    if shutil.which("ffmpeg"):
        yield _peer("ffmpeg", python)
    else:
        print("absent: ffmpeg")
    if has(python, "matchering"):
        yield _peer("matchering", python)
    else:
        print(f"absent: matchering (pip install matchering, or --peers with a Python that has it; {python} has not)")


def _peer(name: str, python: str) -> Contender:
    command = [sys.executable, "-m", "tests.bench.chains", name, python]
    return Contender(name, lambda album, out: [*command, str(out), *map(str, _mixes(album))])


def _mixes(album: Path) -> list[Path]:
    return sorted(album.glob("mixes/*"))


def _into_page_cache(path: Path) -> None:
    """Read a file once, so that no clock waits for the disk."""
    with path.open("rb") as file:
        while file.read(2**20):
            pass
