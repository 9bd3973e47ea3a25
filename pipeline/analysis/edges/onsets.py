"""Where attacks rise about a border, to the millisecond."""

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from pipeline.dsp.types import Block, Floats

REACH_S = 0.2  # attacks are looked for this far before and after the border
MS_PER_S = 1000
BEFORE_MS, WINDOW_MS = 31, 5  # an attack stands out of this much before it; a period of 35 Hz is no attack
RISE_DB = 6.0  # taste
PEAK_MS = 30  # the peak of an attack is looked for up to this long after its start
DEEPEST_DB = -50.0  # under the loudest about the border: fainter rises count for nothing


def attacks_s(out: Block, into: Block, rate_hz: int) -> tuple[tuple[float, float], ...]:
    """From when to when an attack rises, in seconds from the border between `out` and `into`, shapes (frames, 2)."""
    levels, first_ms = _levels_db(out, into, rate_hz)
    before = maximum_filter1d(levels, BEFORE_MS, origin=BEFORE_MS // 2)  # of the 30 ms that end here
    usual = np.concatenate((np.full(WINDOW_MS, levels.max(initial=0.0)), before[:-WINDOW_MS]))[: len(levels)]
    found = list[tuple[int, int]]()
    for place in np.flatnonzero(np.round(levels - usual, 1) >= RISE_DB).tolist():
        start = max(0, place - 2 * WINDOW_MS)
        stop = place + int(np.argmax(np.round(levels[place : place + PEAK_MS], 1)))
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(stop, found[-1][1]))
        else:
            found.append((start, stop))
    reach = round(REACH_S * MS_PER_S)
    spans = ((max(-reach, start + first_ms), min(reach, stop + 1 + first_ms)) for start, stop in found)
    return tuple((start / MS_PER_S, stop / MS_PER_S) for start, stop in spans if start < stop)


def _levels_db(out: Block, into: Block, rate_hz: int) -> tuple[Floats, int]:
    """The level of each millisecond of the differences from frame to frame, over 5 ms, and the first millisecond."""
    wide = round((REACH_S + 0.1) * MS_PER_S)
    earliest = max(-wide, -(len(out) * MS_PER_S // rate_hz))
    latest = min(wide, len(into) * MS_PER_S // rate_hz)
    both = np.concatenate((out[-(-earliest * rate_hz // MS_PER_S) - 1 :], into)) if len(out) else into
    power = (np.diff(both, axis=0, prepend=both[:1]) ** 2).sum(axis=1)
    border = len(both) - len(into)
    edges = np.array([border + ms * rate_hz // MS_PER_S for ms in range(earliest, latest + 1)])
    sums = np.concatenate(([0.0], np.cumsum(power)))
    steps = np.diff(sums[np.clip(edges, 0, len(power))])
    smooth = uniform_filter1d(np.maximum(steps, 0.0), WINDOW_MS, mode="nearest") if len(steps) else steps
    loudest = max(float(smooth.max(initial=0.0)), 1e-20)
    levels: Floats = 10.0 * np.log10(np.maximum(smooth / loudest, 10.0 ** (DEEPEST_DB / 10.0)))
    return levels, earliest
