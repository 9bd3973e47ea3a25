"""The limiter benchmark's own numbers: each reads what it is defined to read, of sounds whose answer is known."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from tests.bench.distortion import (
    HIGHEST_DB,
    k_weighted_worst_sdr_db,
    pre_attack_db,
    pump_db,
    sdr50_db,
    spectral_distance_db,
    transient_loss_db,
)
from tests.bench.driving import CEILING_DBTP, OVER_DB, TOLERANCE_LU, bring, true_peak_dbtp
from tests.bench.excerpts import Item
from tests.bench.limiters import limiters
from tests.bench.tones import PAIR_HZ, limited_thd_n_db, thd_n_db
from tests.support.music import music
from tests.support.true_peak_reference import true_peak_dbtp as plain_true_peak_dbtp

RATE_HZ = 44_100
SECONDS = 4.0
TIME_S = np.arange(round(SECONDS * RATE_HZ)) / RATE_HZ
METRICS = [sdr50_db, k_weighted_worst_sdr_db, spectral_distance_db, transient_loss_db, pre_attack_db, pump_db]


@pytest.fixture(scope="module")
def sound():
    return music(SECONDS, RATE_HZ)


def noise(seed=7):
    return np.random.default_rng(seed).standard_normal((len(TIME_S), 2))


def with_noise(sound, ratio_db):
    """`sound` and white noise, so far below it over the whole."""
    added = noise()
    return sound + added * 10 ** (-ratio_db / 20) * np.linalg.norm(sound) / np.linalg.norm(added)


def ridden(sound, frequency_hz, depth_db=2.0):
    """`sound` with a gain that swings so far to either side."""
    return sound * 10 ** (depth_db / 20 * np.sin(2 * np.pi * frequency_hz * TIME_S))[:, None]


@pytest.mark.parametrize("gain_db", [-30.0, 0.0, 6.0])
def test_a_mere_gain_changes_nothing(sound, gain_db):
    louder = sound * 10 ** (gain_db / 20)
    assert sdr50_db(sound, louder, RATE_HZ) == HIGHEST_DB
    assert k_weighted_worst_sdr_db(sound, louder, RATE_HZ) == HIGHEST_DB
    for metric in (spectral_distance_db, transient_loss_db, pre_attack_db, pump_db):
        assert metric(sound, louder, RATE_HZ) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("metric", METRICS)
def test_no_metric_hears_how_loud_the_output_is(sound, metric):
    noisy = with_noise(sound, 30.0)
    assert metric(sound, 0.1 * noisy, RATE_HZ) == pytest.approx(metric(sound, noisy, RATE_HZ), abs=1e-6)


@pytest.mark.parametrize("ratio_db", [20.0, 40.0])
def test_added_noise_reads_its_ratio(sound, ratio_db):
    assert sdr50_db(sound, with_noise(sound, ratio_db), RATE_HZ) == pytest.approx(ratio_db, abs=0.1)


def test_the_worst_decile_is_that_of_the_windows():
    """A fifth of the time has noise at 10 dB, the rest at 50 dB; white sound and white noise are weighted alike."""
    added = noise(8) * 10 ** (-50 / 20)
    added[: len(added) // 5] *= 10 ** (40 / 20)
    assert k_weighted_worst_sdr_db(noise(), noise() + added, RATE_HZ) == pytest.approx(10.0, abs=0.5)


def test_what_is_hardly_heard_weighs_little(sound):
    rumble = 0.01 * np.sin(2 * np.pi * 20 * TIME_S)[:, None]
    presence = 0.01 * np.sin(2 * np.pi * 3000 * TIME_S)[:, None]
    low_db, high_db = (k_weighted_worst_sdr_db(sound, sound + added, RATE_HZ) for added in (rumble, presence))
    assert low_db > high_db + 10.0


def test_an_image_that_moves_is_distortion(sound):
    assert sdr50_db(sound, sound * [1.0, 0.9], RATE_HZ) < 30.0


def test_slow_gain_riding_is_not_distortion_but_quick_is(sound):
    assert sdr50_db(sound, ridden(sound, 0.2), RATE_HZ) > 50.0
    assert sdr50_db(sound, ridden(sound, 40.0), RATE_HZ) < 20.0


@pytest.mark.parametrize(("frequency_hz", "share"), [(0.1, 0.0), (3.0, 1.0), (40.0, 0.25)])
def test_pumping_reads_the_gain_within_its_band(sound, frequency_hz, share):
    """A sine's standard deviation is its depth over the root of two."""
    read_db = pump_db(sound, ridden(sound, frequency_hz), RATE_HZ)
    assert read_db == pytest.approx(share * 2.0 / np.sqrt(2.0), abs=0.1)


def test_spectral_distance_is_the_deviation_over_bands():
    """Half of the bands, those below 850 Hz, louder by 6 dB: all lie 3 dB from their mean."""
    low = sosfiltfilt(butter(8, 850.0, fs=RATE_HZ, output="sos"), noise(), axis=0)
    assert spectral_distance_db(noise(), noise() + low, RATE_HZ) == pytest.approx(3.0, abs=0.5)


def bursts(gain_db):
    """Clicks of 5 ms over a steady tone, a half second apart, changed by `gain_db` alone."""
    steady = 0.02 * np.sin(2 * np.pi * 1000 * TIME_S)
    click = (TIME_S % 0.5 > 0.25) & (TIME_S % 0.5 <= 0.255)
    return np.column_stack([steady * np.where(click, 30 * 10 ** (gain_db / 20), 1.0)] * 2)


def test_transient_loss_is_what_onsets_lose_over_their_surroundings():
    """The surroundings of 200 ms, of which the 5 ms are a part, hold a little energy of their own."""
    full, cut = 30.0**2, 30.0**2 * 10 ** (-3 / 10)
    expected_db = 3.0 - 10 * np.log10((full * 5 + 195) / (cut * 5 + 195))
    assert transient_loss_db(bursts(0.0), bursts(-3.0), RATE_HZ) == pytest.approx(expected_db, abs=0.02)


def changed(gain_db, start_s, stop_s):
    """The bursts, and all that lies so far after their beginnings, or before them if negative, changed in level."""
    since_s = (TIME_S + 0.25 - start_s) % 0.5  # as bursts begin a quarter of a second late
    return bursts(0.0) * np.where(since_s < stop_s - start_s - 1e-9, 10 ** (gain_db / 20), 1.0)[:, None]


@pytest.mark.parametrize("gain_db", [-6.0, -0.5, 3.0])
def test_pre_attack_reads_the_gain_before_attacks_against_that_of_the_200_ms_before(gain_db):
    """An eighth of which has that gain itself, if 25 ms have."""
    expected_db = gain_db - 20 * np.log10((7 + 10 ** (gain_db / 20)) / 8)
    read_db = pre_attack_db(bursts(0.0), changed(gain_db, -0.025, 0.0), RATE_HZ)
    assert read_db == pytest.approx(expected_db, abs=0.02)


def test_pre_attack_reads_a_gain_that_falls_evenly():
    """To -4 dB in the 100 ms before each attack: -3.5 dB at 12.5 ms before it, which is the middle of what is read."""
    since_s = (TIME_S + 0.25) % 0.5
    gain = 10 ** (-4.0 / 20 * np.clip((since_s - 0.4) / 0.1, 0.0, 1.0))
    expected_db = -3.5 - 20 * np.log10(gain[since_s >= 0.3].mean())
    assert pre_attack_db(bursts(0.0), bursts(0.0) * gain[:, None], RATE_HZ) == pytest.approx(expected_db, abs=0.05)


@pytest.mark.parametrize(
    ("start_s", "stop_s", "expected_db"),
    [(-0.005, 0.0, 0.11), (0.0, 0.005, 0.0), (0.0, 0.2, 0.0), (-0.25, 0.25, 0.0)],
)
def test_what_an_attack_masks_or_changes_itself_is_no_fall_before_it(start_s, stop_s, expected_db):
    """The last 5 ms count as surroundings alone."""
    read_db = pre_attack_db(bursts(0.0), changed(-6.0, start_s, stop_s), RATE_HZ)
    assert read_db == pytest.approx(expected_db, abs=0.04)


def test_a_gain_that_is_still_coming_back_reads_positive():
    assert pre_attack_db(bursts(0.0), changed(-6.0, 0.0, 0.4), RATE_HZ) == pytest.approx(2.5, abs=0.1)


def test_attacks_out_of_silence_have_nothing_before_them_to_fall(sound):
    alone = sound * (TIME_S % 0.5 < 0.2)[:, None]
    assert pre_attack_db(alone, 0.5 * alone, RATE_HZ) == pytest.approx(0.0, abs=1e-9)


def test_a_sound_without_onsets_loses_none():
    silence = np.zeros((RATE_HZ, 2))
    assert transient_loss_db(silence, silence, RATE_HZ) == 0.0
    assert pre_attack_db(silence, silence, RATE_HZ) == 0.0
    assert pre_attack_db(silence[:100], silence[:100], RATE_HZ) == 0.0


def test_a_clipped_tone_reads_its_thd():
    """A square wave's fundamental holds 8 / pi^2 of its power (Fourier)."""
    square = np.sign(np.sin(2 * np.pi * 50 * TIME_S + 0.001))
    assert thd_n_db(square, (50.0,), RATE_HZ) == pytest.approx(10 * np.log10(1 - 8 / np.pi**2), abs=0.05)


def test_tones_that_belong_are_no_distortion():
    pair = np.sin(2 * np.pi * 60 * TIME_S) + np.sin(2 * np.pi * 1000 * TIME_S + 1.0) + 0.1
    assert thd_n_db(pair, PAIR_HZ, RATE_HZ) < -200.0
    assert thd_n_db(pair, (60.0,), RATE_HZ) == pytest.approx(-3.01, abs=0.01)


def clip(sound, _rate_hz, ceiling_db):
    ceiling = 10 ** (ceiling_db / 20)
    return np.clip(sound, -ceiling, ceiling)


def test_a_clipper_is_brought_to_the_loudness_and_truly_under_the_ceiling(sound):
    outcome = bring(clip, Item("music", sound, RATE_HZ), -11.0)
    assert outcome is not None
    assert outcome.shipped.true_peak_dbtp > CEILING_DBTP + 0.1
    assert plain_true_peak_dbtp(outcome.lowered.limited) <= CEILING_DBTP + OVER_DB + 0.01
    for attempt in (outcome.shipped, outcome.lowered):
        assert attempt.loudness_lufs == pytest.approx(-11.0, abs=TOLERANCE_LU)
    assert outcome.lowered.setting_dbtp < CEILING_DBTP


def test_what_cannot_be_so_loud_is_said(sound):
    assert bring(clip, Item("music", sound, RATE_HZ), 3.0) is None


def test_the_quick_meter_reads_as_the_plain_one(sound):
    hot = np.clip(3.0 * sound, -0.9, 0.9)
    assert true_peak_dbtp(hot) == pytest.approx(plain_true_peak_dbtp(hot), abs=0.01)


def test_our_limiter_is_the_first_and_clean_on_tones():
    ours = limiters("python")[0]
    assert ours.lacks() == ""
    assert limited_thd_n_db(ours.process, PAIR_HZ) < limited_thd_n_db(clip, PAIR_HZ) - 20.0
