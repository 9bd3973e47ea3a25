"""Programmes before their drive, mixed down once for all deliverables that begin from the same.

A reel lies on disk in single precision: it holds 24-bit samples exactly, and its rounding lies 150 dB under the music.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from pipeline.abreast import ahead
from pipeline.ingest import Block, Mix
from pipeline.mixdown import conditioned, sequenced
from pipeline.plan import Plan
from pipeline.process.resample import resample
from pipeline.scratch import Stored, store
from pipeline.sequence import Programme

Reel = Stored[np.float32]
Advance = Callable[[float], None]


class Reels:
    """The reels in a folder, each made when it is first asked for; whoever asks meanwhile waits for it."""

    def __init__(self, folder: Path) -> None:
        """None yet; `folder` is made with the first, and is the caller's to remove."""
        self._folder = folder
        self._made: dict[str, Reel] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()

    def reel(self, plan: Plan, programme: Programme, mixes: Sequence[Mix], advance: Advance = lambda _: None) -> Reel:
        """`programme` of `plan`, sequenced, converted as a whole to the delivery rate, and fit for a groove.

        `advance` is told the seconds that are mixed down, and may raise to stop; they are told at once where somebody
        else has done it.
        """
        told = [0.0]

        def tell(blocks: Iterator[Block], rate_hz: int) -> Iterator[NDArray[np.float32]]:
            for block in blocks:
                advance(len(block) / rate_hz)
                told[0] += len(block) / rate_hz
                yield block.astype(np.float32)

        def sequence() -> Iterator[NDArray[np.float32]]:
            return tell(ahead(sequenced(plan, programme, mixes)), programme.rate_hz)

        treatments = [plan.treatments[clip.track - 1].model_dump_json() for clip in programme.clips]
        parts = [programme.model_dump_json(), *treatments]
        reel = self._once(parts, sequence)
        if (plan.rate_hz, plan.profile.groove) != (programme.rate_hz, None):
            parts += [str(plan.rate_hz), plan.profile.groove.model_dump_json() if plan.profile.groove else ""]
            reel = self._once(parts, lambda: _finished(plan, programme, reel))
        advance(max(0.0, programme.frames / programme.rate_hz - told[0]))
        return reel

    def _once(self, parts: Sequence[str], make: Callable[[], Iterator[NDArray[np.float32]]]) -> Reel:
        key = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key not in self._made:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._made[key] = store(self._folder / f"{key[:16]}.float", make(), np.float32)
            return self._made[key]


def _finished(plan: Plan, programme: Programme, reel: Reel) -> Iterator[NDArray[np.float32]]:
    blocks: Iterator[Block] = (block.astype(np.float64) for block in reel())
    blocks = resample(blocks, programme.rate_hz, plan.rate_hz, programme.frames)
    for block in ahead(conditioned(plan, blocks)):
        yield block.astype(np.float32)
