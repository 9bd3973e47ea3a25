"""What people see of a DDP fileset: its table of contents, and how it is written where writers differ."""

from collections.abc import Iterator, Mapping

from formats import FRAMES_PER_SECOND, timecode
from formats.ddp import DiscTrack, Fileset
from pipeline.cli.shown.door import Styled, output
from pipeline.cli.shown.tables.sheet import Column, Sheet

LEAD = (Column("#"), Column("title", texts=True))
MORE = (
    Column("artist", texts=True),
    Column("ISRC"),
    *(Column(name) for name in ("index 00", "01", "length")),
    Column("02 and up", texts=True),
    Column("flags", texts=True),
)


def print_fileset(fileset: Fileset) -> None:
    """A disc's table of contents as its fileset has it; times are the disc's, minutes:seconds:frames of 1/75 s."""
    texts, disc = fileset.texts, f"disc {fileset.disc}: " if fileset.disc else ""
    rows = [_row(fileset, track) for track in fileset.contents.tracks]
    output.show(Sheet(f"{disc}{_credit(texts, 'album')}", LEAD, MORE, rows))
    codes = f"UPC/EAN {fileset.upc or 'none'}, master id {fileset.master_id or 'none'}"
    lead_out = f"lead-out {_sectors(fileset.contents.lead_out_sector)}"
    output.say(
        f" {codes}, {lead_out}, image of {fileset.image_sectors} sectors; times are mm:ss:ff, 75 frames a second."
    )
    habits = ", ".join(f"{name} {habit}" for name, habit in fileset.dialect.items())
    output.say(Styled(f" written with {habits}", "dim"))
    output.say()


def _row(fileset: Fileset, track: DiscTrack) -> tuple[str, ...]:
    place = f"tracks[{fileset.first_track + track.number - 1}]"
    pause = "" if track.pause_sector is None else _sectors(track.pause_sector)
    return (
        str(track.number),
        *(fileset.texts.get(f"{place}.{field}", "") for field in ("title", "artist")),
        track.isrc,
        pause,
        _sectors(track.start_sector),
        _sectors(track.length_sectors),
        " ".join(map(_sectors, track.index_sectors)),
        " ".join(_flags(track)),
    )


def _credit(texts: Mapping[str, str], place: str) -> str:
    return ": ".join(texts[key] for key in (f"{place}.artist", f"{place}.title") if key in texts) or "no CD-Text"


def _sectors(sectors: int) -> str:
    return timecode(sectors, FRAMES_PER_SECOND)


def _flags(track: DiscTrack) -> Iterator[str]:
    if track.pre_emphasis:
        yield "PRE"
    if track.copy_permitted:
        yield "DCP"
    if track.four_channels:
        yield "4CH"
    if track.scms:
        yield "SCMS"
