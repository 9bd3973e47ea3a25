"""Copies of a mix, made as copies are, must be recognised; songs with the same beat must not be taken for copies."""

from functools import cache

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from pipeline.analysis.analysis import Analysis, analyse
from pipeline.analysis.duplicates import SharedMusic, shared_music
from tests.support.music import music

Signal = NDArray[np.float64]
RATE_HZ = 44_100
LENGTH_S = 45.0


def song(seed: int) -> Signal:
    """Music on a beat that all of them share, played louder and softer and more left and right by turns."""
    return _song(seed).copy()


@cache
def _song(seed: int) -> Signal:
    rng = np.random.default_rng(seed)
    sound = music(LENGTH_S, RATE_HZ, seed=seed, level_db=-24.0)
    seconds = np.arange(len(sound)) / RATE_HZ
    notes_s = np.cumsum(rng.uniform(0.3, 1.2, 100))
    level_db = [np.interp(seconds, notes_s, rng.normal(0.0, spread_db, 100)) for spread_db in (4.0, 2.0)]
    balance_db = np.stack([level_db[1], -level_db[1]], axis=1)
    return np.asarray(sound * 10 ** ((level_db[0][:, None] + balance_db) / 20))


def analysed(signal: Signal, rate_hz: int = RATE_HZ) -> Analysis:
    return analyse([np.ascontiguousarray(signal)], rate_hz)


@cache
def original(seed: int = 1) -> Analysis:
    return analysed(song(seed))


def likeness(signal: Signal, rate_hz: int = RATE_HZ) -> SharedMusic:
    """Of the song to what was made of it."""
    (one,) = shared_music([original(), analysed(signal, rate_hz)])
    assert (one.first, one.second) == (1, 2)
    return one


def in_16_bits(signal: Signal) -> Signal:
    rng = np.random.default_rng(1)
    dithered = signal * 32_767 + rng.random(signal.shape) - rng.random(signal.shape)
    return np.asarray(np.round(dithered) / 32_768)


def brighter(signal: Signal) -> Signal:
    highs = sosfilt(butter(1, 3000, "highpass", fs=RATE_HZ, output="sos"), signal, axis=0)
    return np.asarray(signal + 0.4 * highs)


@pytest.mark.parametrize("gain_db", [-12.0, 0.0, 5.0])
def test_the_same_mix_at_another_gain(gain_db: float) -> None:
    found = likeness(in_16_bits(song(1) * 10 ** (gain_db / 20)))
    assert found.kind == "same"
    assert found.gain_db == pytest.approx(gain_db, abs=0.05)
    assert found.difference_db < 0.05
    assert found.lag_s == pytest.approx(0.0, abs=0.01)
    assert found.overlap_s == pytest.approx(LENGTH_S, abs=1.0)


@pytest.mark.parametrize("rate_hz", [32_000, 48_000, 96_000])
def test_the_same_mix_at_another_rate(rate_hz: int) -> None:
    found = likeness(soxr.resample(song(1), RATE_HZ, rate_hz), rate_hz)
    assert found.kind == "same"
    assert found.gain_db == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("lag_s", [-7.613, -0.34, 0.25, 3.0])
def test_the_same_mix_trimmed_or_after_silence(lag_s: float) -> None:
    frames = round(abs(lag_s) * RATE_HZ)
    signal = song(1)[frames:] if lag_s < 0 else np.concatenate([np.zeros((frames, 2)), song(1)])
    found = likeness(0.5 * signal)
    assert found.kind in ("same", "alike")
    assert found.lag_s == pytest.approx(lag_s, abs=0.05)
    assert found.gain_db == pytest.approx(-6.0, abs=0.3)


def test_the_same_mix_made_brighter() -> None:
    found = likeness(brighter(song(1)))
    assert found.kind == "same"
    assert found.gain_db > 0.1


def test_the_same_mix_compressed_is_alike() -> None:
    found = likeness(np.tanh(4.0 * song(1)) / 2.0)
    assert found.kind == "alike"


@pytest.mark.parametrize("lag_s", [0.0, -0.63])
def test_the_same_mix_with_left_and_right_exchanged(lag_s: float) -> None:
    found = likeness(0.8 * song(1)[round(-lag_s * RATE_HZ) :, ::-1])
    assert found.kind == "swapped"
    assert found.lag_s == pytest.approx(lag_s, abs=0.05)


def test_an_excerpt_faded_in_and_out() -> None:
    excerpt = song(1)[10 * RATE_HZ : 38 * RATE_HZ]
    fade = np.minimum(1.0, np.minimum(np.arange(len(excerpt)), np.arange(len(excerpt))[::-1]) / RATE_HZ)
    found = likeness(excerpt * fade[:, None])
    assert found.kind in ("contained", "alike", "shared")
    assert found.lag_s == pytest.approx(-10.0, abs=0.02)
    assert found.overlap_s >= 20.0


def test_an_excerpt() -> None:
    found = likeness(song(1)[10 * RATE_HZ : 38 * RATE_HZ])
    assert found.kind == "contained"
    assert found.overlap_s == pytest.approx(28.0, abs=1.0)


def test_a_part_in_common() -> None:
    found = likeness(np.concatenate([song(2)[: 20 * RATE_HZ], song(1)[5 * RATE_HZ : 32 * RATE_HZ]]))
    assert found.kind == "shared"
    assert found.lag_s == pytest.approx(15.0, abs=0.02)
    assert found.overlap_s == pytest.approx(27.0, abs=3.0)


def test_other_songs_are_others_whatever_their_beat() -> None:
    plain = [analysed(music(LENGTH_S, RATE_HZ, seed=seed)) for seed in (1, 2)]
    assert not shared_music([*plain, *(original(seed) for seed in (1, 2, 3))])


def test_a_song_is_not_like_itself() -> None:
    half = len(song(1)) // 2
    assert not shared_music([analysed(song(1)[:half]), analysed(song(1)[half:])])
    assert not shared_music([original()])


def test_short_and_silent_tracks_are_like_nothing() -> None:
    short = [analysed(song(1)[: frames * RATE_HZ // 10]) for frames in (0, 3, 20)]
    silent = analysed(np.zeros((30 * RATE_HZ, 2)))
    assert not shared_music([original(), *short, silent, silent])
    assert not shared_music([])


def test_tracks_are_numbered_and_told_in_words() -> None:
    copy = analysed(0.5 * song(1)[2 * RATE_HZ :])
    (found,) = shared_music([original(2), original(1), original(3), copy])
    assert (found.first, found.second) == (2, 4)
    assert found.words == (
        "Tracks 2 and 4 are the same mix: for 0:42 their levels run alike within 0.0 dB, the second's at -6.0 dB and"
        " -2.0 s."
    )
