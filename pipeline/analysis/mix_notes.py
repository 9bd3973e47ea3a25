"""What a mastering engineer would say of an album's mixes before touching them: each by itself, and side by side."""

from collections.abc import Collection, Iterator, Sequence

from albums import MANIFEST, Album
from albums.faults import Fault, Severity, place
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.diagnosis import in_short
from pipeline.analysis.duplicates import shared_music
from pipeline.intake.mixes import Mix, Source

HELD_BITS = {"PCM_16": 16, "ALAC_16": 16, "ALAC_20": 20}  # bits of sound a file holds, by encoding; any other: 24
DELIVERED_TWICE = {"same", "swapped"}  # any other shared music may be meant: an edit, a reprise
FEWEST_UNUSED_BITS = 4  # fewer are not worth reporting: a fader at -6 dB leaves one
SHORTEST_LOUDNESS_S = 0.4  # a gating block
AS_IT_IS = "it passes as it is, and has no part in the album's level and tone"


def mix_notes(
    album: Album, used: Sequence[Source], analyses: Sequence[Analysis], joined: Collection[int] = ()
) -> tuple[tuple[Fault, ...], ...]:
    """What a mastering engineer would be told about each mix: refusals, warnings and notes, with their times.

    A start or end in full sound is not reported where the sequence joins or fades it, nor at the starts of the tracks
    whose numbers are in `joined`: the music is known to run on into these.
    """
    cut = [_cut_off(album, number, analyses, joined) for number in range(1, len(used) + 1)]
    parted = {number for number in range(2, len(used) + 1) if _is_parted(album, number, cut)}
    found = []
    for number, (source, analysis) in enumerate(zip(used, analyses, strict=True), start=1):
        told = cut[number - 1] - ({STARTS} if number in parted else set()) - ({ENDS} if number + 1 in parted else set())
        found.append(notes_on(source.mix, analysis, {STARTS, ENDS} - told))
        if number in parted:
            found[-1] += (_parted(album, number, analyses),)
    if not any(analysis.has_loudness for analysis in analyses):
        words = "have no loudness, none of them: there is nothing to master"
        found[0] = (Fault(place(MANIFEST, ["tracks"]), words), *found[0])
    for second, fault in _twice(used, analyses):
        found[second] += (fault,)
    return tuple(found)


def pregap_notes(mixes: Sequence[Mix], analyses: Sequence[Analysis]) -> tuple[tuple[Fault, ...], ...]:
    """What is told of each recording before an index 1: what stands in the way of using it, and that it is silent.

    How they begin and end does not matter.
    """
    return tuple(
        tuple(
            fault
            for fault in notes_on(mix, analysis)
            if fault.severity == "refusal" or (fault.severity == "warning" and not analysis.has_loudness)
        )
        for mix, analysis in zip(mixes, analyses, strict=True)
    )


def notes_on(mix: Mix, analysis: Analysis, expected: Collection[str] = ()) -> tuple[Fault, ...]:
    """What is to be reported about `mix`, the kinds of defect that are `expected` left out."""
    return tuple(_found(mix, analysis, expected))


def _found(mix: Mix, analysis: Analysis, expected: Collection[str]) -> Iterator[Fault]:
    yield from mix.remarks
    if not (analysis.has_loudness or analysis.defects.refused):
        yield from _without_loudness(mix, analysis)
        return
    told = {"bandwidth"} if mix.raised_from else set()  # among the remarks
    defects = [defect for defect in analysis.defects.faults if defect.kind not in {*expected, *told}]
    yield from (Fault(mix.where, words, severity) for severity, words in in_short(defects))
    yield from _padded(mix, analysis)
    peak_dbfs = analysis.true_peak.sample_peak_dbfs
    if peak_dbfs > 0.0 and not analysis.defects.refused:
        words = f"peaks at {peak_dbfs:+.1f} dBFS in floating point; nothing is lost, the level is set anew"
        yield Fault(mix.where, words, "note")


def _without_loudness(mix: Mix, analysis: Analysis) -> Iterator[Fault]:
    """A warning: silence may be meant, and so may a breath. Of defects only an offset is told: its ends are heard."""
    duration_s = analysis.frames / analysis.rate_hz
    is_short = duration_s < SHORTEST_LOUDNESS_S
    silent = [defect.words.removesuffix(".") for defect in analysis.defects.faults if defect.kind == "silence"]
    lasts = f"{duration_s:.3f} s" if duration_s >= 0.001 else "less than a millisecond"
    measured = f"it lasts {lasts}" if is_short else "it lies under -70 LUFS throughout"
    words = silent[0] if silent else f"No loudness can be measured: {measured}"
    yield Fault(mix.where, f"{words}; {AS_IT_IS}.", "warning")
    offsets = [defect for defect in analysis.defects.faults if defect.kind == "dc-offset" and not is_short]
    yield from (Fault(mix.where, defect.words, defect.severity) for defect in offsets)


def _padded(mix: Mix, analysis: Analysis) -> Iterator[Fault]:
    """A note where a file has more bits than its sound uses."""
    used, held = analysis.word_length_bits, HELD_BITS.get(mix.encoding, 24)
    if used is not None and held - used >= FEWEST_UNUSED_BITS:
        words = f"{mix.encoding} holds {used} bits of sound, the rest is zero; export it again if it was mixed in more"
        yield Fault(mix.where, words, "note")


STARTS, ENDS = "starts-abruptly", "ends-abruptly"


def _cut_off(album: Album, number: int, analyses: Sequence[Analysis], joined: Collection[int]) -> set[str]:
    """Whether a track starts, and ends, in full sound where the sequence neither joins nor fades it."""
    track, analysis = album.tracks[number - 1], analyses[number - 1]
    is_joined = [each in joined or (each <= len(album.tracks) and album.joins(each)) for each in (number, number + 1)]
    expected = set[str]()
    if is_joined[0] or track.fade_in_s or track.trim_start_s:
        expected.add(STARTS)
    if is_joined[1] or track.fade_out_s or track.trim_end_s:
        expected.add(ENDS)
    told = analysis.defects.faults if analysis.has_loudness else ()
    return {kind for kind in (STARTS, ENDS) if any(defect.kind == kind for defect in told)} - expected


def _is_parted(album: Album, number: int, cut: Sequence[set[str]]) -> bool:
    """Whether nothing but a gap parts two full sounds: the one before track `number`, and its own."""
    track, before = album.tracks[number - 1], album.tracks[number - 2]
    turns = track.side not in (None, before.side) or track.disc not in (None, before.disc)
    return STARTS in cut[number - 1] and ENDS in cut[number - 2] and not track.pregap and not turns


def _parted(album: Album, number: int, analyses: Sequence[Analysis]) -> Fault:
    """One warning at the border where one mix ends, and the next begins, in full sound."""
    ends_dbfs, starts_dbfs = (
        next(defect.figure for defect in analyses[index].defects.faults if defect.kind == kind)
        for index, kind in ((number - 2, ENDS), (number - 1, STARTS))
    )
    gap_s = album.gap_before_s(number)
    gap = '"auto"' if gap_s == "auto" else f"{gap_s:g}"
    words = (
        f"track {number - 1} ends, and this one starts, in full sound, at {ends_dbfs:.1f} and {starts_dbfs:.1f} dBFS, "
        f"and gap_s = {gap} parts them; if the music runs on there, gap_s = 0 under tracks[{number}] joins them"
    )
    return Fault(place(MANIFEST, ["tracks", number - 1, "gap_s"]), words, "warning")


def _twice(used: Sequence[Source], analyses: Sequence[Analysis]) -> Iterator[tuple[int, Fault]]:
    """For each track, from 0, that has the music of an earlier one, what is told of it; silence is no music."""
    sounding = [index for index, analysis in enumerate(analyses) if analysis.has_loudness]
    first, copies = dict[str, int](), set[tuple[int, int]]()
    for index in sounding:
        earlier = first.setdefault(used[index].sha256, index)
        if earlier != index:
            copies.add((earlier, index))
            words = f"is the same recording as tracks[{earlier + 1}].mix, byte for byte"
            yield index, Fault(used[index].mix.where, words)
    for shared in shared_music(analyses):
        if (shared.first - 1, shared.second - 1) not in copies:
            severity: Severity = "warning" if shared.kind in DELIVERED_TWICE else "note"
            yield shared.second - 1, Fault(used[shared.second - 1].mix.where, shared.words, severity)
