"""Whether the sequence fits what the profile describes: how many tracks, how short, how long a disc or a side."""

from collections.abc import Iterator, Sequence

from albums import MANIFEST, Album
from albums.faults import Fault, place
from formats import FRAMES_PER_SECOND
from pipeline.plan.sequence import PlannedProgramme
from pipeline.system.times import clock
from profiles import Profile


def capacity_faults(album: Album, profile: Profile, programmes: Sequence[PlannedProgramme]) -> Iterator[Fault]:
    """Where the sequence breaks the profile's layout: counts and lengths as refusals, long programmes as warnings."""
    layout = profile.layout
    for programme in programmes:
        length_s = programme.cd_frames / FRAMES_PER_SECOND
        which = f"{programme.part} of " if programme.part else ""
        if len(programme.marks) > layout.maximum_tracks:
            words = f"{len(programme.marks)} tracks; {profile.name} takes {layout.maximum_tracks}"
            yield Fault(place(MANIFEST, ["tracks"]), words)
        yield from _short_tracks(profile, programme)
        if layout.sides:
            yield from _overfull(album, {programme.side: length_s}, layout.maximum_programme_s or float("inf"))
        elif layout.maximum_programme_s and length_s > layout.maximum_programme_s:
            words = f"the programme lasts {clock(length_s)}; {profile.name} takes {clock(layout.maximum_programme_s)}"
            remedy = ": move tracks with `disc`" if programme.disc else ""
            yield Fault(place(MANIFEST, ["tracks"]), f"{which}{words}{remedy}")
        if layout.warning_programme_s and length_s > layout.warning_programme_s:
            words = f"{which}{profile.name} lasts {clock(length_s)}; "
            words += f"over {clock(layout.warning_programme_s)} ask the plant"
            yield Fault("", words, "warning")


def _overfull(album: Album, lengths_s: dict[str, float], maximum_s: float) -> Iterator[Fault]:
    """A refusal for each side of `lengths_s` that is longer than `maximum_s`."""
    given = any(track.side for track in album.tracks)
    remedy = "move tracks with `side`" if given else "shorten a track: it does not fit on a side by itself"
    for side, length_s in lengths_s.items():
        if length_s > maximum_s:
            words = f"side {side} lasts {clock(length_s)}; a side holds {clock(maximum_s)}: {remedy}"
            yield Fault(place(MANIFEST, ["tracks"]), words)


def _short_tracks(profile: Profile, programme: PlannedProgramme) -> Iterator[Fault]:
    for mark, _, stop in programme.layout(programme.rate_hz, 24).spans():
        length_s = (stop - mark.start) / programme.rate_hz
        if length_s < profile.layout.minimum_track_s:
            words = f"lasts {length_s:.2f} s; {profile.name} takes no track under {profile.layout.minimum_track_s:g} s"
            yield Fault(place(MANIFEST, ["tracks", mark.track - 1]), words)
