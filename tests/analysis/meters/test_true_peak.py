import re
import subprocess
from unittest.mock import patch

import numpy as np
import pytest
import soundfile
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.analysis.meters.true_peak import TruePeakMeter
from pipeline.dsp.oversampling import envelope
from pipeline.dsp.peak_bounds import BlockPeaks
from tests.support.music import RATE_HZ, music
from tests.support.programmes import needs
from tests.support.true_peak_reference import true_peak_dbtp

RATES_HZ = [16_000, 44_100, 48_000, 96_000, 192_000, 384_000]
TECH_3341_RATES_HZ = [44_100, 48_000, 96_000, 192_000]


def measure(sound, rate_hz=RATE_HZ, sizes=(4096,)):
    meter = TruePeakMeter(rate_hz)
    start, turn = 0, 0
    while start < len(sound):
        meter.add(sound[start : start + sizes[turn % len(sizes)]])
        start += sizes[turn % len(sizes)]
        turn += 1
    return meter.result()


def figures(peak):
    """All that was measured, to be compared to the last bit."""
    return (peak, *peak.tenth_peaks.tolist())


def faded(wave):
    """`wave` in both channels, faded in and out over a tenth of it."""
    edge = len(wave) // 10
    ramp = np.concatenate([np.linspace(0, 1, edge), np.ones(len(wave) - 2 * edge), np.linspace(1, 0, edge)])
    return np.column_stack([wave * ramp] * 2)


def tone(frequency, phase_degrees, frames=9600, amplitude=0.5):
    """A tone at `frequency` of the sample rate."""
    return faded(amplitude * np.sin(2 * np.pi * frequency * np.arange(frames) + np.radians(phase_degrees)))


def tech_3341_20_to_23(offset):
    """At four times the rate, one period of fs/4 at full scale amid fs/6 at half; low-passed, every fourth taken."""
    cycles = [0.5 * np.sin(2 * np.pi * np.arange(24) / 24)] * 400
    cycles.insert(200, np.sin(2 * np.pi * np.arange(16) / 16))
    taps = np.sinc((np.arange(1025) - 512) / 4) / 4 * np.hanning(1025)
    return faded(np.convolve(np.concatenate(cycles), taps, "same")[offset::4])


TECH_3341_15_TO_19 = {
    "15": (1 / 4, 0.0, 0.50117, -6.0),
    "16": (1 / 4, 45.0, 0.50117, -6.0),
    "17": (1 / 6, 60.0, 0.50117, -6.0),
    "18": (1 / 8, 67.5, 0.50117, -6.0),
    "19": (1 / 4, 45.0, 1.41254, 3.0),
}


@pytest.mark.parametrize("rate_hz", TECH_3341_RATES_HZ)
@pytest.mark.parametrize("case", TECH_3341_15_TO_19)
def test_tech_3341_cases_15_to_19(case, rate_hz):
    frequency, phase_degrees, amplitude, expected_dbtp = TECH_3341_15_TO_19[case]
    found = measure(tone(frequency, phase_degrees, amplitude=amplitude), rate_hz)
    assert found.true_peak_dbtp == pytest.approx(expected_dbtp, abs=0.005)


@pytest.mark.parametrize("rate_hz", TECH_3341_RATES_HZ)
@pytest.mark.parametrize("case", range(20, 24))
def test_tech_3341_cases_20_to_23(case, rate_hz):
    sound = tech_3341_20_to_23(case - 20)
    assert np.abs(sound).max() == pytest.approx(10 ** ([-0.13, -0.46, -2.51, -0.46][case - 20] / 20), abs=0.003)
    assert -0.4 <= measure(sound, rate_hz).true_peak_dbtp <= 0.2
    assert measure(sound, rate_hz).true_peak_dbtp == pytest.approx(true_peak_dbtp(sound), abs=0.01)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize(("case", "expected_dbtp"), [("16", -5.96), ("17", -6.30), ("18", -6.01), ("19", 3.05)])
def test_annex_2_reads_tech_3341_as_a_customers_meter_does(case, expected_dbtp, rate_hz):
    frequency, phase_degrees, amplitude, _ = TECH_3341_15_TO_19[case]
    found = measure(tone(frequency, phase_degrees, amplitude=amplitude), rate_hz)
    assert found.annex_2_dbtp == pytest.approx(expected_dbtp, abs=0.006)


@pytest.mark.parametrize(("case", "expected_dbtp"), [(21, -0.08), (22, -0.20), (23, -0.08)])
def test_annex_2_reads_tech_3341_cases_21_to_23_as_a_customers_meter_does(case, expected_dbtp):
    assert measure(tech_3341_20_to_23(case - 20)).annex_2_dbtp == pytest.approx(expected_dbtp, abs=0.02)


@pytest.mark.parametrize(("sound", "alone_dbtp"), [(tone(1 / 4, 0.0), -6.22), (tech_3341_20_to_23(0), -0.15)])
def test_annex_2_never_reads_less_than_the_samples(sound, alone_dbtp):
    """As its filter alone would, of Tech 3341 cases 15 and 20."""
    found = measure(sound)
    assert found.annex_2_dbtp == found.sample_peak_dbfs > alone_dbtp


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("period", [4, 6, 8])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_peaks_between_samples_in_closed_form(period, share, rate_hz):
    """Of a tone that reads its peak at a sample, half-way between two, and on the way from one to the other."""
    found = measure(tone(1 / period, 90.0 + share * 180.0 / period), rate_hz)
    assert found.true_peak_dbtp == pytest.approx(-6.0206, abs=0.005)
    assert found.sample_peak_dbfs <= found.true_peak_dbtp


@settings(max_examples=40)
@given(st.floats(0.01, 0.45), st.floats(0.0, 360.0), st.sampled_from(RATES_HZ))
@example(0.45, 0.0, 384_000)
@example(0.45, 81.0, 192_000)
def test_any_tone_up_to_the_band_edge_reads_right(frequency, phase_degrees, rate_hz):
    sound = tone(frequency, phase_degrees, frames=1200)
    assert measure(sound, rate_hz).true_peak_dbtp == pytest.approx(true_peak_dbtp(sound), abs=0.006)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_music_agrees_with_the_plain_way(rate_hz):
    sound = music(0.7, rate_hz, tilt=0.2)
    assert measure(sound, rate_hz).true_peak_dbtp == pytest.approx(true_peak_dbtp(sound), abs=0.003)


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
    assert peak.per_channel_dbtp == pytest.approx((-6.02, -12.04), abs=0.005)
    assert peak.true_peak_dbtp == peak.per_channel_dbtp[0]
    assert peak.sample_peak_dbfs == pytest.approx(-9.03, abs=0.01)


def test_sound_that_starts_and_ends_off_zero_overshoots():
    step = np.ones((1000, 2))
    peak = measure(step)
    assert peak.sample_peak_dbfs == 0.0
    assert peak.true_peak_dbtp == pytest.approx(true_peak_dbtp(step), abs=0.005)
    assert peak.true_peak_dbtp > 1.0


def test_what_overshoots_outside_the_programme_counts_in_its_first_and_last_tenth():
    ringing = (-0.9) ** np.arange(40)
    sound = np.zeros((4000, 2))
    sound[:40, 0], sound[-40:, 1] = ringing, 2.0 * ringing[::-1]
    found = measure(sound, 16_000)
    assert found.frame == 3999
    assert measure(sound[:2000], 16_000).frame == -1
    overshoot = 10 ** (true_peak_dbtp(ringing) / 20)
    assert overshoot > 1.2
    assert found.tenth_peaks == pytest.approx([overshoot, 0.0, 2.0 * overshoot], rel=0.002)


def test_a_peak_between_quiet_samples_is_not_skipped():
    """The worst case of all: samples of 1 whose signs are those of the filter, long after a louder sample."""
    signs = (-1.0) ** np.arange(40)
    sound = np.zeros((9000, 2))
    sound[100] = 2.0
    sound[5000:5080, 0] = np.concatenate([signs[::-1], signs])
    peak = measure(sound)
    window_db = 0.1  # at half the sample rate, where this sound is, windows differ
    assert peak.per_channel_dbtp == pytest.approx((true_peak_dbtp(sound[:, 0]), 6.02), abs=window_db)
    assert peak.true_peak_dbtp > 8.0
    assert peak.frame == 5039


@st.composite
def torture(draw):
    """Music, noise, square waves, and a few bursts near half the sample rate, clicks and steps; of any level."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    frames = draw(st.integers(1, 9000))
    time = np.arange(frames)[:, None]
    beds = {
        "music": lambda: 8 * music(0.7, 16_000, seed=int(rng.integers(99)), tilt=0.1)[:frames],
        "noise": lambda: rng.standard_normal((frames, 2)),
        "square": lambda: np.sign(np.sin(time * rng.uniform(0.01, 1.0, 2) + 0.1)),
        "silence": lambda: np.zeros((frames, 2)),
    }
    sound = rng.uniform(0.1, 1.0, 2) * beds[draw(st.sampled_from(sorted(beds)))]()
    for kind in draw(st.lists(st.sampled_from(["burst", "click", "step"]), max_size=4)):
        start, length = rng.integers(frames), rng.integers(1, 200)
        stretch = time[start : start + length]
        shape = {"burst": np.cos(np.pi * rng.uniform(0.9, 1.0) * stretch), "click": stretch == start, "step": 1.0}[kind]
        sound[start : start + length] += rng.uniform(-2.0, 2.0, 2) * shape
    return sound * 10 ** draw(st.floats(-38.0, 3.0))


@settings(max_examples=80)
@given(torture(), st.sampled_from([16_000, 22_050, 192_000]))
def test_skipping_changes_nothing(sound, rate_hz):
    skipping = measure(sound, rate_hz)
    with patch.object(BlockPeaks, "bounds", lambda outline, _: np.full_like(outline.peaks, np.inf)):
        assert figures(measure(sound, rate_hz)) == figures(skipping)
    assert skipping.true_peak_dbtp >= skipping.sample_peak_dbfs
    assert skipping.annex_2_dbtp >= skipping.sample_peak_dbfs


@pytest.mark.parametrize("rate_hz", [22_050, 44_100, 384_000])
def test_each_tenth_of_a_second_has_its_own_peak(rate_hz):
    ends = [round(rate_hz * k / 10) for k in range(14)]
    amplitudes = [0.5, 0.1, 0.3, 1e-4, 0.9, 1.3, 0.02, 0.0, 0.2, 0.2, 0.7, 0.6, 0.4]
    sound = np.zeros((ends[-1] - 17, 2))
    for number, (start, stop, amplitude) in enumerate(zip(ends, ends[1:], amplitudes, strict=False)):
        burst = tone(1 / 4, 45.0, frames=stop - start - 200, amplitude=amplitude)
        sound[start + 100 : stop - 100, number % 2] = burst[:, 0]
    peak = measure(sound, rate_hz)
    assert peak.tenth_peaks == pytest.approx(amplitudes, rel=1e-3, abs=1e-5)
    assert peak.tenth_peaks.dtype == np.float32
    assert 20 * np.log10(peak.tenth_peaks.max()) == pytest.approx(peak.true_peak_dbtp, abs=1e-6)


def test_tenths_of_music_are_those_of_its_envelope():
    """On a grid twice as fine. Where a tenth ends on a slope, it counts as far as its own last point."""
    sound = music(1.3, 44_100, tilt=0.2)
    fine = np.max([envelope(channel.astype(np.float32), 0.0) for channel in sound.T], axis=0).reshape(13, 4410)
    tenths = measure(sound, 44_100).tenth_peaks
    assert (tenths <= 1.001 * fine.max(axis=1)).all()
    assert (tenths >= 0.999 * fine[:, :-1].max(axis=1)).all()


@pytest.mark.parametrize(("first", "tenth"), [(1599, 0), (1600, 1)])
def test_a_peak_counts_where_the_sample_before_it_is(first, tenth):
    """Two equal samples, of which one may be in the next tenth of a second: the peak is half-way between them."""
    sound = np.zeros((3200, 2))
    sound[first : first + 2] = 0.5
    peaks = measure(sound, 16_000).tenth_peaks
    assert peaks[tenth] == pytest.approx(0.5 * 2 * np.sinc(0.5), rel=0.003)
    assert peaks[1 - tenth] <= 0.5


@pytest.mark.parametrize("frames", [1, 1599, 1600, 1601, 4800])
def test_there_are_as_many_tenths_as_began(frames):
    assert measure(np.ones((frames, 2)), 16_000).tenth_peaks.shape == (-(-frames // 1600),)


@pytest.mark.parametrize("frame", [0, 1, 63, 64, 4799, 4800, 130_000, 131_072, 140_000, 299_999])
def test_the_peak_is_found_where_it_is(frame):
    sound = 0.1 * np.ones((300_000, 2))
    sound[frame] = 1.0
    peak = measure(sound, sizes=(65_536,))
    assert abs(peak.frame - frame) <= 1
    assert peak.tenth_peaks.argmax() == peak.frame // 4800


def test_of_equal_peaks_the_first_is_told():
    sound = np.zeros((20_000, 2))
    sound[[300, 7000, 7100, 15_000], [1, 0, 1, 0]] = 0.5
    assert measure(sound).frame == 300


@pytest.mark.parametrize("rate_hz", [96_000, 191_999, 192_000, 384_000])
def test_annex_2_oversamples_below_192_khz(rate_hz):
    found = measure(tone(1 / 4, 45.0), rate_hz)
    assert (found.annex_2_dbtp > found.sample_peak_dbfs + 1.0) == (rate_hz < 192_000)


def test_annex_2_hears_what_overshoots_at_either_end():
    signs = (-1.0) ** np.arange(100)[:, None] * [1.0, 0.5]
    assert measure(signs).annex_2_dbtp > measure(signs * np.hanning(100)[:, None]).annex_2_dbtp + 0.5


def test_silence_and_nothing_are_minus_infinity():
    nothing = TruePeakMeter(RATE_HZ).result()
    assert nothing.true_peak_dbtp == nothing.annex_2_dbtp == nothing.sample_peak_dbfs == -np.inf
    assert nothing.tenth_peaks.shape == (0,)
    silence = measure(np.zeros((5000, 2)))
    assert silence == nothing
    assert silence.tenth_peaks.tolist() == [0.0, 0.0]


@settings(max_examples=25)
@given(
    st.lists(st.one_of(st.integers(0, 20), st.integers(0, 30_000), st.just(200_000)), min_size=1, max_size=8).filter(
        any
    )
)
def test_any_block_size_gives_the_same_figures(sizes):
    sound = music(0.8, 384_000, tilt=0.3)
    sound = sound[: max(1000, min(len(sound), 3000 * max(sizes)))]
    assert figures(measure(sound, 384_000, sizes)) == figures(measure(sound, 384_000))


def test_single_frames_give_the_same_figures():
    sound = music(0.3, tilt=0.3)
    assert figures(measure(sound, sizes=(1,))) == figures(measure(sound))


def test_the_meter_may_be_read_on_the_way():
    sound = music(3.0)
    meter = TruePeakMeter(RATE_HZ)
    for start in range(0, len(sound), 50_000):
        meter.add(sound[start : start + 50_000])
        assert figures(meter.result()) == figures(measure(sound[: start + 50_000]))


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
def test_what_is_no_number_is_refused(value):
    sound = np.zeros((100, 2))
    sound[50, 1] = value
    with pytest.raises(ValueError, match="finite"):
        measure(sound)
