"""Tone: known errors are taken back, limits hold, what was not played is not boosted, order does not matter."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums import Intent
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ, SpectrumMeter
from pipeline.matching.tone import LEAST_GAIN_DB, Tone, centre_db, distance_db, match, over_db, tone_of
from pipeline.plan.treatment import in_words
from pipeline.processors.equaliser import Band, equalise, response_db
from tests.support.music import RATE_HZ, music


def heard(sound, bands=(), highest_hz=float("inf")):
    meter = SpectrumMeter(RATE_HZ)
    for block in equalise(iter([sound]), tuple(bands), RATE_HZ):
        meter.add(block)
    return tone_of(meter.result(), highest_hz)


SOUND = music(12.0, seed=5)
PLAIN = heard(SOUND)
FULL = Intent(tone_match=1.0, eq_limit_db=12.0)
HALF = Intent(tone_match=0.5, eq_limit_db=12.0)


def spread_db(over):
    """Root mean square over 60 Hz to 12.5 kHz, a common offset removed."""
    centres_hz = np.array(NOMINAL_CENTRES_HZ[: len(over)])
    return float(np.std(over[(centres_hz >= 60) & (centres_hz <= 12500)]))


def test_alike_mixes_are_left_alone():
    bands, reasons = match(PLAIN, centre_db([PLAIN, PLAIN, PLAIN], [1.0, 1.0, 1.0]), FULL, RATE_HZ)
    assert bands == ()
    assert reasons == ("Tone left alone: nowhere far enough from the album's centre.",)


@pytest.mark.parametrize("seed", range(4))
def test_three_known_errors_are_taken_back(seed):
    rng = np.random.default_rng(seed)
    wrong = tuple(
        Band("bell", float(np.exp(rng.uniform(np.log(60), np.log(12000)))), rng.choice((-4.0, -2.5, 2.5, 4.0)), 0.8)
        for _ in range(3)
    )
    disturbed = heard(SOUND, wrong)
    bands, _ = match(disturbed, PLAIN.level_db, FULL, RATE_HZ)
    mended = heard(SOUND, [*wrong, *bands])
    assert spread_db(over_db(disturbed, PLAIN.level_db)) > 0.8
    assert spread_db(over_db(mended, PLAIN.level_db)) < 0.45


def test_what_was_matched_once_is_left_alone():
    rng = np.random.default_rng(7)
    mixes = [
        [Band("bell", float(f), float(rng.uniform(-4, 4)), 0.8) for f in rng.uniform(80, 8000, 3)] for _ in range(5)
    ]
    weights = [1.0] * len(mixes)
    before = [heard(SOUND, wrong) for wrong in mixes]
    centre = centre_db(before, weights)
    first = [match(tone, centre, FULL, RATE_HZ)[0] for tone in before]
    after = [heard(SOUND, [*wrong, *bands]) for wrong, bands in zip(mixes, first, strict=True)]
    centre = centre_db(after, weights)
    again = [match(tone, centre, FULL, RATE_HZ)[0] for tone in after]
    fine_hz = np.geomspace(60.0, 12500.0, 50)
    moved = [np.abs(response_db(bands, RATE_HZ, fine_hz)).max() for bands in again if bands]
    assert max(moved, default=0.0) < 0.2


def test_half_a_match_takes_half_of_a_difference():
    wrong = Band("bell", 630.0, 6.0, 1.0)
    bands, reasons = match(heard(SOUND, [wrong]), PLAIN.level_db, HALF, RATE_HZ)
    change_db = response_db(bands, RATE_HZ, np.array([630.0, 5000.0]))
    assert change_db[0] - change_db[1] == pytest.approx(-3.0, abs=0.5)
    assert any("at 630 Hz: the mix is there" in reason and "matched 50% of the way." in reason for reason in reasons)


def test_every_band_has_a_reason_and_goes_with_it():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        tone = Tone(rng.normal(0.0, 4.0, len(PLAIN.level_db)).cumsum() / 3.0, PLAIN.is_carried)
        bands, reasons = match(tone, PLAIN.level_db * 0.0, HALF, RATE_HZ)
        assert len(reasons) == max(1, len(bands))
        for band, reason in zip(bands, reasons, strict=False):
            assert ("less" in reason) == (band.gain_db < 0.0)
            assert ("dB over" in reason) == (band.gain_db < 0.0)
            assert abs(band.gain_db) >= LEAST_GAIN_DB


@given(st.floats(-9.0, 9.0), st.floats(0.0, 6.0), st.floats(0.0, 1.0), st.sampled_from([90.0, 400.0, 3000.0, 9000.0]))
def test_the_equaliser_stays_within_its_limit(error_db, limit_db, tone_match, frequency_hz):
    disturbed = heard(SOUND, [Band("bell", frequency_hz, error_db, 1.0)]) if abs(error_db) > 0.1 else PLAIN
    bands, _ = match(disturbed, PLAIN.level_db, Intent(tone_match=tone_match, eq_limit_db=limit_db), RATE_HZ)
    assert all(abs(band.gain_db) <= limit_db + 1e-9 for band in bands)
    response = response_db(bands, RATE_HZ, np.geomspace(20, 20000, 200))
    assert np.abs(response).max() <= limit_db + 0.01


@pytest.mark.parametrize("wrong", [Band("low-shelf", 60.0, 9.0, 0.7), Band("high-shelf", 9000.0, 9.0, 0.7)])
def test_limits_are_tighter_at_the_ends(wrong):
    bands, _ = match(heard(SOUND, [wrong]), PLAIN.level_db, FULL, RATE_HZ)
    shelves = [band for band in bands if band.kind == wrong.kind]
    assert shelves
    assert all(abs(band.gain_db) <= 6.0 for band in shelves)


def test_a_limit_of_zero_switches_the_equaliser_off():
    disturbed = heard(SOUND, [Band("bell", 1000.0, 6.0, 1.0)])
    assert match(disturbed, PLAIN.level_db, Intent(eq_limit_db=0.0), RATE_HZ)[0] == ()


@pytest.mark.parametrize(("intent", "most_db"), [(Intent(), 0.2), (HALF, 1.0), (FULL, 1.0)])
def test_what_was_not_played_is_not_boosted(intent, most_db):
    dark = heard(SOUND, [Band("high-shelf", 3000.0, -18.0, 0.7)] * 3)
    bands, _ = match(dark, PLAIN.level_db, intent, RATE_HZ)
    assert response_db(bands, RATE_HZ, np.array([8000.0, 12500.0, 16000.0])).max() < most_db


@pytest.mark.parametrize("intent", [Intent(), HALF, FULL])
def test_where_music_gives_way_to_its_noise_is_no_cliff(intent):
    """A top that sinks by tenths of a decibel and is always 8 dB under the album's: the boost goes gently, and goes."""
    gains_db, top = [], PLAIN.centres_hz > 7000.0
    for depth_db in np.arange(30.0, 95.0, 0.1):
        tone = Tone(np.where(top, PLAIN.level_db.max() - depth_db, PLAIN.level_db), PLAIN.is_carried)
        bands, _ = match(tone, tone.level_db + 8.0 * top, intent, RATE_HZ)
        gains_db.append(float(response_db(bands, RATE_HZ, np.array([10000.0]))[0]) if bands else 0.0)
    assert gains_db[0] > min(3.0, 0.8 * intent.eq_limit_db)
    assert gains_db[-1] == 0.0
    assert np.abs(np.diff(gains_db)).max() < 0.8


def test_what_sinks_under_the_others_is_let_go_without_a_cliff():
    gains_db, top = [], PLAIN.centres_hz > 5000.0
    for depth_db in np.arange(3.0, 70.0, 0.1):
        bands, _ = match(replace(PLAIN, level_db=PLAIN.level_db - depth_db * top), PLAIN.level_db, FULL, RATE_HZ)
        gains_db.append(float(response_db(bands, RATE_HZ, np.array([10000.0]))[0]) if bands else 0.0)
    assert max(gains_db) > 10.0
    assert gains_db[-1] == 0.0
    assert np.abs(np.diff(gains_db)).max() < 0.8


def test_nothing_is_boosted_above_where_a_codec_ended_it():
    wrong = [Band("high-shelf", 6000.0, -5.0, 0.7)]
    bright = match(heard(SOUND, wrong), PLAIN.level_db, FULL, RATE_HZ)[0]
    ended = match(heard(SOUND, wrong, highest_hz=9000.0), PLAIN.level_db, FULL, RATE_HZ)[0]
    above_hz = np.array([10000.0, 12500.0])
    assert response_db(bright, RATE_HZ, above_hz).min() > 3.0
    assert response_db(ended, RATE_HZ, above_hz).max() < 1.0


def test_a_band_without_music_does_not_move_the_centre():
    gone = replace(PLAIN, level_db=PLAIN.level_db - np.where(np.arange(len(PLAIN.level_db)) < 4, 60.0, 0.0))
    gone = replace(gone, is_carried=PLAIN.is_carried & (np.arange(len(PLAIN.level_db)) >= 4))
    assert centre_db([PLAIN, gone], [1.0, 1.0])[:4] == pytest.approx(PLAIN.level_db[:4], abs=0.01)


def test_the_order_of_tracks_does_not_matter():
    others = [heard(SOUND, [Band("bell", 500.0, gain_db, 1.0)]) for gain_db in (-4.0, 1.0, 3.0, 1.0)]
    one = centre_db(others, [1.0, 2.0, 3.0, 2.0])
    other = centre_db(others[::-1], [2.0, 3.0, 2.0, 1.0])
    assert np.array_equal(one, other)


def test_one_odd_track_of_nine_does_not_move_the_centre_far():
    alike = [Tone(PLAIN.level_db + 0.1 * n, PLAIN.is_carried) for n in range(8)]
    odd = Tone(PLAIN.level_db + 30.0, PLAIN.is_carried)
    apart = centre_db([*alike, odd], [1.0] * 9) - centre_db(alike, [1.0] * 8)
    assert np.abs(apart).max() < 0.1


@pytest.mark.parametrize(
    ("values", "weights", "wanted"),
    [
        ([1.0, 2.0, 9.0], [1, 1, 1], 3.6667),
        ([1.0, 2.0], [1, 1], 1.5),
        ([7.0], [1], 7.0),
        ([0.0, 0.0, 8.0], [7, 7, 2], 0),
    ],
)
def test_an_eighth_is_left_out_at_either_end(values, weights, wanted):
    tones = [Tone(np.full(30, value), np.ones(30, bool)) for value in values]
    assert centre_db(tones, weights)[0] == pytest.approx(wanted, abs=0.006)


def test_the_side_counts_above_the_bass_only():
    left_only = SOUND * np.array([1.0, 0.0])
    meter = SpectrumMeter(RATE_HZ)
    meter.add(left_only)
    spectrum = meter.result()
    levels = tone_of(spectrum).level_db
    total = 10.0 * np.log10(10.0 ** (spectrum.mid_db / 10.0) + 10.0 ** (spectrum.side_db / 10.0))
    raised = (levels - spectrum.mid_db) - (levels - spectrum.mid_db)[0]
    assert raised[:8] == pytest.approx(0.0, abs=1e-9)  # 25 to 125 Hz
    assert raised[8:] == pytest.approx((total - spectrum.mid_db)[8:], abs=1e-9)


def test_the_artist_s_equaliser_is_told_of_a_tone():
    band = Band("bell", 1000.0, 6.0, 0.7)
    told, measured = PLAIN.through([band], RATE_HZ), heard(SOUND, [band])
    assert distance_db(told, measured.level_db) < 0.3


def test_bands_in_words():
    assert in_words([Band("low-shelf", 50.0, -1.2, 0.7), Band("bell", 3150.0, 0.8, 1.0)]) == (
        "-1.2 dB below 50 Hz, +0.8 dB at 3.15 kHz"
    )
    assert in_words([]) == "as mixed"
