"""The judgement bench's own numbers: each reads what it is defined to read, of treatments and levels made up for it."""

import numpy as np
import pytest

from albums import EqBand
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ, Spectrum
from pipeline.plan.treatment import CompressorSettings, Treatment
from tests.bench.judgement.figures import apart_lu, change_lu, is_opposed, is_told, raises_lu, under_lu
from tests.bench.judgement.joints import Joints
from tests.bench.judgement.judged import JudgedAlbum, JudgedTrack
from tests.bench.judgement.styles import styles, texts
from tests.bench.judgement.targets import targets


def bell(frequency_hz, gain_db):
    return EqBand(kind="bell", frequency_hz=frequency_hz, gain_db=gain_db, q=1.0)


def treatment(*bands, gain_db=0.0, **more):
    return Treatment(
        track=1,
        title="Made up",
        mix_sha256="0" * 64,
        rate_hz=44_100,
        start=0,
        stop=44_100,
        dc_offset=(0.0, 0.0),
        bands=bands,
        gain_db=gain_db,
        reasons=(),
        **more,
    )


def flat_spectrum(side_db=-200.0):
    bands = len(NOMINAL_CENTRES_HZ)
    return Spectrum(NOMINAL_CENTRES_HZ, np.full(bands, -30.0), np.full(bands, side_db))


def track(before_lufs, after_lufs, **more):
    found = {
        "interlude": False,
        "told": False,
        "told_lu": 0.0,
        "bands": 2,
        "opposed": False,
        "range_lu": 6.0,
        "worst_second_db": 1.0,
    }
    return JudgedTrack(title="Made up", before_lufs=before_lufs, after_lufs=after_lufs, **found | more)


@pytest.mark.parametrize(
    ("bands", "opposed"),
    [
        ([bell(500.0, 1.5), bell(1000.0, -1.2)], True),
        ([bell(1000.0, -1.2), bell(500.0, 1.5)], True),
        ([bell(500.0, 1.5), bell(1000.0, -0.9)], False),
        ([bell(500.0, 1.5), bell(1000.0, 1.2)], False),
        ([bell(500.0, 1.5), bell(2000.0, -1.5)], False),
        ([bell(63.0, 1.0), bell(125.0, -1.0)], True),
        ([bell(500.0, 1.5), bell(700.0, 0.2), bell(1000.0, -1.5)], True),
        ([bell(500.0, 1.5)], False),
        ([], False),
    ],
)
def test_neighbours_are_opposed_that_go_against_each_other_by_a_decibel(bands, opposed):
    assert is_opposed(treatment(*bands).bands) is opposed


def test_loud_passages_are_apart_by_the_loudest_less_the_softest():
    assert apart_lu([-14.0, -20.5, -16.0]) == 6.5
    assert apart_lu([-14.0]) == apart_lu([]) == 0.0


def test_a_raise_is_what_is_gone_of_the_distance_to_the_loudest():
    assert raises_lu([-14.0, -20.0, -30.0], [-16.0, -20.0, -33.0]) == [0.0, 2.0, -1.0]
    assert raises_lu([-14.0, -20.0], [-24.0, -30.0]) == [0.0, 0.0]  # one gain for all raises nothing
    assert raises_lu([-14.0, -20.0], [-14.0, -22.0]) == [0.0, -2.0]


def test_an_interlude_stands_under_the_softer_of_the_songs_around_it():
    assert under_lu([-14.0, -26.0, -16.0, -10.0], [1]) == [10.0]
    assert under_lu([-14.0, -26.0, -28.0, -18.0], [1, 2]) == [8.0, 10.0]
    assert under_lu([-26.0, -14.0], [0]) == [12.0]
    assert under_lu([-26.0], [0]) == []


def test_a_treatment_changes_loud_passages_by_its_gain():
    assert change_lu(treatment(gain_db=-2.5), flat_spectrum(), -20.0) == pytest.approx(-2.5, abs=1e-9)


def test_a_treatment_changes_loud_passages_by_its_equaliser():
    raised = EqBand(kind="high-shelf", frequency_hz=30.0, gain_db=3.0, q=0.7)
    assert change_lu(treatment(raised, gain_db=-3.0), flat_spectrum(), -20.0) == pytest.approx(0.0, abs=0.05)


def test_a_treatment_changes_loud_passages_by_its_width():
    wider = treatment(width_db=6.0)
    assert change_lu(wider, flat_spectrum(side_db=-30.0), -20.0) == pytest.approx(3.96, abs=0.05)
    assert change_lu(wider, flat_spectrum(), -20.0) == pytest.approx(0.0, abs=1e-6)


def test_a_treatment_changes_loud_passages_by_its_compressor():
    glued = treatment(compression=CompressorSettings(threshold_dbfs=-25.0, ratio=2.0))
    assert -2.5 < change_lu(glued, flat_spectrum(), -20.0) < -1.5
    assert change_lu(glued, flat_spectrum(), -60.0) == pytest.approx(0.0, abs=1e-9)


def test_the_artist_has_a_word_by_a_wish_or_a_gain():
    assert is_told(1.0, None)
    assert is_told(0.0, 0.0)
    assert not is_told(0.0, None)


def test_a_raise_that_the_artist_asked_for_does_not_count():
    tracks = (track(-14.0, -14.0), track(-22.0, -18.0), track(-34.0, -20.0, told=True))
    assert JudgedAlbum("made up", tracks).largest_raise_lu == 4.0
    assert (JudgedAlbum("made up", tracks).before_lu, JudgedAlbum("made up", tracks).after_lu) == (20.0, 6.0)


def test_the_loudest_lowered_at_the_artist_s_word_raises_nobody():
    tracks = (track(-8.0, -16.0, told=True, told_lu=-3.0), track(-20.0, -19.0))
    assert JudgedAlbum("made up", tracks).largest_raise_lu == 6.0


def verdicts(albums, joints=()):
    return {target.wanted.split(" ")[0]: target.held for target in targets(albums, joints)}


def test_every_target_holds_where_it_is_met_and_fails_where_it_is_not():
    wide = {"range_lu": 14.0, "plr_lost_db": 1.0}
    good = JudgedAlbum("good", (track(-14.0, -14.0, **wide), track(-20.0, -18.0, **wide)))
    assert verdicts([good], [Joints("good", 100, (), 100, ())]) == {
        "no": True,
        "interludes": None,
        "false": True,
        "true": True,
        "bands": True,
        "opposed": True,
        "PLR": True,
    }
    dynamic = {"range_lu": 14.0, "plr_lost_db": 2.5, "bands": 5}
    bad = JudgedAlbum(
        "bad", (track(-14.0, -14.0, **dynamic), track(-28.0, -17.0, **dynamic, opposed=True, interlude=True))
    )
    found = verdicts([bad], [Joints("bad", 100, ("one", "other"), 100, ("one",) * 6)])
    assert set(found.values()) == {False}
    assert len(found) == 7


def test_the_table_of_styles_holds_albums_and_texts_that_there_are():
    found, spoken = styles(), texts()
    assert len({style.name for style in found}) == len(found) == 8
    for style in found:
        assert 6 <= len(style.tracks) <= 8
        assert all(8.0 <= track.under_lu <= 20.0 for track in style.tracks if track.under_lu is not None)
        origins = [track.sound for track in style.tracks if track.sound.startswith("speech:")]
        assert all(origin.split(":")[2] in spoken for origin in origins)
