"""Which mixes a profile without upsampling does not take, and what is said of those that it may not want."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis.analysis import analyse
from pipeline.intake.mixes import Length, Mix, Source
from pipeline.sequencing.sample_rates import WORKING_RATES_HZ, upsampling_faults
from profiles import load

APPLE, STREAMING = load("apple-digital-masters"), load("streaming")
MUSIC = SimpleNamespace(has_loudness=True, defects=SimpleNamespace(faults=()), word_length_bits=24)
SILENCE = SimpleNamespace(has_loudness=False, defects=SimpleNamespace(faults=()), word_length_bits=None)


def source(rate_hz, raised_from=None):
    own = raised_from and Length(1000, raised_from)
    return Source(Mix("tracks[1].mix", Path("1.wav"), rate_hz, 1000, "PCM_24", raised_from=own), 0, 1000, "0" * 64)


def told(delivered_hz, *used, profile=APPLE, analyses=None):
    return [*upsampling_faults(profile, delivered_hz, used, analyses or [MUSIC] * len(used))]


@given(st.lists(st.sampled_from([32000, 44100, 64000, 96000, 384000]), min_size=1), st.sampled_from(WORKING_RATES_HZ))
def test_whatever_runs_lower_is_refused_and_nothing_else(rates_hz, delivered_hz):
    found = told(delivered_hz, *(source(rate_hz) for rate_hz in rates_hz))
    assert [fault.severity for fault in found] == ["refusal"] * sum(rate_hz < delivered_hz for rate_hz in rates_hz)
    assert not told(delivered_hz, *(source(rate_hz) for rate_hz in rates_hz), profile=STREAMING)


def test_a_mix_that_was_raised_as_it_was_read_counts_by_its_own_rate():
    (fault,) = told(44100, source(44100, raised_from=22050))
    assert str(fault) == (
        "tracks[1].mix: runs at 22050 Hz; apple-digital-masters would be 44100 Hz and raises no mix: "
        "wanted 44100 Hz or more, as it was recorded"
    )


def test_the_lower_rate_that_is_offered_raises_none_of_the_mixes():
    found = told(192000, source(96000), source(64000), source(192000))
    assert [fault.words.split("whose ")[1] for fault in found] == ["rate_hz is 48000"] * 2


def test_silence_runs_at_any_rate():
    assert not told(96000, source(44100), source(96000), analyses=[SILENCE, MUSIC])


@pytest.mark.parametrize(("bits", "warned"), [(14, True), (16, True), (17, False), (24, False), (None, False)])
def test_sound_of_a_cd_s_bits_is_warned_of_where_more_are_delivered(bits, warned):
    music = SimpleNamespace(**{**vars(MUSIC), "word_length_bits": bits})
    found = [str(fault) for fault in told(44100, source(44100), analyses=[music])]
    words = f"tracks[1].mix: holds {bits} bits of sound; apple-digital-masters wants 24 or more"
    assert found == ([words] if warned else [])
    of_16 = APPLE.model_copy(update={"pcm": APPLE.pcm.model_copy(update={"bits": 16})})
    assert not told(44100, source(44100), profile=of_16, analyses=[music])


def test_a_mix_that_was_raised_before_it_came_is_heard():
    """White noise of 44.1 kHz, raised to 96 kHz in its spectrum, which ends at 22.05 kHz as steeply as can be."""
    frames = 8 * 96000
    spectrum = np.fft.rfft(np.random.default_rng(4).standard_normal((frames, 2)), axis=0)
    spectrum[np.fft.rfftfreq(frames, 1 / 96000) > 21500.0] = 0.0
    raised = analyse([0.05 * np.fft.irfft(spectrum, frames, axis=0)], 96000)
    (warning,) = told(96000, source(96000), analyses=[raised])
    assert warning.severity == "warning"
    assert "this was converted from a lower sample rate; apple-digital-masters wants" in warning.words
