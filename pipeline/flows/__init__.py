"""The same steps as Prefect tasks; importing this room sets Prefect up as this program wants it.

It is set up by environment variables, since Prefect reads them when it is imported, and its server's process has them
from here; what the user has set stays.
"""

import logging
import os
import warnings
from pathlib import Path

from albums.faults import Fault, Refusal
from pipeline.system.writable_folders import can_be_made

# Unreleased music is a secret: Prefect's own analytics stay off unless the user has said otherwise.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# Faults are told by the command line, once.
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_LOGGING_INTERNAL_LEVEL", "CRITICAL")
# Two of its services have loggers of their own names, of which Prefect's settings know nothing.
if os.environ["PREFECT_LOGGING_LEVEL"] == "CRITICAL":
    for _service in ("APILogWorker", "EventsWorker"):
        logging.getLogger(_service).setLevel(logging.CRITICAL)
# The server may start slowly on a busy machine.
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
# What takes up runs that died counts on it, also for those that a server of deployments begins: Prefect's own is 180.
os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")
# Prefect looks into its home when it is imported, and where it cannot, it writes of that to standard error.
if (_home := os.environ.get("PREFECT_HOME")) and not can_be_made(Path(_home).expanduser()):
    raise Refusal([Fault(_home, "is where Prefect would keep its results, and cannot be written to; set PREFECT_HOME")])
# The user's own word on where results lie, in Prefect's terms; who has set it in these is not contradicted.
if _cache := os.environ.get("GLASSMASTER_CACHE"):
    _folder = Path(_cache).expanduser().absolute()
    if not can_be_made(_folder):
        raise Refusal(
            [Fault(_cache, "is where results would be remembered, and cannot be written to; set GLASSMASTER_CACHE")]
        )
    if not any(os.environ.get(f"PREFECT_{name}") for name in ("LOCAL_STORAGE_PATH", "RESULTS_LOCAL_STORAGE_PATH")):
        os.environ["PREFECT_LOCAL_STORAGE_PATH"] = str(_folder)
warnings.filterwarnings("ignore", "Failed to create the Prefect home directory")
