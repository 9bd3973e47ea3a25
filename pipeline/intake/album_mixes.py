"""All mixes of one album: opened, hashed, trimmed, and every fault in them told at once."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from albums import Album
from albums.faults import Fault, Refusal, place, refuse
from pipeline.intake.mixes import Mix, Source, Stretch, fingerprint, open_mix
from pipeline.system.parallel import parallel_map, processors


def open_mixes(album: Album) -> tuple[Mix, ...]:
    """All mixes of `album` in order; raises Refusal with the faults of all of them."""
    places = (place("album.toml", ["tracks", index, "mix"]) for index in range(len(album.tracks)))
    return _opened((album.folder / track.mix for track in album.tracks), places)


def open_references(album: Album) -> tuple[Mix, ...]:
    """The recordings that `album` names as its reference; raises Refusal with the faults of all of them."""
    names = album.intent.reference
    places = (place("album.toml", ["intent", "reference", index]) for index in range(len(names)))
    return _opened((album.folder / name for name in names), places)


def _opened(paths: Iterable[Path], places: Iterable[str]) -> tuple[Mix, ...]:
    mixes, faults = list[Mix](), list[Fault]()
    for path, where in zip(paths, places, strict=True):
        try:
            mixes.append(open_mix(path, where))
        except Refusal as refusal:
            faults += refusal.faults
    refuse(faults)
    return tuple(mixes)


def references(album: Album) -> tuple[Source, ...]:
    """The recordings that `album` names as its reference, whole and hashed; raises as `open_references`."""
    return _whole(open_references(album))


def open_pregaps(album: Album) -> tuple[Mix, ...]:
    """The recordings before an index 1, in the order of their tracks; raises Refusal with the faults of all of them."""
    named = [(index, track.lead_in.mix) for index, track in enumerate(album.tracks) if track.lead_in.mix]
    places = (place("album.toml", ["tracks", index, "pregap", "mix"]) for index, _ in named)
    return _opened((album.folder / name for _, name in named), places)


def pregaps(album: Album) -> tuple[Source, ...]:
    """The recordings before an index 1, whole and hashed; raises as `open_pregaps`."""
    return _whole(open_pregaps(album))


def _whole(mixes: Iterable[Mix]) -> tuple[Source, ...]:
    return tuple(Source(mix, 0, mix.frames, fingerprint(mix.path)) for mix in mixes)


def by_track(album: Album, pregaps: Sequence[Source]) -> tuple[Source | None, ...]:
    """For each track the recording before its index 1, or None."""
    left = iter(pregaps)
    return tuple(next(left) if track.lead_in.mix else None for track in album.tracks)


def sources(album: Album, mixes: Sequence[Mix]) -> tuple[Source, ...]:
    """Every mix of `album`, hashed and trimmed; raises Refusal with the faults of all of them."""
    return trimmed(album, mixes, list(parallel_map(fingerprint, [mix.path for mix in mixes], processors())))


def stretches(album: Album, mixes: Sequence[Mix]) -> tuple[Stretch, ...]:
    """What the trims of each track leave of its mix; it may be nothing."""
    return tuple(
        Stretch(mix, round(track.trim_start_s * mix.rate_hz), mix.frames - round(track.trim_end_s * mix.rate_hz))
        for track, mix in zip(album.tracks, mixes, strict=True)
    )


def trimmed(album: Album, mixes: Sequence[Mix], hashes: Sequence[str]) -> tuple[Source, ...]:
    """Each track's stretch after its trims; raises Refusal where trims leave nothing or two mixes are the same file."""
    found, faults, first = [], list[Fault](), dict[str, int]()
    for index, (stretch, sha256) in enumerate(zip(stretches(album, mixes), hashes, strict=True)):
        mix = stretch.mix
        found.append(Source(mix, stretch.start, stretch.stop, sha256))
        if stretch.stop <= stretch.start:
            words = f"the trims take all of it: the mix lasts {mix.frames / mix.rate_hz:.2f} s"
            faults.append(Fault(place("album.toml", ["tracks", index]), words))
        earlier = first.setdefault(sha256, index)
        if earlier != index:
            faults.append(Fault(mix.where, f"is the same recording as tracks[{earlier + 1}].mix, byte for byte"))
    refuse(faults)
    return tuple(found)
