"""How a track's tone is brought nearer to the album's: what is wished at each third octave, the bands, and why.

What is wished is a share of the difference, smoothed over about half an octave, for notes are no tone, and less of it
where the difference comes and goes: a correction is right for a whole track or it is wrong. It is bounded as Ma, Reiss
and Black bound theirs (AES 134, 2013). The numbers below are taste.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from albums import Intent
from pipeline.analysis.meters.spectrum import k_weighting_db
from pipeline.matching.band_fit import HIGHEST_HZ, LOWEST_HZ, SHAPES, Wish, fitted, limits_db, reach
from pipeline.matching.tone import NOTHING_THERE_DB, Levels, Tone, between, over_db, ramp
from pipeline.plan.treatment import WHERE, hertz
from pipeline.processors.equaliser import Band, response_db

SMOOTHING = (0.25, 0.5, 0.25)  # of third octaves: half an octave to where a single one counts half
DEAD_ZONE_DB = (0.6, 1.2)  # a difference up to the first does not count, from the second on all of it does
LEAST_CHANGE_DB = 0.7  # less than this everywhere is not worth an equaliser, and what was matched once stays as it is
UNSTEADY = 0.5  # of the standard deviation over a track's parts: how sure its mean is, since neighbours are alike
UNPLAYED_DB = 9.0  # a band this far under the centre was hardly played
GIVES_WAY = 0.4  # dB that a boost loses for each dB beyond: a cliff would magnify a small error
FIRMLY = 4.0  # bands that must not be boosted count this many times as much as others
RUMBLE_HZ = 100.0  # no band under it is raised where there is rumble
CLOSED_DB = 1e-9  # a limit this small is as good as zero
TOLD_DB = 0.3  # what keeps a correction by more than this from what is asked for is told


@dataclass(frozen=True, eq=False)
class _Heard:
    """How far a mix lies over what it is matched to at each third octave, and what of that is to be taken back."""

    over_db: Levels
    steadiness: Levels
    """From 0, where it comes and goes, to 1."""
    limit_db: Levels
    given_way_db: Levels
    """What a boost loses of its limit."""
    wanted_db: Levels


@dataclass(frozen=True, eq=False)
class _Done:
    """An equaliser's response at each third octave, by itself and as it is heard: with loudness made up for."""

    response_db: Levels
    heard_db: Levels


def match(
    tone: Tone,
    centre: Levels,
    intent: Intent,
    rate_hz: int,
    towards: str = "the album's centre",
    *,
    has_rumble: bool = False,
) -> tuple[tuple[Band, ...], tuple[str, ...]]:
    """The bands that bring a track `tone_match` of the way to the centre within `eq_limit_db`, and why, one by one.

    `towards` is what the reasons call the centre. Where there is rumble, nothing under 100 Hz is raised; no shelf
    stands over the end of what a codec carried.
    """
    heard = _heard(tone, centre, intent)
    left_alone = (), (f"Tone left alone: nowhere far enough from {towards}.",)
    if intent.eq_limit_db <= 0.0 or np.abs(heard.wanted_db).max() < LEAST_CHANGE_DB:
        return left_alone
    wish = _wish(heard, tone, intent, has_rumble=has_rumble)
    chosen = fitted(wish, rate_hz)
    bands = tuple(band for _, band in chosen)
    response = response_db(bands, rate_hz, wish.centres_hz)
    done = _Done(response, response - wish.loudness_change_db(response))
    reasons = tuple(_reason(index, band, done, heard, intent, towards) for index, band in chosen)
    return (bands, reasons) if bands else left_alone


def smoothed_db(over: Levels, presence: Levels) -> Levels:
    """Differences at third octaves, smoothed over half an octave; one without music has no part in its neighbours'."""
    padded, weights = (np.pad(values, 1) for values in (over * presence, presence))
    sums = [sum(share * each[k : k + len(over)] for k, share in enumerate(SMOOTHING)) for each in (padded, weights)]
    return np.where(sums[1] > 0.0, sums[0] / np.where(sums[1] > 0.0, sums[1], 1.0), over)


def _heard(tone: Tone, centre: Levels, intent: Intent) -> _Heard:
    raw = over_db(tone, centre)
    bands = len(raw)
    over = smoothed_db(raw, np.maximum(tone.presence[:bands], CLOSED_DB))
    wander = np.zeros(bands) if tone.wander_db is None else tone.wander_db[:bands]
    steadiness = np.square(over) / np.maximum(np.square(over) + np.square(UNSTEADY * wander), CLOSED_DB)
    limit = limits_db(tone.centres_hz[:bands], intent.eq_limit_db)
    beyond = np.maximum(-over - UNPLAYED_DB, tone.depth_db[:bands] - NOTHING_THERE_DB[0])
    given_way = np.where(tone.is_carried[:bands], np.clip(GIVES_WAY * beyond, 0.0, limit), limit)
    wanted = -intent.tone_match * over * steadiness * ramp(np.abs(over), DEAD_ZONE_DB)
    return _Heard(over, steadiness, limit, given_way, np.minimum(np.clip(wanted, -limit, limit), limit - given_way))


def _wish(heard: _Heard, tone: Tone, intent: Intent, *, has_rumble: bool) -> Wish:
    bands = len(heard.wanted_db)
    is_boost = (heard.over_db < 0.0) & (heard.given_way_db > 0.0)
    firmly = 1.0 + (FIRMLY - 1.0) * np.where(is_boost, heard.given_way_db / intent.eq_limit_db, 0.0)
    powers = 10.0 ** ((tone.level_db[:bands] + k_weighting_db(tone.centres_hz[:bands])) / 10.0)
    return Wish(
        wanted_db=heard.wanted_db,
        firmness=np.where(between((LOWEST_HZ, HIGHEST_HZ), bands), firmly, 0.0),
        heard_db=heard.over_db,
        loudness=powers / powers.sum(),
        limit_db=intent.eq_limit_db,
        boosts_above_hz=RUMBLE_HZ if has_rumble else 0.0,
        has_high_shelf=bool(tone.is_carried.all()),
    )


def _reason(index: int, band: Band, done: _Done, heard: _Heard, intent: Intent, towards: str) -> str:
    """What was heard where a band works, what the equaliser as a whole does there, and what kept it from doing more.

    All are means over the third octaves that say what the band is to do, see `band_fit.reach`.
    """
    here = reach(index, len(heard.over_db))
    over, response, made_up = (float(each[here].mean()) for each in (heard.over_db, done.response_db, done.heard_db))
    asked = -intent.tone_match * over
    more, side = ("more", "under") if band.gain_db > 0.0 else ("less", "over")
    why = "".join(f"; {each}" for each in _bounds(here, heard, intent, asked, made_up))
    return (
        f"{abs(band.gain_db):.1f} dB {more} {WHERE[SHAPES[index][0]]} {hertz(SHAPES[index][1])}: the mix is there "
        f"{abs(over):.1f} dB {side} {towards}, tone_match = {intent.tone_match:g} asks for {asked:+.1f}, and the "
        f"equaliser as a whole does {response:+.1f}, with loudness made up for {made_up:+.1f}{why}."
    )


def _bounds(here: NDArray[np.bool_], heard: _Heard, intent: Intent, asked: float, done: float) -> Iterator[str]:
    """What kept a correction under what is asked for."""
    if abs(asked) - abs(done) < TOLD_DB:
        return
    limit, given_way, steadiness = (
        float(each[here].mean()) for each in (heard.limit_db, heard.given_way_db, heard.steadiness)
    )
    if asked > 0.0 and given_way >= TOLD_DB:
        yield "less is raised where next to nothing was played"
    if abs(asked) * (1.0 - steadiness) >= TOLD_DB:
        yield f"{steadiness:.0%} of the difference is there throughout"
    if abs(asked) > limit:
        yield f"eq_limit_db = {intent.eq_limit_db:g} allows {limit:.1f} there"
