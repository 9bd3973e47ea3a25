"""The written files, opened again, measured, and held against what was promised: only what they say counts."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
from blake3 import blake3
from numpy.typing import NDArray

import formats
from albums import Album
from albums.faults import Refusal
from pipeline.analysis.analysis import Analysis, Meters, anchored_lufs
from pipeline.analysis.meters.loudness import ABSOLUTE_GATE_LUFS
from pipeline.analysis.meters.loudness_cross_check import CrossCheckMeter, integrated_lufs
from pipeline.deliverables.findings import Finding, Measured, Promise
from pipeline.deliverables.stating import stated_findings
from pipeline.plan.plan import Plan
from pipeline.system.parallel import prefetch
from pipeline.system.progress import Advance

METER = "BS.1770-5, K-weighted and gated, on the written samples"
PEAK_METER = "true peak, interpolated, on the written samples"
DECODED_PEAK_METER = "true peak, interpolated, on the decoded samples"
SECOND_METER = f"pyloudnorm {version('pyloudnorm')}, DeMan filter, on the written samples"
METERS_AGREE_LU = 0.05
NEAR_GATE_LU = 0.5  # so near over the gate, a hair's breadth decides whether a block counts, and there is a loudness


@dataclass(frozen=True, eq=False)
class MeasuredTrack:
    """A track as delivered, by our meters and, for its loudness, by a second one: the power of each gating block."""

    analysis: Analysis
    second_powers: NDArray[np.float64]


@dataclass(frozen=True)
class ReadBack:
    """What was found on opening a deliverable: findings on its shape and texts, and, if it could be measured, more."""

    findings: tuple[Finding, ...]
    digests: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    """The number in the album of each track that was heard; 0 is what is hidden before a disc's first."""
    heard: tuple[MeasuredTrack, ...] = ()
    stated: tuple[formats.StatedLoudness, ...] = ()
    """How loud each track's file says it is."""
    layouts: tuple[formats.Layout, ...] = ()
    """The programmes, where they could be measured."""

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """The analysis of all that was heard."""
        return tuple(track.analysis for track in self.heard)

    @property
    def tracks(self) -> tuple[Analysis, ...]:
        """The analysis of each track as delivered."""
        return tuple(track.analysis for number, track in zip(self.numbers, self.heard, strict=True) if number)


@dataclass(frozen=True)
class Audit:
    """All findings about one deliverable, and the analysis of each of its tracks as delivered."""

    findings: tuple[Finding, ...]
    tracks: tuple[Analysis, ...]
    layouts: tuple[formats.Layout, ...] = ()
    """The programmes as they were read back; none where they could not be measured."""

    @property
    def passed(self) -> bool:
        """Whether every promise holds."""
        return all(finding.passed for finding in self.findings)


def audit(folder: Path, album: Album, plan: Plan, promise: Promise, advance: Advance = lambda _: None) -> Audit:
    """Open the deliverable in `folder`, measure it and hold it against its plan and promise."""
    return judge(read_back(folder, album, plan, advance), plan, promise)


def read_back(folder: Path, album: Album, plan: Plan, advance: Advance = lambda _: None) -> ReadBack:
    """Open the deliverable in `folder` and measure it.

    One that cannot be read, or runs at another rate than planned, is not measured: that is finding enough.
    """
    kind = formats.named(plan.profile.format)
    try:
        reading = kind.read(folder)
        found = [programme.layout for programme in reading.programmes]
        findings = (
            *_shape(found, plan.layouts, whole=plan.profile.is_disc),
            *_texts(reading.texts, kind.texts(album, plan.layouts)),
        )
        if any(layout.rate_hz != plan.rate_hz for layout in found):
            return ReadBack(findings)
        heard = [_read_programme(programme, advance) for programme in reading.programmes]
    except Refusal as refusal:
        unread = (Finding(where=f.where, quantity="readable", measured=f.words, required="opens", unit="",
                          method="reader", passed=False) for f in refusal.faults)  # fmt: skip
        return ReadBack(tuple(unread))
    return ReadBack(
        findings,
        digests=tuple(digest for digest, _ in heard),
        numbers=tuple(mark.track for layout in found for mark in layout.apart.marks),
        heard=tuple(track for _, tracks in heard for track in tracks),
        stated=reading.stated,
        layouts=tuple(found),
    )


def judge(found: ReadBack, plan: Plan, promise: Promise) -> Audit:
    """Hold what was found against plan and promise."""
    findings = list(found.findings)
    if found.heard:
        if not plan.profile.lossy:
            wanted = list(promise.digests)
            method = "BLAKE3 of the samples read back"
            findings.append(_same("programme", "samples", list(found.digests), wanted, method))
            findings += _after_codecs(plan, promise)
        findings += _levels(plan, promise, found.analyses, found.numbers)
        findings += _second_opinions(found.heard, found.numbers)
        findings += stated_findings(plan, found.tracks, found.stated)
    return Audit(tuple(findings), found.tracks, found.layouts)


def _read_programme(programme: formats.Programme, advance: Advance) -> tuple[str, list[MeasuredTrack]]:
    """The digest of a programme's samples and what both meters heard of each of its tracks, in one pass."""
    layout, digest, heard = programme.layout.apart, blake3(), list[MeasuredTrack]()

    def told(blocks: Iterator[tuple[int, formats.Block]]) -> Iterator[formats.Block]:
        for _, block in blocks:
            digest.update(formats.canonical_bytes(block))
            advance(len(block) / layout.rate_hz)
            yield block

    for track, blocks in groupby(formats.split(prefetch(programme.blocks()), layout), itemgetter(0)):
        heard += [_measure_track((), layout) for _ in range(track - len(heard))]
        heard.append(_measure_track(told(blocks), layout))
    heard += [_measure_track((), layout) for _ in range(len(layout.marks) - len(heard))]
    return digest.hexdigest(), heard


def _measure_track(blocks: Iterable[formats.Block], layout: formats.Layout) -> MeasuredTrack:
    """One track by both meters; the same where a broken file has nothing of it."""
    meters, second = Meters(layout.rate_hz), CrossCheckMeter(layout.rate_hz)
    for block in blocks:
        sound = block * np.float64(2.0 ** (1 - layout.bits))
        meters.add(sound)
        second.add(sound)
    return MeasuredTrack(meters.result(), second.block_powers())


def _shape(found: Sequence[formats.Layout], wanted: Sequence[formats.Layout], *, whole: bool) -> Iterator[Finding]:
    """`whole`: pauses and further indexes are marks as well, which only a disc can hold."""
    yield _same("programmes", "count", len(found), len(wanted), "files read back")
    for have, want in zip(found, wanted, strict=False):
        where = want.part or "programme"
        yield _same(where, "sample rate", have.rate_hz, want.rate_hz, "header read back", "Hz")
        yield _same(where, "bit depth", have.bits, want.bits, "header read back", "bit")
        yield _same(where, "length", have.frames, want.frames, "samples counted", "frames")
        yield _same(where, "marks", _marks(have, whole=whole), _marks(want, whole=whole), "marks read back", "frames")


def _marks(layout: formats.Layout, *, whole: bool) -> str:
    """Each track's number and mark; `whole`, before it where its pause begins, behind it its further indexes."""
    said = []
    for mark in layout.marks:
        before = f"({mark.pause})" if whole and mark.pause is not None else ""
        behind = "".join(f"+{index}" for index in mark.indexes) if whole else ""
        said.append(f"{mark.track}:{before}{mark.start}{behind}")
    return " ".join(said)


def _texts(found: object, wanted: dict[str, str]) -> Iterator[Finding]:
    have = dict(found)  # type: ignore[call-overload]
    wrong = sorted(key for key in {*have, *wanted} if have.get(key) != wanted.get(key))
    for key in wrong:
        yield _same(key, "text", have.get(key), wanted.get(key), "metadata read back")
    right = len(wanted) - len([key for key in wrong if key in wanted])
    yield _same("album and tracks", "texts and codes", right, len(wanted), "metadata read back", "fields as planned")


def _levels(plan: Plan, promise: Promise, tracks: Sequence[Analysis], numbers: Sequence[int]) -> Iterator[Finding]:
    level = plan.profile.level
    for number, analysis in zip(numbers, tracks, strict=True):
        peak_dbtp = round(analysis.true_peak.true_peak_dbtp, 3)
        yield Finding(where=_called(number), quantity="true peak", measured=max(peak_dbtp, -200.0),
                      required=level.ceiling_dbtp, unit="dBTP at most",
                      method=DECODED_PEAK_METER if plan.profile.lossy else PEAK_METER,
                      passed=peak_dbtp <= level.ceiling_dbtp)  # fmt: skip
    if promise.loudness_lufs is not None and level.target_lufs is not None:
        apart = plan.uncounted
        powers = [t.loudness.block_powers for n, t in zip(numbers, tracks, strict=True) if n not in apart]
        loudest = anchored_lufs(powers, pooled=level.anchor == "album")
        target = promise.loudness_lufs if promise.held_back else level.target_lufs
        far = None if loudest is None else abs(loudest - target)
        held = f" (held back from {level.target_lufs:g} by {plan.held_by})"
        yield Finding(where="loudest track" if level.anchor == "loudest-track" else "album",
                      quantity="integrated loudness", measured=None if loudest is None else round(loudest, 2),
                      required=f"{target:.1f} ±{level.tolerance_lu:g}{held if promise.held_back else ''}",
                      unit="LUFS", method=METER, passed=far is not None and far <= level.tolerance_lu)  # fmt: skip


def _after_codecs(plan: Plan, promise: Promise) -> Iterator[Finding]:
    """What codecs make of the very samples that were read back, which the digest beside it proves."""
    ceiling_dbtp, known = plan.profile.decoded_ceiling_dbtp, {(f.track, f.codec): f for f in promise.codecs}
    for number in (mark.track for layout in plan.layouts for mark in layout.marks):
        for codec in plan.profile.checked_codecs:
            found = known.get((number, codec.name))
            yield Finding(where=_called(number), quantity=f"true peak after {codec.title}",
                          measured=found.after_dbtp if found else None, required=ceiling_dbtp, unit="dBTP at most",
                          method=f"encoded and decoded by {promise.encoder}",
                          passed=found is not None and found.after_dbtp <= ceiling_dbtp)  # fmt: skip


def _second_opinions(tracks: Sequence[MeasuredTrack], numbers: Sequence[int]) -> Iterator[Finding]:
    """Both meters beside each other, track by track and over all: a promise that rests on one reading is none."""
    for number, track in zip(numbers, tracks, strict=True):
        yield _agreed(_called(number), track.analysis.loudness.integrated_lufs, track.second_powers)
    pooled = anchored_lufs([track.analysis.loudness.block_powers for track in tracks], pooled=True)
    yield _agreed("album", pooled, np.concatenate([track.second_powers for track in tracks]))


def _called(number: int) -> str:
    return f"tracks[{number}]" if number else "before track 1"


def _agreed(where: str, first_lufs: float | None, second_powers: NDArray[np.float64]) -> Finding:
    second_lufs = integrated_lufs(second_powers)
    loudest_lufs = max((lufs for lufs in (first_lufs, second_lufs) if lufs is not None), default=-math.inf)
    is_near_gate = loudest_lufs <= ABSOLUTE_GATE_LUFS + NEAR_GATE_LU
    if first_lufs is None or second_lufs is None:
        found = _same(where, "second opinion", _lufs(second_lufs), _lufs(first_lufs), SECOND_METER)
        return found.model_copy(update={"passed": is_near_gate})
    return Finding(where=where, quantity="second opinion", measured=round(second_lufs, 2),
                   required=round(first_lufs, 2), unit=f"LUFS ±{METERS_AGREE_LU:g}", method=SECOND_METER,
                   passed=is_near_gate or abs(first_lufs - second_lufs) <= METERS_AGREE_LU)  # fmt: skip


def _lufs(loudness_lufs: float | None) -> str:
    return "undefined" if loudness_lufs is None else f"{loudness_lufs:.2f}"


def _same(where: str, quantity: str, measured: object, required: object, method: str, unit: str = "") -> Finding:
    return Finding(where=where, quantity=quantity, measured=_plain(measured), required=_plain(required), unit=unit,
                   method=method, passed=measured == required)  # fmt: skip


def _plain(value: object) -> Measured:
    return value if value is None or isinstance(value, int | float | str) else " ".join(map(str, value))  # type: ignore[call-overload]
