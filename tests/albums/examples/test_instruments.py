"""The instruments: heard, in tune, and ended without a click."""

import numpy as np
import pytest

from albums.examples import instruments, score
from albums.examples.desk import RATE


@pytest.mark.parametrize("pitch", [40.0, 57.0, 76.0])
def test_a_plucked_string_is_in_tune_within_five_cents(pitch: float) -> None:
    note = score.Note(0.0, 2.0, pitch, 0.8)
    sound = instruments.plucked(note, np.random.default_rng(5))
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 20))
    low, high = (round(note.pitch_hz * factor * (1 << 20) / RATE) for factor in (0.97, 1.03))
    found_hz = (low + np.argmax(spectrum[low:high])) * RATE / (1 << 20)
    assert abs(1200.0 * np.log2(found_hz / note.pitch_hz)) < 5.0


@pytest.mark.parametrize("name", instruments.PLAYED)
def test_every_instrument_is_finite_heard_and_ends_without_a_click(name: str) -> None:
    sound = instruments.PLAYED[name](score.Note(0.0, 0.5, 60.0, 0.8), np.random.default_rng(4))
    assert (sound.ndim == 2) == (name in instruments.STEREO)
    assert 0.05 < np.abs(sound).max() < 4.0
    assert np.abs(sound[..., -1]).max() < 0.02
