"""Where everything is placed: gaps, overlaps, sides and marks, in whole frames, the same for every deliverable.

Clips are placed to the sample at the album's working rate. Marks and lengths stand on the grid of 1/75 s (IEC 60908),
which is a whole number of samples at every rate that is delivered, so a CD and a download split at the same places.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from albums import Frozen
from albums.shown import Shown
from formats import FRAMES_PER_SECOND, Layout, Mark

Frames = Annotated[int, Field(ge=0)]
DeliveryRate = Annotated[int, Field(ge=44100, le=192000, multiple_of=FRAMES_PER_SECOND)]
Item = TypeVar("Item")
CrossfadeLaw = Literal["equal-power", "equal-gain", "correlated"]


def some(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """`items` as they are; raises ValueError when there are none."""
    if not items:
        raise ValueError("is empty; wanted one or more")
    return items


class Clip(Frozen):
    """One mix in a sequence: where it starts, how long it is, how far it overlaps the clip before it, its fades.

    All lengths are frames at the programme's rate.
    """

    track: Annotated[int, Field(ge=1)]
    """The track's number on the album, from 1."""
    pregap: bool = False
    """Whether it is what stands before index 1 of its track, and not the track's own mix."""
    start: Frames
    """Where it starts in the programme, in frames."""
    length: Annotated[int, Field(ge=1)]
    """How long it is, in frames."""
    overlap: Frames = 0
    """How far it overlaps the clip before it, in frames; 0 for none."""
    shape: CrossfadeLaw = "equal-power"
    """How the two are faded where they overlap; "correlated" goes by the correlation."""
    correlation: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """How alike the two are where they overlap: 0, not at all, to 1."""
    fade_in: Frames = 0
    """A fade of its beginning, in frames; 0 for none."""
    fade_out: Frames = 0
    """A fade of its end, in frames; 0 for none."""


class CdMark(Frozen):
    """A track's mark, the start of the pause before it if there is one, its further indexes: in CD frames of 1/75 s."""

    track: Annotated[int, Field(ge=1)]
    """The track's number on the album, from 1."""
    cd_frame: Frames
    """Where the track begins in the programme, in CD frames of 1/75 s."""
    pause_cd_frame: Frames | None = None
    """Where the pause before it begins, in CD frames. Where it is null, there is none."""
    index_cd_frames: tuple[Frames, ...] = ()
    """Its further indexes, in CD frames."""


class PlannedProgramme(Frozen):
    """One disc, one file set or one side: clips in samples at `rate_hz`, marks and length in CD frames."""

    side: str = ""
    """The letter of a record's side; "" where there is none."""
    disc: Annotated[int, Field(ge=0, le=99)] = 0
    """The number of a disc where there are several, else 0."""
    rate_hz: DeliveryRate
    """The rate that the album is mixed down at, in Hz."""
    cd_frames: Annotated[int, Field(ge=1)]
    """How long it is, in CD frames of 1/75 s."""
    clips: Annotated[tuple[Clip, ...], AfterValidator(some), Shown(minItems=1)]
    """What is heard, in order."""
    marks: Annotated[tuple[CdMark, ...], AfterValidator(some), Shown(minItems=1)]
    """Where tracks begin, in order."""

    @property
    def frames(self) -> int:
        """The length in samples at the working rate."""
        return self.cd_frames * self.rate_hz // FRAMES_PER_SECOND

    @property
    def tracks(self) -> tuple[Clip, ...]:
        """The clips that are tracks' own mixes, one for each mark."""
        return tuple(clip for clip in self.clips if not clip.pregap)

    @property
    def part(self) -> str:
        """What it is called where there are several: "side A", "disc 2"; empty where it is the only one."""
        return self.layout(self.rate_hz, 24).part

    @property
    def joined(self) -> frozenset[int]:
        """The numbers of the tracks that follow the one before them without silence: butted, or overlapping."""
        pairs = pairwise(self.clips)
        return frozenset(
            later.track
            for earlier, later in pairs
            if later.track > earlier.track and later.start <= earlier.start + earlier.length
        )

    def layout(self, rate_hz: int, bits: int, codec: str = "") -> Layout:
        """The programme as delivered at `rate_hz`, a multiple of 75 Hz, encoded by `codec` if there is one."""
        unit, joined = rate_hz // FRAMES_PER_SECOND, self.joined
        marks = tuple(
            Mark(
                m.track,
                m.cd_frame * unit,
                None if m.pause_cd_frame is None else m.pause_cd_frame * unit,
                tuple(frame * unit for frame in m.index_cd_frames),
                m.track in joined,
            )
            for m in self.marks
        )
        return Layout(rate_hz, bits, self.cd_frames * unit, marks, self.side, self.disc, codec)


@dataclass(frozen=True)
class SideOrDisc:
    """Which programme a track is on: the letter of a side, or the number of one disc of several."""

    side: str = ""
    disc: int = 0
