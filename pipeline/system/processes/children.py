"""Processes that this one begins."""

import subprocess
from typing import Any


def apart_from_the_terminal(platform: str) -> dict[str, Any]:
    """How to begin a process that Ctrl-C in a terminal does not end: whoever began it sees to its end."""
    if platform == "win32":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0x200)}  # known there alone
    return {"start_new_session": True}
