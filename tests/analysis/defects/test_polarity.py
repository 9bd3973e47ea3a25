"""A channel of undamaged music inverted or silenced, or both exchanged or joined, at known places: found there."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from pipeline.analysis.defects.polarity import ChannelSpan, PolaritySearch
from tests.support.clean_music import RATE_HZ, Signal, in_16_bits, music

PLACE_S = 0.05
PLACES = [(2.0, 7.3), (3.217, 4.9), (8.05, 11.4)]


def found(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> tuple[ChannelSpan, ...]:
    search = PolaritySearch(rate_hz)
    for start in range(0, len(signal), block):
        search.add(signal[start : start + block])
    return search.passages()


def song(seed: int, rate_hz: int = RATE_HZ) -> Signal:
    """Music between wide and narrow."""
    return _song(seed, rate_hz).copy()


@cache
def _song(seed: int, rate_hz: int) -> Signal:
    mid, side = music(seed, 15.0, rate_hz), music(seed + 100, 15.0, rate_hz)
    return np.ascontiguousarray(mid + [0.2, -0.2] * side)


def wide(seed: int) -> Signal:
    """Spaced microphones: the channels agree in the low end only, as one of them hears all else later."""
    noise = np.fft.rfft(np.random.default_rng(seed).standard_normal((15 * RATE_HZ, 4)), axis=0)
    frequency_hz = np.fft.rfftfreq(15 * RATE_HZ, 1 / RATE_HZ)[:, None]
    noise *= 1.0 / np.maximum(frequency_hz, 40.0)
    low = frequency_hz < 250.0
    both, left, right, _ = np.fft.irfft(np.where(low, noise, 0.3 * noise), axis=0).T
    delayed = np.roll(left, 700)
    signal: Signal = 0.1 * np.stack([both + left, both + delayed + 0.3 * right], axis=1) / np.std(both)
    return signal


def spaced_pair(seed: int, solo_s: tuple[float, float]) -> Signal:
    """An orchestra before two microphones metres apart, in a hall; in between only those far from the centre play.

    Each player is heard first by the nearer microphone, 1 to 20 ms later by the other; either has its own tail.
    """
    rng = np.random.default_rng(seed)
    seconds = np.arange(20 * RATE_HZ) / RATE_HZ
    plays_solo = np.clip(np.minimum(seconds - solo_s[0], solo_s[1] - seconds) / 0.3, 0.0, 1.0)
    signal = 0.02 * rng.standard_normal((len(seconds), 1)) * (1.0 - plays_solo[:, None])
    for player in range(6):
        central = player < 2
        delay_s = rng.uniform(0.0, 0.0003) if central else rng.choice([-1.0, 1.0]) * rng.uniform(0.001, 0.020)
        line = _line(rng, seconds) * (3.0 * (1.0 - plays_solo) if central else rng.uniform(0.3, 1.0))
        near, late = line, np.roll(line, round(abs(delay_s) * RATE_HZ)) * rng.uniform(0.7, 1.0)
        signal = signal + np.stack([near, late] if delay_s > 0.0 else [late, near], axis=1)
    tails = rng.standard_normal((RATE_HZ, 2)) * np.exp(-6.9 * seconds[:RATE_HZ, None])
    tails *= rng.uniform(0.1, 0.5) / np.linalg.norm(tails, axis=0)
    signal += fftconvolve(signal.mean(axis=1)[:, None], tails, axes=0)[: len(signal)]
    return np.ascontiguousarray(0.5 * signal / np.abs(signal).max())


def _line(rng: np.random.Generator, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Long notes of many partials, with vibrato."""
    notes_hz = rng.choice([60.0, 90.0, 130.0, 200.0]) * 2.0 ** (rng.integers(0, 12, 10) / 12.0)
    frequency_hz = notes_hz[(seconds // 2.0).astype(np.intp)] * (1.0 + 0.004 * np.sin(2 * np.pi * 5.3 * seconds))
    phase = 2 * np.pi * np.cumsum(frequency_hz) / RATE_HZ
    partials = (np.sin(k * phase + rng.uniform(0.0, 6.0)) / k**1.2 for k in range(1, 16))
    return np.asarray(sum(partials) * np.minimum(1.0, np.minimum(seconds % 2.0, -seconds % 2.0) / 0.1))


def assert_place(passage: ChannelSpan, start_s: float, end_s: float, rate_hz: int = RATE_HZ) -> None:
    assert passage.start / rate_hz == pytest.approx(start_s, abs=PLACE_S)
    assert passage.end / rate_hz == pytest.approx(end_s, abs=PLACE_S)


@pytest.mark.parametrize("place_s", PLACES)
@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("rate_hz", [22_050, 44_100])
def test_an_inverted_stretch_is_found_in_its_place(place_s: tuple[float, float], channel: int, rate_hz: int) -> None:
    signal = song(1, rate_hz)
    signal[round(place_s[0] * rate_hz) : round(place_s[1] * rate_hz), channel] *= -1.0
    (passage,) = found(signal, rate_hz)
    assert passage.kind == "inverted"
    assert passage.channel in (("left", "right")[channel], None)
    assert passage.figure < -0.3
    assert_place(passage, *place_s, rate_hz)


def test_it_is_found_at_a_high_rate() -> None:
    signal = song(1, 96_000)
    signal[5 * 96_000 : 9 * 96_000, 0] *= -1.0
    (passage,) = found(signal, 96_000)
    assert_place(passage, 5.0, 9.0, 96_000)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_found_in_16_bits_at_a_low_level_and_over_an_offset(seed: int) -> None:
    signal = 0.1 * song(seed)
    signal[4 * RATE_HZ : 9 * RATE_HZ, 0] *= -1.0
    (passage,) = found(in_16_bits(signal) + 0.02)
    assert passage.kind == "inverted"
    assert_place(passage, 4.0, 9.0)


def test_it_is_found_to_the_frame_where_the_waveform_turns() -> None:
    signal = song(1)
    start, end = (3 * RATE_HZ + int(np.argmax(np.abs(signal[at : at + 400, 1]))) for at in (3 * RATE_HZ, 3 * RATE_HZ))
    end += 5 * RATE_HZ
    signal[start:end, 1] *= -1.0
    (passage,) = found(signal)
    assert passage.start == start
    assert passage.channel == "right"


@pytest.mark.parametrize("seed", range(3))
def test_a_channel_inverted_throughout_is_found(seed: int) -> None:
    (passage,) = found(song(seed) * [1.0, -1.0])
    assert (passage.kind, passage.start, passage.end) == ("inverted", 0, 15 * RATE_HZ)
    assert passage.figure < -0.5


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 4.0), (0.0, 12.0), (3.0, 15.0), (11.0, 15.0)])
def test_it_is_found_at_the_start_and_at_the_end(start_s: float, end_s: float) -> None:
    signal = song(2)
    signal[round(start_s * RATE_HZ) : round(end_s * RATE_HZ), 1] *= -1.0
    (passage,) = found(signal)
    assert passage.kind == "inverted"
    assert_place(passage, start_s, end_s)


def test_wide_music_inverted_throughout_is_found_by_its_low_end() -> None:
    signal = wide(1)
    assert not found(signal)
    assert [passage.kind for passage in found(signal * [-1.0, 1.0])] == ["inverted"]


@pytest.mark.parametrize("seed", range(4))
def test_undamaged_music_shows_nothing(seed: int) -> None:
    for signal in (music(seed), song(seed), in_16_bits(song(seed)), wide(seed)):
        assert not found(signal)


def test_channels_that_have_nothing_in_common_show_nothing() -> None:
    signal = 0.1 * np.random.default_rng(1).standard_normal((15 * RATE_HZ, 2))
    signal[4 * RATE_HZ : 9 * RATE_HZ, 0] *= -1.0
    assert not found(signal)


@pytest.mark.parametrize("seed", [3, 9, 16])
@pytest.mark.parametrize("solo_s", [(0.0, 7.0), (6.0, 14.0)])
def test_a_spaced_pair_shows_nothing(seed: int, solo_s: tuple[float, float]) -> None:
    assert not found(spaced_pair(seed, solo_s))


@pytest.mark.parametrize("seed", [0, 4, 12])
def test_an_inverted_stretch_of_a_spaced_pair_is_found(seed: int) -> None:
    signal = spaced_pair(seed, (6.0, 14.0))
    signal[3 * RATE_HZ : round(9.5 * RATE_HZ), 0] *= -1.0
    (passage,) = found(signal)
    assert (passage.kind, passage.channel) == ("inverted", "left")
    assert_place(passage, 3.0, 9.5)


def test_a_wide_passage_over_a_bass_in_the_middle_is_made_so() -> None:
    """As stereo wideners make pads: out of phase, but for the low end."""
    signal = song(1)
    seconds = np.arange(len(signal)) / RATE_HZ
    pad = np.where((seconds > 5) & (seconds < 9), 0.3 * np.sin(2 * np.pi * 700 * seconds), 0.0)
    assert not found(signal + np.stack([pad, -pad], axis=1))


def test_exchanged_channels_are_found_in_their_place() -> None:
    signal = song(1) * [1.0, 0.6]
    start, end = (int(at + np.argmax(np.abs(signal[at : at + 400] @ [1.0, -1.0]))) for at in (4 * RATE_HZ, 8 * RATE_HZ))
    signal[start:end] = signal[start:end, ::-1]
    (passage,) = found(signal)
    assert passage.kind == "exchanged"
    assert_place(passage, start / RATE_HZ, end / RATE_HZ)


@pytest.mark.parametrize("bits", ["float", "16 bits"])
def test_a_mono_stretch_in_stereo_is_found_in_its_place(bits: str) -> None:
    signal = song(3)
    signal[5 * RATE_HZ : 8 * RATE_HZ, 1] = signal[5 * RATE_HZ : 8 * RATE_HZ, 0]
    (passage,) = found(signal if bits == "float" else in_16_bits(signal))
    assert passage.kind == "identical"
    assert_place(passage, 5.0, 8.0)


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("length_s", [0.3, 4.0])
def test_a_channel_that_goes_silent_while_the_other_plays_is_found(channel: int, length_s: float) -> None:
    signal = song(3)
    signal[5 * RATE_HZ : round((5.0 + length_s) * RATE_HZ), channel] = 0.0
    (passage,) = found(in_16_bits(signal))
    assert (passage.kind, passage.channel) == ("one-silent", ("left", "right")[channel])
    assert_place(passage, 5.0, 5.0 + length_s)


def test_silence_in_both_channels_is_no_matter_of_theirs() -> None:
    signal = song(3)
    signal[5 * RATE_HZ : 9 * RATE_HZ] = 0.0
    assert not found(signal)
    assert not found(np.zeros((RATE_HZ, 2)))
    assert not found(np.zeros((100, 2)))


def damaged() -> Signal:
    signal = song(5)[2 * RATE_HZ : 5 * RATE_HZ]
    signal[45_678:98_765, 1] *= -1.0
    return signal


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=30))
@settings(deadline=None, max_examples=20)
def test_any_block_size_finds_the_same(sizes: list[int]) -> None:
    signal, search, start = damaged(), PolaritySearch(RATE_HZ), 0
    for size in [*sizes, len(signal)]:
        search.add(signal[start : start + size])
        start += size
    assert search.passages() == found(signal, block=len(signal))


def test_blocks_of_one_frame_find_the_same() -> None:
    assert found(damaged(), block=1) == found(damaged())
    assert found(damaged())
