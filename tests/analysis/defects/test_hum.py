"""Mains hum: found under music that pauses, where it begins and ends; notes near the mains are not taken for it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.defects.hum import Hum, HumSearch
from pipeline.dsp.decibels import amplitude
from tests.support.clean_music import Signal, in_16_bits, music

RATE_HZ = 16_000  # the search itself works at some 1 kHz


def searched(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> HumSearch:
    search = HumSearch(rate_hz)
    for start in range(0, len(signal), block):
        search.add(signal[start : start + block])
    return search


def hum_in(signal: Signal, rate_hz: int = RATE_HZ) -> Hum | None:
    return searched(signal, rate_hz).hum()


def line(duration_s: float, tone_hz: float, level_dbfs: float, rate_hz: int = RATE_HZ) -> Signal:
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    sine = amplitude(level_dbfs) * np.sin(2 * np.pi * tone_hz * time_s + tone_hz)
    return np.stack([sine, sine], axis=1)


def noise(duration_s: float, level_dbfs: float = -70.0, rate_hz: int = RATE_HZ) -> Signal:
    rng = np.random.default_rng(1)
    return amplitude(level_dbfs) * rng.standard_normal((round(duration_s * rate_hz), 2))


def band(duration_s: float, rate_hz: int = RATE_HZ, seed: int = 1) -> Signal:
    """A bass line of notes from E1 to A#2, and chords; the bass rests for 8 s in every 16."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    sound = noise(duration_s, -75.0, rate_hz)
    for beat in range(int(duration_s * 2)):
        part = slice(round(beat * 0.5 * rate_hz), round((beat + 1) * 0.5 * rate_hz))
        passed_s = time_s[part] - time_s[part.start]
        touch = np.sin(2 * np.pi * passed_s) ** 2 * np.exp(-6.0 * passed_s)  # no clicks: they have a low end too
        bass_hz, chord_hz = 41.203 * 2 ** (rng.integers(0, 19, 1) / 12), 220.0 * 2 ** (rng.integers(0, 24, 3) / 12)
        tones_hz = [*(bass_hz if beat // 16 % 2 else ()), *chord_hz]
        for tone_hz in tones_hz:
            sound[part] += (0.5 * np.sin(2 * np.pi * tone_hz * passed_s) * touch)[:, None]
    return sound


@pytest.mark.parametrize("mains_hz", [50, 60])
@pytest.mark.parametrize("off_hz", [-0.15, 0.0, 0.1])
@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_hum_is_found_at_its_level(mains_hz: int, off_hz: float, rate_hz: int) -> None:
    signal = noise(20.0, rate_hz=rate_hz) + line(20.0, mains_hz + off_hz, -60.0, rate_hz)
    hum = hum_in(signal, rate_hz)
    assert hum is not None
    assert hum.mains_hz == mains_hz
    assert hum.harmonics == (1,)
    assert hum.level_dbfs == pytest.approx(-60.0, abs=0.3)
    assert (hum.start, hum.end) == (0, len(signal))


@pytest.mark.parametrize("level_dbfs", [-45.0, -55.0, -65.0])
@pytest.mark.parametrize("mains_hz", [50, 60])
def test_hum_is_found_under_a_band_whose_bass_pauses(mains_hz: int, level_dbfs: float) -> None:
    hum = hum_in(in_16_bits(band(64.0) + line(64.0, mains_hz + 0.04, level_dbfs)))
    assert hum is not None
    assert hum.mains_hz == mains_hz
    assert hum.level_dbfs == pytest.approx(level_dbfs, abs=1.5)


def test_a_rectifiers_hum_is_known_by_its_harmonics() -> None:
    signal = noise(30.0) + line(30.0, 100.06, -50.0) + line(30.0, 150.09, -56.0)
    hum = hum_in(signal)
    assert hum is not None
    assert hum.mains_hz == 50
    assert hum.harmonics == (2, 3)
    assert hum.level_dbfs == pytest.approx(-50.0, abs=0.3)


def test_hum_of_one_channel_reads_three_decibels_less_than_that_of_both() -> None:
    one = line(30.0, 50.0, -50.0) * (1.0, 0.0)
    hum = hum_in(noise(30.0) + one)
    assert hum is not None
    assert hum.level_dbfs == pytest.approx(-53.0, abs=0.3)


@pytest.mark.parametrize(("start_s", "end_s"), [(10.0, 40.0), (15.3, 48.9), (21.7, 41.7)])
def test_hum_of_one_section_is_found_in_its_place(start_s: float, end_s: float) -> None:
    hum_alone = line(60.0, 50.0, -55.0)
    hum_alone[: round(start_s * RATE_HZ)] = hum_alone[round(end_s * RATE_HZ) :] = 0.0
    hum = hum_in(noise(60.0, -80.0) + hum_alone)
    assert hum is not None
    assert hum.start / RATE_HZ == pytest.approx(start_s, abs=0.1)
    assert hum.end / RATE_HZ == pytest.approx(end_s, abs=0.1)
    assert hum.level_dbfs == pytest.approx(-55.0, abs=0.3)


@pytest.mark.parametrize("seed", range(3))
def test_music_without_hum_has_none(seed: int) -> None:
    assert hum_in(band(40.0, seed=seed)) is None
    assert hum_in(in_16_bits(music(seed, 30.0, RATE_HZ))) is None
    assert hum_in(np.zeros((30 * RATE_HZ, 2))) is None


@pytest.mark.parametrize("tone_hz", [46.25, 49.0, 49.5, 50.5, 51.91, 58.27, 61.74, 98.0, 123.47])
@pytest.mark.parametrize("partials", [1, 11])
@pytest.mark.parametrize("vibrato", [0.0, 0.3])
def test_a_held_note_near_the_mains_is_a_note(tone_hz: float, partials: int, vibrato: float) -> None:
    time_s = np.arange(30 * RATE_HZ) / RATE_HZ
    phase = 2 * np.pi * tone_hz * time_s + vibrato * np.sin(2 * np.pi * 5.0 * time_s)
    drone = np.sum([np.sin(partial * phase) / partial for partial in range(1, partials + 1)], axis=0)
    assert hum_in(noise(30.0, -80.0) + 0.2 * drone[:, None]) is None


@pytest.mark.parametrize("tempo_bpm", [90.0, 100.0, 120.0, 125.0, 128.0])
@pytest.mark.parametrize("mains_hz", [50, 60])
@pytest.mark.parametrize("decay_s", [0.1, 0.5])
def test_a_bass_drum_in_tune_with_the_mains_is_no_hum(tempo_bpm: float, mains_hz: int, decay_s: float) -> None:
    passed_s = np.arange(30 * RATE_HZ) / RATE_HZ % (60.0 / tempo_bpm)
    drum = 0.5 * np.sin(2 * np.pi * mains_hz * passed_s) * np.exp(-passed_s / decay_s)
    assert hum_in(noise(30.0, -80.0) + drum[:, None]) is None


def test_too_little_sound_tells_nothing() -> None:
    assert hum_in(line(10.0, 50.0, -50.0)) is None
    assert HumSearch(RATE_HZ).hum() is None


SECTION = in_16_bits(noise(16.0) + line(16.0, 60.0, -55.0))
WHOLE = hum_in(SECTION)


@settings(max_examples=10)
@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=12), st.sampled_from([1, 31, 4_096]))
def test_any_block_size_gives_the_same_hum(sizes: list[int], small: int) -> None:
    assert WHOLE is not None
    search = HumSearch(RATE_HZ)
    start = 0
    for size in [*sizes, *[small] * 20]:
        search.add(SECTION[start : start + size])
        start += size
    search.add(SECTION[start:])
    assert search.hum() == WHOLE
