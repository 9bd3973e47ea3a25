"""A click put into music must be found in its place; music that only sounds like clicking must not be taken for one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.analysis.defects.clicks import Click, ClickSearch
from tests.support.clean_music import RATE_HZ, Signal, in_16_bits, music

RATES_HZ = [44_100, 96_000]


def clicks(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> tuple[Click, ...]:
    search = ClickSearch(rate_hz)
    for start in range(0, len(signal), block):
        search.add(signal[start : start + block])
    return search.clicks()


def spike(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.array([rng.choice([-0.4, 0.4])])


def rectangle(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.full(rng.integers(3, 11), rng.choice([-0.4, 0.4]))


def garbled_word(rng: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(rng.uniform(-0.6, 0.6, rng.integers(10, 28)))


def vinyl_tick(rng: np.random.Generator) -> NDArray[np.float64]:
    time = np.arange(28)
    return np.asarray(0.7 * np.exp(-time / 6) * np.cos(time * rng.uniform(0.3, 2.0)))


def places_apart_from_beats(duration_s: float, rate_hz: int, rng: np.random.Generator) -> list[int]:
    """One in each beat of 0.4 s but the first and last two, while its noise is dying away."""
    starts_s = 0.4 * np.arange(2, round(duration_s / 0.4) - 2)
    return [round((start_s + rng.uniform(0.2, 0.38)) * rate_hz) for start_s in starts_s]


@pytest.mark.parametrize("impulse", [spike, rectangle, garbled_word, vinyl_tick])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [(0, 1), (1,)])
def test_every_click_is_found_in_its_place(
    impulse: Callable[[np.random.Generator], NDArray[np.float64]], rate_hz: int, channels: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(len(channels) + rate_hz)
    signal = music(rate_hz % 11 + channels[0], 4.0, rate_hz)
    places = places_apart_from_beats(4.0, rate_hz, rng)
    for place in places:
        wave = impulse(rng)
        signal[place : place + len(wave), list(channels)] += wave[:, None]
    found = clicks(in_16_bits(signal), rate_hz)
    assert [click.frame for click in found] == pytest.approx(places, abs=rate_hz / 1000)
    assert all(set(click.channels) <= set(channels) for click in found)


def test_a_spikes_height_and_length_are_told() -> None:
    signal = music(3)
    signal[200_000, 0] += 0.25
    (click,) = clicks(signal)
    assert (click.frame, click.length, click.channels) == (200_000, 1, (0,))
    assert click.height_dbfs == pytest.approx(20 * np.log10(0.25), abs=0.3)
    assert click.prominence_db > 16.0


def test_a_spike_in_digital_silence_is_a_click() -> None:
    signal = np.zeros((RATE_HZ, 2))
    signal[30_000] = 0.02
    (click,) = clicks(signal)
    assert click.frame == 30_000


def sustained(duration_s: float = 3.0, rate_hz: int = RATE_HZ) -> Signal:
    """Two held tones and a little noise."""
    time_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    tone = 0.3 * np.sin(2 * np.pi * 440 * time_s) + 0.2 * np.sin(2 * np.pi * 1237 * time_s)
    hiss = 1e-4 * np.random.default_rng(5).standard_normal((len(time_s), 2))
    return np.ascontiguousarray(tone[:, None] * [1.0, 0.8] + hiss)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("dropped", [50, 77, 150])
def test_frames_dropped_from_a_held_tone_are_found(rate_hz: int, dropped: int) -> None:
    signal = sustained(rate_hz=rate_hz)
    place = round(1.2345 * rate_hz)
    (click,) = clicks(np.delete(signal, np.s_[place : place + dropped], axis=0), rate_hz)
    assert click.frame == pytest.approx(place, abs=rate_hz / 1000)
    assert click.channels == (0, 1)


@pytest.mark.parametrize("seed", range(4))
def test_a_cut_to_another_place_is_found(seed: int) -> None:
    bed = music(seed, 8.0)
    cut, on = round(2.3 * RATE_HZ), round(5.05 * RATE_HZ)  # the noise of the beat is low at both
    on += int(np.argmax(np.abs(bed[on : on + 4000, 0] - bed[cut, 0])))
    found = clicks(np.concatenate([bed[:cut], bed[on:]]))
    assert [click.frame for click in found] == pytest.approx([cut], abs=RATE_HZ / 1000)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_undamaged_music_does_not_click(seed: int, rate_hz: int) -> None:
    signal = music(seed, 3.0, rate_hz)
    for level in (1.0, 0.1):
        assert not clicks(level * signal, rate_hz)
        assert not clicks(in_16_bits(level * signal), rate_hz)
        assert not clicks(np.round(level * signal * 32_767) / 32_768, rate_hz)


def repeated(stroke: NDArray[np.float64], period: int, duration_s: float = 3.0) -> NDArray[np.float64]:
    signal = np.zeros(round(duration_s * RATE_HZ))
    for start in range(1000, len(signal) - len(stroke), period):
        signal[start : start + len(stroke)] += stroke
    return signal


def pluck(tone_hz: int, seed: int = 1) -> NDArray[np.float64]:
    """Karplus and Strong's string: a burst of noise, going round and dying away."""
    period = RATE_HZ // tone_hz
    string = np.random.default_rng(seed).uniform(-0.5, 0.5, RATE_HZ // 4)
    for i in range(period + 1, len(string)):
        string[i] = 0.498 * (string[i - period] + string[i - period - 1])
    return string * np.linspace(1.0, 0.0, len(string))


SECONDS = np.arange(3 * RATE_HZ) / RATE_HZ
UNDAMAGED: dict[str, Callable[[], NDArray[np.float64]]] = {
    "a square wave": lambda: 0.5 * np.sign(np.sin(2 * np.pi * 100 * SECONDS + 0.1)),
    "a low square wave": lambda: 0.5 * np.sign(np.sin(2 * np.pi * 41.2 * SECONDS + 0.1)),
    "a saw": lambda: (SECONDS * 110.3) % 1.0 - 0.5,
    "hi-hats": lambda: repeated(
        0.4 * np.diff(np.random.default_rng(2).standard_normal(4001)) * np.exp(-np.arange(4000) / 400), RATE_HZ // 8
    ),
    "castanets": lambda: repeated(
        0.7 * np.sin(2 * np.pi * 2100 * SECONDS[:4000]) * np.exp(-np.arange(4000) / 300), RATE_HZ // 6
    ),
    "kicks": lambda: repeated(
        0.8 * np.sin(40 * (1 - np.exp(-SECONDS[:12_000] * 30))) * np.linspace(1.0, 0.0, 12_000) ** 2, RATE_HZ // 2
    ),
    "plucks": lambda: 0.5 * repeated(pluck(220), RATE_HZ // 3),
    "saws that start at once": lambda: repeated((SECONDS[:9000] * 220.5) % 1.0 - 0.5, RATE_HZ // 4),
    "a gated tone": lambda: (
        0.5 * np.sin(2 * np.pi * 440 * SECONDS) * np.clip(66 * np.sin(2 * np.pi * 4 * SECONDS) + 20, 0, 1)
    ),
    "noise": lambda: 0.2 * np.random.default_rng(3).standard_normal(len(SECONDS)),
    "a sweep": lambda: 0.5 * np.sin(2 * np.pi * 20 * (1000 ** (SECONDS / 3) - 1) * 3 / np.log(1000)),
}


@pytest.mark.parametrize("name", UNDAMAGED)
@pytest.mark.parametrize("bed", [0.0, 0.2], ids=["alone", "in music"])
def test_what_sounds_like_clicking_is_none(name: str, bed: float) -> None:
    sound = UNDAMAGED[name]()
    signal = np.stack([sound, 0.7 * sound], axis=1) + bed * music(4, 3.0)
    assert not clicks(signal)
    assert not clicks(in_16_bits(0.8 * signal))


@pytest.mark.parametrize("seed", range(3))
def test_clipped_and_limited_music_does_not_click(seed: int) -> None:
    signal = music(seed)
    assert not clicks(np.clip(1.5 * signal, -0.6, 0.6))
    assert not clicks(np.tanh(3.0 * signal))


def clicking(duration_s: float) -> Signal:
    signal = music(6, duration_s)
    signal[20_000::15_000, 0] += 0.3
    return signal


@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=12))
@settings(max_examples=10)
def test_any_block_size_finds_the_same(sizes: list[int]) -> None:
    signal = clicking(3.0)
    search, start = ClickSearch(RATE_HZ), 0
    for size in [*sizes, len(signal)]:
        search.add(signal[start : start + size])
        start += size
    assert search.clicks() == clicks(signal, block=len(signal))


def test_blocks_of_one_frame_find_the_same() -> None:
    signal = clicking(1.5)
    assert clicks(signal, block=1) == clicks(signal, block=len(signal))
    assert clicks(signal)


def test_asking_midway_changes_nothing() -> None:
    signal = clicking(3.0)
    search = ClickSearch(RATE_HZ)
    search.add(signal[:50_001])
    assert [click.frame for click in search.clicks()] == [20_000, 35_000]
    search.add(signal[50_001:])
    assert search.clicks() == clicks(signal)


def test_nothing_clicks_in_nothing() -> None:
    assert ClickSearch(RATE_HZ).clicks() == ()
