"""How a mix ends: where it stops being heard, from where nothing of it is left, and in what manner."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.analysis.edges.audibility import AUDIBLE_DBFS, Music, last_heard, music_in
from pipeline.analysis.edges.band_envelope import BandEnvelope, band_envelope, sound
from pipeline.analysis.edges.ending_kind import Decline, decline_of
from pipeline.analysis.edges.noise_floor import SILENT, Floor, floor_at_edge
from pipeline.analysis.edges.tempo import pulse_bpm
from pipeline.intake.mixes import Stretch

Kind = Literal["fade", "ring-out", "cold", "sound", "silence"]

PIECE_S, OVERLAP_S = 30, 2  # pieces are read one at a time, from the end backwards, and overlap
CONTEXT_S = 21  # this much music before its end is looked at
BURIED_DB = 10.0  # a decay is followed this much deeper than it can be told from the floor, at its own pace
SHORTEST_REST_S, LONGEST_REST_S = 0.1, 3.0  # following it deeper takes at least, and at most, this long


@dataclass(frozen=True)
class Ending:
    """How a stretch ends; frames are counted from the stretch's first."""

    kind: Kind
    """An engineer's fade-out; a last note left to ring; a stop within half a second, the room with it; still in full
    sound at the last sample; or nothing audible in the whole stretch."""
    audible: int
    """One past the last frame heard as the music, against its own noise floor."""
    cut: int
    """From where nothing is left but the floor: the decay is under -90 dBFS or lost in the noise. The stretch's length
    when nothing may be cut."""
    floor_dbfs: float
    """The level of the noise after the music, to 0.1 dB; -200 for digital silence or where none lies open."""
    decay_s: float
    """How long the last decay or fade lasts, from full sound until it is heard no more."""
    pulse_bpm: float | None
    """The tempo of the last 20 s, where it is clear."""


@dataclass(frozen=True)
class _Tail:
    """The last of the music with what follows it; the last hop that is heard (None where nothing is), and the last at
    which something is left of it.
    """

    envelope: BandEnvelope
    floor: Floor | None
    music: Music
    heard: int | None
    trace: int


def ending(stretch: Stretch) -> Ending:
    """How `stretch` ends; reads as much of its tail as that takes. Raises Refusal when the file breaks off."""
    length = stretch.stop - stretch.start
    moving = _last_moving(stretch)
    if not moving:
        return Ending("silence", length, length, -200.0, 0.0, None)
    tail = _tail(stretch, moving)
    dbfs = tail.floor.dbfs if tail.floor else -200.0
    if tail.heard is None:  # noise alone: silence if it is inaudible, else meant
        return Ending("silence" if dbfs <= AUDIBLE_DBFS else "sound", length, length, dbfs, 0.0, None)
    heard, rate_hz = tail.envelope.frame(tail.heard), stretch.mix.rate_hz
    decline = decline_of(tail.music, tail.heard, lambda hop: sound(stretch, tail.envelope.frame(hop), heard), rate_hz)
    bpm = pulse_bpm(tail.music, tail.heard)
    is_last = tail.heard == len(tail.music.levels_dbfs) - 1
    if is_last and moving == length:
        return Ending(decline.at_last_sample, length, length, dbfs, decline.decay_s, bpm)
    audible = moving if is_last else min(moving, tail.envelope.frame(tail.heard + 1))
    cut = min(moving, _cut(tail, decline, rate_hz))
    return Ending(decline.kind, audible, max(audible, cut), dbfs, decline.decay_s, bpm)


def _last_moving(stretch: Stretch) -> int:
    """One past the last frame that moves: what follows is digital silence, or a constant. 0 if nothing moves."""
    stop = stretch.stop - stretch.start
    last, piece_s = sound(stretch, stop - 1, stop), 1
    while stop > 0:
        start, piece_s = max(0, stop - piece_s * stretch.mix.rate_hz), PIECE_S
        moving = np.flatnonzero((sound(stretch, start, stop) != last).any(axis=1))
        if len(moving):
            return start + int(moving[-1]) + 1 + int(start + int(moving[-1]) + 2 == stretch.stop - stretch.start)
        stop = start
    return 0


def _tail(stretch: Stretch, moving: int) -> _Tail:
    """What is heard before the frame `moving`, from as far back as it takes to hear some music, and its context."""
    rate_hz, start, stop = stretch.mix.rate_hz, moving, moving
    floor: Floor | None = None
    while True:
        start = max(0, start - PIECE_S * rate_hz)
        tail = _listened(band_envelope(stretch, start, stop, from_end=True), floor)
        if tail.heard is not None or not start:
            break
        floor, stop = tail.floor, start + OVERLAP_S * rate_hz
    if tail.heard is not None and start and tail.envelope.frame(tail.heard) - start < CONTEXT_S * rate_hz:
        start = max(0, tail.envelope.frame(tail.heard) - CONTEXT_S * rate_hz)
        tail = _listened(band_envelope(stretch, start, stop, from_end=True), tail.floor)
    return tail


def _listened(part: BandEnvelope, floor: Floor | None) -> _Tail:
    floor = floor or floor_at_edge(part.powers[::-1])
    music = music_in(part, floor or SILENT)
    heard, trace = last_heard(music) or (None, 0)
    return _Tail(part, floor, music, heard, trace)


def _cut(tail: _Tail, decline: Decline, rate_hz: int) -> int:
    """From where nothing is left of the decay but what lies deep in the floor."""
    at_end = tail.trace == len(tail.music.levels_dbfs) - 1
    rest_s = min(max(BURIED_DB / decline.pace_db_per_s, SHORTEST_REST_S), LONGEST_REST_S)
    return tail.envelope.frame(tail.trace) + round((LONGEST_REST_S if at_end else rest_s) * rate_hz)
