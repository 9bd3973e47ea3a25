"""Every decision about an album as data, each with its reason: pure, without audio, clock or chance.

A plan is written beside its deliverable, may be edited by hand, and is rendered as it stands: that is the way to
overrule the machine.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from albums import Album, Frozen
from albums.faults import refuse
from pipeline.analysis import Analysis
from pipeline.ingest import Source
from pipeline.layout import layout_faults
from pipeline.process.resample import resampled_length
from pipeline.run import known_lufs
from pipeline.sequence import DeliveryRate, Programme, arrange, delivery_rate_hz, joint_faults, some, working_rate_hz
from pipeline.sides import allot
from pipeline.signature import Signature
from pipeline.treatment import Decibels, Treatment
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
    programmes: Annotated[tuple[Programme, ...], AfterValidator(some)]
    rate_hz: DeliveryRate
    drive_db: Decibels | None = None
    expected_drive_db: Annotated[float, Field(ge=-200.0, le=200.0)]
    reduction_limit_db: Annotated[float, Field(ge=0.0, le=24.0)]
    dither_seed: Annotated[int, Field(ge=0, lt=2**63)]
    signature: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    """SHA-256 of what the treatments rest on: plans with another are of another album."""
    reasons: tuple[str, ...]

    def json_text(self) -> str:
        """The plan as it is written to plan.json."""
        return self.model_dump_json(indent=1) + "\n"


def decide(
    album: Album,
    profile: Profile,
    used: Sequence[Source],
    analyses: Sequence[Analysis],
    correlations: Sequence[float | None],
    signature: Signature,
    treatments: tuple[Treatment, ...],
    *,
    frozen: bool = False,
) -> Plan:
    """The plan for one deliverable; raises Refusal when the album does not fit the profile.

    `treatments` are those of the album under `signature`, alike in every deliverable; `frozen` where that is the
    signature of the album as it was released, whatever the manifest says by now.
    """
    rate_hz = working_rate_hz((source.mix.rate_hz, source.duration_s) for source in used)
    lengths = [resampled_length(s.stop - s.start, s.mix.rate_hz, rate_hz) for s in used]
    refuse(joint_faults(album, lengths, rate_hz))
    maximum_s = profile.layout.maximum_programme_s or float("inf")
    sides = allot(album, _spans_s(album, lengths, rate_hz), maximum_s) if profile.layout.sides else [""] * len(lengths)
    programmes = arrange(album, lengths, rate_hz, correlations, sides)
    remarks = tuple(layout_faults(album, profile, programmes))
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
            *_rate_reasons(used, rate_hz, delivered_hz),
            *(f"{remark}." for remark in remarks),
        ),
    )


def _spans_s(album: Album, lengths: Sequence[int], rate_hz: int) -> list[float]:
    """What each track adds to a side: its length and the gap before it, less what it overlaps."""
    return [
        length / rate_hz + (album.gap_before_s(n) if not track.crossfade_s else -track.crossfade_s)
        for n, (track, length) in enumerate(zip(album.tracks, lengths, strict=True), start=1)
    ]


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


def _rate_reasons(used: Sequence[Source], rate_hz: int, delivered_hz: int) -> Iterator[str]:
    for number, source in enumerate(used, start=1):
        if source.mix.rate_hz != rate_hz:
            yield f"Track {number} is converted from {source.mix.rate_hz} to {rate_hz} Hz, the album's rate."
    if delivered_hz != rate_hz:
        yield f"The sequenced programme is converted from {rate_hz} to {delivered_hz} Hz before anything is cut."
