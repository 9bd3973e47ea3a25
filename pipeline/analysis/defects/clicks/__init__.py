"""Clicks: impulses of one to some forty samples, and bad edits where the waveform jumps from one sample to the next.

A click is what neither the sound before it nor the sound after it predicts (see `verdict`); it is looked for where one
is suspected (see `suspects`), in each channel by itself. Clicks that are meant as music, as short and as sudden, are
found too: no meter can tell them apart. Thresholds are taste, chosen so that undamaged recordings and synthetic music
pass; a click amid noise as loud is not found, nor is it heard.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pipeline.analysis.defects.clicks import suspects, verdict
from pipeline.dsp.decibels import amplitude, decibels

PROMINENCE = amplitude(16.0)  # taste: within music, short clicks and jumps reach 15 dB
PROMINENCE_LONG = amplitude(22.0)  # taste: longer ones reach 21 dB in music driven into distortion
SHORT_S = 0.00015
LOWEST = amplitude(-46.0)
LEAST_SHARE = 0.08  # of the peak around: what is less high may be the corner of a synthesiser's envelope
SHARP = amplitude(-50.0)  # of the second difference: what bends less is no click, however far it strays
LONGEST_S = 0.0008
OVERLAP_S = 0.0002  # by which the end may seem to come before the beginning: neither is sharp in noise
AROUND_S = 0.0025
ALIKE = amplitude(-20.0)  # one side is at least this share of the other, else the sound begins or ends there
SETS_IN = amplitude(-12.0)  # of the sound after a jump, that before it: a sound that sets in at once may jump
CREST = 0.9  # of the peak around: what is cut off there was clipped
TOP = 8  # frames beside a click that may show it
FLAT = 2 / 32_768  # two steps of 16 bits: what dither leaves of a flat line
FAR_HIGHER = 0.5  # times the peak around: a click may be flat itself
SAME_CLICK_S = 0.002

_HOPS = 16  # are judged at a time


@dataclass(frozen=True)
class Click:
    """Where it begins, its frames (0 where the waveform only jumps), in which channels (0 and 1), its height over the
    sound beneath, and how far that stands out of all that is unpredicted within 10 ms.
    """

    frame: int
    length: int
    channels: tuple[int, ...]
    height_dbfs: float
    prominence_db: float


class ClickSearch:
    """Takes blocks of a stereo programme and keeps where it clicks."""

    def __init__(self, rate_hz: int) -> None:
        """Start with nothing found."""
        self._rate_hz = rate_hz
        self._scale = 1 << max(0, round(math.log2(rate_hz / 44_100)))
        self._hop, self._stretch = suspects.HOP * self._scale, suspects.STRETCH * self._scale
        self._first_taper = np.hanning(suspects.FITTED * self._scale).astype(np.float32)
        self._taper = np.hanning(verdict.FITTED * self._scale)
        # Two hops that were judged or wait to be, the last until its future is known; then those to come.
        self._sound = np.zeros(((2 + _HOPS) * self._hop, 2))
        self._filled = 2 * self._hop
        self._frames = -self._filled  # before the sound held
        self._levels = np.zeros(self._hop // self._stretch + suspects.FARTHEST, np.float32)
        self._found: list[Click] = []

    def add(self, block: NDArray[np.float64]) -> None:
        """Take the next block, of shape (frames, 2)."""
        start = 0
        while start < len(block):
            taken = min(len(block) - start, len(self._sound) - self._filled)
            self._sound[self._filled : self._filled + taken] = block[start : start + taken]
            self._filled += taken
            start += taken
            if self._filled == len(self._sound):
                self._move_on()

    def clicks(self) -> tuple[Click, ...]:
        """The clicks in what came so far, in the order of time, more than 2 ms apart."""
        hops = -(-self._filled // self._hop) + 1  # one of silence, so that the last stretch has a future
        rest = np.zeros((hops * self._hop, 2))
        rest[: self._filled] = self._sound[: self._filled]
        found = [*self._found, *self._judge(rest, self._measured(rest))]
        return tuple(_joined(found, SAME_CLICK_S * self._rate_hz))

    def _move_on(self) -> None:
        levels = self._measured(self._sound)
        self._found += self._judge(self._sound, levels)
        self._levels = levels[-len(self._levels) :]
        self._frames += len(self._sound) - 2 * self._hop
        self._sound[: 2 * self._hop] = self._sound[-2 * self._hop :]
        self._filled = 2 * self._hop

    def _measured(self, sound: NDArray[np.float64]) -> NDArray[np.float32]:
        """The levels of the sound but for its first two hops, after those that wait to be judged."""
        levels = np.empty((len(sound) - 2 * self._hop) // self._stretch, np.float32)
        history = suspects.HISTORY * self._scale
        suspects.measure(sound[2 * self._hop - history :], self._scale, self._first_taper, levels)
        return np.concatenate([self._levels, levels])

    def _judge(self, sound: NDArray[np.float64], levels: NDArray[np.float32]) -> Iterator[Click]:
        """The clicks from one hop after the beginning of the sound to one hop before its end."""
        known = levels[: len(levels) - self._hop // self._stretch + suspects.FARTHEST]
        found = np.empty(len(known), np.int64)
        for suspect in found[: suspects.isolated(known, found)].tolist():
            middle = self._hop + (suspect - suspects.FARTHEST) * self._stretch + self._stretch // 2
            reach = verdict.REACH * self._scale
            around = sound[middle - reach : middle + reach]
            for channel in (0, 1):
                click = self._examined(np.ascontiguousarray(around[:, channel]), channel)
                if click:
                    yield replace(click, frame=self._frames + middle - reach + click.frame)

    def _examined(self, sound: NDArray[np.float64], channel: int) -> Click | None:
        """The click in the middle of this sound, if it surely is one; its frame counted from the sound's first."""
        begin, end, height, prominence = verdict.examine(sound, self._scale, self._taper, PROMINENCE)
        if not prominence or not -OVERLAP_S * self._rate_hz <= end - begin <= LONGEST_S * self._rate_hz:
            return None
        is_long = end - begin > SHORT_S * self._rate_hz
        place, around = slice(min(begin, end), max(begin, end)), round(AROUND_S * self._rate_hz)
        before, after = _peak(sound[place.start - around : place.start]), _peak(sound[place.stop :][:around])
        louder = max(before, after)
        stands_out = prominence >= (PROMINENCE_LONG if is_long else PROMINENCE)
        is_high = abs(height) >= max(LOWEST, LEAST_SHARE * louder)
        is_sharp = _peak(np.diff(sound[place.start - 2 : place.stop + 2], 2)) >= SHARP
        goes_on = min(before, after) >= ALIKE * louder and (end > begin or before >= SETS_IN * after)
        if not (stands_out and is_high and is_sharp and goes_on) or _is_clipped(sound, place, louder, height):
            return None
        return Click(place.start, place.stop - place.start, (channel,), decibels(abs(height)), decibels(prominence))


def _is_clipped(sound: NDArray[np.float64], place: slice, peak: float, height: float) -> bool:
    """Whether what stands out was only cut off at the peak of the sound around, which another search looks for."""
    if height < 0.0 and _peak(sound[place]) >= CREST * peak:
        return True
    near = sound[place.start - TOP : place.stop + TOP]
    changes = np.abs(np.diff(near))
    flat = (changes[1:] <= FLAT) & (changes[:-1] <= FLAT) & (np.abs(near[1:-1]) >= CREST * max(peak, _peak(near)))
    return bool(flat.any()) and height < FAR_HIGHER * peak


def _peak(sound: NDArray[np.float64]) -> float:
    return float(np.abs(sound).max(initial=0.0))


def _joined(clicks: Iterable[Click], gap: float) -> Iterator[Click]:
    """One click for all, of either channel, that lie within `gap` frames; the highest says how high."""
    whole: Click | None = None
    for click in sorted(clicks, key=lambda click: (click.frame, click.channels)):
        if whole and click.frame - whole.frame <= gap:
            highest = max(whole, click, key=lambda click: click.height_dbfs)
            whole = replace(highest, channels=tuple(sorted({*whole.channels, *click.channels})))
            continue
        if whole:
            yield whole
        whole = click
    if whole:
        yield whole
