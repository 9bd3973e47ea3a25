"""The report's plots: loudness along each programme, and the tone of its tracks, as mixed and as mastered."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

from formats import FRAMES_PER_SECOND
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.meters.loudness import ABSOLUTE_GATE_LUFS, SHORT_TERM_TENTHS, lufs
from pipeline.analysis.meters.spectrum import NOMINAL_CENTRES_HZ, Spectrum, k_weighting_db
from pipeline.analysis.meters.spectrum.stereo_image import FLOOR_DB
from pipeline.plan.plan import Plan
from pipeline.reporting.svg import Colour, Drawing, Limits, Margins

MOST_POINTS = 1200  # of a loudness curve: about one for each pixel
WIDE_PX, SPECTRUM_PX, SMALL_PX = (1040, 230), (510, 260), (250, 150)
TIMELINE, SPECTRUM = Margins(44, 8, 22, 28), Margins(34, 8, 8, 28)
NARROWEST_LABEL = 0.016  # of the plot's width: under it a track's number would touch its neighbour's
TICKS_S = (1, 5, 10, 30, 60, 120, 300, 600, 1200, 3600)
MOST_TICKS = 14
LABELLED_HZ = {31.5: "31", 63.0: "63", 125.0: "125", 250.0: "250", 500.0: "500", 1000.0: "1k", 2000.0: "2k",
               4000.0: "4k", 8000.0: "8k", 16000.0: "16k"}  # fmt: skip
COMPARED_HZ = (50.0, 12500.0)  # beyond it the spread between tracks is rumble and hiss
CHANGE_DB = 6.0  # shown up and down; twice what the equaliser may do unless it is told otherwise
NOTHING_THERE_DB = 60.0  # under a track's highest band: what changes there is noise

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class _Place:
    """A track on the timeline, all sides laid end to end: where its mix starts, and where it is cut from and to."""

    track: int
    opens: bool
    mix_s: float
    start_s: float
    stop_s: float


def loudness_limits(analyses: Sequence[Analysis]) -> Limits:
    """Lowest and highest loudness worth showing of `analyses`, in LUFS, so that several plots share one scale."""
    louds = [a.loudness for a in analyses]
    highest = [x.maximum_short_term_lufs for x in louds if x.maximum_short_term_lufs is not None]
    lowest = [x.integrated_lufs - 12.0 for x in louds if x.integrated_lufs is not None]
    return _outwards([*lowest, *highest], 6.0, (-36.0, 0.0))


def loudness_plot(
    plan: Plan, before: Sequence[Analysis], after: Sequence[Analysis], limits: Limits, name: str, label: str
) -> Markup:
    """Short-term loudness along the programme, mixes and masters, each track's integrated loudness as a bar.

    `name` makes the ids unique in the page; `label` says what is seen to those who do not see.
    """
    places = list(_places(plan))
    drawing = Drawing(*WIDE_PX, TIMELINE, (0.0, places[-1].stop_s), limits)
    drawing.mark_y(np.arange(limits[0], limits[1] + 1.0, 6.0).tolist())
    _timeline(drawing, places)
    step = max(1, round(places[-1].stop_s * 10 / MOST_POINTS))
    mixes = [(place.mix_s, before[place.track - 1]) for place in places]
    masters = [(place.start_s, analysis) for place, analysis in zip(places, after, strict=False)]
    stages: tuple[tuple[Colour, list[tuple[float, Analysis]]], ...] = (("before", mixes), ("after", masters))
    for colour, laid in stages:
        for start_s, analysis in laid:
            drawing.curve(*_short_term(start_s, analysis, step), colour, 1.1)
            if analysis.loudness.integrated_lufs is not None:
                span_s = start_s, start_s + analysis.frames / analysis.rate_hz
                drawing.rule(analysis.loudness.integrated_lufs, colour, 3.5, span=span_s, opacity=0.35)
    if plan.profile.level.target_lufs is not None:
        drawing.rule(plan.profile.level.target_lufs, "soft", 0.9, dashed=True)
    return drawing.inline(name, label)


def balanced_db(spectrum: Spectrum) -> Curve:
    """The spectrum of both channels against its own loudness, one value for each nominal band, NaN where there is none.

    Tracks of one tone have one curve, however loud each is.
    """
    levels = np.full(len(NOMINAL_CENTRES_HZ), np.nan)
    powers = 10.0 ** (np.asarray(spectrum.mid_db) / 10.0) + 10.0 ** (np.asarray(spectrum.side_db) / 10.0)
    sounding = powers > 10.0 ** ((FLOOR_DB + 10.0) / 10.0)
    weighted = powers * 10.0 ** (k_weighting_db(spectrum.centres_hz) / 10.0)
    levels[: len(powers)][sounding] = 10.0 * np.log10(powers[sounding] / weighted.sum())
    return levels


def spectrum_limits(curves: Sequence[Curve]) -> Limits:
    """Lowest and highest level worth showing of `curves`, in dB, at most 60 dB apart."""
    known = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    low, high = _outwards(known.tolist(), 10.0, (-60.0, 0.0))
    return max(low, high - 60.0), high


def spread_db(curves: Sequence[Curve]) -> float | None:
    """The standard deviation between the tracks' curves, averaged over the bands; None where there is none to tell."""
    centres_hz, stacked = np.array(NOMINAL_CENTRES_HZ), np.array(curves)
    compared = (centres_hz >= COMPARED_HZ[0]) & (centres_hz <= COMPARED_HZ[1]) & np.isfinite(stacked).all(axis=0)
    return float(stacked[:, compared].std(axis=0).mean()) if len(curves) > 1 and compared.any() else None


def spread_plot(curves: Sequence[Curve], limits: Limits, mastered: bool, name: str, label: str) -> Markup:
    """The curves of all tracks, and the band that they fill."""
    drawing = _spectrum(SPECTRUM_PX, limits, 10.0)
    bands = np.arange(len(NOMINAL_CENTRES_HZ))
    colour: Colour = "after" if mastered else "before"
    drawing.band(bands, np.fmin.reduce(curves), np.fmax.reduce(curves), colour, 0.14)
    for curve in curves:
        drawing.curve(bands, curve, colour, 1.1, 0.85)
    return drawing.inline(name, label)


def change_plot(before: Curve, after: Curve, name: str, label: str) -> Markup:
    """What became of one track's tone: its curve as mastered less its curve as mixed, where the mix has any sound."""
    drawing = _spectrum(SMALL_PX, (-CHANGE_DB, CHANGE_DB), 3.0)
    bands = np.arange(len(before))
    sounding = before > np.fmax.reduce(before) - NOTHING_THERE_DB
    change = np.where(sounding, after - before, np.nan)
    drawing.band(bands, np.zeros(len(bands)), change, "after", 0.2)
    drawing.rule(0.0, "before", 1.1)
    drawing.curve(bands, change, "after", 1.3)
    return drawing.inline(name, label)


def _places(plan: Plan) -> Iterator[_Place]:
    offset_s = 0.0
    for programme in plan.programmes:
        spans = programme.layout(FRAMES_PER_SECOND, plan.profile.pcm.bits).spans()
        for clip, (mark, start, stop) in zip(programme.tracks, spans, strict=True):
            yield _Place(
                track=mark.track,
                opens=clip is programme.tracks[0],
                mix_s=offset_s + clip.start / programme.rate_hz,
                start_s=offset_s + start / FRAMES_PER_SECOND,
                stop_s=offset_s + stop / FRAMES_PER_SECOND,
            )
        offset_s += programme.cd_frames / FRAMES_PER_SECOND


def _short_term(start_s: float, analysis: Analysis, step: int) -> tuple[Curve, Curve]:
    """Times (of windows' middles) and loudness, `step` windows averaged into one; NaN, a gap, where it is silent."""
    powers = analysis.loudness.short_term_powers
    firsts = np.arange(0, len(powers), step)
    if not len(firsts):
        return np.empty(0), np.empty(0)
    counts = np.diff([*firsts, len(powers)])
    levels = np.array([lufs(float(power)) for power in np.add.reduceat(powers, firsts) / counts])
    times_s = start_s + (SHORT_TERM_TENTHS / 2 + firsts + (counts - 1) / 2) / 10
    return times_s, np.where(levels > ABSOLUTE_GATE_LUFS, levels, np.nan)


def _timeline(drawing: Drawing, places: Sequence[_Place]) -> None:
    end_s = places[-1].stop_s
    tick_s = next((t for t in TICKS_S if end_s / t <= MOST_TICKS), TICKS_S[-1])
    for second in range(0, math.ceil(end_s), tick_s):
        drawing.mark_x(second, f"{second // 60}:{second % 60:02d}", grid=False)
    for place in places:
        drawing.border(place.start_s, "soft" if place.opens else "line", 0.9)
        if place.stop_s - place.start_s >= NARROWEST_LABEL * end_s:
            drawing.name_x((place.start_s + place.stop_s) / 2, str(place.track))


def _spectrum(size_px: tuple[int, int], limits: Limits, step_db: float) -> Drawing:
    drawing = Drawing(*size_px, SPECTRUM, (0.0, len(NOMINAL_CENTRES_HZ) - 1.0), limits)
    every = 1 if size_px[0] > SMALL_PX[0] else 3
    for hertz, words in [*LABELLED_HZ.items()][1::every]:
        drawing.mark_x(NOMINAL_CENTRES_HZ.index(hertz), words, grid=True)
    drawing.mark_y(np.arange(limits[0], limits[1] + 1.0, step_db).tolist())
    return drawing


def _outwards(values: ArrayLike, step: float, otherwise: Limits) -> Limits:
    known = np.asarray(values)
    if not known.size:
        return otherwise
    low, high = float(np.floor(known.min() / step) * step), float(np.ceil(known.max() / step) * step)
    return low, max(high, low + step)
