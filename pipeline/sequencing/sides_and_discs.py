"""Which tracks go on which side of a record or on which disc, in the album's order: the artist's choice first.

Sides are balanced by length, a segue is split between two sides only when nothing else fits, and a record has two
sides. An album too long for one disc is split the same way, on the fewest discs.
"""

from collections.abc import Sequence
from itertools import accumulate
from string import ascii_uppercase

from albums import Album
from pipeline.plan.sequence import SideOrDisc
from pipeline.sequencing.spacing import Spacing, spans_s
from profiles import Profile

# Taste: six minutes more on one side and less on the other are better than a segue cut in two. Moving d seconds from
# one of two even sides to the other adds 2 d² to the sum of squares.
SEGUE_PENALTY_S2 = 2 * 360.0**2
DISC_PENALTY_S2 = 2 * 4800.0**2  # uneven discs do no harm: a segue is split only where nothing else fits
MOST_DISCS = 99


def assign_sides(album: Album, durations_s: Sequence[float], maximum_s: float) -> tuple[str, ...]:
    """The side letter of each track; the fewest sides (an even number) on which all fits in `maximum_s` each.

    Where nothing fits, the artist's letters stand and the rest balances as if sides were endless; where the letters
    leave a side empty, a track without one stays on the side of the track before it.
    """
    wished = [None if track.side is None else ascii_uppercase.index(track.side) for track in album.tracks]
    split = _split(album, durations_s, wished, _side_counts(wished), maximum_s, SEGUE_PENALTY_S2)
    return tuple(ascii_uppercase[side] for side in split)


def assign_discs(album: Album, durations_s: Sequence[float], maximum_s: float) -> tuple[int, ...]:
    """The disc of each track, from 1: the fewest on which all fits in `maximum_s` each, balanced as sides are.

    Where the artist says that a disc begins, all of them begin as the artist says.
    """
    if any(track.disc for track in album.tracks):
        return tuple(accumulate((track.disc or 1 for track in album.tracks), max))
    counts = list(range(1, min(MOST_DISCS, len(durations_s)) + 1))
    split = _split(album, durations_s, [None] * len(durations_s), counts, maximum_s, DISC_PENALTY_S2)
    return tuple(disc + 1 for disc in split)


def _split(
    album: Album,
    durations_s: Sequence[float],
    wished: Sequence[int | None],
    counts: Sequence[int],
    maximum_s: float,
    penalty_s2: float,
) -> list[int]:
    """The part of each track, from 0, by the first of `counts` that fits; a split in a segue costs `penalty_s2`."""
    for limit_s in (maximum_s, float("inf")):
        for count in counts:
            split = _best_split(album, durations_s, wished, count, limit_s, penalty_s2)
            if split is not None:
                return split
    return list(accumulate((part or 0 for part in wished), max))


def _side_counts(wished: Sequence[int | None]) -> list[int]:
    """How many sides to try: one for a single, else even numbers; exactly the artist's where all are given."""
    given = [side + 1 for side in wished if side is not None]
    if len(given) == len(wished):
        return [max(given)]
    if len(wished) == 1:
        return [1]
    least = max([2, *given])
    return list(range(least + least % 2, len(ascii_uppercase) + 1, 2))


def _best_split(
    album: Album,
    durations_s: Sequence[float],
    wished: Sequence[int | None],
    count: int,
    limit_s: float,
    penalty_s2: float,
) -> list[int] | None:
    """The split into at most `count` parts with the least sum of squared lengths and penalties; None if none fits.

    Dynamic programming over (tracks placed, parts used): best[n][s] is the cost and where the last part begins.
    """
    tracks = len(durations_s)
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}, *({} for _ in range(tracks))]
    for begin in range(tracks):
        for part, (cost, _) in best[begin].items():
            if part >= count:
                continue
            length_s, turn = 0.0, penalty_s2 * album.joins(begin + 1)
            for end in range(begin + 1, tracks + 1):
                length_s += durations_s[end - 1]
                if length_s > limit_s or wished[end - 1] not in (None, part):
                    break
                candidate = cost + turn + length_s**2
                if candidate < best[end].get(part + 1, (float("inf"), 0))[0]:
                    best[end][part + 1] = (candidate, begin)
    if not best[tracks]:
        return None
    return _trace(best, tracks, min(best[tracks], key=lambda part: best[tracks][part][0]))


def _trace(best: Sequence[dict[int, tuple[float, int]]], tracks: int, parts: int) -> list[int]:
    split: list[int] = []
    while tracks:
        begin = best[tracks][parts][1]
        split[:0] = [parts - 1] * (tracks - begin)
        tracks, parts = begin, parts - 1
    return split


GRID_S = 1.0  # more than CD frames and marks can add to what a part's tracks last


def parts_of(spacing: Spacing, profile: Profile, *, is_disc: bool) -> list[SideOrDisc]:
    """The part that each track is on. An album that fits on one disc has no disc numbers."""
    album = spacing.album
    spans = spans_s(spacing)
    room_s = (profile.layout.maximum_programme_s or float("inf")) - album.intent.head_s - album.intent.tail_s - GRID_S
    if profile.layout.sides:
        return [SideOrDisc(side=side) for side in assign_sides(album, spans, room_s)]
    numbers = assign_discs(album, spans, room_s) if is_disc else (1,) * len(spans)
    return [SideOrDisc(disc=number if max(numbers) > 1 else 0) for number in numbers]
