"""Sounds that are made so, and look damaged, must pass in silence."""

from functools import cache

import numpy as np
import pytest

from pipeline.analysis.defect_scan import DefectScanner, ScanResult
from tests.support import synthetic_sounds as sounds
from tests.support.clean_music import RATE_HZ, Signal, in_16_bits
from tests.support.synthetic_sounds import Maker

SEEDS = range(6)
WITHOUT_GAPS = [
    sounds.pulses,
    sounds.dull_pulses,
    sounds.chip_tune,
    sounds.crushed,
    sounds.bent_waves,
]
IN_PHASE = [sounds.drone, sounds.pad, sounds.moving, sounds.muted_voice, sounds.gated_voice, sounds.conversation]
WITHOUT_RUMBLE = [sounds.deep_tone, sounds.pedal_melody, sounds.noise_wall, sounds.drums]


def as_delivered(make: Maker, seed: int) -> Signal:
    """In floating point, in 24 bits, or in 16 with dither, by turns."""
    sound = make(seed)
    if seed % 3 == 0:
        return sound
    return in_16_bits(sound) if seed % 3 == 1 else np.round(sound * 2.0**23) / 2.0**23


@cache
def _scan(make: Maker, seed: int) -> ScanResult:
    scanner = DefectScanner(RATE_HZ)
    scanner.add(as_delivered(make, seed))
    return scanner.result()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", WITHOUT_GAPS)
def test_what_is_still_by_itself_does_not_drop_out(make: Maker, seed: int) -> None:
    assert _scan(make, seed).interruptions.dropouts == ()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", IN_PHASE)
def test_what_drifts_or_is_muted_is_neither_inverted_nor_exchanged(make: Maker, seed: int) -> None:
    assert [span for span in _scan(make, seed).channels if span.kind in ("inverted", "exchanged")] == []


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", WITHOUT_RUMBLE)
def test_what_is_played_or_made_so_does_not_rumble(make: Maker, seed: int) -> None:
    assert _scan(make, seed).rumble is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [*WITHOUT_RUMBLE, *IN_PHASE])
def test_what_strays_by_itself_has_no_offset(make: Maker, seed: int) -> None:
    assert _scan(make, seed).offset == (False, False)
