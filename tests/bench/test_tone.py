"""The tone benchmark's own numbers: each reads what it is defined to read, of sounds whose answer is known."""

import numpy as np
import pytest
import soundfile

import albums
from pipeline.processors.equaliser import Band, response_db
from tests.bench.disturbed import (
    FULL_SCALE,
    MOST_BAND_DB,
    MOST_GAIN_DB,
    PEAK_DBFS,
    RATE_HZ,
    TRACKS,
    Disturbance,
    disturbance,
    disturbed,
    noise,
    recorded,
    synthesised,
    write_album,
)
from tests.bench.excerpts import Item
from tests.bench.tone import (
    CENTRES_HZ,
    MATCHED,
    Heard,
    freely,
    heard,
    injected,
    loud_passages_lufs,
    loud_seconds,
    loudness,
    nobody,
    third_octaves_db,
    trial,
)
from tests.support.music import music

SECONDS = 6.0
BANDS = (Band("low-shelf", 150.0, 3.0, 0.7), Band("bell", 1000.0, -4.0, 1.0), Band("high-shelf", 6000.0, 2.0, 0.7))


@pytest.fixture(scope="module")
def sound():
    return music(SECONDS, RATE_HZ)


@pytest.fixture(scope="module")
def tracks():
    return [Item(str(seed), music(SECONDS, RATE_HZ, seed, level_db=-30.0), RATE_HZ) for seed in (1, 2, 3)]


def bands_db(sound, loud):
    return third_octaves_db(sound, RATE_HZ, loud)


def test_third_octaves_find_an_equaliser_by_its_response(sound):
    loud = loud_seconds(sound, RATE_HZ)
    found = bands_db(Disturbance(BANDS, 0.0).of(sound, RATE_HZ), loud) - bands_db(sound, loud)
    assert found == pytest.approx(response_db(BANDS, RATE_HZ, CENTRES_HZ), abs=0.25)


def test_third_octaves_of_white_noise_rise_by_a_decibel_a_band():
    loud = np.ones(30, bool)
    steps = np.diff(bands_db(np.random.default_rng(1).standard_normal((30 * RATE_HZ, 2)), loud))
    assert steps[6:] == pytest.approx(1.0, abs=0.25)


def test_third_octaves_hear_the_mid_alone_where_it_is_loud(sound):
    frames = len(sound) // 2
    loud = np.arange(6) < 3
    changed = sound + np.random.default_rng(1).standard_normal((len(sound), 1)) * [0.1, -0.1]
    changed[frames:] *= 0.1
    assert bands_db(changed, loud) == pytest.approx(bands_db(sound, loud), abs=1e-6)


def test_a_result_shorter_than_its_mix_is_refused(sound):
    with pytest.raises(ValueError, match="expected 264600 or more"):
        bands_db(sound[:-1], np.ones(6, bool))


def test_the_louder_half_of_the_seconds_is_loud(sound):
    steps = np.repeat([1.0, 0.1, 1.0, 0.1, 1.0, 0.1], RATE_HZ)[:, None]
    assert loud_seconds(sound * steps, RATE_HZ).tolist() == [True, False] * 3


def test_loud_passages_rise_as_the_gain_and_do_not_hear_the_soft():
    played = noise(20.0, 1)
    loud_lufs = loud_passages_lufs(loudness(played, RATE_HZ))
    assert loud_passages_lufs(loudness(2.0 * played, RATE_HZ)) == pytest.approx(loud_lufs + 6.02, abs=0.01)
    followed = np.concatenate((played, np.zeros((5 * RATE_HZ, 2))))
    assert loud_passages_lufs(loudness(followed, RATE_HZ)) == pytest.approx(loud_lufs, abs=0.5)


def test_a_trial_takes_off_what_is_a_gain_and_tells_what_all_tracks_share():
    one = Heard(np.zeros((2, 4)), np.array([-20.0, -18.0]))
    shared, own = np.array([1.0, -1.0, 1.0, -1.0]), np.array([2.0, 2.0, -2.0, -2.0])
    other = Heard(np.array([shared + own + 5.0, shared - own - 1.0]), np.array([-18.0, -15.0]))
    found = trial(one, other).figures
    assert (found.tone_db, found.shared_db, found.own_db) == pytest.approx((5.0**0.5, 1.0, 2.0))
    assert found.level_lu == pytest.approx(0.5)


def test_without_treatment_the_disturbance_is_read_and_a_perfect_master_reads_zero(tracks):
    def perfect(*_):
        return [track.sound for track in tracks]

    found = injected(tracks, [3, 4], {"none": nobody, "perfect": perfect})
    assert len(found["none"]) == len(found["perfect"]) == 2
    assert found["perfect"][0].figures.tone_db == found["perfect"][0].figures.level_lu == 0.0
    for number, one in enumerate(found["none"][0].tone_db, start=1):
        wanted = response_db(drawn(3, number).bands, RATE_HZ, CENTRES_HZ)
        assert one == pytest.approx(wanted - wanted.mean(), abs=0.5)


def drawn(seed, number):
    return disturbance(np.random.default_rng([seed, number]))


def test_the_limit_alone_makes_tracks_alike_as_far_as_it_reaches(tracks, tmp_path):
    loud = [loud_seconds(track.sound, RATE_HZ) for track in tracks]
    before_db = heard([track.sound for track in tracks], RATE_HZ, loud).bands_db
    apart_db = before_db - before_db.mean(axis=1, keepdims=True)
    apart_db -= apart_db.mean(axis=0)
    for limit_db in (0.5, 12.0):
        album = tmp_path / str(limit_db)
        write_album(album, tracks, {"tone_match": 1.0, "eq_limit_db": limit_db})
        change_db = heard(freely(album, tmp_path), RATE_HZ, loud).bands_db - before_db
        wanted_db = np.clip(-apart_db, -limit_db, limit_db)
        assert (np.abs(apart_db) > limit_db).any() == (limit_db == 0.5)
        assert np.sqrt(np.mean((change_db - wanted_db) ** 2)) < 0.2


def test_disturbances_stay_in_their_bounds_and_hang_on_the_seed(tracks):
    assert drawn(1, 1) == drawn(1, 1) != drawn(1, 2)
    for one in (drawn(seed, 1) for seed in range(200)):
        assert abs(one.gain_db) <= MOST_GAIN_DB
        assert all(abs(band.gain_db) <= MOST_BAND_DB and 0.5 <= band.q <= 1.4 for band in one.bands)
        assert all(60.0 <= band.frequency_hz <= 12_000.0 for band in one.bands)
    assert (disturbed(tracks, 1)[2].sound == disturbed(tracks, 1)[2].sound).all()


def test_a_disturbance_that_would_clip_is_drawn_again(tracks):
    hot = [Item("hot", tracks[0].sound / np.abs(tracks[0].sound).max(), RATE_HZ)]
    assert all(np.abs(disturbed(hot, seed)[0].sound).max() <= 1.0 for seed in range(4))


def test_a_written_album_is_one_that_glassmaster_loads(tracks, tmp_path):
    write_album(tmp_path / "album", tracks, MATCHED)
    album = albums.load(tmp_path / "album")
    assert {key: getattr(album.intent, key) for key in MATCHED} == MATCHED
    for mix, track in zip(nobody(tmp_path / "album", tmp_path), tracks, strict=True):
        assert np.abs(mix - track.sound).max() <= 1.0 / FULL_SCALE


def test_eight_stretches_of_fewer_recordings_are_all_unlike(tmp_path):
    for name, seconds in (("long", 40.0), ("short", 6.0)):
        soundfile.write(tmp_path / f"{name}.wav", music(seconds, 48_000)[:, :1], 48_000)
    found = recorded([tmp_path / "long.wav", tmp_path / "short.wav"], 4.0)
    assert [track.name for track in found] == ["long"] * 7 + ["short"]
    assert all(track.sound.shape == (4 * RATE_HZ, 2) for track in found)
    assert len({track.sound.tobytes() for track in found}) == TRACKS
    assert all(20 * np.log10(np.abs(track.sound).max()) == pytest.approx(PEAK_DBFS) for track in found)


def test_synthesised_tracks_are_unlike_in_tone_and_have_loud_and_soft_passages():
    made = synthesised(12.0)
    found = heard([track.sound for track in made], RATE_HZ, [loud_seconds(track.sound, RATE_HZ) for track in made])
    assert len(made) == TRACKS
    assert (found.bands_db - found.bands_db.mean(axis=1, keepdims=True)).std(axis=0).mean() > 1.0
    assert all((loudness(track.sound, RATE_HZ).range_lu or 0.0) > 3.0 for track in made)
