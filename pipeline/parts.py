"""Which programmes an album becomes under a profile: one, the sides of a record, or discs."""

from pipeline.runningorder import RunningOrder, spans_s
from pipeline.sequence import Part
from pipeline.sides import allot, discs
from profiles import Profile

GRID_S = 1.0  # more than CD frames and marks can add to what a part's tracks last


def parts_of(order: RunningOrder, profile: Profile, *, is_disc: bool) -> list[Part]:
    """The part that each track is on. An album that fits on one disc has no disc numbers."""
    album = order.album
    spans = spans_s(order)
    room_s = (profile.layout.maximum_programme_s or float("inf")) - album.intent.head_s - album.intent.tail_s - GRID_S
    if profile.layout.sides:
        return [Part(side=side) for side in allot(album, spans, room_s)]
    numbers = discs(album, spans, room_s) if is_disc else (1,) * len(spans)
    return [Part(disc=number if max(numbers) > 1 else 0) for number in numbers]
