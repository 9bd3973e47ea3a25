"""How a fileset is written where writers differ, which tells one writer from another when a plant asks.

Source: ddp-reverse-eng/ddp-reverse-eng, spec/ddp2.md, N6 (cue2ddp, Sonoris, HOFA), docs/research.md (REAPER, others).
"""

from collections.abc import Sequence

from formats.ddp.descriptors.ddpms import kind_of
from formats.ddp.descriptors.pqdescr import LEAD_IN, LEAD_OUT, Entry
from formats.ddp.descriptors.records import Record

_BLANK = "blank"


def features(identifier: Record, packets: Sequence[Record], entries: Sequence[Entry]) -> dict[str, str]:
    """Each habit in words, by the name of its field or subject: `{"SCR": "0", "lead-out": "twice"}`."""
    found = {f"DDPID {field}": _shown(identifier, field) for field in ("MSL", "BK", "SIZ", "TXT")}
    found["numbers"] = _numbers(packets)
    for packet in packets:
        kind = kind_of(packet)
        if kind == "audio":
            found |= {field: _shown(packet, field) for field in ("DSS", "SSM", "SCR", "PRE2")}
        if kind == "text":
            found["CD-Text TRK"] = _shown(packet, "TRK")
        found[f"{kind} file"] = _shown(packet, "DSI")
    found["order of streams"] = ", ".join(map(kind_of, packets)) or "none"
    return found | _repeats(entries)


def _shown(record: Record, field: str) -> str:
    return record.get(field, "").strip(" ") or _BLANK


def _numbers(packets: Sequence[Record]) -> str:
    """Whether lengths have zeros or spaces before them; a length that fills its field tells nothing."""
    first = {packet["DSL"][:1] for packet in packets}
    padded = [word for mark, word in (("0", "zeros"), (" ", "spaces")) if mark in first]
    return " and ".join(padded) or "full width"


def _repeats(entries: Sequence[Entry]) -> dict[str, str]:
    lead_outs = sum(entry.track == LEAD_OUT for entry in entries)
    with_upc = [entry for entry in entries if entry.upc]
    places = sorted({entry.index for entry in entries if entry.isrc})
    upc = "every packet" if len(with_upc) == len(entries) > 1 else ", ".join(sorted({e.track for e in with_upc}))
    return {
        "lead-out": {0: "none", 1: "once", 2: "twice"}.get(lead_outs, f"{lead_outs} times"),
        "UPC": "lead-in" if upc == LEAD_IN else upc or "none",
        "ISRC": "index " + " and ".join(f"{place:02d}" for place in places) if places else "none",
    }
