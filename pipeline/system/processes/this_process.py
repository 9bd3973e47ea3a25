"""This process as the names and the contents of files have it, so that others know whose they are."""

import os
import re
import socket
from pathlib import Path

ASIDE = re.compile(r"\.(?P<name>.+)\.(?P<host>[A-Za-z0-9_-]+)\.(?P<pid>[0-9]+)\.part")
"""The name of what is made aside: for which name, and by which process of which machine."""
LONGEST_HOST = 32


def host() -> str:
    """The name of this machine, as a part of a file's name."""
    return re.sub("[^A-Za-z0-9_-]", "-", socket.gethostname())[:LONGEST_HOST] or "localhost"


def called() -> str:
    """This process and its machine, as people read it."""
    return f"process {os.getpid()} on {host()}"


def aside_name(name: str) -> str:
    """Under which name this process makes aside what is to be called `name`.

    No other process has the same, so that one that was thought dead and wakes writes into nothing of its successor.
    """
    return f".{name}.{host()}.{os.getpid()}.part"


def name_made_aside(path: Path) -> str:
    """What was to be called `path` once it was finished, whichever process was at it; nothing if it is no such path."""
    found = ASIDE.fullmatch(path.name)
    return found["name"] if found else ""


def has_ended(path: Path) -> bool:
    """Whether what is made aside at `path` is of a process of this machine that is there no longer."""
    found = ASIDE.fullmatch(path.name)
    if not found or found["host"] != host():
        return False
    try:
        os.kill(int(found["pid"]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # it is another user's, or its number is none
        return False
    return False
