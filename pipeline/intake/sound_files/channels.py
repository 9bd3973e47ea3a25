"""Which channels of a file hold sound, and what they are called."""

from collections.abc import Iterable, Sequence

import numpy as np

from pipeline.dsp.types import Block

STEREO = (0, 1)
# Loudspeakers in the order of the bits of WAVE's mask (Microsoft, "Multiple channel audio data and WAVE files", 2001).
SPEAKERS = ("left", "right", "centre", "LFE", "rear left", "rear right", "left of centre", "right of centre",
            "rear centre", "side left", "side right", "top centre", "top front left", "top front centre",
            "top front right", "top rear left", "top rear centre", "top rear right")  # fmt: skip
# The mask that a file without one has, by its number of channels: RFC 9639 for FLAC, and usual for WAVE.
USUAL_MASKS = {3: 0x7, 4: 0x33, 5: 0x37, 6: 0x3F, 7: 0x70F, 8: 0x63F}
AIFF = {  # Apple, "Audio Interchange File Format", 1989
    3: ("left", "right", "centre"),
    4: ("left", "right", "rear left", "rear right"),
    6: ("left", "left of centre", "centre", "right", "right of centre", "surround"),
}


def sounding(blocks: Iterable[Block]) -> tuple[int, ...]:
    """The numbers, from 0, of the channels that are not exactly zero throughout `blocks`."""
    heard = np.zeros(0, np.bool_)
    for block in blocks:
        found = (block != 0.0).any(axis=0)
        heard = found if not len(heard) else heard | found
        if heard.all():
            break
    return tuple(np.flatnonzero(heard).tolist())


def channel_names(numbers: Sequence[int], container: str, count: int, mask: int = 0) -> str:
    """Channels of a file in words: `1 (left) and 2 (right)`; one whose place is not known has its number alone."""
    names = AIFF.get(count, ()) if container == "AIFF" else _by_mask(mask or USUAL_MASKS.get(count, 0))
    told = [f"{number + 1} ({names[number]})" if number < len(names) else str(number + 1) for number in numbers]
    return " and ".join(filter(None, (", ".join(told[:-1]), told[-1])))


def _by_mask(mask: int) -> tuple[str, ...]:
    return tuple(name for bit, name in enumerate(SPEAKERS) if mask >> bit & 1)
