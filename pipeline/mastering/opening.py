"""An album opened: its manifest, its recordings and what it is to be matched to, before anything is measured.

It imports nothing of weight, so that recordings are being hashed while the rest of the program is still imported.
"""

from collections.abc import Callable
from pathlib import Path

from albums import SIGNATURE, Album, load
from albums.faults import Fault, Refusal, refuse
from pipeline.intake.album_mixes import AlbumMixes, open_recordings
from pipeline.settings.merging import with_defaults
from pipeline.settings.schema import NO_SETTINGS, Settings


def open_album(folder: Path, settings: Settings = NO_SETTINGS) -> AlbumMixes:
    """The album in `folder`, its manifest valid and all its recordings readable; raises Refusal with all faults.

    What its manifest leaves out is as the user's `settings` have it. What it is to be matched to is looked at as well:
    its fault would only be found after measuring.
    """
    album = with_defaults(load(folder), settings)
    faults = [*_faults(_read_curve, album), *_faults(_read_baseline, album)]
    try:
        opened = open_recordings(album)
    except Refusal as refusal:
        raise Refusal([*refusal.faults, *faults]) from None
    refuse(faults)
    return opened


def _faults(read: Callable[[Album], None], album: Album) -> tuple[Fault, ...]:
    try:
        read(album)
    except Refusal as refusal:
        return refusal.faults
    return ()


def _read_curve(album: Album) -> None:
    if album.intent.target_curve:
        from pipeline.matching.target_curve import read_curve

        read_curve(album.folder / album.intent.target_curve)


def _read_baseline(album: Album) -> None:
    if (album.folder / SIGNATURE).exists():
        from pipeline.matching.baseline import read_baseline

        read_baseline(album.folder)
