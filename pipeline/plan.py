"""Every decision about an album as data, each with its reason: pure, without audio, clock or chance.

A plan is written beside its deliverable, may be edited by hand, and is rendered as it stands: that is the way to
overrule the machine.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, Field

from albums import Album, Frozen, Text
from albums.faults import refuse
from pipeline import balance, tone
from pipeline.analysis import Analysis
from pipeline.ingest import HIGHEST_RATE_HZ, LOWEST_RATE_HZ, Source
from pipeline.layout import layout_faults
from pipeline.measure.loudness import loud_end_lufs
from pipeline.measure.spectrum import loudness_change_lu
from pipeline.process.equaliser import Band, response_db
from pipeline.process.resample import resampled_length
from pipeline.sequence import DeliveryRate, Programme, arrange, delivery_rate_hz, joint_faults, some, working_rate_hz
from pipeline.sides import allot
from profiles import Profile

PLAN = "plan.json"
MOST_BANDS = 16  # a guard: more than any hand sets; all at their highest, samples still fit single precision
Decibels = Annotated[float, Field(ge=-60.0, le=60.0)]
Offset = Annotated[float, Field(ge=-100.0, le=100.0)]  # as high as the samples of a mix may go


class EqBand(Frozen):
    """One band of a track's equaliser, as `pipeline.process.equaliser.Band`, within bounds a hand may set."""

    kind: Literal["bell", "low-shelf", "high-shelf"]
    frequency_hz: Annotated[float, Field(ge=10.0, le=20000.0)]
    gain_db: Annotated[float, Field(ge=-24.0, le=24.0)]
    q: Annotated[float, Field(ge=0.1, le=20.0)]

    def band(self) -> Band:
        """The band as the equaliser takes it."""
        return Band(self.kind, self.frequency_hz, self.gain_db, self.q)


class Treatment(Frozen):
    """What is done to one mix: the stretch used (frames at its own rate), DC removed, bands, gain, and why."""

    track: Annotated[int, Field(ge=1)]
    title: Text
    mix_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    rate_hz: Annotated[int, Field(ge=LOWEST_RATE_HZ, le=HIGHEST_RATE_HZ)]
    start: Annotated[int, Field(ge=0)]
    stop: Annotated[int, Field(ge=1)]
    dc_offset: tuple[Offset, Offset]
    bands: Annotated[tuple[EqBand, ...], Field(max_length=MOST_BANDS)]
    gain_db: Decibels
    reasons: tuple[str, ...]


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
    reasons: tuple[str, ...]

    def json_text(self) -> str:
        """The plan as it is written to plan.json."""
        return self.model_dump_json(indent=1) + "\n"


def treat(album: Album, used: Sequence[Source], analyses: Sequence[Analysis]) -> tuple[Treatment, ...]:
    """Tone and level of every track: from the album and its analyses only, so alike in every deliverable.

    Tracks without a gap between them are one performance: they get one equaliser and one gain, or the joint would show.
    """
    runs = list(_runs(album))
    durations_s = [source.duration_s for source in used]
    spectra = [tone.joined([analyses[n].spectrum for n in run], [durations_s[n] for n in run]) for run in runs]
    louds = [_loud_end_lufs([analyses[n] for n in run]) for run in runs]
    centre = tone.centre_db(spectra, [sum(durations_s[n] for n in run) for run in runs])
    level = balance.centre_lufs(louds)
    treatments = list[Treatment]()
    for run, spectrum, loud_lufs in zip(runs, spectra, louds, strict=True):
        rate_hz = used[run[0]].mix.rate_hz
        offset, offset_reasons = _offset([analyses[n] for n in run], [durations_s[n] for n in run])
        bands, reasons = tone.match(spectrum, centre, album.intent, rate_hz)
        change = loudness_change_lu(spectrum, response_db(bands, rate_hz, np.array(spectrum.centres_hz)))
        for n in run:
            gain, why = balance.gain_db(loud_lufs, level, album.tracks[n], album.intent, change)
            said = (why, *reasons) if n == run[0] else (f"Runs on from track {n}: treated as one with it.", why)
            treatments.append(_treatment(album, n, used[n], bands, gain, offset, (*said, *offset_reasons)))
    return tuple(treatments)


def _runs(album: Album) -> Iterator[list[int]]:
    """The tracks, from 0, in stretches that have neither a gap nor a crossfade between them."""
    run = [0]
    for n, track in enumerate(album.tracks[1:], start=1):
        if track.crossfade_s or album.gap_before_s(n + 1):
            yield run
            run = []
        run.append(n)
    yield run


def _loud_end_lufs(analyses: Sequence[Analysis]) -> float:
    """The loud end of a run of tracks, their short-term windows pooled."""
    pooled = loud_end_lufs(np.concatenate([analysis.loudness.short_term_powers for analysis in analyses]))
    return _known(analyses[0].loud_end_lufs if pooled is None else pooled)


def _treatment(
    album: Album,
    index: int,
    source: Source,
    bands: Sequence[Band],
    gain_db: float,
    dc_offset: tuple[float, float],
    reasons: tuple[str, ...],
) -> Treatment:
    return Treatment(
        track=index + 1,
        title=album.tracks[index].title,
        mix_sha256=source.sha256,
        rate_hz=source.mix.rate_hz,
        start=source.start,
        stop=source.stop,
        dc_offset=dc_offset,
        bands=tuple(EqBand(kind=b.kind, frequency_hz=b.frequency_hz, gain_db=b.gain_db, q=b.q) for b in bands),
        gain_db=gain_db,
        reasons=reasons,
    )


def _offset(analyses: Sequence[Analysis], durations_s: Sequence[float]) -> tuple[tuple[float, float], tuple[str, ...]]:
    """What is taken off left and right, and why: the mean, where it is a fault and not the music's own lopsidedness.

    One value for a whole run, or its joints would get a step.
    """
    faults = [defect for analysis in analyses for defect in analysis.defects.faults if defect.kind == "dc-offset"]
    if not faults:
        return (0.0, 0.0), ()
    left, right = np.average([a.defects.dc_offset for a in analyses], axis=0, weights=durations_s).tolist()
    return (left, right), tuple(f"{defect.words} It is taken off." for defect in faults)


def decide(
    album: Album,
    profile: Profile,
    used: Sequence[Source],
    analyses: Sequence[Analysis],
    correlations: Sequence[float | None],
) -> Plan:
    """The plan for one deliverable; raises Refusal when the album does not fit the profile."""
    rate_hz = working_rate_hz((source.mix.rate_hz, source.duration_s) for source in used)
    lengths = [resampled_length(s.stop - s.start, s.mix.rate_hz, rate_hz) for s in used]
    refuse(joint_faults(album, lengths, rate_hz))
    treatments = treat(album, used, analyses)
    maximum_s = profile.layout.maximum_programme_s or float("inf")
    sides = allot(album, _spans_s(album, lengths, rate_hz), maximum_s) if profile.layout.sides else [""] * len(lengths)
    programmes = arrange(album, lengths, rate_hz, correlations, sides)
    remarks = tuple(layout_faults(album, profile, programmes))
    refuse(remarks)
    wished_hz = profile.pcm.rate_hz
    delivered_hz = delivery_rate_hz(rate_hz, profile.pcm.rates_hz) if wished_hz == "native" else wished_hz
    drive_db, why = _expected_drive_db(profile, treatments, analyses)
    return Plan(
        profile=profile,
        treatments=treatments,
        programmes=programmes,
        rate_hz=delivered_hz,
        expected_drive_db=round(drive_db, 2),
        reduction_limit_db=album.intent.reduction_limit_db,
        dither_seed=_seed(used),
        reasons=(why, *_rate_reasons(used, rate_hz, delivered_hz), *(f"{remark}." for remark in remarks)),
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
    louds = [_known(a.loudness.integrated_lufs) + t.gain_db for t, a in zip(treatments, analyses, strict=True)]
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


def _seed(used: Sequence[Source]) -> int:
    joined = "\n".join(source.sha256 for source in used)
    return int.from_bytes(hashlib.sha256(joined.encode()).digest()[:8], "big") >> 1


def _known(value: float | None) -> float:
    if value is None:
        raise ValueError("an undefined loudness was let through; `judge` refuses such a mix")
    return value
