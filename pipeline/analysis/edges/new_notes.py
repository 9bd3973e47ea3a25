"""Whether notes enter while the music declines: under a fade it goes on, and what rings out holds nothing new.

A note that enters, however softly (a pad, a bow), brings partials that were not there before, whereas all that rings
out was louder a moment ago; where a room's noise or beating strings wander, they hardly exceed what they once were.
"""

import numpy as np

from pipeline.dsp.types import Block, Floats

WINDOW_S, HOP_S = 0.2, 0.05  # lines of 10 Hz tell the notes of a chord apart
LOWEST_HZ, HIGHEST_HZ = 80.0, 4000.0
BEFORE, USUAL = 4, 5  # windows: those this far apart share nothing, and this many at least tell what has sounded
# A new line has this many times the power that it or one beside it (a vibrato wanders) held since the decline began.
NEW = 4.0
LINES, STRONG = 2, 0.01  # this many must be new, apart, each with this share of the power: in one, strings may beat
DEEPEST = 10.0 ** (-25.0 / 10.0)  # of the first window's power: noise may come to the fore under it


def entering(sound: Block, rate_hz: int) -> float:
    """The largest share of the power that two successive windows of `sound`, shape (frames, 2), hold in new lines."""
    powers = _powers(sound, rate_hz)
    totals = np.maximum(powers.sum(axis=1), 1e-30)
    deep = np.flatnonzero(totals < DEEPEST * totals[:1])
    shares = (powers / totals[:, np.newaxis])[BEFORE + USUAL - 1 : int(deep[0]) if len(deep) else len(powers)]
    if len(shares) < 2:
        return 0.0
    padded = np.pad(powers, ((0, 0), (1, 1)))
    most = np.maximum.accumulate(np.maximum(np.maximum(padded[:, :-2], padded[:, 2:]), powers), axis=0)
    is_new = powers[BEFORE:] > NEW * most[:-BEFORE]
    is_new = is_new[USUAL - 1 : USUAL - 1 + len(shares)]
    strong = np.pad(is_new & (shares > STRONG), ((0, 0), (1, 0)))
    are_several = (strong[:, 1:] & ~strong[:, :-1]).sum(axis=1) >= LINES
    new = np.where(is_new, shares, 0.0).sum(axis=1) * are_several
    return float(np.minimum(new[:-1], new[1:]).max())


def _powers(sound: Block, rate_hz: int) -> Floats:
    """Powers of both channels of shape (windows, lines)."""
    window, hop = round(WINDOW_S * rate_hz), round(HOP_S * rate_hz)
    low, high = round(LOWEST_HZ * WINDOW_S), round(HIGHEST_HZ * WINDOW_S)
    taper = np.hanning(window)[:, np.newaxis]
    powers = [
        (np.abs(np.fft.rfft(sound[start : start + window] * taper, axis=0)[low:high]) ** 2).sum(axis=1)
        for start in range(0, len(sound) - window + 1, hop)
    ]
    return np.stack(powers) if powers else np.zeros((0, high - low))
