"""The compressor keeps its static curve, its times and the image, and what it does not turn down it does not touch."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import butter, freqz_sos

from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.types import Block
from pipeline.processors.compressor import (
    CELL,
    FAINT,
    PEAK_BELOW_DB,
    SLOW_RELEASES,
    Compressor,
    compress,
    reduction_db,
)
from tests.support.music import music

GLUE = Compressor(threshold_dbfs=-20.0)
RATE_HZ = 48000


def blocks_of(signal: Block, size: int) -> Iterator[Block]:
    return (signal[start : start + size] for start in range(0, len(signal), size))


def compressed(signal: Block, settings: Compressor = GLUE, rate_hz: float = RATE_HZ) -> Block:
    return np.concatenate(list(compress(blocks_of(signal, 4096), settings, rate_hz)))


def sine(seconds: float, level_dbfs: float, frequency_hz: float = 1000.0, rate_hz: int = RATE_HZ) -> Block:
    """The same sine in both channels, which by the detector's definition has the level of its peak."""
    phase = 2.0 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz
    return np.repeat(10.0 ** (level_dbfs / 20.0) * np.sin(phase)[:, None], 2, axis=1)


def circle(levels_dbfs: NDArray[np.float64], frequency_hz: float = 1000.0, rate_hz: int = RATE_HZ) -> Block:
    """Sine and cosine: power, so level, is known at every frame, and the gain can be read there."""
    phase = 2.0 * np.pi * frequency_hz * np.arange(len(levels_dbfs)) / rate_hz
    return np.asarray(10.0 ** (levels_dbfs[:, None] / 20.0) * np.stack([np.sin(phase), np.cos(phase)], axis=1))


def steps(*parts: tuple[float, float]) -> NDArray[np.float64]:
    """Levels that stay for so many seconds each."""
    return np.concatenate([np.full(round(seconds * RATE_HZ), level_dbfs) for seconds, level_dbfs in parts])


def taken_db(signal: Block, result: Block) -> NDArray[np.float64]:
    """What was taken off each frame, read from the sound."""
    powers = np.sum(signal**2, axis=1), np.sum(result**2, axis=1)
    return np.asarray(10.0 * np.log10(powers[0] / powers[1]))


def as_printed(level_dbfs: float, settings: Compressor) -> float:
    """Giannoulis et al., eq. 4, input less output; then the bend towards the limit."""
    x, t, w, r = level_dbfs, settings.threshold_dbfs, settings.knee_db, settings.ratio
    if 2 * (x - t) < -w:
        y = x
    elif 2 * abs(x - t) <= w:
        y = x + (1 / r - 1) * (x - t + w / 2) ** 2 / (2 * w)
    else:
        y = t + (x - t) / r
    wanted = x - y
    return float(wanted / (1.0 + (wanted / settings.limit_db) ** 4) ** 0.25)


settings_of_all_kinds = st.builds(
    Compressor,
    threshold_dbfs=st.floats(-60.0, 0.0),
    ratio=st.floats(1.0, 100.0),
    knee_db=st.floats(0.1, 24.0),
    attack_s=st.floats(0.0001, 0.2),
    release_s=st.floats(0.001, 1.0),
    side_chain_hz=st.sampled_from([0.0, 20.0, 100.0, 400.0]),
    limit_db=st.floats(0.1, 12.0),
)


@given(level_dbfs=st.floats(-120.0, 40.0), settings=settings_of_all_kinds)
def test_the_static_curve_is_the_one_in_print(level_dbfs: float, settings: Compressor) -> None:
    assert reduction_db(level_dbfs, settings) == pytest.approx(as_printed(level_dbfs, settings), abs=1e-9)


@given(settings=settings_of_all_kinds)
def test_the_static_curve_rises_without_a_jump_from_zero_to_no_more_than_its_limit(settings: Compressor) -> None:
    levels_dbfs = np.linspace(-100.0, 60.0, 3201)
    curve_db = reduction_db(levels_dbfs, settings)
    rises_db = np.diff(curve_db)
    assert curve_db[levels_dbfs < settings.threshold_dbfs - settings.knee_db / 2.0].max() == 0.0
    assert rises_db.min() >= 0.0
    assert rises_db.max() <= (1.0 - 1.0 / settings.ratio) * (levels_dbfs[1] - levels_dbfs[0]) + 1e-9
    assert curve_db.max() <= settings.limit_db


def test_the_static_curve_has_an_answer_for_silence_and_for_no_end_of_level() -> None:
    assert reduction_db([-math.inf, 1e300], GLUE).tolist() == [0.0, GLUE.limit_db]


@pytest.mark.parametrize("rate_hz", [44100, 48000, 96000])
@pytest.mark.parametrize("settings", [GLUE, Compressor(-30.0, ratio=4.0, knee_db=2.0, limit_db=6.0)])
def test_a_steady_sine_is_turned_down_as_the_static_curve_says(settings: Compressor, rate_hz: int) -> None:
    for over_db in (-30.0, -6.0, -3.1, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.5, 6.0, 9.0, 12.0):
        level_dbfs = settings.threshold_dbfs + over_db
        signal = sine(1.0, level_dbfs, rate_hz=rate_hz)
        end = slice(-rate_hz // 10, None)
        result = compressed(signal, settings, rate_hz)
        measured_db = 10.0 * np.log10(np.sum(signal[end] ** 2) / np.sum(result[end] ** 2))
        assert measured_db == pytest.approx(reduction_db(level_dbfs, settings), abs=0.1)


def test_a_sine_in_one_channel_alone_reads_three_decibels_less() -> None:
    signal = sine(1.0, -14.0) * [1.0, 0.0]
    ratio_db = -20.0 * np.log10(np.abs(compressed(signal)[-4800:, 0]).max() / np.abs(signal[-4800:, 0]).max())
    assert ratio_db == pytest.approx(reduction_db(-14.0 - 3.0103, GLUE), abs=0.05)


def test_steady_noise_reads_its_mean_square() -> None:
    settings = replace(GLUE, side_chain_hz=0.0)
    noise = np.random.default_rng(1).standard_normal((4 * RATE_HZ, 2))
    for level_dbfs in (-20.0, -17.0, -14.0):
        signal = noise * 10.0 ** (level_dbfs / 20.0) / math.sqrt(2.0)
        measured_db = taken_db(signal, compressed(signal, settings))[RATE_HZ:].mean()
        assert measured_db == pytest.approx(reduction_db(level_dbfs, settings), abs=0.15)


def test_a_lone_transient_counts_for_less_than_what_is_sustained_and_for_more_than_its_mean_square() -> None:
    settings = replace(GLUE, attack_s=0.0001, side_chain_hz=0.0, threshold_dbfs=-30.0, limit_db=30.0)
    signal = np.full((RATE_HZ // 10, 2), 1e-9)
    signal[1000] = 1.0
    most_db = taken_db(signal, compressed(signal, settings)).max()
    peak_dbfs = 20.0 * math.log10(math.sqrt(2.0))
    mean_square_dbfs = peak_dbfs - 10.0 * math.log10(0.005 * RATE_HZ)
    assert most_db == pytest.approx(reduction_db(peak_dbfs - PEAK_BELOW_DB, settings), rel=0.1)
    assert reduction_db(mean_square_dbfs, settings) < 0.7 * most_db


@pytest.mark.parametrize("attack_s", [0.03, 0.1])
@pytest.mark.parametrize("from_dbfs", [-60.0, -24.0])
def test_a_reduction_has_come_to_63_per_cent_in_the_attack(from_dbfs: float, attack_s: float) -> None:
    settings = replace(GLUE, attack_s=attack_s)
    signal = circle(steps((0.5, from_dbfs), (2.0, -14.0)))
    came_db = taken_db(signal, compressed(signal, settings))[RATE_HZ // 2 :]
    reached_s = np.argmax(came_db >= (1.0 - math.exp(-1.0)) * reduction_db(-14.0, settings)) / RATE_HZ
    assert reached_s == pytest.approx(attack_s, rel=0.2)


def released_s(settings: Compressor, loud_s: float) -> float:
    """How long after a loud passage 63 % of the reduction at its end are gone."""
    signal = circle(steps((0.2, -60.0), (loud_s, -14.0), (6.0, -40.0)))
    left_db = taken_db(signal, compressed(signal, settings))[round((0.2 + loud_s) * RATE_HZ) :]
    return float(np.argmax(left_db <= math.exp(-1.0) * left_db[0])) / RATE_HZ


@pytest.mark.parametrize("release_s", [0.15, 0.3])
def test_after_a_short_peak_it_is_gone_in_the_release_and_after_a_long_one_in_many(release_s: float) -> None:
    settings = replace(GLUE, release_s=release_s)
    assert released_s(settings, 0.05) == pytest.approx(release_s, rel=0.2)
    assert released_s(settings, 5.0 * SLOW_RELEASES * release_s) == pytest.approx(SLOW_RELEASES * release_s, rel=0.2)


def test_the_longer_it_was_loud_the_slower_the_gain_comes_back() -> None:
    times_s = [released_s(GLUE, loud_s) for loud_s in (0.05, 0.5, 2.0, 8.0)]
    assert all(later > 1.1 * sooner for sooner, later in pairwise(times_s))


def test_the_gain_comes_back_without_a_trace() -> None:
    settings = replace(GLUE, release_s=0.02)
    signal = circle(steps((0.5, -10.0), (3.0, -40.0)))
    result = compressed(signal, settings)
    assert not np.array_equal(result[RATE_HZ // 2 :][:100], signal[RATE_HZ // 2 :][:100])
    assert np.array_equal(result[-RATE_HZ:], signal[-RATE_HZ:])


@pytest.mark.parametrize("corner_hz", [0.0, 60.0, 100.0])
@pytest.mark.parametrize("frequency_hz", [25.0, 40.0, 100.0, 250.0, 1000.0])
def test_the_side_chain_hears_through_a_butterworth_high_pass(frequency_hz: float, corner_hz: float) -> None:
    settings = replace(GLUE, side_chain_hz=corner_hz)
    level_dbfs = heard_dbfs = -14.0
    if corner_hz:
        sections = butter(2, corner_hz, "highpass", fs=RATE_HZ, output="sos")
        heard_dbfs += float(20.0 * np.log10(np.abs(freqz_sos(sections, [frequency_hz], fs=RATE_HZ)[1][0])))
    signal = circle(np.full(2 * RATE_HZ, level_dbfs), frequency_hz)
    settled_db = taken_db(signal, compressed(signal, settings))[-RATE_HZ // 4 :]
    assert settled_db == pytest.approx(float(reduction_db(heard_dbfs, settings)), abs=0.02)


def test_bass_pulls_down_far_less_than_what_is_above_it() -> None:
    bass, voice = (sine(2.0, -11.0, frequency_hz) for frequency_hz in (40.0, 1000.0))
    bass_db, voice_db = (
        10.0 * np.log10(np.sum(tone[RATE_HZ:] ** 2) / np.sum(compressed(tone)[RATE_HZ:] ** 2)) for tone in (bass, voice)
    )
    assert voice_db > 2.0
    assert bass_db < 0.05 * voice_db


def test_the_image_does_not_move() -> None:
    signal = music(5.0, level_db=-12.0) * [1.0, 0.3]
    signal[:, 1] += sine(5.0, -25.0, 3000.0)[:, 1]
    result = compressed(signal)
    heard = np.abs(signal[:, 0]) > 1e-6
    before, after = signal[heard, 1] / signal[heard, 0], result[heard, 1] / result[heard, 0]
    assert taken_db(signal[heard], result[heard]).max() > 1.0
    assert np.all(np.abs(after - before) <= 1e-12 * np.abs(before))


programmes = st.lists(
    st.tuples(st.integers(1, 3000), st.floats(-100.0, 40.0), st.sampled_from(["noise", "sine", "constant", "impulse"])),
    min_size=1,
    max_size=8,
)


def programme_of(parts: list[tuple[int, float, str]], seed: int) -> Block:
    rng, made = np.random.default_rng(seed), []
    for frames, level_dbfs, kind in parts:
        shapes = {
            "noise": rng.uniform(-1.0, 1.0, (frames, 2)),
            "sine": np.sin(np.outer(np.arange(frames), [0.1, 0.13])),
            "constant": np.ones((frames, 2)),
            "impulse": np.eye(frames, 2, -(frames // 2)),
        }
        made.append(shapes[kind] * 10.0 ** (level_dbfs / 20.0))
    return np.concatenate(made)


@given(parts=programmes, seed=st.integers(0, 99), settings=settings_of_all_kinds)
def test_no_more_than_the_limit_is_ever_taken_off_and_nothing_put_on(
    parts: list[tuple[int, float, str]], seed: int, settings: Compressor
) -> None:
    signal = programme_of(parts, seed)
    result = compressed(signal, settings)
    assert np.all(np.abs(result) <= np.abs(signal))
    least = 10.0 ** (-settings.limit_db / 20.0) * (1.0 - 1e-12)
    assert np.all(np.abs(result) >= least * np.abs(signal))
    assert np.all(np.sign(result) == np.sign(signal))


def test_music_far_over_the_threshold_comes_near_the_limit_and_no_nearer() -> None:
    reduction = GainReduction()
    for _ in compress(
        iter([music(5.0, level_db=-12.0)]), replace(GLUE, threshold_dbfs=-50.0), RATE_HZ, reduction=reduction
    ):
        pass
    assert 2.8 < max(reduction.maximum_db) <= 3.0


@given(sizes=st.lists(st.integers(0, 700), min_size=1, max_size=40), rate_hz=st.sampled_from([2000, 44100, 96000]))
def test_any_block_sizes_give_the_same_samples_and_the_same_record(sizes: list[int], rate_hz: int) -> None:
    signal = music(0.25, 44100, level_db=-12.0)
    whole, parted = GainReduction(), GainReduction()
    (expected,) = compress(iter([signal]), GLUE, rate_hz, reduction=whole)
    edges = [*np.minimum(np.cumsum([0, *sizes]), len(signal)).tolist(), len(signal)]
    blocks = [signal[start:stop] for start, stop in pairwise(edges)]
    result = list(compress(iter(blocks), GLUE, rate_hz, reduction=parted))
    assert [len(block) for block in result] == [len(block) for block in blocks]
    assert np.concatenate(result).tobytes() == expected.tobytes()
    assert parted.maximum_db == whole.maximum_db
    assert max(whole.maximum_db) > 0.3


def test_blocks_of_one_frame_give_the_same_samples() -> None:
    signal = music(0.1, level_db=-12.0)
    single = np.concatenate(list(compress(blocks_of(signal, 1), GLUE, RATE_HZ)))
    assert single.tobytes() == compressed(signal).tobytes()


def test_below_the_knee_samples_pass_bit_for_bit() -> None:
    signal = music(5.0, level_db=-30.0) * 0.1
    assert compressed(signal).tobytes() == signal.tobytes()
    assert compressed(signal * 30.0).tobytes() != (signal * 30.0).tobytes()


def test_a_ratio_of_one_changes_nothing() -> None:
    signal = music(2.0, level_db=-12.0)
    assert compressed(signal, replace(GLUE, ratio=1.0)).tobytes() == signal.tobytes()


def test_silence_stays_silence_and_leaves_nothing_that_slows_a_processor() -> None:
    blocks = iter([sine(0.5, 0.0), *(np.zeros((RATE_HZ, 2)) for _ in range(50))])
    running = compress(blocks, GLUE, RATE_HZ)
    next(running)
    for _ in range(50):
        assert not next(running).any()
        kept = running.gi_frame.f_locals  # type: ignore[attr-defined]
        numbers = np.abs([*kept["memory"].flat, *kept["state"], *kept["follower"]])
        assert np.all((numbers == 0.0) | (numbers >= FAINT))
    assert kept["state"].gain == 1.0
    assert not kept["memory"].any()


def test_a_direct_current_is_heard_without_a_side_chain_alone() -> None:
    signal = np.full((2 * RATE_HZ, 2), 0.25)
    level_dbfs = 10.0 * math.log10(2.0 * 0.25**2)
    without_db = taken_db(signal, compressed(signal, replace(GLUE, side_chain_hz=0.0)))
    assert without_db[-1] == pytest.approx(float(reduction_db(level_dbfs, GLUE)), abs=1e-6)
    assert taken_db(signal, compressed(signal))[-1] < 0.2 * without_db[-1]


def test_a_full_scale_square_reads_three_decibels_more_than_a_sine() -> None:
    signal = np.where(sine(1.0, 0.0, 1000.5) >= 0.0, 1.0, -1.0)
    settings = Compressor(threshold_dbfs=0.0, side_chain_hz=0.0)
    measured_db = taken_db(signal, compressed(signal, settings))[-1]
    assert measured_db == pytest.approx(float(reduction_db(10.0 * math.log10(2.0), settings)), abs=1e-3)


@pytest.mark.parametrize("place", [0, 1, CELL - 1, CELL, 5000, 9000])
def test_a_single_impulse_hardly_moves_the_gain(place: int) -> None:
    signal = np.full((10000, 2), 1e-6)
    signal[place] = [1.0, -1.0]
    result = compressed(signal, replace(GLUE, threshold_dbfs=-10.0))
    assert len(result) == len(signal)
    assert np.array_equal(result[: place + 1], signal[: place + 1])
    assert 0.0 < np.max(taken_db(signal, result)) < 0.05 * reduction_db(3.0, GLUE)


def test_nothing_comes_of_nothing() -> None:
    reduction = GainReduction()
    assert list(compress(iter([]), GLUE, RATE_HZ, reduction=reduction)) == []
    assert reduction.maximum_db == []


@pytest.mark.parametrize("rate_hz", [44100, 48000])
def test_the_record_is_of_the_gain_that_was_applied(rate_hz: int) -> None:
    signal = circle(-20.0 + 12.0 * np.sin(np.arange(round(2.34 * rate_hz)) / rate_hz * 9.0), rate_hz=rate_hz)
    reduction = GainReduction()
    result = np.concatenate(list(compress(blocks_of(signal, 777), GLUE, rate_hz, reduction=reduction)))
    applied_db = taken_db(signal, result)
    hops_db = [applied_db[start : start + rate_hz // 10] for start in range(0, len(applied_db), rate_hz // 10)]
    assert reduction.maximum_db == pytest.approx([hop_db.max() for hop_db in hops_db], abs=1e-9)
    assert max(reduction.maximum_db) > 1.5
    assert result.tobytes() == compressed(signal, GLUE, rate_hz).tobytes()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"threshold_dbfs": math.nan}, "threshold_dbfs is nan, expected a finite number"),
        ({"threshold_dbfs": -math.inf}, "threshold_dbfs is -inf, expected a finite number"),
        ({"ratio": 0.9}, "ratio is 0.9, expected 1 or more"),
        ({"ratio": math.nan}, "ratio is nan, expected 1 or more"),
        ({"knee_db": 0.0}, "knee_db is 0.0, expected above 0"),
        ({"attack_s": -0.1}, "attack_s is -0.1, expected above 0"),
        ({"release_s": math.inf}, "release_s is inf, expected above 0"),
        ({"side_chain_hz": -1.0}, "side_chain_hz is -1.0, expected 0 or more"),
        ({"limit_db": 0.0}, "limit_db is 0.0, expected above 0"),
    ],
)
def test_a_setting_that_no_compressor_has_is_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError) as refused:
        replace(GLUE, **changes)
    assert str(refused.value) == message


def test_a_side_chain_above_the_band_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^side_chain_hz is 24000.0, expected 0 or more and below 24000.0$"):
        list(compress(iter([np.zeros((1, 2))]), replace(GLUE, side_chain_hz=24000.0), RATE_HZ))
