"""All recordings of one album: opened, hashed, trimmed, and every fault in them told at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from albums import MANIFEST, Album
from albums.faults import Fault, Refusal, place, refuse
from albums.regular_files import unreadable
from pipeline.intake.mix_hashes import as_hashed, fingerprint, hashed
from pipeline.intake.mixes import Mix, Source, Stretch, open_mix
from pipeline.system.parallel import parallel_map, processors


@dataclass(frozen=True)
class AlbumMixes:
    """An album whose recordings can be read, but have not been yet."""

    album: Album
    mixes: tuple[Mix, ...]
    references: tuple[Mix, ...]
    """The recordings that it names as its reference."""
    pregaps: tuple[Mix, ...]
    """The recordings before an index 1, in the order of their tracks."""

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """What the trims of each track leave of its mix."""
        return stretches(self.album, self.mixes)


@dataclass(frozen=True)
class AlbumSources:
    """An album and all its recordings, each by path, stretch and hash."""

    album: Album
    mixes: tuple[Source, ...]
    references: tuple[Source, ...]
    pregaps: tuple[Source, ...]
    cover_sha256: str = ""
    """The hash of its cover, if it has one."""

    @property
    def everything(self) -> tuple[Source, ...]:
        """All that is measured: mixes, references, what stands before an index 1."""
        return (*self.mixes, *self.references, *self.pregaps)

    @property
    def pregap_of(self) -> tuple[Source | None, ...]:
        """For each track the recording before its index 1, or None."""
        left = iter(self.pregaps)
        return tuple(next(left) if track.lead_in.mix else None for track in self.album.tracks)


def open_recordings(album: Album) -> AlbumMixes:
    """All recordings that `album` names; raises Refusal with the faults of all of them."""
    opened, faults = dict[str, tuple[Mix, ...]](), list[Fault]()
    for kind, named in (("mixes", _mixes(album)), ("references", _references(album)), ("pregaps", _pregaps(album))):
        try:
            opened[kind] = _opened(album, named)
        except Refusal as refusal:
            faults += refusal.faults
    refuse(faults)
    return AlbumMixes(album, **opened)


def hash_recordings(opened: AlbumMixes) -> AlbumSources:
    """All recordings hashed, mixes trimmed; raises Refusal where trims leave nothing."""
    recordings = (*opened.mixes, *opened.references, *opened.pregaps)
    hashes = list(parallel_map(hashed, recordings, processors()))
    count, beside = len(opened.mixes), len(opened.mixes) + len(opened.references)
    whole = [Source(mix, 0, mix.frames, sha256) for mix, sha256 in zip(recordings, hashes, strict=True)]
    mixes = trimmed(opened.album, opened.mixes, hashes[:count])
    references, pregaps = tuple(whole[count:beside]), tuple(whole[beside:])
    return AlbumSources(opened.album, mixes, references, pregaps, cover_hash(opened.album))


def still_as_hashed(sources: Iterable[Source]) -> tuple[Source, ...]:
    """All of `sources`, with their files as they lie there now; raises Refusal with all that are no longer the same."""
    found, faults = list[Source](), list[Fault]()
    for source in sources:
        try:
            found.append(as_hashed(source))
        except Refusal as refusal:
            faults += refusal.faults
    refuse(faults)
    return tuple(found)


def cover_hash(album: Album) -> str:
    """The SHA-256 of the album's cover, "" where it has none; raises Refusal where it cannot be read."""
    try:
        return fingerprint(album.folder / album.release.cover) if album.release.cover else ""
    except OSError as error:
        where = place(MANIFEST, ["album", "cover"])
        raise Refusal([Fault(where, f"{album.release.cover!r} {unreadable(error)}")]) from None


def _mixes(album: Album) -> Iterator[tuple[str, list[str | int]]]:
    """Each recording as the manifest names it, and where it does."""
    for index, track in enumerate(album.tracks):
        yield track.mix, ["tracks", index, "mix"]


def _references(album: Album) -> Iterator[tuple[str, list[str | int]]]:
    for index, name in enumerate(album.intent.reference):
        yield name, ["intent", "reference", index]


def _pregaps(album: Album) -> Iterator[tuple[str, list[str | int]]]:
    for index, track in enumerate(album.tracks):
        if track.lead_in.mix:
            yield track.lead_in.mix, ["tracks", index, "pregap", "mix"]


def _opened(album: Album, named: Iterable[tuple[str, list[str | int]]]) -> tuple[Mix, ...]:
    mixes, faults = list[Mix](), list[Fault]()
    for name, location in named:
        try:
            mixes.append(open_mix(album.folder / name, place(MANIFEST, location)))
        except Refusal as refusal:
            faults += refusal.faults
    refuse(faults)
    return tuple(mixes)


def stretches(album: Album, mixes: Sequence[Mix]) -> tuple[Stretch, ...]:
    """What the trims of each track leave of its mix; it may be nothing."""
    return tuple(
        Stretch(mix, round(track.trim_start_s * mix.rate_hz), mix.frames - round(track.trim_end_s * mix.rate_hz))
        for track, mix in zip(album.tracks, mixes, strict=True)
    )


def trimmed(album: Album, mixes: Sequence[Mix], hashes: Sequence[str]) -> tuple[Source, ...]:
    """Each track's stretch after its trims; raises Refusal where trims leave nothing."""
    found, faults = [], list[Fault]()
    for index, (stretch, sha256) in enumerate(zip(stretches(album, mixes), hashes, strict=True)):
        mix = stretch.mix
        found.append(Source(mix, stretch.start, stretch.stop, sha256))
        if stretch.stop <= stretch.start:
            words = f"the trims take all of it: the mix lasts {mix.frames / mix.rate_hz:.2f} s"
            faults.append(Fault(place(MANIFEST, ["tracks", index]), words))
    refuse(faults)
    return tuple(found)
