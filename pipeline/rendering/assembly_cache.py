"""Programmes before their drive, mixed down once for all deliverables that begin from the same.

They lie on disk in single precision: that holds 24-bit samples exactly, and its rounding lies 150 dB under the music.
"""

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.types import Block
from pipeline.intake.mixes import Mix
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.processors.resampling import resample
from pipeline.rendering.assembly import Compression, assemble, compression_of, conditioned
from pipeline.rendering.drive_forecast import FIGURES, sketch
from pipeline.rendering.limiter_ceiling import sketch_floor
from pipeline.rendering.mono import mono_spans
from pipeline.rendering.spans import Span
from pipeline.system.parallel import prefetch
from pipeline.system.progress import Advance
from pipeline.system.spool import SpooledStream, spool_to_disk, tee_to_disk

Singles = Iterator[NDArray[np.float32]]


@dataclass(frozen=True)
class AssembledProgramme:
    """A programme before its drive, to be read again and again; where a drive is looked for, the sketch of it."""

    samples: Callable[[], Singles]
    sketch: SpooledStream[np.float32] | None
    mono: tuple[Span, ...] = ()
    """From which frame up to which nothing but mono is heard."""

    def remove(self) -> None:
        """Its files go; a reader that has one open goes on reading, and what will not go does with the folder."""
        for each in (self.samples, self.sketch):
            if isinstance(each, SpooledStream):
                with suppress(OSError):
                    each.path.unlink()


@dataclass(frozen=True)
class _Origin:
    """The sequence, of a plan's programme, in which another programme is found from frame `start` on."""

    plan: Plan
    programme: PlannedProgramme
    start: int

    @cached_property
    def key(self) -> str:
        return _sequence_key(self.plan, self.programme)


class AssemblyCache:
    """The programmes of some plans, each assembled when it is first asked for; others that ask meanwhile wait for it.

    A side of a record is cut from the whole album where another deliverable has that. What is quickly made of a
    sequence that is kept anyway is made anew each time. Once no plan needs one any more it goes: its memory and its
    room on the disk serve what is written next.
    """

    def __init__(self, folder: Path, plans: Sequence[Plan]) -> None:
        """None yet; `folder` is made with the first, and is the caller's to remove."""
        self._folder = folder
        self._made: dict[str, AssembledProgramme] = {}
        self._locks: dict[str, Lock] = {}
        self._lock = Lock()
        self._compression: Compression = {}
        self._floors: dict[str, float] = {}  # of the sketch of each programme that has one
        self._needed: dict[str, set[int | str]] = defaultdict(
            set
        )  # each programme: by which plans, or for which others
        wanted = [(plan, programme) for plan in plans for programme in plan.programmes]
        self._origins = {_sequence_key(*each): _origin(*each, wanted) for each in wanted}
        users: dict[str, set[str]] = defaultdict(set)  # the programmes that come of each sequence
        for each in wanted:
            users[self._origins[_sequence_key(*each)].key].add(_assembled_key(*each))
        self._fleeting = set[str]()  # programmes that are made anew each time
        for plan, programme in wanted:
            origin, key = self._origins[_sequence_key(plan, programme)], _assembled_key(plan, programme)
            self._needed[key].add(id(plan))
            if key != origin.key:
                is_quick = plan.rate_hz == programme.rate_hz and len(users[origin.key]) > 1
                if is_quick:
                    self._fleeting.add(key)
                self._needed[origin.key].add(id(plan) if is_quick else key)
            if plan.seeks_drive:
                self._floors[key] = min(self._floors.get(key, np.inf), sketch_floor(plan))

    def assembled(
        self, plan: Plan, programme: PlannedProgramme, mixes: Sequence[Mix], advance: Advance = lambda _: None
    ) -> AssembledProgramme:
        """`programme` of one of the plans, sequenced, converted as a whole to the delivery rate, and fit for a groove.

        `advance` is told the seconds that are mixed down, and may raise to stop; they are told at once where it was
        done for another deliverable.
        """
        left_s = [programme.frames / programme.rate_hz]
        origin, last = self._origins[_sequence_key(plan, programme)], _assembled_key(plan, programme)
        first = origin.key

        def sequence() -> Singles:
            for block in prefetch(assemble(origin.plan, origin.programme, mixes, self._compression)):
                passed_s = min(left_s[0], len(block) / programme.rate_hz)
                left_s[0] -= passed_s
                advance(passed_s)
                yield block.astype(np.float32)

        def finished() -> Singles:
            # What no other programme needs is not kept; the samples are the same either way.
            kept = first in self._made or self._needed[first] - {last}
            blocks = self._once(first, sequence, programme.rate_hz).samples() if kept else sequence()
            return _finished(plan, programme, _within(blocks, origin.start, programme))

        assembled = self._once(last, sequence if first == last else finished, plan.rate_hz)
        self._spare(last)
        advance(left_s[0])
        mono = mono_spans(plan, programme, mixes)
        return replace(assembled, mono=mono) if mono else assembled

    def compression_of(self, plan: Plan) -> tuple[GainReduction | None, ...]:
        """What the compressor took off each track of `plan`, once its programmes are assembled."""
        return compression_of(plan, self._compression)

    def done(self, plan: Plan) -> None:
        """Nothing more is asked for `plan`; should it be all the same, its programmes are made anew."""
        self._spare(id(plan))

    def _spare(self, user: int | str) -> None:
        with self._lock:
            for key, needed in self._needed.items():
                last = needed == {user}
                needed.discard(user)
                if last and key in self._made:
                    self._made.pop(key).remove()

    def _once(self, key: str, make: Callable[[], Singles], rate_hz: int) -> AssembledProgramme:
        with self._lock:
            lock = self._locks.setdefault(key, Lock())
        with lock:
            if key not in self._made:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._made[key] = self._kept(key, make, rate_hz)
            return self._made[key]

    def _kept(self, key: str, make: Callable[[], Singles], rate_hz: int) -> AssembledProgramme:
        """What `make` makes, on disk unless it is fleeting, sketched while it passes if a sketch of it is wanted."""
        path, is_fleeting = self._folder / f"{key[:16]}.float", key in self._fleeting
        samples = make if is_fleeting else SpooledStream(path, np.float32)
        blocks = make() if is_fleeting else tee_to_disk(path, make(), np.float32)
        kept: SpooledStream[np.float32] | None = None
        if key in self._floors:
            doubles = (block.astype(np.float64) for block in prefetch(blocks))
            figures = sketch(doubles, rate_hz, self._floors[key])
            kept = spool_to_disk(path.with_suffix(".sketch"), figures, np.float32, FIGURES)
        elif not is_fleeting:
            deque(blocks, maxlen=0)
        return AssembledProgramme(samples, kept)


def _origin(plan: Plan, programme: PlannedProgramme, wanted: Iterable[tuple[Plan, PlannedProgramme]]) -> _Origin:
    """The longest of all sequences that are wanted in which this one is found; itself if it is in no other."""
    found = [_Origin(plan, programme, 0)]
    for other, longer in wanted:
        start = _place(plan, programme, other, longer)
        if start is not None:
            found.append(_Origin(other, longer, start))
    return max(found, key=lambda origin: len(origin.programme.clips))  # of equals the first


def _place(plan: Plan, programme: PlannedProgramme, other: Plan, longer: PlannedProgramme) -> int | None:
    """From which frame of a longer sequence on the clips of `programme` are found sample for sample; None if nowhere.

    Nothing may run on over the ends of that stretch, where filters would hear it.
    """
    clips, tracks = longer.clips, [(clip.track, clip.pregap) for clip in longer.clips]
    opening = programme.clips[0].track, programme.clips[0].pregap
    if len(programme.clips) >= len(clips) or opening not in tracks:
        return None
    first = tracks.index(opening)
    last = first + len(programme.clips) - 1
    start = clips[first].start - programme.clips[0].start
    moved = tuple(clip.model_copy(update={"start": clip.start + start}) for clip in programme.clips)
    is_found = (
        start >= 0
        and programme.rate_hz == longer.rate_hz
        and moved == clips[first : last + 1]
        and all(plan.treatment_of(clip) == other.treatment_of(clip) for clip in moved)
        and all(
            clip.start + clip.length <= start and clip.start + clip.length < moved[0].start for clip in clips[:first]
        )
        and all(moved[-1].start + moved[-1].length < clip.start for clip in clips[last + 1 :])
    )
    return start if is_found else None


def _within(blocks: Singles, start: int, programme: PlannedProgramme) -> Singles:
    """`programme` out of a sequence in which it is found from frame `start` on; silence after its last clip."""
    last = programme.clips[-1]
    heard, position = last.start + last.length, -start
    for block in blocks:
        if -len(block) < position < heard:
            yield block[max(0, -position) : heard - position]
        position += len(block)
    if heard < programme.frames:
        yield np.zeros((programme.frames - heard, 2), np.float32)


def _sequence_key(plan: Plan, programme: PlannedProgramme) -> str:
    """One for all programmes of the same clips, treated alike."""
    treatments = [plan.treatment_of(clip).model_dump_json() for clip in programme.clips]
    return _key(programme.model_dump_json(), *treatments)


def _assembled_key(plan: Plan, programme: PlannedProgramme) -> str:
    """One for all that sound the same before their drive; the sequence's own where nothing more is done to it."""
    sequence, groove = _sequence_key(plan, programme), plan.profile.groove
    if plan.rate_hz == programme.rate_hz and groove is None:
        return sequence
    return _key(sequence, str(plan.rate_hz), groove.model_dump_json() if groove else "")


def _key(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _finished(plan: Plan, programme: PlannedProgramme, singles: Iterable[NDArray[np.float32]]) -> Singles:
    blocks: Iterator[Block] = (block.astype(np.float64) for block in singles)
    blocks = resample(blocks, programme.rate_hz, plan.rate_hz, programme.frames)
    for block in prefetch(conditioned(plan, blocks)):
        yield block.astype(np.float32)
