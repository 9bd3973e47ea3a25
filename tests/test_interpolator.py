"""The waveform; and that the kernels stay themselves when they come from a cache that several processes wrote."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pipeline.interpolator import FILTERS, _double_1, _double_2, _double_3, _double_4, envelope, half_band_taps

PROGRAM = """
import sys
import numpy as np
from numba import njit
from pipeline.bounds import BLOCK, outline
from pipeline.interpolator import envelope, peaks
for _ in range(int(sys.argv[1])):  # other work first, so that the compiler numbers its functions otherwise
    njit(lambda x: x)(1)
sound = (np.random.default_rng(1).standard_normal((2, BLOCK * 6)) * 0.3).astype(np.float32)
edges = np.array([BLOCK, 3 * BLOCK, 5 * BLOCK])
highest = {
    "envelope": lambda: envelope(sound[0], 3, 0.0).max(),
    "peaks": lambda: peaks(sound, outline(sound), edges, np.zeros(2, np.float32))[0].max(),
}
print(*(float(highest[name]()) for name in sys.argv[2:]))
"""


def test_kernels_cached_by_different_processes_agree(tmp_path):
    """Two stages of one name once met here: a peak of 1.02 was read as 0.93."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def run(*words):
        command = [sys.executable, "-c", PROGRAM, *map(str, words)]
        return [float(peak) for peak in subprocess.check_output(command, env=environment, text=True).split()]

    # After eleven others, stages of the envelope's kernel bear the numbers that other stages bear in that of the peaks.
    alone = [*run(0, "peaks"), *run(11, "envelope")]
    assert run(0, "peaks", "envelope") == alone
    assert run(0, "envelope", "peaks") == alone[::-1]


def test_each_stage_has_a_name_of_its_own():
    """On which the above depends wherever the compiler's numbers happen to meet."""
    names = {kernel.__qualname__ for kernel in (_double_1, _double_2, _double_3, _double_4)}
    assert len(names) == len(FILTERS)


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_the_envelope_is_the_waveform(stages):
    """Of a tone at 0.45 of the sample rate, on the finest grid, point by point."""
    frames = np.arange(2000)
    points = np.arange(2000 << stages) / (1 << stages)
    waveform = np.sin(2 * np.pi * 0.45 * points + 0.2)
    expected = np.abs(waveform).reshape(-1, 1 << stages)
    samples = np.sin(2 * np.pi * 0.45 * frames + 0.2).astype(np.float32)
    found = envelope(samples, stages, 0.0)
    np.testing.assert_allclose(found[100:-100], expected.max(axis=1)[100:-100], atol=2e-4)


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_the_envelope_tells_all_above_its_floor(stages):
    samples = np.random.default_rng(stages).standard_normal(5000).astype(np.float32)
    samples[1000:4000] *= 0.1
    whole = envelope(samples, stages, 0.0)
    for floor in (0.2, 0.5, 1.0, 3.0):
        found = envelope(samples, stages, floor)
        np.testing.assert_array_equal(found[whole > floor], whole[whole > floor])
        assert np.isin(found[whole <= floor], [0.0, *whole]).all()


@pytest.mark.parametrize(("length", "beta"), FILTERS)
def test_half_band_filters_leave_a_constant_as_it_is(length, beta):
    assert 2 * half_band_taps(length, beta).sum() == pytest.approx(1.0, abs=1e-4)
