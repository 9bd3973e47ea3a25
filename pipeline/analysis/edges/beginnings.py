"""How a mix begins: where its first sound is heard, and up to where nothing but its noise floor lies before it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import solve_toeplitz
from scipy.ndimage import maximum_filter1d
from scipy.signal import lfilter

from pipeline.analysis.edges.audibility import AUDIBLE_DBFS, GONE_DBFS, Music, music_in
from pipeline.analysis.edges.band_envelope import (
    HOPS_PER_S,
    WINDOW_HOPS,
    BandEnvelope,
    band_envelope,
    decibels_of,
    sound,
)
from pipeline.analysis.edges.noise_floor import SILENT, Floor, floor_at_edge
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.types import Block, Floats
from pipeline.intake.mixes import Stretch

Kind = Literal["attack", "fade-in", "sound", "silence"]

PIECE_S, OVERLAP_S = 12, 2  # pieces are read one at a time, from the start, and overlap
BEFORE_S = 0.005  # no head is cut nearer to what is heard
EARLY_S = 0.003  # taste: the music is taken to start this long before the first sound found
ORDER = 32  # the order of the linear prediction that takes away the floor's hum and colour
FINE_S = 0.001  # the first sound is looked for in steps of this length
OUTSTANDING = 1.3  # the first sound exceeds the floor's highest steps this many times
SLOWEST_ATTACK_S = 1.0  # taste: what takes longer to come near full sound fades in
NEAR_FULL_DB, UNDER_FULL_DB = 6.0, 20.0
BEAT, STEP = 60, 20  # hops: a climb is followed from beat to beat, in steps of this length
CLIMB_S = 8
LEAST_CLIMB_DB, LARGEST_STEP_DB = 10.0, 9.0
SEARCH_HOPS, SPREAD_HOPS = 10, 5  # the search begins before the first hop heard and ends after it: powers are smoothed
EDGE_DB = 6.0  # under the threshold, a loud note rises out of digital silence
ATTACK_HOPS = 5  # of this many hops before the first heard, windows reach into the note


@dataclass(frozen=True)
class _Head:
    """The first of the music with what comes before it, and the first hop that is heard (None where nothing is)."""

    envelope: BandEnvelope
    floor: Floor | None
    music: Music
    heard: int | None


@dataclass(frozen=True)
class Beginning:
    """How a stretch begins; frames are counted from the stretch's first."""

    kind: Kind
    """A first note, breath or count-in; a fade-in; in full sound from the first sample; or nothing audible at all."""
    audible: int
    """The first frame that is heard as the music's start, not after it and hardly ever 10 ms before."""
    cut: int
    """Before it lies nothing but digital silence or steady noise; 5 ms or more before `audible`, or 0."""
    floor_dbfs: float
    """The level of the noise before the music, to 0.1 dB; -200 for digital silence or where none lies open."""


def beginning(stretch: Stretch) -> Beginning:
    """How `stretch` begins; reads as much of its head as that takes. Raises Refusal when the file breaks off."""
    length, rate_hz = stretch.stop - stretch.start, stretch.mix.rate_hz
    moving = _first_moving(stretch)
    if moving == length:
        return Beginning("silence", length, 0, -200.0)
    head = _head(stretch, moving)
    dbfs = head.floor.dbfs if head.floor else -200.0
    if head.heard is None:  # noise alone: silence if it is inaudible, else meant
        return Beginning("silence", length, 0, dbfs) if dbfs <= AUDIBLE_DBFS else Beginning("sound", 0, 0, dbfs)
    if not moving and _is_in_sound(head, sound(stretch, 0, min(length, rate_hz // 20)), rate_hz):
        return Beginning("sound", 0, 0, dbfs)
    fades_in = _fades_in(head.music, head.heard)
    audible = max(moving, head.envelope.frame(head.heard)) if fades_in else _onset(stretch, head, moving)
    return Beginning("fade-in" if fades_in else "attack", audible, _cut(head, audible, moving, rate_hz), dbfs)


def _first_moving(stretch: Stretch) -> int:
    """The first frame that is not like the stretch's first: what is before is digital silence. The length if none is.

    0 where the stretch moves from the start.
    """
    length, start = stretch.stop - stretch.start, 0
    first, piece_s = sound(stretch, 0, 1), 1
    while start < length:
        stop, piece_s = min(length, start + piece_s * stretch.mix.rate_hz), PIECE_S
        moving = np.flatnonzero((sound(stretch, start, stop) != first).any(axis=1))
        if len(moving):
            return 0 if start + int(moving[0]) == 1 and first.any() else start + int(moving[0])
        start = stop
    return length


def _head(stretch: Stretch, moving: int) -> _Head:
    """What is heard from a moment before the frame `moving`, as far on as it takes to hear some music."""
    rate_hz, length = stretch.mix.rate_hz, stretch.stop - stretch.start
    start = max(0, moving - rate_hz // 10)
    floor: Floor | None = None
    while True:
        stop = min(length, start + PIECE_S * rate_hz)
        part = band_envelope(stretch, start, stop)
        floor = floor or floor_at_edge(part.powers[-(-max(0, moving - start) // part.hop) :])
        music = music_in(part, floor or SILENT)
        heard = np.flatnonzero(music.levels_dbfs > music.threshold_dbfs)
        if len(heard) or stop == length:
            return _Head(part, floor, music, int(heard[0]) if len(heard) else None)
        start = stop - OVERLAP_S * rate_hz


def _is_in_sound(head: _Head, start: Block, rate_hz: int) -> bool:
    """Whether the first two milliseconds of `start` are near its loudest, and the first hop near full sound."""
    if head.heard != 0 or float(head.music.levels_dbfs[0]) < head.music.loud_dbfs - UNDER_FULL_DB:
        return False
    steps = _fine(start - start.mean(axis=0), round(FINE_S * rate_hz))
    return len(steps) < 3 or float(steps[:2].max()) >= float(steps.max()) * amplitude(-UNDER_FULL_DB)


def _fades_in(music: Music, first: int) -> bool:
    """Whether the level climbs without a step for a second or more until it comes near what follows."""
    powers = maximum_filter1d(10.0 ** (music.levels_dbfs[first:] / 10.0), BEAT, origin=-(BEAT // 2))
    levels = decibels_of(powers)[: CLIMB_S * HOPS_PER_S]
    near = int(np.argmax(levels >= levels.max() - NEAR_FULL_DB))
    if near < SLOWEST_ATTACK_S * HOPS_PER_S or levels[0] > levels.max() - LEAST_CLIMB_DB:
        return False
    climbs = levels[STEP : near + 1] - levels[: near + 1 - STEP]
    return bool(climbs[STEP:].max(initial=0.0) <= LARGEST_STEP_DB and climbs.min() >= -NEAR_FULL_DB)


def _onset(stretch: Stretch, head: _Head, moving: int) -> int:
    """The frame at which the first note starts, near the first hop that is heard; rather early than late."""
    rate_hz, heard = stretch.mix.rate_hz, head.envelope.frame(head.heard or 0)
    half, step = WINDOW_HOPS * head.envelope.hop // 2, round(FINE_S * rate_hz)
    start = max(0, heard - SEARCH_HOPS * head.envelope.hop)
    stop = min(stretch.stop - stretch.start, heard + half + SPREAD_HOPS * head.envelope.hop)
    before = max(0, moving, start - rate_hz)
    searched = sound(stretch, start, stop)
    floor = sound(stretch, before, start) if head.floor and start - before >= rate_hz // 20 else None
    places = [
        _first_outstanding(searched[:, channel], None if floor is None else floor[:, channel], step, head.music)
        for channel in range(2)
    ]
    found = min((place for place in places if place is not None), default=None)
    onset = heard - half if found is None else start + found
    return max(0, onset - round(EARLY_S * rate_hz))


def _first_outstanding(searched: Floats, floor: Floats | None, step: int, music: Music) -> int | None:
    """The first frame of the first step that stands out of the floor, through a filter that makes the floor white."""
    if floor is None or not np.any(floor != floor[0]):
        still = searched - (searched[0] if floor is None else floor[0])
        over = np.flatnonzero(_fine(still[:, np.newaxis], step) > amplitude(music.threshold_dbfs - EDGE_DB))
        return int(over[0]) * step if len(over) else None
    middle = float(floor.mean())
    whitener = _whitener(floor - middle)
    white = lfilter(whitener, [1.0], np.concatenate((floor, searched)) - middle)
    usual = _fine(white[ORDER : len(floor), np.newaxis], step)
    limit = OUTSTANDING * float(np.percentile(usual, 99))
    over = np.flatnonzero(_fine(white[len(floor) :, np.newaxis], step) > limit)
    return int(over[0]) * step if len(over) else None


def _whitener(noise: Floats) -> Floats:
    """The prediction error filter of `noise` (autocorrelation method), 1 first."""
    spectrum = np.abs(np.fft.rfft(noise, 2 * len(noise))) ** 2
    correlation = np.fft.irfft(spectrum)[: ORDER + 1]
    correlation[0] *= 1.0 + 1e-6  # keeps hum, which is predicted without an error, solvable
    taps: Floats = np.concatenate(([1.0], -solve_toeplitz(correlation[:ORDER], correlation[1:])))
    return taps


def _fine(frames: Floats, step: int) -> Floats:
    """The RMS of every step of `frames` (shape (frames, channels)), of the louder channel."""
    steps = frames[: len(frames) // step * step].reshape(-1, step, frames.shape[1])
    rms: Floats = np.sqrt(np.mean(steps**2, axis=1)).max(axis=1)
    return rms


def _cut(head: _Head, audible: int, moving: int, rate_hz: int) -> int:
    """Up to where nothing but silence or floor lies before `audible`, a safe distance kept."""
    heard = head.heard or 0
    quiet = np.flatnonzero(head.music.levels_dbfs[:heard] <= GONE_DBFS)
    loud = np.flatnonzero(head.music.levels_dbfs[:heard] > GONE_DBFS)
    nearest = audible - round(BEFORE_S * rate_hz)
    if len(loud) and int(loud[0]) < heard - ATTACK_HOPS:  # something faint comes first
        faint = head.envelope.frame(int(loud[0])) - WINDOW_HOPS * head.envelope.hop // 2 - round(BEFORE_S * rate_hz)
        nearest = min(nearest, faint)
    return max(0, nearest) if len(quiet) or moving else 0
