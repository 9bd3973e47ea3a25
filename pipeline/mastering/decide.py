"""One deliverable decided: its places, its level and its rate, from what was measured, with the reasons."""

from collections.abc import Iterator, Sequence
from itertools import chain

from albums import MANIFEST, Intent
from albums.faults import Fault, place, refuse
from formats import FRAMES_PER_SECOND
from pipeline.analysis.analysis import Analysis, anchored_lufs, known_lufs
from pipeline.dsp.decibels import amplitude
from pipeline.matching.baseline import Baseline
from pipeline.matching.loudness import Restraint, restraint
from pipeline.matching.treatments import treat_pregap
from pipeline.plan.plan import Plan
from pipeline.plan.sequence import PlannedProgramme
from pipeline.plan.treatment import Treatment
from pipeline.sequencing.capacity import capacity_faults
from pipeline.sequencing.sample_rates import delivery_rate_hz, upsampling_faults, working_rate_hz
from pipeline.sequencing.sides_and_discs import parts_of
from pipeline.sequencing.spacing import Spacing
from pipeline.sequencing.timeline import LEAD, build_programmes, transition_faults
from profiles import Profile

LEAST_UNDER_LU = 0.1  # staying under a loudness by less is not told beforehand
RELEASED_DRIVE = (
    "The drive is that of the album as it was released, {drive_db:+.3f} dB: what was shipped stays as it is."
)
RELEASED = "Tone, level and dynamics are matched to the album as it was released, which signature.json keeps."


def plan_for(
    spacing: Spacing,
    profile: Profile,
    analyses: Sequence[Analysis],
    baseline: Baseline,
    treatments: tuple[Treatment, ...],
    pregaps: Sequence[Analysis] = (),
    *,
    frozen: bool = False,
) -> Plan:
    """The plan for one deliverable; raises Refusal when the album does not fit the profile.

    `treatments` are those under `baseline`, alike in every deliverable; `pregaps` are the recordings before an index 1,
    measured; `frozen` where that is the baseline of the album as it was released, whatever the manifest says by now.
    """
    rate_hz, drive_db = _rate_hz(spacing, analyses), baseline.drives_db.get(profile.name)
    programmes = _programmes(spacing, profile, rate_hz)
    delivered_hz = _delivered_hz(profile, rate_hz)
    remarks = _remarks(spacing, profile, programmes, delivered_hz, analyses)
    restrained = restraint(spacing.album.intent, profile.level, treatments, analyses, baseline.range_lu)
    expected_db, why = _expected_drive_db(profile, treatments, analyses, restrained)
    return Plan(
        profile=profile,
        treatments=treatments,
        pregaps=tuple(_pregaps(spacing, treatments, pregaps)),
        programmes=programmes,
        rate_hz=delivered_hz,
        drive_db=drive_db,
        foreseen_drive_db=baseline.foreseen_drives_db.get(profile.name),
        expected_drive_db=round(expected_db, 2),
        reduction_limit_db=restrained.worst_second_db,
        moment_limit_db=restrained.moment_db,
        dither_seed=baseline.dither_seed,
        signature=baseline.digest(),
        reasons=(
            *_level_reasons(why, restrained, drive_db, frozen=frozen),
            *(*_rate_reasons(spacing, rate_hz, delivered_hz), *_disc_reasons(spacing, programmes)),
            *(*_pause_reasons(programmes), *spacing.reasons, *(f"{remark}." for remark in remarks)),
        ),
    )


def _rate_hz(spacing: Spacing, analyses: Sequence[Analysis]) -> int:
    """The album's working rate: the music's own, whatever silence beside it runs at."""
    music = [source for source, analysis in zip(spacing.sources, analyses, strict=True) if analysis.has_loudness]
    return working_rate_hz((source.mix.rate_hz, source.duration_s) for source in music)


def _programmes(spacing: Spacing, profile: Profile, rate_hz: int) -> tuple[PlannedProgramme, ...]:
    """Where everything stands; raises Refusal where overlaps, fades or indexes do not fit the music."""
    refuse(transition_faults(spacing, rate_hz))
    parts = parts_of(spacing, profile, is_disc=profile.is_disc)
    return build_programmes(spacing, rate_hz, parts, is_disc=profile.is_disc)


def _remarks(
    spacing: Spacing,
    profile: Profile,
    programmes: Sequence[PlannedProgramme],
    delivered_hz: int,
    analyses: Sequence[Analysis],
) -> tuple[Fault, ...]:
    """What is to be told of how the mixes meet, of lengths, of rates, and of what stands before the first track.

    Raises Refusal where any of it keeps the album from fitting the profile.
    """
    capacity = capacity_faults(spacing.album, profile, programmes)
    rates = upsampling_faults(profile, delivered_hz, spacing.sources, analyses)
    remarks = (*chain(*spacing.warnings), *capacity, *rates, *_hidden(spacing, is_disc=profile.is_disc))
    refuse(remarks)
    return remarks


def _delivered_hz(profile: Profile, rate_hz: int) -> int:
    wished_hz = profile.pcm.rate_hz
    return delivery_rate_hz(rate_hz, profile.pcm.rates_hz) if wished_hz == "native" else wished_hz


def _pregaps(spacing: Spacing, treatments: Sequence[Treatment], analyses: Sequence[Analysis]) -> Iterator[Treatment]:
    """What is done to the recordings before an index 1, in the order of their tracks."""
    measured = iter(analyses)
    for placed, treatment in zip(spacing.pregaps, treatments, strict=True):
        if placed:
            yield treat_pregap(placed.source, treatment, next(measured, None))


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


def _level_reasons(why: str, restrained: Restraint, drive_db: float | None, *, frozen: bool) -> Iterator[str]:
    """Why the programme is as loud as it is: `drive_db` is the drive of the album as it was released, if it was."""
    yield why if drive_db is None else RELEASED_DRIVE.format(drive_db=drive_db)
    if frozen:
        yield RELEASED
    if restrained.reason and drive_db is None:
        yield restrained.reason


def _pause_reasons(programmes: Sequence[PlannedProgramme]) -> Iterator[str]:
    """Why a pause is told shorter than the gap that was wished, where there is one."""
    pauses = [
        mark.cd_frame - mark.pause_cd_frame
        for programme in programmes
        for mark in programme.marks[1:]
        if mark.pause_cd_frame is not None
    ]
    if any(pauses):
        lead_s, gap_s = LEAD / FRAMES_PER_SECOND, Intent().gap_s
        yield (
            f"A gap is what is heard, a pause lasts from mark to mark: marks stand {lead_s:.2f} s before their music, "
            f"so that gap_s = {gap_s} is a pause of {float(gap_s) - lead_s:.2f} s."
        )


def _expected_drive_db(
    profile: Profile, treatments: Sequence[Treatment], analyses: Sequence[Analysis], restrained: Restraint
) -> tuple[float, str]:
    level = profile.level
    peak = max(a.true_peak.true_peak_dbtp + t.gain_db for t, a in zip(treatments, analyses, strict=True))
    if level.target_lufs is None:
        why = f"No loudness target: the highest true peak stands at {level.ceiling_dbtp:g} dBTP, nothing is limited."
        return level.ceiling_dbtp - peak, why
    louds = {
        t.track: known_lufs(a.loudness.integrated_lufs) + t.gain_db
        for t, a in zip(treatments, analyses, strict=True)
        if a.has_loudness
    }
    loudest = max(louds, key=louds.__getitem__)
    who = f"track {loudest}, the loudest," if level.anchor == "loudest-track" else "the album as a whole"
    target = f"{level.target_lufs:g} LUFS under {level.ceiling_dbtp:g} dBTP"
    why = f"One drive for all tracks, so that {who} stands at {target}."
    wanted_db = level.target_lufs - louds[loudest]
    if level.anchor == "album":
        wanted_db += level.target_lufs - _album_lufs(treatments, analyses, wanted_db)
    gentle_db = wanted_db if restrained.moment_db is None else level.ceiling_dbtp + restrained.moment_db - peak
    if gentle_db < wanted_db - LEAST_UNDER_LU:
        why += f" It stays about {wanted_db - gentle_db:.1f} LU under that, as its peaks are kept."
    return min(wanted_db, gentle_db), why


def _album_lufs(treatments: Sequence[Treatment], analyses: Sequence[Analysis], drive_db: float) -> float:
    """The loudness of all tracks together when driven, for what counts is what passes the gate as it is delivered."""
    powers = [
        a.loudness.block_powers * amplitude(t.gain_db + drive_db) ** 2
        for t, a in zip(treatments, analyses, strict=True)
        if a.has_loudness
    ]
    return known_lufs(anchored_lufs(powers, pooled=True))


def _rate_reasons(spacing: Spacing, rate_hz: int, delivered_hz: int) -> Iterator[str]:
    for number, placed in enumerate(spacing.tracks, start=1):
        own_hz = placed.source.mix.own.rate_hz
        if own_hz != rate_hz:
            yield f"Track {number} is converted from {own_hz} to {rate_hz} Hz, the album's rate."
    if delivered_hz != rate_hz:
        yield f"The sequenced programme is converted from {rate_hz} to {delivered_hz} Hz before anything is cut."
