"""Tones, noises of known slope and an equaliser really run, against the spectrum; panned ones against its stereo."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import sosfilt, sosfreqz

from pipeline.analysis.meters.spectrum import (
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


def noise(slope_db_per_octave: float = 0.0, duration_s: float = 30.0, seed: int = 1, flat_to_hz: float = 1.0) -> Signal:
    """Two unrelated noises of rms 0.1, shaped in the frequency domain."""
    rng = np.random.default_rng(seed)
    bins = np.fft.rfft(rng.standard_normal((2, round(duration_s * RATE_HZ))))
    octaves = np.log2(np.maximum(np.arange(bins.shape[1]), flat_to_hz * duration_s))
    signal = np.fft.irfft(bins * 10 ** (slope_db_per_octave * octaves / 20))
    return np.ascontiguousarray((0.1 * signal / signal.std()).T)


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("band", [5, 10, 16, 22, 27])
def test_a_full_scale_sine_reads_zero_in_its_band_and_nothing_elsewhere(band: int, rate_hz: int) -> None:
    spectrum = measured(tone(10 ** (3 + (band - 16) / 10), rate_hz), rate_hz)
    assert spectrum.mid_db[band] == pytest.approx(0.0, abs=0.05)
    beside_db = spectrum.mid_db[[band - 1, band + 1]]
    assert beside_db.max() < (-40 if band == 5 else -55)
    assert np.delete(spectrum.mid_db, [band - 1, band, band + 1]).max() < -60
    assert spectrum.side_db.max() == -150.0


def test_the_lowest_band_reads_within_a_decibel() -> None:
    assert measured(tone(25.0)).mid_db[0] == pytest.approx(0.0, abs=1.0)


@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_single_precision_costs_less_than_a_hundredth_of_a_decibel(rate_hz: int) -> None:
    """Against the same windows in double precision, from the loudest band down to 120 dB below it."""
    signal = noise(-14.0, duration_s=12.0, flat_to_hz=50.0)
    signal[:, 1] = signal[:, 0] + 0.001 * signal[:, 1]
    spectrum = measured(signal, rate_hz)
    exact_db = in_double_precision_db(signal, rate_hz)
    counts = exact_db > exact_db.max() - 120.0
    assert np.count_nonzero(counts) > 40
    assert exact_db[counts].min() < exact_db.max() - 110.0
    np.testing.assert_allclose(np.stack([spectrum.mid_db, spectrum.side_db])[counts], exact_db[counts], atol=0.01)


def in_double_precision_db(signal: Signal, rate_hz: int) -> Signal:
    """Mid and side per band over all windows; there is nothing in the signal for the gate to take out."""
    length = 2 ** round(np.log2(0.37 * rate_hz))
    shape = np.sin(np.pi / 2 * np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2)
    channels = np.stack([signal.sum(axis=1), signal[:, 0] - signal[:, 1]]) / 2
    starts = range(0, len(signal) - length + 1, length // 2)
    bins = np.mean([np.abs(np.fft.rfft(channels[:, s : s + length] * shape)) ** 2 for s in starts], axis=0)
    reached = np.concatenate([np.zeros((2, 1)), np.cumsum(bins, axis=1)], axis=1)
    edges = 1000 * 10 ** ((np.arange(31) - 16.5) / 10) * length / rate_hz + 0.5
    at_edges = np.array([np.interp(edges, np.arange(reached.shape[1]), channel) for channel in reached])
    return np.asarray(10 * np.log10(4 * np.maximum(np.diff(at_edges), 1e-30) / (length * np.square(shape).sum())))


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
        assert set(spectrum.loud_mid_db) == set(spectrum.loud_side_db) == {-150.0}
        for values in (spectrum.mono_loss_db, spectrum.balance_by_band_db, spectrum.correlation_by_band):
            assert set(values) == {0.0}
        assert not spectrum.fine_powers.any()
        assert not spectrum.fine_peak_powers.any()
        assert spectrum.mono_loss_lu is None
        assert spectrum.low_correlation is None
        assert spectrum.low_minimum_correlation is None
        assert spectrum.low_minimum_correlation_at_s is None


def panned(signal: Signal, left: float, right: float) -> Signal:
    return np.ascontiguousarray(signal * np.array([left, right]))


@pytest.mark.parametrize(("left", "right"), [(1.0, 1.0), (1.0, 0.25), (-0.5, 0.01), (0.7, -0.7)])
def test_a_panned_tone_has_its_balance_and_the_correlation_of_its_signs(left: float, right: float) -> None:
    spectrum = measured(panned(tone(1000.0), left, right))
    assert spectrum.correlation_by_band[16] == pytest.approx(np.sign(left * right), abs=1e-6)
    assert spectrum.balance_by_band_db[16] == pytest.approx(20 * np.log10(abs(left / right)), abs=1e-3)


def test_a_channel_that_is_silent_correlates_with_nothing() -> None:
    spectrum = measured(panned(tone(1000.0), 0.0, 1.0))
    assert not spectrum.correlation_by_band.any()
    assert spectrum.balance_by_band_db[16] == pytest.approx(-150.0, abs=0.05)
    assert spectrum.low_correlation is None


def test_only_the_inverted_band_is_out_of_phase() -> None:
    spectrum = measured(panned(tone(100.0), 0.3, -0.3) + panned(tone(1000.0), 0.3, 0.3))
    assert spectrum.correlation_by_band[6] == pytest.approx(-1.0, abs=1e-6)
    assert spectrum.correlation_by_band[16] == pytest.approx(1.0, abs=1e-6)
    assert spectrum.low_correlation == pytest.approx(-1.0, abs=1e-6)
    assert spectrum.low_minimum_correlation == pytest.approx(-1.0, abs=1e-6)


@pytest.mark.parametrize("shared", [0.0, 0.6, 1.0])
def test_noise_correlates_by_the_share_its_channels_have_in_common(shared: float) -> None:
    common, left, right = noise(seed=2)[:, 0], *noise(seed=3).T
    own = np.sqrt(1 - shared)
    signal = np.stack([np.sqrt(shared) * common + own * left, np.sqrt(shared) * common + own * right], axis=1)
    spectrum = measured(np.ascontiguousarray(signal))
    np.testing.assert_allclose(spectrum.correlation_by_band[10:], shared, atol=0.07)
    assert spectrum.low_correlation == pytest.approx(shared, abs=0.07)


def test_mono_loses_nothing_unrelated_channels_half_and_opposite_ones_all() -> None:
    mono, apart = tone(1000.0), noise()
    assert measured(mono).mono_loss_db[16] == pytest.approx(0.0, abs=1e-9)
    assert measured(mono).mono_loss_lu == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(measured(apart).mono_loss_db[10:], 3.01, atol=0.35)
    assert measured(apart).mono_loss_lu == pytest.approx(3.01, abs=0.05)
    opposite = measured(panned(mono, 1.0, -1.0))
    assert opposite.mono_loss_db[16] == pytest.approx(150.0, abs=0.05)
    assert opposite.mono_loss_lu == pytest.approx(150.7, abs=0.1)  # K-weighting lifts 1 kHz by 0.7 dB


def test_the_worst_low_end_is_found_and_dated() -> None:
    bass, treble = tone(60.0, duration_s=20), 0.5 * tone(3000.0, duration_s=20)
    bass[8 * RATE_HZ : 12 * RATE_HZ, 1] *= -1.0
    spectrum = measured(0.4 * bass + panned(treble, 1.0, -1.0))
    assert spectrum.low_minimum_correlation == pytest.approx(-1.0, abs=1e-3)
    assert 8.0 <= (spectrum.low_minimum_correlation_at_s or 0.0) < 10.0
    assert spectrum.low_correlation == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize(("level_db", "seen"), [(-62.0, False), (-33.0, False), (-27.0, True)])
def test_a_low_end_that_is_hardly_heard_is_not_looked_at(level_db: float, seen: bool) -> None:
    bass = 0.5 * tone(60.0, duration_s=20)
    bass[8 * RATE_HZ : 12 * RATE_HZ] = 0.0
    bass[12 * RATE_HZ :] *= 10 ** (level_db / 20) * np.array([1.0, -1.0])
    assert (measured(bass).low_minimum_correlation or 0.0) == pytest.approx(-1.0 if seen else 1.0, abs=1e-3)


def test_the_loud_passages_have_a_spectrum_of_their_own() -> None:
    quiet, loud = 0.1 * tone(400.0, duration_s=20), 0.2 * tone(2000.0, duration_s=10)
    spectrum = measured(np.concatenate([quiet, panned(loud, 1.0, -1.0)]))
    assert spectrum.loud_side_db[19] == pytest.approx(-13.98, abs=0.05)
    assert spectrum.loud_mid_db.max() < -60.0
    assert spectrum.mid_db[12] == pytest.approx(-20 - 1.76, abs=0.3)


@pytest.mark.parametrize(("rate_hz", "bins"), [(22_050, 512), (44_100, 1024), (48_000, 1024), (96_000, 2048)])
def test_fine_powers_add_up_to_those_of_the_channels(rate_hz: int, bins: int) -> None:
    signal = noise(-3.0103, duration_s=20.0) + 0.05
    spectrum = measured(signal, rate_hz)
    assert spectrum.fine_powers.shape == spectrum.fine_peak_powers.shape == (bins,)
    assert spectrum.fine_bin_hz * bins == rate_hz / 2
    assert spectrum.fine_powers.sum() == pytest.approx(np.square(signal).sum(axis=1).mean(), rel=0.01)
    assert (spectrum.fine_peak_powers >= spectrum.fine_powers).all()


@pytest.mark.parametrize("frequency_hz", [0.0, 440.0, 10_000.0, 24_000.0])
def test_a_steady_tone_has_its_power_at_its_frequency_in_every_window(frequency_hz: float) -> None:
    cosine = np.cos(2 * np.pi * frequency_hz / RATE_HZ * np.arange(3 * RATE_HZ))
    spectrum = measured(np.stack([cosine, cosine], axis=1))
    expected = 2 * np.square(cosine).mean()
    bin_at = min(int(frequency_hz / spectrum.fine_bin_hz), len(spectrum.fine_powers) - 1)
    for powers in (spectrum.fine_powers, spectrum.fine_peak_powers):
        assert powers[max(0, bin_at - 1) : bin_at + 2].sum() == pytest.approx(expected, rel=1e-3)


def test_fine_powers_show_the_edge_of_a_band_and_count_what_the_gate_leaves_out() -> None:
    bins = np.fft.rfft(noise(duration_s=10.0).T)
    bins[:, np.fft.rfftfreq(10 * RATE_HZ, 1 / RATE_HZ) > 16_000] = 0.0
    limited = np.ascontiguousarray(np.fft.irfft(bins).T)
    spectrum = measured(np.concatenate([limited, np.zeros((10 * RATE_HZ, 2))]))
    middles_hz = (np.arange(len(spectrum.fine_powers)) + 0.5) * spectrum.fine_bin_hz
    below, above = spectrum.fine_powers[middles_hz < 15_950], spectrum.fine_powers[middles_hz > 16_050]
    np.testing.assert_allclose(10 * np.log10(below / np.median(below)), 0.0, atol=3.0)
    # But for the window in which the noise breaks off.
    assert above.max() < 1e-4 * np.median(below)
    assert below.sum() == pytest.approx(np.square(limited).sum(axis=1).mean() / 2, rel=0.05)


def test_the_highest_of_any_window_is_kept() -> None:
    quiet = noise(duration_s=10.0)
    quiet[5 * RATE_HZ : 6 * RATE_HZ] *= 10.0
    spectrum = measured(quiet)
    assert 10 * np.log10(spectrum.fine_peak_powers.sum() / (100 * 0.02)) == pytest.approx(0.0, abs=2.5)


def test_no_array_can_be_written_to() -> None:
    spectrum = measured(noise(duration_s=2.0))
    for values in figures(spectrum):
        if isinstance(values, np.ndarray):
            with pytest.raises(ValueError, match="read-only"):
                values[0] = 0.0


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


@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=20))
@settings(deadline=None, max_examples=20)
def test_any_block_size_gives_the_same_figures_to_the_last_bit(sizes: list[int]) -> None:
    signal = noise(duration_s=4.0)
    meter, start = SpectrumMeter(RATE_HZ), 0
    for size in [*sizes, len(signal)]:
        meter.add(signal[start : start + size])
        start += size
    same_figures(meter.result(), measured(signal, block=len(signal)))


def test_blocks_of_one_frame_give_the_same_figures_to_the_last_bit() -> None:
    signal = noise(duration_s=2.0)
    same_figures(measured(signal, block=1), measured(signal, block=len(signal)))


def test_a_result_on_the_way_is_that_of_what_came_and_changes_nothing() -> None:
    signal, meter = noise(duration_s=3.0), SpectrumMeter(RATE_HZ)
    for start in range(0, len(signal), 10_000):
        meter.add(signal[start : start + 10_000])
        same_figures(meter.result(), measured(signal[: start + 10_000]))


def figures(spectrum: Spectrum) -> list[object]:
    return [getattr(spectrum, field.name) for field in fields(spectrum)]


def same_figures(one: Spectrum, other: Spectrum) -> None:
    for value, expected in zip(figures(one), figures(other), strict=True):
        np.testing.assert_array_equal(value, expected)
