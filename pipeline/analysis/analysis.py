"""Everything measured about one stretch of music, in one pass: a mix before mastering, a track after it."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pipeline.analysis.defect_scan import DefectScanner
from pipeline.analysis.defects.not_a_number import NumberSearch
from pipeline.analysis.diagnosis import Defects, Findings, Known, diagnose
from pipeline.analysis.meters.dynamics import Dynamics, DynamicsMeter, album_dr
from pipeline.analysis.meters.loudness import (
    SHORT_TERM_TENTHS,
    Loudness,
    LoudnessMeter,
    integrated_lufs,
    loud_end_lufs,
    lufs,
    range_gate,
    range_lu,
)
from pipeline.analysis.meters.spectrum import Spectrum, SpectrumMeter
from pipeline.analysis.meters.stereo import Stereo, StereoMeter
from pipeline.analysis.meters.true_peak import TruePeak, TruePeakMeter
from pipeline.dsp.decibels import decibels


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
    damage: Defects | None = None
    """None where none was looked for: a master is made of mixes that were searched."""
    word_length_bits: int | None = None
    """Bits that every sample fits; None for silence, for floating point that fits no integer of 24 bits, and where no
    damage was looked for."""

    @property
    def defects(self) -> Defects:
        """The damage that was found; raises ValueError where none was looked for."""
        if self.damage is None:
            raise ValueError("no damage was looked for here: that nothing is known of it must not read as none")
        return self.damage

    @property
    def has_loudness(self) -> bool:
        """Whether it has a loudness: it lasts 0.4 s or more, and is not under -70 LUFS throughout."""
        return self.loudness.integrated_lufs is not None

    @property
    def is_digital_silence(self) -> bool:
        """Whether every sample is zero."""
        return self.true_peak.sample_peak_dbfs == -math.inf

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

    @property
    def minimum_psr_lu(self) -> float | None:
        """The least ratio of true peak to short-term loudness (PSR) in any 3 s that count for the loudness range."""
        powers, tenths = self.loudness.short_term_powers, self.true_peak.tenth_peaks
        counting = np.flatnonzero(range_gate(powers))
        if not len(counting):
            return None
        peaks = sliding_window_view(tenths, SHORT_TERM_TENTHS).max(axis=1)[counting].astype(np.float64)
        return min(decibels(peak) - lufs(power) for peak, power in zip(peaks, powers[counting].tolist(), strict=True))


class Meters:
    """All meters of figures side by side: `add` blocks of shape (frames, 2) of finite samples, then `result`."""

    def __init__(self, rate_hz: int) -> None:
        """Meters at rest, for samples at `rate_hz`."""
        self.rate_hz, self.frames = rate_hz, 0
        self.loudness, self.true_peak = LoudnessMeter(rate_hz), TruePeakMeter(rate_hz)
        self.spectrum, self.dynamics, self.stereo = SpectrumMeter(rate_hz), DynamicsMeter(rate_hz), StereoMeter(rate_hz)

    def add(self, block: NDArray[np.float64]) -> None:
        """Measure `block`."""
        self.frames += len(block)
        for meter in (self.loudness, self.true_peak, self.spectrum, self.dynamics, self.stereo):
            meter.add(block)

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
        )


class Analyser:
    """All meters and all searches for damage: `add` blocks of shape (frames, 2), then `result`."""

    def __init__(self, rate_hz: int, known: Known | None = None) -> None:
        """Meters at rest, for samples at `rate_hz`; `known` of the recording is no defect."""
        self.meters, self.defects, self.numbers = Meters(rate_hz), DefectScanner(rate_hz), NumberSearch()
        self.known = known or Known()

    def add(self, block: NDArray[np.float64]) -> None:
        """Measure `block`. Samples that are no numbers are counted as a defect and measured as zero."""
        sound = self.numbers.cleaned(block)
        self.meters.add(sound)
        self.defects.add(sound)

    def result(self) -> Analysis:
        """What the meters read and the searches found."""
        found, scan = self.meters.result(), self.defects.result()
        diagnosis = diagnose(Findings(found.rate_hz, self.numbers, scan, found.true_peak, found.spectrum, self.known))
        return replace(found, damage=diagnosis, word_length_bits=scan.word_length_bits)


def analyse(
    blocks: Iterable[NDArray[np.float64]],
    rate_hz: int,
    advance: Callable[[int], None] = lambda _: None,
    known: Known | None = None,
) -> Analysis:
    """The analysis of a stream of blocks; `advance` gets the frames of each block, and may raise to stop.

    What is `known` of the recording is no defect.
    """
    analyser = Analyser(rate_hz, known)
    for block in blocks:
        analyser.add(block)
        advance(len(block))
    return analyser.result()


def anchored_lufs(block_powers: Sequence[NDArray[np.float64]], *, pooled: bool) -> float | None:
    """The loudness of an album from its tracks' gating blocks: all pooled, or that of the loudest track."""
    if pooled:
        return integrated_lufs(np.concatenate([np.empty(0), *block_powers]))
    return max((lufs for powers in block_powers if (lufs := integrated_lufs(powers)) is not None), default=None)


@dataclass(frozen=True)
class AlbumFigures:
    """Several tracks as one album; None where nothing is loud enough to count."""

    integrated_lufs: float | None
    """Of all gating blocks, pooled: never an average of the tracks'."""
    loudest_lufs: float | None
    """The loudest track's."""
    loudest: int | None
    """The number of the loudest track, from 1."""
    true_peak_dbtp: float
    dr: int | None
    """TT-DR: the rounded mean of the tracks' figures."""
    range_lu: float | None
    """Of the 3 s windows of all tracks, pooled; no window reaches from one track into the next."""


def album_figures(analyses: Sequence[Analysis], uncounted: Collection[int] = ()) -> AlbumFigures:
    """What an album reads as a whole; `analyses` of its tracks, in order, at least one.

    The tracks whose numbers are `uncounted` have no part in its loudness.
    """
    counted = {number: each for number, each in enumerate(analyses, start=1) if number not in uncounted}
    louds = {n: lufs for n, a in counted.items() if (lufs := a.loudness.integrated_lufs) is not None}
    loudest = max(louds, key=louds.__getitem__, default=None)
    return AlbumFigures(
        integrated_lufs=anchored_lufs([analysis.loudness.block_powers for analysis in counted.values()], pooled=True),
        loudest_lufs=None if loudest is None else louds[loudest],
        loudest=loudest,
        true_peak_dbtp=max(analysis.true_peak.true_peak_dbtp for analysis in analyses),
        dr=album_dr(analysis.dynamics.dr for analysis in analyses),
        range_lu=range_lu(np.concatenate([np.empty(0), *(a.loudness.short_term_powers for a in counted.values())])),
    )


def known_lufs(loudness_lufs: float | None) -> float:
    """A loudness that is defined; raises ValueError for one that is not: such a mix has no part in matching."""
    if loudness_lufs is None:
        raise ValueError("a mix without loudness was to be matched: it has no part in that")
    return loudness_lufs
