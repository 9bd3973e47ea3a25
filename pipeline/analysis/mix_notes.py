"""What a mastering engineer would say of an album's mixes before touching them: each by itself, and side by side."""

from collections.abc import Collection, Iterator, Sequence

from albums import Album
from albums.faults import Fault, Severity
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.diagnosis import in_short
from pipeline.analysis.duplicates import shared_music
from pipeline.intake.mixes import Mix

HIGHEST_PEAK_DBFS = 40.0  # floats above it are integers in disguise or damage, not headroom
HELD_BITS = {"PCM_16": 16, "ALAC_16": 16, "ALAC_20": 20}  # bits of sound a file holds, by encoding; any other: 24
DELIVERED_TWICE = {"same", "swapped"}  # any other shared music may be meant: an edit, a reprise
FEWEST_UNUSED_BITS = 4  # fewer are not worth reporting: a fader at -6 dB leaves one


def mix_notes(album: Album, mixes: Sequence[Mix], analyses: Sequence[Analysis]) -> tuple[tuple[Fault, ...], ...]:
    """What a mastering engineer would be told about each mix: refusals, warnings and notes, with their times.

    A start or end in full sound is not reported where the sequence joins or fades it.
    """
    joins = [*(album.joins(number) for number in range(1, len(album.tracks) + 1)), False]
    found = []
    for index, (track, mix, analysis) in enumerate(zip(album.tracks, mixes, analyses, strict=True)):
        expected = set[str]()
        if joins[index] or track.fade_in_s or track.trim_start_s:
            expected.add("starts-abruptly")
        if joins[index + 1] or track.fade_out_s or track.trim_end_s:
            expected.add("ends-abruptly")
        found.append(notes_on(mix, analysis, expected))
    for shared in shared_music(analyses):
        severity: Severity = "warning" if shared.kind in DELIVERED_TWICE else "note"
        found[shared.second - 1] += (Fault(mixes[shared.second - 1].where, shared.words, severity),)
    return tuple(found)


def pregap_notes(mixes: Sequence[Mix], analyses: Sequence[Analysis]) -> Iterator[Fault]:
    """What stands in the way of using the recordings before an index 1; how they begin and end does not matter."""
    for mix, analysis in zip(mixes, analyses, strict=True):
        yield from (fault for fault in notes_on(mix, analysis) if fault.severity == "refusal")


def notes_on(mix: Mix, analysis: Analysis, expected: Collection[str] = ()) -> tuple[Fault, ...]:
    """What is to be reported about `mix`, the kinds of defect that are `expected` left out."""
    return tuple(_found(mix, analysis, expected))


def _found(mix: Mix, analysis: Analysis, expected: Collection[str]) -> Iterator[Fault]:
    defects = [defect for defect in analysis.defects.faults if defect.kind not in expected]
    yield from (Fault(mix.where, words, severity) for severity, words in in_short(defects))
    yield from _padded(mix, analysis)
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


def _padded(mix: Mix, analysis: Analysis) -> Iterator[Fault]:
    """A note where a file has more bits than its sound uses."""
    used, held = analysis.word_length_bits, HELD_BITS.get(mix.encoding, 24)
    if used is not None and held - used >= FEWEST_UNUSED_BITS:
        words = f"{mix.encoding} holds {used} bits of sound, the rest is zero; export it again if it was mixed in more"
        yield Fault(mix.where, words, "note")
