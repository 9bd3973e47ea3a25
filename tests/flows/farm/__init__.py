"""The farm against a real server; under `GLASSMASTER_FARM=all`, as `make farm` has it, processes are killed as well.

That takes PostgreSQL: with SQLite, Prefect 3.8 lost automations' events while its database was locked.
"""

import os

import pytest

ALL = os.environ.get("GLASSMASTER_FARM") == "all"
LONG = pytest.mark.skipif(not ALL, reason="minutes of waiting: GLASSMASTER_FARM=all runs it")
