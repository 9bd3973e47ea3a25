"""Prefect's server for this process alone, where the user's settings name none.

Prefect would start it itself, but late: when all is imported and the flow begins, and not before it has imported the
whole server into this process too. Here it starts while the rest is still being imported, and costs no memory here.
What runs in it is `serving`.
"""

import atexit
import os
import re
import subprocess
import tempfile
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cached_property
from threading import Lock

from prefect.settings import get_current_settings

from albums.faults import Fault, refuse
from pipeline.flows.server.direct import Direct
from pipeline.flows.server.prefect_database import Database, home_faults
from pipeline.flows.server.serving import HERE
from pipeline.flows.server.serving import __name__ as served
from pipeline.system.processes.children import begin_python, program_of
from pipeline.system.progress import ServerLostError

PATIENCE_S = 5.0  # with a server that is asked to end
SOON_S = 1.0  # with one that seems to have ended
ERROR = re.compile(r"[\w.]+(Error|Exception|Warning): ")  # as Python prints what was raised
# As Prefect has it for a server of one run: without its pages and without the services that a schedule needs.
EPHEMERAL = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}

_direct = Direct(HERE)


class Server:
    """A server in a process of its own, ended with this one at the latest."""

    def __init__(self) -> None:
        """Start it; it takes some seconds to answer. Raises Refusal where it would find no place for its database."""
        refuse(home_faults())
        settings = get_current_settings()
        self._patience_s = settings.server.ephemeral.startup_timeout_seconds
        self._database = Database()
        self._database.hold(self._patience_s)
        environment = os.environ | EPHEMERAL | settings.to_environment_variables(exclude_unset=True)
        self._log = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - the process's own for as long as it runs
        self._process = begin_python(program_of(served), environment, stderr=self._log)
        _direct.begin()
        atexit.register(self.end)

    @cached_property
    def url(self) -> str:
        """Where it answers, or will; raises Refusal where it ended before it said so."""
        said = self._process.stdout.readline() if self._process.stdout else b""
        if not said.strip().isdigit():
            raise self.refusal("")
        return f"http://{HERE}:{int(said)}/api"

    def answer(self) -> None:
        """Wait for it to answer; raises Refusal if it ends or takes too long."""
        import httpx  # Prefect's way, a third of a second that nothing waits for by then

        try:
            httpx.get(f"{self.url}/health", timeout=self._patience_s, trust_env=False).raise_for_status()
        except httpx.HTTPError as error:
            raise self.refusal(error) from None
        finally:
            self._database.let_go()

    def lost(self) -> str:
        """Why it counts as lost, or nothing while it is there."""
        code = self._process.poll()
        return "" if code is None else self._logged() or f"its process has ended, with code {code}"

    def refusal(self, why: BaseException | str) -> ServerLostError:
        """That it cannot be reached, told to the person who runs this."""
        with suppress(subprocess.TimeoutExpired):  # a connection may be gone a little before its process is
            self._process.wait(SOON_S)
        found = self.lost() or self._logged() or str(why)
        words = f"Prefect's embedded server cannot be reached ({found}); what was finished is kept: run again"
        return ServerLostError([Fault("Prefect", words + self._database.suspicion(found))])

    def _logged(self) -> str:
        """The last error that it wrote of; nothing where it wrote of none."""
        with suppress(ValueError):  # the log of one that was ended is closed
            self._log.seek(0)
            lines = self._log.read().decode(errors="replace").splitlines()
            return next((line.strip() for line in reversed(lines) if ERROR.match(line)), "")
        return ""

    def end(self) -> None:
        """Let it finish what it writes, and end it."""
        atexit.unregister(self.end)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()  # the end of its standard input is what it ends at
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        self._database.let_go()
        _direct.end()


def own_server() -> Server | None:
    """A server for this process, starting; None where the user's settings name one."""
    return None if get_current_settings().api.url else Server()


class _SharedServer:
    """A server for the runs of this process that bring none: there from the first of them to the last."""

    def __init__(self) -> None:
        self._lock, self._runs = Lock(), 0
        self._server: Server | None = None

    def __enter__(self) -> Server | None:
        with self._lock:
            if not self._runs:
                self._server = own_server()
            self._runs += 1
            return self._server

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._runs -= 1
            if not self._runs and self._server:
                self._server.end()
                self._server = None


_shared = _SharedServer()


def server_if_none(server: Server | None) -> AbstractContextManager[Server | None]:
    """The `server` of the caller, who ends it; or one that is shared for as long as a run needs it.

    None where the settings name a server.
    """
    return nullcontext(server) if server or get_current_settings().api.url else _shared
