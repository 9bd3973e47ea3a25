"""How hard an album is limited: wide music keeps its peaks, whatever its genre; what is narrow is as loud as asked."""

from functools import cache

import numpy as np
import pytest

from albums import Intent
from pipeline.analysis.analysis import analyse
from pipeline.matching.loudness import GENTLE_DB, ROOM_DB, Restraint, restraint
from pipeline.plan.treatment import Treatment
from profiles import load
from tests.support.music import RATE_HZ, music

LEVEL = load("cd-wav").level


@cache
def heard(soft_db, strokes_db=0.0, seed=1):
    """Music whose second half lies `soft_db` under the first; a stroke each second stands out by `strokes_db`."""
    sound = music(40.0, seed=seed, level_db=-22.0)
    sound[len(sound) // 2 :] *= 10.0 ** (soft_db / 20.0)
    for start in range(0, len(sound) - 500, RATE_HZ):
        sound[start : start + 400] *= 10.0 ** (strokes_db / 20.0)
    return analyse([sound], RATE_HZ)


def treatment(number, gain_db=0.0):
    return Treatment(
        track=number, title="T", mix_sha256="0" * 64, rate_hz=RATE_HZ, start=0, stop=RATE_HZ, dc_offset=(0.0, 0.0),
        bands=(), gain_db=gain_db, reasons=(),
    )  # fmt: skip


def restrained(*analyses, intent=None, level=LEVEL):
    ranges = [analysis.loudness.range_lu for analysis in analyses]
    treatments = [treatment(number) for number in range(1, len(analyses) + 1)]
    return restraint(intent or Intent(), level, treatments, analyses, float(np.median(ranges)))


def test_wide_music_keeps_its_peaks_and_the_reason_says_what_was_measured():
    found = restrained(heard(-17.0), heard(-16.0, seed=2))
    assert (found.worst_second_db, found.moment_db) == (GENTLE_DB, GENTLE_DB)
    ratio = np.median([analysis.peak_to_loudness_lu for analysis in (heard(-17.0), heard(-16.0, seed=2))])
    assert f"peaks stand {ratio:.1f} LU over loudness" in found.reason
    assert 'loudness = "auto" keeps them, no moment is reduced by more than 2 dB.' in found.reason


def test_movements_that_are_each_even_are_a_wide_album_together():
    loud, soft = heard(0.0), heard(0.0, seed=2)
    apart = restraint(Intent(), LEVEL, [treatment(1), treatment(2, -18.0)], [loud, soft], 2.0)
    assert apart.moment_db == GENTLE_DB
    assert restrained(loud, soft) == Restraint(Intent().reduction_limit_db)


def test_narrow_music_is_as_loud_as_the_profile_asks_however_high_its_peaks():
    assert restrained(heard(-3.0, 12.0), heard(0.0, 9.0, seed=2)) == Restraint(Intent().reduction_limit_db)


@pytest.mark.parametrize(
    "intent", [Intent(loudness="as-profile"), Intent(loudness="as-profile", reduction_limit_db=3.0)]
)
def test_the_artist_may_have_the_profile_s_loudness_all_the_same(intent):
    assert restrained(heard(-17.0), intent=intent) == Restraint(intent.reduction_limit_db)


def test_a_lower_limit_of_the_artist_s_holds():
    assert restrained(heard(-17.0), intent=Intent(reduction_limit_db=1.0)).worst_second_db == 1.0


def test_from_narrow_to_wide_there_is_no_step():
    found = [restrained(heard(float(soft_db))) for soft_db in np.arange(-18.0, -4.0, 1.0)]
    moments = [each.moment_db or GENTLE_DB + ROOM_DB for each in found]
    assert moments == sorted(moments)
    assert max(np.diff(moments)) <= 3.5


def test_where_nothing_is_limited_there_is_nothing_to_restrain():
    vinyl = load("vinyl-12in-33").level
    assert restrained(heard(-17.0), level=vinyl) == Restraint(Intent().reduction_limit_db)
