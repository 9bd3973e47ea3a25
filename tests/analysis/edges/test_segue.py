"""What stands out at a border: loops that only happen to meet, one performance cut in two, and rumble."""

import itertools

import numpy as np
import pytest
import soundfile

from pipeline.analysis.edges import beginning, ending, runs_on
from pipeline.intake import mixes
from pipeline.intake.mixes import Mix, Stretch
from tests.support import synthetic_endings

RATE_HZ = 44100
BEAT = RATE_HZ // 2  # frames: 120 bpm
LOOPS = range(4)


@pytest.fixture
def is_joined(tmp_path):
    """Whether one sound is taken to run on into another."""
    numbers = itertools.count()

    def judge(*sounds):
        stretches = []
        for sound in sounds:
            path = tmp_path / f"{next(numbers)}.wav"
            soundfile.write(path, sound, RATE_HZ, subtype="DOUBLE")
            stretches.append(Stretch(Mix("tracks[1].mix", path, RATE_HZ, len(sound), "DOUBLE"), 0, len(sound)))
        leaving, entering = stretches
        return runs_on(leaving, entering, ending(leaving), beginning(entering))

    return judge


def loop(seed, beats=16):
    """Beats of a kick, a hat, a bass and two notes of a pad; what rings at the loop's end rings into its beginning."""
    rng, out = np.random.default_rng(seed), np.zeros((beats * BEAT, 2))
    root_hz = 55.0 * 2 ** (rng.integers(0, 12) / 12)
    for start in range(0, len(out), BEAT):
        bass_hz = root_hz * 2 ** (rng.choice([0, 3, 5, 7]) / 12)
        hits = [(0, 0.6 * synthetic_endings.drum(RATE_HZ, "kick", 1))]
        hits.append((BEAT // 2, 0.1 * synthetic_endings.drum(RATE_HZ, "hat", int(rng.integers(4)))))
        hits.append((0, 0.4 * synthetic_endings.bowed(RATE_HZ, bass_hz, 0.45, 0.5, 0.005)))
        pitches = root_hz * rng.choice([4.0, 4.75, 6.0, 8.0], 2, replace=False)
        hits.extend((0, 0.15 * synthetic_endings.bowed(RATE_HZ, pitch_hz, 0.7, 0.4, 0.02)) for pitch_hz in pitches)
        for place, sound in hits:
            np.add.at(out, (start + place + np.arange(len(sound))) % len(out), sound[:, np.newaxis])
    return 0.3 * out


def test_unrelated_loops_of_one_tempo_do_not_run_on(is_joined):
    for one, other in itertools.permutations(LOOPS, 2):
        turned = (np.roll(loop(seed), -BEAT // 4, axis=0) for seed in (one, other))
        assert not is_joined(loop(one), loop(other))
        assert not is_joined(*turned)


def test_loops_that_end_and_begin_in_next_to_nothing_do_not_run_on(is_joined):
    """As players of tracker modules write them: with an offset, of which too a last moment fades to digital silence."""
    landing = np.minimum(1.0, np.arange(16 * BEAT)[::-1] / (0.06 * RATE_HZ))[:, np.newaxis]
    rise = np.minimum(1.0, np.arange(16 * BEAT) / (0.01 * RATE_HZ))[:, np.newaxis]
    for one, other in itertools.permutations(LOOPS[:3], 2):
        leaving, entering = (np.roll(loop(seed), -BEAT // 4, axis=0) for seed in (one, other))
        assert not is_joined((0.3 * leaving + 0.03) * landing**2, entering * rise**2)


@pytest.mark.parametrize("seed", LOOPS)
@pytest.mark.parametrize("gain_db", [-2.0, 0.0])
def test_a_performance_of_loops_cut_in_two_runs_on(is_joined, seed, gain_db):
    sound, rng = np.concatenate((loop(seed), loop(seed))), np.random.default_rng(seed)
    for cut in rng.integers(12 * BEAT, 20 * BEAT, 3):
        assert is_joined(sound[:cut], sound[cut:] * 10 ** (gain_db / 20))


@pytest.mark.parametrize("rumble_hz", [8.0, 15.0])
def test_a_rumble_that_runs_on_is_no_evidence(is_joined, rumble_hz):
    rumble = 0.3 * np.sin(2.0 * np.pi * rumble_hz * np.arange(32 * BEAT) / RATE_HZ)[:, np.newaxis]
    for one, other in itertools.permutations(LOOPS, 2):
        pieces = [0.1 * np.roll(loop(seed), -BEAT // 4, axis=0) for seed in (one, other)]
        assert not is_joined(pieces[0] + rumble[: 16 * BEAT], pieces[1] + rumble[16 * BEAT :])


@pytest.mark.parametrize(("frequency_hz", "joined"), [(12.0, False), (20.0, False), (24.0, False), (55.0, True)])
def test_what_lies_too_low_for_a_note_is_no_evidence(is_joined, frequency_hz, joined):
    swell = 1.0 + 0.3 * np.sin(2.0 * np.pi * 0.7 * np.arange(16 * BEAT) / RATE_HZ)
    tone = 0.3 * np.sin(2.0 * np.pi * frequency_hz * np.arange(16 * BEAT) / RATE_HZ) * swell
    sound = np.stack([tone, tone], axis=1)
    assert is_joined(sound[: 8 * BEAT + 4711], sound[8 * BEAT + 4711 :]) == joined


def voice(seconds=8.0, pitch_hz=90.0):
    """Pulses through a formant that dies away before the next: next to nothing sounds between them."""
    frames = np.arange(round(seconds * RATE_HZ))
    phase = np.cumsum(pitch_hz * (1.0 + 0.03 * np.sin(2.0 * np.pi * 5.0 * frames / RATE_HZ)) / RATE_HZ)
    since_s = (phase % 1.0) / pitch_hz
    swell = 1.0 + 0.3 * np.sin(2.0 * np.pi * 0.9 * frames / RATE_HZ)
    formant = np.exp(-350.0 * since_s) * np.sin(2.0 * np.pi * 600.0 * since_s)
    hiss = 1e-4 * np.random.default_rng(1).standard_normal(len(frames))
    return 0.5 * np.repeat((swell * formant + hiss)[:, np.newaxis], 2, axis=1), phase


@pytest.mark.parametrize("pulse", [311, 352, 402])
def test_a_voice_is_weak_again_and_again_but_a_drawn_fade_is_weak_once(is_joined, pulse):
    sound, phase = voice()
    cut = int(np.searchsorted(phase, pulse + 0.7))
    leaving, entering = sound[:cut], sound[cut:]
    assert is_joined(leaving, entering)
    fade = np.linspace(0.0, 1.0, RATE_HZ // 50)[:, np.newaxis]
    leaving, entering = leaving.copy(), entering.copy()
    leaving[-len(fade) :] *= fade[::-1]
    entering[: len(fade)] *= fade
    assert not is_joined(leaving, entering)


@pytest.mark.parametrize("block", [997, 10**6])
def test_the_answer_is_the_same_on_every_run_and_in_any_blocks(is_joined, monkeypatch, block):
    sound, other = loop(0), loop(1)
    cut = 11 * BEAT + 4711
    pairs = (sound[:cut], sound[cut:]), (sound[:cut], other[cut:]), (sound, sound), (sound, other)
    usual = [is_joined(*pair) for pair in pairs]
    monkeypatch.setattr(mixes, "BLOCK", block)
    assert [is_joined(*pair) for pair in pairs] == usual
    assert usual[:2] == [True, False]
