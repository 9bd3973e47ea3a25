"""Music against its own noise floor: how loud it is at every hop of a band envelope, and where it is heard."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.edges.band_envelope import HOPS_PER_S, BandEnvelope, decibels_of
from pipeline.analysis.edges.noise_floor import Floor, smoothed
from pipeline.dsp.types import Floats

AUDIBLE_DBFS = -65.0  # taste: a tail is heard down to here in a living room
AUDIBLE_UNDER_LOUD_DB = 50.0  # taste: what lies farther under the loud part is not heard
LOUD_PERCENTILE = 95.0  # the loud part lies at this percentile of the hops that sound
GONE_DBFS = -90.0  # this lies under the dither of a CD
JOINED = HOPS_PER_S * 15 // 100  # what is parted by less is one sound
BLIP, BLIP_GAP, BLIP_DB = 18, 30, 12.0  # a click: hops it lasts at most, hops after the music, dB under the loud part
BACK_DB = 3.0  # a click is over once the level is this near to that before it
NOISE, NOISE_GAP, NOISE_DB = 60, 50, 25.0  # the same for a noise, which lasts longer: a chair, a machine that stops


@dataclass(frozen=True)
class Music:
    """What stands out of the floor: powers of shape (hops, bands), the level in each band from which it does, the level
    of the whole at each hop and that of its loud part.
    """

    powers: Floats
    least_dbfs: Floats
    levels_dbfs: Floats
    loud_dbfs: float

    @property
    def threshold_dbfs(self) -> float:
        """The level under which nothing counts as heard."""
        return max(AUDIBLE_DBFS, self.loud_dbfs - AUDIBLE_UNDER_LOUD_DB)


def music_in(envelope: BandEnvelope, floor: Floor) -> Music:
    """The music in `envelope` over `floor`: a band counts where it stands out of the noise, less the noise."""
    smooth = smoothed(envelope.powers)
    least = floor.powers * floor.margins
    powers = np.where(smooth > least, np.maximum(smooth - floor.powers, 0.0), 0.0)
    levels = np.round(decibels_of(powers.sum(axis=1)), 1)
    sounding = levels[levels > AUDIBLE_DBFS]
    loud = float(np.percentile(sounding, LOUD_PERCENTILE)) if len(sounding) else AUDIBLE_DBFS
    return Music(powers, decibels_of(least), levels, loud)


def last_heard(music: Music) -> tuple[int, int] | None:
    """The last hop that is heard as music, and the last at which something of it is left over the floor or -90 dBFS.

    Clicks and knocks after the music's end are left out. None if nothing is heard.
    """
    islands = _islands(music.levels_dbfs > music.threshold_dbfs)
    if not islands:
        return None
    heard = islands[_last_of_music(music, islands)][1] - 1
    traces = [(start, stop) for start, stop in _islands(music.levels_dbfs > GONE_DBFS) if stop > heard]
    cut_off = traces[-1][1] >= len(music.levels_dbfs) - BLIP  # what sounds at the last frame may have just begun
    return heard, traces[-1 if cut_off else _last_of_music(music, traces)][1] - 1


def _last_of_music(music: Music, islands: list[tuple[int, int]]) -> int:
    """The index of the last island that is no click and no knock."""
    last = len(islands) - 1
    for index in range(last, 0, -1):
        gap = islands[index][0] - islands[index - 1][1]
        if not _is_blip(music, *islands[index], gap):
            break
        if gap >= BLIP_GAP:
            last = index - 1
    return last


def _islands(heard: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """From which hop up to which something is heard, gaps of a moment closed."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], heard, [False])).astype(np.int8)))
    islands = list[tuple[int, int]]()
    for start, stop in edges.reshape(-1, 2).tolist():
        if islands and start - islands[-1][1] < JOINED:
            islands[-1] = (islands[-1][0], stop)
        else:
            islands.append((start, stop))
    return islands


def _is_blip(music: Music, start: int, stop: int, gap: int) -> bool:
    """Whether what sounds from `start` up to `stop`, `gap` hops after what was before, is too short and weak for music.

    It lasts until the level is again what it was before: a faint note is heard briefly and lingers.
    """
    levels = music.levels_dbfs
    before = float(np.median(levels[max(0, start - 12) : max(1, start - 4)]))
    peak = start + int(np.argmax(levels[start:stop]))
    over = np.flatnonzero(levels[peak:] <= max(before + BACK_DB, GONE_DBFS))
    length = (peak + int(over[0]) if len(over) else len(levels)) - start
    under_db = music.loud_dbfs - float(levels[peak])
    is_short = length <= BLIP and under_db >= BLIP_DB
    return is_short or (length <= NOISE and gap >= NOISE_GAP and under_db >= NOISE_DB)
