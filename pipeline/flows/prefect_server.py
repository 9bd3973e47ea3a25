"""Prefect's server for this process alone, where the user's settings name none.

Prefect would start it itself, but late: when all is imported and the flow begins, and not before it has imported the
whole server into this process too. Here it starts while the rest is still being imported, and costs no memory here.
Its socket is opened on this side: no port is guessed, and a request that comes too early is answered as soon as the
server is up. However this process ends, killed or crashed, the server finds the other end of its standard input closed,
and ends.
"""

import atexit
import gc
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from threading import Lock, Thread

from prefect.settings import get_current_settings

from albums.faults import Fault, Refusal

HERE = "127.0.0.1"
PATIENCE_S = 5.0  # with a server that ends, or is asked to
ERROR = re.compile(r"[\w.]+(Error|Exception|Warning): ")  # as Python prints what was raised
# This very module, wherever it was imported from; what lies in the working directory is not.
PROGRAM = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); from {__name__} import main; main()"
IMPORTED = 100_000  # objects before garbage is looked for: what is imported stays, and looking costs a second
APPLICATION = "prefect.server.api.server:create_app"
# As Prefect has it for a server of one run: without its pages and without the services that a schedule needs.
EPHEMERAL = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}


class Server:
    """A server in a process of its own, ended with this one at the latest."""

    def __init__(self) -> None:
        """Start it; it takes some seconds to answer."""
        settings = get_current_settings()
        prefect_home()  # without it the server would find no place for its database
        self._patience_s = settings.server.ephemeral.startup_timeout_seconds
        environment = os.environ | EPHEMERAL | settings.to_environment_variables(exclude_unset=True)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - the process's own for as long as it runs
        with socket.create_server((HERE, 0)) as door:
            self.url = f"http://{HERE}:{door.getsockname()[1]}/api"
            # In a session of its own, Ctrl-C in a terminal does not end it before Prefect has taken note of the end.
            self._process = subprocess.Popen(  # noqa: S603 - Python, and this very module
                [sys.executable, "-P", "-c", PROGRAM, str(door.fileno())],
                env=environment,
                pass_fds=[door.fileno()],
                start_new_session=True,
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=self._log,
            )
        atexit.register(self.end)

    def answer(self) -> None:
        """Wait for it to answer; raises Refusal if it ends or takes too long."""
        import httpx  # Prefect's way, a third of a second that nothing waits for by then

        try:
            httpx.get(f"{self.url}/health", timeout=self._patience_s, trust_env=False).raise_for_status()
        except httpx.HTTPError as error:
            raise unreachable(self.url, self._last_words() or error, is_own=True) from None

    def _last_words(self) -> str:
        """The last error that it wrote of before it ended; none where it runs on."""
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            return ""
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").splitlines()
        return next((line.strip() for line in reversed(lines) if ERROR.match(line)), "")

    def end(self) -> None:
        """Let it finish what it writes, and end it."""
        atexit.unregister(self.end)
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        if self._process.stdin:
            self._process.stdin.close()


def prefect_home() -> Path:
    """Where Prefect keeps its results and its database, made if need be and if that is possible."""
    home = get_current_settings().home
    with suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
    return home


def own_server() -> Server | None:
    """A server for this process, starting; None where the user's settings name one."""
    return None if get_current_settings().api.url else Server()


class _SharedServer:
    """A server for the runs of this process that bring none: there from the first of them to the last.

    Two that start at once on a new database would both lay out its tables, and one would fail.
    """

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


def unreachable(url: str, error: BaseException | str, *, is_own: bool) -> Refusal:
    """Prefect's own trouble, before a flow began or when its server was lost, told to the person who runs it."""
    server = "Prefect's embedded server" if is_own else f"the server at {url}, as PREFECT_API_URL has it,"
    words = f"{server} cannot be reached ({error}); what was finished is kept: see to the server and run again"
    return Refusal([Fault("Prefect", words)])


def main() -> None:
    """Serve on the socket whose number is given, until standard input ends."""
    gc.set_threshold(IMPORTED)
    import uvicorn  # here, in the server's process, alone

    Thread(target=_end_with_the_other_side, daemon=True).start()
    uvicorn.run(APPLICATION, factory=True, fd=int(sys.argv[1]), log_level="error")


def _end_with_the_other_side() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
