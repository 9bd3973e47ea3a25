"""Everything measured about one stretch of music, in one pass: a mix before mastering, a track after it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from albums import Album
from albums.faults import Fault
from pipeline.ingest import Mix
from pipeline.measure.defects import DefectMeter, Defects
from pipeline.measure.dynamics import Dynamics, DynamicsMeter
from pipeline.measure.loudness import Loudness, LoudnessMeter, integrated_lufs, loud_end_lufs
from pipeline.measure.spectrum import Spectrum, SpectrumMeter
from pipeline.measure.stereo import Stereo, StereoMeter
from pipeline.measure.true_peak import TruePeak, TruePeakMeter

HIGHEST_PEAK_DBFS = 40.0  # floats above it are integers in disguise or damage, not headroom


@dataclass(frozen=True)
class Analysis:
    """One stretch of music in numbers; `frames` at `rate_hz`."""

    rate_hz: int
    frames: int
    loudness: Loudness
    true_peak: TruePeak
    spectrum: Spectrum
    dynamics: Dynamics
    stereo: Stereo
    defects: Defects

    @property
    def loud_end_lufs(self) -> float | None:
        """How loud the loud passages are; for music too short for that, how loud the whole is."""
        loud = loud_end_lufs(self.loudness.short_term_powers)
        return self.loudness.integrated_lufs if loud is None else loud

    @property
    def peak_to_loudness_lu(self) -> float | None:
        """True peak over integrated loudness (PLR); None where the loudness is undefined."""
        integrated = self.loudness.integrated_lufs
        return None if integrated is None else self.true_peak.true_peak_dbtp - integrated


class Analyser:
    """All meters side by side: `add` blocks of shape (frames, 2), then `result`."""

    def __init__(self, rate_hz: int) -> None:
        """Meters at rest, for samples at `rate_hz`."""
        self.rate_hz, self.frames = rate_hz, 0
        self.loudness, self.true_peak = LoudnessMeter(rate_hz), TruePeakMeter(rate_hz)
        self.spectrum, self.dynamics = SpectrumMeter(rate_hz), DynamicsMeter(rate_hz)
        self.stereo, self.defects = StereoMeter(rate_hz), DefectMeter(rate_hz)

    def add(self, block: NDArray[np.float64]) -> None:
        """Measure `block`. Samples that are no numbers are counted as a defect and measured as nought."""
        self.frames += len(block)
        self.defects.add(block)
        sound = block if np.isfinite(block).all() else np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
        for meter in (self.loudness, self.true_peak, self.spectrum, self.dynamics, self.stereo):
            meter.add(sound)

    def result(self) -> Analysis:
        """What the meters read."""
        return Analysis(
            rate_hz=self.rate_hz,
            frames=self.frames,
            loudness=self.loudness.result(),
            true_peak=self.true_peak.result(),
            spectrum=self.spectrum.result(),
            dynamics=self.dynamics.result(),
            stereo=self.stereo.result(),
            defects=self.defects.result(),
        )


def analyse(
    blocks: Iterable[NDArray[np.float64]], rate_hz: int, advance: Callable[[int], None] = lambda _: None
) -> Analysis:
    """The analysis of a stream of blocks; `advance` is told the frames of each block, and may raise to stop."""
    analyser = Analyser(rate_hz)
    for block in blocks:
        analyser.add(block)
        advance(len(block))
    return analyser.result()


def anchored_lufs(block_powers: Sequence[NDArray[np.float64]], *, pooled: bool) -> float | None:
    """The loudness of an album from its tracks' gating blocks: all pooled, or that of the loudest track."""
    if pooled:
        return integrated_lufs(np.concatenate(block_powers))
    return max((lufs for powers in block_powers if (lufs := integrated_lufs(powers)) is not None), default=None)


def judged(album: Album, mixes: Sequence[Mix], analyses: Sequence[Analysis]) -> tuple[tuple[Fault, ...], ...]:
    """What a mastering engineer would be told about each mix: refusals, warnings, notes, each with its second.

    A start or end in full sound is not worth telling where the sequence joins or fades it.
    """
    joins = [*(bool(t.crossfade_s) or not album.gap_before_s(n) for n, t in enumerate(album.tracks, start=1)), False]
    joins[0] = False
    found = []
    for index, (track, mix, analysis) in enumerate(zip(album.tracks, mixes, analyses, strict=True)):
        expected = set[str]()
        if joins[index] or track.fade_in_s or track.trim_start_s:
            expected.add("starts-abruptly")
        if joins[index + 1] or track.fade_out_s or track.trim_end_s:
            expected.add("ends-abruptly")
        found.append(judge(mix, analysis, expected))
    return tuple(found)


def judge(mix: Mix, analysis: Analysis, expected: Collection[str] = ()) -> tuple[Fault, ...]:
    """What is to be told about `mix`, the kinds of defect that are `expected` left out."""
    return tuple(_found(mix, analysis, expected))


def _found(mix: Mix, analysis: Analysis, expected: Collection[str]) -> Iterator[Fault]:
    defects = [defect for defect in analysis.defects.faults if defect.kind not in expected]
    yield from (Fault(mix.where, defect.words, defect.severity) for defect in defects)
    peak_dbfs = analysis.true_peak.sample_peak_dbfs
    if peak_dbfs > HIGHEST_PEAK_DBFS:
        words = f"peaks at {peak_dbfs:.0f} dBFS; wanted samples scaled to ±1.0: export it again, float or PCM"
        yield Fault(mix.where, words)
    elif analysis.loudness.integrated_lufs is None and not analysis.defects.refused:
        words = "has no loudness: shorter than 0.4 s, or under -70 LUFS throughout; wanted music"
        yield Fault(mix.where, words)
    elif peak_dbfs > 0.0:
        words = f"peaks at {peak_dbfs:+.1f} dBFS in floating point; nothing is lost, the level is set anew"
        yield Fault(mix.where, words, "note")
