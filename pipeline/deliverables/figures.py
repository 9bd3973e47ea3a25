"""Music in the figures that people compare, as certificates and `check` show them: to a hundredth."""

from collections.abc import Collection, Sequence

from albums import Frozen
from pipeline.analysis.analysis import Analysis, album_figures


class Figures(Frozen):
    """A stretch of music in the figures people compare; None where one is undefined."""

    integrated_lufs: float | None
    maximum_momentary_lufs: float | None
    maximum_short_term_lufs: float | None
    loud_end_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None
    annex_2_dbtp: float | None
    """True peak as a meter with the example filter of BS.1770-5, Annex 2 shows it."""
    peak_to_loudness_lu: float | None
    minimum_psr_lu: float | None
    dr: int | None
    correlation: float | None
    low_correlation: float | None
    """Of the low end, under 150 Hz."""
    mono_loss_lu: float | None


class WholeFigures(Frozen):
    """An album as a whole: gating blocks pooled over its tracks, and the loudest of them, by its number."""

    integrated_lufs: float | None
    loudest_lufs: float | None
    loudest: int | None
    true_peak_dbtp: float | None
    dr: int | None


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
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None or value == float("-inf") else round(value, 2)
