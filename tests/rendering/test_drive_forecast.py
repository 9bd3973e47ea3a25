"""What is forecast of a limited programme is nearly what results, and needs no rendering."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.meters.loudness import LoudnessMeter, integrated_lufs
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.processors.limiter import limit
from pipeline.rendering.drive_forecast import HOPS_PER_S, forecast, sketch
from tests.support.music import music
from tests.support.true_peak_reference import true_peak

CEILING_DBTP = -1.0


def sketch_of(sound, rate_hz, floor=0.0):
    return np.concatenate(list(sketch([sound], rate_hz, floor)))


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
@pytest.mark.parametrize("drive_db", [0.0, 6.0, 10.0, 14.0])
def test_loudness_and_reduction_are_foretold(rate_hz, drive_db):
    sound = music(8.0, rate_hz, seed=3)
    reduction, meter = GainReduction(), LoudnessMeter(rate_hz)
    for block in limit([sound * amplitude(drive_db)], rate_hz, CEILING_DBTP, reduction=reduction):
        meter.add(block)
    sketch = sketch_of(sound, rate_hz)
    found = forecast([sketch], rate_hz, [(0, len(sound))], amplitude(drive_db), amplitude(CEILING_DBTP))
    assert integrated_lufs(found.block_powers[0]) == pytest.approx(meter.result().integrated_lufs, abs=0.06)
    assert found.reduction.worst_second()[0] == pytest.approx(reduction.worst_second()[0], abs=0.1)


def test_under_the_ceiling_tracks_are_as_loud_as_they_measure():
    rate_hz, cut = 44100, 4 * 44100 + 1176
    sound = music(9.0, rate_hz, level_db=-24.0)
    found = forecast([sketch_of(sound, rate_hz)], rate_hz, [(0, cut), (cut, len(sound))], 1.0, 0.99)
    for powers, track in zip(found.block_powers, (sound[:cut], sound[cut:]), strict=True):
        meter = LoudnessMeter(rate_hz)
        meter.add(track)
        assert len(powers) == len(meter.result().block_powers)
        assert integrated_lufs(powers) == pytest.approx(meter.result().integrated_lufs, abs=0.005)
    assert not any(found.reduction.maximum_db)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 60000), max_size=6))
def test_any_blocks_give_the_same_sketch(cuts):
    sound = music(60000 / 22050, 22050)[:60000]
    edges = [0, *sorted(cuts), 60000]
    blocks = [sound[start:stop] for start, stop in pairwise(edges)]
    again = np.concatenate(list(sketch(blocks, 22050, 0.0)))
    np.testing.assert_array_equal(again, sketch_of(sound, 22050))


@pytest.mark.parametrize("frames", [1, 20, 44099, 88200, 88201])
def test_a_sketch_covers_the_whole_programme(frames):
    sketch = sketch_of(np.full((frames, 2), 0.25), 44100)
    assert len(sketch) == -(-frames * HOPS_PER_S // 44100)
    assert (sketch[:, 1] >= 0.25).all()


def test_the_highest_peak_of_a_sketch_is_the_true_peak():
    sound = music(3.0, 44100, tilt=0.3)
    peak = true_peak(sound)
    for floor in (0.0, 0.9 * peak):
        assert sketch_of(sound, 44100, floor)[:, 1].max() == pytest.approx(peak, rel=1e-3)
