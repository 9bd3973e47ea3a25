"""Each defect is put into music at a known place and must be found there; the music without it must pass."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.analysis.analysis import analyse
from pipeline.analysis.diagnosis import Defect, Defects, in_short
from tests.support.clean_music import RATE_HZ, Signal, in_16_bits, music


def found(signal: Signal, rate_hz: int = RATE_HZ, block: int = 65_536) -> Defects:
    return analyse((signal[start : start + block] for start in range(0, len(signal), block)), rate_hz).defects


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


@pytest.mark.parametrize("sample", [math.nan, math.inf, -math.inf])
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


@pytest.mark.parametrize(("sample", "peak_dbfs"), [(3e38, 770), (-1e30, 600), (1e200, 4000), (101.0, 40)])
@pytest.mark.parametrize("frames", [1, RATE_HZ])
def test_what_is_far_out_of_scale_is_refused_with_its_place(sample: float, peak_dbfs: int, frames: int) -> None:
    signal, start = music(1), round(4.2 * RATE_HZ)
    signal[start : start + frames, 1] = sample
    defects = found(signal)
    fault = only(defects)
    assert (fault.kind, fault.severity) == ("out-of-scale", "refusal")
    assert fault.start_s == pytest.approx(4.2, abs=1 / RATE_HZ)
    assert f"Peaks at {peak_dbfs} dBFS, the first over 40 dBFS at 0:04.20" in fault.words


@pytest.mark.parametrize("peak", [0.0, 1e-5])
def test_silence_throughout_is_warned_of_and_nothing_else(peak: float) -> None:
    defects = found(np.full((RATE_HZ, 2), peak))
    assert (only(defects).kind, only(defects).severity) == ("silence", "warning")
    assert not defects.refused


def test_nothing_at_all_is_silence() -> None:
    assert only(analyse([], RATE_HZ).defects).kind == "silence"


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
    assert fault.figure < -0.5
    assert fault.words == "The polarity of one channel is inverted throughout."


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
    (fault,) = (fault for fault in found(signal).faults if fault.kind != "click")  # the gain jumps at either end
    assert (fault.kind, fault.severity, fault.unit) == ("clipped", "warning", "flat tops")
    assert fault.start_s == pytest.approx(clipped[0] / RATE_HZ, abs=0.05)
    assert fault.end_s == pytest.approx(clipped[-1] / RATE_HZ, abs=0.05)
    assert fault.figure >= 3
    assert "-0.9 dBFS" in fault.words


Damage = Callable[[Signal, int, int], None]
START_S, STOP_S = 3.5, 4.7


def clip(signal: Signal, start: int, stop: int) -> None:
    level = 0.5 * np.abs(signal[start:stop]).max()
    signal[start:stop] = np.clip(signal[start:stop], -level, level)


def spike(signal: Signal, start: int, stop: int) -> None:
    signal[start, 0] += 0.4
    signal[stop, 1] -= 0.4


def splice(signal: Signal, start: int, stop: int) -> None:
    signal[start : stop - 200] = signal[start + 200 : stop].copy()


def drop_out(signal: Signal, start: int, stop: int) -> None:
    signal[start:stop] = 0.0


def drop_out_on_the_left(signal: Signal, start: int, stop: int) -> None:
    signal[start:stop, 0] = 0.0


def fall_silent(signal: Signal, start: int, stop: int) -> None:
    ramp = np.linspace(0.0, 1.0, 4000)[:, None]
    signal[start - 4000 : start] *= ramp[::-1]
    signal[start:stop] = 0.0
    signal[stop : stop + 4000] *= ramp


def invert(signal: Signal, start: int, stop: int) -> None:
    signal[start:stop, 1] *= -1.0


def hum(signal: Signal, start: int, stop: int) -> None:  # noqa: ARG001 - it is there throughout
    seconds = np.arange(len(signal)) / RATE_HZ
    signal += 0.01 * sum(np.sin(2 * np.pi * 50 * n * seconds) / n for n in (1, 2, 3))[:, None]  # type: ignore[index]


def cut_the_treble(signal: Signal, start: int, stop: int) -> None:  # noqa: ARG001 - likewise
    spectrum = np.fft.rfft(signal, axis=0)
    spectrum[round(16_000 * len(signal) / RATE_HZ) :] = 0.0
    signal[:] = np.fft.irfft(spectrum, len(signal), axis=0)


def overshoot(signal: Signal, start: int, stop: int) -> None:
    """A tone at a quarter of the sample rate whose samples miss its crests, faded in and out."""
    frames = np.arange(stop - start)
    signal *= 0.2
    signal[start:stop] += (1.15 * np.hanning(stop - start) * np.sin(np.pi / 2 * frames + np.pi / 4))[:, None]


@pytest.mark.parametrize("seed", [4, 7])
@pytest.mark.parametrize(
    ("damage", "kind", "places_s"),
    [
        (clip, "clipped", (START_S, STOP_S)),
        (spike, "click", (START_S,)),
        (spike, "click", (STOP_S,)),
        (splice, "click", (START_S,)),
        (drop_out, "dropout", (START_S, STOP_S)),
        (drop_out_on_the_left, "dropout", (START_S, STOP_S)),
        (fall_silent, "digital-silence", (START_S, STOP_S)),
        (invert, "polarity", (START_S, STOP_S)),
        (hum, "hum", ()),
        (cut_the_treble, "bandwidth", ()),
        (overshoot, "inter-sample-over", ()),
    ],
)
def test_every_injected_defect_is_found_where_it_is(seed, damage, kind, places_s) -> None:
    signal = music(seed, 24.0 if damage is hum else 8.0)
    assert found(signal).faults == ()
    damage(signal, round(START_S * RATE_HZ), round(STOP_S * RATE_HZ))
    told = [fault for fault in found(signal).faults if fault.kind == kind]
    assert told
    for place_s in places_s:
        nearest_s = min((edge for fault in told for edge in (fault.start_s, fault.end_s)), key=away_from(place_s))
        assert nearest_s == pytest.approx(place_s, abs=0.05), told


def away_from(place_s: float) -> Callable[[float], float]:
    return lambda edge_s: abs(edge_s - place_s)


@pytest.mark.parametrize("seed", [1, 2, 9])
def test_exchanged_channels_are_found_where_the_image_leans_to_one_side(seed: int) -> None:
    signal = music(seed)
    place = slice(round(START_S * RATE_HZ), round(STOP_S * RATE_HZ))
    signal[place] = signal[place, ::-1].copy()
    fault = only(found(signal))
    assert (fault.kind, fault.severity) == ("swapped-channels", "warning")
    assert (fault.start_s, fault.end_s) == pytest.approx((START_S, STOP_S), abs=0.05)


def test_of_many_of_a_kind_a_few_are_told_in_words() -> None:
    signal = music(4)
    frames = np.arange(RATE_HZ, 7 * RATE_HZ, 10_007)
    signal[frames, 0] += 0.5
    defects = found(signal)
    assert len(defects.faults) == len(frames)
    told = list(in_short(defects.faults))
    assert len(told) == 4
    assert told[-1][1].startswith(f"And {len(frames) - 3} more of this kind (click), the last at 0:06.")


@given(st.lists(st.integers(0, 30_000), min_size=1, max_size=30))
@settings(deadline=None, max_examples=8)
def test_any_block_size_finds_the_same(sizes: list[int]) -> None:
    signal = damaged_everywhere()
    cuts = np.cumsum(sizes)
    assert analyse(np.split(signal, cuts[cuts < len(signal)]), RATE_HZ).defects == found(signal, block=len(signal))


def test_blocks_of_one_frame_find_the_same() -> None:
    signal = damaged_everywhere()[: 2 * RATE_HZ]
    assert found(signal, block=1) == found(signal, block=len(signal))
    assert {fault.kind for fault in found(signal).faults} >= {"clipped", "dc-offset", "click", "dropout"}


def damaged_everywhere() -> Signal:
    signal = music(6, 5.0)
    signal[20_000:30_000] = np.clip(2.0 * signal[20_000:30_000], -0.3, 0.3)
    signal[40_000, 0] += 0.5
    signal[60_000:61_000] = 0.0
    signal[150_000:180_000, 1] *= -1.0
    return signal + 0.002


def test_rumble_is_told_with_what_would_take_it_out() -> None:
    seconds = np.arange(24 * RATE_HZ) / RATE_HZ
    room = 0.003 * np.random.default_rng(5).standard_normal((len(seconds), 2))
    fault = only(found(in_16_bits(room + 0.02 * np.sin(2 * np.pi * 9.0 * seconds)[:, None])))
    assert (fault.kind, fault.severity) == ("rumble", "warning")
    assert fault.figure == pytest.approx(-34.0, abs=0.5)
    assert "high_pass_hz = 25 would take it out" in fault.words
