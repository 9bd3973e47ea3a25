"""The equaliser holds its analogue curve, undoes itself, and does not depend on block sizes."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import sosfilt

from pipeline.dsp.types import Block
from pipeline.processors.equaliser import Band, equalise, response_db, sections

MASTERING = (
    Band("low-shelf", 90.0, 1.5, 0.7),
    Band("bell", 250.0, -1.8, 1.0),
    Band("bell", 3150.0, 2.0, 0.8),
    Band("high-shelf", 9000.0, -2.5, 0.7),
)


def blocks_of(signal: Block, size: int) -> Iterator[Block]:
    return (signal[start : start + size] for start in range(0, len(signal), size))


def whole(blocks: Iterator[Block]) -> Block:
    return np.concatenate(list(blocks))


def noise(frames: int, seed: int = 1) -> Block:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, 2))


def analogue_db(band: Band, frequencies_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """The transfer functions of the Audio EQ Cookbook as printed there, in s."""
    s = 1j * frequencies_hz / band.frequency_hz
    a = 10.0 ** (band.gain_db / 40.0)
    q = band.q
    if band.kind == "bell":
        transfer = (s**2 + s * (a / q) + 1) / (s**2 + s / (a * q) + 1)
    elif band.kind == "low-shelf":
        transfer = a * (s**2 + (math.sqrt(a) / q) * s + a) / (a * s**2 + (math.sqrt(a) / q) * s + 1)
    else:
        transfer = a * (a * s**2 + (math.sqrt(a) / q) * s + 1) / (s**2 + (math.sqrt(a) / q) * s + a)
    return np.asarray(20.0 * np.log10(np.abs(transfer)))


@pytest.mark.parametrize("gain_db", [-6.0, -3.0, 3.0, 6.0])
@pytest.mark.parametrize("q", [0.5, 0.7, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("frequency_hz", [40.0, 1000.0, 10000.0, 12000.0, 14000.0, 16000.0])
def test_a_bell_keeps_its_analogue_curve_to_four_tenths_of_the_rate(
    frequency_hz: float, q: float, gain_db: float
) -> None:
    band = Band("bell", frequency_hz, gain_db, q)
    frequencies_hz = np.linspace(1.0, 0.4 * 44100, 2000)
    assert np.abs(response_db([band], 44100, frequencies_hz) - analogue_db(band, frequencies_hz)).max() < 0.1


@pytest.mark.parametrize("gain_db", [-6.0, -3.0, 3.0, 6.0])
@pytest.mark.parametrize("q", [0.5, 1 / math.sqrt(2), 1.0])
@pytest.mark.parametrize("frequency_hz", [60.0, 500.0, 5000.0, 8463.0, 10000.0, 15632.0])
@pytest.mark.parametrize("kind", ["low-shelf", "high-shelf"])
def test_a_shelf_keeps_its_analogue_curve_to_four_tenths_of_the_rate(
    kind: str, frequency_hz: float, q: float, gain_db: float
) -> None:
    band = Band("low-shelf" if kind == "low-shelf" else "high-shelf", frequency_hz, gain_db, q)
    frequencies_hz = np.linspace(1.0, 0.4 * 44100, 2000)
    assert np.abs(response_db([band], 44100, frequencies_hz) - analogue_db(band, frequencies_hz)).max() < 0.13


kinds = st.sampled_from(["bell", "low-shelf", "high-shelf"])


@given(
    kind=kinds,
    rate_hz=st.sampled_from([44100, 48000, 96000, 192000]),
    place=st.floats(0.0, 1.0),
    gain_db=st.floats(-12.0, 12.0),
    q=st.floats(0.4, 1.0),
)
def test_every_band_is_stable_of_minimum_phase_and_near_its_prototype(
    kind: str, rate_hz: int, place: float, gain_db: float, q: float
) -> None:
    highest_hz = 0.4 * rate_hz
    band = Band(kind, 20.0 * (highest_hz / 20.0) ** place, gain_db, q)  # type: ignore[arg-type]
    (section,) = sections([band], rate_hz)
    assert np.abs(np.roots(section[:3])).max(initial=0.0) <= 1.0
    assert np.abs(np.roots(section[3:])).max(initial=0.0) < 1.0
    frequencies_hz = np.linspace(1.0, highest_hz, 300)
    error_db = np.abs(response_db([band], rate_hz, frequencies_hz) - analogue_db(band, frequencies_hz)).max()
    assert error_db <= max(0.03 * abs(gain_db), 0.007)


@pytest.mark.parametrize("band", MASTERING)
def test_the_response_of_an_impulse_is_the_promised_response(band: Band) -> None:
    impulse = np.zeros((1 << 16, 2))
    impulse[0] = 1.0
    measured = np.fft.rfft(whole(equalise(iter([impulse]), [band], 48000))[:, 1])
    frequencies_hz = np.linspace(0.0, 24000.0, len(measured))
    assert np.abs(20 * np.log10(np.abs(measured)) - response_db([band], 48000, frequencies_hz)).max() < 1e-6


def test_bands_in_a_row_add_their_decibels() -> None:
    frequencies_hz = np.linspace(20.0, 20000.0, 50)
    single = [response_db([band], 44100, frequencies_hz) for band in MASTERING]
    assert np.abs(response_db(MASTERING, 44100, frequencies_hz) - np.sum(single, axis=0)).max() < 1e-12


@pytest.mark.parametrize("band", [*MASTERING, Band("bell", 16000.0, 9.0, 3.0), Band("high-shelf", 8463.0, 6.0, 0.5)])
def test_a_cut_undoes_its_boost(band: Band) -> None:
    inverse = Band(band.kind, band.frequency_hz, -band.gain_db, band.q)
    signal = noise(20000)
    assert np.abs(whole(equalise(iter([signal]), [band, inverse], 44100)) - signal).max() < 1e-9


def test_filtering_agrees_with_scipy() -> None:
    signal = noise(5000)
    expected = sosfilt(sections(MASTERING, 44100), signal, axis=0)
    assert np.abs(whole(equalise(blocks_of(signal, 777), MASTERING, 44100)) - expected).max() < 1e-12


@given(size=st.integers(1, 700))
def test_any_block_size_gives_the_same_samples(size: int) -> None:
    signal = noise(1500)
    expected = whole(equalise(iter([signal]), MASTERING, 44100))
    blocks = (part for block in blocks_of(signal, size) for part in (block, signal[:0]))
    assert whole(equalise(blocks, MASTERING, 44100)).tobytes() == expected.tobytes()


def test_without_bands_samples_pass_bit_for_bit() -> None:
    signal = noise(100)
    assert whole(equalise(blocks_of(signal, 7), [], 44100)).tobytes() == signal.tobytes()


def test_a_band_of_no_gain_changes_nothing() -> None:
    signal = noise(100)
    flat = [Band("bell", 1000.0, 0.0, 1.0), Band("low-shelf", 100.0, 0.0, 0.7)]
    assert whole(equalise(iter([signal]), flat, 44100)) == pytest.approx(signal, abs=1e-14)


@pytest.mark.parametrize(("frequency_hz", "q"), [(0.0, 1.0), (22050.0, 1.0), (float("nan"), 1.0), (1000.0, 0.0)])
def test_a_band_that_no_filter_can_be_is_refused(frequency_hz: float, q: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        sections([Band("bell", frequency_hz, 3.0, q)], 44100)
