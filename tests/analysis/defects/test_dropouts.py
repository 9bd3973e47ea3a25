"""A dropout put into music must be found in its place; a fade, a pause or a gate must not be taken for one."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.analysis.defects.dropouts import DropoutSearch, Interruptions, Silence
from tests.support.clean_music import RATE_HZ, Signal, in_16_bits, music

RATES_HZ = [44_100, 96_000]


def interruptions(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> Interruptions:
    search = DropoutSearch(rate_hz)
    for start in range(0, len(signal), block):
        search.add(signal[start : start + block])
    return search.result()


def zeros(frames: int, before: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.zeros((frames, len(before)))


def dither(frames: int, before: NDArray[np.float64]) -> NDArray[np.float64]:
    rng = np.random.default_rng(frames)
    return np.round(rng.random((frames, len(before))) - rng.random((frames, len(before)))) / 32_768


def stuck_value(frames: int, before: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.full((frames, len(before)), 0.3 * before)


def off_zero(signal: Signal, start: int, length: int) -> int:
    """The next place where sound at the very edges is not passing zero, as a gate's would."""
    while np.abs(signal[[start - 1, start + length]]).min() < 0.02:
        start += 1
    return start


@pytest.mark.parametrize("filling", [zeros, dither, stuck_value])
@pytest.mark.parametrize("length_s", [0.001, 0.01, 0.3])
@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("channels", [(0, 1), (1,)])
def test_every_dropout_is_found_in_its_place(
    filling: Callable[[int, NDArray[np.float64]], NDArray[np.float64]],
    length_s: float,
    rate_hz: int,
    channels: tuple[int, ...],
) -> None:
    rng = np.random.default_rng(round(1000 * length_s) + len(channels))
    signal = in_16_bits(music(rate_hz % 7 + channels[0], 4.0, rate_hz))
    length = round(length_s * rate_hz) + 1
    starts = [round((second + rng.uniform(0.05, 0.1)) * rate_hz) for second in (1.2, 2.0, 2.8)]
    starts = [off_zero(signal, start, length) for start in starts]
    for start in starts:
        signal[start : start + length, list(channels)] = filling(length, signal[start - 1, list(channels)])
    found = interruptions(signal, rate_hz).dropouts
    assert [dropout.start for dropout in found] == pytest.approx(starts, abs=rate_hz / 1000)
    assert [dropout.stop - dropout.start for dropout in found] == pytest.approx([length] * 3, abs=rate_hz / 1000)
    assert all(dropout.channels == channels for dropout in found)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_undamaged_music_does_not_drop_out(seed: int, rate_hz: int) -> None:
    signal = music(seed, 3.0, rate_hz)
    for level in (1.0, 0.1):
        assert not interruptions(level * signal, rate_hz).dropouts
        assert not interruptions(in_16_bits(level * signal), rate_hz).dropouts


SECONDS = np.arange(3 * RATE_HZ) / RATE_HZ


def gate(ramp_s: float, rest_s: float) -> NDArray[np.float64]:
    """Open for a quarter of a second, shut for the rest; opening and shutting take a ramp."""
    phase_s = SECONDS % (0.25 + rest_s)
    return np.clip(np.minimum(phase_s, 0.25 - phase_s) / ramp_s, 0.0, 1.0)


UNDAMAGED: dict[str, Callable[[], NDArray[np.floating]]] = {
    "a square wave": lambda: 0.5 * np.sign(np.sin(2 * np.pi * 100 * SECONDS + 0.1)),
    "two square waves": lambda: (
        0.3 * (np.sign(np.sin(2 * np.pi * 100 * SECONDS + 0.1)) + np.sign(np.sin(2 * np.pi * 150 * SECONDS + 0.1)))
    ),
    "a pulse wave": lambda: 0.7 * (SECONDS * 80.3 % 1.0 < 0.1),
    "a low sine": lambda: 0.9 * np.sin(2 * np.pi * 25 * SECONDS),
    "a clipped low sine": lambda: np.clip(2.0 * np.sin(2 * np.pi * 45 * SECONDS), -0.9, 0.9),
    "a gated tone": lambda: 0.5 * np.sin(2 * np.pi * 660 * SECONDS) * gate(0.001, 0.06),
    "gated noise": lambda: 0.1 * np.random.default_rng(1).standard_normal(len(SECONDS)) * gate(0.002, 0.1),
    "hits and rests": lambda: (
        np.random.default_rng(2).standard_normal(len(SECONDS))
        * 0.2
        * np.exp(-((SECONDS % 0.3) * 60))
        * gate(0.001, 0.05)
    ),
}


@pytest.mark.parametrize("name", UNDAMAGED)
def test_what_only_sounds_like_dropping_out_does_not(name: str) -> None:
    sound = UNDAMAGED[name]()
    assert not interruptions(np.stack([sound, 0.7 * sound], axis=1)).dropouts


def paused(fade_s: float, pause_s: float) -> Signal:
    """Music that fades out, is silent, and fades in again."""
    fade = np.linspace(1.0, 0.0, round(fade_s * RATE_HZ))[:, None]
    first, second = music(1, 3.0), music(2, 3.0)
    first[-len(fade) :] *= fade
    second[: len(fade)] *= fade[::-1]
    return np.concatenate([first, np.zeros((round(pause_s * RATE_HZ), 2)), second])


def test_a_pause_between_fades_is_a_silence() -> None:
    found = interruptions(paused(0.2, 0.8))
    assert not found.dropouts
    (silence,) = found.silences
    assert silence.start == pytest.approx(3 * RATE_HZ, abs=2)
    assert silence.stop == pytest.approx(3.8 * RATE_HZ, abs=2)


def test_a_pause_of_a_moment_is_no_silence() -> None:
    assert not interruptions(paused(0.2, 0.3)).silences


def test_a_long_dropout_is_told_once() -> None:
    signal = in_16_bits(music(3))
    signal[3 * RATE_HZ : 4 * RATE_HZ] = 0.0
    found = interruptions(signal)
    assert len(found.dropouts) == 1
    assert not found.silences


def test_silence_at_the_ends_is_counted_and_not_reported() -> None:
    body = 0.5 * np.random.default_rng(4).standard_normal((2 * RATE_HZ, 2))
    signal = np.concatenate([np.zeros((30_000, 2)), body, np.zeros((50_001, 2))])
    assert interruptions(signal) == Interruptions((), (), 30_000, 50_001)
    assert interruptions(body) == Interruptions((), (), 0, 0)


def test_nothing_but_silence_leads_and_trails() -> None:
    assert interruptions(np.zeros((70_000, 2))) == Interruptions((), (), 70_000, 70_000)


def damaged() -> Signal:
    signal = in_16_bits(music(5, 3.0))
    signal[40_000:40_100] = 0.0
    signal[70_000:71_000, 1] = 0.0
    signal[90_000:115_000] *= np.linspace(1.0, 0.0, 25_000)[:, None] ** 4
    return np.concatenate([signal[:115_000], np.zeros((30_000, 2)), signal[60_000:]])


@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=12))
@settings(max_examples=10)
def test_any_block_size_finds_the_same(sizes: list[int]) -> None:
    signal = damaged()
    search, start = DropoutSearch(RATE_HZ), 0
    for size in [*sizes, len(signal)]:
        search.add(signal[start : start + size])
        start += size
    assert search.result() == interruptions(signal, block=len(signal))


def test_blocks_of_one_frame_find_the_same() -> None:
    signal = damaged()
    found = interruptions(signal, block=1)
    assert found == interruptions(signal, block=len(signal))
    assert len(found.dropouts) >= 2
    assert found.silences == (Silence(found.silences[0].start, 145_000),)


def test_nothing_drops_out_of_nothing() -> None:
    assert DropoutSearch(RATE_HZ).result() == Interruptions((), (), 0, 0)
