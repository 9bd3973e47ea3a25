"""Music in the figures that people compare, as certificates and `check` show them: to a hundredth."""

from collections.abc import Collection, Sequence
from typing import Annotated

from pydantic import Field

from albums import Frozen
from pipeline.analysis.analysis import Analysis, album_figures
from pipeline.plan.treatment import is_none


class Figures(Frozen):
    """A stretch of music in the figures people compare; None where one is undefined."""

    integrated_lufs: float | None
    """The integrated loudness (BS.1770-5), in LUFS."""
    maximum_momentary_lufs: float | None
    """The loudest 400 ms (Tech 3341), in LUFS."""
    maximum_short_term_lufs: float | None
    """The loudest 3 s (Tech 3341), in LUFS."""
    loud_end_lufs: float | None
    """How loud the loud passages are, in LUFS: the 95th percentile of the gated short-term loudness."""
    range_lu: float | None
    """The loudness range (Tech 3342), in LU."""
    true_peak_dbtp: float | None
    """The true peak, in dBTP; null for silence."""
    annex_2_dbtp: float | None
    """The true peak as a meter with the example filter of BS.1770-5, Annex 2 shows it, in dBTP."""
    peak_to_loudness_lu: float | None
    """The true peak over the integrated loudness (PLR), in LU."""
    minimum_psr_lu: float | None
    """The least ratio of true peak to short-term loudness (PSR) in any 3 s of music, in LU."""
    dr: int | None
    """TT-DR, a whole number of dB."""
    correlation: float | None
    """The correlation of left and right: -1 to 1."""
    low_correlation: float | None
    """The same of the low end, under 150 Hz."""
    mono_loss_lu: float | None
    """The loudness that a fold-down to mono loses, in LU."""


class WholeFigures(Frozen):
    """An album as a whole: gating blocks pooled over its tracks, and the loudest of them, by its number."""

    integrated_lufs: float | None
    """The integrated loudness of all gating blocks (BS.1770-5), in LUFS: never an average of the tracks'."""
    loudest_lufs: float | None
    """The integrated loudness of the loudest track, in LUFS."""
    loudest: int | None
    """The number of the loudest track, from 1; null where none has a loudness."""
    true_peak_dbtp: float | None
    """The highest true peak of any track, in dBTP; null for silence."""
    dr: int | None
    """TT-DR: the rounded mean of the tracks' figures, in dB."""
    range_lu: Annotated[float | None, Field(exclude_if=is_none)] = None
    """The loudness range (Tech 3342) over the 3 s windows of all tracks, in LU. Certificates of version 1 have none."""


def figures_of(analysis: Analysis) -> Figures:
    """The figures of `analysis` as a certificate shows them, to a hundredth."""
    loudness, peak = analysis.loudness, analysis.true_peak
    return Figures(
        integrated_lufs=_rounded(loudness.integrated_lufs),
        maximum_momentary_lufs=_rounded(loudness.maximum_momentary_lufs),
        maximum_short_term_lufs=_rounded(loudness.maximum_short_term_lufs),
        loud_end_lufs=_rounded(analysis.loud_end_lufs),
        range_lu=_rounded(loudness.range_lu),
        true_peak_dbtp=_rounded(peak.true_peak_dbtp),
        annex_2_dbtp=_rounded(peak.annex_2_dbtp),
        peak_to_loudness_lu=_rounded(analysis.peak_to_loudness_lu),
        minimum_psr_lu=_rounded(analysis.minimum_psr_lu),
        dr=analysis.dynamics.dr,
        correlation=_rounded(analysis.stereo.correlation),
        low_correlation=_rounded(analysis.spectrum.low_correlation),
        mono_loss_lu=_rounded(analysis.spectrum.mono_loss_lu),
    )


def quiet_tracks(tracks: Sequence[Figures]) -> set[int]:
    """The numbers of the tracks without loudness, from 1, where there are others; `tracks` in order."""
    found = {number for number, figures in enumerate(tracks, start=1) if figures.integrated_lufs is None}
    return found if len(found) < len(tracks) else set()


def whole_figures(analyses: Sequence[Analysis], uncounted: Collection[int] = ()) -> WholeFigures:
    """The figures of an album as they are shown, to a hundredth; `uncounted` tracks have no part in its loudness."""
    found = album_figures(analyses, uncounted)
    return WholeFigures(
        integrated_lufs=_rounded(found.integrated_lufs),
        loudest_lufs=_rounded(found.loudest_lufs),
        loudest=found.loudest,
        true_peak_dbtp=_rounded(found.true_peak_dbtp),
        dr=found.dr,
        range_lu=_rounded(found.range_lu),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None or value == float("-inf") else round(value, 2)
