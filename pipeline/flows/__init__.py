"""The same steps as Prefect tasks; importing this room sets Prefect up as this program wants it."""

import os

# Unreleased music is a secret: Prefect's own analytics stay off unless the user has said otherwise.
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
# Faults are told by the command line, once; the server may start slowly on a busy machine.
os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_LOGGING_INTERNAL_LEVEL", "CRITICAL")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
