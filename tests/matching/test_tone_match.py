"""Matching: known errors are taken back, notes are not followed, limits hold, and every sentence can be computed."""

import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums import Intent
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ, k_weighting_db
from pipeline.matching.band_fit import LEAST_GAIN_DB, MOST_BANDS, SHAPES, limits_db
from pipeline.matching.tone import Tone, centre_db, over_db
from pipeline.matching.tone_match import match, smoothed_db
from pipeline.plan.treatment import WHERE, hertz
from pipeline.processors.equaliser import Band, response_db
from tests.matching.test_tone import PLAIN, SOUND, heard
from tests.support.music import RATE_HZ

FULL = Intent(tone_match=1.0, eq_limit_db=12.0)
HALF = Intent(tone_match=0.5, eq_limit_db=12.0)
FINE_HZ = np.geomspace(20.0, 20000.0, 200)
SENTENCE = re.compile(
    r"(?P<gain>[\d.]+) dB (?P<more>more|less) (?P<where>.+): the mix is there (?P<over>[\d.]+) dB (?P<side>over|under) "
    r"the album's centre, tone_match = (?P<match>[\d.]+) asks for (?P<asked>[+-][\d.]+), and the equaliser as a whole "
    r"does (?P<done>[+-][\d.]+), with loudness made up for (?P<heard>[+-][\d.]+)(?P<bounds>.*)\."
)


def spread_db(over):
    """Root mean square over 60 Hz to 12.5 kHz, a common offset removed."""
    centres_hz = np.array(NOMINAL_CENTRES_HZ[: len(over)])
    return float(np.std(over[(centres_hz >= 60) & (centres_hz <= 12500)]))


def made_up_db(tone, bands, frequencies_hz):
    """What is heard of an equaliser once loudness is made up for, from the tone's own K-weighted powers."""
    powers = 10.0 ** ((tone.level_db + k_weighting_db(tone.centres_hz)) / 10.0)
    after = powers * 10.0 ** (response_db(bands, RATE_HZ, tone.centres_hz) / 10.0)
    return response_db(bands, RATE_HZ, frequencies_hz) - 10.0 * np.log10(after.sum() / powers.sum())


def uneven(seed, deviation_db=4.0):
    """A tone that wanders away from a flat one, as music's spectra do."""
    rng = np.random.default_rng(seed)
    return Tone(rng.normal(0.0, deviation_db, len(PLAIN.level_db)).cumsum() / 3.0, PLAIN.is_carried)


def gains_of(bands):
    return {(band.kind, band.frequency_hz): band.gain_db for band in bands}


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
    assert spread_db(over_db(mended, PLAIN.level_db)) < 0.7
    assert spread_db(over_db(mended, PLAIN.level_db)) < 0.5 * spread_db(over_db(disturbed, PLAIN.level_db))


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
    assert any("at 630 Hz: the mix is there" in reason and "tone_match = 0.5 asks for" in reason for reason in reasons)


def range_of(where):
    """The third octaves that a sentence speaks of: half an octave about a bell, all beyond for a shelf."""
    kind, frequency_hz = next((kind, f) for kind, f, _ in SHAPES if f"{WHERE[kind]} {hertz(f)}" == where)
    low = 31.5 if kind == "low-shelf" else frequency_hz / 2**0.5
    high = 12500.0 if kind == "high-shelf" else frequency_hz * 2**0.5
    return (PLAIN.centres_hz >= low) & (PLAIN.centres_hz <= high)


@pytest.mark.parametrize("intent", [Intent(), HALF, FULL, Intent(tone_match=0.8, eq_limit_db=1.5)])
@pytest.mark.parametrize("seed", range(12))
def test_every_sentence_s_figures_can_be_computed(seed, intent):
    tone = replace(uneven(seed), wander_db=np.full(len(PLAIN.level_db), 0.5 * (seed % 4)))
    bands, reasons = match(tone, 0.0 * PLAIN.level_db, intent, RATE_HZ)
    over = smoothed_db(over_db(tone, 0.0 * PLAIN.level_db), tone.presence)
    assert len(reasons) == max(1, len(bands))
    for band, reason in zip(bands, reasons, strict=False):
        told = SENTENCE.fullmatch(reason)
        assert told is not None
        here = range_of(told["where"])
        there_db = response_db(bands, RATE_HZ, tone.centres_hz[here]).mean()
        assert (1.0 if told["more"] == "more" else -1.0) * float(told["gain"]) == pytest.approx(band.gain_db)
        assert (1.0 if told["side"] == "over" else -1.0) * float(told["over"]) == pytest.approx(
            over[here].mean(), abs=0.06
        )
        assert float(told["done"]) == pytest.approx(there_db, abs=0.06)
        heard_db = made_up_db(tone, bands, tone.centres_hz)[here].mean()
        assert float(told["heard"]) == pytest.approx(heard_db, abs=0.06)
        assert float(told["asked"]) == pytest.approx(-intent.tone_match * over[here].mean(), abs=0.06)
        assert (told["more"] == "less") == (told["side"] == "over")
        assert float(told["match"]) == intent.tone_match


def test_what_keeps_a_correction_small_is_told():
    wrong = heard(SOUND, [Band("bell", 1250.0, 9.0, 0.7)])
    _, reasons = match(wrong, PLAIN.level_db, Intent(tone_match=1.0), RATE_HZ)
    assert any("eq_limit_db = 3 allows 3.0 there" in reason for reason in reasons)
    wandering = replace(wrong, wander_db=np.full(len(PLAIN.level_db), 8.0))
    bands, reasons = match(wandering, PLAIN.level_db, FULL, RATE_HZ)
    assert any(re.search(r"\d\d% of the difference is there throughout", reason) for reason in reasons)
    assert max(map(abs, gains_of(bands).values())) < 0.8 * 9.0


def test_notes_are_no_tone():
    """Third octaves that stand up and down by turns, as a piece in one key has them, ask for nothing."""
    notes_db = 2.5 * (-1.0) ** np.arange(len(PLAIN.level_db))
    assert match(replace(PLAIN, level_db=PLAIN.level_db + notes_db), PLAIN.level_db, FULL, RATE_HZ)[0] == ()


def test_notes_do_not_hide_an_error():
    rng, wrong = np.random.default_rng(3), [Band("bell", 400.0, 5.0, 0.7)]
    error_db = response_db(wrong, RATE_HZ, PLAIN.centres_hz)
    left = []
    for _ in range(20):
        notes_db = rng.normal(0.0, 2.0, len(PLAIN.level_db))
        bands, _ = match(replace(PLAIN, level_db=PLAIN.level_db + error_db + notes_db), PLAIN.level_db, FULL, RATE_HZ)
        left.append(spread_db(error_db + response_db(bands, RATE_HZ, PLAIN.centres_hz)))
    assert np.mean(left) < 0.7 * spread_db(error_db)


@given(st.integers(0, 10**6), st.floats(2.0, 8.0))
def test_bands_are_few_worth_their_place_and_never_pull_against_a_neighbour(seed, deviation_db):
    bands, _ = match(uneven(seed, deviation_db), 0.0 * PLAIN.level_db, Intent(), RATE_HZ)
    assert len(bands) <= MOST_BANDS
    assert all(abs(band.gain_db) >= LEAST_GAIN_DB for band in bands)
    for lower, upper in pairwise(bands):
        is_near = upper.frequency_hz < 2.1 * lower.frequency_hz
        assert not (
            is_near and lower.gain_db * upper.gain_db < 0.0 and min(abs(lower.gain_db), abs(upper.gain_db)) >= 1.0
        )


@given(st.integers(0, 10**6), st.floats(-3.0, 3.0), st.floats(0.5, 6.0))
def test_a_tilt_counts_within_the_limit(seed, tilt_db, limit_db):
    """What a listener hears is the response once loudness is made up for: that is what the limit holds."""
    octaves = np.log2(PLAIN.centres_hz / 800.0)
    tone = replace(PLAIN, level_db=PLAIN.level_db + tilt_db * octaves + uneven(seed, 1.0).level_db)
    bands, _ = match(tone, PLAIN.level_db, Intent(tone_match=1.0, eq_limit_db=limit_db), RATE_HZ)
    heard_db = made_up_db(tone, bands, FINE_HZ)
    assert np.all(np.abs(heard_db) <= limits_db(FINE_HZ, limit_db) + 0.05)


def test_where_there_is_rumble_nothing_low_is_raised():
    thin = heard(SOUND, [Band("low-shelf", 90.0, -5.0, 0.7)])
    raised = match(thin, PLAIN.level_db, FULL, RATE_HZ)[0]
    kept = match(thin, PLAIN.level_db, FULL, RATE_HZ, has_rumble=True)[0]
    assert response_db(raised, RATE_HZ, np.array([30.0])).max() > 2.0
    assert all(band.gain_db < 0.0 for band in kept if band.frequency_hz < 100.0)
    assert response_db(kept, RATE_HZ, np.array([10.0, 20.0, 30.0])).max(initial=0.0) < 0.6
    boomy = heard(SOUND, [Band("low-shelf", 90.0, 5.0, 0.7)])
    assert match(boomy, PLAIN.level_db, FULL, RATE_HZ, has_rumble=True)[0]


@pytest.mark.parametrize("error_db", [-5.0, 5.0])
def test_no_shelf_stands_over_the_end_of_a_codec(error_db):
    wrong = [Band("high-shelf", 9000.0, error_db, 0.7)]
    whole = match(heard(SOUND, wrong), PLAIN.level_db, FULL, RATE_HZ)[0]
    ended = match(heard(SOUND, wrong, highest_hz=16000.0), PLAIN.level_db, FULL, RATE_HZ)[0]
    assert any(band.kind == "high-shelf" for band in whole)
    assert not any(band.kind == "high-shelf" for band in ended)


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
        sunk = replace(PLAIN, level_db=PLAIN.level_db - depth_db * top)
        bands, _ = match(sunk, PLAIN.level_db, FULL, RATE_HZ)
        gains_db.append(float(made_up_db(sunk, bands, np.array([10000.0]))[0]) if bands else 0.0)
    assert max(gains_db) > 9.0
    assert gains_db[-1] == 0.0
    assert np.abs(np.diff(gains_db)).max() < 0.8


def test_nothing_is_boosted_above_where_a_codec_ended_it():
    wrong = [Band("high-shelf", 6000.0, -5.0, 0.7)]
    bright = match(heard(SOUND, wrong), PLAIN.level_db, FULL, RATE_HZ)[0]
    ended = match(heard(SOUND, wrong, highest_hz=9000.0), PLAIN.level_db, FULL, RATE_HZ)[0]
    above_hz = np.array([10000.0, 12500.0])
    assert response_db(bright, RATE_HZ, above_hz).min() > 3.0
    assert response_db(ended, RATE_HZ, above_hz).max() < 1.0
