"""Decides an album's spacing from the sound, by how its mixes begin, end and meet."""

from collections.abc import Sequence
from dataclasses import replace

from albums import MANIFEST, Album
from albums.faults import Fault, place
from pipeline.analysis.analysis import Analysis
from pipeline.analysis.edges import attacks_at_border, beginning, ending
from pipeline.analysis.mix_notes import mix_notes
from pipeline.intake.mixes import Source
from pipeline.sequencing.spacing import Edges, Spacing, spacing_of
from pipeline.sequencing.transitions import Transition, butt_joint, crossfade
from pipeline.system.parallel import parallel_map, processors

DIP_DB = 3.0  # taste: a listener notices a hole this deep in a crossfade


def sequence_album(
    album: Album, used: Sequence[Source], pregaps: Sequence[Source | None], analyses: Sequence[Analysis]
) -> Spacing:
    """The spacing of `album`; `pregaps` has the recording before index 1 of each track, or None."""
    tracks = list(parallel_map(_edges, used, processors()))
    spacing = spacing_of(
        album,
        used,
        pregaps,
        tracks,
        [_edges(source) if source else None for source in pregaps],
        [_butted(album, index, used, tracks, analyses) for index in range(len(used))],
        [analysis.loud_end_lufs for analysis in analyses],
        frozenset(number for number, analysis in enumerate(analyses, start=1) if not analysis.has_loudness),
    )
    return _crossed(spacing)


def notes_in_sequence(spacing: Spacing, analyses: Sequence[Analysis]) -> tuple[tuple[Fault, ...], ...]:
    """What is to be told about each mix in its place; where music runs on, no start or end is called abrupt."""
    joined = {n for n, transition in enumerate(spacing.transitions, start=1) if transition and transition.runs_on}
    found = mix_notes(spacing.album, spacing.sources, analyses, joined)
    return tuple((*said, *more) for said, more in zip(found, spacing.warnings, strict=True))


def _edges(source: Source) -> Edges:
    return Edges(beginning(source.stretch), ending(source.stretch))


def _butted(
    album: Album, index: int, used: Sequence[Source], edges: Sequence[Edges], analyses: Sequence[Analysis]
) -> Transition | None:
    """How two mixes would meet end to start; None for the first, or where they overlap or a recording is between.

    Nothing runs on into or out of what has no loudness.
    """
    track = album.tracks[index]
    if not index or track.crossfade_s or track.lead_in.mix:
        return None
    leaving, entering = used[index - 1].stretch, used[index].stretch
    if not (analyses[index - 1].has_loudness and analyses[index].has_loudness):
        return Transition(attacks_s=attacks_at_border(leaving, entering))
    return butt_joint(leaving, entering, edges[index - 1].ending, edges[index].beginning)


def _crossed(spacing: Spacing) -> Spacing:
    """The spacing with its crossfades measured, on what is left of the mixes once their edges are cut."""
    transitions, warnings = list(spacing.transitions), list(spacing.warnings)
    for index, track in enumerate(spacing.album.tracks):
        if not index or not track.crossfade_s:
            continue
        leaving, entering = (spacing.tracks[n].source.stretch for n in (index - 1, index))
        transition = crossfade(leaving, entering, track.crossfade_s, track.crossfade_shape)
        transitions[index] = transition
        if transition.dip_db >= DIP_DB:
            words = f"the crossfade sinks {transition.dip_db:.1f} dB under the music on either side of it; "
            words += "overlap less, or trim what fades by itself"
            warnings[index] += (Fault(place(MANIFEST, ["tracks", index, "crossfade_s"]), words, "warning"),)
    return replace(spacing, transitions=tuple(transitions), warnings=tuple(warnings))
