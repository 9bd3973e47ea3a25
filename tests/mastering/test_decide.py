"""Decisions: pure, alike in every deliverable and in any order of tracks, and the same after a journey as JSON."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albums import EqBand
from albums.faults import Refusal
from pipeline.analysis.analysis import analyse, anchored_lufs
from pipeline.analysis.diagnosis import Defect
from pipeline.intake.mixes import Mix, Source
from pipeline.mastering import decide
from pipeline.mastering.decide import plan_for
from pipeline.matching.baseline import baseline_of
from pipeline.matching.loudness import Restraint
from pipeline.matching.treatments import treat
from pipeline.plan.edited_plan import read_plan
from pipeline.plan.plan import Plan
from pipeline.processors.resampling import resampled_length
from pipeline.sequencing.spacing import PlacedMix, Spacing
from pipeline.sequencing.transitions import Transition
from profiles import load, names
from tests.support.music import RATE_HZ, music
from tests.support.sessions import album_of, profile_of

STREAMING, CD, VINYL = load("streaming"), load("cd-wav"), load("vinyl-12in-33")
SECONDS, RATES_HZ = (5.0, 4.0, 4.0, 6.0), (RATE_HZ, RATE_HZ, 44100, RATE_HZ)
ENDS = "Nothing above 15.0 kHz, where it falls by 60 dB within 200 Hz: this was converted from a lower sample rate."
KEYS: tuple[dict[str, float], ...] = ({}, {"level_wish_lu": -1.5}, {}, {"fade_out_s": 1.0})


@cache
def heard(seed, offset=0.0):
    level_db, tilt = (-24.0, -14.0, -19.0, -17.0)[seed], (1.0, 1.5, 0.6, 1.1)[seed]
    sound = music(SECONDS[seed], RATES_HZ[seed], seed=seed, level_db=level_db, tilt=tilt)
    return analyse([sound - sound.mean(axis=0) + np.array([offset, 0.0])], RATES_HZ[seed])


def source(seed):
    """A source nobody opens: a plan is made from figures alone."""
    frames = heard(seed).frames
    mix = Mix(f"tracks[{seed}]", Path(f"{seed}.wav"), RATES_HZ[seed], frames, "PCM_24")
    return Source(mix, 0, frames, f"{seed:064x}")


def planned(profile=STREAMING, spacing=(0, 1, 2, 3), transitions=(None,) * 4, keys=KEYS, **intent):
    songs = album_of(*(keys[seed] for seed in spacing), **intent)
    used, analyses = [source(n) for n in spacing], [heard(n) for n in spacing]
    signature, treatments = baseline_of(songs, used, analyses), treated(songs, used, analyses)
    placed = tuple(PlacedMix(each, 0, each.stop) for each in used)
    running = Spacing(songs, placed, (None,) * len(spacing), tuple(transitions[: len(spacing)]))
    return plan_for(running, profile, analyses, signature, treatments)


def treated(songs, used, analyses):
    return treat(songs, used, analyses, baseline_of(songs, used, analyses)).treatments


@cache
def usual():
    return planned()


def decisions(treatment):
    return treatment.model_copy(update={"track": 1, "title": ""})


def strict(profile=STREAMING, **pcm):
    """A profile that raises no mix, or with other values in its samples."""
    return profile.model_copy(update={"pcm": profile.pcm.model_copy(update={"upsampling": False, **pcm})})


@pytest.mark.parametrize("name", names())
def test_a_plan_is_the_same_after_a_journey_as_json(name):
    profile = load(name)
    plan = planned(profile if profile.pcm.upsampling else strict(profile, rate_hz=44100))
    again = read_plan(plan.json_text(), "plan.json")
    assert again == plan
    assert again.json_text() == plan.json_text()


bands = st.builds(
    EqBand,
    kind=st.sampled_from(["bell", "low-shelf", "high-shelf"]),
    frequency_hz=st.floats(10.0, 20000.0),
    gain_db=st.floats(-24.0, 24.0),
    q=st.floats(0.1, 20.0),
)


@given(st.lists(bands, max_size=4).map(tuple), st.floats(-60.0, 60.0), st.none() | st.floats(-60.0, 60.0))
def test_every_number_survives_json_to_the_last_bit(bands, gain_db, drive_db):
    plan = usual()
    edited = plan.treatments[0].model_copy(update={"bands": bands, "gain_db": gain_db, "reasons": ('"夜"\n', "")})
    plan = plan.model_copy(update={"treatments": (edited, *plan.treatments[1:]), "drive_db": drive_db})
    assert Plan.model_validate_json(plan.json_text()) == plan


def test_the_same_album_is_decided_alike():
    assert planned().json_text() == usual().json_text()


@settings(max_examples=24)
@given(st.permutations(range(4)))
def test_a_mix_is_treated_alike_wherever_it_stands(spacing):
    shuffled = planned(spacing=spacing).treatments
    assert [decisions(shuffled[spacing.index(n)]) for n in range(4)] == [
        decisions(treatment) for treatment in usual().treatments
    ]


def test_a_mix_is_treated_alike_in_every_deliverable():
    assert planned(CD).treatments == usual().treatments == planned(VINYL).treatments


def test_every_decision_has_a_reason():
    plan = usual()
    assert plan.reasons
    for treatment in plan.treatments:
        assert len(treatment.reasons) > len(treatment.bands)


@given(st.sets(st.integers(1, 3)))
def test_tracks_without_a_gap_are_treated_as_one(joined):
    keys = [{"gap_s": 0.0} if n in joined else {} for n in range(4)]
    treatments = planned(keys=keys).treatments
    for n in joined:
        one, other = treatments[n - 1], treatments[n]
        assert (one.bands, one.gain_db, one.dc_offset) == (other.bands, other.gain_db, other.dc_offset)
        assert other.reasons[0] == f"Runs on from track {n}: treated as one with it."


def test_a_wish_holds_for_its_own_track_in_a_run():
    one, other = planned(spacing=(0, 1), keys=({}, {"gap_s": 0.0, "level_wish_lu": -2.0})).treatments
    assert other.gain_db == pytest.approx(one.gain_db - 2.0, abs=0.011)
    assert one.bands == other.bands


def test_a_crossfade_or_a_gap_parts_performances():
    for key in ({"gap_s": 0.01}, {"crossfade_s": 1.0}):
        one, other = planned(spacing=(0, 1), keys=({}, key)).treatments
        assert one.gain_db != other.gain_db


def test_a_run_loses_one_offset_or_its_joint_would_get_a_step():
    songs = album_of({}, {"gap_s": 0.0}, {})
    analyses = [heard(0, 0.004), heard(1), heard(3)]
    one, other, apart = treated(songs, [source(n) for n in (0, 1, 3)], analyses)
    assert one.dc_offset == other.dc_offset
    assert one.dc_offset[0] == pytest.approx(0.004 * 5 / 9, rel=0.05)
    assert apart.dc_offset == (0.0, 0.0)
    assert "DC offset of +0.40 % of full scale in the left channel. It is taken off." in one.reasons


def test_an_offset_of_one_s_own_is_taken_off_whole():
    (treatment,) = treated(album_of({}), [source(0)], [heard(0, 0.004)])
    assert treatment.dc_offset == pytest.approx(heard(0, 0.004).defects.dc_offset)


def test_a_mix_at_another_rate_keeps_its_own_frames_and_takes_its_place_in_the_album_s():
    plan = usual()
    treatment, clip = plan.treatments[2], plan.programmes[0].clips[2]
    assert (treatment.rate_hz, treatment.stop) == (44100, 4 * 44100)
    assert plan.programmes[0].rate_hz == plan.rate_hz == RATE_HZ
    assert clip.length == resampled_length(treatment.stop, 44100, RATE_HZ) == 4 * RATE_HZ
    assert "Track 3 is converted from 44100 to 48000 Hz, the album's rate." in plan.reasons


def test_a_disc_is_converted_as_a_whole():
    plan = planned(CD)
    assert (plan.rate_hz, plan.programmes[0].rate_hz) == (44100, RATE_HZ)
    assert "The sequenced programme is converted from 48000 to 44100 Hz before anything is cut." in plan.reasons


def test_the_expected_drive_brings_the_loudest_track_to_the_target():
    plan = planned(tone_match=0.0, level_match=0.0, keys=({}, {}, {}, {}))
    loudest = max(heard(n).loudness.integrated_lufs for n in range(4))
    assert plan.expected_drive_db == pytest.approx(-14.0 - loudest, abs=0.006)
    assert "track 3, the loudest, stands at -14 LUFS under -1 dBTP" in plan.reasons[0]


@pytest.mark.parametrize("anchor", ["loudest-track", "album"])
def test_how_far_it_stays_under_its_target_is_told_and_can_be_computed(monkeypatch, anchor):
    monkeypatch.setattr(decide, "restraint", lambda *_: Restraint(0.5, 0.5, "Its peaks are high."))
    plan = planned(profile_of("streaming", anchor=anchor, target_lufs=-9.0))
    gains_db = [treatment.gain_db for treatment in plan.treatments]
    powers = [heard(n).loudness.block_powers * 10.0 ** (gains_db[n] / 10.0) for n in range(4)]
    heard_lufs = anchored_lufs(powers, pooled=anchor == "album")
    highest_dbtp = max(heard(n).true_peak.true_peak_dbtp + gains_db[n] for n in range(4))
    assert heard_lufs is not None
    drive_db = -1.0 + 0.5 - highest_dbtp
    assert plan.expected_drive_db == pytest.approx(drive_db, abs=0.006)
    told = re.search(r"stays about ([\d.]+) LU under that", plan.reasons[0])
    assert told
    assert float(told[1]) == pytest.approx(-9.0 - heard_lufs - drive_db, abs=0.06)


@pytest.mark.parametrize("anchor", ["loudest-track", "album"])
@pytest.mark.parametrize("softened", [1, 4])
def test_what_gains_of_the_artist_s_bring_under_the_gate_is_still_decided(anchor, softened):
    profile = profile_of("streaming", anchor=anchor, target_lufs=-14.0)
    plan = planned(profile, keys=({"gain_db": -60.0},) * softened + ({},) * (4 - softened))
    louds = [heard(n).loudness.integrated_lufs + plan.treatments[n].gain_db for n in range(4)]
    to_the_loudest_db = -14.0 - max(louds)
    assert plan.expected_drive_db == pytest.approx(to_the_loudest_db, abs=0.006 if anchor == "loudest-track" else 3.0)


def test_without_a_loudness_target_the_highest_peak_stands_at_the_ceiling():
    plan = planned(VINYL, tone_match=0.0, level_match=0.0, keys=({}, {}, {}, {}))
    highest = max(heard(n).true_peak.true_peak_dbtp for n in range(4))
    assert plan.expected_drive_db == pytest.approx(-3.0 - highest, abs=0.006)


def test_an_anchor_is_named():
    assert (
        "the album as a whole stands at -16 LUFS"
        in planned(profile_of("streaming", anchor="album", target_lufs=-16.0)).reasons[0]
    )


def test_the_dither_s_seed_follows_from_the_mixes_alone():
    assert usual().dither_seed == planned(CD, tone_match=0.1).dither_seed
    assert usual().dither_seed != planned(spacing=(1, 0, 2, 3)).dither_seed


def test_a_measured_joint_is_in_the_plan():
    plan = planned(keys=({}, {"crossfade_s": 1.0}, {}, {}), transitions=(None, Transition(correlation=0.4), None, None))
    clip = plan.programmes[0].clips[1]
    assert (clip.shape, clip.correlation, clip.overlap) == ("correlated", 0.4, RATE_HZ)


def test_what_does_not_fit_is_refused_with_its_place():
    with pytest.raises(Refusal, match=r"tracks\[2\]\.crossfade_s: 4\.5 s is longer than a track"):
        planned(keys=({}, {"crossfade_s": 4.5}, {}, {}))
    with pytest.raises(Refusal, match=r"tracks\[2\]: lasts 6\.00 s; cd-wav takes no track under 60 s"):
        planned(CD.model_copy(update={"layout": CD.layout.model_copy(update={"minimum_track_s": 60.0})}))


def test_no_mix_is_raised_where_a_profile_does_not_take_it():
    with pytest.raises(Refusal) as refusal:
        planned(load("apple-digital-masters"))
    assert [str(fault) for fault in refusal.value.faults] == [
        "tracks[2]: runs at 44100 Hz; apple-digital-masters would be 48000 Hz and raises no mix: "
        "wanted 48000 Hz or more, as it was recorded, or a profile whose rate_hz is 44100"
    ]
    with pytest.raises(Refusal) as refusal:
        planned(load("hi-res"))
    wanted = [(f"tracks[{n}]", f"runs at {RATES_HZ[n]} Hz; hi-res would be 88200 Hz") for n in range(4)]
    assert [(fault.where, fault.words.split(" and ")[0]) for fault in refusal.value.faults] == wanted


def test_the_lower_rate_is_taken_where_a_profile_names_it():
    plan = planned(strict(load("apple-digital-masters"), rate_hz=44100))
    assert plan.rate_hz == 44100
    assert planned(load("apple-digital-masters"), spacing=(0, 1, 3)).rate_hz == RATE_HZ
    assert planned(load("apple-digital-masters"), spacing=(2,)).rate_hz == 44100


def test_what_is_too_long_is_told_together_with_what_is_too_low():
    layout = STREAMING.layout.model_copy(update={"maximum_tracks": 3})
    with pytest.raises(Refusal) as refusal:
        planned(strict(STREAMING.model_copy(update={"layout": layout})))
    assert [fault.where for fault in refusal.value.faults] == ["album.toml: tracks", "tracks[2]"]


def test_a_mix_that_was_raised_before_it_came_is_warned_of_in_the_plan(monkeypatch):
    defect = Defect("bandwidth", "note", 0.0, 4.0, 15000.0, "Hz", ENDS)
    raised = replace(heard(1), damage=replace(heard(1).damage, faults=(defect,)))
    monkeypatch.setitem(globals(), "heard", lambda seed, known=heard: raised if seed == 1 else known(seed))
    warning = f"tracks[1]: {ENDS[:-1]}; apple-digital-masters wants what was recorded at its rate."
    assert warning in planned(load("apple-digital-masters"), spacing=(0, 1, 3)).reasons
    assert not [why for why in planned(spacing=(0, 1, 3)).reasons if ENDS[:-1] in why]


def test_what_a_plant_should_be_asked_about_is_said_in_the_plan():
    layout = CD.layout.model_copy(update={"warning_programme_s": 20.0})
    assert "cd-wav lasts 0:25; over 0:20 ask the plant." in planned(CD.model_copy(update={"layout": layout})).reasons


def test_sides_are_programmes_of_their_own():
    plan = planned(VINYL)
    assert [programme.side for programme in plan.programmes] == ["A", "B"]
    assert [clip.track for programme in plan.programmes for clip in programme.clips] == [1, 2, 3, 4]
    assert all(programme.clips[0].start == 0 for programme in plan.programmes)


def test_a_stretch_is_what_the_trims_leave():
    used = [replace(source(0), start=4800, stop=96000)]
    (treatment,) = treated(album_of({}), used, [heard(0)])
    assert (treatment.start, treatment.stop) == (4800, 96000)
    assert np.isfinite(treatment.gain_db)


def test_an_album_too_long_for_one_disc_is_parted_and_says_where():
    layout = CD.layout.model_copy(update={"maximum_programme_s": 15.0, "warning_programme_s": None})
    short = CD.model_copy(update={"layout": layout})
    plan = planned(short)
    assert [(p.disc, [mark.track for mark in p.marks]) for p in plan.programmes] == [(1, [1, 2]), (2, [3, 4])]
    assert "2 discs, the fewest that hold the album: parted before track 3." in plan.reasons
    chosen = planned(CD, keys=({}, {}, {}, {"disc": 2}))
    assert [p.disc for p in chosen.programmes] == [1, 2]
    assert "2 discs, as the manifest has it: parted before track 4." in chosen.reasons
    assert [p.disc for p in planned(CD).programmes] == [0]
