"""Each defect is put into music at a known place and must be found there; the music without it must pass."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.measure.defects import Defect, DefectMeter, Defects

Signal = NDArray[np.float64]
RATE_HZ = 44_100
PLACE_S = 0.05


def music(seed: int, duration_s: float = 8.0, rate_hz: int = RATE_HZ) -> Signal:
    """Chords and a bass under a beat of noise, faded in and out; peaks near -3 dBFS."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(round(duration_s * rate_hz)) / rate_hz
    sound = 0.05 * rng.standard_normal((len(seconds), 2)) * np.exp(-8 * (seconds % 0.4))[:, None]
    for tone_hz in [*rng.uniform(40, 120, 2), *rng.uniform(150, 3000, 8)]:
        pan = rng.uniform(0.3, 1.0, 2) / (1 + tone_hz / 400)
        beat = 1 + 0.8 * np.sin(2 * np.pi * rng.uniform(0.1, 3) * seconds)
        sound += pan * (beat * np.sin(2 * np.pi * tone_hz * seconds + rng.uniform(0, 6)))[:, None]
    fade = np.minimum(1.0, np.minimum(seconds, seconds[::-1]) / 0.5)
    return np.ascontiguousarray(sound * (0.7 * fade / np.abs(sound).max())[:, None])


def in_16_bits(signal: Signal, seed: int = 1) -> Signal:
    """With TPDF dither, as a mix comes from a workstation."""
    rng = np.random.default_rng(seed)
    dithered = signal * 32_767 + rng.random(signal.shape) - rng.random(signal.shape)
    return np.asarray(np.clip(np.round(dithered), -32_768, 32_767) / 32_768)


def found(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> Defects:
    meter = DefectMeter(rate_hz)
    for start in range(0, len(signal), block):
        meter.add(signal[start : start + block])
    return meter.result()


def only(defects: Defects) -> Defect:
    (fault,) = defects.faults
    return fault


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_undamaged_music_has_no_defect(seed: int, rate_hz: int) -> None:
    signal = music(seed, rate_hz=rate_hz)
    assert found(signal, rate_hz).faults == ()
    assert found(in_16_bits(signal), rate_hz).faults == ()
    assert not found(signal, rate_hz).refused


@pytest.mark.parametrize("tone_hz", [1.0, 10.0, 20.0, 25.0, 50.0, 100.0, 997.0, 7350.0, 5512.5, 11_025.0, 15_000.0])
@pytest.mark.parametrize("rate_hz", [44_100, 192_000])
def test_a_full_scale_sine_is_not_clipped(tone_hz: float, rate_hz: int) -> None:
    sine = np.sin(2 * np.pi * tone_hz / rate_hz * np.arange(rate_hz) + math.pi / 4)
    signal = np.stack([sine, sine], axis=1)
    for wave in (signal, in_16_bits(signal), np.round(signal * 32_767) / 32_768):
        assert not clipped(found(wave, rate_hz))


@pytest.mark.parametrize("period", [6, 10, 44, 441])
def test_a_square_wave_is_made_so_and_not_clipped(period: int) -> None:
    square = np.where(np.arange(RATE_HZ) % period < period // 2, 1.0, -1.0)
    assert not clipped(found(np.stack([square, square], axis=1)))


CLIPPERS: dict[str, tuple[float, list[float], list[float]]] = {  # gain, floor and ceiling per channel
    "both channels": (3.0, [-0.9, -0.9], [0.9, 0.9]),
    "at full scale": (4.0, [-1.0, -1.0], [1.0, 1.0]),
    "well below full scale": (0.5, [-0.15, -0.15], [0.15, 0.15]),
    "above nought only": (1.3, [-9.0, -9.0], [0.4, 0.4]),
    "left channel only": (1.3, [-0.4, -9.0], [0.4, 9.0]),
}


@pytest.mark.parametrize("clipper", CLIPPERS)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("bits", ["float", "16 bits"])
def test_a_clipped_passage_is_found_in_its_place(clipper: str, seed: int, bits: str) -> None:
    gain, floor, ceiling = CLIPPERS[clipper]
    signal = 0.5 * music(seed)
    passage = slice(round(3.1 * RATE_HZ), round(6.7 * RATE_HZ))
    signal[passage] = np.clip(2.0 * gain * signal[passage], floor, ceiling)
    at_limit: NDArray[np.bool_] = np.logical_or(*np.isin(signal, [*floor, *ceiling]).T)
    flat = np.flatnonzero(at_limit[1:-1] & at_limit[:-2] & at_limit[2:]) + 1
    (fault,) = clipped(found(signal if bits == "float" else in_16_bits(signal)))
    assert fault.severity == "warning"
    assert fault.start_s == pytest.approx(flat[0] / RATE_HZ, abs=PLACE_S)
    assert fault.end_s == pytest.approx(flat[-1] / RATE_HZ, abs=PLACE_S)
    assert fault.figure >= 3
    assert f"{20 * math.log10(ceiling[0]):.1f} dBFS" in fault.words


def clipped(defects: Defects) -> list[Defect]:
    return [fault for fault in defects.faults if fault.kind == "clipped"]


def test_clipped_passages_apart_are_told_apart() -> None:
    signal = music(2, 12.0)
    for start_s in (2.0, 7.0):
        passage = slice(round(start_s * RATE_HZ), round((start_s + 1.5) * RATE_HZ))
        signal[passage] = np.clip(4.0 * signal[passage], -1.0, 1.0)
    first, second = found(signal).faults
    assert first.end_s < 4.0 < second.start_s


def test_one_long_flat_top_is_enough() -> None:
    signal = music(4)
    crest = int(np.argmax(signal[:, 0]))
    signal[crest : crest + 12, 0] = 1.05 * signal[crest, 0]
    fault = only(found(signal))
    assert (fault.kind, fault.figure) == ("clipped", 1.0)
    assert fault.start_s == pytest.approx(crest / RATE_HZ, abs=PLACE_S)


@pytest.mark.parametrize("sample", [math.nan, math.inf, -math.inf, 1e200])
def test_what_is_no_number_is_refused_with_its_place(sample: float) -> None:
    signal = music(1)
    signal[round(4.2 * RATE_HZ), 1] = sample
    signal[round(5.0 * RATE_HZ) :, 0] = sample
    defects = found(signal, block=1000)
    fault = only(defects)
    assert (fault.kind, fault.severity) == ("not-a-number", "refusal")
    assert fault.start_s == pytest.approx(4.2, abs=1 / RATE_HZ)
    assert fault.figure == 1 + 3 * RATE_HZ
    assert defects.refused
    assert all(math.isfinite(offset) for offset in defects.dc_offset)


@pytest.mark.parametrize("peak", [0.0, 1e-5])
def test_silence_throughout_is_refused(peak: float) -> None:
    defects = found(np.full((RATE_HZ, 2), peak))
    assert only(defects).kind == "silence"
    assert defects.refused


def test_nothing_at_all_is_silence() -> None:
    meter = DefectMeter(RATE_HZ)
    meter.add(np.empty((0, 2)))
    assert only(meter.result()).kind == "silence"


def test_dc_is_measured_per_channel() -> None:
    defects = found(music(3) + np.array([0.0, -0.005]))
    fault = only(defects)
    assert (fault.kind, fault.severity) == ("dc-offset", "warning")
    assert fault.figure == pytest.approx(-0.005, abs=5e-4)
    assert "right" in fault.words
    assert defects.dc_offset == pytest.approx((0.0, -0.005), abs=5e-4)


def test_two_channels_alike_are_noted() -> None:
    signal = music(5)
    signal[:, 1] = signal[:, 0]
    fault = only(found(signal))
    assert (fault.kind, fault.severity) == ("identical-channels", "note")


@pytest.mark.parametrize(("channel", "name"), [(0, "left"), (1, "right")])
def test_a_silent_channel_is_named(channel: int, name: str) -> None:
    signal = music(5)
    signal[:, channel] = 0.0
    fault = only(found(signal))
    assert (fault.kind, fault.severity) == ("one-channel-silent", "warning")
    assert name in fault.words


def test_inverted_polarity_is_warned_of() -> None:
    signal = music(5)
    signal[:, 1] *= -1.0
    correlation = np.vdot(*signal.T) / math.sqrt(np.vdot(signal[:, 0], signal[:, 0]) * np.vdot(*signal[:, [1, 1]].T))
    assert correlation < -0.5
    fault = only(found(signal))
    assert (fault.kind, fault.severity) == ("polarity", "warning")
    assert fault.figure == pytest.approx(correlation, abs=0.01)


def test_a_cut_off_start_and_end_are_noted() -> None:
    signal = music(0)
    loud = np.flatnonzero(np.abs(signal[:, 0]) > 0.2)
    starts, ends = found(signal[loud[0] : loud[-1] + 1]).faults
    assert (starts.kind, starts.severity, starts.start_s) == ("starts-abruptly", "note", 0.0)
    assert (ends.kind, ends.severity) == ("ends-abruptly", "note")
    assert ends.start_s == pytest.approx((loud[-1] + 1 - loud[0]) / RATE_HZ)


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=30))
@settings(deadline=None, max_examples=30)
def test_any_block_size_finds_the_same(sizes: list[int]) -> None:
    signal = np.clip(3.0 * music(6, 2.0), -1.0, 0.7)
    meter, start = DefectMeter(RATE_HZ), 0
    for size in [*sizes, len(signal)]:
        meter.add(signal[start : start + size])
        start += size
    assert meter.result() == found(signal, block=len(signal))


def test_blocks_of_one_frame_find_the_same() -> None:
    signal = np.clip(6.0 * music(6, 1.0), -0.9, 0.7)
    assert found(signal, block=1) == found(signal, block=len(signal))
    assert clipped(found(signal))
