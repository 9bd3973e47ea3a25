"""Tone: an album's centre does not move for one track, order does not matter, the side counts above the bass."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.analysis.meters.spectrum import SpectrumMeter
from pipeline.matching.tone import Tone, centre_db, distance_db, tone_of
from pipeline.plan.treatment import in_words
from pipeline.processors.equaliser import Band, equalise
from tests.support.music import RATE_HZ, music


def heard(sound, bands=(), highest_hz=float("inf")):
    meter = SpectrumMeter(RATE_HZ)
    for block in equalise(iter([sound]), tuple(bands), RATE_HZ):
        meter.add(block)
    return tone_of(meter.result(), highest_hz)


SOUND = music(12.0, seed=5)
PLAIN = heard(SOUND)


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
