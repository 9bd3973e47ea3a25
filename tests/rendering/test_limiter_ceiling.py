"""The ceiling holds in the integers that are delivered, dither included, by our meter and by another.

It holds whatever is driven into the limiter, and however hard.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.meters.true_peak import TruePeakMeter
from pipeline.processors.dither import SHAPERS, largest_error, quantise
from pipeline.processors.limiter import limit
from pipeline.rendering.limiter_ceiling import limiter_ceiling_dbtp
from profiles import load
from tests.processors.test_limiter import TORTURE, cut
from tests.support.music import music
from tests.support.sessions import profile_of
from tests.support.true_peak_reference import true_peak_dbtp

MUSIC_TOLERANCE_DB = 0.02
TORTURE_TOLERANCE_DB = 0.1
SHAPED = st.sampled_from([("cd-wav", shape) for shape in SHAPERS] + [("streaming", "tpdf"), ("streaming", "none")])


def profile(name, shape, ceiling_dbtp):
    found = profile_of(name, ceiling_dbtp=ceiling_dbtp)
    return found.model_copy(update={"pcm": found.pcm.model_copy(update={"dither": shape})})


def delivered(sound, rate_hz, wanted, sizes=(8192,), workers=1):
    limited = limit(cut(sound, sizes), rate_hz, limiter_ceiling_dbtp(wanted), workers=workers)
    blocks = list(quantise(limited, wanted.pcm.bits, wanted.pcm.dither, 1))
    return np.concatenate(blocks) / 2.0 ** (wanted.pcm.bits - 1)


def our_dbtp(sound, rate_hz):
    meter = TruePeakMeter(rate_hz)
    meter.add(sound)
    return meter.result().true_peak_dbtp


@settings(max_examples=15)
@given(
    drive_db=st.floats(-12, 20),
    ceiling_dbtp=st.floats(-12, 0),
    seed=st.integers(0, 1000),
    rate_hz=st.sampled_from([44100, 96000, 192000]),
    shaped=SHAPED,
    sizes=st.lists(st.integers(1, 40000), min_size=1, max_size=4),
    workers=st.integers(1, 3),
)
def test_music_as_delivered_is_under_the_ceiling(drive_db, ceiling_dbtp, seed, rate_hz, shaped, sizes, workers):
    wanted = profile(shaped[0], shaped[1], ceiling_dbtp)
    sound = music(0.4, rate_hz, seed, tilt=0.5) * 10 ** (drive_db / 20)
    found = delivered(sound, rate_hz, wanted, sizes, workers)
    assert our_dbtp(found, rate_hz) <= ceiling_dbtp
    assert true_peak_dbtp(found) <= ceiling_dbtp + MUSIC_TOLERANCE_DB


@pytest.mark.parametrize("rate_hz", [44100, 96000, 192000])
@pytest.mark.parametrize("name", TORTURE)
def test_torture_as_delivered_is_under_the_ceiling(name, rate_hz):
    wanted = load("cd-wav")
    ceiling_dbtp = wanted.level.ceiling_dbtp
    for drive_db in (0.0, 20.0):
        found = delivered(TORTURE[name] * 10 ** (drive_db / 20), rate_hz, wanted)
        assert our_dbtp(found, rate_hz) <= ceiling_dbtp
        assert true_peak_dbtp(found) <= ceiling_dbtp + TORTURE_TOLERANCE_DB


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 30000), st.floats(-8, 8), st.floats(-8, 8)), min_size=1, max_size=40))
def test_single_samples_anywhere_are_under_the_ceiling(strokes):
    """At block borders, beside each other, of any sign and height, up to 18 dB over full scale."""
    sound = np.zeros((30001, 2))
    for place, left, right in strokes:
        sound[place] = left, right
    wanted = load("cd-wav")
    found = delivered(sound, 44100, wanted, sizes=(4096,))
    assert our_dbtp(found, 44100) <= wanted.level.ceiling_dbtp
    assert true_peak_dbtp(found) <= wanted.level.ceiling_dbtp + TORTURE_TOLERANCE_DB


@pytest.mark.parametrize("shape", SHAPERS)
@pytest.mark.parametrize("bits", [16, 24])
def test_a_quantiser_s_largest_error_is_a_bound_that_is_not_far_off(shape, bits):
    sound = music(2.0, 44100)
    (found,) = quantise(iter([sound]), bits, shape, 1)
    error = np.abs(found / 2.0 ** (bits - 1) - sound).max()
    assert 0.25 * largest_error(bits, shape) < error <= largest_error(bits, shape)
