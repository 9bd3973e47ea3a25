"""The installed command, killed at any moment, raced, and run over what the killed ones left.

Two kills in the suite; 200 under `GLASSMASTER_FAULTS=all`, as `make faults` has it.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.deliverables.certificate import CERTIFICATE
from pipeline.deliverables.output_folder import earlier_certificate, stands
from tests.support.music import AlbumFolder, music
from tests.support.sessions import below, contents, contents_in_place

NAMES = ("cd-wav", "streaming")
KILLS = 200 if os.environ.get("GLASSMASTER_FAULTS") == "all" else 2
MENDED_EVERY = 10  # kills, of which the last is followed by a run that is let alone


class Desk:
    """An album, a home for Prefect, and the command to master the one with the other."""

    def __init__(self, folder: Path) -> None:
        self.album = AlbumFolder(folder / "album")
        for seed in (1, 2):
            self.album.add(music(4.2, seed=seed))
        self._environment = {**os.environ, "PREFECT_HOME": str(folder / "prefect"), "NO_COLOR": "1"}

    def start(self, out: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "pipeline", "master", str(self.album.folder), "--out", str(out)]
        command += [word for name in NAMES for word in ("--profile", name)]
        return subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Path, float]:
    """The desk, the masters of a run that nobody disturbed, and how many seconds it took."""
    folder = tmp_path_factory.mktemp("kills")
    desk, begun = Desk(folder), time.monotonic()
    process = desk.start(folder / "masters")
    told, _ = process.communicate()
    assert process.returncode == 0, told
    return desk, folder / "masters", time.monotonic() - begun


def test_a_kill_at_any_moment_leaves_the_whole_or_nothing(desk: tuple[Desk, Path, float], tmp_path: Path) -> None:
    at, whole, lasts_s = desk
    wanted, chance = contents(whole), random.Random(18)  # noqa: S311 - no secret
    for number in range(1, KILLS + 1):
        out = tmp_path / "masters"
        if number % 2 and out.exists():
            shutil.rmtree(out)  # every other one begins anew, the rest over what is there
        process = at.start(out)
        time.sleep(chance.uniform(0.0, 1.1 * lasts_s))
        process.kill()
        process.communicate()
        found = contents_in_place(out)
        for name in NAMES:
            assert below(name, found) in ({}, below(name, wanted)), f"kill {number}"
        if CERTIFICATE in found:
            certificate = earlier_certificate(out)
            assert certificate is not None
            assert all(stands(out, each.files) for each in certificate.deliverables.values()), f"kill {number}"
        if number % MENDED_EVERY == 0 or number == KILLS:
            process = at.start(out)
            told, _ = process.communicate()
            assert process.returncode == 0, f"after kill {number}: {told}"
            assert contents(out) == wanted, f"after kill {number}"


def test_of_three_runs_at_once_one_delivers_and_the_others_say_why_not(
    desk: tuple[Desk, Path, float], tmp_path: Path
) -> None:
    at, whole, _ = desk
    out = tmp_path / "masters"
    runs = [at.start(out) for _ in range(3)]
    told = [run.communicate()[0] for run in runs]
    codes = [run.returncode for run in runs]
    assert 0 in codes
    assert set(codes) <= {0, 2}, told
    assert all("another run is writing there" in words for words, code in zip(told, codes, strict=True) if code), told
    assert contents(out) == contents(whole)


def test_a_run_that_is_stopped_ends_with_130_and_leaves_nothing(desk: tuple[Desk, Path, float], tmp_path: Path) -> None:
    at, _, _ = desk
    process = at.start(tmp_path / "masters")
    assert process.stdout is not None
    told = next(line for line in process.stdout if line.startswith("rendering "))
    process.send_signal(signal.SIGTERM)
    told += process.communicate()[0]
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert not list((tmp_path / "masters").glob("[!.]*"))
