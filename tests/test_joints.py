"""How alike two mixes are where they overlap, as the crossfade's law needs to know it."""

from typing import Any

import numpy as np
import pytest
import soundfile
import soxr

from pipeline import ingest
from pipeline.ingest import Mix, Source
from pipeline.joints import correlations, overlap_correlation
from tests.conftest import RATE_HZ, AlbumFolder, music
from tests.sessions import session

OVERLAP_S = 2.0


@pytest.fixture
def source(tmp_path):
    """A source of the sound that is handed in, or of a stretch of it."""

    def make(sound, rate_hz=RATE_HZ, start=0, stop=None):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.wav"
        soundfile.write(path, sound, rate_hz, subtype="DOUBLE")
        mix = Mix("tracks[1].mix", path, rate_hz, len(sound), "DOUBLE")
        return Source(mix, start, len(sound) if stop is None else stop, "0" * 64)

    return make


def test_the_same_sound_is_wholly_alike_at_any_level(source):
    sound = music(4.0)
    overlap = round(OVERLAP_S * RATE_HZ)
    assert overlap_correlation(source(sound), source(0.1 * sound[-overlap:]), OVERLAP_S) == 1.0


@pytest.mark.parametrize("alike", [0.2, 0.5, 0.9])
def test_a_known_correlation_is_found(source, alike):
    noise = np.random.default_rng(2).standard_normal((2, 3 * RATE_HZ, 2)) * 0.1
    mixed = alike * noise[0] + np.sqrt(1 - alike**2) * noise[1]
    assert overlap_correlation(source(noise[0]), source(mixed), 3.0) == pytest.approx(alike, abs=0.02)


def test_opposite_polarity_counts_as_unlike(source):
    sound = music(2.0)
    assert overlap_correlation(source(sound), source(-sound), OVERLAP_S) == 0.0


@pytest.mark.parametrize("quiet", [0, 1])
def test_silence_is_like_nothing(source, quiet):
    sounds = [music(2.0), music(2.0)]
    sounds[quiet] = np.zeros_like(sounds[quiet])
    assert overlap_correlation(source(sounds[0]), source(sounds[1]), OVERLAP_S) == 0.0


def test_only_the_overlap_counts_and_trims_are_heeded(source):
    shared, before, after = (music(seconds, seed=seed) for seconds, seed in ((2.0, 1), (3.0, 2), (3.0, 3)))
    leaving = source(np.concatenate([before, shared, after]), stop=5 * RATE_HZ)
    entering = source(np.concatenate([before, shared, after]), start=3 * RATE_HZ)
    assert overlap_correlation(leaving, entering, OVERLAP_S) == 1.0
    assert overlap_correlation(leaving, source(after), OVERLAP_S) < 0.2


def test_another_rate_is_the_same_sound(source):
    sound = music(4.0)
    other = soxr.resample(sound, RATE_HZ, 44100, quality="VHQ")
    assert overlap_correlation(source(sound), source(other, 44100), 4.0) >= 0.99
    assert overlap_correlation(source(other, 44100), source(sound), 4.0) >= 0.99


@pytest.mark.parametrize("block", [1000, 4801])
def test_blocks_do_not_matter(source, monkeypatch, block):
    one, other = source(music(3.0, seed=1)), source(music(3.0, 44100, seed=1), 44100)
    whole = overlap_correlation(one, other, 3.0)
    monkeypatch.setattr(ingest, "BLOCK", block)
    assert overlap_correlation(one, other, 3.0) == whole


def test_an_overlap_longer_than_the_music_is_measured_as_far_as_it_goes(source):
    sound = music(1.0)
    assert overlap_correlation(source(sound), source(sound), 30.0) == 1.0


def test_only_what_a_law_depends_on_is_measured(tmp_path):
    songs, told = AlbumFolder(tmp_path / "album"), list[float]()
    keys: list[dict[str, Any]] = [
        {},
        {"gap_s": 1.0},
        {"crossfade_s": 0.5},
        {"crossfade_s": 0.25, "crossfade_shape": "auto"},
    ]
    keys += [{"crossfade_s": 0.5, "crossfade_shape": shape} for shape in ("equal-gain", "equal-power")]
    for seed, each in enumerate(keys):
        songs.add(music(2.0, seed=seed), **each)
    found = session(songs.folder)
    measured = correlations(found.album, found.used, told.append)
    assert [value is None for value in measured] == [True, True, False, False, True, True]
    assert sum(told) == pytest.approx(0.75)
