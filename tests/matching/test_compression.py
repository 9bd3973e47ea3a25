"""The album's compressor: only where dynamics are unusual or it is asked for, and never more than a little."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from albums import Intent
from pipeline.analysis.meters.loudness import LoudnessMeter, loud_end_lufs
from pipeline.dsp.decibels import decibels
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.matching.compression import ABOVE_LOUD_DB, ASKED_DB, MOST_DB, album_compression
from pipeline.plan.treatment import LIMIT_DB
from pipeline.processors.compressor import compress, reduction_db
from tests.support.music import RATE_HZ, music

AUTO, ALL, OFF = (Intent(compression=mode) for mode in ("auto", "all", "off"))


def test_usual_dynamics_are_left_alone():
    assert album_compression(7.0, 5.0, -16.0, AUTO) == (None, 0.0, ())
    assert album_compression(None, None, -16.0, AUTO) == (None, 0.0, ())


def test_dynamics_outside_the_album_s_are_brought_nearer_and_why():
    setting, taken_db, (reason,) = album_compression(11.0, 5.0, -16.0, AUTO)
    assert taken_db == pytest.approx(0.75)
    assert setting is not None
    assert reduction_db(-16.0 + ABOVE_LOUD_DB, setting.compressor()) == pytest.approx(taken_db, abs=0.02)
    assert reason.startswith("Loudness range 11.0 LU, the album's 5.0: glued by about 0.8 dB in loud passages")


def test_asked_for_or_forbidden():
    setting, taken_db, (reason,) = album_compression(4.0, 5.0, -16.0, ALL)
    assert taken_db == ASKED_DB
    assert setting is not None
    assert setting.limit_db == LIMIT_DB
    assert reason.startswith("As asked for: glued by about 1.0 dB")
    assert album_compression(20.0, 5.0, -16.0, OFF) == (None, 0.0, ())


@given(st.floats(0.0, 40.0), st.floats(0.0, 40.0), st.floats(-50.0, 0.0), st.sampled_from([AUTO, ALL]))
def test_it_is_never_much(range_lu, usual_lu, loud_lufs, intent):
    setting, taken_db, reasons = album_compression(range_lu, usual_lu, loud_lufs, intent)
    assert 0.0 <= taken_db <= max(MOST_DB, ASKED_DB)
    assert (setting is None) == (taken_db == 0.0) == (not reasons)


@given(st.floats(0.0, 40.0), st.floats(0.0, 40.0), st.floats(-50.0, 0.0), st.sampled_from([AUTO, ALL]))
def test_every_figure_of_the_sentence_can_be_computed(range_lu, usual_lu, loud_lufs, intent):
    setting, _, reasons = album_compression(range_lu, usual_lu, loud_lufs, intent)
    for reason in reasons:
        assert setting is not None
        *ranges, taken_db, threshold_dbfs, limit_db = map(float, re.findall(r"-?\d+(?:\.\d+)?", reason))
        assert ranges == (
            [] if intent is ALL else [pytest.approx(range_lu, abs=0.06), pytest.approx(usual_lu, abs=0.06)]
        )
        assert threshold_dbfs == pytest.approx(setting.threshold_dbfs, abs=0.06)
        assert limit_db == setting.limit_db
        assert taken_db == pytest.approx(float(reduction_db(loud_lufs + ABOVE_LOUD_DB, setting.compressor())), abs=0.07)


def test_what_is_taken_off_music_is_about_what_was_planned_and_its_range_keeps_within_a_lu():
    sound = music(40.0, seed=9) * np.repeat([0.15, 1.0, 0.3, 0.8], 10 * RATE_HZ)[:, None]
    before = loudness(sound)
    loud_lufs, taken = loud_end_lufs(before.short_term_powers), GainReduction()
    assert before.range_lu is not None
    assert loud_lufs is not None
    setting, taken_db, _ = album_compression(before.range_lu, before.range_lu - 7.0, loud_lufs, AUTO)
    assert setting is not None
    compressed = np.concatenate(list(compress([sound], setting.compressor(), RATE_HZ, reduction=taken)))
    after, loud = loudness(compressed), slice(15 * RATE_HZ, 19 * RATE_HZ)
    assert taken_db == MOST_DB
    found_db = decibels(float(np.abs(sound[loud]).sum() / np.abs(compressed[loud]).sum()))
    assert found_db == pytest.approx(taken_db, abs=0.5)
    assert max(taken.maximum_db) <= LIMIT_DB
    assert 0.2 < before.range_lu - after.range_lu < 1.0


def loudness(sound):
    meter = LoudnessMeter(RATE_HZ)
    meter.add(np.ascontiguousarray(sound))
    return meter.result()
