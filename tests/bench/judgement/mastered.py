"""Masters an album of the corpus, or decides it alone, and reads the figures of the table off the result."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

import formats
from pipeline.analysis.analysis import Analysis, known_lufs
from pipeline.deliverables.certificate import Certificate
from pipeline.deliverables.make import assembly_cache_in
from pipeline.dsp.decibels import amplitude
from pipeline.intake.album_mixes import AlbumSources, hash_recordings
from pipeline.mastering.job import Job
from pipeline.mastering.opening import open_album
from pipeline.mastering.steps import master, measure
from pipeline.plan.plan import Plan
from pipeline.rendering.drive_forecast import forecast
from pipeline.rendering.limiter_ceiling import limiter_ceiling_dbtp, sketch_floor
from pipeline.rendering.render import drive_search
from tests.bench.distortion import pre_attack_db
from tests.bench.excerpts import Sound
from tests.bench.judgement.corpus import MadeAlbum
from tests.bench.judgement.figures import change_lu, is_opposed, is_told
from tests.bench.judgement.judged import JudgedAlbum, JudgedTrack
from tests.bench.judgement.remembering import RememberingWorkers

HALF_S = 10  # so much to either side of a track's worst second is listened to
LEAST_REDUCTION_DB = 0.3  # of a worst second; a track that is limited less has nothing to duck

Losses = tuple[float | None, float | None]
"""What a master lost of peak to loudness ratio, dB, and of loudness range, LU; None where either is undefined."""


def judge(made: MadeAlbum, profile: str, work: Path, *, render: bool) -> JudgedAlbum:
    """Master an album to `profile`, or forecast that; nothing of the masters is kept.

    Raises Refusal for an album that cannot be mastered.
    """
    out, ducked_db = work / "masters" / made.folder.name, None
    workers, sources = RememberingWorkers(work / "analyses"), hash_recordings(open_album(made.folder))
    job = Job(made.folder, (profile,), out)
    try:
        if render:
            shutil.rmtree(out, ignore_errors=True)
            certificate = master(job, workers, sources)
            worst, losses = _worst_seconds_db(certificate, profile), _losses(certificate, profile)
            ducked_db = _pre_attack_db(certificate, workers.plans[0], sources, out)
        else:
            workers.decide(job, sources, measure(sources, workers))
            worst, losses = _forecast_db(workers.plans[0], sources, out), [(None, None)] * len(sources.mixes)
    finally:
        shutil.rmtree(out, ignore_errors=True)
    tracks = _tracks(made, sources, workers.plans[0], workers.analyses, worst, losses)
    return JudgedAlbum(made.name, tuple(tracks), not render or certificate.passed, ducked_db)


def _tracks(
    made: MadeAlbum,
    sources: AlbumSources,
    plan: Plan,
    analyses: Sequence[Analysis],
    worst_seconds_db: Sequence[float],
    losses: Sequence[Losses],
) -> list[JudgedTrack]:
    """Those that have a loudness."""
    found = []
    for n, (track, treatment) in enumerate(zip(sources.album.tracks, plan.treatments, strict=True)):
        if treatment.without_loudness:
            continue
        before_lufs = known_lufs(analyses[n].loud_end_lufs)
        found.append(
            JudgedTrack(
                title=track.title,
                interlude=n in made.interludes,
                told=is_told(track.level_wish_lu, track.gain_db),
                told_lu=track.level_wish_lu if track.gain_db is None else track.gain_db,
                bands=len(treatment.bands),
                opposed=is_opposed(treatment.bands),
                before_lufs=before_lufs,
                after_lufs=before_lufs + change_lu(treatment, analyses[n].spectrum, before_lufs),
                range_lu=analyses[n].loudness.range_lu or 0.0,
                worst_second_db=worst_seconds_db[n],
                plr_lost_db=losses[n][0],
                range_lost_lu=losses[n][1],
            )
        )
    return found


def _worst_seconds_db(certificate: Certificate, profile: str) -> list[float]:
    """The limiter's worst second in each track; 0 where the master failed its audit or has no limiter."""
    promise = certificate.deliverables[profile].promise
    reductions = promise.track_reductions if promise else ()
    return [each.worst_second_db for each in reductions] or [0.0] * len(certificate.tracks)


def _pre_attack_db(certificate: Certificate, plan: Plan, sources: AlbumSources, out: Path) -> float | None:
    """By how much the gain falls before attacks: mean over the tracks, each where it is limited the most.

    None where nothing is limited. What was driven is what was assembled, times the drive.
    """
    name = plan.profile.name
    promise, reading = certificate.deliverables[name].promise, formats.named(plan.profile.format).read(out / name)
    if promise is None or not promise.track_reductions:
        return None
    reductions, found = iter(promise.track_reductions), []
    with assembly_cache_in(out, [plan]) as cache:
        mixes = [source.mix for source in (*sources.mixes, *sources.pregaps)]
        for planned, programme in zip(plan.programmes, reading.programmes, strict=True):
            rate_hz, full = programme.layout.rate_hz, 2.0 ** (programme.layout.bits - 1)
            stretches = []
            for _, start, stop in programme.layout.apart.spans():
                if (taken := next(reductions)).worst_second_db >= LEAST_REDUCTION_DB:
                    middle = start + round(taken.worst_at_s * rate_hz)
                    stretches.append((max(start, middle - HALF_S * rate_hz), min(stop, middle + HALF_S * rate_hz)))
            driven = _cut(cache.assembled(plan, planned, mixes).samples(), stretches)
            limited = _cut(programme.blocks(), stretches)
            factor = amplitude(promise.drive_db)
            pairs = zip(driven, limited, strict=True)
            found += [pre_attack_db(one * factor, other / full, rate_hz) for one, other in pairs]
    return fmean(found) if found else None


def _cut(blocks: Iterable[NDArray[Any]], stretches: Sequence[tuple[int, int]]) -> list[Sound]:
    """The stretches of a stream, each from a frame up to another."""
    kept, at = [list[Sound]() for _ in stretches], 0
    for block in blocks:
        for parts, (start, stop) in zip(kept, stretches, strict=True):
            if at < stop and at + len(block) > start:
                parts.append(block[max(0, start - at) : stop - at].astype(np.float64))
        at += len(block)
    return [np.concatenate(parts) for parts in kept]


def _losses(certificate: Certificate, profile: str) -> list[Losses]:
    return [
        (
            _lost(track.before.peak_to_loudness_lu, track.after[profile].peak_to_loudness_lu),
            _lost(track.before.range_lu, track.after[profile].range_lu),
        )
        for track in certificate.tracks
    ]


def _lost(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else before - after


def _forecast_db(plan: Plan, sources: AlbumSources, out: Path) -> list[float]:
    """The limiter's worst second in each track as a sketch of the programme foretells it, nothing being written."""
    mixes = [source.mix for source in (*sources.mixes, *sources.pregaps)]
    ceiling, floor = amplitude(limiter_ceiling_dbtp(plan.profile)), sketch_floor(plan)
    worst = []
    with assembly_cache_in(out, [plan]) as cache:
        assembled = [cache.assembled(plan, programme, mixes) for programme in plan.programmes]
        drive = amplitude(next(iter(drive_search(plan, assembled))))
        for each, layout in zip(assembled, plan.layouts, strict=True):
            if each.sketch is None:
                return [0.0] * len(plan.treatments)
            spans = [(start, stop) for _, start, stop in layout.apart.spans()]
            taken = forecast(each.sketch(), plan.rate_hz, spans, drive, ceiling, floor).reduction
            for mark, start, stop in layout.apart.spans():
                if mark.track:
                    worst.append(taken.between(start / plan.rate_hz, stop / plan.rate_hz).worst_second()[0])
    return worst
