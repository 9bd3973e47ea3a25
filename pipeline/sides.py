"""Which tracks go on which side of a record, in the album's order: the artist's letters first, then the plan's.

Sides are balanced by length, a segue is turned over only when nothing else fits, and a record has two sides.
"""

from collections.abc import Sequence
from itertools import accumulate
from string import ascii_uppercase

from albums import Album

# Taste: rather six minutes more on one side and less on the other than a segue cut in two. Moving d seconds from one
# of two even sides to the other adds 2 d² to the sum of squares.
SEGUE_PENALTY_S2 = 2 * 360.0**2


def allot(album: Album, durations_s: Sequence[float], maximum_s: float) -> tuple[str, ...]:
    """The side letter of each track; the fewest sides (an even number) on which all fits in `maximum_s` each.

    Where nothing fits, the artist's letters stand and the rest balances as if sides were endless; where the letters
    leave a side empty, a track without one stays on the side of the track before it.
    """
    for limit_s in (maximum_s, float("inf")):
        for count in _counts(album):
            split = _best_split(album, durations_s, count, limit_s)
            if split is not None:
                return tuple(ascii_uppercase[side] for side in split)
    return tuple(accumulate((track.side or "A" for track in album.tracks), max))


def _counts(album: Album) -> list[int]:
    """How many sides to try: one for a single, else even numbers; exactly the artist's where all is given."""
    given = [ascii_uppercase.index(track.side) + 1 for track in album.tracks if track.side]
    if len(given) == len(album.tracks):
        return [max(given)]
    if len(album.tracks) == 1:
        return [1]
    least = max([2, *given])
    return list(range(least + least % 2, len(ascii_uppercase) + 1, 2))


def _best_split(album: Album, durations_s: Sequence[float], count: int, limit_s: float) -> list[int] | None:
    """The split into at most `count` sides with the least sum of squared lengths and penalties; None if none fits.

    Dynamic programming over (tracks placed, sides used): best[n][s] is the cost and where the last side begins.
    """
    tracks = len(durations_s)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}, *({} for _ in range(tracks))]
    for begin in range(tracks):
        for side, (cost, _) in best[begin].items():
            if side >= count:
                continue
            length_s, turn = 0.0, _turn_penalty(album, begin)
            for end in range(begin + 1, tracks + 1):
                length_s += durations_s[end - 1]
                if length_s > limit_s or not _allowed(album, end - 1, side):
                    break
                candidate = cost + turn + length_s**2
                if candidate < best[end].get(side + 1, (float("inf"), 0))[0]:
                    best[end][side + 1] = (candidate, begin)
    if not best[tracks]:
        return None
    return _trace(best, tracks, min(best[tracks], key=lambda side: best[tracks][side][0]))


def _trace(best: Sequence[dict[int, tuple[float, int]]], tracks: int, sides: int) -> list[int]:
    split: list[int] = []
    while tracks:
        begin = best[tracks][sides][1]
        split[:0] = [sides - 1] * (tracks - begin)
        tracks, sides = begin, sides - 1
    return split


def _allowed(album: Album, index: int, side: int) -> bool:
    wished = album.tracks[index].side
    return wished is None or ascii_uppercase.index(wished) == side


def _turn_penalty(album: Album, index: int) -> float:
    if not index:
        return 0.0
    runs_on = album.tracks[index].crossfade_s or not album.gap_before_s(index + 1)
    return SEGUE_PENALTY_S2 if runs_on else 0.0
