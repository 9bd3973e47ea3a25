"""How much is remembered, and for how long: 10 GB and 90 days, unless the environment says otherwise."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from albums.faults import Fault, Refusal, refuse, short

GIGABYTES, DAYS = "GLASSMASTER_CACHE_GB", "GLASSMASTER_CACHE_DAYS"
BYTES_OF_A_GIGABYTE = 10**9
SECONDS_OF_A_DAY = 86400.0
USUAL_GB, USUAL_DAYS = 10.0, 90.0  # taste: 900 albums of 40 minutes in four deliverables; longer than one is worked at
HIGHEST = 1e6  # a guard: beyond any disk, and any lifetime


@dataclass(frozen=True)
class Bounds:
    """The most bytes that all entries have together, and the longest that one is kept unused."""

    most_bytes: int
    longest_s: float

    @property
    def days(self) -> float:
        """The longest in days."""
        return self.longest_s / SECONDS_OF_A_DAY


def bounds_in(environment: Mapping[str, str]) -> Bounds:
    """The bounds that `environment` sets, or the usual ones; raises Refusal with all that it sets wrongly."""
    faults, found = list[Fault](), dict[str, float]()
    for name, usual in ((GIGABYTES, USUAL_GB), (DAYS, USUAL_DAYS)):
        try:
            found[name] = _number(name, environment.get(name, ""), usual)
        except Refusal as refusal:
            faults += refusal.faults
    refuse(faults)
    return Bounds(round(found[GIGABYTES] * BYTES_OF_A_GIGABYTE), found[DAYS] * SECONDS_OF_A_DAY)


def _number(name: str, text: str, usual: float) -> float:
    if not text:
        return usual
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0.0 <= number <= HIGHEST:
        raise Refusal([Fault(name, f"found {short(text)}; wanted a number from 0 to {HIGHEST:.0f}, as in {usual:g}")])
    return number
