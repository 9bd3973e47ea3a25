"""Every decision about an album as data, each with its reason: pure, without audio, clock or chance.

A plan is written beside its deliverable, may be edited by hand, and is rendered as it stands: that is the way to
overrule the machine.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from albums import Frozen
from albums.shown import Shown
from formats import FRAMES_PER_SECOND, Layout
from pipeline.dsp.gain_reduction import GainReduction
from pipeline.plan.dither_seed import DitherSeed
from pipeline.plan.sequence import Clip, DeliveryRate, PlannedProgramme, some
from pipeline.plan.treatment import Treatment, is_none
from profiles import Profile

PLAN = "plan.json"
MOST_DRIVE_DB = 300.0  # what makes up for cuts set by hand, whatever they leave; samples still fit single precision
Drive = Annotated[float, Field(ge=-MOST_DRIVE_DB, le=MOST_DRIVE_DB)]


class Plan(Frozen):
    """All decisions for one deliverable."""

    version: Literal[1] = 1
    """The version of this form of plans."""
    profile: Profile
    """The profile that it was made for, as a whole."""
    treatments: tuple[Treatment, ...]
    """What is done to each track's mix, in the order of the album."""
    pregaps: tuple[Treatment, ...] = ()
    """The treatments of what stands before index 1 of some tracks, in order, even if the deliverable cannot hold it."""
    programmes: Annotated[tuple[PlannedProgramme, ...], AfterValidator(some), Shown(minItems=1)]
    """Where everything is placed: a programme for each disc or side, or one for all tracks."""
    rate_hz: DeliveryRate
    """The sample rate of delivery, in Hz."""
    drive_db: Drive | None = None
    """The gain of the album before its limiter, in dB: -300 to 300. Where it is null, the drive that meets the
    profile's loudness or peak is searched for; a number is used as it is, and the loudness results from it."""
    foreseen_drive_db: Annotated[Drive | None, Field(exclude_if=is_none)] = None
    """The drive at which room for codecs is foreseen, in dB. Without it, that is the first one that is tried."""
    expected_drive_db: Annotated[float, Field(ge=-200.0, le=200.0)]
    """The drive that the measurements foretell, in dB: it is told, and not rendered."""
    reduction_limit_db: Annotated[float, Field(ge=0.0, le=24.0)]
    """The most that the limiter takes off in the worst second, in dB: 0 to 24."""
    moment_limit_db: Annotated[float | None, Field(ge=0.0, le=24.0, exclude_if=is_none)] = None
    """No moment is reduced by more, in dB: music of wide range keeps its peaks. Without it, the worst second alone
    counts."""
    dither_seed: DitherSeed
    """The seed of the dither, a number of 63 bits, as text: other seeds give other noise of the same kind."""
    signature: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    """SHA-256 of the baseline that the treatments rest on: a plan with another is of another album."""
    reasons: tuple[str, ...]
    """Why the album as a whole is treated as it is, in sentences; they are read by people alone."""

    @property
    def all_treatments(self) -> tuple[Treatment, ...]:
        """What is done to each mix, then to each recording before an index 1: in the order that mixes are given in."""
        return (*self.treatments, *self.pregaps)

    @property
    def uncounted(self) -> frozenset[int]:
        """The numbers of the tracks that have no part in the album's level; 0 is what is hidden before the first."""
        hidden = {0 for treatment in self.pregaps if treatment.track == 1 and treatment.without_loudness}
        return frozenset({treatment.track for treatment in self.treatments if treatment.without_loudness} | hidden)

    @property
    def joined(self) -> frozenset[int]:
        """The numbers of the tracks that follow the one before them without silence: butted, or overlapping."""
        return frozenset[int]().union(*(programme.joined for programme in self.programmes))

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """The layout of each programme as it is delivered."""
        pcm, codec = self.profile.pcm, self.profile.codec
        name = codec.name if codec else ""
        laid = (programme.layout(self.rate_hz, pcm.bits, name) for programme in self.programmes)
        id3 = self.profile.tags.id3 if self.profile.tags else "2.4"
        names = self.profile.files.names if self.profile.files else ""
        return tuple(replace(layout, id3=id3, names=names) for layout in laid)

    @property
    def sound_s(self) -> float:
        """How long all its programmes last together, in seconds."""
        return sum(programme.cd_frames for programme in self.programmes) / FRAMES_PER_SECOND

    def mix_number(self, clip: Clip) -> int:
        """Which of the mixes, from 0, a clip is part of, and which of `all_treatments` is done to it."""
        if not clip.pregap:
            return clip.track - 1
        return len(self.treatments) + [treatment.track for treatment in self.pregaps].index(clip.track)

    def treatment_of(self, clip: Clip) -> Treatment:
        """What is done to the mix that a clip is part of."""
        return self.all_treatments[self.mix_number(clip)]

    def counted_db(self, reductions: Iterable[GainReduction]) -> float:
        """The gain reduction that is held to `reduction_limit_db`: of the worst second of all programmes.

        Where moments are limited too, the worst of them counts by how far it is from its own limit.
        """
        worst = [0.0]
        for reduction in reductions:
            worst.append(reduction.worst_second()[0])
            if self.moment_limit_db is not None:
                highest_db = max(reduction.maximum_db, default=0.0)
                worst.append(highest_db - self.moment_limit_db + self.reduction_limit_db)
        return max(worst)

    @property
    def held_by(self) -> str:
        """What keeps the programme under its profile's loudness, where more drive would reduce it by too much."""
        if self.moment_limit_db is None:
            return f"reduction_limit_db = {self.reduction_limit_db:g}"
        return f'loudness = "auto": its range is wide, no moment is reduced by more than {self.moment_limit_db:g} dB'

    @property
    def seeks_drive(self) -> bool:
        """Whether the drive is to be found from the loudness that it makes."""
        return self.drive_db is None and self.profile.level.target_lufs is not None

    def json_text(self) -> str:
        """The plan as it is written to plan.json."""
        return self.model_dump_json(indent=1) + "\n"
