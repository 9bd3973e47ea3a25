"""Where everything stands: gaps, overlaps, sides and marks, in whole frames, the same for every deliverable.

Clips are placed to the sample at the album's working rate. Marks and lengths stand on the grid of 1/75 s (IEC 60908),
which is a whole number of samples at every rate that is delivered, so a CD and a download part at the same places.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from albums import Album, Frozen
from albums.faults import Fault, place
from formats import FRAMES_PER_SECOND, Layout, Mark

WORKING_RATES_HZ = (44100, 48000, 88200, 96000, 176400, 192000)

Frames = Annotated[int, Field(ge=0)]
DeliveryRate = Annotated[int, Field(ge=44100, le=192000, multiple_of=FRAMES_PER_SECOND)]
Item = TypeVar("Item")
Joint = Literal["equal-power", "equal-gain", "correlated"]


def some(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """`items` as they are; raises ValueError when there are none."""
    if not items:
        raise ValueError("is empty; wanted one or more")
    return items


class Clip(Frozen):
    """One mix in a sequence: where it starts, how long it is, how far it overlaps the clip before it, its fades."""

    track: Annotated[int, Field(ge=1)]
    start: Frames
    length: Annotated[int, Field(ge=1)]
    overlap: Frames = 0
    shape: Joint = "equal-power"
    correlation: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    fade_in: Frames = 0
    fade_out: Frames = 0


class CdMark(Frozen):
    """A track's mark, and where the pause before it starts if there is one, in CD frames of 1/75 s."""

    track: Annotated[int, Field(ge=1)]
    cd_frame: Frames
    pause_cd_frame: Frames | None = None


class Programme(Frozen):
    """One disc, one file set or one side: clips in samples at `rate_hz`, marks and length in CD frames."""

    side: str = ""
    rate_hz: DeliveryRate
    cd_frames: Annotated[int, Field(ge=1)]
    clips: Annotated[tuple[Clip, ...], AfterValidator(some)]
    marks: Annotated[tuple[CdMark, ...], AfterValidator(some)]

    @property
    def frames(self) -> int:
        """The length in samples at the working rate."""
        return self.cd_frames * self.rate_hz // FRAMES_PER_SECOND

    def layout(self, rate_hz: int, bits: int) -> Layout:
        """The programme as delivered at `rate_hz`, a multiple of 75 Hz."""
        unit = rate_hz // FRAMES_PER_SECOND
        marks = tuple(
            Mark(m.track, m.cd_frame * unit, None if m.pause_cd_frame is None else m.pause_cd_frame * unit)
            for m in self.marks
        )
        return Layout(rate_hz, bits, self.cd_frames * unit, marks, self.side)


def working_rate_hz(stretches: Iterable[tuple[int, float]]) -> int:
    """The album's native rate from (rate in Hz, duration in s) of its mixes: the one that carries most of it.

    Of equals the higher. A rate that nobody delivers is raised to the next that somebody does.
    """
    carried: Counter[int] = Counter()
    for rate_hz, duration_s in stretches:
        carried[rate_hz] += round(duration_s * 1000)
    native = max(carried, key=lambda rate_hz: (carried[rate_hz], rate_hz))
    return delivery_rate_hz(native, WORKING_RATES_HZ)


def delivery_rate_hz(native_hz: int, rates_hz: Sequence[int]) -> int:
    """The lowest of `rates_hz` that loses nothing of `native_hz`; failing that the highest."""
    return min((rate for rate in rates_hz if rate >= native_hz), default=max(rates_hz))


def overlaps(album: Album, rate_hz: int) -> tuple[int, ...]:
    """For each track the frames that it is wished to overlap the one before it."""
    return tuple(round((track.crossfade_s or 0.0) * rate_hz) for track in album.tracks)


def joint_faults(album: Album, lengths: Sequence[int], rate_hz: int) -> Iterator[Fault]:
    """Overlaps and fades that are longer than the music they are laid on; `lengths` in frames at `rate_hz`."""
    laps = (*overlaps(album, rate_hz), 0)
    for index, (track, length) in enumerate(zip(album.tracks, lengths, strict=True)):
        here = place("album.toml", ["tracks", index])
        lasts = f"the track lasts {length / rate_hz:.2f} s after trims"
        before = lengths[index - 1] if index else length
        if laps[index] > min(length, before):
            shorter = lasts if length <= before else f"the track before it lasts {before / rate_hz:.2f} s after trims"
            yield Fault(f"{here}.crossfade_s", f"{track.crossfade_s} s is longer than a track: {shorter}")
        elif laps[index] + laps[index + 1] > length:
            yield Fault(here, f"the crossfades into and out of it meet: {lasts}; shorten one")
        if round((track.fade_in_s + track.fade_out_s) * rate_hz) > length:
            yield Fault(here, f"fade_in_s and fade_out_s are longer than the track: {lasts}")


def arrange(
    album: Album, lengths: Sequence[int], rate_hz: int, correlations: Sequence[float | None], sides: Sequence[str]
) -> tuple[Programme, ...]:
    """The programmes of an album: one for each letter of `sides`, in order (one in all where every side is "").

    `lengths`: frames of each track at `rate_hz`; `correlations`: of each overlap, where it was measured.
    """
    programmes = []
    for side in dict.fromkeys(sides):
        indices = [index for index, letter in enumerate(sides) if letter == side]
        programmes.append(_programme(album, side, indices, lengths, rate_hz, correlations))
    return tuple(programmes)


def _programme(
    album: Album,
    side: str,
    indices: Sequence[int],
    lengths: Sequence[int],
    rate_hz: int,
    correlations: Sequence[float | None],
) -> Programme:
    laps, clips, marks, end = overlaps(album, rate_hz), [], [], 0
    for index in indices:
        first, last = index == indices[0], index == indices[-1]
        overlap = 0 if first else laps[index]
        gap = 0 if overlap or (first and index) else round(album.gap_before_s(index + 1) * rate_hz)
        # After silence music starts on the grid, so that its mark is exact; where it runs on, it keeps its sample.
        start = _grid_up(end + gap, rate_hz) * rate_hz // FRAMES_PER_SECOND if gap else end - overlap
        track = album.tracks[index]
        # A crossfade that a change of side cuts in two becomes a fade on either side.
        into = laps[index] if first else 0
        out_of = laps[index + 1] if last and index + 1 < len(laps) else 0
        shape, correlation = _joint(track.crossfade_shape, correlations[index])
        clips.append(
            Clip(
                track=index + 1,
                start=start,
                length=lengths[index],
                overlap=overlap,
                shape=shape,
                correlation=correlation,
                fade_in=max(round(track.fade_in_s * rate_hz), into),
                fade_out=max(round(track.fade_out_s * rate_hz), out_of),
            )
        )
        marks.append(_mark(index + 1, 0 if first else start, end if gap and not first else None, rate_hz))
        end = start + lengths[index]
    return Programme(
        side=side, rate_hz=rate_hz, cd_frames=_grid_up(end, rate_hz), clips=tuple(clips), marks=tuple(marks)
    )


def _joint(wished: str | None, correlation: float | None) -> tuple[Joint, float]:
    if wished == "equal-gain":
        return "equal-gain", 0.0
    if wished == "equal-power" or correlation is None:
        return "equal-power", 0.0
    return "correlated", correlation


def _mark(track: int, start: int, silence: int | None, rate_hz: int) -> CdMark:
    """The mark on the grid, at or before the music's first sample; a pause where at least a CD frame is silent."""
    cd_frame = start * FRAMES_PER_SECOND // rate_hz
    pause = None if silence is None else _grid_up(silence, rate_hz)
    return CdMark(track=track, cd_frame=cd_frame, pause_cd_frame=None if pause is None or pause >= cd_frame else pause)


def _grid_up(frame: int, rate_hz: int) -> int:
    return -(-frame * FRAMES_PER_SECOND // rate_hz)
