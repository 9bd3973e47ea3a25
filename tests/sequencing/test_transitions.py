"""How alike two mixes are where they overlap, as the crossfade's law needs it, and how far the level sinks there."""

import numpy as np
import pytest
import soundfile
import soxr

from pipeline.intake import mixes
from pipeline.intake.mixes import Mix, Source
from pipeline.sequencing.transitions import crossfade
from tests.support.music import RATE_HZ, music

OVERLAP_S = 2.0


def correlation(leaving, entering, overlap_s):
    """How alike two mixes are where they overlap."""
    return crossfade(leaving.stretch, entering.stretch, overlap_s, "auto").correlation


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
    assert correlation(source(sound), source(0.1 * sound[-overlap:]), OVERLAP_S) == 1.0


@pytest.mark.parametrize("alike", [0.2, 0.5, 0.9])
def test_a_known_correlation_is_found(source, alike):
    noise = np.random.default_rng(2).standard_normal((2, 3 * RATE_HZ, 2)) * 0.1
    mixed = alike * noise[0] + np.sqrt(1 - alike**2) * noise[1]
    assert correlation(source(noise[0]), source(mixed), 3.0) == pytest.approx(alike, abs=0.02)


def test_opposite_polarity_counts_as_unlike(source):
    sound = music(2.0)
    assert correlation(source(sound), source(-sound), OVERLAP_S) == 0.0


@pytest.mark.parametrize("quiet", [0, 1])
def test_silence_is_like_nothing(source, quiet):
    sounds = [music(2.0), music(2.0)]
    sounds[quiet] = np.zeros_like(sounds[quiet])
    assert correlation(source(sounds[0]), source(sounds[1]), OVERLAP_S) == 0.0


def test_only_the_overlap_counts_and_trims_are_heeded(source):
    shared, before, after = (music(seconds, seed=seed) for seconds, seed in ((2.0, 1), (3.0, 2), (3.0, 3)))
    leaving = source(np.concatenate([before, shared, after]), stop=5 * RATE_HZ)
    entering = source(np.concatenate([before, shared, after]), start=3 * RATE_HZ)
    assert correlation(leaving, entering, OVERLAP_S) == 1.0
    assert correlation(leaving, source(after), OVERLAP_S) < 0.2


def test_another_rate_is_the_same_sound(source):
    sound = music(4.0)
    other = soxr.resample(sound, RATE_HZ, 44100, quality="VHQ")
    assert correlation(source(sound), source(other, 44100), 4.0) >= 0.99
    assert correlation(source(other, 44100), source(sound), 4.0) >= 0.99


@pytest.mark.parametrize("block", [1000, 4801])
def test_blocks_do_not_matter(source, monkeypatch, block):
    one, other = source(music(3.0, seed=1)), source(music(3.0, 44100, seed=1), 44100)
    whole = correlation(one, other, 3.0)
    monkeypatch.setattr(mixes, "BLOCK", block)
    assert correlation(one, other, 3.0) == whole


def test_an_overlap_longer_than_the_music_is_measured_as_far_as_it_goes(source):
    sound = music(1.0)
    assert correlation(source(sound), source(sound), 30.0) == 1.0


def test_a_law_that_is_wished_needs_no_correlation(source):
    sounds = [source(music(2.0, seed=seed)) for seed in (1, 2)]
    told = list[float]()
    for shape in ("equal-gain", "equal-power"):
        assert crossfade(sounds[0].stretch, sounds[1].stretch, 0.5, shape, told.append).correlation is None
    assert sum(told) == pytest.approx(1.0)


def steady(seconds, level_db, seed):
    return 10 ** (level_db / 20) * np.random.default_rng(seed).standard_normal((round(seconds * RATE_HZ), 2))


@pytest.mark.parametrize(("shape", "dip_db"), [("equal-power", 0.0), ("equal-gain", 3.0), ("auto", 0.0)])
def test_a_dip_in_a_crossfade_is_measured(source, shape, dip_db):
    """Unlike music: the linear law loses 3 dB in the middle, the others nothing."""
    leaving, entering = source(steady(6.0, -20.0, 1)), source(steady(6.0, -20.0, 2))
    found = crossfade(leaving.stretch, entering.stretch, 4.0, shape)
    assert found.dip_db == pytest.approx(dip_db, abs=0.25)


def test_what_fades_by_itself_makes_a_hole(source):
    """Faded out over the overlap already, and once more by the law: at half its way there is little left of it."""
    sound, overlap = steady(6.0, -20.0, 1), 4 * RATE_HZ
    sound[-overlap:] *= np.linspace(1.0, 0.0, overlap)[:, None] ** 2
    late = steady(6.0, -20.0, 2)
    late[:overlap] *= np.linspace(0.0, 1.0, overlap)[:, None] ** 2
    found = crossfade(source(sound).stretch, source(late).stretch, 4.0, "equal-power")
    position = (np.arange(overlap) + 0.5) / overlap
    falling = np.cos(np.pi / 2 * position) * (1 - position) ** 2
    rising = np.sin(np.pi / 2 * position) * position**2
    assert found.dip_db == pytest.approx(-10 * np.log10((falling**2 + rising**2).min()), abs=0.6)


def test_a_louder_or_quieter_side_is_no_dip(source):
    found = crossfade(source(steady(6.0, -14.0, 1)).stretch, source(steady(6.0, -32.0, 2)).stretch, 4.0, "equal-power")
    assert found.dip_db < 0.3
