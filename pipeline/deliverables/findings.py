"""What is promised of a deliverable, and what is found on its files: the two sides of a certificate."""

from typing import Annotated

from pydantic import Field

from albums import Frozen

Measured = float | int | str | None


class ReductionFigures(Frozen):
    """Gain reduction in dB: its median, its 95th percentile, its worst second and when that begins."""

    median_db: float
    """The median, in dB."""
    heavy_db: float
    """The 95th percentile, in dB."""
    worst_second_db: float
    """The mean of the worst second, in dB."""
    worst_at_s: float
    """When that second begins, in seconds."""


class CodecFigures(Frozen):
    """What a codec makes of a track."""

    track: Annotated[int, Field(ge=1)]
    """The track's number on the album, from 1."""
    codec: str
    """The codec and its one number, as profiles have it."""
    before_dbtp: float | None
    """The true peak decoded before room was made for codecs, in dBTP; null where the codec was asked about the finished
    track alone."""
    after_dbtp: float
    """The true peak decoded as delivered, in dBTP."""
    passes: Annotated[int, Field(ge=1)]
    """How often the track was encoded until every codec held."""
    lost_lu: float
    """The loudness that this took of the track, in LU."""


class Promise(Frozen):
    """What the render says that it made, to be held against the files."""

    digests: tuple[str, ...]
    """BLAKE3 of each programme's samples (little-endian 32-bit, interleaved); of lossy files, of what was encoded."""
    loudness_lufs: float | None
    """The loudness that was made, in LUFS; null where none is promised: a peak anchor, or a drive set by hand."""
    held_back: bool
    """Whether the limit on gain reduction kept it under the profile's target."""
    drive_db: float
    """The drive that was rendered, in dB."""
    renders: Annotated[int, Field(ge=1)]
    """How often the album was rendered until the drive was found."""
    reduction: ReductionFigures | None
    """What the limiter took off all programmes; null where there is no limiter."""
    track_reductions: tuple[ReductionFigures, ...] = ()
    """What the limiter took off each track, in order, timed from its own start; none where there is no limiter."""
    codecs: tuple[CodecFigures, ...] = ()
    """What codecs make of the samples that the digests are of."""
    encoder: str = ""
    """The version of FFmpeg that encoded and decoded; "" where no codec was asked."""
    foreseen_drive_db: float | None = None
    """The drive at which room for codecs was foreseen, in dB; null where no codec was asked."""


class Finding(Frozen):
    """One promise beside its measurement: where, what, found, wanted, in which unit, by which method, held or not."""

    where: str
    """What it is about: a track, a programme, a file, a text's place."""
    quantity: str
    """What was measured or read: "true peak", "sample rate", "text"."""
    measured: Measured
    """What was found; null for nothing."""
    required: Measured
    """What was promised or wanted; null for nothing."""
    unit: str
    """The unit of both, with the tolerance where there is one; "" for none."""
    method: str
    """How it was measured or read."""
    passed: bool
    """Whether what was found is what was wanted."""
