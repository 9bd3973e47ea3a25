"""Composes the example albums: `python -m albums.examples.compose [ALBUM ...]` plays each score into mixes and a cover.

What it promises: the same bytes on every run; nothing half done (a file is written aside and renamed); nothing done
twice (a stamp beside the mixes names the score and the composer they come from), so a second run is over at once.
"""

import argparse
import hashlib
import os
import sys
import tomllib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from albums.examples import score

HERE = Path(__file__).parent
ALBUMS = HERE.parent
COMPOSER = ("compose", "cover", "desk", "instruments", "performance", "score", "voice")  # the composer's modules
MOST_PROCESSES = 4  # a piece takes about half a gigabyte while it is played


def compose(folder: Path) -> list[Path]:
    """Play the score of one album folder into `mixes/` and `cover.png`; the files, in the album's order.

    What is already there from the same score and the same composer is left alone. Raises FileNotFoundError
    if the folder has no `score.toml`.
    """
    pieces = score.read(folder / "score.toml")
    for write in _missing(folder, pieces):
        write()
    return _files(folder, pieces)


def _files(folder: Path, pieces: Sequence[score.Piece]) -> list[Path]:
    return [*(path for piece in pieces for path in _mixes(folder, piece)), folder / "cover.png"]


def _mixes(folder: Path, piece: score.Piece) -> list[Path]:
    """The mixes one piece is cut into."""
    return [folder / "mixes" / f"{name}.wav" for name in piece.files]


def _missing(folder: Path, pieces: Sequence[score.Piece]) -> list[Callable[[], None]]:
    """Remove what is outdated; what is left to be written until the album is whole."""
    _discard_outdated(folder, pieces)
    missing = [piece for piece in pieces if not all(path.exists() for path in _mixes(folder, piece))]
    cover = [] if (folder / "cover.png").exists() else [partial(_draw, folder)]
    return [*(partial(_play, folder, piece) for piece in missing), *cover]


def _discard_outdated(folder: Path, pieces: Sequence[score.Piece]) -> None:
    """Remove what comes from another score or composer, and stamp the folder before anything new is written."""
    sources = [folder / "score.toml", *(HERE / f"{name}.py" for name in COMPOSER)]
    key = hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in sources)).hexdigest()
    stamp = folder / "mixes" / ".composed"
    if stamp.exists() and stamp.read_text(encoding="ascii") == key:
        return
    stamp.parent.mkdir(exist_ok=True)
    for path in _files(folder, pieces):
        path.unlink(missing_ok=True)
    stamp.write_text(key, encoding="ascii")


def _play(folder: Path, piece: score.Piece) -> None:
    from albums.examples.performance import write_mixes  # imported only here: with SciPy it takes seconds

    write_mixes(piece, _mixes(folder, piece))


def _draw(folder: Path) -> None:
    from albums.examples.cover import write_cover  # imported only here, as above

    write_cover(tomllib.loads((folder / "score.toml").read_text(encoding="utf-8"))["cover"], folder / "cover.png")


def main() -> None:
    """Compose the albums named on the command line, or all."""
    known = sorted(path.parent.name for path in ALBUMS.glob("*/score.toml"))
    parser = argparse.ArgumentParser(
        prog="python -m albums.examples.compose", description="Compose the example albums."
    )
    parser.add_argument("album", nargs="*", help=f"one of: {', '.join(known)} (default: all)")
    wanted = parser.parse_args().album or known
    if unknown := sorted(set(wanted) - set(known)):
        parser.error(f"no such album: {', '.join(unknown)}; there are {', '.join(known)}")
    scores = {ALBUMS / name: score.read(ALBUMS / name / "score.toml") for name in wanted}
    if missing := [write for folder, pieces in scores.items() for write in _missing(folder, pieces)]:
        processes = min(len(missing), MOST_PROCESSES, os.cpu_count() or 1)
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            for written in [pool.submit(write) for write in missing]:
                written.result()
    sys.stdout.writelines(f"{path}\n" for folder, pieces in scores.items() for path in _files(folder, pieces))


if __name__ == "__main__":
    main()
