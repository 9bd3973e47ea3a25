import dataclasses
import re
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.interpolator import FILTERS, envelope, half_band_taps
from pipeline.measure.true_peak import TruePeakMeter
from tests.conftest import RATE_HZ, music
from tests.deliverables import needs
from tests.waveform import true_peak_dbtp


def measure(sound, rate_hz=RATE_HZ, sizes=(4096,)):
    meter = TruePeakMeter(rate_hz)
    start, turn = 0, 0
    while start < len(sound):
        meter.add(sound[start : start + sizes[turn % len(sizes)]])
        start += sizes[turn % len(sizes)]
        turn += 1
    return meter.result()


def tone(frequency, phase_degrees, frames=9600, amplitude=0.5):
    """A tone at `frequency` of the sample rate in both channels, faded in and out."""
    wave = amplitude * np.sin(2 * np.pi * frequency * np.arange(frames) + np.radians(phase_degrees))
    edge = frames // 10
    wave[:edge] *= np.linspace(0, 1, edge)
    wave[-edge:] *= np.linspace(1, 0, edge)
    return np.column_stack([wave, wave])


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000, 192000])
@pytest.mark.parametrize(
    ("frequency", "phase_degrees", "amplitude", "expected_dbtp"),
    [
        pytest.param(1 / 4, 0.0, 0.5, -6.02, id="tech-3341-15"),
        pytest.param(1 / 4, 45.0, 0.5, -6.02, id="tech-3341-16"),
        pytest.param(1 / 6, 60.0, 0.5, -6.02, id="tech-3341-17"),
        pytest.param(1 / 8, 67.5, 0.5, -6.02, id="tech-3341-18"),
        pytest.param(1 / 4, 45.0, 1.4125, 3.0, id="tech-3341-19"),
    ],
)
def test_peaks_between_samples_in_closed_form(rate_hz, frequency, phase_degrees, amplitude, expected_dbtp):
    assert measure(tone(frequency, phase_degrees, amplitude=amplitude), rate_hz).true_peak_dbtp == pytest.approx(
        expected_dbtp, abs=0.01
    )


@pytest.mark.parametrize("offset", range(4))
def test_a_single_period_between_samples_tech_3341_20_to_23(offset):
    period = np.arange(24) / 24
    cycles = [0.5 * np.sin(2 * np.pi * period)] * 400
    cycles.insert(200, np.sin(2 * np.pi * np.arange(16) / 16))
    fine = np.concatenate(cycles) * np.hanning(24 * 400 + 16) ** 0.01
    taps = np.sinc((np.arange(1025) - 512) / 4) / 4 * np.hanning(1025)
    coarse = np.convolve(fine, taps, "same")[offset::4]
    assert measure(np.column_stack([coarse, coarse])).true_peak_dbtp == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("frequency", [0.05, 0.21, 0.33, 0.4, 0.431, 0.45])
def test_tones_up_to_the_band_edge_agree_with_the_plain_way(frequency):
    sound = tone(frequency, 10.0)
    assert measure(sound).true_peak_dbtp == pytest.approx(true_peak_dbtp(sound, 8), abs=0.02)


@pytest.mark.parametrize(("rate_hz", "oversampling"), [(44100, 8), (48000, 8), (96000, 4), (192000, 2)])
def test_music_agrees_with_the_plain_way(rate_hz, oversampling):
    sound = music(1.5, rate_hz, tilt=0.2)
    assert measure(sound, rate_hz).true_peak_dbtp == pytest.approx(true_peak_dbtp(sound, oversampling), abs=0.005)


@needs("ffmpeg")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_music_agrees_with_ffmpeg(tmp_path, seed):
    sound = music(3.0, seed=seed, level_db=-14.0, tilt=0.5)
    soundfile.write(tmp_path / "music.wav", sound, RATE_HZ, "FLOAT")
    command = ["ffmpeg", "-nostats", "-i", "music.wav", "-af", "ebur128=peak=true", "-f", "null", "-"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stderr
    (peak_dbfs,) = re.findall(r"True peak:\s+Peak:\s+(\S+) dBFS", told)
    rounding_db = 0.05
    assert measure(sound).true_peak_dbtp == pytest.approx(float(peak_dbfs), abs=0.1 + rounding_db)


def test_channels_are_measured_apart():
    sound = tone(1 / 4, 45.0)
    sound[:, 1] *= 0.5
    peak = measure(sound)
    assert peak.per_channel_dbtp == pytest.approx((-6.02, -12.04), abs=0.01)
    assert peak.true_peak_dbtp == peak.per_channel_dbtp[0]
    assert peak.sample_peak_dbfs == pytest.approx(-9.03, abs=0.01)


def test_sound_that_starts_and_ends_off_zero_overshoots():
    step = np.ones((1000, 2))
    peak = measure(step)
    assert peak.sample_peak_dbfs == 0.0
    assert peak.true_peak_dbtp == pytest.approx(true_peak_dbtp(step, 8), abs=0.01)
    assert peak.true_peak_dbtp > 1.0


def test_a_peak_between_quiet_samples_is_not_skipped():
    """The worst case of all: samples of 1 whose signs are those of the filter, long after a louder sample."""
    signs = (-1.0) ** np.arange(40)
    sound = np.zeros((9000, 2))
    sound[100] = 2.0
    sound[5000:5080, 0] = np.concatenate([signs[::-1], signs])
    peak = measure(sound)
    window_db = 0.1  # at half the sample rate, where this sound is, windows differ
    assert peak.per_channel_dbtp == pytest.approx((true_peak_dbtp(sound[:, 0], 8), 6.02), abs=window_db)
    assert peak.true_peak_dbtp > 8.0
    assert peak.frame == 5039


@pytest.mark.parametrize("frame", [0, 1, 127, 128, 16383, 16384, 16511, 20000, 29999])
def test_the_peak_is_found_where_it_is(frame):
    sound = 0.1 * np.ones((30000, 2))
    sound[frame] = 1.0
    assert abs(measure(sound).frame - frame) <= 1


def test_silence_and_nothing_are_minus_infinity():
    nothing = TruePeakMeter(RATE_HZ).result()
    assert nothing.true_peak_dbtp == nothing.sample_peak_dbfs == -np.inf
    assert measure(np.zeros((5000, 2))) == nothing


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 20), st.integers(0, 30000)), min_size=1, max_size=8).filter(any))
def test_any_block_size_gives_the_same_figures(sizes):
    sound = music(0.4, tilt=0.3)
    assert dataclasses.astuple(measure(sound, sizes=sizes)) == dataclasses.astuple(measure(sound))


def test_the_meter_may_be_read_on_the_way():
    sound = music(0.5)
    meter = TruePeakMeter(RATE_HZ)
    for start in range(0, len(sound), 7000):
        meter.add(sound[start : start + 7000])
        assert meter.result().true_peak_dbtp == pytest.approx(true_peak_dbtp(sound[: start + 7000], 8), abs=0.005)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_refused(value):
    sound = np.zeros((100, 2))
    sound[50, 1] = value
    with pytest.raises(ValueError, match="finite"):
        measure(sound)


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


@pytest.mark.parametrize(("length", "beta"), FILTERS)
def test_half_band_filters_leave_a_constant_as_it_is(length, beta):
    assert 2 * half_band_taps(length, beta).sum() == pytest.approx(1.0, abs=1e-4)
