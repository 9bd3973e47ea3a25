"""Programmes before their drive, mixed down once for all deliverables that begin from the same.

A reel lies on disk in single precision: it holds 24-bit samples exactly, and its rounding lies 150 dB under the music.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from pipeline.abreast import ahead
from pipeline.aim import foreseen_floor, seeks_drive
from pipeline.foresight import FIGURES, sketched
from pipeline.ingest import Block, Mix
from pipeline.mixdown import conditioned, sequenced
from pipeline.plan import Plan
from pipeline.process.resample import resample
from pipeline.scratch import Stored, passing, store
from pipeline.sequence import Programme

Singles = Iterator[NDArray[np.float32]]
Advance = Callable[[float], None]


@dataclass(frozen=True)
class Reel:
    """A programme before its drive, and, where somebody looks for a drive, the sketch of it."""

    samples: Stored[np.float32]
    sketch: Stored[np.float32] | None

    def remove(self) -> None:
        """Its files go; who reads one goes on reading."""
        for stored in (self.samples, self.sketch):
            if stored:
                stored.path.unlink()


class Reels:
    """The reels of some plans, each made when it is first asked for; whoever asks meanwhile waits for it.

    Once nobody needs a reel any more it goes: its memory and its room on the disk serve what is written next.
    """

    def __init__(self, folder: Path, plans: Sequence[Plan]) -> None:
        """None yet; `folder` is made with the first, and is the caller's to remove."""
        self._folder = folder
        self._made: dict[str, Reel] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()
        self._floors: dict[str, float] = {}  # of the sketch of each reel that has one
        self._needed: dict[str, set[int | str]] = defaultdict(set)  # by which plans each reel is, or for which reels
        for plan in plans:
            for programme in plan.programmes:
                sequence, reel = _sequence_key(plan, programme), _reel_key(plan, programme)
                self._needed[reel].add(id(plan))
                if reel != sequence:
                    self._needed[sequence].add(reel)
                if seeks_drive(plan):
                    self._floors[reel] = min(self._floors.get(reel, np.inf), foreseen_floor(plan))

    def reel(self, plan: Plan, programme: Programme, mixes: Sequence[Mix], advance: Advance = lambda _: None) -> Reel:
        """`programme` of one of the plans, sequenced, converted as a whole to the delivery rate, and fit for a groove.

        `advance` is told the seconds that are mixed down, and may raise to stop; they are told at once where somebody
        else has done it.
        """
        told = [0.0]

        def sequence() -> Singles:
            for block in ahead(sequenced(plan, programme, mixes)):
                advance(len(block) / programme.rate_hz)
                told[0] += len(block) / programme.rate_hz
                yield block.astype(np.float32)

        def finished() -> Singles:
            # What nobody else needs is not kept; the samples are the same either way.
            kept = first in self._made or self._needed[first] - {last}
            blocks = self._once(first, sequence, programme.rate_hz).samples() if kept else sequence()
            return _finished(plan, programme, blocks)

        first, last = _sequence_key(plan, programme), _reel_key(plan, programme)
        reel = self._once(last, sequence if first == last else finished, plan.rate_hz)
        self._spare(last)
        advance(max(0.0, programme.frames / programme.rate_hz - told[0]))
        return reel

    def done(self, plan: Plan) -> None:
        """Nothing more is asked for `plan`; should it be all the same, its reels are made anew."""
        self._spare(id(plan))

    def _spare(self, who: int | str) -> None:
        with self._lock:
            for key, needed in self._needed.items():
                last = needed == {who}
                needed.discard(who)
                if last and key in self._made:
                    self._made.pop(key).remove()

    def _once(self, key: str, make: Callable[[], Singles], rate_hz: int) -> Reel:
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key not in self._made:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._made[key] = self._kept(key, make(), rate_hz)
            return self._made[key]

    def _kept(self, key: str, blocks: Singles, rate_hz: int) -> Reel:
        """`blocks` on disk, sketched while they pass if a sketch of them is wanted."""
        path = self._folder / f"{key[:16]}.float"
        if key not in self._floors:
            return Reel(store(path, blocks, np.float32), None)
        frames = [0]

        def passed() -> Iterator[Block]:
            for block in passing(path, blocks, np.float32):
                frames[0] += len(block)
                yield block.astype(np.float64)

        figures = sketched(passed(), rate_hz, self._floors[key])
        sketch = store(path.with_suffix(".sketch"), figures, np.float32, FIGURES)
        return Reel(Stored(path, np.float32, frames[0]), sketch)


def _sequence_key(plan: Plan, programme: Programme) -> str:
    """One for all programmes of the same clips, treated alike."""
    treatments = [plan.treatments[clip.track - 1].model_dump_json() for clip in programme.clips]
    return _key(programme.model_dump_json(), *treatments)


def _reel_key(plan: Plan, programme: Programme) -> str:
    """One for all that sound the same before their drive; the sequence's own where nothing more is done to it."""
    sequence, groove = _sequence_key(plan, programme), plan.profile.groove
    if plan.rate_hz == programme.rate_hz and groove is None:
        return sequence
    return _key(sequence, str(plan.rate_hz), groove.model_dump_json() if groove else "")


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _finished(plan: Plan, programme: Programme, singles: Iterable[NDArray[np.float32]]) -> Singles:
    blocks: Iterator[Block] = (block.astype(np.float64) for block in singles)
    blocks = resample(blocks, programme.rate_hz, plan.rate_hz, programme.frames)
    for block in ahead(conditioned(plan, blocks)):
        yield block.astype(np.float32)
