"""Fades obey their laws in closed form and sit on absolute frames."""

import math
from collections.abc import Iterator
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dsp.types import Block
from pipeline.processors.fades import (
    FadeShape,
    correlated_gains,
    fade_in,
    fade_out,
    gain_in,
    gain_out,
    positions,
)

SHAPES: tuple[FadeShape, ...] = get_args(FadeShape)
U = np.linspace(0.0, 1.0, 1001)


def blocks_of(signal: Block, size: int) -> Iterator[Block]:
    return (signal[start : start + size] for start in range(0, len(signal), size))


def whole(blocks: Iterator[Block]) -> Block:
    return np.concatenate(list(blocks))


def test_equal_power_is_sine_and_cosine_to_the_last_digits() -> None:
    assert np.abs(gain_in("equal-power", U) - np.sin(np.pi / 2 * U)).max() < 4e-16
    assert np.abs(gain_out("equal-power", U) - np.cos(np.pi / 2 * U)).max() < 4e-16
    assert gain_in("equal-power", np.array([0.5]))[0] == pytest.approx(math.sqrt(0.5), abs=1e-15)


def test_cosine_is_the_raised_cosine() -> None:
    assert np.abs(gain_in("cosine", U) - (1 - np.cos(np.pi * U)) / 2).max() < 1e-15


def test_equal_power_sums_in_squares() -> None:
    total = gain_in("equal-power", U) ** 2 + gain_out("equal-power", U) ** 2
    assert np.abs(total - 1.0).max() < 1e-15


@pytest.mark.parametrize("shape", ["equal-gain", "cosine"])
def test_equal_gain_sums_to_one(shape: FadeShape) -> None:
    assert np.abs(gain_in(shape, U) + gain_out(shape, U) - 1.0).max() < 1e-15


@pytest.mark.parametrize("shape", SHAPES)
def test_every_law_rises_from_zero_to_one(shape: FadeShape) -> None:
    gains = gain_in(shape, U)
    assert gains[0] == 0.0
    assert gains[-1] == pytest.approx(1.0, abs=1e-15)
    assert np.all(np.diff(gains) >= 0.0)
    assert gains.max() <= 1.0


@given(correlation=st.floats(-0.95, 1.0))
def test_correlated_gains_keep_the_power(correlation: float) -> None:
    falling, rising = correlated_gains(U, correlation)
    assert np.abs(falling**2 + rising**2 + 2 * correlation * falling * rising - 1.0).max() < 1e-12
    assert rising[0] == falling[-1] == 0.0
    assert rising[-1] == falling[0] == 1.0


def test_full_correlation_is_equal_gain_and_none_is_minus_three_decibels_half_way() -> None:
    falling, rising = correlated_gains(U, 1.0)
    assert np.abs(rising - U).max() < 1e-15
    assert np.abs(falling - (1 - U)).max() < 1e-15
    assert correlated_gains(np.array([0.5]), 0.0)[0][0] == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize("correlation", [-1.0, 1.01, float("nan")])
def test_an_impossible_correlation_is_refused(correlation: float) -> None:
    with pytest.raises(ValueError, match="correlation"):
        correlated_gains(U, correlation)


def test_a_correlated_crossfade_keeps_the_level_of_noise() -> None:
    generator = np.random.default_rng(3)
    common, one, other = generator.standard_normal((3, 400_000))
    old, new = common + one, common + other  # correlation 0.5
    position = positions(0, len(old), len(old))
    falling, rising = correlated_gains(position, 0.5)
    mixed = falling * old + rising * new
    powers = [float(np.mean(part**2)) for part in np.split(mixed, 8)]
    assert powers == pytest.approx([2.0] * 8, rel=0.03)


def test_frames_sit_at_their_middles_so_that_out_mirrors_in() -> None:
    assert positions(0, 4, 4).tolist() == [0.125, 0.375, 0.625, 0.875]
    assert positions(2, 2, 4).tolist() == [0.625, 0.875]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_fade_out_is_a_fade_in_mirrored(shape: FadeShape) -> None:
    signal = np.ones((50, 2))
    rising = whole(fade_in(iter([signal]), 20, shape))
    falling = whole(fade_out(iter([signal]), 20, 50, shape))
    assert np.abs(rising - falling[::-1]).max() < 1e-15


def test_outside_the_fade_samples_pass_bit_for_bit() -> None:
    signal = np.random.default_rng(4).uniform(-1, 1, (300, 2))
    rising = whole(fade_in(blocks_of(signal, 64), 100, "cosine"))
    falling = whole(fade_out(blocks_of(signal, 64), 100, 300, "cosine"))
    assert np.array_equal(rising[100:], signal[100:])
    assert np.array_equal(falling[:200], signal[:200])
    assert np.all(np.abs(rising[:100]) < np.abs(signal[:100]))
    assert np.all(np.abs(falling[200:]) < np.abs(signal[200:]))


@given(size=st.integers(1, 320), length=st.integers(0, 300), shape=st.sampled_from(SHAPES))
def test_any_block_size_gives_the_same_samples(size: int, length: int, shape: FadeShape) -> None:
    signal = np.random.default_rng(5).uniform(-1, 1, (300, 2))

    def faded(blocks: Iterator[Block]) -> bytes:
        return whole(fade_out(fade_in(blocks, length, shape), length, 300, shape)).tobytes()

    with_empty_blocks = (part for block in blocks_of(signal, size) for part in (signal[:0], block))
    assert faded(with_empty_blocks) == faded(iter([signal]))


def test_two_tracks_under_a_crossfade_of_the_same_music_are_the_music() -> None:
    music = np.random.default_rng(6).uniform(-1, 1, (100, 2))
    ending = whole(fade_out(iter([music]), 100, 100, "equal-gain"))
    beginning = whole(fade_in(iter([music]), 100, "equal-gain"))
    assert np.abs(ending + beginning - music).max() < 1e-15


def test_lengths_that_cannot_be_are_refused() -> None:
    signal = np.zeros((10, 2))
    with pytest.raises(ValueError, match="-1 frames"):
        list(fade_in(iter([signal]), -1, "cosine"))
    with pytest.raises(ValueError, match="expected 0 to 10"):
        list(fade_out(iter([signal]), 11, 10, "cosine"))


@pytest.mark.parametrize("frames", [9, 11])
def test_a_programme_of_another_length_than_promised_is_refused(frames: int) -> None:
    with pytest.raises(ValueError, match=f"{frames} frames"):
        list(fade_out(iter([np.zeros((frames, 2))]), 5, 10, "cosine"))
