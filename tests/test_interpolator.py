"""That the compiled kernels stay themselves when they come from a cache that several processes wrote."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import numpy as np
from numba import njit
from pipeline.interpolator import envelope, highest
for _ in range(int(sys.argv[1])):  # other work first, so that the compiler numbers its functions otherwise
    njit(lambda x: x)(1)
sound = (np.random.default_rng(1).standard_normal(128 * 6) * 0.3).astype(np.float32)
sound[:128] = sound[-128:] = 0.0
peaks = {"envelope": lambda: float(envelope(sound, 3, 0.0).max()), "highest": lambda: highest(sound, 3, 0.0)[0]}
print(*(peaks[name]() for name in sys.argv[2:]))
"""


@pytest.mark.parametrize(("first", "second"), [(2, 0), (0, 2)])
def test_kernels_cached_by_different_processes_agree(tmp_path, first, second):
    """Two stages of one name once met here: a peak of 1.02 was read as 0.93."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def run(*words):
        command = [sys.executable, "-c", PROGRAM, *map(str, words)]
        return [float(peak) for peak in subprocess.check_output(command, env=environment, text=True).split()]

    alone = [*run(first, "highest"), *run(second, "envelope")]
    together = [*run(0, "highest", "envelope"), *run(0, "envelope", "highest")]
    assert len({*alone, *together}) == 1
