"""One deliverable decided: its places, its level and its rate, from what was measured, with the reasons."""

from collections.abc import Iterator, Sequence
from itertools import chain

from albums import MANIFEST
from albums.faults import Fault, place, refuse
from pipeline.analysis.analysis import Analysis, known_lufs
from pipeline.matching.baseline import Baseline
from pipeline.matching.treatments import treat_pregap
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.plan.treatment import Treatment
from pipeline.sequencing.capacity import capacity_faults
from pipeline.sequencing.sample_rates import delivery_rate_hz, working_rate_hz
from pipeline.sequencing.sides_and_discs import parts_of
from pipeline.sequencing.spacing import Spacing
from pipeline.sequencing.timeline import build_programmes, transition_faults
from profiles import Profile

RELEASED = "Tone, level and dynamics are matched to the album as it was released, which signature.json keeps."


def plan_for(
    spacing: Spacing,
    profile: Profile,
    analyses: Sequence[Analysis],
    baseline: Baseline,
    treatments: tuple[Treatment, ...],
    *,
    frozen: bool = False,
) -> Plan:
    """The plan for one deliverable; raises Refusal when the album does not fit the profile.

    `treatments` are those of the album under `signature`, alike in every deliverable; `frozen` where that is the
    signature of the album as it was released, whatever the manifest says by now.
    """
    album, is_disc = spacing.album, profile.is_disc
    rate_hz = working_rate_hz((placed.source.mix.rate_hz, placed.source.duration_s) for placed in spacing.tracks)
    refuse(transition_faults(spacing, rate_hz))
    programmes = build_programmes(spacing, rate_hz, parts_of(spacing, profile, is_disc=is_disc), is_disc=is_disc)
    remarks = (
        *chain(*spacing.warnings),
        *capacity_faults(album, profile, programmes),
        *_hidden(spacing, is_disc=is_disc),
    )
    refuse(remarks)
    wished_hz = profile.pcm.rate_hz
    delivered_hz = delivery_rate_hz(rate_hz, profile.pcm.rates_hz) if wished_hz == "native" else wished_hz
    expected_db, why = _expected_drive_db(profile, treatments, analyses)
    drive_db = baseline.drives_db.get(profile.name)
    if drive_db is not None:
        why = f"The drive is that of the album as it was released, {drive_db:+.3f} dB: what was shipped stays as it is."
    return Plan(
        profile=profile,
        treatments=treatments,
        pregaps=tuple(
            treat_pregap(placed.source, treatment)
            for placed, treatment in zip(spacing.pregaps, treatments, strict=True)
            if placed
        ),
        programmes=programmes,
        rate_hz=delivered_hz,
        drive_db=drive_db,
        expected_drive_db=round(expected_db, 2),
        reduction_limit_db=album.intent.reduction_limit_db,
        dither_seed=baseline.dither_seed,
        signature=baseline.digest(),
        reasons=(
            why,
            *([RELEASED] if frozen else []),
            *_rate_reasons(spacing, rate_hz, delivered_hz),
            *_disc_reasons(spacing, programmes),
            *spacing.reasons,
            *(f"{remark}." for remark in remarks),
        ),
    )


def _hidden(spacing: Spacing, *, is_disc: bool) -> Iterator[Fault]:
    """A note where something stands before the first track and this deliverable cannot hold it there, or players do not
    all reach it.
    """
    if spacing.album.tracks[0].lead_in.mix:
        words = "stands before track 1, where a listener has to wind back to it; plants may ask whether it is meant"
        left_out = "is left out here: only a disc can hold something before its first track"
        yield Fault(place(MANIFEST, ["tracks", 0, "pregap"]), words if is_disc else left_out, "note")


def _disc_reasons(spacing: Spacing, programmes: Sequence[PlannedProgramme]) -> Iterator[str]:
    """Why there are several discs, and where the album is parted."""
    if len([programme for programme in programmes if programme.disc]) > 1:
        turns = ", ".join(str(programme.marks[0].track) for programme in programmes[1:])
        given = any(track.disc for track in spacing.album.tracks)
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


def _rate_reasons(spacing: Spacing, rate_hz: int, delivered_hz: int) -> Iterator[str]:
    for number, placed in enumerate(spacing.tracks, start=1):
        if placed.source.mix.rate_hz != rate_hz:
            yield f"Track {number} is converted from {placed.source.mix.rate_hz} to {rate_hz} Hz, the album's rate."
    if delivered_hz != rate_hz:
        yield f"The sequenced programme is converted from {rate_hz} to {delivered_hz} Hz before anything is cut."
