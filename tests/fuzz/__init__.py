"""Inputs from outside, mutated: what is made of each is a value or a refusal, never anything else.

Every target tries EXAMPLES inputs: 500 in the suite, or as many as the environment variable GLASSMASTER_FUZZ says.
"""

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("GLASSMASTER_FUZZ", "500"))
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
