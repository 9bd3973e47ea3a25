"""How far a track's level is taken towards its album's: the law that spacing and matching share.

A small difference is mostly the mixing desk's, a large one the music's: so the correction of a large one is softened,
and what goes beyond it is kept. An album's arc survives, a lapse at the desk does not.
"""

import math

MOST_DB = 6.0  # taste: no level is moved farther than this unless the artist asks for more
USUAL_MATCH = 0.7  # up to this match MOST_DB holds; from here to a match of 1, which is all the way, it gives way


def correction_db(away_lu: float, level_match: float, lowered_db: float = 0.0) -> float:
    """What is done about a distance from the album's level: nothing at a match of 0, all of it at 1.

    In between it is `level_match` of a small distance, and nears 6 dB for a large one; over a match of 0.7 the bound
    rises as (1 - match) falls. Where the loudest track is lowered by `lowered_db`, others are raised by so much less:
    what counts is how far they come towards it.
    """
    wanted_db = level_match * abs(away_lu)
    most_db = most_correction_db(level_match) - (lowered_db if away_lu < 0.0 else 0.0)
    if math.isinf(most_db):
        return math.copysign(wanted_db, -away_lu)
    return math.copysign(most_db * math.tanh(wanted_db / most_db), -away_lu) if most_db > 0.0 else 0.0


def most_correction_db(level_match: float) -> float:
    """The most that is done about any distance; infinity where the artist asks for one level."""
    if level_match >= 1.0:
        return math.inf
    return MOST_DB * max(1.0, (1.0 - USUAL_MATCH) / (1.0 - level_match))
