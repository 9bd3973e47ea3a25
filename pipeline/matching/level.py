"""How loud each track is in its album: loud passages are brought towards one level, the artist's wish comes on top.

Listeners compare loud passages, not whole songs, so the loud end of short-term loudness is what is levelled, part of
the way, and a large difference by no more than some 6 dB (`pipeline.plan.level_law`): an album's arc is music. What is
no song among songs (a voice that speaks, an interlude, a piece that has little in common with the others) is not raised
nearer than 6 LU under them; nearer than that it stays where it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from albums import MANIFEST, Intent, Track
from albums.faults import Fault, place
from pipeline.plan.level_law import MOST_DB, correction_db

LIMIT_DB = 20.0  # taste: a mix that needs more was sent at the wrong level
ASIDE_LU = 6.0  # taste: so far under the songs is what is no song among them
STEP_DB = 0.01  # gains are rounded, so that equal albums get equal gains on any machine
TOLD_DB = 0.05  # less is not told: it would read as 0.0


@dataclass(frozen=True)
class Level:
    """How far a track's loud passages lie over the album's (LU), what is done about that, and what is asked for.

    `is_aside` where less is done because it is no song among songs.
    """

    away_lu: float
    gain_db: float
    asked_db: float
    is_aside: bool = False

    @property
    def is_held_back(self) -> bool:
        """Whether more is asked for than is done without the artist's word."""
        return abs(self.asked_db) > MOST_DB and abs(self.asked_db - self.gain_db) >= TOLD_DB


def centre_lufs(loud_ends_lufs: Sequence[float]) -> float:
    """The level that loud passages are brought towards: the median of the tracks'."""
    return round(median(loud_ends_lufs), 2)


def level_of(
    loud_lufs: float, centre: float, intent: Intent, *, is_aside: bool = False, loudest_lu: float = 0.0
) -> Level:
    """What is done about a track whose loud passages lie at `loud_lufs`, in an album whose lie at `centre`.

    One that `is_aside` is no song among songs; the loudest of the songs lies `loudest_lu` over the centre.
    """
    away, match = loud_lufs - centre, intent.level_match
    usual = max(-LIMIT_DB, min(LIMIT_DB, correction_db(away, match, -correction_db(loudest_lu, match))))
    done = min(usual, max(0.0, -away - ASIDE_LU)) if is_aside else usual
    return Level(away, done, -match * away, is_aside=done < usual - TOLD_DB)


def gain_db(found: Level, track: Track, intent: Intent, treated_lu: float, aside: str = "") -> tuple[float, str]:
    """The track's gain in dB, and why; `treated_lu` is what its treatment adds to its loudness, and is taken off again.

    `aside` says what it is, where it is no song. A gain that the artist set is used as it is.
    """
    if track.gain_db is not None:
        return track.gain_db, f"The artist set {track.gain_db:+g} dB."
    reason = _reason(found, intent, aside)
    if track.level_wish_lu:
        reason += f" The artist wishes {track.level_wish_lu:+.1f} LU."
    if abs(treated_lu) >= TOLD_DB:
        reason += f" {-treated_lu:+.1f} dB makes up for what the treatment does to loudness."
    total = found.gain_db + track.level_wish_lu - treated_lu
    return round(round(total / STEP_DB) * STEP_DB, 2), reason


def held_back(found: Level, number: int, track: Track, intent: Intent) -> tuple[Fault, ...]:
    """The warning where a level is left so far from the album's that it may not be meant, with the line that mends it.

    None where the artist has said of this track how loud it is to be.
    """
    if not found.is_held_back or track.level_wish_lu or track.gain_db is not None:
        return ()
    verb = "raised" if found.asked_db > 0.0 else "lowered"
    words = (
        f"its loud passages lie {_apart(found.away_lu)} the album's and are {verb} by {abs(found.gain_db):.1f} dB, not "
        f"by the {abs(found.asked_db):.1f} that level_match = {intent.level_match:g} asks for: if they are to come all "
        f"that way, level_wish_lu = {found.asked_db - found.gain_db:.1f} under tracks[{number}] says so"
    )
    return (Fault(place(MANIFEST, ["tracks", number - 1]), words, "warning"),)


def _reason(found: Level, intent: Intent, aside: str) -> str:
    away, done = (round(value, 1) + 0.0 for value in (found.away_lu, found.gain_db))  # no -0.0
    if not away:
        return f"Loud passages lie at the album's level, level_match = {intent.level_match:g}."
    reason = f"Loud passages {_apart(away)} the album's: {done:+.1f} dB"
    reason += f" leaves them {_apart(away + done)} it" if abs(away + done) >= TOLD_DB else " brings them to it"
    reason += f", level_match = {intent.level_match:g}"
    if found.is_aside:
        return f"{reason}. {aside}, and is not raised nearer than {ASIDE_LU:g} LU under the songs."
    if abs(found.asked_db - found.gain_db) < TOLD_DB:
        return f"{reason}."
    return f"{reason} softened from {found.asked_db:+.1f} dB: a large difference is the music's."


def _apart(away_lu: float) -> str:
    return f"{abs(away_lu):.1f} LU {'over' if away_lu > 0 else 'under'}"
