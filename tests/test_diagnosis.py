"""Each defect is put into music at a known place and must be found there; the music without it must pass."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measure.defects import Defect, DefectMeter, Defects
from tests.undamaged import RATE_HZ, Signal, in_16_bits, music


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


def test_a_clipped_passage_is_warned_of_with_its_place_and_level() -> None:
    signal = 0.5 * music(0)
    passage = slice(round(3.1 * RATE_HZ), round(6.7 * RATE_HZ))
    signal[passage] = np.clip(6.0 * signal[passage], -0.9, 0.9)
    clipped = np.flatnonzero((np.abs(signal) == 0.9).any(axis=1))
    fault = only(found(signal))
    assert (fault.kind, fault.severity, fault.unit) == ("clipped", "warning", "flat tops")
    assert fault.start_s == pytest.approx(clipped[0] / RATE_HZ, abs=0.05)
    assert fault.end_s == pytest.approx(clipped[-1] / RATE_HZ, abs=0.05)
    assert fault.figure >= 3
    assert "-0.9 dBFS" in fault.words


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
    signal = 0.002 + np.clip(6.0 * music(6, 1.0), -0.9, 0.7)
    assert found(signal, block=1) == found(signal, block=len(signal))
    assert {fault.kind for fault in found(signal).faults} >= {"clipped", "dc-offset"}
