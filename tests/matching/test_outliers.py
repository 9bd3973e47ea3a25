"""What is left alone: speech, a solo piece among bands; they do not move the others' centre, whatever the order."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis.analysis import Meters
from pipeline.matching.outliers import FAR_DB, NEAR_DB, find_centre, is_spoken
from pipeline.matching.tone import distance_db, tone_of
from pipeline.processors.equaliser import Band
from tests.support.music import RATE_HZ, music


def measured(sound):
    gauge = Meters(RATE_HZ)
    gauge.add(np.ascontiguousarray(sound))
    return gauge.result()


@cache
def band(seed):
    return measured(music(10.0, seed=seed, tilt=0.9 + 0.05 * seed))


def piccolo_sound():
    """High tones with a little breath, one after another, in a dry room."""
    rng, parts = np.random.default_rng(3), []
    for pitch_hz in rng.choice([1175, 1319, 1568, 1760, 2093, 2349, 2637, 3136], 40):
        t = np.arange(RATE_HZ // 4) / RATE_HZ
        envelope = np.minimum(1, t / 0.03) * np.minimum(1, (0.25 - t) / 0.05)
        tone = sum(share * np.sin(2 * np.pi * k * pitch_hz * t) for k, share in ((1, 1.0), (2, 0.3), (3, 0.1)))
        parts.append(0.3 * envelope * (tone + 0.02 * rng.standard_normal(len(t))))
    mono = np.concatenate(parts)
    return np.column_stack([mono, 0.7 * mono]) + 1e-5 * rng.standard_normal((len(mono), 2))


@cache
def piccolo():
    return measured(piccolo_sound())


def speech_sound():
    """Syllables: bursts of a buzz through two formants, four a second, with a breath after some; one place, no bass."""
    rng, parts = np.random.default_rng(4), []
    for syllable in range(48):
        t = np.arange(RATE_HZ // 5) / RATE_HZ
        harmonics = np.arange(1, 30)
        formants = np.exp(-(((harmonics * 130 - 600) / 400) ** 2)) + 0.3 * np.exp(
            -(((harmonics * 130 - 1700) / 500) ** 2)
        )
        voice = (formants[:, None] * np.sin(2 * np.pi * 130 * harmonics[:, None] * t)).sum(axis=0)
        rest = 0.3 if syllable % 6 == 5 else 0.05
        parts += [0.1 * np.sin(np.pi * t / 0.2) * voice, np.zeros(round(rest * RATE_HZ))]
    mono = np.concatenate(parts)
    return (mono + 1e-5 * rng.standard_normal(len(mono)))[:, None] * np.ones(2)


@cache
def speech():
    return measured(speech_sound())


def tones(*analyses):
    return [tone_of(analysis.spectrum) for analysis in analyses]


def test_a_solo_piece_is_left_out_and_does_not_move_the_centre():
    songs = tones(*(band(seed) for seed in range(5)))
    alone = find_centre(songs, [1.0] * 5, [None] * 5)
    beside = find_centre([*songs, *tones(piccolo())], [1.0] * 6, [None] * 6)
    assert alone.odd == (False,) * 5
    assert beside.odd == (False,) * 5 + (True,)
    assert np.abs(beside.centre_db - alone.centre_db).max() <= 0.1
    assert distance_db(tones(piccolo())[0], beside.centre_db) > beside.farthest_db


def test_a_voice_that_speaks_is_told_from_songs():
    assert is_spoken([speech()])
    assert not is_spoken([piccolo()])
    assert not any(is_spoken([band(seed)]) for seed in range(5))
    assert not is_spoken([speech(), band(1)])


def test_silence_is_no_speech():
    assert not is_spoken([measured(np.zeros((RATE_HZ, 2)))])
    assert not is_spoken([measured(np.zeros((0, 2)))])


def test_the_artist_s_word_goes_first():
    songs = tones(*(band(seed) for seed in range(5)), piccolo())
    kept_in = find_centre(songs, [1.0] * 6, [None] * 5 + [False])
    left_out = find_centre(songs, [1.0] * 6, [True] + [None] * 5)
    assert kept_in.odd == (False,) * 6
    assert left_out.odd == (True,) + (False,) * 4 + (True,)


def test_where_all_are_left_out_all_have_a_centre():
    songs = tones(band(0), band(1))
    assert np.isfinite(find_centre(songs, [1.0, 1.0], [True, True]).centre_db).all()


@pytest.mark.parametrize("count", [1, 2])
def test_of_two_neither_is_the_odd_one(count):
    found = find_centre(tones(*[band(0), piccolo()][:count]), [1.0] * count, [None] * count)
    assert found.odd == (False,) * count


def test_how_far_is_far_lies_between_two_bounds():
    alike = [tones(band(0))[0].through([Band("bell", 500.0 + n, 0.5, 1.0)], RATE_HZ) for n in range(4)]
    assert find_centre(alike, [1.0] * 4, [None] * 4).farthest_db == NEAR_DB
    unlike = [alike[0].through([Band("low-shelf", 400.0, gain_db, 0.7)] * 2, RATE_HZ) for gain_db in (-14, -5, 5, 14)]
    assert find_centre(unlike, [1.0] * 4, [False] * 4).farthest_db == FAR_DB


@given(st.permutations(range(6)))
def test_the_order_of_tracks_does_not_matter(order):
    songs, weights = tones(*(band(seed) for seed in range(5)), piccolo()), [1.0, 2.0, 1.5, 1.0, 2.0, 1.0]
    usual = find_centre(songs, weights, [None] * 6)
    found = find_centre([songs[n] for n in order], [weights[n] for n in order], [None] * 6)
    assert np.array_equal(found.centre_db, usual.centre_db)
    assert [found.odd[order.index(n)] for n in range(6)] == list(usual.odd)
