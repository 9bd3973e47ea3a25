"""An album's arc survives its matching: in an orchestral cycle, in a compilation, in songs with what lies between."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pipeline.analysis.analysis import analyse
from pipeline.intake.mixes import Mix, Source
from pipeline.matching.baseline import baseline_of
from pipeline.matching.treatments import treat
from tests.matching.test_outliers import piccolo_sound, speech_sound
from tests.support.music import RATE_HZ, music
from tests.support.sessions import album_of

SONG_S, SHORT_S = 220.0, 41.0


@cache
def heard(kind, seed, level_db):
    """The analysis of a piece of a kind whose root mean square lies at `level_db`."""
    made = {"band": lambda: music(8.0, seed=seed), "voice": speech_sound, "solo": piccolo_sound}[kind]()
    return analyse([made * 10.0 ** (level_db / 20.0) / np.sqrt(np.mean(made**2))], RATE_HZ)


def mastered(*pieces, keys=None, **intent):
    """How far loud passages lie over the loudest before and after, and what is told: of (kind, level, duration)."""
    album = album_of(*(keys or [{}] * len(pieces)), tone_match=0.0, **intent)
    analyses = [heard(kind, 1, level_db) for kind, level_db, _ in pieces]
    used = [
        Source(mix, 0, mix.frames, f"{n:064x}")
        for n, (_, _, duration_s) in enumerate(pieces, start=1)
        for mix in [Mix(f"tracks[{n}]", Path(f"{n}.wav"), RATE_HZ, round(duration_s * RATE_HZ), "PCM_24")]
    ]
    found = treat(album, used, analyses, baseline_of(album, used, analyses))
    before = np.array([analysis.loud_end_lufs for analysis in analyses])
    after = before + [treatment.gain_db for treatment in found.treatments]
    return before - before.max(), after - after.max(), found


def test_an_orchestral_cycle_keeps_its_pianissimo():
    levels_db = (-20.0, -24.0, -38.0, -19.0)
    before, after, found = mastered(*(("band", level_db, SONG_S) for level_db in levels_db))
    assert list(np.argsort(after)) == list(np.argsort(before))
    assert after[2] <= -9.0
    assert max(treatment.gain_db for treatment in found.treatments) <= 6.0
    assert [len(told) for told in found.warnings] == [0, 0, 1, 0]
    assert "level_wish_lu = " in found.warnings[2][0].words


def test_a_compilation_is_brought_together_and_its_solo_piece_stays_under_the_bands():
    pieces = [("band", level_db, SONG_S) for level_db in (-14.0, -16.0, -12.5, -18.0, -13.0)]
    before, after, found = mastered(*pieces, ("solo", -22.0, 150.0), ("voice", -23.0, 70.0))
    assert np.ptp(after[:5]) < 0.4 * np.ptp(before[:5])
    assert after[5:].max() <= after[:5].min() - 4.0
    assert any("little in common with them, and is not raised nearer" in each for each in found.treatments[5].reasons)
    assert any("It is spoken, and is not raised nearer" in each for each in found.treatments[6].reasons)


def test_songs_keep_what_lies_between_them_under_them():
    pieces = (
        ("band", -16.0, SONG_S),
        ("band", -23.0, SHORT_S),
        ("band", -14.0, SONG_S),
        ("voice", -27.0, 25.0),
        ("band", -15.0, SONG_S),
        ("band", -17.0, SHORT_S),
    )
    before, after, found = mastered(*pieces)
    songs, between = [0, 2, 4], [1, 3]
    assert np.ptp(after[songs]) < 1.0
    assert all(after[n] <= after[songs].min() - 4.0 for n in between)
    assert all(after[n] >= before[n] for n in between)
    assert after[5] - after[0] == pytest.approx(before[5] - before[0], abs=1.0)  # it was near the songs, and stays
    assert "It is an interlude of 0:41, and is not raised nearer" in found.treatments[1].reasons[0]


def test_what_is_short_is_no_interlude_where_everything_is():
    before, after, found = mastered(*(("band", level_db, SHORT_S) for level_db in (-16.0, -20.0, -15.0, -17.0)))
    assert np.ptp(after) < 0.5 * np.ptp(before)
    assert not any("interlude" in reason for treatment in found.treatments for reason in treatment.reasons)


def test_chapters_that_are_spoken_are_an_album_s_songs():
    before, after, found = mastered(*(("voice", level_db, SONG_S) for level_db in (-22.0, -26.0, -21.0)))
    assert np.ptp(after) < 0.5 * np.ptp(before)
    assert not any("is not raised" in reason for treatment in found.treatments for reason in treatment.reasons)


def test_the_artist_s_word_raises_what_the_machine_would_not():
    pieces = [("band", level_db, SONG_S) for level_db in (-16.0, -15.0, -32.0)]
    _, left, _ = mastered(*pieces)
    _, raised, found = mastered(*pieces, keys=[{}, {}, {"level_wish_lu": 6.0}])
    assert raised[2] - left[2] == pytest.approx(6.0, abs=0.02)
    assert not any(found.warnings)
    assert np.ptp(mastered(*pieces, level_match=1.0)[1]) < 0.05


def test_what_one_sets_by_gain_is_not_told():
    pieces = [("band", level_db, SONG_S) for level_db in (-16.0, -15.0, -32.0)]
    _, _, found = mastered(*pieces, keys=[{}, {}, {"gain_db": 5.0}])
    assert not any(found.warnings)
    assert found.treatments[2].gain_db == 5.0
