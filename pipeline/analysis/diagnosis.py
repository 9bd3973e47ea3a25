"""What is wrong with a mix: what, where, how much, how bad, and in words, from what the meters and searches found.

No sound is looked at here. Severities are taste, by one rule: a refusal where nothing can be made of the mix, a warning
where a mastering engineer would ring the studio, a note where it is worth knowing. Thresholds are taste too.
Over 300 lines: every kind of defect has its few lines here, and none elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from albums.faults import Severity
from pipeline.analysis.defect_scan import ScanResult
from pipeline.analysis.defects.bandwidth import Cause, bandwidth
from pipeline.analysis.defects.clicks import Click
from pipeline.analysis.defects.not_a_number import HIGHEST_DBFS, NumberSearch
from pipeline.analysis.meters.spectrum import Spectrum
from pipeline.analysis.meters.true_peak import TruePeak
from pipeline.dsp.decibels import amplitude, decibels
from pipeline.system.times import clock_cs

Kind = Literal[
    "not-a-number",
    "out-of-scale",
    "silence",
    "clipped",
    "inter-sample-over",
    "click",
    "dropout",
    "digital-silence",
    "dc-offset",
    "hum",
    "rumble",
    "bandwidth",
    "identical-channels",
    "one-channel-silent",
    "polarity",
    "swapped-channels",
    "starts-abruptly",
    "ends-abruptly",
]

SILENT = amplitude(-90.0)
ABRUPT = amplitude(-40.0)
ALIKE = 2 / 32_768  # two steps of 16 bits: dither leaves that much difference between identical channels
FULL_SCALE = amplitude(0.02)  # the meter may err by this much
OVERS_GAP_S = 2.0  # inter-sample overs no further apart are one passage
EXPLAINED_S = 0.002  # a click this near to the edge of another defect is that edge
WHOLE = 0.98  # of the programme: what spans more is reported of the whole
MOST_TOLD = 3  # of one kind in one mix are put in words; all of them are in the figures

SIDES = ("left", "right")


@dataclass(frozen=True)
class Defect:
    """One fault: what, how bad, from and to which second, how much of it, and a sentence for people."""

    kind: Kind
    severity: Severity
    start_s: float
    end_s: float
    figure: float
    unit: str
    words: str


@dataclass(frozen=True)
class Defects:
    """All faults of a programme, and the mean of the left and of the right samples, 1.0 being full scale."""

    faults: tuple[Defect, ...]
    dc_offset: tuple[float, float]

    @property
    def refused(self) -> bool:
        """Whether nothing can be made of this programme."""
        return any(fault.severity == "refusal" for fault in self.faults)


@dataclass(frozen=True)
class Known:
    """What a recording is known to be, which is no defect of its sound."""

    mono: bool = False
    """Both channels are the one that it has."""
    ends_hz: float | None = None
    """Its band ends here: it was raised from a low rate."""


@dataclass(frozen=True)
class Findings:
    """All that a diagnosis rests on."""

    rate_hz: int
    numbers: NumberSearch
    scan: ScanResult
    true_peak: TruePeak
    spectrum: Spectrum
    known: Known = field(default_factory=Known)

    @property
    def duration_s(self) -> float:
        """How long the programme lasts."""
        return self.scan.frames / self.rate_hz

    def seconds(self, frame: float) -> float:
        """The second at which a frame begins."""
        return frame / self.rate_hz


def diagnose(found: Findings) -> Defects:
    """The defects of a programme; of a refused one, only what it is refused for, and of silence, that it is silent."""
    faults = (*_refusals(found),) or (*_silence(found),) or (*_damage(found),)
    return Defects(faults, found.scan.means)


def _damage(found: Findings) -> Iterator[Defect]:
    yield from _clipping(found)
    yield from _overs(found)
    yield from _clicks(found)
    yield from _interruptions(found)
    yield from _offsets(found)
    yield from _hum(found)
    yield from _rumble(found)
    yield from _bandwidth(found)
    yield from _channels(found)
    yield from _abrupt(found)


def in_short(defects: Iterable[Defect]) -> Iterator[tuple[Severity, str]]:
    """Severity and words of each defect; of a kind with many, those of the first, then how many more there are."""
    kinds = dict[Kind, list[Defect]]()
    for defect in defects:
        kinds.setdefault(defect.kind, []).append(defect)
    for kind, found in kinds.items():
        yield from ((defect.severity, defect.words) for defect in found[:MOST_TOLD])
        if len(found) > MOST_TOLD:
            last, rest = found[-1], len(found) - MOST_TOLD
            yield (
                last.severity,
                f"And {rest} more of this kind ({kind}), the last at {clock_cs(last.start_s)}.",
            )


def _refusals(found: Findings) -> Iterator[Defect]:
    if found.numbers.bad_frames:
        count, at_s = found.numbers.bad_frames, found.seconds(found.numbers.first_bad)
        frames = "1 frame holds" if count == 1 else f"{count} frames hold"
        words = f"{frames} no number (NaN or infinity), the first at {clock_cs(at_s)}."
        yield Defect("not-a-number", "refusal", at_s, at_s, float(count), "frames", words)
    elif found.numbers.highest:
        peak_dbfs, at_s = decibels(found.numbers.highest), found.seconds(found.numbers.first_high)
        words = (
            f"Peaks at {peak_dbfs:.0f} dBFS, the first over {HIGHEST_DBFS:.0f} dBFS at {clock_cs(at_s)}; "
            "wanted samples scaled to ±1.0: export it again, float or PCM."
        )
        yield Defect("out-of-scale", "refusal", at_s, at_s, peak_dbfs, "dBFS", words)


def _silence(found: Findings) -> Iterator[Defect]:
    """Silence may be meant: a pause that has a track of its own, what comes before a hidden song."""
    peak = max(found.scan.peaks)
    if not peak:
        yield _whole(found, "silence", "warning", 0.0, "of full scale", "Nothing but digital silence.")
    elif peak < SILENT:
        words = f"Silence: the peak is {decibels(peak):.1f} dBFS."
        yield _whole(found, "silence", "warning", decibels(peak), "dBFS", words)


def _whole(found: Findings, kind: Kind, severity: Severity, figure: float, unit: str, words: str) -> Defect:
    return Defect(kind, severity, 0.0, found.duration_s, figure, unit, words)


def _clipping(found: Findings) -> Iterator[Defect]:
    for passage in found.scan.clipped:
        start_s, end_s = found.seconds(passage.start), found.seconds(passage.end)
        level_dbfs = round(decibels(passage.level), 1) + 0.0  # + 0.0 turns -0.0 into 0.0
        tops = "1 flat top" if passage.tops == 1 else f"{passage.tops} flat tops"
        words = f"Clipped: {tops} at {level_dbfs} dBFS from {clock_cs(start_s)} to {clock_cs(end_s)}."
        yield Defect("clipped", "warning", start_s, end_s, float(passage.tops), "flat tops", words)


def _overs(found: Findings) -> Iterator[Defect]:
    """Where the waveform exceeds full scale and the samples do not."""
    if found.true_peak.sample_peak_dbfs > 0.0:
        return
    tenths = found.true_peak.tenth_peaks
    over = np.flatnonzero(tenths > FULL_SCALE)
    for passage in np.split(over, np.flatnonzero(np.diff(over) > 10 * OVERS_GAP_S) + 1) if len(over) else ():
        start_s, end_s = float(passage[0]) / 10, min(float(passage[-1] + 1) / 10, found.duration_s)
        worst = int(passage[np.argmax(tenths[passage])])
        peak_dbtp = decibels(float(tenths[worst]))
        words = (
            f"Between its samples the waveform exceeds full scale from {clock_cs(start_s)} to {clock_cs(end_s)}: "
            f"{peak_dbtp:+.2f} dBTP at {clock_cs(worst / 10)}."
        )
        yield Defect("inter-sample-over", "note", start_s, end_s, peak_dbtp, "dBTP", words)


def _clicks(found: Findings) -> Iterator[Defect]:
    explained = tuple(_explained(found.scan, round(EXPLAINED_S * found.rate_hz)))
    for click in found.scan.clicks:
        if any(start <= click.frame <= stop for start, stop in explained):
            continue
        start_s, end_s = found.seconds(click.frame), found.seconds(click.frame + click.length)
        how = f"{click.height_dbfs:.0f} dBFS high, {click.prominence_db:.0f} dB over what is usual there"
        words = f"{_what_clicks(click)} at {clock_cs(start_s)} in {_both_or(click.channels)}: {how}."
        yield Defect("click", "warning", start_s, end_s, click.height_dbfs, "dBFS", words)


def _explained(scan: ScanResult, near: int) -> Iterator[tuple[int, int]]:
    """From and to which frames a click is only the sound of something else that is reported: clipping, an edge."""
    yield from ((passage.start - near, passage.end + near) for passage in scan.clipped)
    edges = [edge for gap in scan.interruptions.dropouts for edge in (gap.start, gap.stop)]
    edges += [edge for passage in scan.channels for edge in (passage.start, passage.end)]
    yield from ((edge - near, edge + near) for edge in edges)


def _what_clicks(click: Click) -> str:
    if not click.length:
        return "The waveform jumps"
    return f"A click of {click.length} samples" if click.length > 1 else "A click of one sample"


def _both_or(channels: Sequence[int]) -> str:
    return "both channels" if len(channels) == 2 else f"the {SIDES[channels[0]]} channel"


def _interruptions(found: Findings) -> Iterator[Defect]:
    for dropout in found.scan.interruptions.dropouts:
        start_s, end_s = found.seconds(dropout.start), found.seconds(dropout.stop)
        lasts_ms = 1000 * (end_s - start_s)
        words = f"The sound drops out at {clock_cs(start_s)} for {lasts_ms:.1f} ms in {_both_or(dropout.channels)}."
        yield Defect("dropout", "warning", start_s, end_s, lasts_ms, "ms", words)
    for silence in found.scan.interruptions.silences:
        start_s, end_s = found.seconds(silence.start), found.seconds(silence.stop)
        words = f"Digital silence from {clock_cs(start_s)} to {clock_cs(end_s)}, with sound before and after."
        yield Defect("digital-silence", "note", start_s, end_s, end_s - start_s, "s", words)


def _offsets(found: Findings) -> Iterator[Defect]:
    sides = 1 if found.known.mono else 2
    for name, mean, is_offset in list(zip(SIDES, found.scan.means, found.scan.offset, strict=True))[:sides]:
        if is_offset:
            where = "" if found.known.mono else f" in the {name} channel"
            words = f"DC offset of {100 * mean:+.2f} % of full scale{where}."
            yield _whole(found, "dc-offset", "warning", mean, "of full scale", words)


def _hum(found: Findings) -> Iterator[Defect]:
    hum = found.scan.hum
    if hum is None:
        return
    start_s, end_s = found.seconds(hum.start), found.seconds(hum.end)
    lines = ", ".join(f"{hum.mains_hz * harmonic}" for harmonic in hum.harmonics)
    how = f"{hum.level_dbfs:.0f} dBFS, {hum.prominence_db:.0f} dB over what is beside it in quiet passages"
    words = f"Mains hum at {lines} Hz from {clock_cs(start_s)} to {clock_cs(end_s)}: {how}."
    yield Defect("hum", "warning", start_s, end_s, hum.level_dbfs, "dBFS", words)


def _rumble(found: Findings) -> Iterator[Defect]:
    rumble = found.scan.rumble
    if rumble:
        how = f"{rumble.level_dbfs:.0f} dBFS, {rumble.over_bass_db:.0f} dB over the bass where that is quiet"
        words = f"Rumble under 20 Hz: {how}. high_pass_hz = 25 would take it out."
        yield _whole(found, "rumble", "warning", rumble.level_dbfs, "dBFS", words)


def _bandwidth(found: Findings) -> Iterator[Defect]:
    spectrum = found.spectrum
    if found.known.ends_hz:
        words = f"Nothing above {found.known.ends_hz / 1000:g} kHz, where the sample rate of the recording ends."
        yield _whole(found, "bandwidth", "note", found.known.ends_hz, "Hz", words)
        return
    edge = bandwidth(spectrum.fine_powers, spectrum.fine_peak_powers, spectrum.fine_bin_hz, found.rate_hz)
    if edge is None:
        return
    severity, maker = _MAKERS[edge.cause]
    fall = f"falls by {edge.drop_db:.0f} dB within {edge.fall_hz:.0f} Hz"
    words = f"Nothing above {edge.edge_hz / 1000:.1f} kHz, where it {fall}: this was {maker}."
    yield _whole(found, "bandwidth", severity, edge.edge_hz, "Hz", words)


_MAKERS: dict[Cause, tuple[Severity, str]] = {
    "lossy": ("warning", "through a lossy codec"),
    "upsampled": ("note", "converted from a lower sample rate"),
}


def _channels(found: Findings) -> Iterator[Defect]:
    """What is wrong with the channels throughout, and in places what is not wrong throughout."""
    if found.known.mono:
        return
    whole = tuple(_channels_throughout(found))
    yield from whole
    known = {defect.kind for defect in whole}
    yield from (defect for defect in _channels_in_places(found) if defect.kind not in known)


def _channels_throughout(found: Findings) -> Iterator[Defect]:
    scan = found.scan
    if min(scan.peaks) < SILENT:
        side = int(scan.peaks[1] < scan.peaks[0])
        words = f"The {SIDES[side]} channel is silent."
        yield _whole(found, "one-channel-silent", "warning", scan.peaks[side], "of full scale", words)
        return
    if scan.difference <= ALIKE:
        words = "Both channels are the same: mono in a stereo file."
        yield _whole(found, "identical-channels", "note", scan.difference, "of full scale", words)


def _channels_in_places(found: Findings) -> Iterator[Defect]:
    for passage in found.scan.channels:
        start_s, end_s = found.seconds(passage.start), found.seconds(passage.end)
        kind, severity, unit, words = _IN_PLACES[passage.kind]
        channel = f"the {passage.channel} channel" if passage.channel else "one channel"
        whole = end_s - start_s > WHOLE * found.duration_s
        span = "throughout" if whole else f"from {clock_cs(start_s)} to {clock_cs(end_s)}"
        yield Defect(kind, severity, start_s, end_s, passage.figure, unit, words.format(channel=channel, span=span))


_IN_PLACES: dict[str, tuple[Kind, Severity, str, str]] = {
    "inverted": ("polarity", "warning", "correlation", "The polarity of {channel} is inverted {span}."),
    "exchanged": ("swapped-channels", "warning", "correlation", "Left and right are exchanged {span}."),
    "identical": ("identical-channels", "note", "of full scale", "Both channels are the same {span}."),
    "one-silent": ("one-channel-silent", "warning", "of full scale", "Nothing is heard in {channel} {span}."),
}


def _abrupt(found: Findings) -> Iterator[Defect]:
    first, last, end_s = found.scan.first, found.scan.last, found.duration_s
    if first > ABRUPT:
        words = f"The first sample is at {decibels(first):.1f} dBFS: the start may be cut off."
        yield Defect("starts-abruptly", "note", 0.0, 0.0, decibels(first), "dBFS", words)
    if last > ABRUPT:
        words = f"The last sample is at {decibels(last):.1f} dBFS: the end may be cut off."
        yield Defect("ends-abruptly", "note", end_s, end_s, decibels(last), "dBFS", words)
