"""The farm against a real server; under `GLASSMASTER_FARM=all`, as `make farm` has it, processes are killed as well."""

import os

import pytest

LONG = pytest.mark.skipif(
    os.environ.get("GLASSMASTER_FARM") != "all", reason="minutes of waiting: GLASSMASTER_FARM=all runs it"
)
