"""Where everything is placed: gaps, overlaps, pregaps, sides, discs and marks, the same places for every deliverable.

A gap runs from where one track is last heard to where the next is first heard, which then lies on a CD frame. After
silence a mark stands a little before the music, since players start late; where music runs on it stands at the
transition, on the CD frame before it, and earlier where an attack rises there. Source: IEC 60908 for the frame; `LEAD`
is the habit of mastering houses (5 to 12 frames), not a standard.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from albums import MANIFEST
from albums.faults import Fault, place
from formats import FRAMES_PER_SECOND
from pipeline.plan.sequence import CdMark, Clip, PlannedProgramme, SideOrDisc
from pipeline.processors.resampling import resampled_length
from pipeline.sequencing.spacing import PlacedMix, Spacing, gap_before_s
from pipeline.sequencing.transitions import law_of

LEAD = 10  # CD frames that a mark stands before the music after silence
FARTHEST = 15  # CD frames that a mark goes back at most to keep out of an attack


@dataclass(frozen=True)
class _Span:
    """A mix in frames at the working rate: its length, and from where to where it is heard."""

    length: int
    first: int
    last: int


def build_programmes(
    spacing: Spacing, rate_hz: int, parts: Sequence[SideOrDisc], *, is_disc: bool = False
) -> tuple[PlannedProgramme, ...]:
    """The programmes of an album: one for each of `parts`, in order.

    Only if it `is_disc` can something stand before index 1 of the first track: hidden tracks are on discs alone.
    """
    return tuple(
        _Timeline(
            spacing, rate_hz, part, [n for n, each in enumerate(parts) if each == part], is_disc=is_disc
        ).programme()
        for part in dict.fromkeys(parts)
    )


def overlaps(spacing: Spacing, rate_hz: int) -> tuple[int, ...]:
    """For each track, how many frames it is wished to overlap the one before it."""
    return tuple(round((track.crossfade_s or 0.0) * rate_hz) for track in spacing.album.tracks)


def transition_faults(spacing: Spacing, rate_hz: int) -> Iterator[Fault]:
    """Overlaps, fades and indexes that do not fit the music they are put on, and music too short for a sample."""
    laps, lengths = (*overlaps(spacing, rate_hz), 0), [_span(placed, rate_hz).length for placed in spacing.tracks]
    for index, (track, length) in enumerate(zip(spacing.album.tracks, lengths, strict=True)):
        here = place(MANIFEST, ["tracks", index])
        lasts = f"the track lasts {length / rate_hz:.2f} s after trims"
        before = lengths[index - 1] if index else length
        if not length:
            yield Fault(here, f"is too short: what is used of its mix is no whole sample at {rate_hz} Hz")
        if laps[index] > min(length, before):
            shorter = lasts if length <= before else f"the track before it lasts {before / rate_hz:.2f} s after trims"
            yield Fault(f"{here}.crossfade_s", f"{track.crossfade_s} s is longer than a track: {shorter}")
        elif laps[index] + laps[index + 1] > length:
            yield Fault(here, f"the crossfades into and out of it meet: {lasts}; shorten one")
        if round((track.fade_in_s + track.fade_out_s) * rate_hz) > length:
            yield Fault(here, f"fade_in_s and fade_out_s are longer than the track: {lasts}")
        yield from _misplaced(spacing, index)


def _misplaced(spacing: Spacing, index: int) -> Iterator[Fault]:
    """Indexes and a pregap's end that are not inside what is used of the mix, or not a CD frame apart."""
    track, source = spacing.album.tracks[index], spacing.tracks[index].source
    here, frame_s = place(MANIFEST, ["tracks", index]), 1.0 / FRAMES_PER_SECOND
    begin_s, end_s = source.start / source.mix.rate_hz, source.stop / source.mix.rate_hz
    of_mix_s = track.lead_in.of_mix_s
    if of_mix_s and not begin_s + frame_s < of_mix_s < end_s - frame_s:
        wanted = f"wanted after {begin_s:.2f} and before {end_s:.2f} s of the mix"
        words = f"found {of_mix_s:g}; {wanted}: what lies outside is trimmed, or silence that is cut"
        yield Fault(f"{here}.pregap.of_mix_s", words)
    latest_s = max(begin_s, of_mix_s)
    for number, index_s in enumerate(track.indexes_s, start=2):
        if not latest_s + 2 * frame_s <= index_s <= end_s - frame_s:
            words = (
                f"index {number:02d} at {index_s:g} s; wanted after {latest_s:.2f} and before {end_s:.2f} s of the mix"
            )
            yield Fault(f"{here}.indexes_s", words)
        latest_s = index_s


def _span(placed: PlacedMix, rate_hz: int) -> _Span:
    source = placed.source
    length = resampled_length(source.stop - source.start, source.mix.rate_hz, rate_hz)
    first, last = (round(frame * rate_hz / source.mix.rate_hz) for frame in (placed.first, placed.last))
    return _Span(length, min(first, length), min(last, length))


class _Timeline:
    """One programme in the making: what is placed so far, and where it is last heard."""

    def __init__(
        self, spacing: Spacing, rate_hz: int, part: SideOrDisc, indices: Sequence[int], *, is_disc: bool
    ) -> None:
        self._spacing, self._rate_hz, self._part, self._indices = spacing, rate_hz, part, indices
        self._unit, self._is_disc = rate_hz // FRAMES_PER_SECOND, is_disc
        self._laps = overlaps(spacing, rate_hz)
        self._clips, self._marks = list[Clip](), list[CdMark]()
        self._end = self._heard = 0

    def programme(self) -> PlannedProgramme:
        for index in self._indices:
            self._lay(index)
        end = max(self._end, self._heard + round(self._spacing.album.intent.tail_s * self._rate_hz))
        return PlannedProgramme(
            side=self._part.side,
            disc=self._part.disc,
            rate_hz=self._rate_hz,
            cd_frames=self._grid_up(end),
            clips=tuple(self._clips),
            marks=tuple(self._marks),
        )

    def _lay(self, index: int) -> None:
        """Place one track after what is there, and its marks."""
        placed, opens = self._spacing.tracks[index], index == self._indices[0]
        span, overlap = _span(placed, self._rate_hz), 0 if opens else self._laps[index]
        silent_from = self._heard
        start = self._end - overlap if overlap else self._after(index, span)
        mark = self._mark(index, start, span, silent_from)
        pause = self._pause(index, start, silent_from)
        indexes = tuple(self._place(placed, start, index_s) for index_s in self._spacing.album.tracks[index].indexes_s)
        self._clips.append(self._clip(index, start, span, overlap))
        self._marks.append(
            CdMark(
                track=index + 1,
                cd_frame=mark,
                pause_cd_frame=None if pause is None or pause >= mark else pause,
                index_cd_frames=indexes,
            )
        )
        self._end, self._heard = start + span.length, start + span.last

    def _after(self, index: int, span: _Span) -> int:
        """Where a track without an overlap starts: butted, after its gap, or after what leads into it."""
        place, butts = self._gap_end(index)
        pregap = self._pregap(index)
        if pregap:
            lead = _span(pregap, self._rate_hz)
            start = place if butts else max(place - lead.first, self._heard)
            fade_in = round(pregap.fade_in * self._rate_hz / pregap.source.mix.rate_hz)
            clip = Clip(track=index + 1, pregap=True, start=start, length=lead.length, fade_in=fade_in)
            self._clips.append(clip)
            return start + lead.length
        if butts:
            return place
        # What is first heard stands on a CD frame, so that its mark is as far before it as after any other gap.
        return max(self._grid_up(place) * self._unit - span.first, self._heard)

    def _gap_end(self, index: int) -> tuple[int, bool]:
        """Where a track would first be heard, and whether it is butted instead: placed at the end of the one before."""
        track, intent = self._spacing.album.tracks[index], self._spacing.album.intent
        opens = index == self._indices[0]
        gap_s = gap_before_s(self._spacing, index + 1)
        if opens:
            gap_s = gap_s if index == 0 and track.gap_s not in (None, "auto") else intent.head_s
        silence_s = track.lead_in.silence_s if self._is_disc or not opens else 0.0
        if gap_s or opens:
            return self._heard + round((gap_s + silence_s) * self._rate_hz), False
        return self._end + round(silence_s * self._rate_hz), not silence_s

    def _pregap(self, index: int) -> PlacedMix | None:
        return self._spacing.pregaps[index] if self._is_disc or index else None

    def _mark(self, index: int, start: int, span: _Span, silent_from: int) -> int:
        """Index 1 of a track, in CD frames."""
        track, opens = self._spacing.album.tracks[index], index == self._indices[0]
        onset = (start + span.first) // self._unit
        if opens and not (self._is_disc and track.pregap):
            return 0
        if track.lead_in.of_mix_s:
            mark = self._place(self._spacing.tracks[index], start, track.lead_in.of_mix_s)
        elif self._pregap(index):
            mark = start // self._unit
        elif self._is_bound(index):
            mark = self._calm(index, start)
        else:
            mark = max(onset - LEAD, min(self._grid_up(silent_from), onset))
        return max(mark, self._earliest())

    def _pause(self, index: int, start: int, silent_from: int) -> int | None:
        """Index 0 of a track, in CD frames; it has none where that is no earlier than index 1."""
        track = self._spacing.album.tracks[index]
        if index == self._indices[0]:
            return 0
        if not self._is_bound(index):
            pause = self._grid_up(silent_from)
        elif self._pregap(index):
            pause = self._clips[-1].start // self._unit
        elif track.pregap:
            pause = start // self._unit
        else:
            return None
        return max(pause, self._earliest())

    def _earliest(self) -> int:
        """The first CD frame that no index of an earlier track stands on."""
        if not self._marks:
            return 0
        latest = self._marks[-1]
        return max(latest.cd_frame, *latest.index_cd_frames, 0) + 1

    def _is_bound(self, index: int) -> bool:
        track = self._spacing.album.tracks[index]
        return bool(self._laps[index]) or not (gap_before_s(self._spacing, index + 1) or track.lead_in.silence_s)

    def _calm(self, index: int, border: int) -> int:
        """The last CD frame at or before `border` that lies in no attack; the one before it where all do."""
        transition = self._spacing.transitions[index]
        frame = border // self._unit
        for candidate in range(frame, max(frame - FARTHEST, 0), -1):
            at_s = (candidate * self._unit - border) / self._rate_hz
            if not any(begin_s < at_s < end_s for begin_s, end_s in (transition.attacks_s if transition else ())):
                return candidate
        return frame

    def _place(self, placed: PlacedMix, start: int, mix_s: float) -> int:
        """The CD frame in which the time `mix_s` of a mix falls."""
        source = placed.source
        into_s = mix_s - source.start / source.mix.rate_hz
        return (start + round(into_s * self._rate_hz)) // self._unit

    def _clip(self, index: int, start: int, span: _Span, overlap: int) -> Clip:
        track, placed, transition = (
            self._spacing.album.tracks[index],
            self._spacing.tracks[index],
            self._spacing.transitions[index],
        )
        opens, closes = index == self._indices[0], index == self._indices[-1]
        # A crossfade that a change of side cuts in two becomes a fade on each of them.
        into = self._laps[index] if opens else 0
        out_of = self._laps[index + 1] if closes and index + 1 < len(self._laps) else 0
        cut_in, cut_out = (
            round(f * self._rate_hz / placed.source.mix.rate_hz) for f in (placed.fade_in, placed.fade_out)
        )
        correlation = transition.correlation if transition else None
        return Clip(
            track=index + 1,
            start=start,
            length=span.length,
            overlap=overlap,
            shape=law_of(track.crossfade_shape, correlation),
            correlation=correlation or 0.0,
            fade_in=min(span.length, max(round(track.fade_in_s * self._rate_hz), cut_in, into)),
            fade_out=min(span.length, max(round(track.fade_out_s * self._rate_hz), cut_out, out_of)),
        )

    def _grid_up(self, frame: int) -> int:
        return -(-frame // self._unit)
