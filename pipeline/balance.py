"""How loud each track stands in its album: loud passages brought towards one level, and the artist's wish on top.

Listeners compare loud passages, not whole songs, so the loud end of short-term loudness is what is levelled, and only
part of the way: a ballad stays quieter than the single.
"""

from collections.abc import Sequence
from statistics import median

from albums import Intent, Track

LIMIT_DB = 12.0  # taste: a mix that needs more was sent at the wrong level, and the warning says so
STEP_DB = 0.01  # gains are rounded, so that equal albums get equal gains on any machine


def centre_lufs(loud_ends_lufs: Sequence[float]) -> float:
    """The level that loud passages are brought towards: the median of the tracks'."""
    return median(loud_ends_lufs)


def gain_db(loud_lufs: float, centre: float, track: Track, intent: Intent, tone_lu: float) -> tuple[float, str]:
    """The track's gain in dB, and why; `tone_lu` is the loudness its equaliser adds, which the gain takes off again."""
    levelled = intent.level_match * (centre - loud_lufs)
    bounded = max(-LIMIT_DB, min(LIMIT_DB, levelled))
    away = loud_lufs - centre
    reason = f"Loud passages {abs(away):.1f} LU {'over' if away > 0 else 'under'} the album's: "
    reason += f"{bounded:+.1f} dB, {intent.level_match:.0%} of the way"
    reason += f" but no more than {LIMIT_DB:.0f} dB." if bounded != levelled else "."
    if track.level_wish_lu:
        reason += f" The artist wishes {track.level_wish_lu:+.1f} LU."
    if abs(tone_lu) >= 0.05:
        reason += f" {-tone_lu:+.1f} dB makes up for the equaliser."
    total = bounded + track.level_wish_lu - tone_lu
    return round(round(total / STEP_DB) * STEP_DB, 2), reason
