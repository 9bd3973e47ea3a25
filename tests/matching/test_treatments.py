"""What is done to a mix: locks hold, exemptions are said, what is asked for is done, references are matched to."""

import numpy as np
import pytest
import soundfile

from pipeline.analysis.analysis import analyse
from pipeline.matching.baseline import baseline_of
from pipeline.processors.equaliser import Band, equalise
from pipeline.rendering.mix_chain import treated
from tests.bench.disturbed import synthesised
from tests.bench.tone import glassmaster, injected, nobody
from tests.support.music import RATE_HZ, music
from tests.support.sessions import session

DARK = Band("high-shelf", 4000.0, -6.0, 0.7)


def plan_of(folder):
    return session(folder.write()).plan("streaming")


def songs(folder, **intent):
    folder.manifest["intent"] = intent
    for seed in (1, 2, 3):
        folder.add(music(6.0, seed=seed, tilt=0.8 + 0.2 * seed))
    return folder


def whole(blocks):
    return np.concatenate(list(blocks))


def test_an_equaliser_and_a_gain_that_the_artist_set_are_what_is_done(album_folder):
    album_folder = songs(album_folder)
    eq = [{"kind": "bell", "frequency_hz": 1000.0, "gain_db": -2.0, "q": 1.4}]
    album_folder.manifest["tracks"][1] |= {"eq": eq, "gain_db": -3.25}
    one, locked, _ = plan_of(album_folder).treatments
    assert [band.model_dump() for band in locked.bands] == eq
    assert locked.gain_db == -3.25
    assert locked.reasons[:2] == ("The artist set -3.25 dB.", "The artist set the equaliser: -2.0 dB at 1 kHz.")
    assert one.gain_db != 0.0


def test_what_is_set_for_one_track_of_a_run_holds_for_that_one(album_folder):
    album_folder = songs(album_folder, tone_match=1.0)
    eq = [{"kind": "bell", "frequency_hz": 1000.0, "gain_db": -6.0, "q": 0.5}]
    for number in (1, 2):
        album_folder.manifest["tracks"][number]["gap_s"] = 0.0
    album_folder.manifest["tracks"][1]["eq"] = eq
    one, own, other = plan_of(album_folder).treatments
    assert [band.model_dump() for band in own.bands] == eq
    assert one.bands == other.bands
    assert own.gain_db > one.gain_db + 1.0
    assert own.reasons[0] == "Runs on from track 1: treated as one with it."
    assert "The artist set the equaliser: -6.0 dB at 1 kHz." in own.reasons


def test_no_equaliser_is_an_equaliser_too(album_folder):
    album_folder = songs(album_folder, tone_match=1.0)
    album_folder.manifest["tracks"][0]["eq"] = []
    locked, *others = plan_of(album_folder).treatments
    assert locked.bands == ()
    assert any(other.bands for other in others)


def test_who_is_exempt_is_left_alone_and_not_counted(album_folder):
    album_folder = songs(album_folder, tone_match=1.0)
    album_folder.manifest["tracks"][2]["tone_exempt"] = True
    found = session(album_folder.write())
    exempt = found.plan("streaming").treatments[2]
    assert exempt.bands == ()
    assert "Tone left alone, as the artist says." in exempt.reasons
    centre = baseline_of(found.album, found.used, found.before).centre_db
    fewer = found.album.model_copy(update={"tracks": found.album.tracks[:2]})
    assert baseline_of(fewer, found.used[:2], found.before[:2]).centre_db == centre


def test_the_width_the_bass_and_the_rumble_are_as_asked_for(album_folder):
    rng = np.random.default_rng(1)
    sound = 0.05 * rng.standard_normal((8 * RATE_HZ, 2))
    asked = {"mono_below_hz": 120.0, "high_pass_hz": 30.0, "width_db": -6.0}
    album_folder.manifest["intent"] = {"tone_match": 0.0, "level_match": 0.0, **asked}
    found = session(album_folder.add(sound).write())
    (treatment,) = found.plan("streaming").treatments
    done = whole(treated(treatment, found.mixes[0].blocks())) / 10 ** (treatment.gain_db / 20)
    spectra = [np.abs(np.fft.rfft(each, axis=0)) ** 2 for each in (mid_side(sound), mid_side(done))]
    change_db = 10 * np.log10(smooth(spectra[1]) / smooth(spectra[0]))
    at = {hz: change_db[round(hz * 8)] for hz in (10, 60, 1000)}
    assert at[1000][0] == pytest.approx(0.0, abs=0.2)
    assert at[1000][1] == pytest.approx(-6.0, abs=0.2)
    assert at[60][1] == pytest.approx(-6.0 - 7.0, abs=1.0)  # first order: 7 dB an octave under its corner
    assert at[10][0] < -15.0
    assert [reason.split(",")[0] for reason in treatment.reasons if "sked for" in reason] == ["As asked for"] * 3
    assert treatment.gain_db > 0.5  # for what the side's fall takes from loudness


def test_nothing_is_shaped_that_nobody_asked_for(album_folder):
    for treatment in plan_of(songs(album_folder)).treatments:
        assert (treatment.high_pass_hz, treatment.mono_below_hz, treatment.width_db) == (None, None, 0.0)
        assert treatment.compression is None


def test_compression_that_is_asked_for_is_heard_and_made_up_for(album_folder):
    album_folder = songs(album_folder, compression="all", level_match=0.0, tone_match=0.0)
    found = session(album_folder.write())
    for treatment, mix, before in zip(found.plan("streaming").treatments, found.mixes, found.before, strict=True):
        after = analyse(treated(treatment, mix.blocks()), RATE_HZ)
        assert treatment.compression is not None
        assert after.loud_end_lufs == pytest.approx(before.loud_end_lufs, abs=0.5)
        assert after.stereo.balance_db == pytest.approx(before.stereo.balance_db, abs=0.05)


def test_a_reference_is_matched_to_and_not_delivered(album_folder):
    sound = music(8.0, seed=4)
    dark = whole(equalise(iter([sound]), (DARK,), RATE_HZ))
    (album_folder.folder / "ref").mkdir()
    soundfile.write(album_folder.folder / "ref/one.flac", dark, RATE_HZ, subtype="PCM_24")
    album_folder.manifest["intent"] = {"reference": ["ref/one.flac"], "tone_match": 1.0, "eq_limit_db": 12.0}
    found = session(album_folder.add(sound).write())
    (treatment,) = found.plan("streaming").treatments
    after = analyse(treated(treatment, found.mixes[0].blocks()), RATE_HZ).spectrum
    wanted = analyse([dark], RATE_HZ).spectrum
    apart = (after.mid_db - wanted.mid_db)[4:27]
    assert np.std(apart) < 0.5
    assert any("over the reference" in reason for reason in treatment.reasons)


def test_a_curve_is_matched_to(album_folder):
    (album_folder.folder / "tilt.txt").write_text("100 6\n10000 -14\n")
    album_folder.manifest["intent"] = {"target_curve": "tilt.txt", "tone_match": 1.0, "eq_limit_db": 12.0}
    (treatment,) = plan_of(album_folder.add(music(8.0, seed=4))).treatments
    assert any("the target curve" in reason for reason in treatment.reasons)


def test_unknown_errors_of_tone_and_level_are_taken_back():
    """What all eight tracks share cannot be told from the album's own sound; what each has of its own is."""
    masters = {"nobody": nobody, "ours": glassmaster}
    found = injected(synthesised(12.0), [0, 1], masters)
    own_db, level_lu = (
        {name: np.mean([getattr(trial.figures, figure) for trial in trials]) for name, trials in found.items()}
        for figure in ("own_db", "level_lu")
    )
    assert own_db["nobody"] > 1.0
    assert own_db["ours"] < 0.5
    assert level_lu["nobody"] > 1.5
    assert level_lu["ours"] < 0.3


def mid_side(sound):
    return np.column_stack([sound.sum(axis=1), sound[:, 0] - sound[:, 1]])


def smooth(powers):
    """Means over 6 Hz, of spectra of 8 s."""
    kernel = np.full(48, 1 / 48)
    return np.column_stack([np.convolve(column, kernel, "same") for column in powers.T])
