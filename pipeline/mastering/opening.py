"""An album opened: its manifest, its recordings and what it is to be matched to, before anything is measured.

It imports nothing of weight, so that recordings are being hashed while the rest of the program is still imported.
"""

from pathlib import Path

from albums import SIGNATURE, load
from albums.faults import Fault, Refusal, refuse
from pipeline.intake.album_mixes import AlbumMixes, open_recordings


def open_album(folder: Path) -> AlbumMixes:
    """The album in `folder`, its manifest valid and all its recordings readable; raises Refusal with all faults.

    What it is to be matched to is looked at as well: its fault would only be found after measuring.
    """
    album, faults = load(folder), list[Fault]()
    try:
        if album.intent.target_curve:
            from pipeline.matching.target_curve import read_curve

            read_curve(folder / album.intent.target_curve)
        if (folder / SIGNATURE).exists():
            from pipeline.matching.baseline import read_baseline

            read_baseline(folder)
    except Refusal as refusal:
        faults += refusal.faults
    try:
        opened = open_recordings(album)
    except Refusal as refusal:
        raise Refusal([*refusal.faults, *faults]) from None
    refuse(faults)
    return opened
