"""What a DDP fileset holds, whoever wrote it: looked at, and taken apart into tracks."""

from dataclasses import asdict
from typing import Any

from formats.ddp import Fileset


def document(fileset: Fileset) -> dict[str, Any]:
    """A disc's contents as they stand in JSON, places in sectors of 1/75 s from 00:00:00."""
    return {
        "disc": fileset.disc,
        "upc": fileset.upc,
        "master_id": fileset.master_id,
        "image_sectors": fileset.image_sectors,
        "lead_out_sector": fileset.contents.lead_out_sector,
        "tracks": [asdict(track) for track in fileset.contents.tracks],
        "texts": dict(fileset.texts),
        "written_with": dict(fileset.dialect),
    }
