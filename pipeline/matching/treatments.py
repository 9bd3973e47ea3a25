"""Decides what is done to each mix, and why: tone, dynamics and level of every track, alike in every deliverable."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from albums import MANIFEST, Album, EqBand, Intent, Track
from albums.faults import Fault, place, refuse
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.meters.spectrum import loudness_change_lu
from pipeline.dsp.decibels import power_decibels
from pipeline.intake.mixes import Source
from pipeline.matching import level
from pipeline.matching.baseline import CALLED, Baseline
from pipeline.matching.compression import album_compression
from pipeline.matching.outliers import is_far
from pipeline.matching.performances import Performance, has_rumble, performances
from pipeline.matching.tone import distance_db
from pipeline.matching.tone_match import match
from pipeline.plan.treatment import MOST_GAIN_DB, Treatment, bands_of, eq_of, in_words
from pipeline.processors.equaliser import Band, response_db
from pipeline.system.times import clock

HIGHEST_SHARE = 0.45  # no band lies above this share of a sample rate
NO_LOUDNESS = "It has no loudness to be matched by: left as it stands, with no part in the album's level and tone."
SILENCE = "Digital silence: left as it is, with no part in the album's level and tone, and written without dither."
SPOKEN = "Sounds like a voice that speaks: its tone is left alone."


@dataclass(frozen=True)
class Standing:
    """How a performance stands to the album's songs: its level, why its tone is left alone, and what it is aside."""

    level: level.Level
    tone_alone: str
    aside: str


@dataclass(frozen=True)
class Treated:
    """What is done to every track, and what is to be told of each: both in the order of the tracks."""

    treatments: tuple[Treatment, ...]
    warnings: tuple[tuple[Fault, ...], ...]


def treat(album: Album, used: Sequence[Source], analyses: Sequence[Analysis], baseline: Baseline) -> Treated:
    """Tone, dynamics and level of every track: from album, analyses and baseline only.

    Tracks without a gap between them are one performance: they get one equaliser, one compressor and one gain, or the
    transition would be heard. What has no loudness is left as it is. Raises Refusal where the artist's equaliser takes
    more gain to make up for than there is.
    """
    faults, found, warnings = list[Fault](), dict[int, Treatment](), dict[int, tuple[Fault, ...]]()
    for performance in performances(album, used, analyses):
        standing = _standing(performance, album.intent, baseline)
        for treatment in _treated(album, performance, baseline, standing, faults):
            found[treatment.track] = treatment
        for n in performance.tracks:
            warnings[n] = level.held_back(standing.level, n + 1, album.tracks[n], album.intent)
    refuse(faults)
    for n, analysis in enumerate(analyses):
        if n + 1 not in found:
            found[n + 1] = _untouched(album.tracks[n], n + 1, used[n], analysis)
    return Treated(
        tuple(treatment for _, treatment in sorted(found.items())),
        tuple(warnings.get(n, ()) for n in range(len(analyses))),
    )


def _treated(
    album: Album, performance: Performance, baseline: Baseline, standing: Standing, faults: list[Fault]
) -> Iterator[Treatment]:
    """The treatment of each track of a performance; what the artist set for one holds for that one. Tells `faults`."""
    intent = album.intent
    offset, offset_reasons = _offset(performance)
    shared = _tone(performance, intent, baseline, standing)
    width_lu, shape_reasons = _shape(performance, intent)
    loud_lufs = performance.loud_lufs + width_lu + _equalised_lu(performance, shared[0])
    compression, taken_db, compression_reasons = album_compression(
        performance.range_lu, baseline.range_lu, loud_lufs, intent
    )
    for n in performance.tracks:
        track, source, is_first = album.tracks[n], performance.sources[n], n == performance.tracks[0]
        bands, reasons = shared if track.eq is None else _locked(track.eq)
        treated_lu = width_lu + _equalised_lu(performance, bands) - taken_db
        gain, why = level.gain_db(standing.level, track, intent, treated_lu, standing.aside)
        if abs(gain) > MOST_GAIN_DB:
            faults.append(_beyond_faders(n, gain, treated_lu))
            continue
        said = [why, *(reasons if is_first or track.eq is not None else ())]
        if not is_first:
            said.insert(0, f"Runs on from track {n}: treated as one with it.")
        yield Treatment(
            track=n + 1,
            title=track.title,
            mix_sha256=source.sha256,
            rate_hz=source.mix.rate_hz,
            start=source.start,
            stop=source.stop,
            dc_offset=offset,
            high_pass_hz=intent.high_pass_hz,
            mono_below_hz=intent.mono_below_hz,
            width_db=intent.width_db,
            bands=eq_of(bands),
            compression=compression,
            gain_db=gain,
            reasons=(*said, *compression_reasons, *shape_reasons, *offset_reasons),
        )


def _beyond_faders(n: int, gain_db: float, treated_lu: float) -> Fault:
    words = (
        f"{gain_db:+.0f} dB of gain would be needed, {-treated_lu:+.0f} of them to make up for what is done to its "
        f"tone; {MOST_GAIN_DB:.0f} dB is the most: gain_db sets it by hand, smaller gains in eq need less of it"
    )
    return Fault(place(MANIFEST, ["tracks", n]), words)


def _untouched(track: Track, number: int, source: Source, analysis: Analysis) -> Treatment:
    """What is done to a mix without loudness: what the artist set for it by hand, and nothing else."""
    gain_db = track.level_wish_lu if track.gain_db is None else track.gain_db
    bands, reasons = ((), ()) if track.eq is None else _locked(track.eq)
    set_by_hand = [f"The artist set {gain_db:+g} dB."] if gain_db else []
    return Treatment(
        track=number,
        title=track.title,
        mix_sha256=source.sha256,
        rate_hz=source.mix.rate_hz,
        start=source.start,
        stop=source.stop,
        dc_offset=(0.0, 0.0),
        bands=eq_of(bands),
        gain_db=gain_db,
        without_loudness="silence" if analysis.is_digital_silence else "sound",
        reasons=(SILENCE if analysis.is_digital_silence else NO_LOUDNESS, *set_by_hand, *reasons),
    )


def treat_pregap(source: Source, treatment: Treatment, analysis: Analysis | None = None) -> Treatment:
    """What is done to the recording before index 1 of a track: the same as to the track, so that it leads into it.

    `analysis` is what was measured of it; without one, it is taken to have a loudness.
    """
    quiet = None if analysis is None or analysis.has_loudness else analysis
    highest_hz = HIGHEST_SHARE * source.mix.rate_hz
    return treatment.model_copy(
        update={
            "pregap": True,
            "mix_sha256": source.sha256,
            "rate_hz": source.mix.rate_hz,
            "start": source.start,
            "stop": source.stop,
            "dc_offset": (0.0, 0.0),
            "without_loudness": quiet and ("silence" if quiet.is_digital_silence else "sound"),
            "bands": tuple(band for band in treatment.bands if band.frequency_hz < highest_hz),
            "reasons": (f"Stands before index 1 of track {treatment.track}, and is treated as one with it.",),
        }
    )


def _equalised_lu(performance: Performance, bands: Sequence[Band]) -> float:
    """What an equaliser does to the loudness of a performance, in LU."""
    return loudness_change_lu(
        performance.spectrum, response_db(bands, performance.rate_hz, np.array(performance.spectrum.centres_hz))
    )


def _standing(performance: Performance, intent: Intent, baseline: Baseline) -> Standing:
    """How a performance stands to the album's songs."""
    tone_alone, aside = _stands_apart(performance, baseline)
    is_short = baseline.interlude_s is not None and performance.duration_s < baseline.interlude_s
    if is_short and not aside:
        aside = f"It is an interlude of {clock(performance.duration_s)}"
    is_aside = bool(aside) and baseline.interlude_s is not None
    found = level.level_of(
        performance.loud_lufs,
        baseline.loud_end_lufs,
        intent,
        is_aside=is_aside,
        loudest_lu=baseline.loudest_lu or 0.0,
    )
    return Standing(found, tone_alone, aside if is_aside else "")


def _stands_apart(performance: Performance, baseline: Baseline) -> tuple[str, str]:
    """Why the tone of a performance is left alone, and what it is instead of a song; both empty where it is matched."""
    if performance.eq is not None:
        return "", ""
    if performance.told_exempt:
        return "Tone left alone, as the artist says.", "Its tone is exempt"
    if performance.is_spoken:
        return SPOKEN, "It is spoken"
    far_db = distance_db(performance.tone, np.array(baseline.centre_db))
    if performance.told_exempt is None and is_far(far_db, baseline.farthest_db):
        words = f"Has little in common with the others: {far_db:.0f} dB from the album's centre, where "
        return f"{words}{baseline.farthest_db:.0f} is far. Its tone is left alone.", "It has little in common with them"
    return "", ""


def _tone(
    performance: Performance, intent: Intent, baseline: Baseline, standing: Standing
) -> tuple[tuple[Band, ...], tuple[str, ...]]:
    """The performance's equaliser: the artist's own, none where it is left alone, or what matches it to the target."""
    if performance.eq is not None:
        return _locked(performance.eq)
    if standing.tone_alone:
        return (), (standing.tone_alone,)
    rumbles = has_rumble(performance.analyses)
    towards = CALLED[baseline.target]
    return match(performance.tone, baseline.matched_to, intent, performance.rate_hz, towards, has_rumble=rumbles)


def _locked(eq: Sequence[EqBand]) -> tuple[tuple[Band, ...], tuple[str, ...]]:
    bands = bands_of(eq)
    return bands, (f"The artist set the equaliser: {in_words(bands)}.",)


def _shape(performance: Performance, intent: Intent) -> tuple[float, tuple[str, ...]]:
    """What the width that was asked for does to loudness in LU, and all that was asked for, in words."""
    reasons = list[str]()
    if intent.high_pass_hz:
        under_db = power_decibels(_share_under(performance.analyses, intent.high_pass_hz))
        reasons.append(f"As asked for, rumble under {intent.high_pass_hz:g} Hz is taken out: {under_db:.0f} dB re all.")
    if intent.mono_below_hz:
        reasons.append(f"As asked for, the side goes to the middle below {intent.mono_below_hz:g} Hz, 6 dB an octave.")
    if not intent.width_db:
        return 0.0, tuple(reasons)
    reasons.append(f"As asked for, the side is set {intent.width_db:+g} dB.")
    return loudness_change_lu(performance.spectrum, 0.0, intent.width_db), tuple(reasons)


def _share_under(analyses: Sequence[Analysis], corner_hz: float) -> float:
    """What share of all power lies under a corner, to the width of a fine bin; a little above zero for none."""
    under = sum(float(a.spectrum.fine_powers[: round(corner_hz / a.spectrum.fine_bin_hz)].sum()) for a in analyses)
    return max(1e-15, under / max(1e-15, sum(float(a.spectrum.fine_powers.sum()) for a in analyses)))


def _offset(performance: Performance) -> tuple[tuple[float, float], tuple[str, ...]]:
    """What is taken off left and right, and why: the mean, where it is a fault and not the music's own asymmetry.

    There is one value for a whole performance, or its transitions would get a step.
    """
    faults = [fault for a in performance.analyses for fault in a.defects.faults if fault.kind == "dc-offset"]
    if not faults:
        return (0.0, 0.0), ()
    left, right = np.average(
        [a.defects.dc_offset for a in performance.analyses], axis=0, weights=performance.durations_s
    ).tolist()
    return (left, right), tuple(f"{fault.words} It is taken off." for fault in faults)
