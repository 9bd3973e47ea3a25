"""How loud each track is in its album: loud passages are brought towards one level, the artist's wish comes on top.

Listeners compare loud passages, not whole songs, so the loud end of short-term loudness is what is levelled, and only
part of the way: a ballad stays quieter than the single. The farther a mix is from the others, the more of that is the
mixing desk's doing and not the song's, so what is left of a difference does not grow beyond a few LU.
"""

import math
from collections.abc import Sequence
from statistics import median

from albums import Intent, Track

LIMIT_DB = 20.0  # taste: a mix that needs more was sent at the wrong level
ROOM_LU = 2.8  # taste: beyond ROOM_LU / level_match, less and less of a difference is left
LEAST_MATCH = 1e-6  # a match under it leaves any distance as it is
STEP_DB = 0.01  # gains are rounded, so that equal albums get equal gains on any machine


def centre_lufs(loud_ends_lufs: Sequence[float]) -> float:
    """The level that loud passages are brought towards: the median of the tracks'."""
    return round(median(loud_ends_lufs), 2)


def left_lu(away_lu: float, level_match: float) -> float:
    """What is left of a distance from the album's level: all of it at a match of 0, nothing at 1.

    In between a small one shrinks by `level_match`, and a large one to (1 - match) / match times 2.8 LU at most.
    """
    if level_match < LEAST_MATCH:
        return away_lu
    room_lu = ROOM_LU / level_match
    return (1.0 - level_match) * room_lu * math.tanh(away_lu / room_lu)


def gain_db(loud_lufs: float, centre: float, track: Track, intent: Intent, treated_lu: float) -> tuple[float, str]:
    """The track's gain in dB, and why; `treated_lu` is what its treatment adds to its loudness, and is taken off again.

    A gain that the artist set is used as it is.
    """
    if track.gain_db is not None:
        return track.gain_db, f"The artist set {track.gain_db:+g} dB."
    away = loud_lufs - centre
    left = left_lu(away, intent.level_match)
    levelled = left - away
    bounded = max(-LIMIT_DB, min(LIMIT_DB, levelled))
    reason = f"Loud passages {_apart(away)} the album's: {bounded:+.1f} dB, level_match = {intent.level_match:g}"
    if bounded != levelled:
        reason += f" but no more than {LIMIT_DB:.0f} dB"
    reason += f" leaves them {_apart(away + bounded)} it." if abs(away + bounded) >= 0.05 else " brings them to it."
    if track.level_wish_lu:
        reason += f" The artist wishes {track.level_wish_lu:+.1f} LU."
    if abs(treated_lu) >= 0.05:
        reason += f" {-treated_lu:+.1f} dB makes up for what the treatment does to loudness."
    total = bounded + track.level_wish_lu - treated_lu
    return round(round(total / STEP_DB) * STEP_DB, 2), reason


def _apart(away_lu: float) -> str:
    return f"{abs(away_lu):.1f} LU {'over' if away_lu > 0 else 'under'}"
