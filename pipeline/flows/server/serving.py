"""The process of Prefect's server for one run: what is imported in it, and nowhere else.

It opens its socket before it imports anything of weight, and says on standard output at which port: no port is guessed,
and a request that comes too early is answered as soon as the server is up. Nothing but pipes passes between the two
processes, which every system has. It ends when its standard input does: so however the other side ends, killed or
crashed, this one ends too.
"""

import gc
import os
import socket
import sys
from threading import Event, Thread

HERE = "127.0.0.1"
IMPORTED = 100_000  # objects before garbage is looked for: what is imported stays, and looking costs a second
APPLICATION = "prefect.server.api.server:create_app"
NOT_STARTED = 3  # an exit code, as uvicorn has it


def main() -> None:
    """Serve at a free port, which is told on standard output, until standard input ends."""
    with socket.create_server((HERE, 0)) as door:
        _tell(door.getsockname()[1])
        unwanted = Event()
        Thread(target=_wait_for_the_other_side_to_end, args=(unwanted,), daemon=True).start()
        _serve(door, unwanted)


def _tell(port: int) -> None:
    """Write `port` to standard output, and leave that to the log: nobody reads it any more."""
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _wait_for_the_other_side_to_end(unwanted: Event) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    unwanted.set()


def _serve(door: socket.socket, unwanted: Event) -> None:
    gc.set_threshold(IMPORTED)
    import uvicorn  # here, in the server's process, alone

    server = uvicorn.Server(uvicorn.Config(APPLICATION, factory=True, log_level="error"))

    def end() -> None:
        unwanted.wait()
        if not server.started:
            os._exit(0)  # nothing was served: there is nothing to finish
        server.should_exit = True  # what is being written is finished first

    Thread(target=end, daemon=True).start()
    server.run(sockets=[door])
    sys.stderr.flush()
    os._exit(0 if server.started else NOT_STARTED)  # all is written; to take the interpreter apart would take seconds
