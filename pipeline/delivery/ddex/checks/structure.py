"""Whether a message has the form of one: each element in its place, as often as it must be, every reference resolved.

Needs no schema, and finds more than one can: check digits, numbers out of order, what nothing refers to.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from albums.faults import Fault, short
from pipeline.delivery.ddex.checks.tree import MESSAGE, Kind, objection
from pipeline.delivery.ddex.message.elements import ROOT, Element

ANCHORS = {"P": "PartyReference", "A": "ResourceReference", "R": "ReleaseReference",
           "T": "TechnicalResourceDetailsReference"}  # fmt: skip
REFERRING = {
    "P": ("ArtistPartyReference", "ContributorPartyReference", "ReleaseLabelReference"),
    "A": ("ReleaseResourceReference", "LinkedReleaseResourceReference"),
    "R": ("DealReleaseReference",),
}
"""By letter: the elements that refer to what bears it. Nothing refers to technical details."""
FIRST = {"P": 1, "A": 1, "R": 0, "T": 1}


def structure_faults(root: Element) -> Iterator[Fault]:
    """Everything that is wrong with the form of the message under `root`, each with its place."""
    if root.tag != ROOT:
        yield Fault("", f"begins with {short(root.tag)}; wanted {ROOT}")
        return
    yield from _element(root, MESSAGE, "")
    yield from _anchors(root)
    yield from _numbers(root)
    yield from _recipients(root)


def _element(found: Element, kind: Kind, where: str) -> Iterator[Fault]:
    """Faults of an element that is known to be of `kind`, and of what is in it."""
    text = found.text or ""
    if kind.form:
        if words := objection(kind.form, text):
            yield Fault(where, f"{short(text)} {words}" if text else "is empty")
    elif text.strip():
        yield Fault(where, f"holds {short(text.strip())} beside its elements")
    for name, form in kind.attributes.items():
        value = found.get(name)
        if value is None:
            if name not in kind.may_lack:
                yield Fault(f"{where}@{name}", "is missing")
        elif words := objection(form, value):
            yield Fault(f"{where}@{name}", f"{short(value)} {words}")
    for name in found.attrib.keys() - kind.attributes.keys():
        yield Fault(f"{where}@{name}", "is not known there")
    yield from _parts(found, kind, where)


def _parts(found: Element, kind: Kind, where: str) -> Iterator[Fault]:
    """Faults of the elements in one: missing, too many, out of order or unknown; then of each in its place."""
    places = {part.name: index for index, part in enumerate(kind.parts)}
    latest, counts = 0, dict.fromkeys(places, 0)
    for child in found:
        tag = child.tag if isinstance(child.tag, str) else ""
        here = f"{where}/{tag}".lstrip("/")
        if (child.tail or "").strip():
            yield Fault(here, f"is followed by {short((child.tail or '').strip())}")
        if tag not in places:
            yield Fault(
                here or where, f"{short(tag)} is not known there" if tag else "a comment or instruction stands there"
            )
            continue
        if places[tag] < latest:
            yield Fault(here, f"comes after {kind.parts[latest].name}; wanted before it")
        latest = max(latest, places[tag])
        counts[tag] += 1
        part = kind.parts[places[tag]]
        yield from _element(child, part, here if part.most == 1 else f"{here}[{counts[tag]}]")
    for part in kind.parts:
        here = f"{where}/{part.name}".lstrip("/")
        if counts[part.name] < part.fewest:
            yield Fault(here, "is missing")
        elif part.most is not None and counts[part.name] > part.most:
            yield Fault(here, f"is there {counts[part.name]} times; wanted once")


def _texts(root: Element, *tags: str) -> list[str]:
    return [each.text or "" for each in root.iter(*tags)]


def _anchors(root: Element) -> Iterator[Fault]:
    """Names of parties, resources, releases and files that do not count up, and references to or from nothing."""
    for letter, tag in ANCHORS.items():
        found, first = _texts(root, tag), FIRST[letter]
        if found != [f"{letter}{number}" for number in range(first, first + len(found))]:
            yield Fault(tag, f"found {short(found)}; wanted {letter}{first} and on, each once and in order")
        if letter in REFERRING:
            used = {*_texts(root, *REFERRING[letter])}
            yield from (Fault(tag, f"{name} is not there, and is referred to") for name in sorted(used - {*found}))
            yield from (Fault(tag, f"{name} is there, and nothing refers to it") for name in sorted({*found} - used))
    for tag in ("TrackRelease/ReleaseResourceReference", ".//ResourceGroupContentItem/ReleaseResourceReference"):
        found = [each.text or "" for each in root.findall(f"ReleaseList/{tag}" if tag[0] != "." else tag)]
        tracks = [f"A{number}" for number in range(1, len(root.findall("ResourceList/SoundRecording")) + 1)]
        if found != tracks:
            yield Fault(tag.removeprefix(".//"), f"found {short(found)}; wanted every recording once, in order")
    releases = _texts(root, "ReleaseReference")
    if _texts(root, "DealReleaseReference") != releases:
        yield Fault("DealReleaseReference", "names other releases than there are, or in another order")
    last = f"A{len(root.findall('ResourceList/SoundRecording')) + 1}"
    if _texts(root, "LinkedReleaseResourceReference") != [last]:
        yield Fault("LinkedReleaseResourceReference", f"wanted {last}, the cover")


def _numbers(root: Element) -> Iterator[Fault]:
    """Sequence numbers that do not count up from 1 among what stands side by side."""
    for parent in root.iter():
        for tag, group in groupby(parent, key=lambda each: each.tag):
            if said := [number for each in group if (number := _sequence(each)) is not None]:
                yield from _counted(said, f"{parent.tag}/{tag}")


def _sequence(found: Element) -> str | None:
    said: str | None = found.get("SequenceNumber") or found.findtext("SequenceNumber")
    return said


def _counted(said: Sequence[str], where: str) -> Iterator[Fault]:
    if list(said) != [str(number) for number in range(1, len(said) + 1)]:
        yield Fault(where, f"are numbered {short(list(said))}; wanted 1 and on")


def _recipients(root: Element) -> Iterator[Fault]:
    found = [each.text for each in root.findall("MessageHeader/MessageRecipient/PartyId")]
    if len({*found}) < len(found):
        yield Fault("MessageHeader/MessageRecipient", "names one receiver twice")
    for terms in root.iter("DealTerms"):
        if (terms.find("TerritoryCode") is None) == (terms.find("ExcludedTerritoryCode") is None):
            yield Fault("DealTerms", "wanted TerritoryCode or ExcludedTerritoryCode, and one of them alone")
