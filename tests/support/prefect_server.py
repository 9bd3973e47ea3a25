"""A Prefect server that lasts, as a farm has one: killed, and started again at the same port on the same database.

What belongs to it, its clients and what they start, is known by its home, which stands in all their environments; with
the server, all of that is ended.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

HERE = "127.0.0.1"
PATIENCE_S = 240.0  # with anything that is waited for, on a busy machine
LOOK_S = 0.1
APPLICATION = ("-m", "uvicorn", "--factory", "prefect.server.api.server:create_app", "--log-level", "error")
# A process started by a script in the background has Ctrl-C ignored, and a worker would then never end at SIGTERM.
INTERRUPTIBLE = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
WORKER = INTERRUPTIBLE + "from prefect.cli import app; app()"


class LastingServer:
    """A server with a database of its own; `environment` is what its clients need to find it."""

    def __init__(self, home: Path, database: str = "", **settings: str) -> None:
        """Nothing runs yet. `database` is a URL of SQLAlchemy's; without one, it is a file of SQLite's in `home`."""
        with socket.create_server((HERE, 0)) as door:
            self._port = door.getsockname()[1]
        self.home, self.url = home, f"http://{HERE}:{self._port}/api"
        of_the_user = {key: value for key, value in os.environ.items() if not key.startswith("PREFECT_")}
        self.environment: Mapping[str, str] = of_the_user | {
            "DO_NOT_TRACK": "1",
            "NO_PROXY": HERE,
            "no_proxy": HERE,
            "PREFECT_API_URL": self.url,
            "PREFECT_HOME": str(home),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database or f"sqlite+aiosqlite:///{home / 'prefect.db'}",
            "PREFECT_SERVER_UI_ENABLED": "false",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def log(self) -> str:
        """What the server has written so far."""
        return (self.home / "server.log").read_text("utf-8", errors="replace")

    def start(self) -> None:
        """Start it, on what the last one left, and wait until it answers."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._process = self._popen("server", *APPLICATION, "--host", HERE, "--port", str(self._port))
        wait_until(self._answers)

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def run(self, *command: str) -> "subprocess.Popen[bytes]":
        """A Python of its client's, begun with `command`, in a process group of its own."""
        return self._popen("clients", *command)

    def worker(self, pool: str, *options: str) -> "subprocess.Popen[bytes]":
        """A worker of `pool`, which is made a pool of processes if there is none."""
        return self.run("-c", WORKER, "worker", "start", "--pool", pool, "--type", "process", *options)

    def end(self) -> None:
        """End it, and everything that was started with its home in the environment."""
        self.kill()
        while found := [process for process in processes_of(self.home) if process != os.getpid()]:
            for process in found:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            time.sleep(LOOK_S)
        for child in self._children:
            child.wait()

    def _popen(self, name: str, *command: str) -> "subprocess.Popen[bytes]":
        with (self.home / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, *command],
                cwd=self.home,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._children.append(child)
        return child

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health", timeout=5, trust_env=False).status_code == httpx.codes.OK
        return False


@contextmanager
def lasting_server(home: Path, database: str = "", **settings: str) -> Iterator[LastingServer]:
    """A server that answers, for as long as the block runs."""
    server = LastingServer(home, database, **settings)
    try:
        server.start()
        yield server
    finally:
        server.end()


def wait_until(there: Callable[[], object], patience_s: float = PATIENCE_S, look_s: float = LOOK_S) -> None:
    """Until `there` says so; fails where it has not for `patience_s`."""
    late_s = time.monotonic() + patience_s
    while not there():
        assert time.monotonic() < late_s, f"waited for {patience_s:g} s in vain"
        time.sleep(look_s)


def processes_of(home: Path) -> list[int]:
    """The processes, by number, that have `home` as Prefect's home in their environment; known on Linux alone."""
    wanted, found = f"PREFECT_HOME={home}".encode(), []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (place / "environ").read_bytes().split(b"\0"):
                found.append(int(place.name))
    return found
