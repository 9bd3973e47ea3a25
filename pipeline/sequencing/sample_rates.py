"""At which rate an album is sequenced, and at which it is delivered."""

from collections import Counter
from collections.abc import Iterable, Sequence

WORKING_RATES_HZ = (44100, 48000, 88200, 96000, 176400, 192000)


def working_rate_hz(stretches: Iterable[tuple[int, float]]) -> int:
    """The album's native rate from (rate in Hz, duration in s) of its mixes: the one that carries most of it.

    Of two that carry as much, it is the higher. A rate that is never delivered is raised to the next that is.
    """
    carried: Counter[int] = Counter()
    for rate_hz, duration_s in stretches:
        carried[rate_hz] += round(duration_s * 1000)
    native = max(carried, key=lambda rate_hz: (carried[rate_hz], rate_hz))
    return delivery_rate_hz(native, WORKING_RATES_HZ)


def delivery_rate_hz(native_hz: int, rates_hz: Sequence[int]) -> int:
    """The lowest of `rates_hz` that loses nothing of `native_hz`; failing that the highest."""
    return min((rate for rate in rates_hz if rate >= native_hz), default=max(rates_hz))
