"""What is promised of a deliverable, and what is found on its files: the two sides of a certificate."""

from typing import Annotated

from pydantic import Field

from albums import Frozen

Measured = float | int | str | None


class ReductionFigures(Frozen):
    """Gain reduction in dB: its median, its 95th percentile, its worst second and when that begins."""

    median_db: float
    heavy_db: float
    worst_second_db: float
    worst_at_s: float


class CodecFigures(Frozen):
    """What a codec makes of a track: its true peak decoded, before room was made for codecs and as delivered, in dBTP.

    `before_dbtp` is None where the codec was asked about the finished track alone. `passes` is how often the track was
    encoded until every codec held, `lost_lu` the loudness that this took of it.
    """

    track: Annotated[int, Field(ge=1)]
    codec: str
    before_dbtp: float | None
    after_dbtp: float
    passes: Annotated[int, Field(ge=1)]
    lost_lu: float


class Promise(Frozen):
    """What the render says that it made, to be held against the files.

    `digests`: BLAKE3 of each programme's samples (little-endian 32-bit, interleaved). `loudness_lufs` is None where no
    loudness is promised: a peak anchor, or a drive set by hand. `held_back` when the reduction limit kept it down.
    `track_reductions` are those of each track, in order, timed from its own start; none where there is no limiter.
    `codecs` are figures of the samples that the digests are of, as `encoder`, a version of FFmpeg, encodes and decodes
    them, with room for them foreseen at `foreseen_drive_db`. Of lossy files the digests are of what was encoded.
    """

    digests: tuple[str, ...]
    loudness_lufs: float | None
    held_back: bool
    drive_db: float
    renders: Annotated[int, Field(ge=1)]
    reduction: ReductionFigures | None
    track_reductions: tuple[ReductionFigures, ...] = ()
    codecs: tuple[CodecFigures, ...] = ()
    encoder: str = ""
    foreseen_drive_db: float | None = None


class Finding(Frozen):
    """One promise beside its measurement: where, what, found, wanted, in which unit, by which method, held or not."""

    where: str
    quantity: str
    measured: Measured
    required: Measured
    unit: str
    method: str
    passed: bool
