"""Dips lower single places for a millisecond, and touch nothing else, wherever a stretch begins, however it is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dsp.decibels import amplitude, decibels
from pipeline.dsp.reduction_smoothing import ONE
from pipeline.processors.dips import HOPS_PER_S, Dips, Patch, dip, reach
from tests.support.music import music
from tests.support.true_peak_reference import true_peak_dbtp

RATE_HZ = 44100
NOTHING = Dips(np.empty(0, np.float32))


def cut(sound, sizes):
    start, turn = 0, 0
    while start < len(sound):
        yield sound[start : start + sizes[turn % len(sizes)]]
        start += sizes[turn % len(sizes)]
        turn += 1


def dipped(sound, dips, start=0, sizes=(8192,), workers=1):
    blocks = list(dip(cut(sound, sizes), RATE_HZ, dips, start, workers=workers))
    return np.concatenate([np.empty((0, 2)), *blocks])


def loud(seconds=2.0, seed=1):
    sound = music(seconds, RATE_HZ, seed, tilt=0.5)
    return sound * 0.9 / np.abs(sound).max()


def patch(frame, taken_db):
    return Patch(np.array([frame]), np.array([np.ceil((1 - amplitude(-taken_db)) * ONE)], np.int32))


def ceilings(seconds, seed=1):
    """Between -12 and -3 dBFS, changing every 4 ms; infinity over a third of the time."""
    rng = np.random.default_rng(seed)
    found = 10.0 ** (rng.uniform(-12, -3, round(seconds * HOPS_PER_S)) / 20.0)
    return np.where(rng.random(len(found)) < 1 / 3, np.inf, found).astype(np.float32)


def test_where_nothing_is_asked_for_samples_pass_bit_for_bit():
    sound = loud()
    assert np.array_equal(dipped(sound, NOTHING), sound)
    assert np.array_equal(dipped(sound, Dips(np.full(500, np.inf, np.float32))), sound)
    assert np.array_equal(dipped(sound, Dips(np.full(500, 2.0, np.float32))), sound)


def test_a_patch_takes_at_least_what_it_is_asked_for_and_nothing_beyond_a_millisecond():
    frame, level = 40_000, np.full((RATE_HZ, 2), 0.5)
    gain = dipped(level, Dips(NOTHING.ceilings, (patch(frame, 1.5),)))[:, 0] / 0.5
    assert decibels(float(gain[frame])) == pytest.approx(-1.5, abs=0.001)
    touched = np.flatnonzero(gain < 1.0)
    assert frame - touched[0] <= round(0.002 * RATE_HZ) >= touched[-1] - frame
    falls = np.diff(gain[touched[0] - 1 : touched[-1] + 2])
    assert np.all(np.diff(np.sign(falls)) >= 0)  # it falls, stays and rises once


def test_patches_come_one_after_the_other():
    sound, frame = loud(), 40_000
    dips = Dips(NOTHING.ceilings, (patch(frame, 1.5), patch(frame + 5, 0.5)))
    assert decibels(float(dipped(sound, dips)[frame, 0] / sound[frame, 0])) == pytest.approx(-2.0, abs=0.02)


def test_the_waveform_keeps_under_a_ceiling_that_changes_over_time():
    sound = loud()
    level = np.where(np.arange(2 * HOPS_PER_S) < HOPS_PER_S, amplitude(-3.0), amplitude(-6.0)).astype(np.float32)
    first, second = np.split(dipped(sound, Dips(level)), 2)
    assert -3.1 < true_peak_dbtp(first[:-200]) <= -3.0 + 0.02
    assert -6.1 < true_peak_dbtp(second[200:]) <= -6.0 + 0.02


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 50_000), min_size=1, max_size=4), st.integers(0, 100), st.integers(1, 3))
def test_no_sample_depends_on_blocks_or_workers(sizes, seed, workers):
    sound, dips = loud(1.6, seed), Dips(ceilings(1.6, seed), (patch(30_000, 2.0), patch(32_768, 1.0)))
    assert np.array_equal(dipped(sound, dips, sizes=sizes, workers=workers), dipped(sound, dips, sizes=(len(sound),)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60_000), st.integers(1, 60_000), st.integers(0, 100))
def test_a_stretch_comes_out_as_in_the_whole(start, length, seed):
    sound = loud(1.5, seed)
    dips = Dips(ceilings(1.5, seed), (patch(start + length // 2, 3.0), patch(max(0, start - 20), 3.0)))
    stop, edge = min(start + length, len(sound)), reach(RATE_HZ)
    first = max(0, start - edge)
    alone = dipped(sound[first : stop + edge], dips, first)[start - first : stop - first]
    assert np.array_equal(alone, dipped(sound, dips)[start:stop])
