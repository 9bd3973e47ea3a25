import numpy as np
import pytest
import soundfile

from albums import EqBand
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.processors.equaliser import Band, equalise
from pipeline.rendering import assembly
from pipeline.rendering.assembly import Compression, assemble, compression_of, conditioned
from pipeline.rendering.mix_chain import treated
from tests.support.music import RATE_HZ, AlbumFolder, music
from tests.support.sessions import session

NEUTRAL = {"tone_match": 0.0, "level_match": 0.0, "head_s": 0.0, "tail_s": 0.0}


def planned(songs: AlbumFolder, profile="streaming", **intent):
    songs.manifest["intent"] = NEUTRAL | intent
    found = session(songs.write())
    return found.plan(profile), found.mixes


def whole(blocks):
    return np.concatenate(list(blocks))


def quantised(sound):
    return np.round(sound * 2**23) / 2**23


def test_each_mix_is_forgotten_once_it_is_laid_down(album_folder, monkeypatch):
    forgotten = list[str]()
    monkeypatch.setattr(assembly, "drop_from_page_cache", lambda path: forgotten.append(path.name))
    plan, mixes = planned(album_folder.add(music(2.0, seed=1)).add(music(2.0, seed=2), gap_s=0.5))
    whole(assemble(plan, plan.programmes[0], mixes))
    assert forgotten == [mix.path.name for mix in mixes]


def test_a_neutral_plan_leaves_every_sample_alone(album_folder):
    one, other = music(5.0, seed=1), music(6.0, seed=2)
    plan, mixes = planned(album_folder.add(one).add(other, gap_s=1.0))
    laid = whole(assemble(plan, plan.programmes[0], mixes))
    (first, second), used = plan.programmes[0].clips, plan.treatments
    end = first.start + first.length
    assert np.array_equal(laid[first.start : end], quantised(one)[used[0].start : used[0].stop])
    assert not laid[end : second.start].any()
    assert second.start - end > 0.9 * RATE_HZ
    laid_last = laid[second.start : second.start + second.length]
    assert np.array_equal(laid_last, quantised(other)[used[1].start : used[1].stop])


def test_a_segue_cut_in_two_is_whole_again(album_folder):
    sound = music(11.0, seed=3)
    cut = 5 * RATE_HZ + 123
    plan, mixes = planned(album_folder.add(sound[:cut]).add(sound[cut:], gap_s=0.0))
    kept = quantised(sound)[plan.treatments[0].start : cut + plan.treatments[1].stop]
    first, last = plan.programmes[0].clips
    laid = whole(assemble(plan, plan.programmes[0], mixes))[first.start :]
    whole_frames = len(kept) - last.fade_out
    assert np.array_equal(laid[:whole_frames], kept[:whole_frames])


def test_a_segue_at_another_rate_is_converted_without_a_seam(album_folder):
    """Tracks stand on whole frames, so the second may come half a frame late: a thousandth of a step in this bass."""
    bass = 0.3 * np.sin(np.arange(8 * 44100) * (2 * np.pi * 50 / 44100))[:, None] * np.ones(2)
    cut = 4 * 44100 + 77
    songs = album_folder.add(music(10.0)).add(bass[:cut], 44100, gap_s=1.0).add(bass[cut:], 44100, gap_s=0.0)
    plan, mixes = planned(songs)
    laid = whole(assemble(plan, plan.programmes[0], mixes))
    joint = plan.programmes[0].clips[2].start
    corners = np.abs(np.diff(laid[joint - 1000 : joint + 1000], n=2, axis=0))
    assert corners.max() < 2e-3


@pytest.mark.parametrize("rate_hz", [RATE_HZ, 44100])
def test_a_segue_cut_in_two_is_whole_again_after_an_equaliser(album_folder, rate_hz):
    """A filter that started anew at the joint would click there, by as much as its bass shelf lifts."""
    bass = 0.2 * np.sin(np.arange(11 * rate_hz) * (2 * np.pi * 50 / rate_hz))[:, None]
    sound, cut = music(11.0, rate_hz, seed=3) * 0.5 + bass, 5 * rate_hz + 123
    plan, mixes = planned(album_folder.add(sound[:cut], rate_hz).add(sound[cut:], rate_hz, gap_s=0.0))
    band = EqBand(kind="low-shelf", frequency_hz=90.0, gain_db=3.0, q=0.7)
    treatments = tuple(treatment.model_copy(update={"bands": (band,)}) for treatment in plan.treatments)
    laid = whole(assemble(plan.model_copy(update={"treatments": treatments}), plan.programmes[0], mixes))
    kept = quantised(sound)[treatments[0].start : cut + treatments[1].stop]
    wanted = whole(equalise(iter([kept]), (Band(band.kind, band.frequency_hz, band.gain_db, band.q),), rate_hz))
    first, last = plan.programmes[0].clips
    whole_frames = len(kept) - last.fade_out
    assert np.abs(laid[first.start :][:whole_frames] - wanted[:whole_frames]).max() < 1e-12


@pytest.mark.parametrize("shape", ["equal-power", "equal-gain", "auto"])
def test_a_crossfade_keeps_its_law(album_folder, shape):
    one, other = music(6.0, seed=4), music(6.0, seed=5)
    plan, mixes = planned(album_folder.add(one).add(other, crossfade_s=2.0, crossfade_shape=shape))
    laid = whole(assemble(plan, plan.programmes[0], mixes))
    middle, overlap = 5 * RATE_HZ, 2 * RATE_HZ
    correlation = plan.programmes[0].clips[1].correlation
    factor = {"equal-power": np.sqrt(0.5), "equal-gain": 0.5, "auto": 1 / np.sqrt(2 + 2 * correlation)}[shape]
    wanted = (quantised(one)[middle] + quantised(other)[middle - 4 * RATE_HZ]) * factor
    assert laid[middle] == pytest.approx(wanted, abs=1e-4)
    assert len(laid) == 10 * RATE_HZ
    assert np.array_equal(laid[: len(one) - overlap], quantised(one)[:-overlap])


def test_the_same_sound_crossfaded_into_itself_passes_unchanged(album_folder):
    """Correlation one: the law is equal gain, and identical material neither dips nor bumps."""
    sound = quantised(music(9.0, seed=6))
    songs = album_folder.add(sound[: 6 * RATE_HZ]).add(sound[4 * RATE_HZ :], crossfade_s=2.0)
    plan, mixes = planned(songs)
    assert plan.programmes[0].clips[1].correlation == 1.0
    laid = whole(assemble(plan, plan.programmes[0], mixes))
    assert np.abs(laid[: len(sound)] - sound).max() < 1e-9


def test_trims_fades_and_wishes_are_kept(album_folder):
    sound = np.full((8 * RATE_HZ, 2), 0.25) * np.sin(np.arange(8 * RATE_HZ) * 0.1)[:, None]
    plan, mixes = planned(
        album_folder.add(sound, trim_start_s=1.0, trim_end_s=2.0, fade_in_s=0.5, fade_out_s=1.0, level_wish_lu=-6.0)
    )
    laid = whole(assemble(plan, plan.programmes[0], mixes))
    kept = quantised(sound)[RATE_HZ : 6 * RATE_HZ] * amplitude(-6.0)
    assert len(laid) == 5 * RATE_HZ
    assert np.abs(laid - kept)[RATE_HZ : 4 * RATE_HZ].max() < 1e-12
    assert np.abs(laid[:100]).max() < 1e-3
    assert np.abs(laid[-100:]).max() < 1e-3


def test_dc_is_taken_off(album_folder):
    plan, mixes = planned(album_folder.add(music(6.0) * 0.9 + (0.02, 0.0)))
    assert np.abs(whole(treated(plan.treatments[0], mixes[0].blocks())).mean(axis=0)).max() < 1e-9


def test_a_mix_at_another_rate_is_converted_and_said(album_folder):
    slower = music(5.0, 44100, seed=8)
    songs = album_folder.add(music(9.0, seed=7)).add(slower, 44100, gap_s=1.0)
    plan, mixes = planned(songs)
    assert plan.rate_hz == RATE_HZ
    assert "Track 2 is converted from 44100 to 48000 Hz, the album's rate." in plan.reasons
    laid = whole(assemble(plan, plan.programmes[0], mixes))
    assert len(laid) == 15 * RATE_HZ
    assert np.std(laid[10 * RATE_HZ :]) == pytest.approx(np.std(slower), rel=0.01)


def test_vinyl_is_one_programme_for_each_side_with_the_bass_in_the_middle(album_folder):
    bass = 0.2 * np.sin(2 * np.pi * 40 * np.arange(8 * RATE_HZ) / RATE_HZ)
    wide = music(8.0) * 0.1 + np.stack([bass, -bass], axis=1)
    plan, mixes = planned(album_folder.add(wide).add(music(8.0, seed=9)), "vinyl-12in-33")
    assert [programme.side for programme in plan.programmes] == ["A", "B"]
    side = whole(conditioned(plan, assemble(plan, plan.programmes[0], mixes)))[RATE_HZ:-RATE_HZ]
    before = wide[RATE_HZ:-RATE_HZ]
    loss_db = 20 * np.log10(np.std(side[:, 0] - side[:, 1]) / np.std(before[:, 0] - before[:, 1]))
    assert loss_db < -8.0


def test_a_recording_before_index_1_is_laid_before_its_track_and_treated_alike(album_folder):
    one, applause, other = music(6.0, seed=1), music(5.0, seed=2), music(7.0, seed=3)
    album_folder.add(one)
    soundfile.write(album_folder.folder / "applause.wav", applause, RATE_HZ, subtype="DOUBLE")
    plan, mixes = planned(album_folder.add(other, gap_s=1.0, pregap={"mix": "applause.wav"}, gain_db=-6.0), "cd-ddp")
    laid = whole(assemble(plan, plan.programmes[0], mixes))
    _, before, track = plan.programmes[0].clips
    assert (before.pregap, before.track, track.start) == (True, 2, before.start + before.length)
    (treatment,) = plan.pregaps
    used = applause[treatment.start : treatment.stop] * amplitude(-6.0)
    heard = slice(before.start + before.fade_in, before.start + before.length)
    assert np.abs(laid[heard] - used[before.fade_in :]).max() < 1e-12
    mark = plan.programmes[0].marks[1]
    assert mark.cd_frame == track.start * 75 // RATE_HZ
    assert abs(mark.pause_cd_frame - (before.start - RATE_HZ) * 75 // RATE_HZ) < 10


def test_a_hidden_track_is_in_the_disc_s_sequence_alone(album_folder):
    soundfile.write(album_folder.folder / "hidden.wav", music(9.0, seed=2), RATE_HZ, subtype="PCM_24")
    album_folder.add(music(6.0, seed=1), pregap={"mix": "hidden.wav"})
    disc, mixes = planned(album_folder, "cd-ddp")
    stream, _ = planned(album_folder, "streaming")
    assert len(whole(assemble(disc, disc.programmes[0], mixes))) == disc.programmes[0].frames
    assert [clip.pregap for clip in disc.programmes[0].clips] == [True, False]
    assert [clip.pregap for clip in stream.programmes[0].clips] == [False]
    assert any("only a disc can hold something before its first track" in reason for reason in stream.reasons)


def test_what_leads_into_a_track_is_not_taken_for_what_is_hidden(album_folder):
    """A stream has no place for the one, and keeps the other."""
    count_in = music(5.0, seed=3)
    for name, sound in (("hidden.wav", music(9.0, seed=2)), ("count.wav", count_in)):
        soundfile.write(album_folder.folder / name, sound, RATE_HZ, subtype="DOUBLE")
    album_folder.add(music(6.0, seed=1), pregap={"mix": "hidden.wav"})
    album_folder.add(music(6.0, seed=4), gap_s=1.0, pregap={"mix": "count.wav"}, gain_db=0.0)
    stream, mixes = planned(album_folder, "streaming")
    laid = whole(assemble(stream, stream.programmes[0], mixes))
    (before,) = (clip for clip in stream.programmes[0].clips if clip.pregap)
    heard = laid[before.start + before.fade_in :][: before.length - before.fade_in]
    used = stream.treatment_of(before)
    assert np.abs(heard - count_in[used.start : used.stop][before.fade_in :]).max() < 1e-12


def test_what_the_compressor_takes_off_is_told_track_by_track(album_folder):
    """Also where music runs on: a track's own hops, without what its filters heard of the mix before it."""
    sound = music(20.0, seed=3)
    cut = 9 * RATE_HZ
    songs = album_folder.add(music(8.0, seed=1)).add(sound[:cut], gap_s=1.0).add(sound[cut:], gap_s=0.0)
    plan, mixes = planned(songs, compression="all")
    found: Compression = {}
    whole(assemble(plan, plan.programmes[0], mixes, found))
    first, second, third = (taken or GainReduction() for taken in compression_of(plan, found))
    alone = []
    for treatment, mix in zip(plan.treatments, mixes, strict=True):
        reduction = GainReduction()
        whole(treated(treatment, mix.blocks(treatment.start, treatment.stop), reduction))
        alone.append(reduction.maximum_db[: int(treatment.duration_s / 0.1)])
    assert (first.maximum_db, second.maximum_db) == (alone[0], alone[1])
    assert len(third.maximum_db) == len(alone[2])
    assert third.maximum_db[0] > alone[2][0], "the compressor was at work when the joint came"
    assert third.maximum_db[-20:] == pytest.approx(alone[2][-20:], abs=0.1)
    assert 0.2 < max(third.maximum_db) < 2.5


def test_without_a_compressor_nothing_is_told(album_folder):
    plan, mixes = planned(album_folder.add(music(5.0)), compression="off")
    found: Compression = {}
    whole(assemble(plan, plan.programmes[0], mixes, found))
    assert compression_of(plan, found) == (None,)
