"""The second opinion is what pyloudnorm reads of the whole sound, whatever blocks come; and it is that of the first."""

import math
import warnings

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.meters import loudness
from pipeline.analysis.meters.loudness_cross_check import CrossCheckMeter, integrated_lufs
from tests.support.music import music

LONG_S = 21.4  # whole hops: there pyloudnorm's own last block is complete


def powers(sound, rate_hz, block=65_536):
    meter = CrossCheckMeter(rate_hz)
    for start in range(0, len(sound), block):
        meter.add(sound[start : start + block])
    return meter.block_powers()


def read_whole(sound, rate_hz):
    """Loudness and block powers as pyloudnorm alone reads them."""
    meter = pyloudnorm.Meter(rate_hz, filter_class="DeMan")
    return meter.integrated_loudness(sound), 10 ** ((np.array(meter.blockwise_loudness) + 0.691) / 10)


def opinion_lufs(sound, rate_hz):
    return integrated_lufs(powers(sound, rate_hz))


def sine(rate_hz, tone_hz, seconds, amplitude=1.0):
    """In the left channel alone."""
    tone = amplitude * np.sin(2 * np.pi * tone_hz / rate_hz * np.arange(round(seconds * rate_hz)))
    return np.stack([tone, np.zeros_like(tone)], axis=1)


@pytest.mark.parametrize("rate_hz", [16_001, 22_050, 33_075, 44_100, 96_000])
def test_a_stream_reads_what_pyloudnorm_reads_of_the_whole(rate_hz):
    sound = music(math.ceil(LONG_S * rate_hz) / rate_hz, rate_hz)
    whole_lufs, whole_powers = read_whole(sound, rate_hz)
    assert opinion_lufs(sound, rate_hz) == pytest.approx(whole_lufs, abs=1e-6)
    # The bounds are the same whole frames, but pyloudnorm gets them by floating point, now and then one too low.
    np.testing.assert_allclose(powers(sound, rate_hz), whole_powers, rtol=1e-3)


def test_where_a_block_begins_leaves_no_trace():
    """Soft music on a large offset: begun anew in the midst of it, the filters would take it for a thump."""
    sound = 0.5 + 1e-4 * music(LONG_S, 48_000)
    np.testing.assert_allclose(powers(sound, 48_000), read_whole(sound, 48_000)[1], rtol=1e-3)


@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_neither_channel_hears_the_other(rate_hz):
    """Both go through the filter side by side."""
    sound = music(3.0, rate_hz)
    left, right = (powers(sound * channel, rate_hz) for channel in ([1.0, 0.0], [0.0, 1.0]))
    np.testing.assert_allclose(powers(sound, rate_hz), left + right, rtol=1e-12)
    soft = powers(sound * [1.0, 1e-9], rate_hz)
    np.testing.assert_allclose(soft, left, rtol=1e-12)


def test_silence_after_music_is_soon_exactly_zero():
    """A filter that only ever forgets by halves would hold numbers that a processor is slow at, for ever."""
    sound = music(1.0, 48_000)
    found = powers(np.concatenate([sound, np.zeros((5 * 48_000, 2))]), 48_000)
    assert found[-1] == 0.0


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 192_000])
def test_both_meters_agree_on_music(rate_hz):
    sound = music(12.0, rate_hz)
    sound *= np.linspace(0.02, 1.0, len(sound))[:, None]
    first = loudness.LoudnessMeter(rate_hz)
    first.add(sound)
    reading, second = first.result(), powers(sound, rate_hz)
    assert len(second) == len(reading.block_powers)
    assert integrated_lufs(second) == pytest.approx(reading.integrated_lufs, abs=0.01)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
def test_997_hz_at_full_scale_in_one_channel_reads_minus_3_01(rate_hz):
    tolerance_lu = 0.001 if rate_hz == 48_000 else 0.05
    assert opinion_lufs(sine(rate_hz, 997.0, 12.0), rate_hz) == pytest.approx(-3.0103, abs=tolerance_lu)


def test_the_gates_of_tech_3341_case_4():
    steps = [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)]
    left = np.concatenate([sine(48_000, 1000.0, seconds, 10 ** (dbfs / 20))[:, 0] for dbfs, seconds in steps])
    assert opinion_lufs(np.stack([left, left], axis=1), 48_000) == pytest.approx(-23.0, abs=0.1)


def test_an_album_is_gated_over_its_tracks_blocks_together():
    loud, soft = (powers(sine(48_000, 1000.0, 20.0, amplitude), 48_000) for amplitude in (0.1, 0.01))
    assert integrated_lufs(np.concatenate([loud, soft])) == pytest.approx(integrated_lufs(loud), abs=1e-9)


@pytest.mark.parametrize("seconds", [0.0, 0.399, 12.0])
def test_silence_is_undefined(seconds):
    assert opinion_lufs(np.zeros((round(seconds * 48_000), 2)), 48_000) is None


@pytest.mark.parametrize("rate_hz", [16_001, 22_050, 44_100, 48_000])
def test_it_is_defined_from_400_ms_on(rate_hz):
    shortest = -(-4 * rate_hz // 10)
    tone = sine(rate_hz, 997.0, 1.0)
    assert opinion_lufs(tone[: shortest - 1], rate_hz) is None
    assert opinion_lufs(tone[:shortest], rate_hz) == pytest.approx(-3.01, abs=0.1)


def test_an_incomplete_block_at_the_end_counts_for_nothing():
    tone = sine(48_000, 997.0, 0.4, 0.01)
    loud_end = sine(48_000, 997.0, 0.099)
    assert opinion_lufs(np.concatenate([tone, loud_end]), 48_000) == opinion_lufs(tone, 48_000)


@given(st.lists(st.integers(0, 200_000), max_size=8), st.sampled_from([16_001, 22_050]))
@settings(max_examples=10)
def test_any_block_size_gives_the_same_powers_to_the_last_bit(sizes, rate_hz):
    sound = music(12.3, rate_hz)
    meter, start = CrossCheckMeter(rate_hz), 0
    for size in [*sizes, len(sound)]:
        meter.add(sound[start : start + size])
        start += size
    np.testing.assert_array_equal(meter.block_powers(), powers(sound, rate_hz, len(sound)))


def test_blocks_of_one_frame_give_the_same_powers_to_the_last_bit():
    sound = music(11.0, 16_000)
    np.testing.assert_array_equal(powers(sound, 16_000, 1), powers(sound, 16_000))


def test_it_may_be_asked_before_the_end():
    sound, meter = music(21.0, 16_000), CrossCheckMeter(16_000)
    for start in range(0, len(sound), 40_000):
        meter.add(sound[start : start + 40_000])
        np.testing.assert_array_equal(meter.block_powers(), powers(sound[: start + 40_000], 16_000))


def test_it_leaves_the_warnings_of_the_process_alone():
    """pyloudnorm mutes them where all is silent, by a switch that all threads share."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        powers(np.zeros((8_000, 2)), 16_000)
        assert warnings.filters == before
