"""A PostgreSQL of the tests' own, in a folder of its own: never the system's."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = "postgres"  # whom its programs run as where the tests are root's, which they refuse
PLACES = ("/usr/lib/postgresql/*/bin/initdb", "/usr/local/pgsql/bin/initdb")


def programs() -> Path | None:
    """The folder of its programs, the newest of several; None where it is not installed."""
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    found = [path for place in PLACES for path in Path("/").glob(place.lstrip("/"))]
    return max(found, key=lambda path: int("".join(filter(str.isdigit, str(path))) or 0)).parent if found else None


@contextmanager
def postgres(where: Path) -> Iterator[str]:
    """A cluster by the programs in `where`, empty and answering; its database as a URL of SQLAlchemy's."""
    user = NOBODY if os.geteuid() == 0 else None
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="glassmaster-postgres-"))
    if user:
        shutil.chown(folder, user)

    def run(program: str, *words: str) -> None:
        log = (folder / f"{program}.log").open("ab")
        with log:
            command = [str(where / program), "-D", str(folder / "data"), *words]
            subprocess.run(command, check=True, cwd=folder, user=user, stdout=log, stderr=log)

    try:
        run("initdb", "-A", "trust", "-U", "prefect")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "-w", "-l", str(folder / "server.log"), "-o", options, "start")
        yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder)
