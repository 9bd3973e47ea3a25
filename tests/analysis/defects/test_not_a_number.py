"""What is no number, or far over full scale, is found where it is and made zero; sound is handed on as it is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis.defects.not_a_number import NumberSearch

NO_NUMBERS = (math.nan, math.inf, -math.inf)
HIGH = (101.0, -3e38, 1e200)
NO_SOUND = (*NO_NUMBERS, *HIGH)


def test_sound_is_handed_on_itself():
    search, block = NumberSearch(), np.array([[1.0, -1.0], [99.9, -1e-310]])
    assert search.cleaned(block) is block
    assert (search.bad_frames, search.highest) == (0, 0.0)


@pytest.mark.parametrize("sample", HIGH)
@pytest.mark.parametrize("channel", [0, 1])
def test_a_sample_far_over_full_scale_is_found_and_made_zero(sample, channel):
    search, block = NumberSearch(), np.full((10, 2), 0.5)
    search.cleaned(block)
    block[[3, 7], channel] = sample, 100.5
    mended = search.cleaned(block)
    assert (search.highest, search.first_high, search.bad_frames) == (abs(sample), 13, 0)
    assert mended[3].tolist() == [0.5 * channel, 0.5 * (1 - channel)]
    assert np.abs(mended).max() == 0.5


@pytest.mark.parametrize("sample", NO_NUMBERS)
@pytest.mark.parametrize("channel", [0, 1])
def test_a_sample_that_is_no_number_is_counted_and_made_zero(sample, channel):
    search, block = NumberSearch(), np.full((10, 2), 0.5)
    search.cleaned(block)
    block[7, channel] = sample
    mended = search.cleaned(block)
    assert (search.bad_frames, search.first_bad) == (1, 17)
    assert mended[7].tolist() == [0.5 * channel, 0.5 * (1 - channel)]
    assert np.isfinite(mended).all()


@given(st.lists(st.tuples(st.sampled_from((0.1, *NO_SOUND)), st.sampled_from((0.2, *NO_SOUND)))), st.data())
def test_any_block_size_finds_the_same(frames, data):
    sound = np.array(frames, dtype=np.float64).reshape(-1, 2)
    cuts = data.draw(st.lists(st.integers(0, len(sound))))
    whole, parts = NumberSearch(), NumberSearch()
    mended = whole.cleaned(sound)
    pieces = [parts.cleaned(piece) for piece in np.split(sound, sorted(cuts))]
    assert np.concatenate(pieces).tolist() == mended.tolist()
    assert (parts.bad_frames, parts.first_bad) == (whole.bad_frames, whole.first_bad)
    assert (parts.highest, parts.first_high) == (whole.highest, whole.first_high)
    assert whole.bad_frames == sum(not np.isfinite(frame).all() for frame in frames)
    assert bool(whole.highest or whole.bad_frames) == any(frame != (0.1, 0.2) for frame in frames)
