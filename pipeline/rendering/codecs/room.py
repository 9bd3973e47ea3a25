"""Room for codecs: every track is encoded, decoded and measured, and lowered where that goes over what is promised.

1. The noisiest codecs are asked about each track as the limiter leaves it. Where one is over, the track gets a ceiling
   that follows that codec's local noise (`pipeline.processors.dips`).
2. The drive is found with that: what the ceiling takes of the loudness, the drive gives back. Then it stays.
3. All codecs are asked, the noisy ones first. What is still over, since every change lets an encoder decide anew, is
   patched in its place, and those that were over are asked again before the others, until nothing is over by any of
   them. What is left after many passes, the audit finds.

One map lies over the programme, so a segue has no seam. Rounds are taken by all tracks together: nothing depends on
which of them was done first.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from formats import Layout
from formats.codecs import tracks_of
from pipeline.analysis.meters.loudness import LoudnessMeter, integrated_lufs
from pipeline.dsp.decibels import amplitude
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.dsp.types import Powers
from pipeline.plan.plan import Plan
from pipeline.processors.dips import HOPS_PER_S, Dips, reach
from pipeline.rendering.assembly_cache import AssembledProgramme
from pipeline.rendering.codecs.reading import CodecReading, Stretch, read_codecs
from pipeline.rendering.codecs.shaped import ShapedProgramme
from pipeline.rendering.codecs.track_room import TrackRoom, noisy
from pipeline.rendering.drive_search import Solution
from pipeline.rendering.finish import finish_of, limited
from pipeline.rendering.limiter_ceiling import MARGIN_DB
from pipeline.rendering.render import RenderedAlbum, attempt, drive_search
from pipeline.system.parallel import parallel_map, processors
from pipeline.system.progress import Advance
from pipeline.system.spool import spool_to_disk
from profiles.codecs import Codec

LOOK_S = 0.2  # between looks at whether the work was stopped
MANY = 3  # times as many tracks as processors keep them busy, and each is finished once for all of its codecs
_ENCODERS = BoundedSemaphore(processors())

Begin = Callable[[str, float], AbstractContextManager[Advance]]
"""Begins a piece of work of that name, of so many seconds of sound; what it yields is told of progress."""

Question = tuple[TrackRoom, Sequence[Codec]]
"""What these codecs make of a track."""


@dataclass(frozen=True)
class CodecRoom:
    """What one codec made of one track: its decoded true peak without room (where that was asked) and in the end.

    `passes` is how often the track was encoded, `lost_lu` the loudness that room for all codecs took of it.
    """

    track: int
    codec: Codec
    before_dbtp: float | None
    after_dbtp: float
    passes: int
    lost_lu: float


class Room(NamedTuple):
    """An album with room for codecs, the drive that it is at, what codecs make of it, and at which drive that was
    foreseen.
    """

    album: RenderedAlbum
    solution: Solution
    codecs: tuple[CodecRoom, ...]
    foreseen_drive_db: float


def make_room(plan: Plan, assembled: Sequence[AssembledProgramme], folder: Path, begin: Begin) -> Room:
    """The album with room for its profile's codecs, at the drive that then meets it.

    `folder` holds what must outlive it. Raises Refusal where a codec cannot be had.
    """
    work, search = _Work(plan, folder, begin), drive_search(plan, assembled)
    for number, drive_db in enumerate(search):
        if number == 0:
            foreseen_db = drive_db if plan.foreseen_drive_db is None else plan.foreseen_drive_db
            shaped = work.foresee(work.limited(assembled, foreseen_db))
        if number or drive_db != foreseen_db:
            shaped = work.limited(assembled, drive_db)
        album = RenderedAlbum(plan, drive_db, tuple(shaped))
        search.tell(attempt(album, work.heard(shaped)))
    shaped = work.patch(shaped)
    return Room(replace(album, rendered=tuple(shaped)), search.solution, work.rooms(shaped), foreseen_db)


class _Work:
    """The tracks of one album, and the dips of its programmes as far as they are found."""

    def __init__(self, plan: Plan, folder: Path, begin: Begin) -> None:
        self._plan, self._folder, self._begin = plan, folder, begin
        self._highest = amplitude(plan.profile.decoded_ceiling_dbtp - MARGIN_DB)
        self._tracks = [
            TrackRoom(track, number, stretch, plan.profile.checked_codecs)
            for number, layout in enumerate(plan.layouts)
            for track, stretch in _stretches(layout)
        ]
        self.dips: list[Dips] | None = None
        self._louder_lu = [0.0] * len(self._tracks)  # by how much each is louder once it is decoded
        folder.mkdir(parents=True, exist_ok=True)

    def limited(self, assembled: Sequence[AssembledProgramme], drive_db: float) -> list[ShapedProgramme]:
        """The programmes limited at a drive, with the dips that are known."""
        found = []
        for number, (programme, each) in enumerate(zip(self._plan.programmes, assembled, strict=True)):
            reduction = GainReduction()
            blocks = limited(self._plan, each, drive_db, reduction)
            stream = spool_to_disk(self._folder / f"limited-{number}.float", blocks, np.float32)
            finish = finish_of(self._plan, programme, each)
            dips = self.dips[number] if self.dips else Dips(np.empty(0, np.float32))
            found.append(ShapedProgramme(stream, self._plan.rate_hz, finish, reduction, dips))
        for track in self._tracks:
            track.changed()
        return found

    def foresee(self, shaped: Sequence[ShapedProgramme]) -> list[ShapedProgramme]:
        """The programmes with the ceilings that follow the noise of the noisiest codecs."""
        first = noisy(self._plan.profile.checked_codecs)
        self._ask(shaped, [(track, first) for track in self._tracks])
        if lossy := self._plan.profile.lossy:
            powers = self.powers(shaped)
            self._louder_lu = [
                _louder_lu(track.known[lossy].loudness_lufs, integrated_lufs(before))
                for track, before in zip(self._tracks, powers, strict=True)
            ]
        ceilings = [np.full(_hops(each), np.inf, np.float32) for each in shaped]
        for track in self._tracks:
            track.before_dbtp = {codec: reading.true_peak_dbtp for codec, reading in track.known.items()}
            if track.patch(self._highest):
                self._lay(ceilings[track.programme], track)
        self.dips = [Dips(each if np.isfinite(each).any() else np.empty(0, np.float32)) for each in ceilings]
        for track in self._tracks:
            if len(self.dips[track.programme].ceilings):
                track.changed()
        return self._with_dips(shaped)

    def _lay(self, ceilings: NDArray[np.float32], track: TrackRoom) -> None:
        found = track.foreseen(self._highest)
        first = track.stretch.start * HOPS_PER_S // track.stretch.rate_hz
        place = ceilings[first : first + len(found)]
        np.minimum(place, found[: len(place)], out=place, casting="same_kind")

    def patch(self, shaped: Sequence[ShapedProgramme]) -> list[ShapedProgramme]:
        """The programmes with patches, until no codec is over or enough was tried."""
        found = list(shaped)
        while due := [(track, codecs) for track in self._tracks if (codecs := track.due())]:
            self._ask(found, due)
            patches = [(track, patch) for track, _ in due if (patch := track.patch(self._highest))]
            for track, patch in patches:  # all are made first: one may reach into what another is known of
                track.patches.append(patch)
                self._changed_by(track)
            found = self._with_dips(found)
        self._ask(found, [(track, track.unknown) for track in self._tracks if track.unknown])
        return found

    def _changed_by(self, patched: TrackRoom) -> None:
        """The latest patch of a track changes it, and a neighbour that its edge reaches into."""
        frames, edge = patched.patches[-1].frames, reach(self._plan.rate_hz)
        for track in self._tracks:
            first, last = track.stretch.start - track.stretch.lead, track.stretch.stop + track.stretch.tail
            reached = first - edge <= frames[-1] and frames[0] < last + edge
            if track is patched or (track.programme == patched.programme and reached):
                track.changed()

    def _with_dips(self, shaped: Sequence[ShapedProgramme]) -> list[ShapedProgramme]:
        """The programmes with the ceilings, and the patches of all their tracks, in an order of their own."""
        dips = self.dips or []
        return [
            replace(
                each, dips=Dips(own.ceilings, tuple(p for t in self._tracks if t.programme == n for p in t.patches))
            )
            for n, (each, own) in enumerate(zip(shaped, dips, strict=True))
        ]

    def _ask(self, shaped: Sequence[ShapedProgramme], due: Sequence[Question]) -> None:
        """What codecs make of tracks, several side by side, the longest first."""
        questions = sorted(_shared_out(due), key=lambda each: -each[0].stretch.duration_s * len(each[1]))
        readings = parallel_map(partial(self._read, shaped), questions, processors())
        answers: dict[int, dict[Codec, CodecReading]] = {track.number: {} for track, _ in due}
        for (track, _), found in zip(questions, readings, strict=True):
            answers[track.number] |= found
        for track, _ in due:
            track.told(answers[track.number])

    def _read(self, shaped: Sequence[ShapedProgramme], question: Question) -> dict[Codec, CodecReading]:
        track, codecs = question
        folder = self._folder / "-".join([str(track.number), *(codec.name for codec in codecs)])
        folder.mkdir(exist_ok=True)
        titles = ", ".join(codec.title for codec in codecs)
        name = f"{self._plan.profile.name}: track {track.number}, pass {track.passes + 1}: {titles}"
        finished, bits = shaped[track.programme].stretch, self._plan.profile.pcm.bits
        with self._begin(name, track.stretch.duration_s * len(codecs)) as advance, _encoder(advance):
            return read_codecs(finished, bits, track.stretch, codecs, self._highest, folder, advance)

    def heard(self, shaped: Sequence[ShapedProgramme]) -> list[Powers]:
        """The power of each track's gating blocks as they are heard: of a lossy file once it is decoded, nearly."""
        gains = (10.0 ** (louder_lu / 10.0) for louder_lu in self._louder_lu)
        return [powers * gain for powers, gain in zip(self.powers(shaped), gains, strict=True)]

    def powers(self, shaped: Sequence[ShapedProgramme]) -> list[Powers]:
        """The power of each track's gating blocks, before it is quantised."""
        return list(parallel_map(lambda track: _powers(shaped[track.programme], track), self._tracks, processors()))

    def rooms(self, shaped: Sequence[ShapedProgramme]) -> tuple[CodecRoom, ...]:
        """What each codec made of each track, in the order of tracks and of the profile."""
        plain = [replace(each, dips=Dips(np.empty(0, np.float32))) for each in shaped]
        lost_lu = [
            _louder_lu(integrated_lufs(before), integrated_lufs(after))
            for before, after in zip(self.powers(plain), self.powers(shaped), strict=True)
        ]
        return tuple(
            CodecRoom(track.number, codec, track.before_dbtp.get(codec), track.latest[codec].true_peak_dbtp,
                      track.passes, lost)
            for track, lost in zip(self._tracks, lost_lu, strict=True)
            for codec in track.codecs
        )  # fmt: skip


def _stretches(layout: Layout) -> Iterator[tuple[int, Stretch]]:
    """Each track's number and stretch: as its lossy file is written, or as a service encodes it, which has no other."""
    if layout.codec:
        for track in tracks_of(layout):
            yield track.number, Stretch(track.start, track.stop, layout.rate_hz, track.lead, track.tail)
        return
    for mark, start, stop in layout.spans():
        yield mark.track, Stretch(start, stop, layout.rate_hz)


def _shared_out(due: Sequence[Question]) -> Sequence[Question]:
    """The same questions: a codec at a time where there are too few tracks for all processors to have work."""
    if len(due) >= MANY * processors():
        return due
    return [(track, (codec,)) for track, codecs in due for codec in codecs]


@contextmanager
def _encoder(advance: Advance) -> Iterator[None]:
    """One of the encoders that may be at work in this process: several deliverables share them."""
    while not _ENCODERS.acquire(timeout=LOOK_S):
        advance(0.0)
    try:
        yield
    finally:
        _ENCODERS.release()


def _hops(shaped: ShapedProgramme) -> int:
    return shaped.limited.frames * HOPS_PER_S // shaped.rate_hz + 1


def _powers(shaped: ShapedProgramme, track: TrackRoom) -> Powers:
    meter = LoudnessMeter(shaped.rate_hz)
    for block in shaped.floats(track.stretch.start, track.stretch.stop):
        meter.add(block)
    return meter.result().block_powers


def _louder_lu(one_lufs: float | None, other_lufs: float | None) -> float:
    """By how much one loudness lies over another; 0 where one of them is undefined."""
    return 0.0 if one_lufs is None or other_lufs is None else one_lufs - other_lufs
