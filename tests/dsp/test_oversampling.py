"""The envelope follows the waveform; kernels stay the same from a cache that several processes wrote."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pipeline.dsp.oversampling import FILTERS, _double_1, _double_2, _double_3, envelope, half_band_taps

PROGRAM = """
import sys
import numpy as np
from numba import njit
from pipeline.dsp.peak_bounds import BLOCK, block_peaks
from pipeline.dsp.oversampling import envelope, peaks
for _ in range(int(sys.argv[1])):  # other work first, so that the compiler numbers its functions otherwise
    njit(lambda x: x)(1)
sound = (np.random.default_rng(1).standard_normal((2, BLOCK * 6)) * 0.3).astype(np.float32)
edges = np.array([BLOCK, 3 * BLOCK, 5 * BLOCK])
highest = {
    "envelope": lambda: envelope(sound[0], 0.0).max(),
    "peaks": lambda: peaks(sound, block_peaks(sound), edges, np.zeros(2, np.float32))[0].max(),
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
    names = {kernel.__qualname__ for kernel in (_double_1, _double_2, _double_3)}
    assert len(names) == len(FILTERS)


@pytest.mark.parametrize("frequency", [0.01, 0.1, 0.25, 0.33, 0.4, 0.45])
def test_the_envelope_is_the_waveform(frequency):
    """Of a tone up to 0.45 of the sample rate, on a grid a hundred times as fine: each crest, by the two stretches at
    one of whose points it is the highest; and none higher.
    """
    frames, fine = 2000, 128
    waveform = np.sin(2 * np.pi * frequency * np.arange(frames * fine) / fine + 0.2)
    expected = np.abs(waveform).reshape(-1, fine).max(axis=1)
    samples = np.sin(2 * np.pi * frequency * np.arange(frames) + 0.2).astype(np.float32)
    found = envelope(samples, 0.0)[100:-100]
    assert found.max() <= 1.0 + 5e-4
    pairs, waves = (np.maximum(series[1:], series[:-1]) for series in (found, expected[100:-100]))
    crests = waves > 0.9999
    assert crests.any()
    np.testing.assert_allclose(pairs[crests], waves[crests], atol=5e-4)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_the_envelope_tells_all_above_its_floor(seed):
    samples = np.random.default_rng(seed).standard_normal(5000).astype(np.float32)
    samples[1000:4000] *= 0.1
    whole = envelope(samples, 0.0)
    for floor in (0.2, 0.5, 1.0, 3.0):
        found = envelope(samples, floor)
        np.testing.assert_array_equal(found[whole > floor], whole[whole > floor])
        assert (found[whole <= floor] <= whole[whole <= floor]).all()


@pytest.mark.parametrize(("length", "beta"), FILTERS)
def test_half_band_filters_leave_a_constant_as_it_is(length, beta):
    assert 2 * half_band_taps(length, beta).sum() == pytest.approx(1.0, abs=1e-4)
