"""A batch killed at any moment, its albums or itself or all; stopped for long; on a disk that fills: nothing is lost.

Two kills in the suite; twenty under `GLASSMASTER_FAULTS=all`, as `make faults` has it.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.deliverables.output_folder import earlier_certificate, stands
from pipeline.system.processes.folder_lock import LOCK
from tests.support.inbox import Label, an_inbox, delivered, journal_lines
from tests.support.processes import descendants_of
from tests.support.sessions import contents

KILLS = 20 if os.environ.get("GLASSMASTER_FAULTS") == "all" else 2
ALBUMS = 3
SMALL_MB = 3


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[Label, dict[str, dict[str, bytes]], float]:
    """A label, the masters of a batch that nobody disturbed, and how many seconds that took."""
    label, began_s = an_inbox(tmp_path_factory.mktemp("label"), ALBUMS), time.monotonic()
    code, document, said = label.run(label.folder / "out", "--workers", "2")
    assert (code, len(document["delivered"])) == (0, ALBUMS), said
    return label, delivered(label.folder / "out"), time.monotonic() - began_s


def kill(pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def nothing_half_written(out: Path, wanted: dict[str, dict[str, bytes]]) -> None:
    """What stands under its own name is whole, and what is certified stands."""
    for place in out.iterdir() if out.exists() else ():
        if place.is_dir():
            found = contents(place / "streaming") if (place / "streaming").exists() else None
            whole = {name.removeprefix("streaming/"): data for name, data in wanted[place.name].items() if "/" in name}
            assert found in (None, whole), place
            certificate = earlier_certificate(place)
            assert certificate is None or stands(place, certificate.deliverables["streaming"].files), place


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes as Linux has them")
def test_after_any_kill_a_batch_delivers_what_an_undisturbed_one_does(whole, tmp_path):
    label, wanted, lasts_s = whole
    chance = random.Random(20)  # noqa: S311 - no secret
    for number in range(KILLS):
        home = Label(label.folder, f"prefect-{number}")
        out = tmp_path / f"out-{number}"
        process = home.start(out, "--workers", "2")
        time.sleep(chance.uniform(0.2, 1.0) * lasts_s)
        below = descendants_of(process.pid)
        whom = chance.choice(("batch", "albums", "all"))
        kill({"batch": [process.pid], "albums": below, "all": [process.pid, *below]}[whom])
        process.communicate(timeout=300)
        nothing_half_written(out, wanted)
        finished = {place.parent.name for place in out.glob("*/certificate.json")}
        code, document, said = home.run(out, "--workers", "2")
        assert code == 0, f"kill {number} of {whom}: {said}"
        assert finished <= set(document["unchanged"]), f"kill {number} of {whom}: made twice"
        assert delivered(out) == wanted, f"kill {number} of {whom}"
        assert journal_lines(out) == dict.fromkeys(wanted, 1), f"kill {number} of {whom}"
        assert not [*out.glob("*/.*")], f"kill {number} of {whom}"


def test_a_run_that_was_stopped_for_long_puts_nothing_in_the_place_of_its_successor(whole, tmp_path):
    """Its lock is taken away meanwhile, as on a shared disk whose server takes the silent one for dead."""
    label, wanted, _ = whole
    out = tmp_path / "out"
    line = [sys.executable, "-m", "pipeline", "master", str(label.inbox / "album-01"), "--out", str(out)]
    environments = [Label(label.folder, f"home-{number}").environment for number in range(2)]
    stopped = subprocess.Popen(line, env=environments[0], stderr=subprocess.PIPE, text=True)
    while not [*out.glob(".*.part/streaming/*")]:
        assert stopped.poll() is None
        time.sleep(0.01)
    stopped.send_signal(signal.SIGSTOP)
    (out / LOCK).unlink()
    subprocess.run(line, env=environments[1], check=True, capture_output=True)
    after = contents(out)
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    stopped.send_signal(signal.SIGCONT)
    _, said = stopped.communicate(timeout=300)
    assert stopped.returncode == 2, said
    assert "cannot be written there" in said or "was taken by" in said
    assert contents(out) == after == wanted["album-01"]
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()} == times
    assert journal_lines(tmp_path) == {"out": 1}


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own that is soon full."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SMALL_MB}m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root alone")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="mount is not installed")
def test_a_disk_that_fills_fails_albums_and_a_larger_one_takes_them_up(whole, small_disk):
    label, wanted, _ = whole
    home = Label(label.folder, "prefect-small")
    code, document, said = home.run(small_disk / "out", "--workers", "2")
    assert code == 1, said
    reasons = [reason for each in document["failed"] for reason in each["reasons"]]
    assert reasons
    assert all("No space left on device" in reason or "full" in reason for reason in reasons), reasons
    nothing_half_written(small_disk / "out", wanted)
    subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
    code, again, said = home.run(small_disk / "out", "--retry", str(small_disk / "out" / "batch.json"))
    assert (code, sorted(again["delivered"])) == (0, sorted(each["album"] for each in document["failed"])), said
    assert delivered(small_disk / "out") == wanted
    assert json.loads((small_disk / "out" / "batch.json").read_text()) == again
