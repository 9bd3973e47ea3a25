import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums import Intent
from pipeline.measure.spectrum import SpectrumMeter
from pipeline.process.equaliser import Band, equalise, response_db
from pipeline.tone import _weighted_median, centre_db, distance_db, match
from tests.conftest import RATE_HZ, music


def spectrum(sound, bands=()):
    meter = SpectrumMeter(RATE_HZ)
    for block in equalise(iter([sound]), tuple(bands), RATE_HZ):
        meter.add(block)
    return meter.result()


SOUND = music(12.0, seed=5)
PLAIN = spectrum(SOUND)
FULL = Intent(tone_match=1.0, eq_limit_db=12.0)


def spread_db(distance, spectrum_):
    """Root mean square over 60 Hz to 10 kHz, a common offset removed."""
    centres_hz = np.array(spectrum_.centres_hz[: len(distance)])
    inside = (centres_hz >= 60) & (centres_hz <= 10000)
    return float(np.std(distance[inside]))


def test_alike_mixes_are_left_alone():
    centre = centre_db([PLAIN, PLAIN, PLAIN], [1.0, 1.0, 1.0])
    assert match(PLAIN, centre, FULL, RATE_HZ)[0] == ()


def test_a_known_error_is_taken_back():
    wrong = (Band("bell", 250.0, 4.0, 0.8), Band("high-shelf", 7000.0, -3.0, 0.7))
    disturbed = spectrum(SOUND, wrong)
    centre = centre_db([PLAIN, disturbed, PLAIN], [1.0, 1.0, 1.0])
    bands, reasons = match(disturbed, centre, FULL, RATE_HZ)
    mended = spectrum(next(iter(equalise(iter([SOUND]), wrong, RATE_HZ))), bands)
    assert spread_db(distance_db(disturbed, centre), disturbed) > 1.0
    assert spread_db(distance_db(mended, centre), mended) < 0.6
    assert any("over the album's centre, matched 100% of the way" in reason for reason in reasons)


@given(st.floats(-9.0, 9.0), st.floats(0.0, 6.0), st.floats(0.0, 1.0), st.sampled_from([90.0, 400.0, 3000.0, 9000.0]))
def test_the_equaliser_stays_within_its_limit(error_db, limit_db, tone_match, frequency_hz):
    disturbed = spectrum(SOUND, [Band("bell", frequency_hz, error_db, 1.0)]) if abs(error_db) > 0.1 else PLAIN
    centre = centre_db([PLAIN, disturbed, PLAIN], [1.0, 1.0, 1.0])
    bands, _ = match(disturbed, centre, Intent(tone_match=tone_match, eq_limit_db=limit_db), RATE_HZ)
    assert all(abs(band.gain_db) <= limit_db + 1e-9 for band in bands)
    heard = response_db(bands, RATE_HZ, np.geomspace(30, 16000, 100))
    assert np.abs(heard).max() <= limit_db + 0.15  # of unlike signs, gains cut to tenths can add up to more


def test_a_limit_of_nought_switches_the_equaliser_off():
    disturbed = spectrum(SOUND, [Band("bell", 1000.0, 6.0, 1.0)])
    centre = centre_db([PLAIN, disturbed, PLAIN], [1.0, 1.0, 1.0])
    assert match(disturbed, centre, Intent(eq_limit_db=0.0), RATE_HZ)[0] == ()


def test_what_is_not_there_is_not_boosted():
    dark = spectrum(SOUND, [Band("high-shelf", 3000.0, -24.0, 0.7)] * 3)
    centre = centre_db([PLAIN, dark, PLAIN], [1.0, 1.0, 1.0])
    bands, _ = match(dark, centre, FULL, RATE_HZ)
    assert all(band.gain_db <= 12.0 for band in bands)


def test_the_order_of_tracks_does_not_matter():
    others = [spectrum(SOUND, [Band("bell", 500.0, gain_db, 1.0)]) for gain_db in (-4.0, 1.0, 3.0)]
    one = centre_db(others, [1.0, 2.0, 3.0])
    other = centre_db(others[::-1], [3.0, 2.0, 1.0])
    assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("values", "weights", "median"),
    [([1.0, 2.0, 9.0], [1, 1, 1], 2.0), ([1.0, 2.0], [1, 1], 1.5), ([1.0, 5.0], [3, 1], 1.0), ([7.0], [1], 7.0)],
)
def test_the_weighted_median(values, weights, median):
    assert _weighted_median(np.array(values), np.array(weights, float)) == median
