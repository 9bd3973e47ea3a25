"""Tones, noises of known slope, and an equaliser really run, against the third-octave spectrum."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import sosfilt, sosfreqz

from pipeline.measure.spectrum import (
    WEIGHTING,
    Spectrum,
    SpectrumMeter,
    k_weighting_db,
    loudness_change_lu,
)

Signal = NDArray[np.float64]
RATE_HZ = 48_000


def measured(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> Spectrum:
    meter = SpectrumMeter(rate_hz)
    for start in range(0, len(signal), block):
        meter.add(signal[start : start + block])
    return meter.result()


def tone(frequency_hz: float, rate_hz: int = RATE_HZ, duration_s: float = 3.0) -> Signal:
    sine = np.sin(2 * np.pi * frequency_hz / rate_hz * np.arange(round(duration_s * rate_hz)))
    return np.stack([sine, sine], axis=1)


def noise(slope_db_per_octave: float = 0.0, duration_s: float = 30.0, seed: int = 1) -> Signal:
    """Two unrelated noises of rms 0.1, shaped in the frequency domain."""
    rng = np.random.default_rng(seed)
    bins = np.fft.rfft(rng.standard_normal((2, round(duration_s * RATE_HZ))))
    octaves = np.log2(np.maximum(np.arange(bins.shape[1]), 10))
    signal = np.fft.irfft(bins * 10 ** (slope_db_per_octave * octaves / 20))
    return np.ascontiguousarray((0.1 * signal / signal.std()).T)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("band", [5, 10, 16, 22, 27])
def test_a_full_scale_sine_reads_nought_in_its_band_and_nothing_elsewhere(band: int, rate_hz: int) -> None:
    spectrum = measured(tone(10 ** (3 + (band - 16) / 10), rate_hz), rate_hz)
    assert spectrum.mid_db[band] == pytest.approx(0.0, abs=0.05)
    assert np.delete(spectrum.mid_db, band).max() < -35
    assert spectrum.side_db.max() == -150.0


def test_the_lowest_band_reads_within_a_decibel() -> None:
    assert measured(tone(25.0)).mid_db[0] == pytest.approx(0.0, abs=1.0)


def test_mid_and_side_are_told_apart() -> None:
    signal = tone(1000.0)
    signal[:, 1] *= -1.0
    spectrum = measured(signal)
    assert spectrum.side_db[16] == pytest.approx(0.0, abs=0.05)
    assert spectrum.mid_db.max() == -150.0


def test_white_noise_rises_by_a_decibel_a_band_and_pink_is_flat() -> None:
    for slope_db_per_octave, expected_db in ((0.0, 1.0), (-3.0103, 0.0)):
        levels_db = measured(noise(slope_db_per_octave)).mid_db[4:-1]
        steps_db, start_db = np.polyfit(np.arange(len(levels_db)), levels_db, 1)
        assert steps_db == pytest.approx(expected_db, abs=0.03)
        line_db = start_db + steps_db * np.arange(len(levels_db))
        np.testing.assert_allclose(levels_db, line_db, atol=0.7)


def test_no_energy_is_lost_between_bands() -> None:
    """Noise band-limited to where the bands lie: mid and side add up to the channels' energy."""
    sections = [[1.0, -2.0, 1.0, 1.0, -1.99, 0.9901]]  # takes out what lies under the lowest band
    signal = np.ascontiguousarray(sosfilt(sections, noise(-3.0103), axis=0))
    spectrum = measured(signal)
    bands = (10 ** (spectrum.mid_db / 10) + 10 ** (spectrum.side_db / 10)).sum()
    assert 10 * np.log10(bands / np.square(signal).sum(axis=1).mean()) == pytest.approx(0.0, abs=0.1)


def test_quiet_passages_are_gated_out() -> None:
    loud, quiet = 0.1 * tone(1000.0, duration_s=10), 0.003 * tone(100.0, duration_s=30)
    spectrum = measured(np.concatenate([loud, quiet, np.zeros((5 * RATE_HZ, 2))]))
    assert spectrum.mid_db[16] == pytest.approx(-20.0, abs=0.3)
    assert spectrum.mid_db[6] < -65  # of -50, but for the window in which one ends and the other begins


@pytest.mark.parametrize(("rate_hz", "highest_hz"), [(16_000, 8000.0), (32_000, 16_000.0), (44_100, 20_000.0)])
def test_bands_the_rate_cannot_carry_are_absent(rate_hz: int, highest_hz: float) -> None:
    spectrum = measured(tone(1000.0, rate_hz), rate_hz)
    assert spectrum.centres_hz[-1] == highest_hz
    assert len(spectrum.centres_hz) == len(spectrum.mid_db) == len(spectrum.side_db)


def test_silence_and_less_than_a_window_are_all_floor() -> None:
    for signal in (np.zeros((RATE_HZ, 2)), tone(1000.0, duration_s=0.2), np.empty((0, 2))):
        spectrum = measured(signal)
        assert set(spectrum.mid_db) == set(spectrum.side_db) == {-150.0}


def test_k_weighting_is_that_of_the_tabulated_filters() -> None:
    frequencies_hz = np.geomspace(20, 20_000, 50)
    sections = [[*feed_forward, *feedback] for feed_forward, feedback in WEIGHTING]
    _, response = sosfreqz(sections, frequencies_hz, fs=RATE_HZ)
    np.testing.assert_allclose(k_weighting_db(frequencies_hz), 20 * np.log10(np.abs(response)), atol=1e-9)
    assert k_weighting_db(997.0) == pytest.approx(0.691, abs=0.001)


TILT = [[1.1, -0.9, 0.0, 1.0, -0.85, 0.0]]
BELL = [[1.024, -1.93, 0.92, 1.0, -1.93, 0.944]]


@pytest.mark.parametrize("sections", [TILT, BELL, TILT + BELL])
@pytest.mark.parametrize("slope_db_per_octave", [0.0, -3.0103, -6.0])
def test_loudness_change_is_what_filtering_brings(sections: list[list[float]], slope_db_per_octave: float) -> None:
    signal = noise(slope_db_per_octave)
    spectrum = measured(signal)
    _, response = sosfreqz(sections, spectrum.centres_hz, fs=RATE_HZ)
    predicted_lu = loudness_change_lu(spectrum, 20 * np.log10(np.abs(response)))
    equalised = sosfilt(sections, signal, axis=0)
    assert predicted_lu == pytest.approx(weighted_db(equalised) - weighted_db(signal), abs=0.1)


def weighted_db(signal: Signal) -> float:
    """K-weighted power, by the tabulated filters in the time domain."""
    weighted = sosfilt([[*feed_forward, *feedback] for feed_forward, feedback in WEIGHTING], signal, axis=0)
    return float(10 * np.log10(np.square(weighted).sum(axis=1).mean()))


def test_an_even_gain_changes_loudness_by_itself() -> None:
    spectrum = measured(noise(duration_s=5))
    assert loudness_change_lu(spectrum, np.full(len(spectrum.centres_hz), -2.5)) == pytest.approx(-2.5)


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=20))
@settings(deadline=None, max_examples=20)
def test_any_block_size_gives_the_same_figures_to_the_last_bit(sizes: list[int]) -> None:
    signal = noise(duration_s=2.0)
    meter, start = SpectrumMeter(RATE_HZ), 0
    for size in [*sizes, len(signal)]:
        meter.add(signal[start : start + size])
        start += size
    same_figures(meter.result(), measured(signal, block=len(signal)))


def test_blocks_of_one_frame_give_the_same_figures_to_the_last_bit() -> None:
    signal = noise(duration_s=1.0)
    same_figures(measured(signal, block=1), measured(signal, block=len(signal)))


def same_figures(one: Spectrum, other: Spectrum) -> None:
    np.testing.assert_array_equal(one.mid_db, other.mid_db)
    np.testing.assert_array_equal(one.side_db, other.side_db)
