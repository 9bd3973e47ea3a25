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


class Promise(Frozen):
    """What the render says that it made, to be held against the files.

    `digests`: BLAKE3 of each programme's samples (little-endian 32-bit, interleaved). `loudness_lufs` is None where no
    loudness is promised: a peak anchor, or a drive set by hand. `held_back` when the reduction limit kept it down.
    `track_reductions` are those of each track, in order, timed from its own start; none where there is no limiter.
    """

    digests: tuple[str, ...]
    loudness_lufs: float | None
    held_back: bool
    drive_db: float
    renders: Annotated[int, Field(ge=1)]
    reduction: ReductionFigures | None
    track_reductions: tuple[ReductionFigures, ...] = ()


class Finding(Frozen):
    """One promise beside its measurement: where, what, found, wanted, in which unit, by which method, held or not."""

    where: str
    quantity: str
    measured: Measured
    required: Measured
    unit: str
    method: str
    passed: bool
