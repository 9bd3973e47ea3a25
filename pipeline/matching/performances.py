"""Tracks that run on into each other, as one performance: what is decided for one of them is decided for all."""

from collections.abc import Iterator, Sequence

import numpy as np

from albums import Album
from pipeline.analysis.analysis import Analysis, known_lufs
from pipeline.analysis.meters.loudness import loud_end_lufs, range_lu
from pipeline.analysis.meters.spectrum import Spectrum
from pipeline.intake.mixes import Source
from pipeline.matching.outliers import is_spoken
from pipeline.matching.tone import Tone, tone_of
from pipeline.plan.treatment import bands_of

RUMBLE = "rumble"
BANDWIDTH = "bandwidth"  # the defect that says where a codec or an old sample rate ended a mix


class Performance:
    """Tracks, from 0, that have neither gap nor crossfade between them. What the artist set for the first holds."""

    def __init__(
        self, album: Album, tracks: Sequence[int], used: Sequence[Source], analyses: Sequence[Analysis]
    ) -> None:
        """What was measured of them, taken together."""
        first = album.tracks[tracks[0]]
        self.tracks, self.rate_hz = tuple(tracks), used[tracks[0]].mix.rate_hz
        self.sources = {n: used[n] for n in tracks}
        self.eq, self.gain_db, self.told_exempt = first.eq, first.gain_db, first.tone_exempt
        self.analyses = [analyses[n] for n in tracks]
        self.durations_s = [used[n].duration_s for n in tracks]
        self.spectrum = joined([analysis.spectrum for analysis in self.analyses], self.durations_s)
        self.tone = tone_of(self.spectrum, highest_hz(self.analyses))
        short_term = np.concatenate([analysis.loudness.short_term_powers for analysis in self.analyses])
        pooled = loud_end_lufs(short_term)
        self.loud_lufs = known_lufs(self.analyses[0].loud_end_lufs if pooled is None else pooled)
        self.range_lu = range_lu(short_term)

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return sum(self.durations_s)

    @property
    def as_locked(self) -> Tone:
        """Its tone after the equaliser that the artist set, if there is one."""
        return self.tone.through(bands_of(self.eq or ()), self.rate_hz)

    @property
    def is_spoken(self) -> bool:
        """Whether it sounds like speech; what the artist says of it comes first."""
        return self.told_exempt is None and self.eq is None and is_spoken(self.analyses)


def performances(album: Album, used: Sequence[Source], analyses: Sequence[Analysis]) -> list[Performance]:
    """The album's tracks as performances, in order. What has no loudness belongs to none, and ends the one before."""
    return [Performance(album, tracks, used, analyses) for tracks in _unbroken(album, analyses)]


def joined(spectra: Sequence[Spectrum], weights: Sequence[float]) -> Spectrum:
    """The spectra of several stretches as one: the mean of their powers at each band, by weight (their durations)."""
    if len(spectra) == 1:
        return spectra[0]
    bands = min(len(spectrum.centres_hz) for spectrum in spectra)
    mid_db, side_db = (
        10.0 * np.log10(np.average([10.0 ** (levels[:bands] / 10.0) for levels in every], axis=0, weights=weights))
        for every in ([spectrum.mid_db for spectrum in spectra], [spectrum.side_db for spectrum in spectra])
    )
    wandering = [spectrum.wander_db[:bands] for spectrum in spectra if spectrum.wander_db is not None]
    wander_db = np.sqrt(np.mean(np.square(wandering), axis=0)) if len(wandering) == len(spectra) else None
    return Spectrum(spectra[0].centres_hz[:bands], mid_db, side_db, wander_db=wander_db)


def highest_hz(analyses: Sequence[Analysis]) -> float:
    """Where a codec or an old sample rate ended the lowest of these; infinity where nothing did."""
    faults = [fault for analysis in analyses if analysis.damage for fault in analysis.damage.faults]
    return min((fault.figure for fault in faults if fault.kind == BANDWIDTH), default=float("inf"))


def has_rumble(analyses: Sequence[Analysis]) -> bool:
    """Whether rumble was found in any of these."""
    return any(fault.kind == RUMBLE for analysis in analyses if analysis.damage for fault in analysis.damage.faults)


def _unbroken(album: Album, analyses: Sequence[Analysis]) -> Iterator[list[int]]:
    performance = list[int]()
    for n, (track, analysis) in enumerate(zip(album.tracks, analyses, strict=True)):
        if performance and (track.crossfade_s or not album.joins(n + 1) or not analysis.has_loudness):
            yield performance
            performance = []
        if analysis.has_loudness:
            performance.append(n)
    if performance:
        yield performance
