"""The voice: it sings the vowel and the pitch that are written."""

import numpy as np
import pytest

from albums.examples import score, voice
from albums.examples.desk import RATE


def test_the_voice_sings_its_vowel() -> None:
    def share_above_700_hz(vowel: str) -> float:
        sung = voice.sing([score.Note(0.0, 1.0, 57.0, 0.8, vowel)], RATE, np.random.default_rng(3))
        power = np.abs(np.fft.rfft(sung)) ** 2
        return float(power[750:1300].sum() / power.sum())

    assert share_above_700_hz("a") > 3.0 * share_above_700_hz("u")


@pytest.mark.parametrize("pitch", [53.0, 64.0, 74.0])
def test_the_voice_is_in_tune_within_a_tenth_of_a_tone(pitch: float) -> None:
    note = score.Note(0.0, 2.0, pitch, 0.8)
    sung = voice.sing([note], 2 * RATE, np.random.default_rng(3), vibrato_cents=0.0)
    spectrum = np.abs(np.fft.rfft(sung * np.hanning(len(sung)), 1 << 19))
    low, high = (round(note.pitch_hz * factor * (1 << 19) / RATE) for factor in (0.9, 1.1))
    found_hz = (low + np.argmax(spectrum[low:high])) * RATE / (1 << 19)
    assert abs(1200.0 * np.log2(found_hz / note.pitch_hz)) < 20.0


def test_the_voice_rests_between_notes() -> None:
    line = [score.Note(0.0, 0.5, 60.0, 0.8), score.Note(2.0, 0.5, 62.0, 0.8)]
    sung = np.abs(voice.sing(line, 3 * RATE, np.random.default_rng(3)))
    assert sung[RATE : 2 * RATE - RATE // 10].max() < 1e-3 * sung.max()
