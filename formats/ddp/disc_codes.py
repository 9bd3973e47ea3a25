"""A disc's UPC and ISRCs: where a fileset has them, and whether its parts say the same.

The UPC stands in DDPID and on the PQ descriptor's lead-in, and may stand in CD-Text beside the ISRCs. With DDPID alone
a disc may be pressed without its number, so a UPC that stands in one place only is reported.

Source: ddptools' manual, ddpinfo -f, for discs pressed without their number; GS1 for the check digit.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from albums.codes import check_digit, ean
from albums.faults import Fault
from formats._cd.cd_text import TextBlock
from formats.ddp.table_of_contents import Contents

_DIGITS = re.compile("[0-9]{12,13}")


def upc(identified: str, contents: Contents) -> str:
    """The 13 digits of the disc's number, from DDPID or else from the PQ descriptor; "" when it has none."""
    return _number(identified) or _number(contents.upc)


def texts(identified: str, contents: Contents, first_track: int) -> dict[str, str]:
    """The codes by their places on the album, whose track `first_track` is the disc's first."""
    found = {f"tracks[{first_track + track.number - 1}].isrc": track.isrc for track in contents.tracks}
    found["album.upc"] = upc(identified, contents)
    return {place: code for place, code in found.items() if code}


def faults(identified: str, contents: Contents, blocks: Sequence[TextBlock]) -> Iterator[Fault]:
    """Refusals for codes that differ, warnings for those that one place lacks or whose digits are wrong."""
    number, on_lead_in = _number(identified), _number(contents.upc)
    if number and on_lead_in and number != on_lead_in:
        yield Fault("DDPID", f"has the UPC {identified!r}; the PQ descriptor has {contents.upc!r}")
    elif number != on_lead_in:
        where, lacking = ("the PQ descriptor", "DDPID") if on_lead_in else ("DDPID", "the PQ descriptor")
        words = f"the UPC {number or on_lead_in!r} stands in {where} and not in {lacking}"
        yield Fault("", f"{words}; a disc may be pressed without it", "warning")
    found = upc(identified, contents)
    if _DIGITS.fullmatch(found) and int(found[-1]) != check_digit(found[:-1]):
        words = f"the UPC {found!r} ends in check digit {found[-1]}, expected {check_digit(found[:-1])}"
        yield Fault("", words, "warning")
    counts = Counter(track.isrc for track in contents.tracks if track.isrc)
    for isrc, count in counts.items():
        if count > 1:
            yield Fault("", f"the ISRC {isrc!r} stands on {count} tracks; each recording has its own", "warning")
    for place, block in enumerate(blocks):
        yield from _block_faults(block, found, contents, f"CD-Text: block {place}")


def _number(found: str) -> str:
    """`found` with 13 digits, where it may have 12; "" for zeros alone, which are no number."""
    return ean(found) if found.strip("0 ") else ""


def _block_faults(block: TextBlock, number: str, contents: Contents, where: str) -> Iterator[Fault]:
    if len(block.tracks) != len(contents.tracks):
        yield Fault(where, f"has texts of {len(block.tracks)} tracks; the disc has {len(contents.tracks)}")
        return
    said = _number(_bare(block.disc.get("upc", "")))
    if said and said != number:
        yield Fault(where, f"has the UPC {said!r}; the disc has {number or 'none'!r}")
    for track, told in zip(contents.tracks, block.tracks, strict=True):
        isrc = _bare(told.get("isrc", ""))
        if isrc and isrc != track.isrc:
            yield Fault(where, f"has the ISRC {isrc!r} of track {track.number}; it has {track.isrc or 'none'!r}")


def _bare(code: str) -> str:
    return code.replace("-", "").replace(" ", "")
