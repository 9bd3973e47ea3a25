"""One WAV per track for services and shops that take no FLAC, with the cover beside the tracks.

The tracks are cut from the programme at its marks, as `formats.flac` cuts them. A file holds the samples and no text:
Spotify takes nothing after them, and readers differ in what they make of a chunk before them. So the tracks' order is
in their names alone.

Source: `formats._shared.wav`; Spotify, "Audio file formats" and its delivery specification, read 2026-11-22.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from albums import Album
from albums.faults import Fault, Refusal, refuse
from formats._shared import cover, marks, wav
from formats._shared.file_names import name_faults, track_file_name
from formats._shared.files import only
from formats._shared.programme import Layout, Programme, Reading, end_to_end

SUFFIX = ".wav"
_NAME = re.compile(r"([0-9]{2,3})(?: .*)?\.wav", re.DOTALL)  # a title may leave nothing that a file's name can hold


def check(album: Album, layouts: Sequence[Layout]) -> tuple[Fault, ...]:
    """Refusals for marks that are no sequence of tracks, for a track of over 4 GiB and for a cover that no store takes;
    notes on a poor cover, and that no text is in the files.
    """
    faults = (*marks.one_programme(layouts), *marks.faults(layouts, len(album.tracks)), *_too_long(layouts))
    misnamed = [fault for layout in layouts[:1] for fault in name_faults(album, SUFFIX, layout.names)]
    return (*faults, *cover.faults_of(album), *misnamed, _untagged())


def texts(album: Album, layouts: Sequence[Layout]) -> dict[str, str]:  # noqa: ARG001 - the protocol's
    """No text but `album.cover`, the SHA-256 of the file beside the tracks. Raises Refusal for a broken cover."""
    art = cover.of_album(album)
    return {"album.cover": art.digest} if art else {}


def write(folder: Path, album: Album, programmes: Sequence[Programme]) -> None:
    """Write the tracks and the cover into `folder`, in one pass.

    Raises Refusal with what `check` refuses, ValueError when the programme is not as its layout says.
    """
    refuse(check(album, [programme.layout for programme in programmes]))
    for number, own, blocks in programmes[0].tracks():
        wav.write_samples(folder / track_file_name(album, number, SUFFIX, own.names), blocks, own)
    cover.write_beside(folder, cover.of_album(album))


def read(folder: Path) -> Reading:
    """The tracks in `folder` as one programme; raises Refusal when they are not as `write` writes them."""
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    if not paths:
        raise Refusal([Fault(str(folder), "holds no WAV")])
    refuse(_misnamed(paths))
    tracks = [Programme(wav.layout_of(path), partial(wav.blocks, path)) for path in paths]
    refuse(_unlike(paths, tracks))
    whole = end_to_end(tracks)
    refuse(marks.faults([whole.layout], len(tracks)))
    beside = only(folder, f"{cover.BESIDE}.*") if any(folder.glob(f"{cover.BESIDE}.*")) else None
    return Reading((whole,), {"album.cover": cover.load(beside).digest} if beside else {})


def _untagged() -> Fault:
    words = "the files hold samples alone: titles, codes and credits are in their names and in the certificate"
    return Fault("", f"{words}; broadcast-wav and FLAC hold them", "note")


def _too_long(layouts: Sequence[Layout]) -> Iterator[Fault]:
    for number, track in (found for layout in layouts if layout.marks for found in layout.tracks()):
        yield from (replace(fault, where=f"tracks[{number}]") for fault in wav.faults(track))


def _misnamed(paths: Sequence[Path]) -> Iterator[Fault]:
    """A refusal for the first file whose name does not begin with its track's number: one is missing, or too many.

    Where the first one's does not, a profile has named them otherwise, and only their order is known.
    """
    if not _NAME.fullmatch(paths[0].name):
        return
    for number, path in enumerate(paths, 1):
        found = _NAME.fullmatch(path.name)
        if not found or int(found[1]) != number:
            yield Fault(path.name, f"stands where track {number} is expected, whose file's name begins with its number")
            return


def _unlike(paths: Sequence[Path], tracks: Sequence[Programme]) -> Iterator[Fault]:
    kinds = [f"{track.layout.rate_hz} Hz, {track.layout.bits} bit" for track in tracks]
    for path, kind in zip(paths, kinds, strict=True):
        if kind != kinds[0]:
            yield Fault(path.name, f"has {kind}; {paths[0].name} has {kinds[0]}")
