"""Prefect writes nothing to standard error by itself, whichever of its services still has something to do."""

import logging
import subprocess
import sys

SERVICES = """
import inspect, logging
import pipeline.flows
import prefect.events.worker, prefect.logging.handlers
from prefect._internal.concurrency.services import QueueService

def below(kind):
    for each in kind.__subclasses__():
        yield each
        yield from below(each)

for kind in below(QueueService):
    if not inspect.isabstract(kind):
        print(kind.__name__, logging.getLogger(kind.__name__).getEffectiveLevel())
"""


def test_services_of_names_of_their_own_are_silent():
    told = subprocess.run([sys.executable, "-c", SERVICES], capture_output=True, text=True, check=True).stdout
    levels = dict(line.split() for line in told.splitlines())
    assert len(levels) > 1
    assert set(levels.values()) == {str(logging.CRITICAL)}, levels
