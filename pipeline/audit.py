"""The written files, opened again, measured, and held against what was promised: only what they say counts."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

import formats
from albums import Album, Frozen
from albums.faults import Refusal
from pipeline.analysis import Analyser, Analysis, anchored_lufs
from pipeline.plan import Plan

METER = "BS.1770-5, K-weighted and gated, on the written samples"
PEAK_METER = "true peak, interpolated, on the written samples"
Measured = float | int | str | None


class Reduction(Frozen):
    """The limiter's gain reduction in dB: its median, its 95th percentile, its worst second and when that begins."""

    median_db: float
    heavy_db: float
    worst_second_db: float
    worst_at_s: float


class Promise(Frozen):
    """What the render says that it made, to be held against the files.

    `digests`: SHA-256 of each programme's samples (little-endian 32-bit, interleaved). `loudness_lufs` is None where no
    loudness is promised: a peak anchor, or a drive set by hand. `held_back` when the reduction limit kept it down.
    """

    digests: tuple[str, ...]
    loudness_lufs: float | None
    held_back: bool
    drive_db: float
    renders: Annotated[int, Field(ge=1)]
    reduction: Reduction | None


class Finding(Frozen):
    """One promise beside its measurement: where, what, found, wanted, in which unit, by which method, held or not."""

    where: str
    quantity: str
    measured: Measured
    required: Measured
    unit: str
    method: str
    passed: bool


@dataclass(frozen=True)
class Audit:
    """All findings about one deliverable, and the analysis of each of its tracks as delivered."""

    findings: tuple[Finding, ...]
    tracks: tuple[Analysis, ...]

    @property
    def passed(self) -> bool:
        """Whether every promise holds."""
        return all(finding.passed for finding in self.findings)


def audit(
    folder: Path, album: Album, plan: Plan, promise: Promise, advance: Callable[[float], None] = lambda _: None
) -> Audit:
    """Open the deliverable in `folder`, measure it and hold it against its plan and promise.

    One that runs at another rate is not measured: that is finding enough.
    """
    kind = formats.named(plan.profile.format)
    layouts = [programme.layout(plan.rate_hz, plan.profile.pcm.bits) for programme in plan.programmes]
    try:
        reading = kind.read(folder)
        found = [programme.layout for programme in reading.programmes]
        findings = [*_shape(found, layouts), *_texts(reading.texts, kind.texts(album, layouts))]
        if any(layout.rate_hz != plan.rate_hz for layout in found):
            return Audit(tuple(findings), ())
        heard = [_listen(programme, advance) for programme in reading.programmes]
    except Refusal as refusal:
        unread = (Finding(where=f.where, quantity="readable", measured=f.words, required="opens", unit="",
                          method="reader", passed=False) for f in refusal.faults)  # fmt: skip
        return Audit(tuple(unread), ())
    digests = [digest for digest, _ in heard]
    tracks = [analysis for _, analyses in heard for analysis in analyses]
    findings.append(_same("programme", "samples", digests, list(promise.digests), "SHA-256 of the samples read back"))
    findings += _levels(plan, promise, tracks, [m.track for layout in found for m in layout.marks])
    return Audit(tuple(findings), tuple(tracks))


def _listen(programme: formats.Programme, advance: Callable[[float], None]) -> tuple[str, list[Analysis]]:
    """The digest of a programme's samples and the analysis of each of its tracks, in one pass."""
    layout, digest = programme.layout, hashlib.sha256()
    analysers = [Analyser(layout.rate_hz) for _ in layout.marks]
    for track, block in formats.split(programme.blocks(), layout):
        digest.update(formats.canonical_bytes(block))
        advance(len(block) / layout.rate_hz)
        analysers[track].add(block / float(2 ** (layout.bits - 1)))
    return digest.hexdigest(), [analyser.result() for analyser in analysers]


def _shape(found: Sequence[formats.Layout], wanted: Sequence[formats.Layout]) -> Iterator[Finding]:
    yield _same("programmes", "count", len(found), len(wanted), "files read back")
    for have, want in zip(found, wanted, strict=False):
        where = f"side {want.side}" if want.side else "programme"
        yield _same(where, "sample rate", have.rate_hz, want.rate_hz, "header read back", "Hz")
        yield _same(where, "bit depth", have.bits, want.bits, "header read back", "bit")
        yield _same(where, "length", have.frames, want.frames, "samples counted", "frames")
        yield _same(where, "marks", _marks(have), _marks(want), "marks read back", "frames")


def _marks(layout: formats.Layout) -> str:
    return " ".join(f"{mark.track}:{mark.start}" for mark in layout.marks)


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
        yield Finding(where=f"tracks[{number}]", quantity="true peak", measured=max(peak_dbtp, -200.0),
                      required=level.ceiling_dbtp, unit="dBTP at most", method=PEAK_METER,
                      passed=peak_dbtp <= level.ceiling_dbtp)  # fmt: skip
    if promise.loudness_lufs is not None and level.target_lufs is not None:
        powers = [track.loudness.block_powers for track in tracks]
        loudest = anchored_lufs(powers, pooled=level.anchor == "album")
        target = promise.loudness_lufs if promise.held_back else level.target_lufs
        far = None if loudest is None else abs(loudest - target)
        held = f" (held back from {level.target_lufs:g} by reduction_limit_db = {plan.reduction_limit_db:g})"
        yield Finding(where="loudest track" if level.anchor == "loudest-track" else "album",
                      quantity="integrated loudness", measured=None if loudest is None else round(loudest, 2),
                      required=f"{target:.1f} ±{level.tolerance_lu:g}{held if promise.held_back else ''}",
                      unit="LUFS", method=METER, passed=far is not None and far <= level.tolerance_lu)  # fmt: skip


def _same(where: str, quantity: str, measured: object, required: object, method: str, unit: str = "") -> Finding:
    return Finding(where=where, quantity=quantity, measured=_plain(measured), required=_plain(required), unit=unit,
                   method=method, passed=measured == required)  # fmt: skip


def _plain(value: object) -> Measured:
    return value if value is None or isinstance(value, int | float | str) else " ".join(map(str, value))  # type: ignore[call-overload]
