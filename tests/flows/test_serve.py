"""A label's night shift through its days: schedules, a watched inbox, restarts, and every album delivered once."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from pipeline.deliverables.verify import verify
from tests.support.inbox import good, journal_lines
from tests.support.prefect_server import LastingServer, lasting_server, wait_until

STILL_S = 3.0
DELIVERED_WITHIN_S = 420.0
TICKS_WITHIN_S = 240.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what was started is found again by Linux's /proc")


class Shift:
    """The command that serves, its inbox, and the server that it asks."""

    def __init__(self, folder: Path, server: LastingServer, config: str) -> None:
        self.inbox, self.out, self.server = folder / "inbox", folder / "out", server
        self.inbox.mkdir()
        self._config = folder / "serve.toml"
        self._config.write_text(f'inbox = "inbox"\nout = "out"\n{config}')
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        self._process = self.server.run("-m", "pipeline", "serve", str(self._config))

    def end(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    def is_delivered(self, name: str) -> bool:
        assert self._process
        assert self._process.poll() is None, (self.server.home / "clients.log").read_text("utf-8", "replace")
        return (self.out / name / "certificate.json").exists()

    def runs(self, flow: str, *states: str) -> list[dict[str, object]]:
        wanted = {"flows": {"name": {"any_": [flow]}}, "flow_runs": {"state": {"type": {"any_": list(states)}}}}
        try:
            answer = httpx.post(f"{self.server.url}/flow_runs/filter", json=wanted, timeout=30, trust_env=False)
        except httpx.HTTPError:  # it is being restarted
            return []
        return answer.json() if answer.is_success else []

    def ticks(self) -> int:
        """How many batches that a schedule asked for have ended."""
        return sum(bool(run["auto_scheduled"]) for run in self.runs("batch", "COMPLETED"))


def copied_slowly(album: Path, to: Path, pause_s: float) -> None:
    """A folder that arrives in pieces, the manifest first, with pauses within and between its files."""
    (to / "mixes").mkdir(parents=True)
    shutil.copy(album / "album.toml", to)
    time.sleep(pause_s)
    for mix in sorted((album / "mixes").iterdir()):
        data = mix.read_bytes()
        with (to / "mixes" / mix.name).open("wb") as file:
            file.write(data[: len(data) // 2])
            file.flush()
            time.sleep(pause_s)
            file.write(data[len(data) // 2 :])
        time.sleep(pause_s)


def test_a_night_shift_goes_through_ticks_arrivals_and_restarts(tmp_path):
    config = f'cron = "* * * * *"\nworkers = 1\n[watch]\nevery_s = 0.5\nstill_s = {STILL_S}\n'
    settings = {"PREFECT_RUNNER_POLL_FREQUENCY": "2"}
    with lasting_server(tmp_path / "home", **settings) as server:
        shift = Shift(tmp_path, server, config)
        good(shift.inbox / "album-01", 1)
        shift.begin()
        wait_until(lambda: shift.is_delivered("album-01"), DELIVERED_WITHIN_S)

        copied_slowly(good(tmp_path / "elsewhere", 2), shift.inbox / "album-02", 2 * STILL_S)
        wait_until(lambda: shift.is_delivered("album-02"), DELIVERED_WITHIN_S)

        shift.end()
        shift.begin()
        (good(shift.inbox / "album-03", 3) / "READY").touch()
        wait_until(lambda: shift.is_delivered("album-03"), DELIVERED_WITHIN_S)
        before = shift.ticks()

        server.kill()
        server.start()
        good(shift.inbox / "album-04", 4)
        wait_until(lambda: shift.is_delivered("album-04"), DELIVERED_WITHIN_S)
        wait_until(lambda: shift.ticks() >= max(2, before + 1), TICKS_WITHIN_S)
        shift.end()

        names = [f"album-{number:02}" for number in range(1, 5)]
        assert journal_lines(shift.out) == dict.fromkeys(names, 1)
        assert all(verify(shift.out / name).passed for name in names)
        failed = [(run["name"], run["state"]) for run in shift.runs("album", "FAILED", "CRASHED")]
        assert not failed
        assert not [*shift.out.glob("*/.*")]
