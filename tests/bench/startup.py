"""How long a run takes until the first mix is being measured, Prefect's server being there already.

`python -m tests.bench.startup TIMES.json ALBUM OUT` masters an album by the command line's own way, with a watcher in
the place of its progress bars, and writes down when what began: seconds of the clock that all processes share.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

# Nothing of weight is imported here: the clock runs.

ROOT = Path(__file__).resolve().parents[2]
LOCAL = "127.0.0.1"
PATIENCE_S = 180.0
SILENT = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}


@dataclass(frozen=True)
class StartUp:
    """Seconds from the start of the process until Prefect is asked, the flow begins, and the first mix is measured."""

    imported_s: float
    flow_s: float
    measuring_s: float


@dataclass
class Notes:
    """A watcher that notes when each piece of work began and ended, for the first time."""

    begun_s: dict[str, float] = field(default_factory=dict)
    ended_s: dict[str, float] = field(default_factory=dict)

    def begin(self, work: str, sound_s: float) -> None:  # noqa: ARG002 - a watcher's form
        self.begun_s.setdefault(work, time.monotonic())

    def advance(self, work: str, sound_s: float) -> None:
        """How far it is does not matter."""

    def end(self, work: str) -> None:
        self.ended_s.setdefault(work, time.monotonic())


def start_up(album: Path, scratch: Path, server: str | None) -> StartUp:
    """One run over `album` that remembers nothing; without `server`, Prefect starts its embedded one."""
    with tempfile.TemporaryDirectory(dir=scratch) as name:
        folder = Path(name)
        environment = os.environ | {"PREFECT_HOME": str(folder)} | ({"PREFECT_API_URL": server} if server else {})
        times, log = folder / "times.json", folder / "log"
        command = [sys.executable, "-m", "tests.bench.startup", str(times), str(album), str(folder / "out")]
        with log.open("wb") as output:
            start_s = time.monotonic()
            process = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        if process.returncode:
            sys.exit(f"the run that start-up is timed of failed:\n{log.read_text()}")
        return StartUp(*(at_s - start_s for at_s in json.loads(times.read_text())))


@contextmanager
def prefect_server(home: Path) -> Iterator[str]:
    """A Prefect server of our own for as long as the block lasts; its address."""
    with socket.socket() as free:
        free.bind((LOCAL, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", LOCAL, "--port", str(port)]
    environment = os.environ | SILENT | {"PREFECT_HOME": str(home)}
    url = f"http://{LOCAL}:{port}/api"
    with (home.parent / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=ROOT)
    try:
        _wait_for(f"{url}/health", process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    late_s = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < late_s:
        with suppress(OSError), urlopen(url) as answer:  # noqa: S310 - our own, on this machine
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the Prefect server does not answer at {url}")


def main() -> None:
    times, album, out = sys.argv[1:]
    from pipeline.cli import app, options

    notes = Notes()

    @contextmanager
    def watched(_: object) -> Iterator[Notes]:
        yield notes

    vars(options)["progress"] = watched
    if code := app.run(["master", album, "--out", out]):
        sys.exit(code)
    from pipeline.flows.master import PREFECT  # by now it is imported: not by the bench

    first_s = min(at_s for work, at_s in notes.begun_s.items() if work != PREFECT)
    Path(times).write_text(json.dumps([notes.begun_s[PREFECT], notes.ended_s[PREFECT], first_s]))


if __name__ == "__main__":
    main()
