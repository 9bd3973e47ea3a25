"""The groove's conditioning narrows the bass, keeps the middle, and takes the rumble out."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import butter, sosfilt, sosfreqz

from pipeline.dsp.types import Block
from pipeline.processors.low_end import tighten_low_end

RATE_HZ = 96000


def blocks_of(signal: Block, size: int) -> Iterator[Block]:
    return (signal[start : start + size] for start in range(0, len(signal), size))


def conditioned(signal: Block, elliptic_corner_hz: float | None, rumble_corner_hz: float | None) -> Block:
    blocks = tighten_low_end(
        iter([signal]), RATE_HZ, elliptic_corner_hz=elliptic_corner_hz, rumble_corner_hz=rumble_corner_hz
    )
    return np.concatenate(list(blocks))


def noise(frames: int) -> Block:
    return np.random.default_rng(11).uniform(-0.5, 0.5, (frames, 2))


def gain_db(impulse: Block, channel_sum: tuple[float, float], frequency_hz: float) -> float:
    """The level at one frequency of an impulse response, channels weighted."""
    response = impulse @ np.array(channel_sum)
    turn = np.exp(-2j * np.pi * frequency_hz / RATE_HZ * np.arange(len(response)))
    return float(20 * np.log10(abs(np.sum(response * turn))))


def impulse(left: float, right: float) -> Block:
    signal = np.zeros((1 << 17, 2))
    signal[0] = left, right
    return signal


@pytest.mark.parametrize("corner_hz", [75.0, 150.0, 300.0])
def test_the_side_falls_six_decibels_an_octave_from_its_corner(corner_hz: float) -> None:
    response = conditioned(impulse(1.0, -1.0), corner_hz, None)
    side = (0.5, -0.5)
    assert gain_db(response, side, corner_hz) == pytest.approx(-3.01, abs=0.01)
    assert gain_db(response, side, 20 * corner_hz) == pytest.approx(0.0, abs=0.02)
    for octaves in (1, 2, 3):
        ratio = 2.0**-octaves
        expected_db = 10 * np.log10(ratio**2 / (1 + ratio**2))
        assert gain_db(response, side, corner_hz * ratio) == pytest.approx(expected_db, abs=0.01)


def test_the_middle_is_left_as_it_was() -> None:
    signal = noise(20_000)
    heard = conditioned(signal, 150.0, None)
    assert np.abs(heard.sum(axis=1) - signal.sum(axis=1)).max() < 1e-15


def test_bass_in_phase_passes_bit_for_bit() -> None:
    bass = 0.7 * np.sin(2 * np.pi * 55 * np.arange(20_000) / RATE_HZ)
    mono = np.stack((bass, bass), axis=1)
    assert np.array_equal(conditioned(mono, 150.0, None), mono)


def test_bass_on_one_side_ends_up_on_both() -> None:
    response = conditioned(impulse(1.0, 0.0), 300.0, None)
    assert gain_db(response, (1.0, 0.0), 10.0) == pytest.approx(-6.0, abs=0.1)
    assert gain_db(response, (0.0, 1.0), 10.0) == pytest.approx(-6.0, abs=0.1)


def test_the_elliptic_equaliser_is_a_butterworth_high_pass_on_the_side() -> None:
    signal = noise(20_000)
    heard = conditioned(signal, 150.0, None)
    high_pass = butter(1, 150.0, "highpass", fs=RATE_HZ, output="sos")
    expected = sosfilt(high_pass, signal[:, 0] - signal[:, 1])
    assert np.abs(heard[:, 0] - heard[:, 1] - expected).max() < 1e-12


@pytest.mark.parametrize("channel", [0, 1])
def test_rumble_falls_twelve_decibels_an_octave_on_each_channel(channel: int) -> None:
    response = conditioned(impulse(1.0, 1.0), None, 20.0)
    only = (1.0 - channel, float(channel))
    _, reference = sosfreqz(
        butter(2, 20.0, "highpass", fs=RATE_HZ, output="sos"), [5.0, 10.0, 20.0, 1000.0], fs=RATE_HZ
    )
    for frequency_hz, expected in zip((5.0, 10.0, 20.0, 1000.0), np.abs(reference), strict=True):
        assert gain_db(response, only, frequency_hz) == pytest.approx(20 * np.log10(expected), abs=1e-6)
    assert gain_db(response, only, 20.0) == pytest.approx(-3.01, abs=0.01)
    assert gain_db(response, only, 5.0) == pytest.approx(-24.1, abs=0.1)


def test_an_offset_is_removed() -> None:
    heard = conditioned(np.full((RATE_HZ, 2), 0.5), 150.0, 20.0)
    assert np.abs(heard[-1000:]).max() < 1e-9


def test_with_both_left_out_samples_pass_bit_for_bit() -> None:
    signal = noise(1000)
    assert conditioned(signal, None, None).tobytes() == signal.tobytes()


@given(size=st.integers(1, 500))
def test_any_block_size_gives_the_same_samples(size: int) -> None:
    signal = noise(1200)
    blocks = (part for block in blocks_of(signal, size) for part in (block, signal[:0]))
    heard = np.concatenate(list(tighten_low_end(blocks, RATE_HZ, elliptic_corner_hz=150.0, rumble_corner_hz=20.0)))
    assert heard.tobytes() == conditioned(signal, 150.0, 20.0).tobytes()


@pytest.mark.parametrize("corner_hz", [0.0, -5.0, 48000.0])
def test_a_corner_outside_the_band_is_refused(corner_hz: float) -> None:
    with pytest.raises(ValueError, match="corner"):
        tighten_low_end(iter([]), RATE_HZ, elliptic_corner_hz=corner_hz, rumble_corner_hz=None)
    with pytest.raises(ValueError, match="corner"):
        tighten_low_end(iter([]), RATE_HZ, elliptic_corner_hz=None, rumble_corner_hz=corner_hz)
