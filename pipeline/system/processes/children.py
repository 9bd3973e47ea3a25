"""Processes that this one begins."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[3]


def apart_from_the_terminal(platform: str) -> dict[str, Any]:
    """How to begin a process that Ctrl-C in a terminal does not end: whoever began it sees to its end."""
    if platform == "win32":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200)}  # known there alone
    return {"start_new_session": True}


def program_of(module: str) -> str:
    """What Python is told to call `main` in that very module, wherever this one was imported from."""
    return f"import sys; sys.path.insert(0, {str(ROOT)!r}); from {module} import main; main()"


def begin_python(
    program: str,
    environment: Mapping[str, str],
    *,
    stdin: int = subprocess.PIPE,
    stdout: int = subprocess.PIPE,
    stderr: IO[bytes] | int,
) -> "subprocess.Popen[bytes]":
    """A process apart from the terminal in which Python does `program`; raises OSError where none can be begun.

    What lies in the working directory is not imported.
    """
    return subprocess.Popen(  # noqa: S603 - Python, and a module of this program
        [sys.executable, "-P", "-c", program],
        env=dict(environment),
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        **apart_from_the_terminal(sys.platform),
    )
