"""Stretches of a programme as pairs of samples, from one up to another."""

from collections.abc import Iterable, Iterator

Span = tuple[int, int]


def left_by(span: Span, taken: Iterable[Span]) -> Iterator[Span]:
    """What the spans `taken`, which are in order of their beginnings, leave of one."""
    begin, end = span
    for start, stop in taken:
        if begin < min(start, end):
            yield begin, min(start, end)
        begin = max(begin, stop)
    if begin < end:
        yield begin, end
