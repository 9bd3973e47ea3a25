"""What is no number is counted where it is and made zero; sound is handed on as it is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis.defects.not_a_number import NumberSearch

NO_NUMBERS = (math.nan, math.inf, -math.inf, 1e200, -1e100)


def test_sound_is_handed_on_itself():
    search, block = NumberSearch(), np.array([[1.0, -1.0], [1e99, 0.0]])
    assert search.cleaned(block) is block
    assert search.bad_frames == 0


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


@given(st.lists(st.tuples(st.sampled_from((0.1, *NO_NUMBERS)), st.sampled_from((0.2, *NO_NUMBERS)))), st.data())
def test_any_block_size_finds_the_same(frames, data):
    sound = np.array(frames, dtype=np.float64).reshape(-1, 2)
    cuts = data.draw(st.lists(st.integers(0, len(sound))))
    whole, parts = NumberSearch(), NumberSearch()
    mended = whole.cleaned(sound)
    pieces = [parts.cleaned(piece) for piece in np.split(sound, sorted(cuts))]
    assert np.concatenate(pieces).tolist() == mended.tolist()
    assert (parts.bad_frames, parts.first_bad) == (whole.bad_frames, whole.first_bad)
    assert whole.bad_frames == sum(frame != (0.1, 0.2) for frame in frames)
