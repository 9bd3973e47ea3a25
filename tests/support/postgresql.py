"""A private cluster of PostgreSQL for as long as it is needed: in a folder of its own, at a port of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = "127.0.0.1"
PLACES = "/usr/lib/postgresql"  # Debian's, a folder for each version
USER = "postgres"


class Cluster:
    """A cluster that is there: `url` as SQLAlchemy has it; it can be stopped and started again."""

    def __init__(self) -> None:
        """Lay it out, where its user can reach it; nothing is started yet."""
        self._programs = programs()
        self.folder = folder = Path(tempfile.mkdtemp(prefix="glassmaster-postgresql-"))
        if os.geteuid() == 0:  # it refuses to run as root
            found = pwd.getpwnam(USER)
            os.chown(folder, found.pw_uid, found.pw_gid)
        with socket.create_server((HERE, 0)) as door:
            self._port = door.getsockname()[1]
        self.url = f"postgresql+asyncpg://{USER}@{HERE}:{self._port}/postgres"
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", USER, "--no-sync")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self._port} -k {self.folder} -c listen_addresses={HERE} -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-w", "-o", options, "start"
        )

    def stop(self, how: str = "fast") -> None:
        """Stop it: `fast`, or `immediate` as a power cut does."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", how, "stop")

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), *words]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
        ended = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr


def programs() -> Path:
    """Where the newest installed version has its programs; skips the test where there is none."""
    found = sorted(Path(PLACES).glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found or (os.geteuid() == 0 and shutil.which("setpriv") is None):
        pytest.skip("PostgreSQL is not installed")
    return found[-1]


@contextmanager
def private_cluster() -> Iterator[Cluster]:
    """A cluster that answers, for as long as the block runs."""
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        if (cluster.folder / "data" / "postmaster.pid").exists():
            cluster.stop("immediate")
        shutil.rmtree(cluster.folder, ignore_errors=True)
