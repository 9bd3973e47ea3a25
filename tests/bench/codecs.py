"""What room for codecs takes: time, memory and loudness, beside what a gain cut of each whole track would lose.

`python -m tests.bench.codecs RECORDING...` makes an album of `--minutes` in `--tracks` of other stretches of the
recordings, masters it to `--target` LUFS with and without a check of `--codecs`, and prints for each track what its
codecs decode to, how much loudness room for them cost, and how much the whole track would have to come down without it.
`--whole` takes each recording as a track, as it is. Codec work is the time of the one run less that of the other.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import tomlkit

from profiles import text_of
from tests.bench import albumfolder
from tests.bench.cost import Cost, cost_of
from tests.bench.programme import resampled

CODECS = "aac-256,aac-128,mp3-320,vorbis-q5,opus-128"
CHECKED, PLAIN = "checked", "plain"
INTENT = '[intent]\nloudness = "as-profile"\n'  # wide music would be held back, where codecs push nothing over


@dataclass(frozen=True)
class Row:
    """One track: its title, the highest decoded peak before and after, passes, LU lost, and dB that a cut takes."""

    title: str
    before_dbtp: float
    after_dbtp: float
    passes: int
    lost_lu: float
    cut_db: float


def profile_text(title: str, target_lufs: float, ceiling_dbtp: float, codecs: Sequence[str]) -> str:
    """The shipped streaming profile at another loudness, with other codecs or none."""
    document = tomlkit.parse(text_of("streaming"))
    document["title"] = title
    document["level"]["target_lufs"] = target_lufs
    document["level"]["ceiling_dbtp"] = ceiling_dbtp
    document.pop("codec_check", None)
    if codecs:
        document["codec_check"] = {"codecs": list(codecs), "ceiling_dbtp": ceiling_dbtp, "source": "a bench"}
    return tomlkit.dumps(document)


def write_album(folder: Path, options: argparse.Namespace) -> None:
    """The album, with its two profiles."""
    track_s = 60.0 * options.minutes / options.tracks
    if options.whole:
        write_whole(folder, options.recordings)
    else:
        albumfolder.write(folder, options.rate, options.tracks, track_s, [PLAIN], options.recordings)
    with (folder / "album.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(INTENT)
    for name, codecs in ((PLAIN, []), (CHECKED, options.codecs.split(","))):
        text = profile_text(name, options.target, options.ceiling, codecs)
        (folder / "profiles" / f"{name}.toml").write_text(text, "utf-8")


def write_whole(folder: Path, recordings: Sequence[Path]) -> None:
    """Each recording as a track, at 44.1 kHz."""
    for room in ("mixes", "profiles"):
        (folder / room).mkdir(parents=True)
    manifest = ['[album]\ntitle = "Bench"\nartist = "Various"\n']
    for number, recording in enumerate(recordings, 1):
        sound = np.concatenate([*resampled(recording, 44100)])
        sound *= min(1.0, 0.99 / np.abs(sound).max())
        soundfile.write(folder / "mixes" / f"{number:02d}.wav", sound, 44100, "PCM_24")
        manifest.append(f'[[tracks]]\nmix = "mixes/{number:02d}.wav"\ntitle = {json.dumps(recording.stem)}\n')
    (folder / "album.toml").write_text("\n".join(manifest), "utf-8")


def mastered(folder: Path, profile: str, scratch: Path) -> tuple[Cost, dict]:  # type: ignore[type-arg]
    """What mastering took, and the certificate."""
    out = scratch / profile
    command = [sys.executable, "-m", "pipeline", "master", "-q", str(folder), "--profile", profile, "--out", str(out)]
    cost = cost_of(command, {**os.environ, "PREFECT_HOME": str(scratch / "home")}, scratch / f"{profile}.log")
    return cost, json.loads((out / "certificate.json").read_text("utf-8"))


def rows(certificate: dict, ceiling_dbtp: float) -> Iterator[Row]:  # type: ignore[type-arg]
    """A row for each track."""
    figures = certificate["deliverables"][CHECKED]["promise"]["codecs"]
    for account in certificate["tracks"]:
        own = [each for each in figures if each["track"] == account["track"]]
        before = max((each["before_dbtp"] for each in own if each["before_dbtp"] is not None), default=-99.0)
        after = max(each["after_dbtp"] for each in own)
        cut_db = max(0.0, before - ceiling_dbtp)
        yield Row(account["title"], before, after, own[0]["passes"], own[0]["lost_lu"], cut_db)


def main() -> None:
    """Print what it takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--tracks", type=int, default=10)
    parser.add_argument("--rate", type=int, default=44100)
    parser.add_argument("--target", type=float, default=-9.0)
    parser.add_argument("--ceiling", type=float, default=-1.0)
    parser.add_argument("--codecs", default=CODECS)
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        write_album(scratch / "album", options)
        plain, _ = mastered(scratch / "album", PLAIN, scratch)
        checked, certificate = mastered(scratch / "album", CHECKED, scratch)
    found = list(rows(certificate, options.ceiling))
    print(f"{options.codecs} at {options.target:g} LUFS, promise {options.ceiling:g} dBTP")
    for row in found:
        share = f"{100 * row.lost_lu / row.cut_db:.0f} %" if row.cut_db else "-"
        print(f"{row.title[:24]:24}  {row.before_dbtp:6.2f} -> {row.after_dbtp:6.2f} dBTP  {row.passes:2} passes  "
              f"{row.lost_lu:5.2f} LU lost, by a cut {row.cut_db:4.2f}: {share}")  # fmt: skip
    print(f"median {statistics.median(row.lost_lu for row in found):.2f} LU lost; passed: {certificate['passed']}")
    print(f"codec work {checked.wall_s - plain.wall_s:.0f} s ({checked.cpu_s - plain.cpu_s:.0f} s of processor); "
          f"master {checked.wall_s:.0f} s, {checked.memory_mb:.0f} MB of all processes, then "
          + ", ".join(f"{name} {memory_mb:.0f}" for name, memory_mb in checked.holders[:6]))  # fmt: skip


if __name__ == "__main__":
    main()
