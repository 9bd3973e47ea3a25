import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.dsp.gain_reduction import GainReduction
from pipeline.processors.limiter import limit
from tests.support.music import music
from tests.support.true_peak_reference import true_peak_dbtp

CEILING_DBTP = -1.0
MUSIC_TOLERANCE_DB = 0.02
TORTURE_TOLERANCE_DB = 0.1
SLOW_RATE_HZ = 8000  # where a few seconds, and so several windows, are few samples
FAR_S = 0.15  # farther than any stage sees


def cut(sound, sizes):
    start, turn = 0, 0
    while start < len(sound):
        yield sound[start : start + sizes[turn % len(sizes)]]
        start += sizes[turn % len(sizes)]
        turn += 1


def limited(sound, rate_hz=44100, ceiling_dbtp=CEILING_DBTP, sizes=(8192,), reduction=None):
    blocks = list(limit(cut(sound, sizes), rate_hz, ceiling_dbtp, reduction=reduction))
    return np.concatenate([np.empty((0, 2)), *blocks])


def tones(*frequencies_hz, over_db, seconds=3.0, rate_hz=44100):
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    wave = sum(np.sin(2 * np.pi * frequency_hz * time_s + i) for i, frequency_hz in enumerate(frequencies_hz))
    wave *= 10 ** ((CEILING_DBTP + over_db) / 20) / np.abs(wave).max()
    return np.column_stack([wave, wave])


def drums(seconds=3.0, rate_hz=44100):
    """Full-band bursts and falling tones in both channels, unlike."""
    rng = np.random.default_rng(3)
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    since_s = time_s % 0.25
    snare = rng.standard_normal((len(time_s), 2)) * np.exp(-since_s * 25)[:, None]
    kick = np.sin(2 * np.pi * (50 * since_s - np.exp(-since_s * 30) * 8)) * np.exp(-since_s * 9)
    return 0.3 * snare + kick[:, None] * [0.8, 0.7]


@settings(max_examples=12, deadline=None)
@given(st.floats(-12, 20), st.floats(-12, 0), st.integers(0, 1000), st.sampled_from([22050, 44100, 96000]))
def test_music_never_exceeds_the_ceiling(drive_db, ceiling_dbtp, seed, rate_hz):
    sound = music(0.5, rate_hz, seed, tilt=0.5) * 10 ** (drive_db / 20)
    peak_dbtp = true_peak_dbtp(limited(sound, rate_hz, ceiling_dbtp))
    assert peak_dbtp <= ceiling_dbtp + MUSIC_TOLERANCE_DB


def square(frequency_hz, frames=40000):
    wave = np.where(np.arange(frames) * frequency_hz / 44100 % 1.0 < 0.5, 1.0, -1.0)
    return np.column_stack([wave, 0.3 * wave])


def clicks(*places, frames=40000):
    sound = np.zeros((frames, 2))
    sound[list(places), 0] = 1.0
    return sound


TORTURE = {
    "square 50 Hz": square(50.0),
    "square 997 Hz": square(997.0),
    "square 5113 Hz": square(5113.0),
    "noise": np.random.default_rng(1).standard_normal((60000, 2)) / 3,
    "random signs": np.random.default_rng(2).choice([-1.0, 1.0], (60000, 2)),
    "clicks at block borders": clicks(0, 127, 128, 4095, 8191, 8192, 8193, 16384, 39999),
    "dense clicks": clicks(*np.random.default_rng(3).integers(0, 40000, 2000)),
    "constant": np.ones((30000, 2)),
    "tone near half the rate": np.cos(0.96 * np.pi * np.arange(30000))[:, None] * [1.0, 1.0],
    "drums": drums(),
}


@pytest.mark.parametrize("drive_db", [0.0, 6.0, 20.0])
@pytest.mark.parametrize("name", TORTURE)
def test_torture_never_exceeds_the_ceiling(name, drive_db):
    sound = TORTURE[name] * 10 ** (drive_db / 20)
    assert true_peak_dbtp(limited(sound)) <= CEILING_DBTP + TORTURE_TOLERANCE_DB


@pytest.mark.parametrize(
    ("rate_hz", "frequency", "degrees"), [(44100, 1 / 4, 45), (96000, 1 / 6, 60), (48000, 1 / 8, 67.5)]
)
def test_peaks_between_samples_are_brought_to_the_ceiling(rate_hz, frequency, degrees):
    wave = 2.0 * np.sin(2 * np.pi * frequency * np.arange(30000) + np.radians(degrees))
    middle = limited(np.column_stack([wave, wave]), rate_hz)[10000:20000]
    assert np.abs(middle).max() == pytest.approx(10 ** (CEILING_DBTP / 20) * np.abs(wave).max() / 2, rel=1e-4)


@pytest.mark.parametrize("rate_hz", [44100, 96000, 192000])
def test_samples_under_the_ceiling_pass_bit_for_bit(rate_hz):
    sound = music(0.5, rate_hz, tilt=0.3)
    sound *= 10 ** ((CEILING_DBTP - 0.01) / 20) / 10 ** (true_peak_dbtp(sound) / 20)
    np.testing.assert_array_equal(limited(sound, rate_hz), sound)


def test_far_from_a_peak_samples_pass_bit_for_bit():
    sound = music(3.0, tilt=0.5) * 0.5
    sound[60000] = 1.5
    far = round(FAR_S * 44100)
    result = limited(sound)
    np.testing.assert_array_equal(result[: 60000 - far], sound[: 60000 - far])
    np.testing.assert_array_equal(result[60000 + far :], sound[60000 + far :])
    assert np.abs(result[60000]).max() < 1.0


def test_a_peak_that_stands_alone_is_taken_out_quickly():
    """5 ms away from it seven tenths of the reduction are over."""
    sound = np.full((20000, 2), 0.5)
    sound[10000] = 10 ** (5 / 20)
    gain = limited(sound)[:, 0] / sound[:, 0]
    reduction_db = -20 * np.log10(gain)
    assert reduction_db[10000] == pytest.approx(6.0, abs=0.1)
    assert max(reduction_db[10000 - 220], reduction_db[10000 + 220]) < 0.3 * reduction_db[10000]


def test_a_kick_does_not_duck_the_tone_before_it():
    """6 dB over, on a tone far below: an even slow stage would turn that down by 0.5 dB 50 ms before, 1.9 dB at 20 ms.

    Within the last 10 ms it does fall, where the kick masks it; before, by a quarter of a decibel at most.
    """
    onset = 44100
    since_s = (np.arange(2 * onset) - onset) / 44100
    kick = np.sin(2 * np.pi * 55 * since_s) * np.exp(-9 * np.abs(since_s)) * (since_s >= 0.0)
    wave = 0.1 * np.cos(2 * np.pi * 1000 * since_s) + 10 ** ((CEILING_DBTP + 6.0) / 20) / kick.max() * kick
    result = limited(np.column_stack([wave, wave]))[:, 0]
    for before_s, bound_db in ((0.100, 0.01), (0.050, 0.26), (0.020, 0.26), (0.010, 0.8), (0.005, 2.5)):
        at = onset - round(before_s * 44100)
        assert -20 * np.log10(result[at] / wave[at]) <= bound_db


def test_after_a_loud_tone_the_level_comes_back_slowly():
    """The hold lasts 14 ms beyond the tone; there the averages take half of what they did."""
    wave = 0.1 * np.cos(2 * np.pi * 1000 * np.arange(88200) / 44100)
    wave[22050:44100] += tones(500, over_db=6.0, seconds=0.5)[:, 0]
    gain = limited(np.column_stack([wave, wave]))[:, 0] / wave
    taken_db = [-20 * np.log10(gain[44100 + round(after_s * 44100)]) for after_s in (0.002, 0.014, 0.050, 0.100)]
    assert taken_db[1] == pytest.approx(-20 * np.log10(0.75), abs=0.5)
    assert taken_db == sorted(taken_db, reverse=True)
    assert taken_db[2] > 0.4
    assert taken_db[3] > 0.0


def test_nothing_is_ever_raised():
    sound = drums() * 4
    assert (np.abs(limited(sound)) <= np.abs(sound)).all()


def test_one_gain_serves_both_channels():
    sound = drums() * 4
    sound[np.abs(sound) < 1e-3] = 0.5
    gain = limited(sound) / sound
    np.testing.assert_allclose(gain[:, 0], gain[:, 1], rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(st.integers(0, 3), st.integers(0, 40000)), min_size=1, max_size=6).filter(any))
def test_any_block_size_gives_the_same_samples(sizes):
    sound = music(5.0, SLOW_RATE_HZ) * 4
    np.testing.assert_array_equal(limited(sound, SLOW_RATE_HZ, sizes=sizes), limited(sound, SLOW_RATE_HZ))


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_any_number_of_workers_gives_the_same_samples_and_reductions(workers):
    sound = music(9.0, SLOW_RATE_HZ) * 4
    found = []
    for each in (1, workers):
        reduction = GainReduction()
        blocks = list(limit(cut(sound, (3000,)), SLOW_RATE_HZ, CEILING_DBTP, reduction=reduction, workers=each))
        found.append((np.concatenate(blocks).tobytes(), reduction.maximum_db))
    assert found[0] == found[1]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 20000))
def test_what_precedes_by_far_changes_no_sample(frames):
    """Nor, therefore, does it matter where the limiter's own windows meet: stretches may be limited side by side."""
    sound = music(3.0, SLOW_RATE_HZ) * 6
    late = limited(np.concatenate([np.zeros((frames, 2)), sound]), SLOW_RATE_HZ)
    np.testing.assert_array_equal(late[frames:], limited(sound, SLOW_RATE_HZ))


@pytest.mark.parametrize("frames", [0, 1, 2, 100, 4409])
def test_a_short_programme_keeps_its_length_and_the_ceiling(frames):
    sound = np.full((frames, 2), 3.0)
    result = limited(sound)
    assert result.shape == sound.shape
    assert frames == 0 or true_peak_dbtp(result) <= CEILING_DBTP + TORTURE_TOLERANCE_DB


def test_silence_stays_silence():
    reduction = GainReduction()
    assert not limited(np.zeros((100000, 2)), reduction=reduction).any()
    assert reduction.maximum_db == [0.0] * 23


def test_far_out_of_range_stays_finite_and_under_the_ceiling():
    sound = drums(1.0) * 1e20
    result = limited(sound)
    assert np.isfinite(result).all()
    assert true_peak_dbtp(result) <= CEILING_DBTP + TORTURE_TOLERANCE_DB


@pytest.mark.parametrize("value", [np.nan, -np.inf, 1e300])
def test_what_is_no_number_is_refused(value):
    sound = np.zeros((1000, 2))
    sound[500, 1] = value
    with pytest.raises(ValueError, match="finite"):
        limited(sound)


@pytest.mark.parametrize(("frequencies_hz", "bound_db"), [((50,), -100.0), ((60, 1000), -60.0)])
def test_steady_tones_stay_clean_with_6_db_of_limiting(frequencies_hz, bound_db):
    """What is not the tones themselves, against the tones."""
    steady = slice(44100, 88200)
    result = limited(tones(*frequencies_hz, over_db=6.0))[steady, 0]
    time_s = np.arange(44100) / 44100
    basis = np.column_stack([f(2 * np.pi * hz * time_s) for hz in frequencies_hz for f in (np.sin, np.cos)])
    clean = basis @ np.linalg.lstsq(basis, result, rcond=None)[0]
    assert 10 * np.log10(np.mean((result - clean) ** 2) / np.mean(clean**2)) <= bound_db


def test_the_programme_is_not_held_in_memory():
    asked = 0

    def endless():
        nonlocal asked
        while True:
            asked += 4096
            yield np.full((4096, 2), 2.0)

    blocks = limit(endless(), 44100, CEILING_DBTP)
    given_back = sum(len(next(blocks)) for _ in range(5))
    assert asked - given_back < 44100


def test_reduction_is_recorded_tenth_by_tenth():
    loud, quiet = tones(500, over_db=6.0, seconds=3.0), tones(500, over_db=-6.0, seconds=4.05)
    reduction = GainReduction()
    limited(np.concatenate([quiet, loud]), reduction=reduction)
    assert len(reduction.maximum_db) == 71
    assert reduction.maximum_db[:38] == [0.0] * 38
    assert reduction.maximum_db[45:68] == pytest.approx([6.0] * 23, abs=0.02)
    assert reduction.percentile(95.0) == pytest.approx(6.0, abs=0.02)
    assert reduction.percentile(25.0) == 0.0
    worst_db, start_s = reduction.worst_second()
    assert worst_db == pytest.approx(6.0, abs=0.02)
    assert 4.0 <= start_s < 6.15


def test_nothing_recorded_is_no_reduction():
    reduction = GainReduction()
    assert limited(np.empty((0, 2)), reduction=reduction).shape == (0, 2)
    assert reduction.percentile(50.0) == 0.0
    assert reduction.worst_second() == (0.0, 0.0)
