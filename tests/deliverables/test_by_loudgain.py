"""The gains that files state are those that loudgain finds: of each track, and of the album."""

import csv
import subprocess
from pathlib import Path

import pytest

import formats
from tests.support.music import AlbumFolder, music
from tests.support.programmes import needs
from tests.support.sessions import session

KINDS = {"streaming": ".flac", "mp3-320": ".mp3", "aac-256": ".m4a", "opus-128": ".opus", "vorbis-q5": ".ogg"}
REPLAY_GAIN_LUFS, R128_LUFS = -18.0, -23.0  # the latter in Opus files: RFC 7845, 5.2.1
MOST_APART_DB = 0.05


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory):
    """Three songs, as loud as each other by no means."""
    folder = AlbumFolder(tmp_path_factory.mktemp("gains") / "album")
    for seed in (1, 2, 3):
        folder.add(music(8.0, seed=seed, level_db=-26.0 + 4.0 * seed), gap_s=1.0)
    return session(folder.folder)


def by_loudgain(paths: list[Path]) -> list[float]:
    """The gain of each file, and last the album's, in dB."""
    command = ["loudgain", "-a", "-c", "-q", "-O", *map(str, paths)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = csv.DictReader(printed.splitlines(), delimiter="\t")
    return [float((row["Gain"] or "").removesuffix(" dB")) for row in rows]


@needs("loudgain")
@pytest.mark.parametrize(("name", "suffix"), KINDS.items())
def test_gains_are_those_of_another_meter(songs, tmp_path, name, suffix):
    plan = songs.plan(name)
    assert songs.deliver(tmp_path, plan).passed
    stated = formats.named(plan.profile.format).read(tmp_path / name).stated
    gains = by_loudgain(sorted((tmp_path / name).glob(f"*{suffix}")))
    assert len({round(gain, 1) for gain in gains}) > 1
    reference_lufs = R128_LUFS if suffix == ".opus" else REPLAY_GAIN_LUFS
    loudness_lufs = [*(each.integrated_lufs or 0.0 for each in stated), stated[0].album_lufs or 0.0]
    assert gains == pytest.approx([reference_lufs - lufs for lufs in loudness_lufs], abs=MOST_APART_DB)
