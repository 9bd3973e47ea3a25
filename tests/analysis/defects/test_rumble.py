"""Rumble: found under music whose bass pauses, at its level; what drums and basses have down there is not rumble."""

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from pipeline.analysis.defects.hum import HumSearch
from pipeline.analysis.defects.rumble import BASS_HZ, RUMBLE_HZ, Rumble, rumble
from pipeline.dsp.decibels import amplitude
from tests.analysis.defects.test_hum import band, line, noise
from tests.support.clean_music import Signal, in_16_bits, music

RATE_HZ = 16_000


def rumble_in(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> Rumble | None:
    search = HumSearch(rate_hz, (RUMBLE_HZ, BASS_HZ))
    for start in range(0, len(signal), block):
        search.add(signal[start : start + block])
    return rumble(search.low_powers())


def traffic(duration_s: float, level_dbfs: float, rate_hz: int = RATE_HZ, seed: int = 3) -> Signal:
    """Noise between 4 and 18 Hz, as loud as a sine of this level."""
    white = np.random.default_rng(seed).standard_normal((round(duration_s * rate_hz), 2))
    low = sosfilt(butter(2, (4.0, 18.0), "bandpass", fs=rate_hz, output="sos"), white, axis=0)
    return np.asarray(amplitude(level_dbfs) / np.sqrt(2.0) * low / low.std())


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 96_000])
def test_rumble_is_found_at_its_level(rate_hz: int) -> None:
    found = rumble_in(noise(24.0, rate_hz=rate_hz) + traffic(24.0, -40.0, rate_hz), rate_hz)
    assert found is not None
    assert found.level_dbfs == pytest.approx(-40.0, abs=1.5)
    assert found.over_bass_db > 10.0


@pytest.mark.parametrize("level_dbfs", [-30.0, -40.0, -50.0])
def test_rumble_is_found_under_a_band_whose_bass_pauses(level_dbfs: float) -> None:
    found = rumble_in(in_16_bits(band(64.0) + traffic(64.0, level_dbfs)))
    assert found is not None
    assert found.level_dbfs == pytest.approx(level_dbfs, abs=2.5)


def test_what_is_too_soft_to_matter_is_not_told() -> None:
    assert rumble_in(band(64.0) + traffic(64.0, -62.0)) is None


def test_what_passes_by_is_no_rumble() -> None:
    passing = traffic(64.0, -30.0)
    passing[: 48 * RATE_HZ] = 0.0
    assert rumble_in(band(64.0) + passing) is None


@pytest.mark.parametrize("seed", range(3))
def test_a_band_does_not_rumble(seed: int) -> None:
    assert rumble_in(in_16_bits(band(48.0, seed=seed))) is None


@pytest.mark.parametrize("seed", range(4))
def test_undamaged_music_does_not_rumble(seed: int) -> None:
    assert rumble_in(in_16_bits(music(seed, 24.0)), 44_100) is None


@pytest.mark.parametrize("beats_a_minute", [90.0, 128.0])
def test_a_bass_drum_does_not_rumble(beats_a_minute: float) -> None:
    """A hard one, with nothing else: it starts at once, which has all frequencies."""
    time_s = np.arange(32 * RATE_HZ) / RATE_HZ % (60.0 / beats_a_minute)
    phase = 2 * np.pi * (45.0 * time_s + 60.0 * (1 - np.exp(-20.0 * time_s)) / 20.0)
    drum = 0.8 * np.sin(phase) * np.exp(-9.0 * time_s)
    assert rumble_in(np.stack([drum, drum], axis=1)) is None


def test_a_sub_bass_that_pauses_does_not_rumble() -> None:
    tone = line(64.0, 30.0, -12.0)
    tone *= (np.arange(len(tone)) // (8 * RATE_HZ) % 2)[:, None]
    assert rumble_in(noise(64.0) + tone) is None


def test_dc_is_no_rumble() -> None:
    assert rumble_in(noise(24.0) + 0.2) is None


def test_blocks_do_not_matter_and_little_sound_has_none() -> None:
    sound = noise(24.0) + traffic(24.0, -40.0)
    whole, pieces = rumble_in(sound), rumble_in(sound, block=4801)
    assert whole is not None
    assert whole == pieces
    assert rumble_in(sound[: 7 * RATE_HZ]) is None
    assert rumble_in(sound[:0]) is None
