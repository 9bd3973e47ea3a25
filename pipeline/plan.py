"""Every decision about an album as data, each with its reason: pure, without audio, clock or chance.

A plan is written beside its deliverable, may be edited by hand, and is rendered as it stands: that is the way to
overrule the machine.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from albums import MANIFEST, Frozen
from albums.faults import Fault, place, refuse
from pipeline.analysis import Analysis
from pipeline.arrangement import arrange, joint_faults
from pipeline.layout import layout_faults
from pipeline.parts import parts_of
from pipeline.run import known_lufs
from pipeline.runningorder import RunningOrder
from pipeline.sequence import Clip, DeliveryRate, Programme, delivery_rate_hz, some, working_rate_hz
from pipeline.signature import Signature
from pipeline.treatment import Decibels, Treatment, treat_pregap
from profiles import Profile

PLAN = "plan.json"
RELEASED = "Tone, level and dynamics are matched to the album as it was released, which signature.json keeps."


class Plan(Frozen):
    """One deliverable, decided.

    `drive_db` null has the render find the drive that meets the profile's loudness or peak; a number is used as it is,
    and then the loudness is whatever comes of it. `expected_drive_db` is what the measurements predict.
    """

    version: Literal[1] = 1
    profile: Profile
    treatments: tuple[Treatment, ...]
    pregaps: tuple[Treatment, ...] = ()
    """Of what stands before index 1 of some tracks, in their order, whether this deliverable can hold it or not."""
    programmes: Annotated[tuple[Programme, ...], AfterValidator(some)]
    rate_hz: DeliveryRate
    drive_db: Decibels | None = None
    expected_drive_db: Annotated[float, Field(ge=-200.0, le=200.0)]
    reduction_limit_db: Annotated[float, Field(ge=0.0, le=24.0)]
    dither_seed: Annotated[int, Field(ge=0, lt=2**63)]
    signature: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    """SHA-256 of what the treatments rest on: plans with another are of another album."""
    reasons: tuple[str, ...]

    @property
    def takes(self) -> tuple[Treatment, ...]:
        """What is done to each mix, then to each recording before an index 1: in the order that mixes are given in."""
        return (*self.treatments, *self.pregaps)

    def take(self, clip: Clip) -> int:
        """Which of `takes`, from 0, a clip is."""
        if not clip.pregap:
            return clip.track - 1
        return len(self.treatments) + [treatment.track for treatment in self.pregaps].index(clip.track)

    def json_text(self) -> str:
        """The plan as it is written to plan.json."""
        return self.model_dump_json(indent=1) + "\n"


def decide(
    order: RunningOrder,
    profile: Profile,
    analyses: Sequence[Analysis],
    signature: Signature,
    treatments: tuple[Treatment, ...],
    *,
    frozen: bool = False,
) -> Plan:
    """The plan for one deliverable; raises Refusal when the album does not fit the profile.

    `treatments` are those of the album under `signature`, alike in every deliverable; `frozen` where that is the
    signature of the album as it was released, whatever the manifest says by now.
    """
    album, is_disc = order.album, profile.is_disc
    rate_hz = working_rate_hz((laid.source.mix.rate_hz, laid.source.duration_s) for laid in order.tracks)
    refuse(joint_faults(order, rate_hz))
    programmes = arrange(order, rate_hz, parts_of(order, profile, is_disc=is_disc), is_disc=is_disc)
    remarks = (*chain(*order.warnings), *layout_faults(album, profile, programmes), *_hidden(order, is_disc=is_disc))
    refuse(remarks)
    wished_hz = profile.pcm.rate_hz
    delivered_hz = delivery_rate_hz(rate_hz, profile.pcm.rates_hz) if wished_hz == "native" else wished_hz
    expected_db, why = _expected_drive_db(profile, treatments, analyses)
    drive_db = signature.drives_db.get(profile.name)
    if drive_db is not None:
        why = f"The drive is that of the album as it was released, {drive_db:+.3f} dB: what was shipped stays as it is."
    return Plan(
        profile=profile,
        treatments=treatments,
        pregaps=tuple(
            treat_pregap(laid.source, treatment)
            for laid, treatment in zip(order.pregaps, treatments, strict=True)
            if laid
        ),
        programmes=programmes,
        rate_hz=delivered_hz,
        drive_db=drive_db,
        expected_drive_db=round(expected_db, 2),
        reduction_limit_db=album.intent.reduction_limit_db,
        dither_seed=signature.dither_seed,
        signature=signature.digest(),
        reasons=(
            why,
            *([RELEASED] if frozen else []),
            *_rate_reasons(order, rate_hz, delivered_hz),
            *_disc_reasons(order, programmes),
            *order.reasons,
            *(f"{remark}." for remark in remarks),
        ),
    )


def _hidden(order: RunningOrder, *, is_disc: bool) -> Iterator[Fault]:
    """A note where something stands before the first track and this deliverable cannot hold it there, or players do not
    all reach it.
    """
    if order.album.tracks[0].lead_in.mix:
        words = "stands before track 1, where a listener has to wind back to it; plants may ask whether it is meant"
        left_out = "is left out here: only a disc can hold something before its first track"
        yield Fault(place(MANIFEST, ["tracks", 0, "pregap"]), words if is_disc else left_out, "note")


def _disc_reasons(order: RunningOrder, programmes: Sequence[Programme]) -> Iterator[str]:
    """Why there are several discs, and where the album is parted."""
    if len([programme for programme in programmes if programme.disc]) > 1:
        turns = ", ".join(str(programme.marks[0].track) for programme in programmes[1:])
        given = any(track.disc for track in order.album.tracks)
        why = "as the manifest has it" if given else "the fewest that hold the album"
        yield f"{len(programmes)} discs, {why}: parted before track {turns}."


def _expected_drive_db(
    profile: Profile, treatments: Sequence[Treatment], analyses: Sequence[Analysis]
) -> tuple[float, str]:
    level = profile.level
    if level.target_lufs is None:
        peak = max(a.true_peak.true_peak_dbtp + t.gain_db for t, a in zip(treatments, analyses, strict=True))
        why = f"No loudness target: the highest true peak stands at {level.ceiling_dbtp:g} dBTP, nothing is limited."
        return level.ceiling_dbtp - peak, why
    louds = [known_lufs(a.loudness.integrated_lufs) + t.gain_db for t, a in zip(treatments, analyses, strict=True)]
    loudest = max(range(len(louds)), key=louds.__getitem__)
    who = f"track {loudest + 1}, the loudest," if level.anchor == "loudest-track" else "the album as a whole"
    target = f"{level.target_lufs:g} LUFS under {level.ceiling_dbtp:g} dBTP"
    why = f"One drive for all tracks, so that {who} stands at {target}."
    return level.target_lufs - louds[loudest], why


def _rate_reasons(order: RunningOrder, rate_hz: int, delivered_hz: int) -> Iterator[str]:
    for number, laid in enumerate(order.tracks, start=1):
        if laid.source.mix.rate_hz != rate_hz:
            yield f"Track {number} is converted from {laid.source.mix.rate_hz} to {rate_hz} Hz, the album's rate."
    if delivered_hz != rate_hz:
        yield f"The sequenced programme is converted from {rate_hz} to {delivered_hz} Hz before anything is cut."
